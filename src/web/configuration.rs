//! What a run is made of, as the page's settings have it, and how they change on the way.

use wasm_bindgen::prelude::*;

use super::processor::Processor;
use super::{Network, Session};
use crate::Error;
use crate::augment::Augmentation;
use crate::data::CLASSES;
use crate::gpu::{Device, Gpu};
use crate::model::{Activation, Dense, Model};
use crate::optimizer::{Adam, Optimizer, RateChange, Sgd};
use crate::plan::Fusion;
use crate::trainer::Settings;

/// Most hidden layers that a page's network has.
const MAX_HIDDEN_LAYERS: usize = 4;
/// Most weights and biases of a page's network: training, its replay and the digits then fit into the gigabyte that threads share.
const MAX_PARAMETERS: usize = 4_000_000;

/// The network and its training, put together piece by piece: at first softmax regression with Keras's Adam.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Configuration {
    hidden: Vec<Dense>,
    settings: Settings,
    /// The epochs over which Adam's learning rate falls to zero, where it does.
    decay_epochs: Option<u32>,
}

#[wasm_bindgen]
impl Configuration {
    /// All that is random comes from `seed`; a step takes `batch` images.
    #[wasm_bindgen(constructor)]
    pub fn new(seed: u32, batch: usize) -> Self {
        let settings = Settings { seed, batch, ..Settings::default() };
        Configuration { hidden: Vec::new(), settings, decay_epochs: None }
    }

    /// One more hidden layer, behind those so far.
    pub fn dense(&mut self, units: usize, relu: bool, dropout_rate: f32) {
        let activation = if relu { Activation::Relu } else { Activation::Linear };
        self.hidden.push(Dense { units, activation, dropout_rate });
    }

    /// Trains by Adam.
    pub fn adam(&mut self, learning_rate: f32, beta1: f64, beta2: f64, epsilon: f32) {
        let adam = Adam { learning_rate, beta1, beta2, epsilon, decay_steps: None };
        self.settings.optimizer = Optimizer::Adam(adam);
    }

    /// Trains by SGD.
    pub fn sgd(&mut self, learning_rate: f32, momentum: f32, nesterov: bool) {
        self.settings.optimizer = Optimizer::Sgd(Sgd { learning_rate, momentum, nesterov });
    }

    /// Has Adam's learning rate fall to zero in a straight line over so many epochs.
    #[wasm_bindgen(js_name = decayOver)]
    pub fn decay_over(&mut self, epochs: u32) {
        self.decay_epochs = Some(epochs);
    }

    /// Changes every second image of a batch on its way in, as the robust recipe does.
    pub fn augment(&mut self) {
        self.settings.augmentation = Augmentation::ROBUST;
    }

    /// Another learning rate from `step` on; later than those so far, and than the first step.
    #[wasm_bindgen(js_name = changeRate)]
    pub fn change_rate(&mut self, step: u32, learning_rate: f32) {
        self.settings.rate_changes.push(RateChange { step, learning_rate });
    }
}

impl Configuration {
    /// The network, the settings and the epochs of decay that it stands for.
    ///
    /// # Errors
    /// [`Error::Model`] or [`Error::Setting`] when they cannot be.
    pub(super) fn into_parts(self) -> Result<(Model, Settings, Option<u32>), Error> {
        let Configuration { hidden, settings, decay_epochs } = self;
        let fail = |name, value: usize, expected| {
            let value = value.to_string();
            Err(Error::Setting { name, value, expected })
        };
        if hidden.len() > MAX_HIDDEN_LAYERS {
            return fail("number of hidden layers", hidden.len(), "choose at most 4");
        }
        let layers: Vec<Dense> = hidden.into_iter().chain([Dense::linear(CLASSES)]).collect();
        let model = Model::new(&layers)?;
        let count = model.parameter_count();
        if count > MAX_PARAMETERS {
            return fail("number of parameters", count, "choose smaller layers, for at most 4,000,000");
        }
        settings.check()?;
        Ok((model, settings, decay_epochs))
    }
}

#[wasm_bindgen]
impl Session {
    /// Becomes another network or another training: untrained, with the digits that there are, on what computes now.
    ///
    /// # Errors
    /// When it cannot be; then nothing has changed.
    pub fn configure(&mut self, configuration: Configuration) -> Result<(), JsError> {
        let (model, settings, decay_epochs) = configuration.into_parts()?;
        let computes_on_gpu = matches!(self.network.processor(), Processor::Gpu { .. });
        let device = self.device().cloned();
        (self.model, self.settings, self.decay_epochs) = (model, settings, decay_epochs);
        let parameters = || self.model.initial_parameters(self.settings.seed);
        // Its buffers are of the model's size.
        self.gpu = match device {
            None => None,
            Some(device) => Some(Box::new(Gpu::new(device, &self.model, parameters(), Fusion::OutputLayer)?)),
        };
        let processor = match self.gpu.take_if(|_| computes_on_gpu) {
            Some(gpu) => Processor::gpu(gpu, &self.model, parameters())?,
            None => self.untrained()?,
        };
        self.start(processor)
    }

    /// Trains with another learning rate from the next step on, and returns that step, counted from 1 over all epochs. Before the first
    /// step, the run begins with it. Learning rates that were to come later are forgotten.
    ///
    /// # Errors
    /// When it is out of its range; then nothing has changed.
    #[wasm_bindgen(js_name = changeLearningRate)]
    pub fn change_learning_rate(&mut self, learning_rate: f32) -> Result<u32, JsError> {
        match &mut self.network {
            Network::Idle(_) => {
                self.settings.change_learning_rate(1, learning_rate)?;
                Ok(1)
            }
            Network::Training(trainer) => {
                let step = trainer.change_learning_rate(learning_rate)?;
                self.settings = trainer.settings().clone();
                Ok(step)
            }
        }
    }

    /// Steps that have been run so far, over all epochs: with a GPU, more than have been told of.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> u32 {
        self.network.steps()
    }
}

impl Session {
    /// The GPU's device, while it is open.
    fn device(&mut self) -> Option<&Device> {
        let computing = match self.network.processor() {
            Processor::Gpu { gpu, .. } => Some(gpu),
            Processor::Simd(_) | Processor::Reference { .. } => None,
        };
        computing.or(self.gpu.as_mut()).map(|gpu| gpu.device())
    }
}
