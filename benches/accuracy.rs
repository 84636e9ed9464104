//! What a quickstart reads after five epochs, over several seeds: mean and spread.
//!
//! ```text
//! MNIST_DIR=… STROKES=… cargo bench --bench accuracy -- [SEEDS [RECORD.json]]
//! ```
//!
//! Beside them stands what Keras reads on MNIST, as `cargo xtask fixtures --seeds` has recorded it in `www/seeds/keras.json`. With
//! a file's name, Sumi's figures on MNIST are recorded in the same form.
//!
//! Trained on MNIST and on built-in digits; tested on MNIST's test set and, where `STROKES` names a file of them, on pen strokes: gzip,
//! a JSON object with `label` and `strokes` a line.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sumi::backend::Backend;
use sumi::data::{Dataset, synthetic};
use sumi::drawing;
use sumi::metrics::Metrics;

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

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let seeds = args.next().map_or(Ok(5), |seeds| seeds.parse())?;
    let record = args.next();
    let keras: Record = serde_json::from_str(include_str!("../www/seeds/keras.json"))?;
    let (train, test) = files::mnist()?;
    let test = Arc::new(test);
    let strokes = env::var_os("STROKES").map(|file| strokes(Path::new(&file)).map(Arc::new)).transpose()?;
    let built_in = synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| ());

    println!("{seeds} seeds, five epochs each\n");
    println!("| trained on | tested on | accuracy, mean | spread | lowest | highest | loss, mean | spread |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, train) in [("MNIST", train), ("built-in digits", built_in)] {
        let train = Arc::new(train);
        let mut tests = vec![("MNIST's test set", &test, Vec::new())];
        tests.extend(strokes.as_ref().map(|strokes| ("pen strokes", strokes, Vec::new())));
        for seed in 0..seeds {
            let mut simd = files::quickstart(train.clone(), seed)?;
            for (_, set, metrics) in &mut tests {
                metrics.push(pollster::block_on(simd.evaluate(set))?);
            }
        }
        for (on, _, metrics) in &tests {
            print(name, on, &runs(metrics));
        }
        if let ("MNIST", [(_, _, metrics), ..]) = (name, &tests[..]) {
            print(&format!("MNIST, by {}", keras.by), "MNIST's test set", &keras.runs);
            if let Some(file) = &record {
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
  "command": "MNIST_DIR=DIR cargo bench --bench accuracy -- {} www/seeds/sumi.json",
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

/// The drawings in a file of strokes.
fn strokes(file: &Path) -> Result<Dataset, Box<dyn Error>> {
    #[derive(serde::Deserialize)]
    struct Drawing {
        label: u8,
        strokes: Vec<Vec<drawing::Point>>,
    }
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(String::from_utf8(files::gunzip(file)?)?.lines()) {
        let bad = |what: &str| format!("{}, line {number}: {what}", file.display());
        let drawing: Drawing = serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
        images.extend(drawing::rasterise(&drawing.strokes).ok_or_else(|| bad("no ink"))?);
        labels.push(drawing.label);
    }
    Ok(Dataset::new(images, labels)?)
}
