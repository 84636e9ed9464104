//! Trainings by name: what is trained, on what, for how long.
//!
//! | recipe | network | trained on | epochs |
//! | --- | --- | --- | --- |
//! | quickstart | 128 units | MNIST's 60,000, as they are | 5 |
//! | robust | 512 units | 55,000 of MNIST, 60,000 built-in digits, 4,000 scribbles; every second image augmented | 7, the learning rate falling to zero |
//! | builtin | 128 units | 60,000 built-in digits | 5 |
//!
//! MNIST lacks shapes that people draw, and no distortion of its digits makes them; the built-in ones have them. Scribbles have labels at
//! random, which teaches a network one thing only: to be unsure of them. `docs/drawings.md` says what each part is worth.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::augment::Augmentation;
use crate::data::{CLASSES, Dataset, synthetic};
use crate::mixture::{Mixture, split};
use crate::model::{Dense, Model};
use crate::optimizer::{Adam, Optimizer};
use crate::trainer::Settings;

/// The built-in digits that are held out from training: behind those to train and to test on.
const HELD_OUT_DIGITS: std::ops::Range<u32> = synthetic::TEST.end..synthetic::TEST.end + 5000;

/// A training by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The tutorial's own, on MNIST as it is.
    Quickstart,
    /// A wider network that has seen more kinds of handwriting.
    Robust,
    /// The tutorial's own, on built-in digits: no real image is seen.
    Builtin,
}

impl Recipe {
    /// All of them, the default first.
    pub const ALL: [Recipe; 3] = [Recipe::Quickstart, Recipe::Robust, Recipe::Builtin];

    /// Its name in commands and addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Recipe::Quickstart => "quickstart",
            Recipe::Robust => "robust",
            Recipe::Builtin => "builtin",
        }
    }

    /// The network.
    pub fn model(self) -> Model {
        match self {
            Recipe::Quickstart | Recipe::Builtin => Model::quickstart(),
            Recipe::Robust => Model::new(&[Dense::relu(512).with_dropout(0.2), Dense::linear(CLASSES)])
                .expect("these layers satisfy every condition of Model::new"),
        }
    }

    /// Passes over the dataset.
    pub const fn epochs(self) -> u32 {
        match self {
            Recipe::Quickstart | Recipe::Builtin => 5,
            Recipe::Robust => 7,
        }
    }

    /// How images are changed on their way in.
    pub const fn augmentation(self) -> Augmentation {
        match self {
            Recipe::Quickstart | Recipe::Builtin => Augmentation::NONE,
            Recipe::Robust => Augmentation::ROBUST,
        }
    }

    /// What it trains on, given MNIST's training set; none where it needs that and there is none.
    pub fn dataset(self, mnist: Option<&Dataset>) -> Option<Dataset> {
        match self {
            Recipe::Quickstart => mnist.cloned(),
            Recipe::Robust => mnist.map(|mnist| Mixture::new(mnist).finish()),
            Recipe::Builtin => {
                Some(synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| ()))
            }
        }
    }

    /// Digits to fit a temperature on, and for quickstart what to train on instead of its dataset first, for that has them all.
    ///
    /// They come from where the dataset does, and the test set has none of them; none where [`Recipe::dataset`] has none.
    pub fn held_out(self, mnist: Option<&Dataset>) -> Option<HeldOut> {
        let first = HELD_OUT_DIGITS.start;
        match self {
            Recipe::Quickstart => mnist.map(split).map(|[rest, digits]| HeldOut { digits, rest: Some(rest) }),
            Recipe::Robust => mnist.map(split).map(|[_, digits]| HeldOut { digits, rest: None }),
            Recipe::Builtin => {
                let digits = synthetic::dataset(0, first, HELD_OUT_DIGITS.len(), |_| ());
                Some(HeldOut { digits, rest: None })
            }
        }
    }

    /// The settings of a run over `images` images, [`Recipe::epochs`] times.
    pub fn settings(self, seed: u32, images: usize) -> Settings {
        let settings = Settings { seed, ..Settings::default() };
        let decay_steps = match self {
            Recipe::Quickstart | Recipe::Builtin => None,
            Recipe::Robust => Some(images.div_ceil(settings.batch) as u32 * self.epochs()),
        };
        let optimizer = Optimizer::Adam(Adam { decay_steps, ..Adam::default() });
        Settings { optimizer, augmentation: self.augmentation(), ..settings }
    }
}

/// What a recipe keeps from training.
#[derive(Debug, Clone)]
pub struct HeldOut {
    /// Digits that training has not seen.
    pub digits: Dataset,
    /// The dataset without them, where it has them: what is true of a network that was trained on this is nearly true of the other.
    pub rest: Option<Dataset>,
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
            expected: "choose quickstart, robust or builtin",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::PIXELS;
    use crate::mixture::SCRIBBLES;

    /// 120 images that differ, as a stand-in for MNIST.
    fn mnist() -> Dataset {
        let images = (0..120u8).flat_map(|image| [image; PIXELS]).collect();
        Dataset::new(images, (0..120).map(|image| image % 10).collect()).unwrap()
    }

    #[test]
    fn names_are_read_back() {
        for recipe in Recipe::ALL {
            assert_eq!(recipe.to_string().parse(), Ok(recipe));
        }
        let error = "strong".parse::<Recipe>().unwrap_err().to_string();
        assert_eq!(error, "recipe is strong: choose quickstart, robust or builtin");
    }

    #[test]
    fn the_quickstart_is_the_tutorial_s() {
        assert_eq!(Recipe::ALL[0], Recipe::Quickstart);
        assert_eq!(Recipe::Quickstart.model(), Model::quickstart());
        assert_eq!(Recipe::Quickstart.settings(3, 60_000), Settings { seed: 3, ..Settings::default() });
        assert_eq!(Recipe::Quickstart.augmentation(), Augmentation::NONE);
        let mnist = mnist();
        assert_eq!(Recipe::Quickstart.dataset(Some(&mnist)).unwrap().images(), mnist.images());
    }

    #[test]
    fn held_out_digits_are_not_trained_on() {
        let mnist = mnist();
        let held_out = Recipe::Quickstart.held_out(Some(&mnist)).unwrap();
        assert_eq!(held_out.digits.images(), &mnist.images()[110 * PIXELS..]);
        assert_eq!(held_out.rest.unwrap().images(), &mnist.images()[..110 * PIXELS]);

        let trained = Recipe::Robust.dataset(Some(&mnist)).unwrap();
        assert_eq!(trained.len(), 110 + 60_000 + SCRIBBLES as usize);
        assert_eq!(&trained.images()[..110 * PIXELS], &mnist.images()[..110 * PIXELS]);
        assert_eq!(trained.image(110), synthetic::digit(0, 0).0);
        let last = SCRIBBLES - 1;
        assert_eq!(trained.image(trained.len() - 1), synthetic::scribble(0, last));
        assert_eq!(Recipe::Robust.held_out(Some(&mnist)).unwrap().digits.images(), held_out.digits.images());
        let falls = |optimizer| matches!(optimizer, Optimizer::Adam(Adam { decay_steps: Some(_), .. }));
        assert!(falls(Recipe::Robust.settings(0, trained.len()).optimizer));

        let digits = Recipe::Builtin.held_out(None).unwrap().digits;
        assert_eq!((digits.len(), digits.image(0)), (5000, &synthetic::digit(0, 70_000).0[..]));
    }

    #[test]
    fn without_mnist_only_built_in_digits_train() {
        for recipe in [Recipe::Quickstart, Recipe::Robust] {
            assert!(recipe.dataset(None).is_none() && recipe.held_out(None).is_none());
        }
        assert_eq!(Recipe::Builtin.dataset(None).unwrap().len(), 60_000);
    }
}
