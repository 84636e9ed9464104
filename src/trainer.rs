//! Epochs over a [`Backend`]: the order of the images, the step count, the running means. Knows nothing of the page.
//!
//! The backend may run ahead of its metrics, and be in the next epoch when an epoch's last ones arrive. So there are two counts:
//! the steps that have been run, and the steps that have been reported.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::Error;
use crate::augment::Augmentation;
use crate::backend::{Backend, Steps};
use crate::data::{Dataset, epoch_order};
use crate::metrics::Metrics;
use crate::optimizer::{Adam, Optimizer, RateChange, Sgd};

/// What a run is made of, beside the model and the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seeds the shuffles, the dropout masks and the augmentation. (The initial weights, too: see `Model::initial_parameters`.)
    pub seed: u32,
    /// Images a step, at least 1.
    pub batch: usize,
    /// The update.
    pub optimizer: Optimizer,
    /// Learning rates that take over from the optimizer's own, one after the other: their steps ascend, from 2.
    pub rate_changes: Vec<RateChange>,
    /// How images are changed on their way in.
    pub augmentation: Augmentation,
}

impl Default for Settings {
    /// The quickstart's: batches of 32, Keras's Adam, seed 0, images as they are.
    fn default() -> Self {
        Settings {
            seed: 0,
            batch: 32,
            optimizer: Optimizer::default(),
            rate_changes: Vec::new(),
            augmentation: Augmentation::NONE,
        }
    }
}

impl Settings {
    /// # Errors
    /// [`Error::Setting`] names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=4096).contains(&self.batch) {
            return fail("batch", self.batch, "choose 1 to 4096 images");
        }
        check_learning_rate(self.optimizer.learning_rate())?;
        match self.optimizer {
            Optimizer::Adam(Adam { beta1, beta2, epsilon, decay_steps, .. }) => {
                for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
                    if !(0.0..1.0).contains(&beta) {
                        return fail(name, beta, "choose 0 or more, and less than 1");
                    }
                }
                if !(epsilon > 0.0 && epsilon <= 1.0) {
                    return fail("epsilon", epsilon, "choose more than 0, and at most 1");
                }
                if decay_steps == Some(0) {
                    return fail("decay steps", 0, "choose at least 1, or none");
                }
            }
            Optimizer::Sgd(Sgd { momentum, .. }) => {
                if !(0.0..1.0).contains(&momentum) {
                    return fail("momentum", momentum, "choose 0 or more, and less than 1");
                }
            }
        }
        let mut before = 1;
        for change in &self.rate_changes {
            if change.step <= before {
                let expected = "each step must be later than the one before, and than step 1";
                return fail("step of a change of the learning rate", change.step, expected);
            }
            before = change.step;
            check_learning_rate(change.learning_rate)?;
        }
        self.augmentation.check()
    }

    /// The update at `step`, with the learning rate that it has there.
    pub fn optimizer_at(&self, step: u32) -> Optimizer {
        let change = self.rate_changes.iter().rfind(|change| change.step <= step);
        change.map_or(self.optimizer, |change| self.optimizer.with_learning_rate(change.learning_rate))
    }

    /// The first step behind `step` that has another learning rate.
    pub fn next_rate_change(&self, step: u32) -> Option<u32> {
        self.rate_changes.iter().map(|change| change.step).find(|&next| next > step)
    }

    /// Another learning rate from `step` on, to the end: changes that were to come later are forgotten.
    ///
    /// # Errors
    /// [`Error::Setting`] when it is out of its range; nothing is changed then.
    pub fn change_learning_rate(&mut self, step: u32, learning_rate: f32) -> Result<(), Error> {
        check_learning_rate(learning_rate)?;
        self.rate_changes.retain(|change| change.step < step);
        if step <= 1 {
            self.optimizer = self.optimizer.with_learning_rate(learning_rate);
        } else if self.optimizer_at(step).learning_rate() != learning_rate {
            self.rate_changes.push(RateChange { step, learning_rate });
        }
        Ok(())
    }
}

fn check_learning_rate(learning_rate: f32) -> Result<(), Error> {
    if !(learning_rate > 0.0 && learning_rate <= 1.0) {
        return fail("learning rate", learning_rate, "choose more than 0, and at most 1");
    }
    Ok(())
}

fn fail<T>(name: &'static str, value: impl ToString, expected: &'static str) -> Result<T, Error> {
    Err(Error::Setting { name, value: value.to_string(), expected })
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
        let batch = self.settings.batch;
        let end = self.order.len().min(self.position.saturating_add(steps.saturating_mul(batch)));
        // In one piece, but for changes of the learning rate.
        while self.position < end {
            let first_step = self.step + 1;
            let same_rate =
                self.settings.next_rate_change(first_step).map(|next| (next - first_step) as usize);
            let most = same_rate.map_or(usize::MAX, |steps| steps.saturating_mul(batch));
            let taken = most.min(end - self.position);
            let steps = Steps {
                dataset: &self.dataset,
                order: &self.order[self.position..self.position + taken],
                batch,
                first_step,
                optimizer: self.settings.optimizer_at(first_step),
                augmentation: self.settings.augmentation,
                seed: self.settings.seed,
            };
            self.arrived.extend(self.backend.train(steps).await?);
            self.position += taken;
            self.step += taken.div_ceil(batch) as u32;
        }
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

    /// Trains with another learning rate from the next step on, and returns that step, counted from 1. See
    /// [`Settings::change_learning_rate`].
    ///
    /// # Errors
    /// [`Error::Setting`] when it is out of its range; nothing is changed then.
    pub fn change_learning_rate(&mut self, learning_rate: f32) -> Result<u32, Error> {
        let step = self.step + 1;
        self.settings.change_learning_rate(step, learning_rate)?;
        Ok(step)
    }

    /// What the run is made of, with every change of the learning rate so far.
    pub fn settings(&self) -> &Settings {
        &self.settings
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
