//! Gradient and Adam in one pass: 32 rows of a gradient are used where they were made, in the first-level cache. Shader:
//! shaders/dense_update.wgsl.

use fearless_simd::Level;

use super::adam::{Rows, adam, adam_where_filled};
use super::dense_backward_weights::{self, Gradient, Sink};
use super::network::{Network, Step};
use super::panel::{Tensor, WIDTH};
use super::strip::{Own, Strip, write};
use crate::backend::Adam;
use crate::model::Layer;

/// Updates a strip's columns of a hidden layer.
pub(crate) fn hidden(network: &Network, layer: &Layer, strip: &Strip, own: &mut Own, step: &Step<'_>) {
    let Own { hidden, touched, wide, .. } = own;
    let moments = &mut hidden[layer.index];
    let mut update = Update {
        level: network.level,
        config: step.adam(),
        step: step.step,
        parameters: &mut write(&strip.hidden[layer.index].parameters),
        m: &mut moments.m,
        v: &mut moments.v,
    };
    dense_backward_weights::hidden(network, layer, strip, step, touched, wide, &mut update);
}

/// Updates a strip's rows of the output layer.
pub(crate) fn output(network: &Network, index: usize, own: &mut Own, step: &Step<'_>) {
    let Own { output, touched, narrow, .. } = own;
    let mut update = Update {
        level: network.level,
        config: step.adam(),
        step: step.step,
        parameters: &mut write(&network.strips[index].output.parameters),
        m: &mut output.m,
        v: &mut output.v,
    };
    dense_backward_weights::output(network, index, step, touched, narrow, &mut update);
}

/// Adam takes it in.
#[derive(Debug)]
pub(crate) struct Update<'a, const W: usize> {
    pub level: Level,
    pub config: Adam,
    pub step: u32,
    pub parameters: &'a mut Tensor<W>,
    pub m: &'a mut Tensor<W>,
    pub v: &'a mut Tensor<W>,
}

impl<const W: usize> Sink<W> for Update<'_, W> {
    fn w(&mut self, slot: usize, gradient: &Gradient<W>, touched: u32) {
        let range = slot..slot + WIDTH;
        let rows = Rows {
            w: &mut self.parameters.w[range.clone()],
            m: &mut self.m.w[range.clone()],
            v: &mut self.v.w[range],
        };
        adam_where_filled(self.level, &self.config, self.step, rows, gradient, touched);
    }

    fn b(&mut self, panel: usize, gradient: &[f32; W]) {
        let range = panel..panel + 1;
        let rows = Rows {
            w: &mut self.parameters.b[range.clone()],
            m: &mut self.m.b[range.clone()],
            v: &mut self.v.b[range],
        };
        adam(self.level, &self.config, self.step, rows, std::slice::from_ref(gradient));
    }
}
