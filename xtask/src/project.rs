//! Where the project's folders are, and how its cargo is called.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The root of the project: the folder that holds `src/`, `www/` and `dist/`.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the root")
}

/// Where the site is put together, and served from.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's own folder, for what is built on the way.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The cargo that runs us, to be run in the root.
///
/// Cargo describes xtask itself in the environment (`CARGO_PKG_NAME` and the like). Build scripts that look there
/// would run anew each time that cargo is called now from a shell, now from here, so what it said of us is removed.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// Runs a command whose output the user sees, and fails with its command line when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let line = command_line(command);
    let status = command.status().with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// A command as a person would type it.
pub fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    command.get_args().fold(program.into_owned(), |line, arg| {
        let arg = arg.to_string_lossy();
        if arg.contains(|c: char| c.is_whitespace() || "[]'\"".contains(c)) {
            format!("{line} '{arg}'")
        } else {
            format!("{line} {arg}")
        }
    })
}
