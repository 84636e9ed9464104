//! Gradient and update in one pass: a gradient is used where it was made, and never reaches memory. Shader: shaders/dense_update.wgsl.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch};

use super::Part;
use super::dense_backward_weights::{self, Gradient, Sink, at_once};
use super::dense_forward;
use super::lag::Lag;
use super::network::{Network, Step};
use super::panel::{Tensor, WIDTH};
use super::pixels::{Columns, PIXEL_PANELS};
use super::sparse::weighted_sum;
use super::strip::{Moments, Own, Strip, read, write};
use super::update::{RowUpdate, Rows, Rule, Schedule, fade, update};
use crate::model::Layer;
use crate::optimizer::Optimizer;
use crate::plan::Op;

/// Updates a strip's columns of a hidden layer.
pub(crate) fn hidden(network: &Network, layer: &Layer, strip: &Strip, own: &mut Own, step: &Step<'_>) {
    let Own { hidden, lag, wide, .. } = own;
    let parameters = &mut write(&strip.hidden[layer.index].parameters);
    let mut update = Update::new(step, lag, parameters, &mut hidden[layer.index]);
    dense_backward_weights::hidden(network, layer, strip, step, wide, &mut update);
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
    let Own { hidden, lag, wide, .. } = own;
    let shared = &strip.hidden[layer.index];
    let rule = step.schedule().optimizer.rule();
    let (dz, mut y) = (read(&shared.dz), write(&shared.y));
    y.resize(shared.piece.panels * next.n, [0.0; WIDTH]);
    let mut parameters = write(&shared.parameters);
    let at_once = at_once(step.n);
    let groups = dz.chunks(at_once * step.n).zip(y.chunks_mut(at_once * next.n));
    for (first, (dz, y)) in (0..).step_by(at_once).zip(groups) {
        let mut update = Update::new(step, lag, &mut parameters, &mut hidden[layer.index]);
        dense_backward_weights::hidden_panels(network, layer, strip, step, first, dz, wide, &mut update);
        observe(Part::Op(Op::DenseUpdate { layer: *layer, rule }));
        for (i, y) in (first..).zip(y.chunks_mut(next.n)) {
            dense_forward::hidden_panel(network, layer, strip, next, &parameters, i, y);
        }
        observe(Part::Op(Op::DenseForward { layer: *layer, training: true }));
    }
}

/// Updates a strip's rows of the output layer.
pub(crate) fn output(network: &Network, index: usize, own: &mut Own, step: &Step<'_>) {
    let Own { output, lag, narrow, .. } = own;
    let parameters = &mut write(&network.strips[index].output.parameters);
    let mut update = Update::new(step, lag, parameters, output);
    dense_backward_weights::output(network, index, step, narrow, &mut update);
}

/// The optimizer takes it in.
#[derive(Debug)]
pub(crate) struct Update<'a, const W: usize> {
    pub schedule: Schedule<'a>,
    /// Which pixels have a gradient, and which fade.
    pub lag: &'a Lag,
    pub parameters: &'a mut Tensor<W>,
    pub m: &'a mut Tensor<W>,
    pub root_v: &'a mut Tensor<W>,
}

impl<'a, const W: usize> Update<'a, W> {
    fn new(
        step: &Step<'a>,
        lag: &'a Lag,
        parameters: &'a mut Tensor<W>,
        Moments { m, root_v, .. }: &'a mut Moments<W>,
    ) -> Self {
        Update { schedule: step.schedule(), lag, parameters, m, root_v }
    }

    /// Some rows of w.
    fn rows(&mut self, slots: Range<usize>) -> Rows<'_, W> {
        Rows {
            w: &mut self.parameters.w[slots.clone()],
            m: &mut self.m.w[slots.clone()],
            root_v: &mut self.root_v.w[slots],
        }
    }
}

impl<const W: usize> Sink<W> for Update<'_, W> {
    fn pixels(&mut self, level: Level, slot: usize, x: &Columns, dz: &[[f32; W]], n: usize) {
        let (schedule, pixels) = (self.schedule, self.lag.gradients(x.pixels()));
        let rows = self.rows(slot..slot + dz.len() / n * PIXEL_PANELS * WIDTH);
        let rate = schedule.rate();
        match schedule.optimizer {
            Optimizer::Adam(adam) => {
                dispatch!(level, simd => pixel_rows(simd, adam, rate, x, pixels, dz, n, rows));
            }
            Optimizer::Sgd(sgd) => {
                dispatch!(level, simd => pixel_rows(simd, sgd, rate, x, pixels, dz, n, rows));
            }
        }
    }

    fn no_pixels(&mut self, level: Level, slot: usize, panels: usize) {
        let (schedule, fades) = (self.schedule, self.lag.fades());
        let height = PIXEL_PANELS * WIDTH;
        fade(level, schedule, self.rows(slot..slot + panels * height), height, fades);
    }

    fn dense(&mut self, level: Level, slot: usize, gradient: &Gradient<W>) {
        update(level, self.schedule, self.rows(slot..slot + WIDTH), gradient);
    }

    fn b(&mut self, level: Level, panel: usize, gradient: &[f32; W]) {
        let range = panel..panel + 1;
        let rows = Rows {
            w: &mut self.parameters.b[range.clone()],
            m: &mut self.m.b[range.clone()],
            root_v: &mut self.root_v.b[range],
        };
        update(level, self.schedule, rows, std::slice::from_ref(gradient));
    }
}

#[inline(never)]
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
fn pixel_rows<S: Simd, const W: usize>(
    simd: S,
    rule: impl Rule,
    rate: f32,
    x: &Columns,
    pixels: &[u16],
    dz: &[[f32; W]],
    n: usize,
    rows: Rows<'_, W>,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let update = rule.at(simd, rate);
            for pixel in pixels.iter().map(|&pixel| usize::from(pixel)) {
                let column = x.column(pixel);
                for (panel, dz) in dz.chunks_exact(n).enumerate() {
                    let row = panel * PIXEL_PANELS * WIDTH + pixel;
                    let gradient = weighted_sum(simd, column.clone(), dz, &[0.0; W]);
                    update.row(&mut rows.w[row], &mut rows.m[row], &mut rows.root_v[row], gradient);
                }
            }
        },
    );
}
