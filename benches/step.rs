//! What `cargo xtask bench` measures natively. It runs this beside the other places and prints the tables:
//!
//! ```text
//! cargo bench --bench step -- steps BACKEND THREADS BATCH HIDDEN DEPTH STEPS REPEATS
//! cargo bench --bench step -- parts BATCH HIDDEN DEPTH STEPS
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
use sumi::bench::{Case, ceiling, step_parts, tasks, training_step, work};
use sumi::data::{Dataset, synthetic};
use sumi::optimizer::Rule;
use sumi::plan::{Fusion, Plan};
use sumi::team::Team;

#[path = "../tests/common/files.rs"]
#[allow(dead_code, reason = "this bench uses a part of it")]
mod files;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let epoch = Instant::now();
    let clock = move || epoch.elapsed().as_secs_f64() * 1e3;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let answer = match args[..] {
        ["steps", backend, threads, batch, hidden, depth, steps, repeats] => {
            let case = case(backend, [batch, hidden, depth, steps, repeats])?;
            let (data, train, _) = data()?;
            let team = team(threads)?;
            let measured = pollster::block_on(training_step(&case, &team, train, clock))?;
            json!({
                "backend": backend, "threads": team.threads(), "batch": case.batch, "hidden": case.hidden,
                "steps": case.steps, "ms_per_step": measured.ms_per_step,
                "dispatches_per_step": measured.queue.map(|queue| queue.dispatches),
                "submits_per_step": measured.queue.map(|queue| queue.submits),
                "encode_ms_per_step": measured.queue.map(|queue| queue.encode_ms),
                "depth": case.depth, "data": data,
                "adapter": measured.adapter.map(|it| json!({ "name": it.name, "software": it.software })),
            })
        }
        ["parts", batch, hidden, depth, steps] => {
            let parts = step_parts(&case("simd", [batch, hidden, depth, steps, "1"])?, &data()?.1, &clock)?;
            table(parts.into_iter().map(|(part, ms)| (part.to_string(), vec![ms])))
        }
        ["work", threads, batch, hidden, depth] => {
            let case = case("simd", [batch, hidden, depth, "1", "1"])?;
            let model = case.model()?;
            let load = work::Load::new(&data()?.1, case.batch, threads.parse()?);
            let parts = work::step(&model, &Plan::training(&model, Fusion::Update, Rule::Adam), &load);
            let amounts = |work: work::Work| -> Vec<(String, f64)> {
                work.into_iter().map(|(resource, amount)| (resource.to_string(), amount)).collect()
            };
            json!(parts.into_iter().map(|(part, work)| (part.to_string(), amounts(work))).collect::<Vec<_>>())
        }
        ["tasks", threads, repeats] => {
            let (_, train, test) = data()?;
            let team = team(threads)?;
            table(pollster::block_on(tasks::tasks(train, &test, &team, repeats.parse()?, &clock))?)
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

fn case(backend: &str, sizes: [&str; 5]) -> Result<Case, Box<dyn Error>> {
    let [batch, hidden, depth, steps, repeats] = sizes.map(str::parse::<usize>);
    Ok(Case {
        backend: backend.parse()?,
        batch: batch?,
        hidden: hidden?,
        depth: depth?,
        steps: steps?,
        repeats: repeats?,
    })
}

fn team(threads: &str) -> Result<Team, Box<dyn Error>> {
    Ok(Team::spawn(threads.parse()?)?)
}

/// Names and their numbers, in order.
fn table(rows: impl IntoIterator<Item = (String, Vec<f64>)>) -> Value {
    json!(rows.into_iter().collect::<Vec<_>>())
}

/// Which digits there are, the training and the test set.
type Data = (&'static str, Arc<Dataset>, Arc<Dataset>);

fn data() -> Result<Data, Box<dyn Error>> {
    if env::var_os("MNIST_DIR").is_some() {
        let (train, test) = files::mnist()?;
        return Ok(("mnist", Arc::new(train), Arc::new(test)));
    }
    let set = |indices: std::ops::Range<u32>| synthetic::dataset(0, indices.start, indices.len(), |_| {});
    Ok(("builtin", Arc::new(set(synthetic::TRAIN)), Arc::new(set(synthetic::TEST))))
}
