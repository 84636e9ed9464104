//! Milliseconds a training step, natively. `cargo xtask bench` runs it beside the other places and prints the table:
//!
//! ```text
//! cargo bench --bench step -- BACKEND BATCH HIDDEN STEPS REPEATS
//! ```
//!
//! It trains on MNIST from `MNIST_DIR`, else on built-in digits, and prints one JSON object.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use sumi::bench::{Case, training_step};
use sumi::data::synthetic;

#[path = "../tests/common/files.rs"]
#[allow(dead_code, reason = "this bench uses a part of it")]
mod files;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [backend, batch, hidden, steps, repeats] = args.as_slice() else {
        return Err("usage: cargo bench --bench step -- BACKEND BATCH HIDDEN STEPS REPEATS".into());
    };
    let case = Case {
        backend: backend.parse()?,
        batch: batch.parse()?,
        hidden: hidden.parse()?,
        steps: steps.parse()?,
        repeats: repeats.parse()?,
    };
    let (data, dataset) = match env::var_os("MNIST_DIR") {
        Some(_) => ("mnist", files::mnist()?.0),
        None => ("builtin", synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| {})),
    };
    let epoch = Instant::now();
    let clock = || epoch.elapsed().as_secs_f64() * 1e3;
    let measured = pollster::block_on(training_step(&case, Arc::new(dataset), clock))?;
    println!(
        "{}",
        json!({
            "backend": backend, "threads": 1, "batch": case.batch, "hidden": case.hidden, "steps": case.steps,
            "data": data, "ms_per_step": measured.ms_per_step,
            "adapter": measured.adapter.map(|it| json!({ "name": it.name, "software": it.software })),
            "dispatches_per_step": measured.queue.map(|queue| queue.dispatches),
            "submits_per_step": measured.queue.map(|queue| queue.submits),
            "encode_ms_per_step": measured.queue.map(|queue| queue.encode_ms),
        })
    );
    Ok(())
}
