//! `cargo xtask bench`: milliseconds a training step, natively and in headless Chromium, beside NumPy.
//!
//! Machines are shared and noisy, so what is compared is measured in one run, in turns, and every figure is a median; the
//! ratio of two figures says more than either.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;

use crate::{
    browser::Browser,
    install::Install,
    mnist, project, python,
    server::{Data, Server},
    site,
};

/// The yardstick's version: it must not change between two runs that are compared.
const NUMPY: &str = "numpy==2.4.6";

/// What `cargo xtask bench` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Images a step
    #[arg(long, default_value_t = 32, value_parser = at_least_one)]
    batch: usize,
    /// Units of the hidden layer
    #[arg(long, default_value_t = 128, value_parser = at_least_one)]
    hidden: usize,
    /// Rounds in which everything takes its turn
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    rounds: usize,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("choose a whole number from 1".into()),
        Ok(number) => Ok(number),
    }
}

/// One row of the table.
struct Row {
    place: Place,
    backend: &'static str,
    /// Steps timed together, 3 times a round.
    steps: usize,
    ms_per_step: Vec<f64>,
}

/// Where a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Native,
    /// Headless Chromium, with this wasm build.
    Chromium(&'static str),
}

impl Place {
    fn name(self) -> String {
        match self {
            Place::Native => "native".into(),
            Place::Chromium(build) => format!("Chromium, {build}"),
        }
    }
}

#[derive(Deserialize)]
struct Run {
    ms_per_step: Vec<f64>,
}

#[derive(Deserialize)]
struct PageResult {
    runs: Vec<Run>,
    data: String,
}

/// Measures and prints the table.
pub fn run(options: &Options) -> Result<()> {
    // The driver's place reaches Browser::start as CHROMEDRIVER or by the PATH.
    options.install.chromedriver()?;
    site::build(options.install)?;
    let mnist = options.mnist.find()?;
    let python = numpy(options.install);
    project::run(project::cargo().args(["bench", "--locked", "--bench", "step", "--no-run"]))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    runtime.block_on(measure(options, mnist.as_deref(), python.as_deref()))
}

async fn measure(options: &Options, mnist: Option<&Path>, python: Option<&Path>) -> Result<()> {
    // The browser trains on what the native rows train on, whatever lies in dist/ from earlier.
    let data = mnist.map_or(Data::Absent, |dir| Data::Folder(dir.into()));
    let server = Server::start(&project::dist(), data).await?;
    let browser = Browser::start().await?;
    let row = |place, backend, steps| Row { place, backend, steps, ms_per_step: Vec::new() };
    let mut rows = Vec::new();
    if python.is_some() {
        rows.push(row(Place::Native, "numpy", 500));
    }
    for place in [Place::Native, Place::Chromium("relaxed"), Place::Chromium("simd128")] {
        rows.push(row(place, "simd", 500));
    }
    for place in [Place::Native, Place::Chromium("relaxed")] {
        rows.push(row(place, "reference", 10));
    }
    let data = if mnist.is_some() { "mnist" } else { "builtin" };
    for round in 1..=options.rounds {
        println!("round {round} of {} …", options.rounds);
        for row in &mut rows {
            let sizes = [options.batch, options.hidden, row.steps, 3].map(|size| size.to_string());
            let times = match row.place {
                Place::Native if row.backend == "numpy" => {
                    let python = python.context("there is a row for NumPy, so there is a Python")?;
                    let mut command = Command::new(python);
                    // One thread, as the others have. On a busy machine OpenBLAS's threads wait for each other.
                    command.arg("benches/numpy_step.py").args(&sizes).env("OPENBLAS_NUM_THREADS", "1");
                    output(command.current_dir(project::root()))?
                }
                Place::Native => {
                    let mut command = project::cargo();
                    command.args(["bench", "--quiet", "--locked", "--bench", "step", "--", row.backend]);
                    match mnist {
                        Some(dir) => command.env("MNIST_DIR", dir),
                        None => command.env_remove("MNIST_DIR"),
                    };
                    output(command.args(&sizes))?
                }
                Place::Chromium(build) => {
                    let [batch, hidden, steps, repeats] = sizes;
                    let query = format!(
                        "backend={}&build={build}&batch={batch}&hidden={hidden}&steps={steps}&repeats={repeats}&run=1",
                        row.backend
                    );
                    let result = page(&browser, &format!("{}bench.html?{query}", server.url())).await?;
                    ensure!(result.data == data, "the page trained on {}, not on {data}", result.data);
                    result.runs.into_iter().flat_map(|run| run.ms_per_step).collect()
                }
            };
            row.ms_per_step.extend(times);
        }
    }
    print(options, if mnist.is_some() { "MNIST" } else { "built-in digits" }, &rows);
    Ok(())
}

/// Runs the bench page and reads what it leaves.
async fn page(browser: &Browser, url: &str) -> Result<PageResult> {
    browser.open(url).await?;
    browser.wait_for("#status[data-state=done]", Duration::from_secs(300)).await?;
    let json: String = browser.run("return document.getElementById('result').textContent").await?;
    serde_json::from_str(&json).with_context(|| format!("the bench page left {json:?}"))
}

/// The times in the JSON object that a command prints last.
fn output(command: &mut Command) -> Result<Vec<f64>> {
    let line = project::command_line(command);
    let output = command.output().with_context(|| format!("cannot run `{line}`"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
    let Some(json) = text.lines().rfind(|line| line.starts_with('{')) else {
        bail!("`{line}` printed no JSON: {text}");
    };
    let run: Run = serde_json::from_str(json).with_context(|| format!("`{line}` printed {json}"))?;
    Ok(run.ms_per_step)
}

fn print(options: &Options, data: &str, rows: &[Row]) {
    println!(
        "\nms a training step: batch {}, hidden {}, one thread, {data}; medians of {} timings in {} rounds\n",
        options.batch,
        options.hidden,
        3 * options.rounds,
        options.rounds
    );
    let yardstick = rows.iter().find(|row| row.backend == "numpy").map(|row| median(&row.ms_per_step));
    println!("| backend | place | ms a step | fastest to slowest | ratio to NumPy |");
    println!("| --- | --- | --- | --- | --- |");
    for row in rows {
        let (middle, least, most) = (
            median(&row.ms_per_step),
            row.ms_per_step.iter().copied().fold(f64::INFINITY, f64::min),
            row.ms_per_step.iter().copied().fold(0.0, f64::max),
        );
        let ratio = yardstick.map_or("not measured".into(), |yardstick| format!("{:.2}", middle / yardstick));
        println!(
            "| {} | {} | {middle:.3} | {least:.3} to {most:.3} | {ratio} |",
            row.backend,
            row.place.name()
        );
    }
    if yardstick.is_none() {
        println!("\nNumPy was not measured: see above.");
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// A Python that has NumPy; none where there is no Python to make one with.
fn numpy(install: Install) -> Option<PathBuf> {
    let python = python::environment("bench-python", NUMPY, install);
    if let Err(error) = &python {
        println!("NumPy is left out: {error:#}");
    }
    python.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
    }
}
