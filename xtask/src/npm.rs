//! What only npm has: tools of the tests, in `target/npm/`, as `xtask/npm/package-lock.json` pins them. Nothing of it is part of the site.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{install::Install, project};

/// What npm is told.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Sees to the pinned packages. Answers their folder, `node_modules`.
///
/// # Errors
/// When there is no npm, or the packages are not there yet and may not or cannot be fetched.
pub fn packages(install: Install) -> Result<PathBuf> {
    install.npm()?;
    let [source, folder] = [source(), project::target().join("npm")];
    let packages = folder.join("node_modules");
    // Written last: what was given up half-way has none, and another version's is another.
    let done = packages.join("done.json");
    let lock = source.join(FILES[1]);
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if fs::read(&done).is_ok_and(|found| found == wanted) {
        return Ok(packages);
    }
    if !install.allowed() {
        bail!("{} is missing or outdated, and --no-install forbids to make it", packages.display());
    }
    println!("Fetching what the tests need of npm into {}", packages.display());
    let copy = |name| fs::copy(source.join(name), folder.join(name));
    fs::create_dir_all(&folder)
        .and_then(|()| FILES.into_iter().try_for_each(|name| copy(name).map(drop)))
        .with_context(|| format!("cannot write to {}", folder.display()))?;
    let mut npm = npm();
    npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    project::run(&mut npm).context("npm could not install: is there a network (see what npm says above)?")?;
    fs::write(&done, &wanted).with_context(|| format!("cannot write {}", done.display()))?;
    Ok(packages)
}

/// Checks the types of the page's scripts, which are JSDoc. The site must have been built, for the wasm's types are there.
///
/// # Errors
/// When something has another type than it says: TypeScript prints what and where.
pub fn check_types(packages: &Path) -> Result<()> {
    let mut tsc = Command::new("node");
    tsc.arg(packages.join("typescript/bin/tsc")).arg("--project").arg(source().join("tsconfig.json"));
    project::run(&mut tsc)
}

fn source() -> PathBuf {
    project::root().join("xtask/npm")
}

/// On Windows it is a script, which only a shell runs.
fn npm() -> Command {
    if cfg!(windows) {
        let mut shell = Command::new("cmd");
        shell.args(["/C", "npm"]);
        shell
    } else {
        Command::new("npm")
    }
}
