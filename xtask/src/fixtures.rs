//! `cargo xtask fixtures`: the golden files of `tests/fixtures/`, made by real Keras, and Keras's own figures on MNIST.
//!
//! What it makes is checked in, so that the tests need no Python.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use clap::Args;

use crate::{install::Install, mnist, project, python};

/// Where Keras's figures are kept: beside Sumi's own, for the page.
const SEEDS: &str = "www/seeds/keras.json";

/// What `cargo xtask fixtures` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Instead, train the quickstart in Keras with this many seeds, five epochs each (half a minute and more a seed), and
    /// record what it reads in www/seeds/keras.json
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    seeds: Option<u32>,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
}

/// Runs the script in an environment of its own.
pub fn run(options: &Options) -> Result<()> {
    let folder = project::root().join("tests/fixtures");
    // Before TensorFlow is installed, for that takes a minute.
    let mnist = match options.seeds {
        None => None,
        Some(_) => Some(options.mnist.find()?.context(
            "--seeds trains on MNIST, and there is none: name a folder with its four .gz files with --mnist DIR or MNIST_DIR",
        )?),
    };
    let requirements = folder.join("requirements.txt");
    let text = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let python = python::environment("fixtures-python", &text, options.install).with_context(|| {
        format!(
            "no Keras: {} pins tensorflow-cpu, which is made for Linux and Windows on x86-64 and Python 3.11 to 3.13",
            requirements.display()
        )
    })?;
    let script = |name: &str| {
        let mut command = Command::new(&python);
        // No __pycache__ beside the scripts.
        command.current_dir(project::root()).arg("-B").arg(folder.join(name));
        command
    };
    match (options.seeds, mnist) {
        (Some(seeds), Some(mnist)) => {
            let out = project::root().join(SEEDS);
            fs::create_dir_all(out.parent().unwrap_or(Path::new(".")))
                .with_context(|| format!("cannot make the folder of {}", out.display()))?;
            let mut command = script("keras_seeds.py");
            project::run(command.arg(mnist).arg(seeds.to_string()).arg(&out))?;
            println!("Keras's figures are in {}", out.display());
        }
        _ => {
            project::run(script("keras_fixtures.py").arg(&folder))?;
            println!(
                "The golden files are in {}; `cargo test --test golden` compares Sumi with them",
                folder.display()
            );
        }
    }
    Ok(())
}
