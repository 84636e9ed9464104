//! Counts the instructions that the bench page's wasm takes for a training step and the like, and prints them as JSON:
//! `count-instructions WASM`. In a binary of its own, so that `cargo xtask serve` need not wait for an interpreter to be built.
//!
//! [wasmi] counts what it executes: the same number every time. What a step takes is the difference between some steps and some more.

use std::{env, fmt, fs, process::ExitCode};

use anyhow::{Context, Result, bail, ensure};
use wasmi::{
    CompilationMode, Config, Engine, ExternType, Linker, Module, OperatorCost, Store, Val, errors::HostError,
};
use xtask::counts::Counts;

fn main() -> ExitCode {
    match run() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let path = env::args_os().nth(1).context("usage: count-instructions WASM")?;
    let wasm = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let counts = Interpreter::new(&wasm)?.counts()?;
    serde_json::to_string(&counts).context("counts are JSON")
}

/// What an instruction counts where it is not one: nothing for what an engine turns into registers, and for divisions and square roots how many
/// multiply-adds take as long (`cargo xtask bench parts`, in Chromium on Zen 4: 5.9 and 9.8).
fn costs() -> OperatorCost {
    OperatorCost {
        local_get: 0,
        local_set: 0,
        local_tee: 0,
        i32_const: 0,
        f32_const: 0,
        v128_const: 0,
        f32_div: 6,
        f32x4_div: 6,
        f32_sqrt: 10,
        f32x4_sqrt: 10,
        ..OperatorCost::default()
    }
}

/// The bench page's wasm, ready to run again and again.
struct Interpreter {
    engine: Engine,
    module: Module,
}

/// What is done: as in `bench::exercise`.
#[derive(Clone, Copy, Default)]
struct Exercise {
    reference: bool,
    steps: u32,
    evaluations: u32,
    drawings: u32,
}

impl Interpreter {
    fn new(wasm: &[u8]) -> Result<Self> {
        let mut config = Config::default();
        config.consume_fuel(true).operator_cost(costs()).compilation_mode(CompilationMode::Eager);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, wasm).context("wasmi does not take it")?;
        Ok(Self { engine, module })
    }

    fn counts(&self) -> Result<Counts> {
        let once = Exercise { steps: 2, ..Exercise::default() };
        let difference = |less: Exercise, more: Exercise, times: u64| -> Result<u64> {
            Ok((self.run(more)? - self.run(less)?) / times)
        };
        let reference = Exercise { reference: true, steps: 1, ..once };
        Ok(Counts {
            step: difference(once, Exercise { steps: 6, ..once }, 4)?,
            evaluate: difference(once, Exercise { evaluations: 2, ..once }, 2)?,
            drawing: difference(once, Exercise { drawings: 4, ..once }, 4)?,
            reference: difference(reference, Exercise { steps: 2, ..reference }, 1)?,
        })
    }

    /// Instructions of a fresh instance.
    fn run(&self, exercise: Exercise) -> Result<u64> {
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        for import in self.module.imports() {
            let (module, name) = (import.module(), import.name());
            let ExternType::Func(kind) = import.ty() else {
                bail!("it imports {module}.{name}, which is no function")
            };
            let called = Called(format!("{module}.{name}"));
            linker.func_new(module, name, kind.clone(), move |_, _, _| {
                Err(wasmi::Error::host(called.clone()))
            })?;
        }
        store.set_fuel(u64::MAX)?;
        let instance = linker.instantiate_and_start(&mut store, &self.module)?;
        let function = instance.get_func(&store, "exercise").context("it exports no `exercise`")?;
        let Exercise { reference, steps, evaluations, drawings } = exercise;
        let arguments = [u32::from(reference), steps, evaluations, drawings].map(|it| Val::I32(it as i32));
        let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
        function.call(&mut store, &arguments, &mut results).context("`exercise` failed")?;
        ensure!(!results.is_empty(), "`exercise` answers nothing");
        Ok(u64::MAX - store.get_fuel()?)
    }
}

/// A call of JavaScript, which there is none of here.
#[derive(Debug, Clone)]
struct Called(String);

impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it calls {}, which only a browser has", self.0)
    }
}

impl HostError for Called {}
