//! Gradient and Adam in one pass: 32 rows of a gradient are used where they were made, in the first-level cache. Shader:
//! shaders/dense_update.wgsl.

use fearless_simd::Level;

use super::Part;
use super::adam::{Rows, adam, adam_where_filled};
use super::dense_backward_weights::{self, Gradient, Sink};
use super::dense_forward;
use super::network::{Network, Step};
use super::panel::{Tensor, WIDTH};
use super::strip::{Moments, Own, Strip, read, write};
use crate::backend::Adam;
use crate::model::Layer;
use crate::plan::Op;

/// Updates a strip's columns of a hidden layer.
pub(crate) fn hidden(network: &Network, layer: &Layer, strip: &Strip, own: &mut Own, step: &Step<'_>) {
    let Own { hidden, touched, wide, .. } = own;
    let parameters = &mut write(&strip.hidden[layer.index].parameters);
    let mut update = Update::new(network, step, parameters, &mut hidden[layer.index]);
    dense_backward_weights::hidden(network, layer, strip, step, touched, wide, &mut update);
}

/// The same of the first layer, and y of the next step: panel by panel, so w is still in the cache. All of w, m and v is
/// more than a second-level cache holds.
pub(crate) fn then_forward(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    own: &mut Own,
    [step, next]: [&Step<'_>; 2],
    observe: &mut dyn FnMut(Part),
) {
    let Own { hidden, touched, wide, rows, .. } = own;
    let shared = &strip.hidden[layer.index];
    let (dz, mut y) = (read(&shared.dz), write(&shared.y));
    y.resize(shared.piece.panels * next.n, [0.0; WIDTH]);
    let mut parameters = write(&shared.parameters);
    for (i, (dz, y)) in dz.chunks(step.n).zip(y.chunks_mut(next.n)).enumerate() {
        let mut update = Update::new(network, step, &mut parameters, &mut hidden[layer.index]);
        dense_backward_weights::hidden_panel(network, layer, strip, step, i, dz, touched, wide, &mut update);
        observe(Part::Op(Op::DenseUpdate { layer: *layer }));
        dense_forward::hidden_panel(network, layer, strip, rows, next, &parameters, i, y);
        observe(Part::Op(Op::DenseForward { layer: *layer, training: true }));
    }
}

/// Updates a strip's rows of the output layer.
pub(crate) fn output(network: &Network, index: usize, own: &mut Own, step: &Step<'_>) {
    let Own { output, touched, narrow, .. } = own;
    let parameters = &mut write(&network.strips[index].output.parameters);
    let mut update = Update::new(network, step, parameters, output);
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

impl<'a, const W: usize> Update<'a, W> {
    fn new(
        network: &Network,
        step: &Step<'_>,
        parameters: &'a mut Tensor<W>,
        Moments { m, v, .. }: &'a mut Moments<W>,
    ) -> Self {
        Update { level: network.level, config: step.adam(), step: step.step, parameters, m, v }
    }
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
