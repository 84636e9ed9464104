//! The Adam update. Shader: shaders/adam.wgsl.
//!
//! Memory has √v where the formulas have v. A gradient's update takes one root either way; where there is none, √v shrinks by √β2, and no
//! root is taken at all.

use fearless_simd::{Simd, f32x8, f32x16, prelude::*};

use super::panel::{LANES, load};
use super::update::{CLEARED_EVERY, NEARLY_FADED, RowUpdate, Rule};
use crate::optimizer::Adam;

impl Rule for Adam {
    type Update<S: Simd> = Update<S>;

    #[inline(always)]
    fn at<S: Simd>(self, simd: S, rate: f32) -> Update<S> {
        let splat = |value| f32x16::splat(simd, value);
        let [beta1_rest, beta2_rest] = self.beta_rests();
        Update {
            minus_rate: f32x8::splat(simd, -rate),
            beta1_rest: splat(beta1_rest),
            minus_beta1_rest: splat(-beta1_rest),
            beta2_rest: splat(beta2_rest),
            root_beta2_less_1: splat((self.beta2.sqrt() - 1.0) as f32),
            epsilon: splat(self.epsilon),
        }
    }
}

/// A step's update.
#[derive(Clone, Copy)]
pub(crate) struct Update<S: Simd> {
    minus_rate: f32x8<S>,
    beta1_rest: f32x16<S>,
    minus_beta1_rest: f32x16<S>,
    beta2_rest: f32x16<S>,
    /// √β2 - 1: a difference from 1 has more digits than f32 has for what is near 1, and updates by the thousand multiply them.
    root_beta2_less_1: f32x16<S>,
    epsilon: f32x16<S>,
}

impl<S: Simd> RowUpdate<S> for Update<S> {
    #[inline(always)]
    fn columns(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        root_v: &mut [f32; LANES],
        gradient: f32x16<S>,
    ) {
        let simd = self.epsilon.simd;
        let (m0, root0) = (load(simd, m), load(simd, root_v));
        let m1 = (gradient - m0).mul_add(self.beta1_rest, m0);
        let v0 = root0 * root0;
        let v1 = (gradient * gradient - v0).mul_add(self.beta2_rest, v0);
        let root1 = v1.sqrt();
        m1.store_array(m);
        root1.store_array(root_v);
        moved(self.minus_rate, load(simd, w), m1, root1 + self.epsilon).store_array(w);
    }

    #[inline(always)]
    fn fade(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        root_v: &mut [f32; LANES],
        updates: impl Iterator<Item = (f32, u32)>,
    ) {
        let simd = self.epsilon.simd;
        let zero = f32x16::splat(simd, 0.0);
        let (mut w1, mut m1, mut root1) = (load(simd, w), load(simd, m), load(simd, root_v));
        for (rate, step) in updates {
            m1 = m1.mul_add(self.minus_beta1_rest, m1);
            root1 = root1.mul_add(self.root_beta2_less_1, root1);
            if step.is_multiple_of(CLEARED_EVERY) {
                m1 = m1.abs().simd_ge(f32x16::splat(simd, NEARLY_FADED)).select(m1, zero);
                root1 = root1.simd_ge(f32x16::splat(simd, NEARLY_FADED)).select(root1, zero);
            }
            w1 = moved(f32x8::splat(simd, -rate), w1, m1, root1 + self.epsilon);
        }
        w1.store_array(w);
        m1.store_array(m);
        root1.store_array(root_v);
    }
}

/// `w - rate · m / by`. One division does for two numbers: 1 / a = b / (a · b).
#[inline(always)]
fn moved<S: Simd>(minus_rate: f32x8<S>, w: f32x16<S>, m: f32x16<S>, by: f32x16<S>) -> f32x16<S> {
    let simd = w.simd;
    let (a, b) = simd.split_f32x16(by);
    let both = minus_rate / (a * b);
    m.mul_add(simd.combine_f32x8(both * b, both * a), w)
}
