//! `cargo xtask`: builds, serves, tests and measures Sumi.

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::{serve, site};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, serves, tests and measures Sumi")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the wasm and put the whole site together in dist/
    Build,
    /// Build the site, serve it on this machine and open it in the browser
    Serve(serve::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Build => site::build(),
        Command::Serve(options) => serve::run(&options),
    }
}
