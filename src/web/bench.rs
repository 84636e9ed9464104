//! The bench page's measurements.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::threads::Threads;
use super::{Digits, now, object};
use crate::bench::exercise::Exercise;
use crate::bench::{self, Case, Kind, QueuePerStep};
use crate::team::Team;

/// The plain objects that cross to JavaScript, named as in the JSON that the bench page leaves.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface StepTiming {
    /** Milliseconds a training step, one number a repeat. */
    ms_per_step: number[];
    /** For the GPU; null elsewhere. */
    dispatches_per_step: number | null;
    submits_per_step: number | null;
    /** Milliseconds of this worker, which encodes and submits. */
    encode_ms_per_step: number | null;
}

/** Names and their numbers, in order. */
export type Table = [string, number[]][];
"#;

#[wasm_bindgen]
extern "C" {
    /// `StepTiming` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "StepTiming")]
    pub type StepTiming;
    /// `Table` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Table")]
    pub type Table;
}

/// Times training steps on these digits; see `bench::training_step`.
///
/// # Errors
/// For a backend that there is not, or sizes that no model can have.
#[wasm_bindgen(js_name = timeSteps)]
#[allow(clippy::too_many_arguments, reason = "they are the bench page's form")]
pub async fn time_steps(
    digits: &Digits,
    threads: Option<Threads>,
    backend: &str,
    batch: usize,
    hidden: usize,
    depth: usize,
    steps: usize,
    repeats: usize,
) -> Result<StepTiming, JsError> {
    let case = Case { backend: backend.parse()?, batch, hidden, depth, steps, repeats };
    let measured = bench::training_step(&case, &team(threads), digits.train.clone(), now).await?;
    let per_step =
        |get: fn(QueuePerStep) -> f64| measured.queue.map_or(JsValue::NULL, |queue| get(queue).into());
    Ok(object(&[
        ("ms_per_step", list(measured.ms_per_step)),
        ("dispatches_per_step", per_step(|queue| queue.dispatches)),
        ("submits_per_step", per_step(|queue| queue.submits)),
        ("encode_ms_per_step", per_step(|queue| queue.encode_ms)),
    ])
    .unchecked_into())
}

/// Milliseconds of each part of a training step on one thread; see `bench::step_parts`.
///
/// # Errors
/// As [`time_steps`].
#[wasm_bindgen(js_name = timeParts)]
pub fn time_parts(
    digits: &Digits,
    batch: usize,
    hidden: usize,
    depth: usize,
    steps: usize,
) -> Result<Table, JsError> {
    let case = Case { backend: Kind::Simd, batch, hidden, depth, steps, repeats: 1 };
    let parts = bench::step_parts(&case, &digits.train, &now)?;
    Ok(table(parts.into_iter().map(|(part, ms)| (part.to_string(), vec![ms]))))
}

/// Milliseconds of whole tasks; see `bench::tasks`.
///
/// # Errors
/// As [`time_steps`].
#[wasm_bindgen(js_name = timeTasks)]
pub async fn time_tasks(digits: &Digits, threads: Option<Threads>, repeats: usize) -> Result<Table, JsError> {
    Ok(table(bench::tasks::tasks(digits.train.clone(), &digits.test, &team(threads), repeats, &now).await?))
}

fn team(threads: Option<Threads>) -> Team {
    threads.map_or_else(Team::solo, Threads::into_team)
}

/// What this browser's engine can do at most, a nanosecond: the best and the median of `repeats`; see `bench::ceiling`.
#[wasm_bindgen(js_name = measureCeilings)]
pub fn measure_ceilings(repeats: usize) -> Table {
    let ceilings = bench::ceiling::measure(repeats, &now);
    table(ceilings.into_iter().map(|(resource, rate)| (resource.to_string(), vec![rate.best, rate.median])))
}

/// Does what `bench::exercise` says. It calls nothing of JavaScript, so an interpreter can run it and count.
///
/// # Errors
/// None.
#[wasm_bindgen]
pub fn exercise(reference: bool, steps: u32, evaluations: u32, drawings: u32) -> Result<f64, JsError> {
    Ok(Exercise { steps, evaluations, drawings }.run(reference)?)
}

fn table(rows: impl IntoIterator<Item = (String, Vec<f64>)>) -> Table {
    let rows = rows.into_iter().map(|(name, numbers)| Array::of2(&name.into(), &list(numbers)));
    rows.collect::<Array>().unchecked_into()
}

fn list(numbers: Vec<f64>) -> JsValue {
    numbers.into_iter().map(JsValue::from).collect::<Array>().into()
}
