//! How many instructions a training step takes: counted, not timed, so that a slower step is noticed on any machine, however busy.
//!
//! The wasm that the bench page loads runs in an interpreter (`bin/count_instructions.rs`). What is compared with `benches/counts.json` is the
//! ratio to a step of the backend `reference`, counted in the same run, for another compiler changes both.

use std::{
    collections::BTreeMap,
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::{install::Install, project, wasm};

/// What is counted of one wasm variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// A training step of the quickstart, batch 32, on the backend `simd`.
    pub step: u64,
    /// Evaluating 128 images.
    pub evaluate: u64,
    /// Reading a drawing, from its points to its logits.
    pub drawing: u64,
    /// A training step on the backend `reference`: the measure of the others.
    pub reference: u64,
}

impl Counts {
    /// The counts by name, each with its ratio to the measure.
    fn ratios(&self) -> [(&'static str, u64, f64); 3] {
        let named = [
            ("a training step", self.step),
            ("evaluating 128 images", self.evaluate),
            ("reading a drawing", self.drawing),
        ];
        named.map(|(name, count)| (name, count, count as f64 / self.reference as f64))
    }
}

/// The file `benches/counts.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Baseline {
    /// The compiler that the counts are of.
    rustc: String,
    /// By wasm variant.
    counts: BTreeMap<String, Counts>,
}

/// By how much a ratio may grow: with the compiler of the file, for a change somewhere else can move what is inlined; with another.
const TOLERANCES: [f64; 2] = [0.03, 0.10];

/// The variants that are counted: an interpreter has no threads.
fn variants() -> impl Iterator<Item = wasm::Variant> {
    wasm::VARIANTS.into_iter().filter(|variant| !variant.has_threads)
}

/// Counts, and compares with the file. Answers how many counts there were.
///
/// # Errors
/// When something takes more instructions than the file allows: the message says what, and by how much.
pub fn check(install: Install) -> Result<usize> {
    let path = path();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let baseline: Baseline = serde_json::from_str(&text)
        .with_context(|| format!("{} is not what `--accept` writes", path.display()))?;
    let found = count(install)?;
    let verdicts = compare(&baseline, &found)?;
    for verdict in &verdicts {
        println!("{verdict}");
    }
    let slower = verdicts.iter().filter(|verdict| verdict.is_slower).count();
    if slower > 0 {
        bail!(
            "{slower} of {} counts have grown: see above. If that is meant, `cargo xtask bench --accept` takes them as right",
            verdicts.len()
        );
    }
    Ok(verdicts.len())
}

/// Counts, and writes the file.
///
/// # Errors
/// When the wasm cannot be built or run.
pub fn accept(install: Install) -> Result<()> {
    let mut json = serde_json::to_string_pretty(&count(install)?).context("counts are JSON")?;
    json.push('\n');
    println!("{json}");
    fs::write(path(), json).with_context(|| format!("cannot write {}", path().display()))
}

fn path() -> PathBuf {
    project::root().join("benches/counts.json")
}

fn count(install: Install) -> Result<Baseline> {
    install.wasm_target()?;
    let mut build = project::cargo();
    build.args(["build", "--locked", "--package", "xtask", "--features", "counts"]);
    project::run(build.args(["--bin", "count-instructions"]).arg("--target-dir").arg(project::target()))?;
    let program = project::target().join(format!("debug/count-instructions{}", env::consts::EXE_SUFFIX));
    // Side by side, for both an optimised build and an interpreter are one thread's, mostly.
    let counts = thread::scope(|scope| {
        let program = &program;
        let count = |variant: wasm::Variant| {
            scope.spawn(move || Ok((variant.name.to_owned(), count_variant(variant, program)?)))
        };
        let counting: Vec<_> = variants().map(count).collect();
        counting
            .into_iter()
            .map(|it| it.join().expect("counting answers, and does not panic"))
            .collect::<Result<_>>()
    })?;
    Ok(Baseline { rustc: rustc()?, counts })
}

fn count_variant(variant: wasm::Variant, program: &Path) -> Result<Counts> {
    let mut command = Command::new(program);
    command.arg(variant.build(true)?.join("sumi_bg.wasm"));
    let line = project::command_line(&command);
    let output = command.output().with_context(|| format!("cannot run `{line}`"))?;
    ensure!(output.status.success(), "`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).with_context(|| format!("`{line}` printed no counts"))
}

fn rustc() -> Result<String> {
    let output = Command::new("rustc").current_dir(project::root()).arg("--version").output();
    Ok(String::from_utf8_lossy(&output.context("cannot run rustc")?.stdout).trim().to_owned())
}

/// What became of one count.
struct Verdict {
    what: String,
    count: u64,
    /// The ratio to `reference`, over what it was.
    change: f64,
    is_slower: bool,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { what, count, change, is_slower } = self;
        let percent = (change - 1.0) * 100.0;
        write!(f, "{what}: {count} instructions, {percent:+.1} % beside the reference")?;
        if *is_slower {
            f.write_str(": that is TOO MANY")
        } else if *change < 1.0 - TOLERANCES[0] {
            f.write_str(": `cargo xtask bench --accept` would keep it so")
        } else {
            Ok(())
        }
    }
}

fn compare(baseline: &Baseline, found: &Baseline) -> Result<Vec<Verdict>> {
    let tolerance = TOLERANCES[usize::from(baseline.rustc != found.rustc)];
    let mut verdicts = Vec::new();
    for (variant, found) in &found.counts {
        let before = baseline.counts.get(variant).with_context(|| {
            format!("benches/counts.json has no variant {variant}: `cargo xtask bench --accept` counts it")
        })?;
        for ((name, count, ratio), (_, _, before)) in found.ratios().into_iter().zip(before.ratios()) {
            let change = ratio / before;
            let what = format!("{variant}: {name}");
            verdicts.push(Verdict { what, count, change, is_slower: change > 1.0 + tolerance });
        }
    }
    Ok(verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline(rustc: &str, step: u64, reference: u64) -> Baseline {
        let counts = Counts { step, evaluate: 500, drawing: 70, reference };
        Baseline { rustc: rustc.into(), counts: [("simd128".to_owned(), counts)].into() }
    }

    fn slower(before: &Baseline, after: &Baseline) -> Vec<bool> {
        compare(before, after).unwrap().iter().map(|verdict| verdict.is_slower).collect()
    }

    #[test]
    fn growth_is_noticed_beside_the_reference() {
        let before = baseline("rustc 1", 1000, 10_000);
        assert_eq!(slower(&before, &before), [false, false, false]);
        assert_eq!(slower(&before, &baseline("rustc 1", 1029, 10_000)), [false, false, false]);
        assert_eq!(slower(&before, &baseline("rustc 1", 1040, 10_000)), [true, false, false]);
        assert_eq!(slower(&before, &baseline("rustc 1", 700, 10_000)), [false, false, false]);
        // Another compiler may differ more, and what it does to both is no change.
        assert_eq!(slower(&before, &baseline("rustc 2", 1030, 10_000)), [false, false, false]);
        assert_eq!(slower(&before, &baseline("rustc 2", 1500, 15_000)), [false, false, false]);
        assert_eq!(slower(&before, &baseline("rustc 2", 1200, 10_000)), [true, false, false]);
    }

    #[test]
    fn verdicts_say_by_how_much_and_what_to_do() {
        let verdicts =
            |step| compare(&baseline("rustc 1", 1000, 10_000), &baseline("rustc 1", step, 10_000)).unwrap();
        assert_eq!(
            verdicts(1100)[0].to_string(),
            "simd128: a training step: 1100 instructions, +10.0 % beside the reference: that is TOO MANY"
        );
        assert!(
            verdicts(900)[0]
                .to_string()
                .ends_with("-10.0 % beside the reference: `cargo xtask bench --accept` would keep it so")
        );
        let none = Baseline { rustc: "rustc 1".into(), counts: BTreeMap::new() };
        let error = compare(&none, &baseline("rustc 1", 1, 1)).err().unwrap().to_string();
        assert!(error.contains("simd128") && error.contains("--accept"), "{error}");
    }
}
