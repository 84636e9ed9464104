//! `cargo xtask bench`: milliseconds a training step, natively and in headless Chromium, beside JAX and NumPy; how near each part of it is to
//! what the machine can do; and how long whole tasks take. With `--growth`, how a step grows with the sizes of everything.
//!
//! Machines are shared and noisy, so what is compared is measured in one run, in turns, and every figure is a median; the
//! ratio of two figures says more than either.

mod growth;
mod opening;
mod places;
mod tables;

use std::{collections::BTreeMap, path::PathBuf, thread};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use sumi::bench::ceiling::{Rate, Resource};

use crate::{
    browser::Browser,
    counts,
    install::Install,
    mnist, project, python,
    server::{Data, Server},
    site, wasm,
};
use places::{Named, Place, Places, Run, Size};

/// The yardsticks' versions: they must not change between two runs that are compared.
const REQUIREMENTS: &str = "numpy==2.4.6\njax==0.10.2\njaxlib==0.10.2\n";

/// What `cargo xtask bench` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Measure only these; by default all
    #[arg(value_enum)]
    what: Vec<What>,
    /// Images a step
    #[arg(long, default_value_t = 32, value_parser = at_least_one)]
    batch: usize,
    /// Units of a hidden layer
    #[arg(long, default_value_t = 128, value_parser = at_least_one)]
    hidden: usize,
    /// Rounds in which everything takes its turn: by default 5, and 2 with --growth
    #[arg(long, value_parser = at_least_one)]
    rounds: Option<usize>,
    /// Measure how a step grows with batch, width, depth and threads instead, and draw docs/growth.svg
    #[arg(long, conflicts_with_all = ["batch", "hidden", "what"])]
    growth: bool,
    /// With --growth: no point of more multiply-adds than this a step
    #[arg(long, requires = "growth", default_value_t = u64::MAX, hide_default_value = true)]
    up_to: u64,
    /// Measure nothing: count the instructions of a step as `cargo xtask test counts` does, and take them as what is right from now on
    #[arg(long, conflicts_with_all = ["batch", "hidden", "what", "growth"])]
    accept: bool,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Training steps, on everything there is
    Steps,
    /// The parts of a step, and what the machine can do at most
    Parts,
    /// Five epochs, an evaluation, a drawing, large matrix products
    Tasks,
    /// Until Train can be pressed, until the digits are there, and from the click to the first step
    Opening,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("choose a whole number from 1".into()),
        Ok(number) => Ok(number),
    }
}

/// How often a row is timed in its turn.
const REPEATS: usize = 3;

/// One row of the table of steps.
struct Row {
    place: Place,
    backend: &'static str,
    size: Size,
    /// Steps timed together, [`REPEATS`] times a round.
    steps: usize,
    ms_per_step: Vec<f64>,
    /// The last of its runs; what it says beside the times does not change.
    last: Run,
}

impl Row {
    fn new(place: Place, backend: &'static str, size: Size, steps: usize) -> Self {
        Row { place, backend, size, steps, ms_per_step: Vec::new(), last: Run::default() }
    }

    async fn measure(&mut self, places: &Places) -> Result<()> {
        let run = places.steps(self.place, self.backend, self.size, self.steps, REPEATS).await?;
        self.ms_per_step.extend(&run.ms_per_step);
        self.last = run;
        Ok(())
    }
}

/// One place whose step is taken apart.
struct Dissection {
    place: Place,
    size: Size,
    /// Of each part, one number a round.
    ms: Named,
    /// The best of all rounds.
    ceilings: Vec<(Resource, Rate)>,
}

/// One place that does whole tasks.
struct Tasks {
    place: Place,
    threads: usize,
    /// Of each task, one number a round.
    ms: Named,
}

/// Measures and prints the tables.
pub fn run(options: &Options) -> Result<()> {
    if options.accept {
        return counts::accept(options.install);
    }
    // The driver's place reaches Browser::start as CHROMEDRIVER or by the PATH.
    options.install.chromedriver()?;
    site::build(options.install)?;
    let mnist = options.mnist.find()?;
    let python =
        if options.growth || !options.measures(What::Steps) { None } else { yardsticks(options.install) };
    project::run(project::cargo().args(["bench", "--locked", "--bench", "step", "--no-run"]))?;
    let has_gpu =
        options.install.vulkan().inspect_err(|error| println!("The GPU is left out: {error:#}")).is_ok();
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    runtime.block_on(async {
        // The browser trains on what the native rows train on, whatever lies in dist/ from earlier.
        let data = mnist.as_deref().map_or(Data::Absent, |dir| Data::Folder(dir.into()));
        let server = Server::start(&project::dist(), data).await?;
        let places = Places { server, browser: Browser::start().await?, mnist, python };
        if options.growth {
            growth::measure(&places, options.rounds.unwrap_or(2), has_gpu, options.up_to).await
        } else {
            measure(options, &places, has_gpu).await
        }
    })
}

impl Options {
    fn measures(&self, what: What) -> bool {
        self.what.is_empty() || self.what.contains(&what)
    }

    fn size(&self, threads: usize) -> Size {
        Size { threads, batch: self.batch, hidden: self.hidden, depth: 1 }
    }
}

async fn measure(options: &Options, places: &Places, has_gpu: bool) -> Result<()> {
    let rounds = options.rounds.unwrap_or(5);
    let simd = simd(places).await?;
    let mut rows = Vec::new();
    if options.measures(What::Steps) {
        rows = steps(options, &simd, places.python.is_some(), has_gpu);
    }
    let mut dissections = Vec::new();
    let mut work = BTreeMap::new();
    if options.measures(What::Parts) {
        for &(place, threads) in simd.iter().filter(|(_, threads)| *threads == 1) {
            let size = options.size(threads);
            work.insert(threads, places.work(size)?);
            dissections.push(Dissection { place, size, ms: Named::new(), ceilings: Vec::new() });
        }
    }
    let mut tasks = Vec::new();
    if options.measures(What::Tasks) {
        tasks.extend(simd.iter().map(|&(place, threads)| Tasks { place, threads, ms: Named::new() }));
        // A share of the peak wants the peak.
        for &(place, _) in simd.iter().filter(|(_, threads)| *threads == 1) {
            if !dissections.iter().any(|it| it.place == place) {
                let size = options.size(1);
                dissections.push(Dissection { place, size, ms: Named::new(), ceilings: Vec::new() });
            }
        }
    }
    // Of a first visit and of the next one, one number a round.
    let mut visits = [Named::new(), Named::new()];
    for round in 1..=rounds {
        println!("round {round} of {rounds} …");
        if options.measures(What::Opening) {
            for (all, visit) in visits.iter_mut().zip(opening::visits(places).await?) {
                gather(all, visit);
            }
        }
        for row in &mut rows {
            row.measure(places).await?;
        }
        for Dissection { place, size, ms, ceilings } in &mut dissections {
            best(ceilings, places.ceilings(*place).await?);
            if options.measures(What::Parts) {
                gather(ms, places.parts(*place, *size, 1000).await?);
            }
        }
        for Tasks { place, threads, ms } in &mut tasks {
            gather(ms, places.tasks(*place, *threads).await?);
        }
    }
    let data = if places.mnist.is_some() { "MNIST" } else { "built-in digits" };
    if !rows.is_empty() {
        println!(
            "\nms a training step on {data}; medians of {} timings in {rounds} rounds\n",
            REPEATS * rounds
        );
        tables::steps(&rows);
        if places.python.is_none() {
            println!("\nJAX and NumPy were not measured: see above.");
        }
    }
    if !dissections.is_empty() {
        println!(
            "\nWhat one thread can do at most, a nanosecond: operations on one number, or bytes; the best of {rounds} rounds\n"
        );
        tables::ceilings(&dissections);
    }
    if options.measures(What::Parts) {
        for dissection in &dissections {
            let Size { batch, hidden, .. } = dissection.size;
            println!(
                "\nA step (batch {batch}, hidden {hidden}) part by part: {}, one thread; medians of {rounds} rounds of 1,000 steps\n",
                dissection.place.name()
            );
            tables::parts(dissection, &work[&dissection.size.threads]);
        }
    }
    if !tasks.is_empty() {
        println!("\nWhole tasks of `simd` on {data}; medians of {rounds} rounds\n");
        tables::tasks(&tasks, &dissections);
    }
    if options.measures(What::Opening) {
        println!(
            "\nOpening the page in Chromium, on {data} from this machine; ms, medians of {rounds} rounds\n"
        );
        tables::opening(&visits);
    }
    Ok(())
}

/// Where `simd` runs, and on how many threads. Threads that cannot be had are left out, and said to be.
async fn simd(places: &Places) -> Result<Vec<(Place, usize)>> {
    let builds = wasm::VARIANTS.iter().filter(|variant| !variant.has_threads);
    let all: Vec<Place> =
        std::iter::once(Place::Native).chain(builds.map(|variant| Place::Chromium(variant.name))).collect();
    let mut simd: Vec<_> = all.iter().map(|&place| (place, 1)).collect();
    if thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
        for place in all {
            let size = Size { threads: 2, batch: 32, hidden: 128, depth: 1 };
            match places.steps(place, "simd", size, 10, 1).await {
                Ok(_) => simd.push((place, 2)),
                Err(error) => println!("Two threads are left out in {}: {error:#}", place.name()),
            }
        }
    }
    Ok(simd)
}

/// One size on everything there is.
fn steps(options: &Options, simd: &[(Place, usize)], has_python: bool, has_gpu: bool) -> Vec<Row> {
    let row = |place, backend, threads, steps| Row::new(place, backend, options.size(threads), steps);
    let mut rows = Vec::new();
    if has_python {
        let jax = Place::Python("jax_step.py");
        if thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
            rows.push(row(jax, "jax", 2, 1000));
        }
        if places::can_pin() {
            rows.push(row(jax, "jax", 1, 1000));
        }
        // One thread: on a busy machine OpenBLAS's threads wait for each other.
        rows.push(row(Place::Python("numpy_step.py"), "numpy", 1, 500));
    }
    rows.extend(simd.iter().map(|&(place, threads)| row(place, "simd", threads, 1000)));
    if has_gpu {
        // Several submits, and no more than a software adapter does in some seconds.
        rows.push(row(Place::Native, "gpu", 1, 100));
        rows.push(row(Place::Chromium("relaxed"), "gpu", 1, 100));
    }
    for place in [Place::Native, Place::Chromium("relaxed")] {
        rows.push(row(place, "reference", 1, 10));
    }
    rows
}

/// Adds one round's numbers to those of the rounds before.
fn gather(all: &mut Named, round: Named) {
    for (name, numbers) in round {
        match all.iter_mut().find(|(it, _)| *it == name) {
            Some((_, before)) => before.extend(numbers),
            None => all.push((name, numbers)),
        }
    }
}

/// Keeps the best of each resource: what slows a small loop down is never the processor itself.
fn best(all: &mut Vec<(Resource, Rate)>, round: Vec<(Resource, Rate)>) {
    for (resource, rate) in round {
        match all.iter_mut().find(|(it, _)| *it == resource) {
            Some((_, before)) if before.best < rate.best => *before = rate,
            Some(_) => {}
            None => all.push((resource, rate)),
        }
    }
}

/// A Python that has the yardsticks; none where there is no Python to make one with.
fn yardsticks(install: Install) -> Option<PathBuf> {
    let python = python::environment("bench-python", REQUIREMENTS, install);
    if let Err(error) = &python {
        println!("JAX and NumPy are left out: {error:#}");
    }
    python.ok()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
    }

    #[test]
    fn rounds_are_put_together() {
        let mut all = Named::new();
        gather(&mut all, vec![("a".into(), vec![1.0]), ("b".into(), vec![2.0])]);
        gather(&mut all, vec![("a".into(), vec![3.0]), ("b".into(), vec![4.0])]);
        assert_eq!(all, [("a".into(), vec![1.0, 3.0]), ("b".into(), vec![2.0, 4.0])]);
        let rate = |best| Rate { best, median: 0.0 };
        let mut ceilings = vec![];
        for round in [[3.0, 1.0], [2.0, 5.0]] {
            let [divide, integer] = round.map(rate);
            best(&mut ceilings, vec![(Resource::Divide, divide), (Resource::Integer, integer)]);
        }
        assert_eq!(ceilings, [(Resource::Divide, rate(3.0)), (Resource::Integer, rate(5.0))]);
    }
}
