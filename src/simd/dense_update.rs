//! Gradient and update in one pass: a gradient is used where it was made, and never reaches memory. Shader: shaders/dense_update.wgsl.

use fearless_simd::{Level, Simd, dispatch};

use super::Part;
use super::dense_backward_weights::{self, Gradient, Sink, pixel_row};
use super::dense_forward;
use super::network::{Network, Step};
use super::panel::{Tensor, WIDTH};
use super::pixels::Columns;
use super::strip::{Moments, Own, Strip, read, write};
use super::update::{RowUpdate, Rows, Rule, update};
use crate::model::Layer;
use crate::optimizer::Optimizer;
use crate::plan::Op;

/// Updates a strip's columns of a hidden layer.
pub(crate) fn hidden(network: &Network, layer: &Layer, strip: &Strip, own: &mut Own, step: &Step<'_>) {
    let Own { hidden, touched, wide, .. } = own;
    let parameters = &mut write(&strip.hidden[layer.index].parameters);
    let mut update = Update::new(step, parameters, &mut hidden[layer.index]);
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
    let rule = step.optimizer().rule();
    let (dz, mut y) = (read(&shared.dz), write(&shared.y));
    y.resize(shared.piece.panels * next.n, [0.0; WIDTH]);
    let mut parameters = write(&shared.parameters);
    for (i, (dz, y)) in dz.chunks(step.n).zip(y.chunks_mut(next.n)).enumerate() {
        let mut update = Update::new(step, &mut parameters, &mut hidden[layer.index]);
        dense_backward_weights::hidden_panel(network, layer, strip, step, i, dz, touched, wide, &mut update);
        observe(Part::Op(Op::DenseUpdate { layer: *layer, rule }));
        dense_forward::hidden_panel(network, layer, strip, rows, next, &parameters, i, y);
        observe(Part::Op(Op::DenseForward { layer: *layer, training: true }));
    }
}

/// Updates a strip's rows of the output layer.
pub(crate) fn output(network: &Network, index: usize, own: &mut Own, step: &Step<'_>) {
    let Own { output, touched, narrow, .. } = own;
    let parameters = &mut write(&network.strips[index].output.parameters);
    let mut update = Update::new(step, parameters, output);
    dense_backward_weights::output(network, index, step, touched, narrow, &mut update);
}

/// The optimizer takes it in.
#[derive(Debug)]
pub(crate) struct Update<'a, const W: usize> {
    pub optimizer: Optimizer,
    pub step: u32,
    pub parameters: &'a mut Tensor<W>,
    pub m: &'a mut Tensor<W>,
    pub v: &'a mut Tensor<W>,
}

impl<'a, const W: usize> Update<'a, W> {
    /// The 32 rows of w that begin at `slot`.
    fn rows(&mut self, slot: usize) -> Rows<'_, W> {
        let range = slot..slot + WIDTH;
        Rows {
            w: &mut self.parameters.w[range.clone()],
            m: &mut self.m.w[range.clone()],
            v: &mut self.v.w[range],
        }
    }

    fn new(step: &Step<'_>, parameters: &'a mut Tensor<W>, Moments { m, v, .. }: &'a mut Moments<W>) -> Self {
        Update { optimizer: step.optimizer(), step: step.step, parameters, m, v }
    }
}

impl<const W: usize> Sink<W> for Update<'_, W> {
    fn pixels(
        &mut self,
        level: Level,
        slot: usize,
        x: &Columns,
        panel: usize,
        dz: &[[f32; W]],
        touched: &mut u32,
    ) {
        let (optimizer, step) = (self.optimizer, self.step);
        let rows = self.rows(slot);
        match optimizer {
            Optimizer::Adam(adam) => {
                dispatch!(level, simd => pixel_rows(simd, adam, step, x, panel, dz, rows, touched));
            }
            Optimizer::Sgd(sgd) => {
                dispatch!(level, simd => pixel_rows(simd, sgd, step, x, panel, dz, rows, touched));
            }
        }
    }

    fn dense(&mut self, level: Level, slot: usize, gradient: &Gradient<W>) {
        update(level, &self.optimizer.clone(), self.step, self.rows(slot), gradient);
    }

    fn b(&mut self, level: Level, panel: usize, gradient: &[f32; W]) {
        let range = panel..panel + 1;
        let rows = Rows {
            w: &mut self.parameters.b[range.clone()],
            m: &mut self.m.b[range.clone()],
            v: &mut self.v.b[range],
        };
        update(level, &self.optimizer, self.step, rows, std::slice::from_ref(gradient));
    }
}

/// Where no image of the batch has a pixel, its moments fade away. A pixel that has never had a gradient has none: while that lasts,
/// its update is exactly nothing.
#[inline(never)]
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
fn pixel_rows<S: Simd, const W: usize>(
    simd: S,
    rule: impl Rule,
    step: u32,
    x: &Columns,
    panel: usize,
    dz: &[[f32; W]],
    rows: Rows<'_, W>,
    touched: &mut u32,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let update = rule.at(simd, step);
            for (k, ((w, m), v)) in rows.w.iter_mut().zip(rows.m).zip(rows.v).enumerate() {
                let column = x.column(panel * WIDTH + k);
                if !column.is_empty() {
                    *touched |= 1 << k;
                    update.row(w, m, v, pixel_row(simd, column, dz));
                } else if *touched >> k & 1 == 1 {
                    update.fade(w, m, v);
                }
            }
        },
    );
}
