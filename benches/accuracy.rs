//! What the recipes' networks read, over several seeds: mean and spread.
//!
//! ```text
//! MNIST_DIR=… STROKES=… cargo bench --bench accuracy -- SEEDS [RECIPE…] [RECORD.json]
//! ```
//!
//! Without a name it is all recipes. Beside the quickstart stands what Keras reads on MNIST, as `cargo xtask fixtures --seeds` has recorded it in
//! `www/seeds/keras.json`. With a file's name, the quickstart's figures on MNIST are recorded in the same form.
//!
//! Tested on MNIST's test set and, where `STROKES` names a file of them, on pen strokes, in the form that `cargo xtask strokes` takes.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sumi::backend::Backend;
use sumi::data::Dataset;
use sumi::metrics::Metrics;
use sumi::recipe::Recipe;

/// A file of figures: the page reads them, too.
#[derive(Deserialize)]
struct Record {
    /// Who computed them, with versions.
    by: String,
    runs: Vec<Run>,
}

/// How a trained model does on MNIST's test set.
#[derive(Deserialize, Serialize)]
struct Run {
    seed: u32,
    /// `0.0..=1.0`.
    accuracy: f64,
    /// In nats.
    loss: f64,
}

#[path = "../tests/common/files.rs"]
mod files;
#[path = "../xtask/src/strokes/file.rs"]
#[allow(dead_code, reason = "this bench has no use for the writers")]
mod strokes_file;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let seeds = args.next().map_or(Ok(5), |seeds| seeds.parse())?;
    let (records, names): (Vec<String>, Vec<String>) = args.partition(|arg| arg.ends_with(".json"));
    let recipes = names.iter().map(|name| name.parse()).collect::<Result<Vec<Recipe>, _>>()?;
    let keras: Record = serde_json::from_str(include_str!("../www/seeds/keras.json"))?;
    let (train, test) = files::mnist()?;
    let test = Arc::new(test);
    let strokes = env::var_os("STROKES").map(|file| strokes(Path::new(&file)).map(Arc::new)).transpose()?;

    println!("{seeds} seeds\n");
    println!("| recipe | tested on | accuracy, mean | spread | lowest | highest | loss, mean | spread |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for recipe in if recipes.is_empty() { Recipe::ALL.to_vec() } else { recipes } {
        let dataset = recipe.dataset(Some(&train)).expect("there is MNIST, so every recipe has its dataset");
        let dataset = Arc::new(dataset);
        let mut tests = vec![("MNIST's test set", &test, Vec::new())];
        tests.extend(strokes.as_ref().map(|strokes| ("pen strokes", strokes, Vec::new())));
        for seed in 0..seeds {
            let mut simd = files::trained(recipe, dataset.clone(), seed)?;
            for (_, set, metrics) in &mut tests {
                metrics.push(pollster::block_on(simd.evaluate(set))?);
            }
        }
        for (on, _, metrics) in &tests {
            print(recipe.name(), on, &runs(metrics));
        }
        if let (Recipe::Quickstart, [(_, _, metrics), ..]) = (recipe, &tests[..]) {
            print(&format!("quickstart, by {}", keras.by), "MNIST's test set", &keras.runs);
            for file in &records {
                write(file, &runs(metrics))?;
            }
        }
    }
    Ok(())
}

fn runs(metrics: &[Metrics]) -> Vec<Run> {
    let run = |(seed, it): (u32, &Metrics)| Run { seed, accuracy: it.accuracy(), loss: it.loss() };
    (0..).zip(metrics).map(run).collect()
}

/// A row of the table.
fn print(name: &str, on: &str, runs: &[Run]) {
    let accuracies: Vec<f64> = runs.iter().map(|run| 100.0 * run.accuracy).collect();
    let losses: Vec<f64> = runs.iter().map(|run| run.loss).collect();
    let ((accuracy, accuracy_spread), (loss, loss_spread)) =
        (mean_and_deviation(&accuracies), mean_and_deviation(&losses));
    let (lowest, highest) =
        accuracies.iter().fold((100.0f64, 0.0f64), |(low, high), it| (low.min(*it), high.max(*it)));
    println!(
        "| {name} | {on} | {accuracy:.2} % | ± {accuracy_spread:.2} | {lowest:.2} % | {highest:.2} % \
         | {loss:.4} | ± {loss_spread:.4} |"
    );
}

/// Records runs as Keras's are: a run a line, so that a change shows as one.
fn write(file: &str, runs: &[Run]) -> Result<(), Box<dyn Error>> {
    let round = |value: f64| (value * 1e6).round() / 1e6;
    let runs: Vec<String> = runs
        .iter()
        .map(|run| Run { accuracy: round(run.accuracy), loss: round(run.loss), ..*run })
        .map(|run| serde_json::to_string(&run).map(|json| format!("    {json}")))
        .collect::<Result<_, _>>()?;
    let text = format!(
        r#"{{
  "what": "Flatten, Dense(128, relu), Dropout(0.2), Dense(10); Adam, batches of 32, five epochs of MNIST; on its test set",
  "by": "Sumi {}, simd",
  "command": "MNIST_DIR=DIR cargo bench --bench accuracy -- {} quickstart www/seeds/sumi.json",
  "runs": [
{}
  ]
}}
"#,
        env!("CARGO_PKG_VERSION"),
        runs.len(),
        runs.join(",\n")
    );
    Ok(fs::write(file, text).map_err(|error| format!("cannot write {file}: {error}"))?)
}

/// The mean, and the standard deviation of one.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

/// The drawings in a file of strokes, as the command `cargo xtask strokes` reads them.
fn strokes(file: &Path) -> Result<Dataset, Box<dyn Error>> {
    let drawings = strokes_file::read(file)?;
    let images = drawings.iter().flat_map(|drawing| drawing.image).collect();
    Ok(Dataset::new(images, drawings.iter().map(|drawing| drawing.label).collect())?)
}
