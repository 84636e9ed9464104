//! `cargo xtask bench`: milliseconds a training step, natively and in headless Chromium, beside NumPy; with `--growth`, how they
//! grow with the batch and the hidden layer.
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
    /// Measure batches of 32 to 4,096 and hidden layers of 128 to 4,096 instead, on the backends simd and gpu
    #[arg(long, conflicts_with_all = ["batch", "hidden"])]
    growth: bool,
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
    batch: usize,
    hidden: usize,
    /// Steps timed together, 3 times a round.
    steps: usize,
    ms_per_step: Vec<f64>,
    /// The last of its runs; what it says beside the times does not change.
    last: Run,
}

impl Row {
    fn new(place: Place, backend: &'static str, [batch, hidden, steps]: [usize; 3]) -> Self {
        Row { place, backend, batch, hidden, steps, ms_per_step: Vec::new(), last: Run::default() }
    }
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

/// What `benches/step.rs` and the bench page say of a case.
#[derive(Default, Deserialize)]
struct Run {
    ms_per_step: Vec<f64>,
    dispatches_per_step: Option<f64>,
    submits_per_step: Option<f64>,
    encode_ms_per_step: Option<f64>,
    adapter: Option<Adapter>,
}

#[derive(Deserialize)]
struct Adapter {
    name: String,
    software: bool,
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
    let python = if options.growth { None } else { numpy(options.install) };
    project::run(project::cargo().args(["bench", "--locked", "--bench", "step", "--no-run"]))?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    let has_gpu =
        options.install.vulkan().inspect_err(|error| println!("The GPU is left out: {error:#}")).is_ok();
    runtime.block_on(measure(options, mnist.as_deref(), python.as_deref(), has_gpu))
}

async fn measure(
    options: &Options,
    mnist: Option<&Path>,
    python: Option<&Path>,
    has_gpu: bool,
) -> Result<()> {
    // The browser trains on what the native rows train on, whatever lies in dist/ from earlier.
    let data = mnist.map_or(Data::Absent, |dir| Data::Folder(dir.into()));
    let server = Server::start(&project::dist(), data).await?;
    let browser = Browser::start().await?;
    let mut rows =
        if options.growth { growth(has_gpu) } else { quickstart(options, python.is_some(), has_gpu) };
    let data = if mnist.is_some() { "mnist" } else { "builtin" };
    for round in 1..=options.rounds {
        println!("round {round} of {} …", options.rounds);
        for row in &mut rows {
            let sizes = [row.batch, row.hidden, row.steps, 3].map(|size| size.to_string());
            let run = match row.place {
                Place::Native if row.backend == "numpy" => {
                    let python = python.context("there is a row for NumPy, so there is a Python")?;
                    let mut command = Command::new(python);
                    // One thread, as the others have. On a busy machine OpenBLAS's threads wait for each other.
                    command.arg("benches/numpy_step.py").args(&sizes).env("OPENBLAS_NUM_THREADS", "1");
                    output(command.current_dir(project::root()))?
                }
                Place::Native => {
                    let mut command = project::cargo();
                    command.args([
                        "bench",
                        "--quiet",
                        "--locked",
                        "--bench",
                        "step",
                        "--",
                        "steps",
                        row.backend,
                    ]);
                    match mnist {
                        Some(dir) => command.env("MNIST_DIR", dir),
                        None => command.env_remove("MNIST_DIR"),
                    };
                    let [batch, hidden, steps, repeats] = &sizes;
                    output(command.args(["1", batch, hidden, "1", steps, repeats]))?
                }
                Place::Chromium(build) => {
                    let [batch, hidden, steps, repeats] = sizes;
                    let query = format!(
                        "backend={}&build={build}&batch={batch}&hidden={hidden}&steps={steps}&repeats={repeats}&run=1",
                        row.backend
                    );
                    let result = page(&browser, &format!("{}bench.html?{query}", server.url())).await?;
                    ensure!(result.data == data, "the page trained on {}, not on {data}", result.data);
                    result.runs.into_iter().next_back().context("the bench page left no run")?
                }
            };
            row.ms_per_step.extend(&run.ms_per_step);
            row.last = run;
        }
    }
    print(options, if mnist.is_some() { "MNIST" } else { "built-in digits" }, &rows);
    Ok(())
}

/// One size on everything there is.
fn quickstart(options: &Options, has_numpy: bool, has_gpu: bool) -> Vec<Row> {
    let row = |place, backend, steps| Row::new(place, backend, [options.batch, options.hidden, steps]);
    let mut rows = Vec::new();
    if has_numpy {
        rows.push(row(Place::Native, "numpy", 500));
    }
    for place in [Place::Native, Place::Chromium("relaxed"), Place::Chromium("simd128")] {
        rows.push(row(place, "simd", 500));
    }
    if has_gpu {
        // Several submits, and no more than a software adapter does in some seconds.
        rows.push(row(Place::Native, "gpu", 100));
        rows.push(row(Place::Chromium("relaxed"), "gpu", 100));
    }
    for place in [Place::Native, Place::Chromium("relaxed")] {
        rows.push(row(place, "reference", 10));
    }
    rows
}

/// The larger batch and hidden are, the fewer steps: a software adapter does some 2 thousand million multiply-adds a second, and a
/// browser ends a GPU process that is silent for 10 seconds.
fn growth(has_gpu: bool) -> Vec<Row> {
    const SIZES: [[usize; 2]; 10] = [
        [32, 128],
        [128, 128],
        [512, 128],
        [1024, 128],
        [4096, 128],
        [32, 512],
        [32, 1024],
        [32, 4096],
        [512, 1024],
        [1024, 1024],
    ];
    let mut rows = Vec::new();
    for [batch, hidden] in SIZES {
        let steps = (100 * 32 * 128 / (batch * hidden)).max(2);
        for place in [Place::Native, Place::Chromium("relaxed")] {
            rows.push(Row::new(place, "simd", [batch, hidden, steps]));
            if has_gpu {
                rows.push(Row::new(place, "gpu", [batch, hidden, steps]));
            }
        }
    }
    rows
}

/// Runs the bench page and reads what it leaves.
async fn page(browser: &Browser, url: &str) -> Result<PageResult> {
    browser.open(url).await?;
    browser.wait_for("#status[data-state=done]", Duration::from_secs(300)).await?;
    let json: String = browser.run("return document.getElementById('result').textContent").await?;
    serde_json::from_str(&json).with_context(|| format!("the bench page left {json:?}"))
}

/// The JSON object that a command prints last.
fn output(command: &mut Command) -> Result<Run> {
    let line = project::command_line(command);
    let output = command.output().with_context(|| format!("cannot run `{line}`"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
    let Some(json) = text.lines().rfind(|line| line.starts_with('{')) else {
        bail!("`{line}` printed no JSON: {text}");
    };
    serde_json::from_str(json).with_context(|| format!("`{line}` printed {json}"))
}

fn print(options: &Options, data: &str, rows: &[Row]) {
    println!(
        "\nms a training step: one thread or a GPU, {data}; medians of {} timings in {} rounds\n",
        3 * options.rounds,
        options.rounds
    );
    let yardstick = rows.iter().find(|row| row.backend == "numpy").map(|row| median(&row.ms_per_step));
    println!(
        "| backend | place | batch | hidden | ms a step | fastest to slowest | ratio to NumPy | dispatches a step | submits a step | µs encoding a step |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for row in rows {
        let (middle, least, most) = (
            median(&row.ms_per_step),
            row.ms_per_step.iter().copied().fold(f64::INFINITY, f64::min),
            row.ms_per_step.iter().copied().fold(0.0, f64::max),
        );
        let ratio = yardstick.map(|yardstick| middle / yardstick);
        let optional =
            |value: Option<f64>, digits| value.map_or("–".into(), |value| format!("{value:.digits$}"));
        println!(
            "| {} | {} | {} | {} | {middle:.3} | {least:.3} to {most:.3} | {} | {} | {} | {} |",
            row.backend,
            row.place.name(),
            row.batch,
            row.hidden,
            optional(ratio, 2),
            optional(row.last.dispatches_per_step, 0),
            optional(row.last.submits_per_step, 3),
            optional(row.last.encode_ms_per_step.map(|ms| ms * 1e3), 1),
        );
    }
    let mut places = Vec::new();
    for row in rows {
        if let Some(Adapter { name, software }) = &row.last.adapter
            && !places.contains(&row.place)
        {
            places.push(row.place);
            let kind = if *software { "a software adapter, which is no GPU" } else { "a GPU" };
            println!("\nThe GPU of {}: {name}, {kind}.", row.place.name());
        }
    }
    if !options.growth && yardstick.is_none() {
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
