//! The kernels behind [`Ops`]: plain tensors in and out.

use std::iter::once;

use fearless_simd::Level;

use super::augment::augment;
use super::dense_backward_input::{dense_backward_input, gate};
use super::dense_backward_weights::{self, Sink};
use super::dense_forward::{finish, pixels};
use super::dense_update::Update;
use super::dropout::Dropout;
use super::lag::Lag;
use super::panel::{LANES, Piece, Row, Tensor, WIDTH, panels};
use super::pixels::{Batch, Columns, Numbers, PIXEL_PANELS, Rows, dense};
use super::product::{multiply, multiply_transposed};
use super::softmax_cross_entropy::{Outcome, softmax_cross_entropy};
use super::strip::Moments;
use super::update::{self, Schedule};
use crate::augment::Augmentation;
use crate::backend::State;
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::{Activation, Layer};
use crate::ops::{Between, Input, Ops};
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::reference::Masks;

/// The SIMD kernels, at one instruction set.
#[derive(Debug, Clone, Copy)]
pub struct SimdOps {
    level: Level,
    is_dense: bool,
}

impl SimdOps {
    /// Two for each instruction set that this machine has: one reads pixels by their lists, the other reads them all.
    pub fn all() -> Vec<Self> {
        let best = Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let levels = [
            best.as_sse2().map(Level::Sse2),
            best.as_sse4_2().map(Level::Sse4_2),
            best.as_avx2().map(Level::Avx2),
            best.as_avx512().map(Level::Avx512),
        ];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        let levels = [Some(best)];
        let levels = levels.into_iter().flatten();
        levels.flat_map(|level| [false, true].map(|is_dense| SimdOps { level, is_dense })).collect()
    }

    /// The instruction set.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The sums of a layer, `[panel][row]`.
    fn sums<const W: usize>(self, layer: &Layer, x: &Stored, w: &[f32], b: &[f32]) -> Vec<[f32; W]> {
        let piece = whole::<W>(layer);
        let mut parameters = Tensor::<W>::zeros(&piece);
        parameters.read(&piece, &[w, b].concat());
        let n = x.len();
        let mut z: Vec<[f32; W]> = parameters.b.iter().flat_map(|&b| vec![b; n]).collect();
        for (w, z) in parameters.w.chunks(piece.rows).zip(z.chunks_mut(n)) {
            match x {
                Stored::Pixels { rows, .. } => pixels(self.level, rows, w, z),
                Stored::Dense { panels, n } => multiply(self.level, panels, *n, 0, w, z),
            }
        }
        z
    }

    /// The gradients of a layer, handed to a sink.
    fn gradients<const W: usize>(self, layer: &Layer, x: &Stored, dz: &[f32], sink: &mut impl Sink<W>) {
        let piece = whole::<W>(layer);
        let n = x.len();
        for (i, dz) in to_panels::<W>(layer.fan_out, dz).chunks(n).enumerate() {
            match x {
                Stored::Pixels { columns, .. } => {
                    sink.pixels(self.level, i * piece.rows, columns, dz, n);
                    sink.no_pixels(self.level, i * piece.rows, 1);
                }
                Stored::Dense { panels, n } => {
                    for (panel, x) in panels.chunks(*n).enumerate() {
                        let mut gradient = [[0.0; W]; WIDTH];
                        multiply_transposed(self.level, x, dz, &mut gradient);
                        sink.dense(self.level, i * piece.rows + panel * WIDTH, &gradient);
                    }
                }
            }
            let mut db = [0.0; W];
            dense_backward_weights::biases(self.level, dz, &mut db);
            sink.b(self.level, i, &db);
        }
    }

    /// One step's update of a layer that reads `x`, if only of its gradients, too.
    fn update<const W: usize>(
        self,
        layer: &Layer,
        optimizer: &Optimizer,
        step: u32,
        x: Option<&Stored>,
        state: &mut State,
        run: impl FnOnce(&mut Update<'_, W>),
    ) {
        let piece = whole::<W>(layer);
        let mut parameters = Tensor::<W>::zeros(&piece);
        parameters.read(&piece, &state.parameters);
        let mut moments = Moments::zeros(&piece, false);
        moments.read(&piece, &state.m, &state.v);
        let mut lag = Lag::default();
        if let Some(Stored::Pixels { columns, .. }) = x {
            lag.set(|pixel| moments.has_moved(pixel));
            lag.list(0, columns, None);
        }
        let rates = [optimizer.rate(step)];
        let schedule = Schedule { optimizer: *optimizer, first_step: step, rates: &rates };
        let Moments { m, root_v, .. } = &mut moments;
        run(&mut Update { schedule, lag: &lag, parameters: &mut parameters, m, root_v });
        parameters.write(&piece, &mut state.parameters);
        moments.m.write(&piece, &mut state.m);
        moments.root_v.write(&piece, &mut state.v);
        state.v.iter_mut().for_each(|v| *v *= *v);
    }

    /// One update from gradients in the order of the parameters.
    fn unfused(self, layer: &Layer, optimizer: &Optimizer, step: u32, state: &mut State, gradients: &[f32]) {
        self.update::<WIDTH>(layer, optimizer, step, None, state, |update| {
            let piece = whole::<WIDTH>(layer);
            let mut stored = Tensor::<WIDTH>::zeros(&piece);
            stored.read(&piece, gradients);
            let Update { schedule, parameters, m, root_v, .. } = update;
            let w = update::Rows { w: &mut parameters.w, m: &mut m.w, root_v: &mut root_v.w };
            update::update(self.level, *schedule, w, &stored.w);
            let b = update::Rows { w: &mut parameters.b, m: &mut m.b, root_v: &mut root_v.b };
            update::update(self.level, *schedule, b, &stored.b);
        });
    }

    fn stored(self, layer: &Layer, x: Input<'_>) -> Stored {
        match x {
            Input::Pixels(images) => {
                let dataset = Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS]);
                let dataset = dataset.expect("labels are digits");
                let all: Vec<u32> = (0..dataset.len() as u32).collect();
                let mut rows = Rows::default();
                rows.copy(Batch { dataset: &dataset, rows: &all });
                if self.is_dense {
                    let mut panels = Vec::new();
                    dense(once(&rows), 0..PIXEL_PANELS, &mut panels);
                    Stored::Dense { panels, n: dataset.len() }
                } else {
                    let (mut counts, mut columns) = (Numbers::default(), Columns::default());
                    counts.count(once(&rows));
                    columns.list(&counts, once(&rows), 0..PIXEL_PANELS);
                    Stored::Pixels { rows: Box::new(rows), columns: Box::new(columns) }
                }
            }
            Input::Dense(x) => {
                Stored::Dense { panels: to_panels(layer.fan_in, x), n: x.len() / layer.fan_in }
            }
        }
    }
}

/// An [`Input`] in the backend's own layout.
enum Stored {
    Pixels { rows: Box<Rows>, columns: Box<Columns> },
    Dense { panels: Vec<Row>, n: usize },
}

impl Stored {
    /// Number of rows.
    fn len(&self) -> usize {
        match self {
            Stored::Pixels { rows, .. } => rows.len(),
            Stored::Dense { n, .. } => *n,
        }
    }
}

/// Whether the backend treats a layer as its output: a row in one register.
fn is_output(layer: &Layer) -> bool {
    layer.fan_out <= LANES && layer.activation == Activation::Linear && layer.dropout_rate == 0.0
}

/// A layer in one piece, whose parameters lie at 0.
fn whole<const W: usize>(layer: &Layer) -> Piece {
    let layer = Layer { offset: 0, ..*layer };
    if W == LANES {
        Piece::rows(&layer, 0..panels(layer.fan_in), true)
    } else {
        Piece::columns(&layer, 0..panels(layer.fan_out))
    }
}

/// Row-major without padding → `[panel][row]`.
fn to_panels<const W: usize>(width: usize, flat: &[f32]) -> Vec<[f32; W]> {
    let mut stored = Vec::new();
    for first in (0..width).step_by(W) {
        for row in flat.chunks(width) {
            let columns = &row[first..width.min(first + W)];
            stored.push(std::array::from_fn(|column| columns.get(column).copied().unwrap_or(0.0)));
        }
    }
    stored
}

/// The inverse of [`to_panels`].
fn from_panels<const W: usize>(width: usize, stored: &[[f32; W]]) -> Vec<f32> {
    let rows = stored.len() / width.div_ceil(W);
    (0..rows * width).map(|i| stored[i % width / W * rows + i / width][i % width % W]).collect()
}

impl Ops for SimdOps {
    async fn augment(&mut self, augmentation: &Augmentation, masks: Masks, images: &[u8]) -> Vec<u8> {
        let mut augmented = vec![0; images.len()];
        let images = images.chunks(PIXELS).zip(augmented.chunks_mut(PIXELS)).enumerate();
        for (row, (image, augmented)) in images {
            let Some(warp) = augmentation.warp(masks.seed, masks.step, row) else {
                augmented.copy_from_slice(image);
                continue;
            };
            let mut rows = Rows::default();
            augment(self.level, &warp, image, &mut rows);
            for (value, pixel) in rows.row(0) {
                augmented[pixel] = (value * 255.0).round() as u8;
            }
        }
        augmented
    }

    async fn dense_forward(
        &mut self,
        layer: &Layer,
        masks: Option<Masks>,
        x: Input<'_>,
        w: &[f32],
        b: &[f32],
    ) -> Vec<f32> {
        let x = self.stored(layer, x);
        if is_output(layer) {
            return from_panels(layer.fan_out, &self.sums::<LANES>(layer, &x, w, b));
        }
        let mut y = self.sums::<WIDTH>(layer, &x, w, b);
        for (panel, y) in y.chunks_mut(x.len()).enumerate() {
            let dropout = masks.and_then(|Masks { seed, step }| Dropout::new(layer, seed, step));
            finish(self.level, layer, dropout, panel, y);
        }
        from_panels(layer.fan_out, &y)
    }

    async fn softmax_cross_entropy(
        &mut self,
        classes: usize,
        logits: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>) {
        let logits = to_panels(classes, logits);
        let mut dlogits = vec![[0.0; LANES]; logits.len()];
        let mut outcomes = Vec::new();
        let all = labels.iter().copied();
        softmax_cross_entropy(self.level, classes, labels.len(), &logits, all, &mut dlogits, &mut outcomes);
        (Outcome::sum(outcomes.into_iter()), from_panels(classes, &dlogits))
    }

    async fn dense_backward_input(
        &mut self,
        Between { layer, below }: Between<'_>,
        masks: Masks,
        dz: &[f32],
        w: &[f32],
        y: &[f32],
    ) -> Vec<f32> {
        let n = y.len() / layer.fan_in;
        let y = to_panels::<WIDTH>(layer.fan_in, y);
        let mut dx = vec![[0.0; WIDTH]; y.len()];
        let flat = [w, &vec![0.0; layer.fan_out]].concat();
        for (panel, (dx, y)) in dx.chunks_mut(n).zip(y.chunks(n)).enumerate() {
            if is_output(layer) {
                let piece = whole::<LANES>(layer);
                let mut tensor = Tensor::<LANES>::zeros(&piece);
                tensor.read(&piece, &flat);
                let w = [&tensor.w[panel * WIDTH..][..WIDTH]].into_iter();
                dense_backward_input::<LANES, 1>(self.level, &to_panels(layer.fan_out, dz), w, dx);
            } else {
                let piece = whole::<WIDTH>(layer);
                let mut tensor = Tensor::<WIDTH>::zeros(&piece);
                tensor.read(&piece, &flat);
                let w = tensor.w.chunks(piece.rows).map(|w| &w[panel * WIDTH..][..WIDTH]);
                dense_backward_input::<WIDTH, 4>(self.level, &to_panels(layer.fan_out, dz), w, dx);
            }
            gate(self.level, below, Dropout::new(below, masks.seed, masks.step), panel, y, dx);
        }
        from_panels(layer.fan_in, &dx)
    }

    async fn dense_backward_weights(&mut self, layer: &Layer, x: Input<'_>, dz: &[f32]) -> Vec<f32> {
        fn run<const W: usize>(ops: SimdOps, layer: &Layer, x: &Stored, dz: &[f32]) -> Vec<f32> {
            let piece = whole::<W>(layer);
            let mut gradients = Tensor::<W>::zeros(&piece);
            ops.gradients(layer, x, dz, &mut gradients);
            let mut flat = vec![0.0; layer.fan_in * layer.fan_out + layer.fan_out];
            gradients.write(&piece, &mut flat);
            flat
        }
        let x = self.stored(layer, x);
        if is_output(layer) { run::<LANES>(*self, layer, &x, dz) } else { run::<WIDTH>(*self, layer, &x, dz) }
    }

    async fn adam(&mut self, layer: &Layer, config: &Adam, step: u32, state: &mut State, gradients: &[f32]) {
        self.unfused(layer, &Optimizer::Adam(*config), step, state, gradients);
    }

    async fn sgd(&mut self, layer: &Layer, config: &Sgd, state: &mut State, gradients: &[f32]) {
        self.unfused(layer, &Optimizer::Sgd(*config), 1, state, gradients);
    }

    async fn dense_update(
        &mut self,
        layer: &Layer,
        optimizer: &Optimizer,
        step: u32,
        x: Input<'_>,
        dz: &[f32],
        state: &mut State,
    ) {
        let x = self.stored(layer, x);
        if is_output(layer) {
            let run = |update: &mut Update<'_, LANES>| self.gradients(layer, &x, dz, update);
            self.update(layer, optimizer, step, Some(&x), state, run);
        } else {
            let run = |update: &mut Update<'_, WIDTH>| self.gradients(layer, &x, dz, update);
            self.update(layer, optimizer, step, Some(&x), state, run);
        }
    }
}
