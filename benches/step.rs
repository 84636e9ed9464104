//! What `cargo xtask bench` measures natively. It runs this beside the other places and prints the tables:
//!
//! ```text
//! cargo bench --bench step -- steps BACKEND THREADS BATCH HIDDEN DEPTH STEPS REPEATS
//! cargo bench --bench step -- parts THREADS BATCH HIDDEN DEPTH STEPS
//! cargo bench --bench step -- work THREADS BATCH HIDDEN DEPTH
//! cargo bench --bench step -- tasks THREADS REPEATS
//! cargo bench --bench step -- ceilings REPEATS
//! ```
//!
//! It trains on MNIST from `MNIST_DIR`, else on built-in digits, and prints one JSON object.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use sumi::bench::{Case, Kind, ceiling, step_parts, tasks, training_step, work};
use sumi::data::{Dataset, synthetic};
use sumi::plan::{Fusion, Plan};

#[path = "../tests/common/files.rs"]
#[allow(dead_code, reason = "this bench uses a part of it")]
mod files;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let epoch = Instant::now();
    let clock = move || epoch.elapsed().as_secs_f64() * 1e3;
    let case = |backend, sizes: [&String; 6]| -> Result<Case, Box<dyn Error>> {
        let [threads, batch, hidden, depth, steps, repeats] = sizes.map(|size| size.parse::<usize>());
        let (threads, batch, hidden, depth) = (threads?, batch?, hidden?, depth?);
        Ok(Case { backend, threads, batch, hidden, depth, steps: steps?, repeats: repeats? })
    };
    let one = &"1".to_owned();
    let answer = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["steps", backend, ..] if args.len() == 8 => {
            let case = case(backend.parse()?, std::array::from_fn(|i| &args[i + 2]))?;
            let (data, train, _) = data()?;
            let measured = pollster::block_on(training_step(&case, train, clock))?;
            json!({
                "backend": backend, "threads": case.threads, "batch": case.batch, "hidden": case.hidden,
                "depth": case.depth, "steps": case.steps, "data": data, "ms_per_step": measured.ms_per_step,
                "adapter": measured.adapter.map(|it| json!({ "name": it.name, "software": it.software })),
                "dispatches_per_step": measured.queue.map(|queue| queue.dispatches),
                "submits_per_step": measured.queue.map(|queue| queue.submits),
                "encode_ms_per_step": measured.queue.map(|queue| queue.encode_ms),
            })
        }
        ["parts", ..] if args.len() == 6 => {
            let case = case(Kind::Simd, [&args[1], &args[2], &args[3], &args[4], &args[5], one])?;
            let parts = step_parts(&case, &data()?.1, &clock)?;
            table(parts.into_iter().map(|(part, ms)| (part.to_string(), vec![ms])))
        }
        ["work", ..] if args.len() == 5 => {
            let case = case(Kind::Simd, [&args[1], &args[2], &args[3], &args[4], one, one])?;
            let model = case.model()?;
            let load = work::Load::new(&data()?.1, case.batch, case.threads);
            let parts = work::step(&model, &Plan::training(&model, Fusion::Update), &load);
            let amounts = |work: work::Work| -> Vec<(String, f64)> {
                work.into_iter().map(|(resource, amount)| (resource.to_string(), amount)).collect()
            };
            json!(parts.into_iter().map(|(part, work)| (part.to_string(), amounts(work))).collect::<Vec<_>>())
        }
        ["tasks", threads, repeats] => {
            let (_, train, test) = data()?;
            let (threads, repeats) = (threads.parse()?, repeats.parse()?);
            table(pollster::block_on(tasks::tasks(train, &test, threads, repeats, &clock))?)
        }
        ["ceilings", repeats] => {
            let ceilings = ceiling::measure(repeats.parse()?, &clock);
            table(
                ceilings
                    .into_iter()
                    .map(|(resource, rate)| (resource.to_string(), vec![rate.best, rate.median])),
            )
        }
        _ => return Err("usage: see the head of benches/step.rs".into()),
    };
    println!("{answer}");
    Ok(())
}

/// Names and their numbers, in order.
fn table(rows: impl IntoIterator<Item = (String, Vec<f64>)>) -> Value {
    json!(rows.into_iter().collect::<Vec<_>>())
}

/// Which digits there are, and the training and the test set.
fn data() -> Result<(&'static str, Arc<Dataset>, Arc<Dataset>), Box<dyn Error>> {
    if env::var_os("MNIST_DIR").is_some() {
        let (train, test) = files::mnist()?;
        return Ok(("mnist", Arc::new(train), Arc::new(test)));
    }
    let set = |indices: std::ops::Range<u32>| synthetic::dataset(0, indices.start, indices.len(), |_| {});
    Ok(("builtin", Arc::new(set(synthetic::TRAIN)), Arc::new(set(synthetic::TEST))))
}
