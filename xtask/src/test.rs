//! `cargo xtask test`: everything that can be checked on this machine, and a plain word on what could not be.

use std::{
    env, fmt, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    browser::{self, Kind},
    counts,
    install::Install,
    mnist, npm, project, site, wasm,
};

/// What `cargo xtask test` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Run only these steps; by default all, in this order
    #[arg(value_enum)]
    steps: Vec<Step>,
    /// Also build every wasm variant for the page, and check the crate by itself in the one that has threads: some minutes more
    #[arg(long)]
    exhaustive: bool,
    /// The browser of the page's tests. In Firefox those are run whose names begin with `everywhere_`, and no other step unless it is named
    #[arg(long, value_enum, default_value_t = Kind::Chromium)]
    browser: Kind,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
    /// Handed on to the tests, as in `cargo xtask test page -- draws`
    #[arg(last = true)]
    args: Vec<String>,
}

/// The steps, cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted
    Format,
    /// Clippy has nothing to say, natively and for wasm
    Clippy,
    /// Unit, integration and documentation tests on this machine
    Native,
    /// The tests of the crate in a browser, in every wasm variant
    Wasm,
    /// No more instructions a training step than there were
    Counts,
    /// The types of the page's scripts
    Types,
    /// The real page in a real browser
    Page,
}

/// How a step ended. Only what has really run can have passed.
#[derive(Debug, PartialEq)]
enum Outcome {
    Passed(Counts),
    /// Nothing failed, but not everything ran.
    NotRun(String),
    Failed(String),
}

/// Sums over the test binaries of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    passed: usize,
    ignored: usize,
    /// That a filter left out.
    left_out: usize,
}

/// Runs the steps to the last, whatever fails on the way, and sums up.
pub fn run(options: &Options) -> Result<()> {
    let steps = match (options.browser, &options.steps[..]) {
        (Kind::Chromium, []) => Step::value_variants(),
        (Kind::Firefox, []) => &[Step::Page],
        (_, named) => named,
    };
    let needs_mnist = steps.iter().any(|step| matches!(step, Step::Native | Step::Page));
    let tests = Tests {
        install: options.install,
        exhaustive: options.exhaustive,
        browser: options.browser,
        mnist: if needs_mnist { options.mnist.find()? } else { None },
        args: &options.args,
        site: OnceLock::new(),
    };
    let mut results = Vec::new();
    // It waits for the network, mostly, and what needs nothing of it compiles meanwhile.
    let install = options.install;
    let mut prefetch = (steps.len() > 1).then(|| thread::spawn(move || install.prefetch()));
    for &step in steps {
        if !matches!(step, Step::Format | Step::Clippy)
            && let Some(running) = prefetch.take()
        {
            let done = running.join().expect("apt-get's failure is an error, no panic");
            if let Err(error) = done {
                println!("{error:#}: the steps that need it will try again");
            }
        }
        println!("\n── {step} {}", "─".repeat(60));
        let start = Instant::now();
        let outcome = tests.run(step).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        println!("{step}: {outcome}");
        results.push((step, outcome, start.elapsed()));
    }
    println!("\n── summary {}", "─".repeat(60));
    for (step, outcome, took) in &results {
        println!("{:8}{:>7.1} s  {outcome}", step.to_string(), took.as_secs_f64());
    }
    judge(results.iter().map(|(_, outcome, _)| outcome), is_ci())
}

/// On a developer's machine what could not run is only said; in continuous integration it is a failure.
fn judge<'a>(outcomes: impl Iterator<Item = &'a Outcome>, is_ci: bool) -> Result<()> {
    let (mut failed, mut not_run) = (0, 0);
    for outcome in outcomes {
        match outcome {
            Outcome::Passed(_) => {}
            Outcome::NotRun(_) => not_run += 1,
            Outcome::Failed(_) => failed += 1,
        }
    }
    match (failed, not_run) {
        (0, 0) => println!("All of it passed."),
        (0, _) if !is_ci => println!("Nothing failed, but not all of it could run: see above."),
        (0, _) => bail!("{not_run} steps could not run in full, which CI=true does not allow"),
        _ => bail!("{failed} steps failed"),
    }
    Ok(())
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// What the steps share.
struct Tests<'a> {
    install: Install,
    exhaustive: bool,
    browser: Kind,
    mnist: Option<PathBuf>,
    args: &'a [String],
    /// Set once the site has been built.
    site: OnceLock<()>,
}

impl Tests<'_> {
    fn run(&self, step: Step) -> Result<Outcome> {
        match step {
            Step::Format => self.format(),
            Step::Clippy => self.clippy(),
            Step::Native => self.native(),
            Step::Wasm => self.wasm(),
            Step::Counts => self.counts(),
            Step::Types => self.types(),
            Step::Page => self.page(),
        }
    }

    fn format(&self) -> Result<Outcome> {
        self.install.components()?;
        project::run(project::cargo().args(["fmt", "--all", "--check"]))?;
        Ok(Outcome::Passed(Counts::default()))
    }

    fn clippy(&self) -> Result<Outcome> {
        self.install.components()?;
        self.install.wasm_target()?;
        let deny = ["--", "-D", "warnings"];
        let mut native = project::cargo();
        native.args(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"]).args(deny);
        project::run(&mut native)?;
        let threads = self.install.std_source();
        // Nothing in the code asks which instructions there are: one variant without threads is as good as the other.
        for variant in self.variants(&threads).filter(|variant| variant.name != "simd128") {
            project::run(variant.cargo("clippy").args(["--lib", "--features", "bench"]).args(deny))?;
            // The tests themselves know nothing of threads.
            if !variant.has_threads {
                // Tests may unwrap (clippy.toml), but Clippy does not know wasm-bindgen's tests for such.
                let allow = ["-A", "clippy::unwrap_used"];
                project::run(variant.cargo("clippy").arg("--tests").args(deny).args(allow))?;
            }
        }
        Ok(with_threads(threads, Outcome::Passed(Counts::default())))
    }

    /// The wasm variants that are tested, given whether those with threads can be built. Those are tested on demand: their standard library is built from source, and the page's tests run them in any case.
    fn variants(&self, threads: &Result<()>) -> impl Iterator<Item = wasm::Variant> {
        let threads = threads.is_ok() && self.exhaustive;
        wasm::VARIANTS
            .into_iter()
            .filter(move |variant| variant.is_tested && (threads || !variant.has_threads))
    }

    fn native(&self) -> Result<Outcome> {
        // A software adapter is slow but not optional: a GPU test that could not run has not passed.
        let gpu = self.install.vulkan();
        let args: &[&str] = if gpu.is_ok() { &[] } else { &["--skip", "gpu::"] };
        let mut counts = Counts::default();
        let mut failed = Ok(());
        for package in ["sumi", "xtask"] {
            let mut cargo = project::cargo();
            cargo.args(["test", "--locked", "--no-fail-fast", "--package", package]);
            // Mesa complains of it once a device where nobody has logged in, as in a container.
            if env::var_os("XDG_RUNTIME_DIR").is_none() {
                cargo.env("XDG_RUNTIME_DIR", env::temp_dir());
            }
            // One package's failure does not hide the other's.
            match self.tests(&mut cargo, args, "") {
                Ok(more) => counts.add(more),
                Err(error) => failed = Err(error),
            }
        }
        failed?;
        Ok(match gpu {
            Ok(()) => self.outcome(counts),
            Err(error) => Outcome::NotRun(format!("the GPU's tests: {error:#}")),
        })
    }

    fn wasm(&self) -> Result<Outcome> {
        self.install.wasm_target()?;
        let chromedriver = match self.install.chromedriver() {
            Ok(path) => path,
            Err(error) => return Ok(Outcome::NotRun(format!("{error:#}"))),
        };
        let mut build = project::cargo();
        build.args(["build", "--locked", "--package", "xtask", "--features", "wasm-tests"]);
        project::run(build.args(["--bin", "wasm-test-runner"]).arg("--target-dir").arg(project::target()))?;
        let name = format!("debug/wasm-test-runner{}", env::consts::EXE_SUFFIX);
        let runner = format!("target.{}.runner=['{}']", wasm::TARGET, project::target().join(name).display());

        // Chromium's flags for the runner, which starts it.
        let capabilities = project::target().join("webdriver.json");
        let json = serde_json::json!({ "goog:chromeOptions": { "args": browser::CHROMIUM_FLAGS } });
        fs::write(&capabilities, json.to_string())
            .with_context(|| format!("cannot write {}", capabilities.display()))?;

        // Side by side, for a browser at work is one thread's.
        let threads = self.install.std_source();
        let counts = thread::scope(|scope| {
            let test = |variant: wasm::Variant| {
                let (runner, capabilities, chromedriver) = (&runner, &capabilities, &chromedriver);
                scope.spawn(move || self.wasm_variant(variant, runner, capabilities, chromedriver))
            };
            let running: Vec<_> = self.variants(&threads).map(test).collect();
            let mut counts = Counts::default();
            let mut failed = Ok(());
            for variant in running {
                // One variant's failure does not hide the other's.
                match variant.join().expect("a test that fails is an error, no panic") {
                    Ok(more) => counts.add(more),
                    Err(error) => failed = Err(error),
                }
            }
            failed.map(|()| counts)
        })?;
        Ok(with_threads(threads, self.outcome(counts)))
    }

    /// Runs the crate's tests in one wasm variant.
    fn wasm_variant(
        &self,
        variant: wasm::Variant,
        runner: &str,
        capabilities: &Path,
        chromedriver: &Path,
    ) -> Result<Counts> {
        println!("Testing the wasm variant {} ({})", variant.name, variant.target_features);
        let mut cargo = variant.cargo("test");
        // Documentation tests are the native step's: each would be a page of its own. Shared memory changes nothing in the data.
        let tests: &[_] =
            if variant.has_threads { &["--test", "kernels", "--test", "training"] } else { &["--tests"] };
        cargo.arg("--lib").args(tests).args(["--config", runner]);
        // The runner reads all of the debug information, which takes longer than the tests.
        cargo.args(["--config", "profile.dev.debug=false", "--config", "profile.dev.strip='debuginfo'"]);
        cargo.env("CHROMEDRIVER", chromedriver);
        cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
        // Where the page computes, too.
        cargo.env("WASM_BINDGEN_USE_DEDICATED_WORKER", "1");
        cargo.env("WASM_BINDGEN_TEST_TIMEOUT", TIMEOUT.as_secs().to_string());
        self.tests(&mut cargo, &[], &format!("{:8} │ ", variant.name))
    }

    fn counts(&self) -> Result<Outcome> {
        Ok(Outcome::Passed(Counts { passed: counts::check(self.install)?, ..Counts::default() }))
    }

    fn types(&self) -> Result<Outcome> {
        let packages = match npm::packages(self.install) {
            Ok(path) => path,
            Err(error) => return Ok(Outcome::NotRun(format!("{error:#}"))),
        };
        self.site()?;
        npm::check_types(&packages)?;
        Ok(Outcome::Passed(Counts::default()))
    }

    /// Builds the site that the tests take, for the first of them.
    fn site(&self) -> Result<()> {
        if self.site.get().is_none() {
            site::build_where(self.install, |variant| variant.is_tested || self.exhaustive)?;
        }
        self.site.get_or_init(|| ());
        Ok(())
    }

    fn page(&self) -> Result<Outcome> {
        self.site()?;
        let mut cargo = project::cargo();
        cargo.args(["test", "--locked", "--package", "xtask", "--test", "page"]);
        cargo.env(browser::BROWSER, self.browser.name());
        if let Err(error) = self.install_browser(&mut cargo) {
            return Ok(Outcome::NotRun(format!("{error:#}")));
        }
        let threads = self.install.std_source();
        // Each has a server and a browser of its own, and waits for these rather than computes: but for so many all of them would be slow.
        let at_once = thread::available_parallelism().map_or(2, |processors| processors.get().clamp(2, 4));
        let at_once = format!("--test-threads={at_once}");
        let mut args = Vec::new();
        if !self.args.iter().any(|arg| arg.starts_with("--test-threads")) {
            args.push(&at_once[..]);
        }
        if threads.is_err() {
            args.extend(["--skip", "threads_"]);
        }
        let packages = npm::packages(self.install);
        match &packages {
            Ok(folder) => drop(cargo.env("AXE", folder.join("axe-core/axe.min.js"))),
            Err(_) => args.extend(["--skip", "axe_"]),
        }
        // Whoever names tests gets them.
        if self.browser == Kind::Firefox && self.args.is_empty() {
            args.push(EVERYWHERE);
        }
        let counts = self.tests(&mut cargo, &args, "")?;
        if self.browser == Kind::Firefox {
            println!("{} tests were left out: what the others ask only Chromium can do", counts.left_out);
        }
        let outcome = with_threads(threads, self.outcome(counts));
        Ok(with("axe-core's rules", packages.map(drop), outcome))
    }

    /// Sees to the browser of the page's tests and to its driver, and tells the tests where they are.
    fn install_browser(&self, cargo: &mut Command) -> Result<()> {
        match self.browser {
            Kind::Chromium => {
                cargo.env("CHROMEDRIVER", self.install.chromedriver()?);
            }
            Kind::Firefox => {
                let (driver, firefox) = self.install.geckodriver()?;
                cargo.env("GECKODRIVER", driver);
                if let Some(firefox) = firefox {
                    cargo.env("FIREFOX", firefox);
                }
            }
        }
        Ok(())
    }

    /// Runs `cargo test` with MNIST where there is some. The tests that need it are ignored where there is none.
    /// `label` stands before each line of theirs.
    fn tests(&self, cargo: &mut Command, args: &[&str], label: &str) -> Result<Counts> {
        cargo.arg("--").args(args).args(self.args);
        if let Some(mnist) = &self.mnist {
            cargo.arg("--include-ignored").env("MNIST_DIR", mnist);
        }
        count(cargo, label)
    }

    fn outcome(&self, counts: Counts) -> Outcome {
        match (counts.ignored, &self.mnist) {
            // With a filter there may well be none that it picks.
            (0, _) if counts.passed == 0 && self.args.is_empty() => {
                Outcome::NotRun("there are no tests".to_owned())
            }
            (0, _) => Outcome::Passed(counts),
            (n, Some(_)) => Outcome::NotRun(format!("{n} tests ignored")),
            (n, None) => Outcome::NotRun(format!("{n} tests ignored: no MNIST (see --mnist)")),
        }
    }
}

/// What has passed without threads has not run in full.
fn with_threads(threads: Result<()>, outcome: Outcome) -> Outcome {
    with("what has threads", threads, outcome)
}

/// What has passed without a part that is not there has not run in full.
fn with(part: &str, there: Result<()>, outcome: Outcome) -> Outcome {
    match (there, outcome) {
        (Err(why), Outcome::Passed(_)) => Outcome::NotRun(format!("{part}: {why:#}")),
        (Err(why), Outcome::NotRun(what)) => Outcome::NotRun(format!("{what}; {part}: {why:#}")),
        (_, outcome) => outcome,
    }
}

/// How the names of the page's tests begin that ask of a browser only what the WebDriver standard has. The others are Chromium's alone.
const EVERYWHERE: &str = "everywhere_";

/// How long one wasm test binary may take.
const TIMEOUT: Duration = Duration::from_secs(600);

/// Runs `cargo test`, shows what it says and adds up its `test result:` lines.
fn count(cargo: &mut Command, label: &str) -> Result<Counts> {
    let line = project::command_line(cargo);
    let mut child = cargo.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run `{line}`"))?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut counts = Counts::default();
    for text in BufReader::new(output).split(b'\n') {
        let text = text.context("cargo's output broke off")?;
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&[label.as_bytes(), &text, b"\n"].concat()).context("cannot print")?;
        counts.add(Counts::from_line(&String::from_utf8_lossy(&text)));
    }
    let status = child.wait().with_context(|| format!("`{line}` got lost"))?;
    if !status.success() {
        bail!("`{line}` failed");
    }
    Ok(counts)
}

impl Counts {
    /// `test result: ok. 13 passed; 0 failed; 1 ignored; …`; nothing from any other line.
    fn from_line(line: &str) -> Self {
        let Some((_, result)) = line.split_once("test result: ") else { return Self::default() };
        let number = |what: &str| {
            let words: Vec<_> = result.split([' ', ';']).filter(|word| !word.is_empty()).collect();
            words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
        };
        Self { passed: number("passed"), ignored: number("ignored"), left_out: number("filtered") }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.ignored += other.ignored;
        self.left_out += other.left_out;
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Format => "format",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Counts => "counts",
            Self::Types => "types",
            Self::Page => "page",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(Counts { passed: 0, .. }) => f.write_str("passed"),
            Self::Passed(Counts { passed, .. }) => write!(f, "passed ({passed} tests)"),
            Self::NotRun(why) => write!(f, "NOT RUN: {why}"),
            Self::Failed(why) => write!(f, "FAILED: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_as_cargo_and_wasm_bindgen_write_them() {
        let line =
            "test result: ok. 13 passed; 0 failed; 2 ignored; 0 measured; 8 filtered out; finished in 0.09s";
        assert_eq!(Counts::from_line(line), Counts { passed: 13, ignored: 2, left_out: 8 });
        let line =
            "\u{1b}[0mtest result: \u{1b}[32mok\u{1b}[m. 4 passed; 0 failed; 1 ignored; 0 filtered out";
        assert_eq!(Counts::from_line(line), Counts { passed: 4, ignored: 1, left_out: 0 });
        assert_eq!(Counts::from_line("test ignored_images ... ok"), Counts::default());
    }

    #[test]
    fn what_did_not_run_fails_only_in_ci() {
        let outcomes = [Outcome::Passed(Counts::default()), Outcome::NotRun("no Chromium".to_owned())];
        assert!(judge(outcomes.iter(), false).is_ok());
        assert!(judge(outcomes.iter(), true).is_err());
        assert!(judge(outcomes[..1].iter(), true).is_ok());
        assert!(judge([Outcome::Failed("clippy".to_owned())].iter(), false).is_err());
    }

    fn three_passed(ignored: usize) -> Counts {
        Counts { passed: 3, ignored, left_out: 0 }
    }

    #[test]
    fn without_threads_a_step_has_not_run_in_full() {
        let passed = || Outcome::Passed(three_passed(0));
        let missing = || Err(anyhow::anyhow!("no rust-src"));
        assert_eq!(with_threads(Ok(()), passed()), passed());
        assert_eq!(
            with_threads(missing(), passed()),
            Outcome::NotRun("what has threads: no rust-src".to_owned())
        );
        let failed = || Outcome::Failed("clippy".to_owned());
        assert_eq!(with_threads(missing(), failed()), failed());
        for (exhaustive, source, has_threads) in
            [(true, missing(), false), (true, Ok(()), true), (false, Ok(()), false)]
        {
            let tests = Tests {
                install: Install::default(),
                exhaustive,
                browser: Kind::Chromium,
                mnist: None,
                args: &[],
                site: OnceLock::new(),
            };
            assert_eq!(tests.variants(&source).any(|variant| variant.has_threads), has_threads);
        }
    }

    #[test]
    fn ignored_tests_have_not_passed() {
        let args = Vec::new();
        let install = Install::default();
        let mut tests = Tests {
            install,
            exhaustive: false,
            browser: Kind::Chromium,
            mnist: None,
            args: &args,
            site: OnceLock::new(),
        };
        let counts = three_passed(1);
        assert_eq!(
            tests.outcome(counts),
            Outcome::NotRun("1 tests ignored: no MNIST (see --mnist)".to_owned())
        );
        tests.mnist = Some(PathBuf::from("mnist"));
        assert_eq!(tests.outcome(counts), Outcome::NotRun("1 tests ignored".to_owned()));
        assert_eq!(tests.outcome(three_passed(0)), Outcome::Passed(three_passed(0)));
    }
}
