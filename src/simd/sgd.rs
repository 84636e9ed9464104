//! The update by stochastic gradient descent. Shader: shaders/sgd.wgsl.

use fearless_simd::{Simd, f32x16, prelude::*};

use super::panel::{LANES, load};
use super::update::{CLEARED_EVERY, NEARLY_FADED, RowUpdate, Rule};
use crate::optimizer::Sgd;

impl Rule for Sgd {
    type Update<S: Simd> = Update<S>;

    #[inline(always)]
    fn at<S: Simd>(self, simd: S, rate: f32) -> Update<S> {
        let splat = |value| f32x16::splat(simd, value);
        let (here, ahead) = if self.nesterov { (1.0, self.momentum) } else { (0.0, 1.0) };
        Update { rate: splat(rate), momentum: splat(self.momentum), here: splat(here), ahead: splat(ahead) }
    }
}

/// A step's update. Velocities are in m.
#[derive(Clone, Copy)]
pub(crate) struct Update<S: Simd> {
    rate: f32x16<S>,
    momentum: f32x16<S>,
    /// A weight moves by `ahead · velocity - here · rate · gradient`: Nesterov's momentum without a branch, and the plain one exactly.
    here: f32x16<S>,
    ahead: f32x16<S>,
}

impl<S: Simd> RowUpdate<S> for Update<S> {
    #[inline(always)]
    fn columns(&self, w: &mut [f32; LANES], m: &mut [f32; LANES], _: &mut [f32; LANES], gradient: f32x16<S>) {
        let simd = self.rate.simd;
        let downhill = self.rate * gradient;
        let velocity = load(simd, m).mul_sub(self.momentum, downhill);
        velocity.store_array(m);
        (load(simd, w) + velocity.mul_sub(self.ahead, self.here * downhill)).store_array(w);
    }

    #[inline(always)]
    fn fade(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        _: &mut [f32; LANES],
        updates: impl Iterator<Item = (f32, u32)>,
    ) {
        let simd = self.rate.simd;
        let (mut w1, mut velocity) = (load(simd, w), load(simd, m));
        for (_, step) in updates {
            velocity *= self.momentum;
            if step.is_multiple_of(CLEARED_EVERY) {
                let zero = f32x16::splat(simd, 0.0);
                let is_felt = velocity.abs().simd_ge(f32x16::splat(simd, NEARLY_FADED));
                velocity = is_felt.select(velocity, zero);
            }
            w1 = velocity.mul_add(self.ahead, w1);
        }
        w1.store_array(w);
        velocity.store_array(m);
    }
}
