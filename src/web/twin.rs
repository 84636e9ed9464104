//! Sessions beside the visitor's own: two of them on two backends are set against each other.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::processor::Processor;
use super::{Network, Session};
use crate::Error;
use crate::backend::Backend;
use crate::team::Team;

#[wasm_bindgen]
impl Session {
    /// Another session with the same network, untrained, and the same run ahead of it; this one is left alone. It computes with
    /// `simd`, on all threads of this one; with `single`, the same on one thread; or with `reference`, the plain loops.
    ///
    /// # Errors
    /// When there are no digits, or no such backend.
    pub fn twin(&self, backend: &str) -> Result<Session, JsError> {
        let parameters = self.model.initial_parameters(self.settings.seed);
        let team = if backend == "simd" { self.team.clone() } else { Team::solo() };
        let processor = match backend {
            "simd" | "single" => Processor::simd(&self.model, parameters, &team)?,
            "reference" => Processor::reference(&self.model, parameters)?,
            _ => {
                let expected = "choose simd, single or reference";
                return Err(Error::Setting { name: "backend", value: backend.into(), expected }.into());
            }
        };
        let mut twin = Session {
            model: self.model.clone(),
            settings: self.settings.clone(),
            decay_epochs: self.decay_epochs,
            team,
            digits: self.digits.clone(),
            network: Network::Idle(self.untrained()?),
            gpu: None,
            calibration: None,
            taught: None,
        };
        twin.start(processor)?;
        Ok(twin)
    }

    /// Steps in an epoch; none without digits.
    #[wasm_bindgen(getter, js_name = stepsPerEpoch)]
    pub fn steps_per_epoch(&self) -> usize {
        match &self.network {
            Network::Idle(_) => 0,
            Network::Training(trainer) => trainer.steps_per_epoch(),
        }
    }

    /// All weights and biases as they are now, in order: waits for a GPU.
    ///
    /// # Errors
    /// When the backend fails.
    #[wasm_bindgen(js_name = fetchParameters)]
    pub async fn fetch_parameters(&mut self) -> Result<Float32Array, JsError> {
        Ok(Float32Array::from(&self.network.processor().state().await?.parameters[..]))
    }
}

/// A GPU's memory is given back at once, not when a browser gets to it: there may be a dataset in it.
impl Drop for Session {
    fn drop(&mut self) {
        if let Processor::Gpu { gpu, .. } = self.network.processor() {
            gpu.device().destroy();
        }
    }
}
