//! The bench page's measurement.

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::{Digits, object};
use crate::bench::{self, Case, QueuePerStep};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    /// Milliseconds since the worker began.
    pub(super) fn now() -> f64;
}

/// A plain object that crosses to JavaScript, named as in the JSON that the bench page leaves.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface StepTiming {
    /** Milliseconds a training step, one number a repeat. */
    ms_per_step: Float64Array;
    /** For the GPU; null elsewhere. */
    dispatches_per_step: number | null;
    submits_per_step: number | null;
    /** Milliseconds of this worker, which encodes and submits. */
    encode_ms_per_step: number | null;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `StepTiming` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "StepTiming")]
    pub type StepTiming;
}

/// Times training steps on these digits; see `bench::training_step`.
///
/// # Errors
/// For a backend that there is not, or sizes that no model can have.
#[wasm_bindgen(js_name = timeSteps)]
pub async fn time_steps(
    digits: &Digits,
    backend: &str,
    batch: usize,
    hidden: usize,
    steps: usize,
    repeats: usize,
) -> Result<StepTiming, JsError> {
    let case = Case { backend: backend.parse()?, batch, hidden, steps, repeats };
    let measured = bench::training_step(&case, digits.train.clone(), now).await?;
    let per_step =
        |get: fn(QueuePerStep) -> f64| measured.queue.map_or(JsValue::NULL, |queue| get(queue).into());
    Ok(object(&[
        ("ms_per_step", Float64Array::from(&measured.ms_per_step[..]).into()),
        ("dispatches_per_step", per_step(|queue| queue.dispatches)),
        ("submits_per_step", per_step(|queue| queue.submits)),
        ("encode_ms_per_step", per_step(|queue| queue.encode_ms)),
    ])
    .unchecked_into())
}
