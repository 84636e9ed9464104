//! Every [`Op`] as the plainest loop that can be checked against a textbook: the definition that `simd` and `gpu` must meet.
//!
//! Tensors are row-major without padding. Sums run with k ascending, in f32.

use std::sync::Arc;

use crate::Error;
use crate::augment::Augmentation;
use crate::backend::{Backend, State, Steps, check_state};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::{Activation, Layer, Model};
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::plan::{Fusion, Op, Plan};
use crate::random::{Purpose, Random, dropout_keeps, dropout_threshold};

/// Which dropout masks a step draws, and which changes of its images.
#[derive(Debug, Clone, Copy)]
pub struct Masks {
    /// The run's seed.
    pub seed: u32,
    /// The step, from 1.
    pub step: u32,
}

impl Masks {
    /// What dropout behind `layer` multiplies activation (row, col) by: 0, or `1 / (1 - rate)`.
    fn factor(self, layer: &Layer, row: usize, col: usize) -> f32 {
        let random = Random::new(self.seed, Purpose::Dropout { layer: layer.index as u32 });
        let threshold = dropout_threshold(layer.dropout_rate);
        if dropout_keeps(&random, self.step, row, col, layer.fan_out, threshold) {
            layer.dropout_scale()
        } else {
            0.0
        }
    }
}

/// The images of a batch as `augmentation` has them at this step. `images` and `augmented` `[batch, 784]`.
pub fn augment(augmentation: &Augmentation, masks: Masks, images: &[u8], augmented: &mut [u8]) {
    let rows = images.chunks(PIXELS).zip(augmented.chunks_mut(PIXELS)).enumerate();
    for (row, (image, augmented)) in rows {
        match augmentation.warp(masks.seed, masks.step, row) {
            Some(warp) => augmented.copy_from_slice(&warp.apply(image)),
            None => augmented.copy_from_slice(image),
        }
    }
}

/// y = dropout(activation(x · w + b)). `x [batch, fan_in]`, `w [fan_in, fan_out]`, `b [fan_out]`, `y [batch, fan_out]`; without
/// `masks` all activations are kept.
pub fn dense_forward(layer: &Layer, masks: Option<Masks>, x: &[f32], w: &[f32], b: &[f32], y: &mut [f32]) {
    for (row, (x, y)) in x.chunks(layer.fan_in).zip(y.chunks_mut(layer.fan_out)).enumerate() {
        for (col, y) in y.iter_mut().enumerate() {
            let mut z = b[col];
            for (k, x) in x.iter().enumerate() {
                z += x * w[k * layer.fan_out + col];
            }
            *y = match layer.activation {
                Activation::Linear => z,
                Activation::Relu => z.max(0.0),
            };
            if let Some(masks) = masks {
                *y *= masks.factor(layer, row, col);
            }
        }
    }
}

/// Mean cross-entropy of softmax(logits) over the batch, its gradient, and how many rows have their maximum (the first,
/// where several are equal) at the label. `logits`, `dlogits` `[batch, classes]`.
pub fn softmax_cross_entropy(classes: usize, logits: &[f32], labels: &[u8], dlogits: &mut [f32]) -> Metrics {
    let batch = labels.len();
    let mut metrics = Metrics { count: batch as u32, ..Metrics::default() };
    for ((logits, &label), dlogits) in logits.chunks(classes).zip(labels).zip(dlogits.chunks_mut(classes)) {
        let label = usize::from(label);
        let max = logits.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - max).exp()).sum();
        metrics.loss_sum += f64::from(sum.ln() + max - logits[label]);
        metrics.correct += u32::from(logits.iter().position(|&logit| logit == max) == Some(label));
        for (class, (dlogit, logit)) in dlogits.iter_mut().zip(logits).enumerate() {
            let probability = (logit - max).exp() / sum;
            let target = if class == label { 1.0 } else { 0.0 };
            *dlogit = (probability - target) / batch as f32;
        }
    }
    metrics
}

/// dz of `below` from dz of `layer`: `dx = dz · wᵀ`, then back through the dropout and the activation of `below`.
/// `dz [batch, fan_out]`, `y` and `dx` `[batch, fan_in]`: y is what `below` gave.
pub fn dense_backward_input(
    layer: &Layer,
    below: &Layer,
    masks: Masks,
    dz: &[f32],
    w: &[f32],
    y: &[f32],
    dx: &mut [f32],
) {
    let rows = dz.chunks(layer.fan_out).zip(y.chunks(layer.fan_in)).zip(dx.chunks_mut(layer.fan_in));
    for (row, ((dz, y), dx)) in rows.enumerate() {
        for k in 0..layer.fan_in {
            let mut sum = 0.0;
            for (dz, w) in dz.iter().zip(&w[k * layer.fan_out..][..layer.fan_out]) {
                sum += dz * w;
            }
            // Behind a ReLU, y > 0 says that it was open and that dropout kept it.
            let open = below.activation == Activation::Linear || y[k] > 0.0;
            dx[k] = if open { sum * masks.factor(below, row, k) } else { 0.0 };
        }
    }
}

/// dw = xᵀ · dz and db = the sum of dz over the batch. `x [batch, fan_in]`, `dz [batch, fan_out]`.
pub fn dense_backward_weights(layer: &Layer, x: &[f32], dz: &[f32], dw: &mut [f32], db: &mut [f32]) {
    dw.fill(0.0);
    db.fill(0.0);
    for (x, dz) in x.chunks(layer.fan_in).zip(dz.chunks(layer.fan_out)) {
        for (k, x) in x.iter().enumerate() {
            for (col, dz) in dz.iter().enumerate() {
                dw[k * layer.fan_out + col] += x * dz;
            }
        }
        for (db, dz) in db.iter_mut().zip(dz) {
            *db += dz;
        }
    }
}

/// Updates `parameters` in place. All slices have the same length; `step` counts from 1.
pub fn adam(
    config: &Adam,
    step: u32,
    parameters: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    gradients: &[f32],
) {
    let rate = config.corrected_rate(step);
    let [beta1_rest, beta2_rest] = config.beta_rests();
    for (((parameter, m), v), gradient) in parameters.iter_mut().zip(m).zip(v).zip(gradients) {
        *m += (gradient - *m) * beta1_rest;
        *v += (gradient * gradient - *v) * beta2_rest;
        *parameter -= rate * *m / (v.sqrt() + config.epsilon);
    }
}

/// Updates `parameters` and the velocities in place. All slices have the same length.
pub fn sgd(config: &Sgd, parameters: &mut [f32], velocities: &mut [f32], gradients: &[f32]) {
    for ((parameter, velocity), gradient) in parameters.iter_mut().zip(velocities).zip(gradients) {
        let downhill = config.learning_rate * gradient;
        *velocity = config.momentum * *velocity - downhill;
        *parameter += if config.nesterov { config.momentum * *velocity - downhill } else { *velocity };
    }
}

/// Pixels as a network reads them.
pub(crate) fn unit(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect()
}

/// The plain backend: walks the unfused plan with the functions above.
#[derive(Debug, Clone)]
pub struct Reference {
    model: Model,
    state: State,
    gradients: Vec<f32>,
}

/// A batch on its way through the network: images, x, then y and dz of each layer.
struct Batch<'a> {
    images: Vec<u8>,
    x: Vec<f32>,
    labels: Vec<u8>,
    y: Vec<Vec<f32>>,
    dz: Vec<Vec<f32>>,
    masks: Masks,
    optimizer: Option<&'a Optimizer>,
}

impl<'a> Batch<'a> {
    fn new(
        model: &Model,
        images: Vec<u8>,
        labels: Vec<u8>,
        masks: Masks,
        optimizer: Option<&'a Optimizer>,
    ) -> Self {
        let zeros: Vec<Vec<f32>> =
            model.layers().iter().map(|layer| vec![0.0; labels.len() * layer.fan_out]).collect();
        Batch { x: unit(&images), images, labels, y: zeros.clone(), dz: zeros, masks, optimizer }
    }

    fn augment(&mut self, augmentation: &Augmentation) {
        let mut augmented = vec![0; self.images.len()];
        augment(augmentation, self.masks, &self.images, &mut augmented);
        self.x = unit(&augmented);
    }

    /// What layer `index` reads.
    fn input(&self, index: usize) -> &[f32] {
        if index == 0 { &self.x } else { &self.y[index - 1] }
    }
}

impl Reference {
    /// Starts from `parameters`, with fresh moments.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn new(model: &Model, parameters: Vec<f32>) -> Result<Self, Error> {
        let state = State::fresh(parameters);
        check_state(&state, model.parameter_count())?;
        Ok(Reference { model: model.clone(), gradients: vec![0.0; model.parameter_count()], state })
    }

    /// Weights and biases, in order.
    pub fn parameters(&self) -> &[f32] {
        &self.state.parameters
    }

    /// The gradients of the last step, in the order of the parameters.
    pub fn gradients(&self) -> &[f32] {
        &self.gradients
    }

    fn run(&mut self, plan: &Plan, batch: &mut Batch<'_>) -> Metrics {
        let mut metrics = Metrics::default();
        for op in plan.ops() {
            match op {
                Op::Augment { augmentation } => batch.augment(augmentation),
                Op::DenseForward { layer, training } => self.forward(layer, *training, batch),
                Op::SoftmaxCrossEntropy { layer } => metrics += softmax(layer, batch),
                Op::DenseBackwardInput { layer, below } => self.backward_input(layer, below, batch),
                Op::OutputLayer { layer, below } => {
                    self.forward(layer, true, batch);
                    metrics += softmax(layer, batch);
                    self.backward_input(layer, below, batch);
                }
                Op::DenseBackwardWeights { layer } => self.backward_weights(layer, batch),
                Op::Adam { layer } | Op::Sgd { layer } => self.update(layer, batch),
                Op::DenseUpdate { layer, .. } => {
                    self.backward_weights(layer, batch);
                    self.update(layer, batch);
                }
            }
        }
        metrics
    }

    fn forward(&self, layer: &Layer, training: bool, batch: &mut Batch<'_>) {
        let mut y = std::mem::take(&mut batch.y[layer.index]);
        let (w, b) = (&self.state.parameters[layer.w()], &self.state.parameters[layer.b()]);
        let masks = training.then_some(batch.masks);
        dense_forward(layer, masks, batch.input(layer.index), w, b, &mut y);
        batch.y[layer.index] = y;
    }

    fn backward_input(&self, layer: &Layer, below: &Layer, batch: &mut Batch<'_>) {
        let (lower, upper) = batch.dz.split_at_mut(layer.index);
        let w = &self.state.parameters[layer.w()];
        let (y, dx) = (&batch.y[below.index], &mut lower[below.index]);
        dense_backward_input(layer, below, batch.masks, &upper[0], w, y, dx);
    }

    fn backward_weights(&mut self, layer: &Layer, batch: &Batch<'_>) {
        let (dw, db) = self.gradients[layer.offset..layer.b().end].split_at_mut(layer.w().len());
        dense_backward_weights(layer, batch.input(layer.index), &batch.dz[layer.index], dw, db);
    }

    fn update(&mut self, layer: &Layer, batch: &Batch<'_>) {
        let range = layer.offset..layer.b().end;
        let State { parameters, m, v } = &mut self.state;
        let (parameters, m) = (&mut parameters[range.clone()], &mut m[range.clone()]);
        let gradients = &self.gradients[range.clone()];
        match batch.optimizer.expect("only a training plan has an update, and train says by what") {
            Optimizer::Adam(config) => {
                adam(config, batch.masks.step, parameters, m, &mut v[range], gradients);
            }
            Optimizer::Sgd(config) => sgd(config, parameters, m, gradients),
        }
    }
}

fn softmax(layer: &Layer, batch: &mut Batch<'_>) -> Metrics {
    let (logits, dlogits) = (&batch.y[layer.index], &mut batch.dz[layer.index]);
    softmax_cross_entropy(layer.fan_out, logits, &batch.labels, dlogits)
}

impl Backend for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        let plan = steps.plan(&self.model, Fusion::None);
        let batches = steps.order.chunks(steps.batch);
        Ok((steps.first_step..)
            .zip(batches)
            .map(|(step, rows)| {
                let images = rows.iter().flat_map(|&row| steps.dataset.image(row as usize)).copied();
                let labels = rows.iter().map(|&row| steps.dataset.labels()[row as usize]).collect();
                let masks = Masks { seed: steps.seed, step };
                let mut batch =
                    Batch::new(&self.model, images.collect(), labels, masks, Some(&steps.optimizer));
                self.run(&plan, &mut batch)
            })
            .collect())
    }

    async fn evaluate(&mut self, dataset: &Arc<Dataset>) -> Result<Metrics, Error> {
        let plan = Plan::evaluation(&self.model);
        let masks = Masks { seed: 0, step: 0 };
        Ok(dataset
            .images()
            .chunks(1000 * PIXELS)
            .zip(dataset.labels().chunks(1000))
            .map(|(images, labels)| {
                self.run(&plan, &mut Batch::new(&self.model, images.to_vec(), labels.to_vec(), masks, None))
            })
            .sum())
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        let labels = vec![0; images.len() / PIXELS];
        let masks = Masks { seed: 0, step: 0 };
        let mut batch = Batch::new(&self.model, images.to_vec(), labels, masks, None);
        self.run(&Plan::evaluation(&self.model), &mut batch);
        Ok(batch.y.pop().unwrap_or_default())
    }

    async fn state(&self) -> Result<State, Error> {
        Ok(self.state.clone())
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        check_state(state, self.model.parameter_count())?;
        self.state = state.clone();
        Ok(())
    }
}
