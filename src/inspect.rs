//! One training step at a time, with everything in it laid open.
//!
//! ```text
//! seed, step → nearest snapshot → replay → the step itself: images, logits, gradients, state before and after
//! ```
//!
//! A run is a function of its seed and its data, so any step of it can be run again: on a backend of its own, with the unfused
//! plan, which leaves its gradients where they can be read. The run that it replays goes on undisturbed.

use std::ops::Range;
use std::sync::Arc;

use crate::Error;
use crate::backend::{Backend, State, Steps};
use crate::data::{Dataset, epoch_order};
use crate::metrics::Metrics;
use crate::model::Model;
use crate::plan::Fusion;
use crate::simd::Simd;
use crate::trainer::Settings;

/// Steps between two snapshots at first. A step takes some tenths of a millisecond, so the way back is short.
const INTERVAL: u32 = 256;
/// Snapshots that are kept, 1.2 MB each for the quickstart: a longer run has them farther apart.
const SNAPSHOTS: usize = 24;
/// What they may take together: a larger model has fewer, and no fewer than two.
const SNAPSHOT_BYTES: usize = 32_000_000;
/// How near to the step that is shown one more snapshot lies, for the steps just before it.
const NEAR: u32 = 32;

/// Replays a run's steps.
#[derive(Debug)]
pub struct Inspector {
    dataset: Arc<Dataset>,
    settings: Settings,
    model: Model,
    backend: Simd,
    /// Steps that the backend has run.
    position: u32,
    /// The shuffle of an epoch, counted from 0.
    order: (u32, Vec<u32>),
    /// In ascending order; the first is the untrained network.
    snapshots: Vec<Snapshot>,
    interval: u32,
    near: Option<Snapshot>,
    seen: Option<Seen>,
}

/// The state after so many steps.
#[derive(Debug, Clone)]
struct Snapshot {
    step: u32,
    state: State,
}

/// A step and what it did.
#[derive(Debug, Clone)]
pub struct Seen {
    /// From 1: Adam's t.
    pub step: u32,
    /// The batch's rows in the dataset.
    pub rows: Vec<u32>,
    /// Its images `[batch, 784]`, as they were trained on.
    pub images: Vec<u8>,
    /// What training said of them, dropout included: `[batch, 10]`.
    pub logits: Vec<f32>,
    /// Their loss and hits.
    pub metrics: Metrics,
    /// Of the mean loss, in the order of the parameters.
    pub gradients: Vec<f32>,
    /// Parameters and moments as the step found them.
    pub before: State,
    /// And as it left them.
    pub after: State,
}

impl Seen {
    /// Which parameter in `range` has the largest gradient, the first where several have; nothing where all are zero.
    pub fn liveliest(&self, range: Range<usize>) -> Option<usize> {
        let mut best = None;
        let mut most = 0.0;
        for index in range {
            if self.gradients[index].abs() > most {
                most = self.gradients[index].abs();
                best = Some(index);
            }
        }
        best
    }
}

impl Inspector {
    /// Of the run that [`Trainer`](crate::trainer::Trainer) makes of the same model, data and settings.
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting out of its range, [`Error::NoImages`] for an empty dataset.
    pub fn new(model: &Model, dataset: Arc<Dataset>, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        if dataset.is_empty() {
            return Err(Error::NoImages);
        }
        let parameters = model.initial_parameters(settings.seed);
        let state = State::fresh(parameters.clone());
        Ok(Inspector {
            order: (0, epoch_order(settings.seed, 0, dataset.len())),
            dataset,
            settings,
            model: model.clone(),
            backend: Simd::with_fusion(model, parameters, Fusion::None)?,
            position: 0,
            snapshots: vec![Snapshot { step: 0, state }],
            interval: INTERVAL,
            near: None,
            seen: None,
        })
    }

    /// The model whose training is replayed.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The data that it is trained on.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The run's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Steps in an epoch; the last one's batch may be short.
    pub fn steps_per_epoch(&self) -> u32 {
        self.dataset.len().div_ceil(self.settings.batch) as u32
    }

    /// Steps that are behind: while [`seek`](Self::seek) is under way, how far it has come.
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The step that [`seek`](Self::seek) has come to.
    pub fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// Follows a change of the run's learning rate, from `step` on: what has been replayed beyond is forgotten. See
    /// [`Settings::change_learning_rate`].
    ///
    /// # Errors
    /// [`Error::Setting`] when it is out of its range; nothing is changed then.
    pub fn change_learning_rate(&mut self, step: u32, learning_rate: f32) -> Result<(), Error> {
        self.settings.change_learning_rate(step, learning_rate)?;
        self.snapshots.retain(|it| it.step < step.max(1));
        self.near = self.near.take().filter(|it| it.step < step);
        self.seen = self.seen.take().filter(|seen| seen.step < step);
        if self.position >= step {
            let last = self.snapshots.last().expect("the untrained network is before every step");
            self.backend.set_state(&last.state)?;
            self.position = last.step;
        }
        Ok(())
    }

    /// Goes towards `step` (from 1), replaying at most `most` steps, and says whether it is there.
    ///
    /// # Errors
    /// The backend's.
    pub fn seek(&mut self, step: u32, most: u32) -> Result<bool, Error> {
        assert!(step > 0, "steps count from 1");
        if self.seen.as_ref().is_some_and(|seen| seen.step == step) {
            return Ok(true);
        }
        let before = step - 1;
        let known = self.snapshots.iter().chain(&self.near).filter(|it| it.step <= before);
        let nearest = known.max_by_key(|it| it.step).expect("the untrained network is before every step");
        if self.position > before || self.position < nearest.step {
            self.backend.set_state(&nearest.state)?;
            self.position = nearest.step;
        }
        for _ in 0..most.min(before - self.position) {
            self.run();
            let is_new = self.snapshots.last().is_none_or(|last| last.step < self.position);
            if is_new && self.position.is_multiple_of(self.interval) {
                self.keep();
            }
            if self.position == before.saturating_sub(NEAR) {
                self.near = Some(self.snapshot());
            }
        }
        if self.position < before {
            return Ok(false);
        }
        let before = self.backend.state_now();
        let (rows, metrics) = self.run();
        let Settings { seed, augmentation, .. } = self.settings;
        self.seen = Some(Seen {
            step,
            images: augmentation.batch(seed, step, &self.dataset, &rows),
            rows,
            logits: self.backend.logits(),
            metrics,
            gradients: self.backend.gradients(),
            before,
            after: self.backend.state_now(),
        });
        Ok(true)
    }

    /// Runs the next step, and says which rows it had.
    fn run(&mut self) -> (Vec<u32>, Metrics) {
        let (epoch, index) = (self.position / self.steps_per_epoch(), self.position % self.steps_per_epoch());
        if self.order.0 != epoch {
            self.order = (epoch, epoch_order(self.settings.seed, epoch, self.dataset.len()));
        }
        let first = index as usize * self.settings.batch;
        let rest = &self.order.1[first..];
        let rows = rest[..rest.len().min(self.settings.batch)].to_vec();
        let steps = Steps {
            dataset: &self.dataset,
            order: &rows,
            batch: self.settings.batch,
            first_step: self.position + 1,
            optimizer: self.settings.optimizer_at(self.position + 1),
            augmentation: self.settings.augmentation,
            seed: self.settings.seed,
        };
        let metrics = self.backend.train_now(steps).into_iter().sum();
        self.position += 1;
        (rows, metrics)
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot { step: self.position, state: self.backend.state_now() }
    }

    /// Keeps where it is; every second snapshot goes when they are too many.
    fn keep(&mut self) {
        let snapshot = self.snapshot();
        self.snapshots.push(snapshot);
        let fitting = SNAPSHOT_BYTES / (3 * size_of::<f32>() * self.model.parameter_count());
        if self.snapshots.len() > fitting.clamp(2, SNAPSHOTS) {
            self.interval *= 2;
            self.snapshots.retain(|it| it.step.is_multiple_of(self.interval));
        }
    }
}
