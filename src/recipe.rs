//! Trainings by name: what is trained, on what, for how long.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::data::{Dataset, synthetic};
use crate::model::Model;
use crate::trainer::Settings;

/// A training by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The tutorial's own, on MNIST as it is.
    Quickstart,
    /// The tutorial's own, on built-in digits: no real image is seen.
    Builtin,
}

impl Recipe {
    /// All of them, the default first.
    pub const ALL: [Recipe; 2] = [Recipe::Quickstart, Recipe::Builtin];

    /// Its name in commands and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Recipe::Quickstart => "quickstart",
            Recipe::Builtin => "builtin",
        }
    }

    /// The network.
    pub fn model(self) -> Model {
        Model::quickstart()
    }

    /// Passes over the dataset.
    pub const fn epochs(self) -> u32 {
        5
    }

    /// Whether it trains on MNIST.
    pub const fn uses_mnist(self) -> bool {
        matches!(self, Recipe::Quickstart)
    }

    /// What it trains on, given MNIST's training set.
    pub fn dataset(self, mnist: Option<&Dataset>) -> Option<Dataset> {
        match self {
            Recipe::Quickstart => mnist.cloned(),
            Recipe::Builtin => {
                Some(synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| ()))
            }
        }
    }

    /// The settings of a run with `seed`.
    pub fn settings(self, seed: u32) -> Settings {
        Settings { seed, ..Settings::default() }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Recipe {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Recipe::ALL.into_iter().find(|recipe| recipe.name() == name).ok_or_else(|| Error::Setting {
            name: "recipe",
            value: name.into(),
            expected: "choose quickstart or builtin",
        })
    }
}
