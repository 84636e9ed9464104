//! MNIST's digits with built-in ones and scribbles, made some at a time.

use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::Digits;
use crate::data::Dataset;
use crate::mixture::Mixture;

/// Makes what is mixed into MNIST, with the methods of a [`DigitMaker`](super::DigitMaker).
#[wasm_bindgen]
#[derive(Debug)]
pub struct MixtureMaker {
    mixture: Mixture,
    test: Arc<Dataset>,
    cached: bool,
}

#[wasm_bindgen]
impl MixtureMaker {
    /// Has made none yet. `mnist` is no longer needed.
    #[wasm_bindgen(constructor)]
    pub fn new(mnist: Digits) -> Self {
        let Digits { train, test, cached } = mnist;
        MixtureMaker { mixture: Mixture::new(&train), test, cached }
    }

    /// How many images will be made: those of MNIST not counted.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> u32 {
        Mixture::total()
    }

    /// Makes up to `count` more, and returns how many there are then.
    pub fn make(&mut self, count: u32) -> u32 {
        self.mixture.make(count)
    }

    /// What is trained on, and MNIST's own test digits.
    pub fn finish(self) -> Digits {
        let MixtureMaker { mixture, test, cached } = self;
        Digits { train: Arc::new(mixture.finish()), test, cached }
    }
}
