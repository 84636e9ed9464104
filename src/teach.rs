//! A trained network learns its visitor's hand: some more steps, on digits of their own among those that it was trained on.
//!
//! A network that trains on new images alone forgets the old ones: ten odd 7s, and everything is a 7 (McCloskey and Cohen, "Catastrophic
//! interference in connectionist networks", 1989). So most of every batch are digits of the training set, rehearsed (Robins, "Catastrophic
//! forgetting, rehearsal and pseudorehearsal", 1995). Own digits are few, so each comes back many times.
//!
//! A lesson is a function of the network, both sets and a seed. Who teaches the network as its run has left it, and not as an earlier lesson
//! has, takes back with a digit all that was learnt of it. `docs/drawings.md` says what lessons are worth, and what else was tried.

use std::sync::Arc;

use crate::Error;
use crate::augment::Augmentation;
use crate::backend::{Backend, Steps};
use crate::data::{Dataset, epoch_order};
use crate::metrics::Metrics;
use crate::optimizer::{Adam, Optimizer};

/// Images of a batch that are of the training set, and those that are own ones.
const REHEARSED: usize = 28;
const OWN: usize = 4;
const BATCH: usize = REHEARSED + OWN;

/// Steps of a lesson, unless that would show each own digit less often than [`TIMES`].
const STEPS: usize = 300;
/// How often each own digit is shown at least.
const TIMES: usize = 10;

/// Adam's first step, which falls to zero over the lesson.
const LEARNING_RATE: f32 = 5e-4;

/// Own digits that a lesson may have: 12,500 steps of the quickstart, some seconds.
pub const MOST: usize = 5000;

/// The steps of teaching a network, some at a time.
#[derive(Debug)]
pub struct Lesson<B> {
    backend: B,
    /// What is rehearsed, and behind it the own digits.
    dataset: Arc<Dataset>,
    /// Rows of it, batch after batch.
    order: Vec<u32>,
    optimizer: Optimizer,
    seed: u32,
    step: usize,
}

impl<B: Backend> Lesson<B> {
    /// Stands before the first step. `backend` is the trained network; its moments should be [fresh](crate::backend::State::fresh).
    ///
    /// # Errors
    /// [`Error::NoImages`] where either set is empty, [`Error::Setting`] for more than [`MOST`] own digits.
    pub fn new(backend: B, trained: &Dataset, own: &Dataset, seed: u32) -> Result<Self, Error> {
        if trained.is_empty() || own.is_empty() {
            return Err(Error::NoImages);
        }
        if own.len() > MOST {
            let value = own.len().to_string();
            return Err(Error::Setting {
                name: "number of own digits",
                value,
                expected: "choose at most 5000",
            });
        }
        let steps = STEPS.max((own.len() * TIMES).div_ceil(OWN));
        let rehearsed = trained.len().min(steps * REHEARSED);
        let dataset =
            Dataset::joined(&[&trained.rows(&epoch_order(seed, 0, trained.len())[..rehearsed]), own]);
        // Every own digit once, then all of them again in another order.
        let mut taught = (0..).flat_map(|pass| epoch_order(seed, pass, own.len()));
        let mut trained = (0..rehearsed as u32).cycle();
        let order = (0..steps).flat_map(|_| {
            let batch = trained.by_ref().take(REHEARSED);
            batch.chain(taught.by_ref().take(OWN).map(|row| rehearsed as u32 + row)).collect::<Vec<_>>()
        });
        let order = order.collect();
        let decay_steps = Some(steps as u32);
        let optimizer =
            Optimizer::Adam(Adam { learning_rate: LEARNING_RATE, decay_steps, ..Adam::default() });
        Ok(Lesson { backend, dataset: Arc::new(dataset), order, optimizer, seed, step: 0 })
    }

    /// Runs up to `steps` more steps, and answers the metrics that have arrived.
    ///
    /// # Errors
    /// The backend's.
    pub async fn advance(&mut self, steps: usize) -> Result<Vec<Metrics>, Error> {
        let end = self.steps().min(self.step.saturating_add(steps));
        let steps = Steps {
            dataset: &self.dataset,
            order: &self.order[self.step * BATCH..end * BATCH],
            batch: BATCH,
            first_step: self.step as u32 + 1,
            optimizer: self.optimizer,
            augmentation: Augmentation::NONE,
            seed: self.seed,
        };
        self.step = end;
        self.backend.train(steps).await
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.order.len() / BATCH
    }

    /// Steps run so far.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The network, for evaluation, predictions and its state.
    pub fn backend(&mut self) -> &mut B {
        &mut self.backend
    }
}
