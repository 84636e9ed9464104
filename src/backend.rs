//! The seam between training and what computes it.

use std::sync::Arc;

use crate::Error;
use crate::augment::Augmentation;
use crate::data::Dataset;
use crate::metrics::Metrics;
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::plan::{Fusion, Plan};

/// Consecutive training steps.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    /// Where the images are; shared, for a backend's threads may read it too.
    pub dataset: &'a Arc<Dataset>,
    /// The images' rows in the dataset, batch after batch; the last batch may be short.
    pub order: &'a [u32],
    /// Images a batch, at least 1.
    pub batch: usize,
    /// The first batch's step, from 1: Adam's t and dropout's counter.
    pub first_step: u32,
    /// The update, with the learning rate of these steps.
    pub optimizer: Optimizer,
    /// How images are changed on their way in.
    pub augmentation: Augmentation,
    /// Keys dropout's masks and the augmentation.
    pub seed: u32,
}

impl Steps<'_> {
    /// What each of them consists of.
    pub(crate) fn plan(&self, model: &Model, fusion: Fusion) -> Plan {
        Plan::training(model, fusion, self.optimizer.rule()).augmented(self.augmentation)
    }
}

/// Everything that training changes, in the order of [`Layer::offset`](crate::model::Layer::offset): what a checkpoint holds, and what
/// moves when training moves to another backend. Each has `Model::parameter_count` elements.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Weights and biases.
    pub parameters: Vec<f32>,
    /// Adam's first moment, or SGD's velocity.
    pub m: Vec<f32>,
    /// Adam's second moment, never negative; SGD leaves it as it is.
    pub v: Vec<f32>,
}

impl State {
    /// Parameters as they are before the first step: both moments are zero.
    pub fn fresh(parameters: Vec<f32>) -> Self {
        let zeros = vec![0.0; parameters.len()];
        State { parameters, m: zeros.clone(), v: zeros }
    }
}

/// What training has asked of a GPU's queue so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QueueWork {
    /// Training steps.
    pub steps: u64,
    /// Compute shaders started.
    pub dispatches: u64,
    /// Command buffers submitted.
    pub submits: u64,
    /// Time that the caller's processor took to encode and submit them.
    pub encode_ms: f64,
}

/// Something that trains a [`Model`](crate::model::Model). Coarse on purpose: it is asked for many steps at a time, never for one multiply, for a
/// browser charges per dispatch and far more per readback.
///
/// Training is a queue: [`train`](Backend::train) puts steps in and takes out what is known by then, so that nobody waits for a
/// readback. A backend that runs on the caller's processor knows everything at once.
#[allow(
    async_fn_in_trait,
    reason = "callers name the backend's type, and nothing here moves between threads"
)]
pub trait Backend {
    /// A short name for people: `simd`, `reference`.
    fn name(&self) -> &'static str;

    /// Runs every step, or sees to it that they will run, and returns the metrics that have arrived: those of these steps or of
    /// earlier ones, each step's once and in order. They are measured in training, with dropout, before the step's update, as
    /// Keras measures them.
    ///
    /// # Errors
    /// When the device fails; the state is then lost.
    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error>;

    /// Waits for all steps, and returns the metrics that have not been returned yet.
    ///
    /// # Errors
    /// When the device fails; the state is then lost.
    async fn finish(&mut self) -> Result<Vec<Metrics>, Error> {
        Ok(Vec::new())
    }

    /// What training has cost so far, where there is a queue that it goes through.
    fn queue_work(&self) -> Option<QueueWork> {
        None
    }

    /// Loss and accuracy over a whole dataset, without dropout.
    ///
    /// # Errors
    /// When the device fails.
    async fn evaluate(&mut self, dataset: &Arc<Dataset>) -> Result<Metrics, Error>;

    /// Logits `[n, 10]` of n images of 784 pixels, without dropout.
    ///
    /// # Errors
    /// When the device fails.
    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error>;

    /// A copy of the state.
    ///
    /// # Errors
    /// When the device fails.
    async fn state(&self) -> Result<State, Error>;

    /// Replaces the state; metrics that have not arrived are dropped.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when it is another model's.
    fn set_state(&mut self, state: &State) -> Result<(), Error>;
}

/// Checks that `state` has `expected` elements throughout.
pub(crate) fn check_state(state: &State, expected: usize) -> Result<(), Error> {
    [&state.parameters, &state.m, &state.v].iter().try_for_each(|values| check_count(values.len(), expected))
}

/// Checks that parameters are a model's that has `expected`.
pub(crate) fn check_count(found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::ParameterCount { expected, found }) }
}

/// Probabilities from one row of logits: softmax, with the maximum subtracted first.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let exps: Vec<f32> = logits.iter().map(|&logit| (logit - max).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.into_iter().map(|e| e / sum).collect()
}
