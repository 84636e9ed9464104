//! Work that needs no clock, no GPU and no JavaScript, for counting its instructions: the same every time, on digits made here.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::tasks::seven;
use crate::Error;
use crate::backend::Backend;
use crate::data::synthetic;
use crate::drawing::rasterise;
use crate::model::Model;
use crate::reference::Reference;
use crate::simd::Simd;
use crate::trainer::{Settings, Trainer};

/// How much is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exercise {
    /// Training steps of the quickstart.
    pub steps: u32,
    /// Evaluations of [`EVALUATED`] images after them.
    pub evaluations: u32,
    /// Drawings read after those.
    pub drawings: u32,
}

/// Images to train on, enough for a few steps.
const TRAINED: usize = 256;

/// Images of an evaluation.
pub const EVALUATED: usize = 128;

impl Exercise {
    /// Does it on `simd`, on one thread, or on `reference`. Answers the losses' sum and the logits', so that nothing can be left out.
    ///
    /// # Errors
    /// None that this model, these settings and these digits could have.
    pub fn run(&self, on_reference: bool) -> Result<f64, Error> {
        let model = Model::quickstart();
        let parameters = model.initial_parameters(0);
        if on_reference {
            self.run_on(Reference::new(&model, parameters)?)
        } else {
            self.run_on(Simd::new(&model, parameters)?)
        }
    }

    fn run_on<B: Backend>(&self, backend: B) -> Result<f64, Error> {
        let train = Arc::new(synthetic::dataset(0, synthetic::TRAIN.start, TRAINED, |_| {}));
        let test = Arc::new(synthetic::dataset(0, synthetic::TEST.start, EVALUATED, |_| {}));
        let mut trainer = Trainer::new(backend, train, Settings::default())?;
        let mut sum = 0.0;
        for _ in 0..self.steps {
            sum += now(trainer.advance(1))?.iter().map(|step| step.loss_sum).sum::<f64>();
        }
        let mut backend = trainer.into_backend();
        for _ in 0..self.evaluations {
            sum += now(backend.evaluate(&test))?.loss_sum;
        }
        for _ in 0..self.drawings {
            let image = rasterise(&seven()).expect("the drawing has ink");
            sum += f64::from(now(backend.predict(&image))?.iter().sum::<f32>());
        }
        Ok(sum)
    }
}

/// What a future answers that waits for nobody, as those of the processor's backends.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a backend that computes on the caller's thread waits for nobody"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_exercise_is_the_same_every_time_and_on_both_backends() {
        let exercise = Exercise { steps: 9, evaluations: 1, drawings: 1 };
        let sum = exercise.run(false).unwrap();
        assert_eq!(sum, exercise.run(false).unwrap());
        // Nine steps of 32 losses near 2.3, and whatever else there is, within a thousandth.
        assert!((sum - exercise.run(true).unwrap()).abs() < 1e-3 * sum, "{sum}");
        assert!(sum > 9.0 * 32.0 + 128.0);
        assert_ne!(sum, Exercise { drawings: 2, ..exercise }.run(false).unwrap());
    }
}
