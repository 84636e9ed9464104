//! The Adam update. Shader: shaders/adam.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::network;
use super::panel::{LANES, Tensor, groups, groups_mut, load};
use super::strip::Moments;
use crate::backend::Adam;

/// One update of what a strip owns of a layer, from the gradients that an unfused plan has left.
pub(crate) fn layer<const W: usize>(
    level: Level,
    step: &network::Step<'_>,
    parameters: &mut Tensor<W>,
    moments: &mut Moments<W>,
) {
    let Moments { m, v, gradients } = moments;
    let config = step.adam();
    let w = Rows { w: &mut parameters.w, m: &mut m.w, v: &mut v.w };
    adam(level, &config, step.step, w, &gradients.w);
    let b = Rows { w: &mut parameters.b, m: &mut m.b, v: &mut v.b };
    adam(level, &config, step.step, b, &gradients.b);
}

/// The same rows of w, m and v, to be updated.
#[derive(Debug)]
pub(crate) struct Rows<'a, const W: usize> {
    pub w: &'a mut [[f32; W]],
    pub m: &'a mut [[f32; W]],
    pub v: &'a mut [[f32; W]],
}

/// One update of some rows, each by its row of `gradients`.
pub(crate) fn adam<const W: usize>(
    level: Level,
    config: &Adam,
    step: u32,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    dispatch!(level, simd => all(simd, config, step, rows, gradients));
}

#[inline(never)]
fn all<S: Simd, const W: usize>(
    simd: S,
    config: &Adam,
    step: u32,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let step = Step::new(simd, config, step);
            for (((w, m), v), gradient) in rows.w.iter_mut().zip(rows.m).zip(rows.v).zip(gradients) {
                step.row(w, m, v, groups(gradient).iter().map(|gradient| load(simd, gradient)));
            }
        },
    );
}

/// A step's update, its constants in registers.
#[derive(Clone, Copy)]
pub(crate) struct Step<S: Simd> {
    rate: f32x16<S>,
    beta1_rest: f32x16<S>,
    beta2_rest: f32x16<S>,
    epsilon: f32x16<S>,
}

impl<S: Simd> Step<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, config: &Adam, step: u32) -> Self {
        let splat = |value| f32x16::splat(simd, value);
        let [beta1_rest, beta2_rest] = config.beta_rests();
        Step {
            rate: splat(config.corrected_rate(step)),
            beta1_rest: splat(beta1_rest),
            beta2_rest: splat(beta2_rest),
            epsilon: splat(config.epsilon),
        }
    }

    /// Updates a row. The gradient comes in groups of 16 columns.
    #[inline(always)]
    pub(crate) fn row<const W: usize>(
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

    /// Updates a row whose gradient is zero.
    ///
    /// Only here do moments fade away, for without gradients they only shrink. They fade to zero: denormal numbers
    /// would cost some processors a hundred cycles each, in every step from then on.
    #[inline(always)]
    pub(crate) fn fade<const W: usize>(&self, w: &mut [f32; W], m: &mut [f32; W], v: &mut [f32; W]) {
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
