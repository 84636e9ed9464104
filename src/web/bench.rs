//! The bench page's measurement.

use wasm_bindgen::prelude::*;

use super::Digits;
use crate::bench::{self, Case};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    /// Milliseconds since the worker began.
    pub(super) fn now() -> f64;
}

/// Milliseconds a training step on these digits, one number a repeat; see `bench::ms_per_step`.
///
/// # Errors
/// For a backend that there is not, or sizes that no model can have.
#[wasm_bindgen(js_name = msPerStep)]
pub async fn ms_per_step(
    digits: &Digits,
    backend: &str,
    batch: usize,
    hidden: usize,
    steps: usize,
    repeats: usize,
) -> Result<Vec<f64>, JsError> {
    let case = Case { backend: backend.parse()?, batch, hidden, steps, repeats };
    let dataset = digits.train.clone();
    Ok(bench::ms_per_step(&case, dataset, now).await?)
}
