//! The Adam update. Shader: shaders/adam.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::panel::{Lanes, Tensor, load};
use crate::backend::Adam;

/// One update of a layer; all four tensors have the same shape.
pub(crate) fn adam(
    level: Level,
    config: &Adam,
    step: u32,
    parameters: &mut Tensor,
    m: &mut Tensor,
    v: &mut Tensor,
    gradients: &Tensor,
) {
    dispatch!(level, simd => {
        let update = Update::new(simd, config, step);
        update.all(&mut parameters.w, &mut m.w, &mut v.w, &gradients.w);
        update.all(&mut parameters.b, &mut m.b, &mut v.b, &gradients.b);
    });
}

/// A step's update, its constants in registers.
#[derive(Clone, Copy)]
pub(crate) struct Update<S: Simd> {
    rate: f32x16<S>,
    beta1_rest: f32x16<S>,
    beta2_rest: f32x16<S>,
    epsilon: f32x16<S>,
    zero: f32x16<S>,
}

impl<S: Simd> Update<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, config: &Adam, step: u32) -> Self {
        let splat = |value| f32x16::splat(simd, value);
        let [beta1_rest, beta2_rest] = config.beta_rests();
        Update {
            rate: splat(config.corrected_rate(step)),
            beta1_rest: splat(beta1_rest),
            beta2_rest: splat(beta2_rest),
            epsilon: splat(config.epsilon),
            zero: splat(0.0),
        }
    }

    /// Updates a block.
    #[inline(always)]
    pub(crate) fn block(&self, w: &mut Lanes, m: &mut Lanes, v: &mut Lanes, gradient: f32x16<S>) {
        let simd = self.rate.simd;
        let (m0, v0) = (load(simd, m), load(simd, v));
        let m1 = (gradient - m0).mul_add(self.beta1_rest, m0);
        let v1 = gradient.mul_sub(gradient, v0).mul_add(self.beta2_rest, v0);
        m1.store_array(m);
        v1.store_array(v);
        (load(simd, w) - self.rate * m1 / (v1.sqrt() + self.epsilon)).store_array(w);
    }

    /// Updates a block whose gradient is zero.
    ///
    /// Only here do moments fade away, for without gradients they only shrink. They fade to zero: denormal numbers
    /// would cost some processors a hundred cycles each, in every step from then on.
    #[inline(always)]
    pub(crate) fn fade(&self, w: &mut Lanes, m: &mut Lanes, v: &mut Lanes) {
        let simd = self.rate.simd;
        let (m0, v0) = (load(simd, m), load(simd, v));
        let m1 = (self.zero - m0).mul_add(self.beta1_rest, m0);
        let v1 = (self.zero - v0).mul_add(self.beta2_rest, v0);
        let (least_m, least_v) = (f32x16::splat(simd, 1e-30), f32x16::splat(simd, 1e-36));
        let m1 = m1.abs().simd_ge(least_m).select(m1, self.zero);
        let v1 = v1.simd_ge(least_v).select(v1, self.zero);
        m1.store_array(m);
        v1.store_array(v);
        (load(simd, w) - self.rate * m1 / (v1.sqrt() + self.epsilon)).store_array(w);
    }

    #[inline(always)]
    fn all(&self, w: &mut [Lanes], m: &mut [Lanes], v: &mut [Lanes], gradients: &[Lanes]) {
        for (((w, m), v), gradient) in w.iter_mut().zip(m).zip(v).zip(gradients) {
            self.block(w, m, v, load(self.rate.simd, gradient));
        }
    }
}
