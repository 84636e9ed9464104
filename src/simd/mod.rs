//! The SIMD backend: walks the fused plan, one file for each [`Op`].
//!
//! All of it is safe code over `fearless_simd`, so one source serves wasm (plain and relaxed), NEON, SSE, AVX2 and
//! AVX-512. Everything is made of [`Lanes`]: 16 columns, which are one AVX-512 register, two of AVX2 or four of wasm.
//! Each column's sum runs in the same order however wide the registers are.
//!
//! - y and dz are `[batch][blocks]` of [`Lanes`]; columns beyond `fan_out` are padding, and padding stays zero: its weights
//!   are zero, so its gradients are, so Adam leaves it.
//! - w is stored in panels of 32 columns ([`panel`]), each `[fan_in][32]`: a panel of the quickstart's first layer is
//!   100 KB, so it stays in L2 while a batch runs over it, and a wider layer only has more panels.

mod adam;
mod dense_backward_input;
mod dense_backward_weights;
mod dense_forward;
mod dense_update;
mod dropout;
mod exp;
mod ops;
mod panel;
mod pixels;
mod softmax_cross_entropy;

use std::rc::Rc;

use fearless_simd::Level;

pub use ops::SimdOps;

use crate::Error;
use crate::backend::{Adam, Backend, State, Steps, check_state};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::{Layer, Model};
use crate::plan::{Fusion, Op, Plan};
use crate::random::{Purpose, Random};
use dropout::Dropout;
use panel::{LANES, Lanes, Tensor, ZERO, blocks};
use pixels::Pixels;

/// Rows that evaluation takes at a time: enough to reuse a panel of weights from L2, few enough for small buffers.
const EVALUATION_BATCH: usize = 128;

/// The backend that needs nothing but a processor.
#[derive(Debug)]
pub struct Simd {
    level: Level,
    model: Model,
    training: Rc<Plan>,
    evaluation: Rc<Plan>,
    layers: Vec<Parameters>,
    buffers: Vec<Buffers>,
    pixels: Pixels,
    labels: Vec<u8>,
    /// The 16 rows of w that the backward pass has transposed.
    transposed: Vec<Lanes>,
    /// Which rows of the first layer's w have ever had a gradient; the others' moments are zero, and they need no update.
    touched: Vec<bool>,
}

/// A layer's parameters and moments; gradients only where the plan is not fused.
#[derive(Debug)]
struct Parameters {
    parameters: Tensor,
    m: Tensor,
    v: Tensor,
    gradients: Tensor,
}

/// What a batch leaves behind in a layer: `[batch][blocks]` each.
#[derive(Debug, Default)]
struct Buffers {
    y: Vec<Lanes>,
    dz: Vec<Lanes>,
    dropout: Dropout,
}

impl Simd {
    /// Starts from `parameters`, with fresh moments.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn new(model: &Model, parameters: Vec<f32>) -> Result<Self, Error> {
        Self::with_fusion(model, parameters, Fusion::Update)
    }

    /// As [`Simd::new`], with a choice of plan; the unfused one is the oracle of the fused one.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn with_fusion(model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Result<Self, Error> {
        let tensor = |layer: &Layer| Tensor::zeros(layer.fan_in, layer.fan_out);
        let layers = model
            .layers()
            .iter()
            .map(|layer| Parameters {
                parameters: tensor(layer),
                m: tensor(layer),
                v: tensor(layer),
                gradients: match fusion {
                    Fusion::None => tensor(layer),
                    Fusion::Update | Fusion::OutputLayer => Tensor::default(),
                },
            })
            .collect();
        let mut simd = Simd {
            level: Level::new(),
            model: model.clone(),
            training: Rc::new(Plan::training(model, fusion)),
            evaluation: Rc::new(Plan::evaluation(model)),
            layers,
            buffers: model.layers().iter().map(|_| Buffers::default()).collect(),
            pixels: Pixels::default(),
            labels: Vec::new(),
            transposed: Vec::new(),
            touched: vec![false; PIXELS],
        };
        simd.set_state(&State::fresh(parameters))?;
        Ok(simd)
    }

    /// The gradients of the last step, in the order of the parameters. Only the unfused plan leaves any.
    pub(crate) fn gradients(&self) -> Vec<f32> {
        self.gather(|parameters| &parameters.gradients)
    }

    /// Logits of the last batch, `[n, 10]`.
    pub(crate) fn logits(&self) -> Vec<f32> {
        let output = *self.model.layers().last().expect("Model::new refuses a model without layers");
        let y = self.buffers[output.index].y.as_flattened();
        let rows = y.chunks_exact(blocks(output.fan_out) * LANES);
        rows.flat_map(|row| &row[..output.fan_out]).copied().collect()
    }

    /// [`Backend::train`], which never waits here.
    pub(crate) fn train_now(&mut self, steps: Steps<'_>) -> Vec<Metrics> {
        let mut metrics = Vec::with_capacity(steps.order.len().div_ceil(steps.batch));
        for (step, rows) in (steps.first_step..).zip(steps.order.chunks(steps.batch)) {
            self.load_training(steps.dataset, rows);
            metrics.push(self.run(Some(Step { seed: steps.seed, step, adam: steps.adam })));
        }
        metrics
    }

    /// [`Backend::train`] with a look at `clock`, which gives milliseconds, between the parts of a step: the parts in the order in
    /// which they run, and how long each took, summed over the steps.
    pub(crate) fn profile(&mut self, steps: Steps<'_>, clock: &dyn Fn() -> f64) -> Vec<(Part, f64)> {
        let plan = Rc::clone(&self.training);
        let ops = plan.ops().iter().map(|&op| Part::Op(op));
        let mut parts: Vec<_> = std::iter::once(Part::Batch).chain(ops).map(|part| (part, 0.0)).collect();
        for (step, rows) in (steps.first_step..).zip(steps.order.chunks(steps.batch)) {
            let step = Step { seed: steps.seed, step, adam: steps.adam };
            let mut before = clock();
            for (part, ms) in &mut parts {
                match part {
                    Part::Batch => self.load_training(steps.dataset, rows),
                    Part::Op(op) => {
                        self.run_op(op, Some(step));
                    }
                }
                let after = clock();
                *ms += after - before;
                before = after;
            }
        }
        parts
    }

    /// [`Backend::state`], which never waits here.
    pub(crate) fn state_now(&self) -> State {
        let gather = |tensor| self.gather(tensor);
        State { parameters: gather(|p| &p.parameters), m: gather(|p| &p.m), v: gather(|p| &p.v) }
    }

    /// One tensor of every layer, in the order of the parameters.
    fn gather(&self, tensor: fn(&Parameters) -> &Tensor) -> Vec<f32> {
        let mut flat = Vec::with_capacity(self.model.parameter_count());
        for (layer, parameters) in self.model.layers().iter().zip(&self.layers) {
            tensor(parameters).append_to(layer.fan_in, layer.fan_out, &mut flat);
        }
        flat
    }

    /// Takes a batch in: its pixel lists, its labels, and room for what the layers leave.
    fn load(&mut self, dataset: &Dataset, rows: impl ExactSizeIterator<Item = usize> + Clone) {
        for (buffers, layer) in self.buffers.iter_mut().zip(self.model.layers()) {
            let size = rows.len() * blocks(layer.fan_out);
            buffers.y.resize(size, ZERO);
            buffers.dz.resize(size, ZERO);
        }
        self.labels.clear();
        self.labels.extend(rows.clone().map(|row| dataset.labels()[row]));
        self.pixels.gather(dataset, rows);
    }

    /// Takes a batch in with what only training needs: its lists by column.
    fn load_training(&mut self, dataset: &Dataset, rows: &[u32]) {
        self.load(dataset, rows.iter().map(|&row| row as usize));
        self.pixels.transpose();
        self.pixels.mark(&mut self.touched);
    }

    /// Runs a plan on the batch that is loaded; `training` is what a training plan needs to know beside it.
    fn run(&mut self, training: Option<Step>) -> Metrics {
        let plan = Rc::clone(if training.is_some() { &self.training } else { &self.evaluation });
        plan.ops().iter().map(|op| self.run_op(op, training)).sum()
    }

    /// Runs one Op. Its metrics are zero unless it is the one with the loss.
    fn run_op(&mut self, op: &Op, training: Option<Step>) -> Metrics {
        let step = || training.expect("only a training plan has this Op, and train gives the step");
        let mut metrics = Metrics::default();
        match op {
            Op::DenseForward { layer, .. } => self.forward(layer, training),
            Op::SoftmaxCrossEntropy { layer } => metrics += self.loss(layer),
            Op::DenseBackwardInput { layer, below } => self.backward_input(layer, below),
            Op::OutputLayer { layer, below } => {
                self.forward(layer, training);
                metrics += self.loss(layer);
                self.backward_input(layer, below);
            }
            Op::DenseBackwardWeights { layer } => {
                let (x, dz) = backward(&self.pixels, &self.buffers, layer);
                let gradients = &mut self.layers[layer.index].gradients;
                dense_backward_weights::dense_backward_weights(self.level, layer, x, dz, gradients);
            }
            Op::Adam { layer } => {
                let Step { step, adam, .. } = step();
                let Parameters { parameters, m, v, gradients } = &mut self.layers[layer.index];
                adam::adam(self.level, &adam, step, parameters, m, v, gradients);
            }
            Op::DenseUpdate { layer } => {
                let Step { step, adam, .. } = step();
                let (x, dz) = backward(&self.pixels, &self.buffers, layer);
                dense_update::dense_update(
                    self.level,
                    layer,
                    x,
                    dz,
                    &adam,
                    step,
                    &self.touched,
                    &mut self.layers[layer.index],
                );
            }
        }
        metrics
    }

    fn forward(&mut self, layer: &Layer, training: Option<Step>) {
        let (below, here) = self.buffers.split_at_mut(layer.index);
        let x = input(&self.pixels, below);
        let Buffers { y, dropout, .. } = &mut here[0];
        dropout.clear();
        if let Some(Step { seed, step, .. }) = training
            && layer.dropout_rate > 0.0
        {
            let random = Random::new(seed, Purpose::Dropout { layer: layer.index as u32 });
            dropout.draw(self.level, &random, step, layer.dropout_rate, y.len());
        }
        let parameters = &self.layers[layer.index].parameters;
        dense_forward::dense_forward(self.level, layer, x, parameters, dropout, y);
    }

    fn loss(&mut self, layer: &Layer) -> Metrics {
        let Buffers { y, dz, .. } = &mut self.buffers[layer.index];
        softmax_cross_entropy::softmax_cross_entropy(self.level, layer.fan_out, y, &self.labels, dz)
    }

    fn backward_input(&mut self, layer: &Layer, below: &Layer) {
        let (lower, upper) = self.buffers.split_at_mut(layer.index);
        let (dz, w) = (&upper[0].dz, &self.layers[layer.index].parameters.w);
        let Buffers { y, dz: dx, dropout } = &mut lower[below.index];
        let transposed = &mut self.transposed;
        dense_backward_input::dense_backward_input(
            self.level,
            (layer, below),
            dz,
            w,
            y,
            dropout,
            transposed,
            dx,
        );
    }
}

/// A part of a training step that is timed by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// The batch's lists of pixels, by row and by column.
    Batch,
    /// One Op of the plan.
    Op(Op),
}

/// What a layer's weights are multiplied by.
#[derive(Clone, Copy)]
enum Input<'a> {
    /// The first layer's: a batch of pixel lists, with its transpose.
    Pixels(&'a Pixels),
    /// The others': y of the layer below, `[batch][blocks]`.
    Dense(&'a [Lanes]),
}

/// What a layer reads, given the buffers of all layers below it.
fn input<'a>(pixels: &'a Pixels, below: &'a [Buffers]) -> Input<'a> {
    below.last().map_or(Input::Pixels(pixels), |below| Input::Dense(&below.y))
}

/// What a layer's gradient is made of: its input, and dz.
fn backward<'a>(pixels: &'a Pixels, buffers: &'a [Buffers], layer: &Layer) -> (Input<'a>, &'a [Lanes]) {
    let (below, here) = buffers.split_at(layer.index);
    (input(pixels, below), &here[0].dz)
}

/// What a training step is told.
#[derive(Clone, Copy)]
struct Step {
    seed: u32,
    step: u32,
    adam: Adam,
}

impl Backend for Simd {
    fn name(&self) -> &'static str {
        "simd"
    }

    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        Ok(self.train_now(steps))
    }

    async fn evaluate(&mut self, dataset: &Dataset) -> Result<Metrics, Error> {
        let mut metrics = Metrics::default();
        for start in (0..dataset.len()).step_by(EVALUATION_BATCH) {
            self.load(dataset, start..dataset.len().min(start + EVALUATION_BATCH));
            metrics += self.run(None);
        }
        Ok(metrics)
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        // A dataset wants labels; these only reach a loss that nobody reads.
        let dataset = Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS])?;
        let mut logits = Vec::new();
        for start in (0..dataset.len()).step_by(EVALUATION_BATCH) {
            self.load(&dataset, start..dataset.len().min(start + EVALUATION_BATCH));
            self.run(None);
            logits.extend(self.logits());
        }
        Ok(logits)
    }

    async fn state(&self) -> Result<State, Error> {
        Ok(self.state_now())
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        check_state(state, self.model.parameter_count())?;
        for (layer, Parameters { parameters, m, v, .. }) in self.model.layers().iter().zip(&mut self.layers) {
            let range = layer.offset..layer.b().end;
            for (tensor, flat) in [(parameters, &state.parameters), (m, &state.m), (v, &state.v)] {
                *tensor = Tensor::from_flat(layer.fan_in, layer.fan_out, &flat[range.clone()]);
            }
        }
        let first = &self.model.layers()[0];
        for (pixel, touched) in self.touched.iter_mut().enumerate() {
            let row = first.w().start + pixel * first.fan_out..first.w().start + (pixel + 1) * first.fan_out;
            *touched = state.m[row.clone()].iter().chain(&state.v[row]).any(|&moment| moment != 0.0);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::data::synthetic;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_profiled_step_is_a_step() {
        let dataset = synthetic::dataset(0, 0, 7, |_| {});
        let model = Model::quickstart();
        let order: Vec<u32> = (0..7).collect();
        let steps = Steps {
            dataset: &dataset,
            order: &order,
            batch: 3,
            first_step: 1,
            adam: Adam::default(),
            seed: 5,
        };
        let mut plain = Simd::new(&model, model.initial_parameters(1)).unwrap();
        let mut profiled = Simd::new(&model, model.initial_parameters(1)).unwrap();
        plain.train_now(steps);
        let reads = Cell::new(0.0);
        let parts = profiled.profile(steps, &|| reads.replace(reads.get() + 1.0));
        assert_eq!(profiled.state_now(), plain.state_now());
        assert_eq!(parts[0].0, Part::Batch);
        assert!(
            parts[1..].iter().map(|(part, _)| *part).eq(plain.training.ops().iter().map(|&op| Part::Op(op)))
        );
        // Each part ends one reading after the one before it, in each of the three steps.
        assert!(parts.iter().all(|(_, ms)| *ms == 3.0), "{parts:?}");
    }
}
