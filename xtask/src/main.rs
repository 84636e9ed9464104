//! `cargo xtask`: builds, serves, tests and measures Sumi.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{bench, fixtures, install::Install, screenshots, serve, site, strokes, test};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, serves, tests and measures Sumi")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the wasm and put the whole site together in dist/
    Build(Install),
    /// Build the site, serve it on this machine and open it in the browser
    Serve(serve::Options),
    /// Check everything: formatting, clippy, and the tests natively, in wasm and in the page
    Test(test::Options),
    /// Measure a training step and its parts: natively, in headless Chromium, with JAX and NumPy beside them
    Bench(bench::Options),
    /// Train, and report how well a file of drawings is read
    Strokes(strokes::Options),
    /// Make the golden files of tests/fixtures/ anew, with real Keras
    Fixtures(fixtures::Options),
    /// Take pictures of the page in three widths and both themes
    Screenshots(screenshots::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Build(install) => site::build(install),
        Command::Serve(options) => serve::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Strokes(options) => strokes::run(&options),
        Command::Fixtures(options) => fixtures::run(&options),
        Command::Screenshots(options) => screenshots::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
