//! Gradient and Adam in one pass: a block's gradient goes from registers into its update. Shader: shaders/dense_update.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16};

use super::adam::Update;
use super::dense_backward_weights::{Sink, sums};
use super::panel::Lanes;
use super::{Input, Parameters};
use crate::backend::Adam;
use crate::model::Layer;

/// Updates a layer's parameters and moments. `dz [batch][blocks(fan_out)]`. Rows of w that are not `touched` have had no
/// gradient so far: their moments are zero, and while that lasts, their update is exactly nothing.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
pub(crate) fn dense_update(
    level: Level,
    layer: &Layer,
    x: Input<'_>,
    dz: &[Lanes],
    config: &Adam,
    step: u32,
    touched: &[bool],
    parameters: &mut Parameters,
) {
    dispatch!(level, simd => {
        let update = Update::new(simd, config, step);
        sums(simd, layer, x, dz, &mut Fused { update, touched, parameters });
    });
}

struct Fused<'a, S: Simd> {
    update: Update<S>,
    touched: &'a [bool],
    parameters: &'a mut Parameters,
}

impl<S: Simd> Sink<S> for Fused<'_, S> {
    #[inline(always)]
    fn w(&mut self, slot: usize, gradient: f32x16<S>) {
        let Parameters { parameters, m, v, .. } = &mut *self.parameters;
        self.update.block(&mut parameters.w[slot], &mut m.w[slot], &mut v.w[slot], gradient);
    }

    #[inline(always)]
    fn blank(&mut self, k: usize, slots: std::ops::Range<usize>) {
        if !self.touched[k] {
            return;
        }
        let Parameters { parameters, m, v, .. } = &mut *self.parameters;
        for slot in slots {
            self.update.fade(&mut parameters.w[slot], &mut m.w[slot], &mut v.w[slot]);
        }
    }

    #[inline(always)]
    fn b(&mut self, block: usize, gradient: f32x16<S>) {
        let Parameters { parameters, m, v, .. } = &mut *self.parameters;
        self.update.block(&mut parameters.b[block], &mut m.b[block], &mut v.b[block], gradient);
    }
}
