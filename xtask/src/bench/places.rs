//! Where things are measured: natively, in headless Chromium, and in Python. Each says what it measured as JSON.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use sumi::bench::{
    ceiling::{Rate, Resource},
    work::Work,
};

use crate::{browser::Browser, project, server::Server};

/// Where something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `benches/step.rs`.
    Native,
    /// Headless Chromium, with this wasm build.
    Chromium(&'static str),
    /// A script of `benches/`, which is the yardstick: its name.
    Python(&'static str),
}

impl Place {
    /// As the tables have it.
    pub fn name(self) -> String {
        match self {
            Place::Native | Place::Python(_) => "native".into(),
            Place::Chromium(build) => format!("Chromium, {build}"),
        }
    }
}

/// What a step is measured of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub threads: usize,
    pub batch: usize,
    pub hidden: usize,
    pub depth: usize,
}

/// What `benches/step.rs`, a script or the bench page says of steps.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Run {
    pub ms_per_step: Vec<f64>,
    pub dispatches_per_step: Option<f64>,
    pub submits_per_step: Option<f64>,
    pub encode_ms_per_step: Option<f64>,
    pub adapter: Option<Adapter>,
}

/// Which GPU it was.
#[derive(Debug, Clone, Deserialize)]
pub struct Adapter {
    pub name: String,
    pub software: bool,
}

/// Numbers by name, in order.
pub type Named = Vec<(String, Vec<f64>)>;

/// The JSON that the bench page leaves. Every visit measures one thing.
#[derive(Deserialize)]
struct PageResult {
    runs: Vec<Run>,
    parts: Vec<Times>,
    tasks: Vec<Times>,
    ceilings: Vec<Ceilings>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct Times {
    ms: Named,
}

#[derive(Deserialize)]
struct Ceilings {
    per_ns: Named,
}

/// All places, ready to measure.
pub struct Places {
    pub server: Server,
    pub browser: Browser,
    pub mnist: Option<PathBuf>,
    /// A Python that has what the scripts import.
    pub python: Option<PathBuf>,
}

impl Places {
    /// Training steps of `backend`, `repeats` times `steps` of them.
    pub async fn steps(
        &self,
        place: Place,
        backend: &str,
        size: Size,
        steps: usize,
        repeats: usize,
    ) -> Result<Run> {
        let Size { threads, batch, hidden, depth } = size;
        let numbers = [threads, batch, hidden, depth, steps, repeats].map(|number| number.to_string());
        match place {
            Place::Native => self.native("steps", &[&[backend.to_owned()], &numbers[..]].concat()),
            Place::Python(script) => {
                let python = self.python.as_ref().context("there is a row for it, so there is a Python")?;
                ensure!(depth == 1, "benches/{script} has one hidden layer");
                output(pinned(python, threads).arg(format!("benches/{script}")).args([
                    &numbers[1],
                    &numbers[2],
                    &numbers[4],
                    &numbers[5],
                ]))
            }
            Place::Chromium(build) => {
                let query =
                    format!("what=steps&backend={backend}&{}&repeats={repeats}", query(build, size, steps));
                let page = self.page(&query).await?;
                page.runs.into_iter().next_back().context("the bench page left no run")
            }
        }
    }

    /// Milliseconds of each part of a step, on one thread.
    pub async fn parts(&self, place: Place, size: Size, steps: usize) -> Result<Named> {
        let Size { batch, hidden, depth, .. } = size;
        match place {
            Place::Chromium(build) => {
                let page = self.page(&format!("what=parts&{}", query(build, size, steps))).await?;
                Ok(page.parts.into_iter().next_back().context("the bench page left no parts")?.ms)
            }
            _ => self.native("parts", &[batch, hidden, depth, steps].map(|it| it.to_string())),
        }
    }

    /// Milliseconds of whole tasks.
    pub async fn tasks(&self, place: Place, threads: usize) -> Result<Named> {
        match place {
            Place::Chromium(build) => {
                let query = format!("what=tasks&build={build}&threads={threads}&repeats=1");
                let page = self.page(&query).await?;
                Ok(page.tasks.into_iter().next_back().context("the bench page left no tasks")?.ms)
            }
            _ => self.native("tasks", &[threads.to_string(), "1".into()]),
        }
    }

    /// What the machine can do at most.
    pub async fn ceilings(&self, place: Place) -> Result<Vec<(Resource, Rate)>> {
        let named: Named = match place {
            Place::Chromium(build) => {
                let page = self.page(&format!("what=ceilings&build={build}&repeats=5")).await?;
                page.ceilings.into_iter().next_back().context("the bench page left no ceilings")?.per_ns
            }
            _ => self.native("ceilings", &["5".into()])?,
        };
        let rate = |(name, numbers): (String, Vec<f64>)| match numbers[..] {
            [best, median] => Ok((name.parse()?, Rate { best, median })),
            _ => bail!("{name} has {numbers:?}, not its best and its median"),
        };
        named.into_iter().map(rate).collect()
    }

    /// What each part of a step has to do.
    pub fn work(&self, size: Size) -> Result<Vec<(String, Work)>> {
        let Size { threads, batch, hidden, depth } = size;
        let work: Vec<(String, Vec<(String, f64)>)> =
            self.native("work", &[threads, batch, hidden, depth].map(|it| it.to_string()))?;
        work.into_iter()
            .map(|(part, amounts)| {
                let amounts = amounts.into_iter().map(|(resource, amount)| Ok((resource.parse()?, amount)));
                Ok((part, amounts.collect::<Result<_>>()?))
            })
            .collect()
    }

    fn native<T: DeserializeOwned>(&self, what: &str, args: &[String]) -> Result<T> {
        let mut command = project::cargo();
        command.args(["bench", "--quiet", "--locked", "--bench", "step", "--", what]).args(args);
        match &self.mnist {
            Some(dir) => command.env("MNIST_DIR", dir),
            None => command.env_remove("MNIST_DIR"),
        };
        output(&mut command)
    }

    /// Runs the bench page and reads what it leaves.
    async fn page(&self, query: &str) -> Result<PageResult> {
        self.browser.open(&format!("{}bench.html?{query}&run=1", self.server.url())).await?;
        let ended = "#status:is([data-state=done], [data-state=failed])";
        self.browser.wait_for(ended, Duration::from_secs(600)).await?;
        let state: String =
            self.browser.run("return document.getElementById('status').dataset.state").await?;
        if state == "failed" {
            bail!("the bench page failed on {query}: {}", self.browser.text("#status").await?);
        }
        let json: String = self.browser.run("return document.getElementById('result').textContent").await?;
        let page: PageResult =
            serde_json::from_str(&json).with_context(|| format!("the bench page left {json:?}"))?;
        let wanted = if self.mnist.is_some() { "mnist" } else { "builtin" };
        if let Some(data) = &page.data {
            ensure!(data == wanted, "the page measured on {data}, not on {wanted}");
        }
        Ok(page)
    }
}

fn query(build: &str, Size { threads, batch, hidden, depth }: Size, steps: usize) -> String {
    format!("build={build}&threads={threads}&batch={batch}&hidden={hidden}&depth={depth}&steps={steps}")
}

/// A Python that computes on so many threads: OpenBLAS takes a variable's word, XLA's pools are as large as the set of processors that it
/// may run on, which `taskset` makes smaller where there is one.
fn pinned(python: &Path, threads: usize) -> Command {
    let mut command = if can_pin() {
        let mut taskset = Command::new("taskset");
        taskset.args(["--cpu-list", &format!("0-{}", threads - 1)]).arg(python);
        taskset
    } else {
        Command::new(python)
    };
    command.env("OPENBLAS_NUM_THREADS", threads.to_string()).current_dir(project::root());
    command
}

/// Whether [`pinned`] keeps XLA to fewer threads than there are processors.
pub fn can_pin() -> bool {
    Command::new("taskset")
        .args(["--cpu-list", "0", "true"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// What a command prints last, which is JSON.
fn output<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let line = project::command_line(command);
    let output = command.output().with_context(|| format!("cannot run `{line}`"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
    let json = text.lines().next_back().with_context(|| format!("`{line}` printed nothing"))?;
    serde_json::from_str(json).with_context(|| format!("`{line}` printed {json}"))
}
