//! Epochs over a [`Backend`]: the order of the images, the step count, the running means. Knows nothing of the page.
//!
//! The backend may run ahead of its metrics, and be in the next epoch when an epoch's last ones arrive. So there are two counts:
//! the steps that have been run, and the steps that have been reported.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::Error;
use crate::backend::{Adam, Backend, Steps};
use crate::data::{Dataset, epoch_order};
use crate::metrics::Metrics;

/// What a run is made of, beside the model and the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Seeds the shuffles and the dropout masks. (The initial weights, too: see `Model::initial_parameters`.)
    pub seed: u32,
    /// Images a step, at least 1.
    pub batch: usize,
    /// The update.
    pub adam: Adam,
}

impl Default for Settings {
    /// The quickstart's: batches of 32, Keras's Adam, seed 0.
    fn default() -> Self {
        Settings { seed: 0, batch: 32, adam: Adam::default() }
    }
}

impl Settings {
    /// # Errors
    /// [`Error::Setting`] names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        let Adam { learning_rate, beta1, beta2, epsilon, decay_steps } = self.adam;
        let fail = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if !(1..=4096).contains(&self.batch) {
            return fail("batch", self.batch.to_string(), "choose 1 to 4096 images");
        }
        if !(learning_rate > 0.0 && learning_rate <= 1.0) {
            return fail("learning rate", learning_rate.to_string(), "choose more than 0, and at most 1");
        }
        for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
            if !(0.0..1.0).contains(&beta) {
                return fail(name, beta.to_string(), "choose 0 or more, and less than 1");
            }
        }
        if !(epsilon > 0.0 && epsilon <= 1.0) {
            return fail("epsilon", epsilon.to_string(), "choose more than 0, and at most 1");
        }
        if decay_steps == Some(0) {
            return fail("decay steps", "0".to_owned(), "choose at least 1, or none");
        }
        Ok(())
    }
}

/// Trains a backend, epoch after epoch, on a fresh shuffle each.
#[derive(Debug)]
pub struct Trainer<B> {
    backend: B,
    dataset: Arc<Dataset>,
    settings: Settings,
    /// The shuffle of the epoch that is being run, and how much of it has been.
    order: Vec<u32>,
    position: usize,
    step: u32,
    /// Arrived, and not reported: those of the epoch after the one that is.
    arrived: VecDeque<Metrics>,
    /// The epoch that is being reported, and its steps and sums so far.
    epoch: u32,
    epoch_steps: usize,
    epoch_metrics: Metrics,
}

impl<B: Backend> Trainer<B> {
    /// Stands before the first step of the first epoch.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting out of its range, [`Error::NoImages`] for an empty dataset.
    pub fn new(backend: B, dataset: Arc<Dataset>, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        if dataset.is_empty() {
            return Err(Error::NoImages);
        }
        let order = epoch_order(settings.seed, 0, dataset.len());
        Ok(Trainer {
            backend,
            dataset,
            settings,
            order,
            position: 0,
            step: 0,
            arrived: VecDeque::new(),
            epoch: 0,
            epoch_steps: 0,
            epoch_metrics: Metrics::default(),
        })
    }

    /// Runs up to `steps` steps, but not past the end of the epoch, and reports the steps whose metrics have arrived: consecutive
    /// ones of one epoch, [`epoch`](Self::epoch), which may be an earlier one. After an epoch's last step, the next call begins
    /// a new epoch.
    ///
    /// # Errors
    /// The backend's.
    pub async fn advance(&mut self, steps: usize) -> Result<Vec<Metrics>, Error> {
        if self.position == self.order.len() {
            self.position = 0;
            let epoch = self.step / self.steps_per_epoch() as u32;
            self.order = epoch_order(self.settings.seed, epoch, self.dataset.len());
        }
        let rest = &self.order[self.position..];
        let taken = rest.len().min(steps.saturating_mul(self.settings.batch));
        let steps = Steps {
            dataset: &self.dataset,
            order: &rest[..taken],
            batch: self.settings.batch,
            first_step: self.step + 1,
            adam: self.settings.adam,
            seed: self.settings.seed,
        };
        self.arrived.extend(self.backend.train(steps).await?);
        self.position += taken;
        self.step += taken.div_ceil(self.settings.batch) as u32;
        Ok(self.report())
    }

    /// Waits for all steps that have been run, and reports them as [`advance`](Self::advance) does. Where they are of two epochs,
    /// a second call reports the second.
    ///
    /// # Errors
    /// The backend's.
    pub async fn finish(&mut self) -> Result<Vec<Metrics>, Error> {
        self.arrived.extend(self.backend.finish().await?);
        Ok(self.report())
    }

    /// Takes what has arrived, up to the end of an epoch.
    fn report(&mut self) -> Vec<Metrics> {
        if self.epoch_is_over() && !self.arrived.is_empty() {
            self.epoch += 1;
            self.epoch_steps = 0;
            self.epoch_metrics = Metrics::default();
        }
        let count = self.arrived.len().min(self.steps_per_epoch() - self.epoch_steps);
        let metrics: Vec<Metrics> = self.arrived.drain(..count).collect();
        self.epoch_steps += count;
        for &step in &metrics {
            self.epoch_metrics += step;
        }
        metrics
    }

    /// Goes on with another backend, from the same state.
    ///
    /// # Errors
    /// Either backend's; this one then goes on.
    pub async fn move_to(&mut self, mut backend: B) -> Result<B, Error> {
        self.arrived.extend(self.backend.finish().await?);
        backend.set_state(&self.backend.state().await?)?;
        Ok(std::mem::replace(&mut self.backend, backend))
    }

    /// Whether every step of the current epoch has been reported.
    pub fn epoch_is_over(&self) -> bool {
        self.epoch_steps == self.steps_per_epoch()
    }

    /// Whether all steps of an epoch have been run and not all reported: who lets [`finish`](Self::finish) report them before going on
    /// has the network as the epoch's end left it.
    pub fn awaits_epoch_end(&self) -> bool {
        let reported = self.epoch as usize + usize::from(self.epoch_is_over());
        self.step as usize == (reported + 1) * self.steps_per_epoch()
    }

    /// The epoch of the steps reported last, from 0.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Steps of that epoch that have been reported.
    pub fn epoch_steps(&self) -> usize {
        self.epoch_steps
    }

    /// Steps run so far, over all epochs.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Steps in an epoch; the last one's batch may be short.
    pub fn steps_per_epoch(&self) -> usize {
        self.dataset.len().div_ceil(self.settings.batch)
    }

    /// Sums over the reported steps of that epoch: Keras's running means are its `loss()` and `accuracy()`.
    pub fn epoch_metrics(&self) -> Metrics {
        self.epoch_metrics
    }

    /// Ends the training and keeps what was trained.
    pub fn into_backend(self) -> B {
        self.backend
    }

    /// The backend, for evaluation, predictions and its state.
    pub fn backend(&mut self) -> &mut B {
        &mut self.backend
    }
}
