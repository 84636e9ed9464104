//! The seam between training and what computes it.

use std::sync::Arc;

use crate::Error;
use crate::data::Dataset;
use crate::metrics::Metrics;

/// Adam's settings (Kingma & Ba 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size.
    pub learning_rate: f32,
    /// Decay of the first moment, in `[0, 1)`. In f64, for what kernels multiply by is [the rest](Self::beta_rests).
    pub beta1: f64,
    /// Decay of the second moment, in `[0, 1)`.
    pub beta2: f64,
    /// Added to the root of the second moment, where Keras adds it ("epsilon hat", just before section 2.1 of the
    /// paper): behind the bias correction, so small gradients' first steps differ from PyTorch's.
    pub epsilon: f32,
    /// After so many steps (at least 1) the learning rate has fallen to zero, in a straight line; none: it stays as it is.
    pub decay_steps: Option<u32>,
}

impl Default for Adam {
    /// Keras's defaults.
    fn default() -> Self {
        // 1e-7 is Keras's default; PyTorch's is 1e-8.
        Adam { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay_steps: None }
    }
}

impl Adam {
    /// `1 - beta1` and `1 - beta2`, rounded once, as Keras has them. From a beta in f32 the difference would have fewer digits than
    /// f32 has: v's share of a new square would be 0.00099998713 for 0.001, and v off by 1.3e-5 of itself.
    pub fn beta_rests(&self) -> [f32; 2] {
        [self.beta1, self.beta2].map(|beta| (1.0 - beta) as f32)
    }

    /// The learning rate with both moments' bias corrections and the decay in it, at `step` (from 1):
    /// `learning_rate · sqrt(1 - beta2^step) / (1 - beta1^step) · (1 - (step - 1) / decay_steps)`.
    pub fn corrected_rate(&self, step: u32) -> f32 {
        // In f64, for 1 - beta2^1 would lose 10 of f32's 24 bits; by squaring, for `powf` differs between platforms.
        // Keras takes beta itself in f32 here, though not for the rests: a rate less by 6.5e-6 of itself than the formula's in the
        // first steps, and the same one.
        let correction = |beta: f64| 1.0 - power(f64::from(beta as f32), step);
        let rate = f64::from(self.learning_rate) * correction(self.beta2).sqrt() / correction(self.beta1);
        let left = |steps: u32| 1.0 - f64::from((step - 1).min(steps)) / f64::from(steps);
        (rate * self.decay_steps.map_or(1.0, left)) as f32
    }
}

/// `base^exponent` by squaring.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result *= base;
        }
        base *= base;
        exponent /= 2;
    }
    result
}

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
    /// The update.
    pub adam: Adam,
    /// Keys dropout's masks.
    pub seed: u32,
}

/// Everything that training changes, in the order of [`Layer::offset`](crate::model::Layer::offset): what a checkpoint holds, and what
/// moves when training moves to another backend. Each has `Model::parameter_count` elements.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Weights and biases.
    pub parameters: Vec<f32>,
    /// Adam's first moment.
    pub m: Vec<f32>,
    /// Adam's second moment, never negative.
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
    for found in [state.parameters.len(), state.m.len(), state.v.len()] {
        if found != expected {
            return Err(Error::ParameterCount { expected, found });
        }
    }
    Ok(())
}

/// Probabilities from one row of logits: softmax, with the maximum subtracted first.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let max = logits.iter().copied().fold(f32::MIN, f32::max);
    let exps: Vec<f32> = logits.iter().map(|&logit| (logit - max).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.into_iter().map(|e| e / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_falls_in_a_straight_line() {
        let constant = Adam::default();
        let falling = Adam { decay_steps: Some(1000), ..constant };
        for (step, left) in [(1, 1.0), (2, 0.999), (501, 0.5), (1000, 0.001), (1001, 0.0), (u32::MAX, 0.0)] {
            let (rate, whole) = (falling.corrected_rate(step), constant.corrected_rate(step));
            assert!((rate - left * whole).abs() <= 1e-6 * whole, "step {step}: {rate} of {whole}");
        }
    }
}
