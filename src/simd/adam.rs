//! The Adam update. Shader: shaders/adam.wgsl.

use fearless_simd::{Simd, f32x16, prelude::*};

use super::panel::{LANES, groups_mut, load};
use super::update::{RowUpdate, Rule};
use crate::optimizer::Adam;

impl Rule for Adam {
    type Update<S: Simd> = Update<S>;

    #[inline(always)]
    fn at<S: Simd>(self, simd: S, step: u32) -> Update<S> {
        let splat = |value| f32x16::splat(simd, value);
        let [beta1_rest, beta2_rest] = self.beta_rests();
        Update {
            rate: splat(self.corrected_rate(step)),
            beta1_rest: splat(beta1_rest),
            beta2_rest: splat(beta2_rest),
            epsilon: splat(self.epsilon),
        }
    }
}

/// A step's update.
#[derive(Clone, Copy)]
pub(crate) struct Update<S: Simd> {
    rate: f32x16<S>,
    beta1_rest: f32x16<S>,
    beta2_rest: f32x16<S>,
    epsilon: f32x16<S>,
}

impl<S: Simd> RowUpdate<S> for Update<S> {
    #[inline(always)]
    fn row<const W: usize>(
        &self,
        w: &mut [f32; W],
        m: &mut [f32; W],
        v: &mut [f32; W],
        gradient: impl IntoIterator<Item = f32x16<S>>,
    ) {
        let simd = self.rate.simd;
        let states = groups_mut(w).iter_mut().zip(groups_mut(m)).zip(groups_mut(v));
        for (((w, m), v), gradient) in states.zip(gradient) {
            let (m0, v0) = (load(simd, m), load(simd, v));
            let m1 = (gradient - m0).mul_add(self.beta1_rest, m0);
            let v1 = gradient.mul_sub(gradient, v0).mul_add(self.beta2_rest, v0);
            self.move_by(w, m, v, m1, v1);
        }
    }

    #[inline(always)]
    fn fade<const W: usize>(&self, w: &mut [f32; W], m: &mut [f32; W], v: &mut [f32; W]) {
        let simd = self.rate.simd;
        let zero = f32x16::splat(simd, 0.0);
        let (least_m, least_v) = (f32x16::splat(simd, 1e-30), f32x16::splat(simd, 1e-36));
        for ((w, m), v) in groups_mut(w).iter_mut().zip(groups_mut(m)).zip(groups_mut(v)) {
            let (m0, v0) = (load(simd, m), load(simd, v));
            let m1 = (zero - m0).mul_add(self.beta1_rest, m0);
            let v1 = (zero - v0).mul_add(self.beta2_rest, v0);
            let m1 = m1.abs().simd_ge(least_m).select(m1, zero);
            let v1 = v1.simd_ge(least_v).select(v1, zero);
            self.move_by(w, m, v, m1, v1);
        }
    }
}

impl<S: Simd> Update<S> {
    /// Stores the new moments, and moves w by them.
    #[inline(always)]
    fn move_by(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        v: &mut [f32; LANES],
        m1: f32x16<S>,
        v1: f32x16<S>,
    ) {
        m1.store_array(m);
        v1.store_array(v);
        (load(self.rate.simd, w) - self.rate * m1 / (v1.sqrt() + self.epsilon)).store_array(w);
    }
}
