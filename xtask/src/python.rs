//! Python for what only Python has: virtual environments below `target/`, made once and kept.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{install::Install, project};

/// A Python that has exactly `requirements` (a requirements file's text), in the virtual environment `target/NAME`.
///
/// # Errors
/// When there is no environment yet and it may not be made, or cannot be: the message says what is missing.
pub fn environment(name: &str, requirements: &str, install: Install) -> Result<PathBuf> {
    let venv = project::target().join(name);
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last: an environment that was given up half-way has none, and another version's has another.
    let done = venv.join("requirements.txt");
    if fs::read_to_string(&done).is_ok_and(|text| text == requirements) && works(&python) {
        return Ok(python);
    }
    if !install.allowed() {
        bail!("{} is missing or outdated, and --no-install forbids to make it", venv.display());
    }
    println!("Making a Python environment in {}", venv.display());
    make(&venv, &python)?;
    let list = venv.join("requirements.in.txt");
    fs::write(&list, requirements).with_context(|| format!("cannot write {}", list.display()))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    project::run(&mut pip).with_context(|| {
        format!(
            "pip could not install {}: is there a network, and is there a package for {} (see what pip says above)?",
            wanted(requirements),
            version(&python)
        )
    })?;
    fs::rename(&list, &done).with_context(|| format!("cannot write {}", done.display()))?;
    Ok(python)
}

/// An empty environment, in place of whatever lies there.
fn make(venv: &Path, python: &Path) -> Result<()> {
    // Python 3 has its number on Unix, and is the only one elsewhere.
    let system = if cfg!(windows) { "python" } else { "python3" };
    if !works(Path::new(system)) {
        bail!(
            "there is no `{system}`: install Python 3 from your distribution or https://www.python.org, and try again"
        );
    }
    let mut command = Command::new(system);
    command.args(["-m", "venv", "--clear"]).arg(venv);
    if project::run(&mut command).is_err() || !works(python) {
        bail!(
            "`{}` does not work: on Debian and Ubuntu, install the package python3-venv, and try again",
            project::command_line(&command)
        );
    }
    Ok(())
}

fn works(python: &Path) -> bool {
    Command::new(python).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// As in `Python 3.11.7`.
fn version(python: &Path) -> String {
    let output = Command::new(python).arg("--version").output();
    output.map_or("this Python".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The requirements in few words: one by name, or how many.
fn wanted(requirements: &str) -> String {
    let lines: Vec<_> = requirements.lines().filter(|line| line.contains("==")).collect();
    match lines[..] {
        [one] => one.to_owned(),
        _ => format!("the {} packages", lines.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_environment_is_named_and_not_made() {
        let install: Install = parse(&["--no-install"]);
        let error = environment("no-such-python", "numpy==1.0", install).unwrap_err().to_string();
        assert!(error.contains("no-such-python") && error.contains("--no-install"), "{error}");
        assert!(!project::target().join("no-such-python").exists());
    }

    fn parse(args: &[&str]) -> Install {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            install: Install,
        }
        let cli: Cli = clap::Parser::parse_from([&["test"], args].concat());
        cli.install
    }

    #[test]
    fn requirements_in_few_words() {
        assert_eq!(wanted("numpy==2.4.6"), "numpy==2.4.6");
        assert_eq!(wanted("# pinned\na==1\nb==2\n"), "the 2 packages");
    }
}
