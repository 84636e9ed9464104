//! How long a training step takes: one measurement, for the native bench and for the page's.

use std::rc::Rc;
use std::str::FromStr;

use crate::Error;
use crate::backend::Backend;
use crate::data::Dataset;
use crate::model::{Dense, Model};
use crate::reference::Reference;
use crate::simd::Simd;
use crate::trainer::{Settings, Trainer};

/// Which backend is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Reference`].
    Reference,
    /// [`Simd`].
    Simd,
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "reference" => Ok(Kind::Reference),
            "simd" => Ok(Kind::Simd),
            _ => Err(Error::Setting {
                name: "backend",
                value: name.into(),
                expected: "choose reference or simd",
            }),
        }
    }
}

/// What is measured: the quickstart's model and optimiser, in these sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// Who computes.
    pub backend: Kind,
    /// Images a step.
    pub batch: usize,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// Steps timed together.
    pub steps: usize,
    /// How often they are timed, after as many steps that are not.
    pub repeats: usize,
}

/// Milliseconds a step, one number a repeat. `clock` gives milliseconds since some moment; it is read twice a repeat, so a
/// coarse one does for a few hundred steps.
///
/// # Errors
/// [`Error`] for sizes that no model can have, or no images.
pub fn ms_per_step(case: &Case, dataset: Rc<Dataset>, clock: impl Fn() -> f64) -> Result<Vec<f64>, Error> {
    let model = Model::new(&[Dense::relu(case.hidden).with_dropout(0.2), Dense::linear(10)])?;
    let parameters = model.initial_parameters(0);
    let settings = Settings { batch: case.batch, ..Settings::default() };
    match case.backend {
        Kind::Reference => {
            let backend = Reference::new(&model, parameters)?;
            measure(Trainer::new(backend, dataset, settings)?, case, clock)
        }
        Kind::Simd => {
            let backend = Simd::new(&model, parameters)?;
            measure(Trainer::new(backend, dataset, settings)?, case, clock)
        }
    }
}

fn measure<B: Backend>(
    mut trainer: Trainer<B>,
    case: &Case,
    clock: impl Fn() -> f64,
) -> Result<Vec<f64>, Error> {
    let mut run = || {
        let mut left = case.steps;
        while left > 0 {
            left -= trainer.advance(left)?.len();
        }
        Ok(())
    };
    run()?;
    (0..case.repeats)
        .map(|_| {
            let start = clock();
            run()?;
            Ok((clock() - start) / case.steps as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn times_every_repeat() {
        let dataset = Rc::new(Dataset::new(vec![1; 784 * 10], vec![0; 10]).unwrap());
        let reads = Cell::new(0.0);
        let clock = || {
            reads.set(reads.get() + 1.0);
            reads.get() * 6.0
        };
        let case = Case { backend: Kind::Simd, batch: 4, hidden: 5, steps: 3, repeats: 2 };
        assert_eq!(ms_per_step(&case, dataset.clone(), clock).unwrap(), [2.0, 2.0]);
        assert_eq!(reads.get(), 4.0);
        assert!(ms_per_step(&Case { hidden: 0, ..case }, dataset, || 0.0).is_err());
        assert!("gpu9".parse::<Kind>().is_err());
    }
}
