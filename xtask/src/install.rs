//! What a fresh machine lacks: looked for, named, and installed where that can be done without a question.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{project, wasm};

/// The geckodriver that is built where there is none.
const GECKODRIVER: &str = "=0.37.0";

/// Mesa's Vulkan drivers, as Debian and Ubuntu call them.
const VULKAN_PACKAGES: [&str; 1] = ["mesa-vulkan-drivers"];

/// Node.js, as they call it.
const NPM_PACKAGES: [&str; 2] = ["nodejs", "npm"];

/// Whether anything may be installed.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Install {
    /// Install nothing: say what is missing instead
    #[arg(long)]
    no_install: bool,
}

impl Install {
    /// Whether it may.
    pub fn allowed(self) -> bool {
        !self.no_install
    }

    /// Adds the wasm target when rustc has none. A toolchain file could ask for it, but would also pin the toolchain.
    pub fn wasm_target(self) -> Result<()> {
        let mut rustc = Command::new("rustc");
        rustc.current_dir(project::root()).args(["--print", "target-libdir", "--target", wasm::TARGET]);
        let printed = rustc.output().context("cannot run rustc: install Rust from https://rustup.rs")?;
        let folder = String::from_utf8_lossy(&printed.stdout);
        if printed.status.success() && Path::new(folder.trim()).exists() {
            return Ok(());
        }
        self.run(&format!("Rust's target {}", wasm::TARGET), &[&["rustup", "target", "add", wasm::TARGET]])
    }

    /// Sees to the source of Rust's standard library, which the variants with threads are built with: a component of rustup, and
    /// what the library itself is made of, from crates.io. Neither can be had where Rust is a distribution's, or without a network.
    pub fn std_source(self) -> Result<()> {
        let mut rustc = Command::new("rustc");
        let printed = rustc.current_dir(project::root()).args(["--print", "sysroot"]).output();
        let printed = printed.context("cannot run rustc: install Rust from https://rustup.rs")?;
        let sysroot = String::from_utf8_lossy(&printed.stdout);
        if !Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").exists() {
            self.run(
                "the source of Rust's standard library",
                &[&["rustup", "component", "add", "rust-src"]],
            )?;
        }
        let fetched = wasm::fetch_std().output().context("cannot run cargo")?;
        if !fetched.status.success() {
            let said = String::from_utf8_lossy(&fetched.stderr);
            bail!("what the standard library is built from could not be fetched: {}", said.trim());
        }
        Ok(())
    }

    /// Adds rustfmt and clippy, which rustup's minimal profile leaves out.
    pub fn components(self) -> Result<()> {
        for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
            let mut version = project::cargo();
            version.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
            if !version.status().is_ok_and(|status| status.success()) {
                self.run(component, &[&["rustup", "component", "add", component]])?;
            }
        }
        Ok(())
    }

    /// Installs what apt-get has and the tests lack, all at once: the steps would ask for one after the other.
    ///
    /// # Errors
    /// When apt-get fails. Whatever is missing then, the step that needs it says so.
    pub fn prefetch(self) -> Result<()> {
        if self.no_install || on_path("apt-get").is_none() {
            return Ok(());
        }
        let parts: [(bool, &[&str]); 3] = [
            (chromedriver().is_some(), chromium_packages()),
            (has_vulkan(), &VULKAN_PACKAGES),
            (has_npm(), &NPM_PACKAGES),
        ];
        let missing: Vec<_> = parts
            .into_iter()
            .filter(|(is_there, _)| !is_there)
            .flat_map(|(_, packages)| packages)
            .copied()
            .collect();
        if missing.is_empty() { Ok(()) } else { self.apt(&missing) }
    }

    /// Answers a chromedriver with a Chromium that it can start.
    pub fn chromedriver(self) -> Result<PathBuf> {
        if let Some(driver) = chromedriver() {
            return Ok(driver);
        }
        if on_path("apt-get").is_none() {
            bail!(
                "no Chromium with chromedriver: install Chrome, and its driver from https://googlechromelabs.github.io/chrome-for-testing/"
            );
        }
        let packages = chromium_packages();
        self.apt(packages)?;
        chromedriver().with_context(|| {
            format!("{} are installed, but there is no chromedriver", packages.join(" and "))
        })
    }

    /// Answers a geckodriver, and the Firefox for it to start; nothing where it finds one by itself.
    pub fn geckodriver(self) -> Result<(PathBuf, Option<PathBuf>)> {
        // On other systems Firefox is not on the PATH, and geckodriver knows where it is.
        let found = || {
            let named = env::var_os("FIREFOX").map(PathBuf::from);
            named.or_else(|| ["firefox", "firefox-esr"].iter().find_map(|name| on_path(name)))
        };
        if cfg!(target_os = "linux") && found().is_none() {
            if linux().as_deref() != Some("debian") || on_path("apt-get").is_none() {
                bail!("no Firefox: install it from your distribution or https://www.firefox.com");
            }
            self.apt(&["firefox-esr"])?;
        }
        Ok((self.built_geckodriver()?, found()))
    }

    /// The geckodriver of the system, or one that cargo builds into `target/geckodriver`.
    fn built_geckodriver(self) -> Result<PathBuf> {
        let root = project::target().join("geckodriver");
        let built = root.join(format!("bin/geckodriver{}", env::consts::EXE_SUFFIX));
        let named = env::var_os("GECKODRIVER").map(PathBuf::from);
        if let Some(driver) = named.or_else(|| on_path("geckodriver")) {
            return Ok(driver);
        }
        if !built.exists() {
            let root = root.to_string_lossy();
            let install =
                ["cargo", "install", "geckodriver", "--version", GECKODRIVER, "--locked", "--root", &root];
            self.run("geckodriver", &[&install])?;
        }
        Ok(built)
    }

    /// Sees to a Vulkan driver: without a GPU, Mesa's, which computes on the processor. Other systems have a GPU's own interface.
    pub fn vulkan(self) -> Result<()> {
        if has_vulkan() {
            return Ok(());
        }
        if on_path("apt-get").is_none() {
            bail!("no Vulkan driver: install your distribution's package of Mesa's Vulkan drivers");
        }
        self.apt(&VULKAN_PACKAGES)
    }

    /// Sees to Node.js and its npm: some tools of the tests are written for it.
    pub fn npm(self) -> Result<()> {
        if has_npm() {
            return Ok(());
        }
        if on_path("apt-get").is_none() {
            bail!("no Node.js with npm: install it from https://nodejs.org");
        }
        self.apt(&NPM_PACKAGES)
    }

    /// Sees to a font for Japanese where apt-get has one: pictures of the page would show boxes.
    pub fn japanese_font(self) -> Result<()> {
        let fonts = Command::new("fc-list").arg(":lang=ja").output();
        if fonts.is_ok_and(|fonts| !fonts.stdout.is_empty()) || on_path("apt-get").is_none() {
            return Ok(());
        }
        self.apt(&["fontconfig", "fonts-noto-cjk"])
    }

    /// Installs packages of Debian or Ubuntu.
    fn apt(self, packages: &[&str]) -> Result<()> {
        let install = [&["apt-get", "install", "--yes", "--no-install-recommends"], packages].concat();
        self.run_as_root(&packages.join(" and "), &[&["apt-get", "update"], &install])
    }

    /// [`run`](Self::run) as root: as we are, or through sudo where it asks for no password.
    fn run_as_root(self, what: &str, commands: &[&[&str]]) -> Result<()> {
        let succeeds = |command: &mut Command| {
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let sudo: &[&str] = if is_root { &[] } else { &["sudo", "-n"] };
        if !is_root && !self.no_install && !succeeds(Command::new("sudo").args(["-n", "true"])) {
            bail!(
                "{what} missing, and sudo wants a password: run `sudo {}`",
                commands.last().unwrap_or(&&[][..]).join(" ")
            );
        }
        // apt asks nothing.
        let prefix = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive"]].concat();
        let commands: Vec<_> = commands.iter().map(|command| [&prefix, *command].concat()).collect();
        self.run(what, &commands.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Says what is going to be installed and how, then does it.
    fn run(self, what: &str, commands: &[&[&str]]) -> Result<()> {
        let lines: Vec<_> = commands.iter().map(|command| format!("`{}`", command.join(" "))).collect();
        let how = lines.join(", then ");
        if self.no_install {
            bail!("{what} missing, and --no-install forbids {how}");
        }
        println!("{what} missing: running {how}");
        for command in commands {
            let (program, args) = command.split_first().context("an empty command")?;
            project::run(Command::new(program).current_dir(project::root()).args(args))
                .with_context(|| format!("{what} could not be installed"))?;
        }
        Ok(())
    }
}

/// The chromedriver that is there, if a browser is there for it.
fn chromedriver() -> Option<PathBuf> {
    let driver = env::var_os("CHROMEDRIVER").map(PathBuf::from).or_else(|| on_path("chromedriver"));
    // On other systems Chrome is not on the PATH, and chromedriver knows where it is.
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    driver.filter(|_| !cfg!(target_os = "linux") || names.iter().any(|name| on_path(name).is_some()))
}

/// Chromium and its driver, as Debian or Ubuntu call them.
fn chromium_packages() -> &'static [&'static str] {
    match linux().as_deref() {
        Some("ubuntu") => &["chromium-browser", "chromium-chromedriver"],
        _ => &["chromium", "chromium-driver"],
    }
}

/// Whether there is a GPU's interface: a driver of Vulkan's on Linux.
fn has_vulkan() -> bool {
    !cfg!(target_os = "linux")
        || ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
            .iter()
            .any(|folder| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()))
}

fn has_npm() -> bool {
    on_path("node").is_some() && (cfg!(windows) || on_path("npm").is_some())
}

/// The ID of the Linux distribution, as in `debian` or `ubuntu`.
fn linux() -> Option<String> {
    let release = fs::read_to_string("/etc/os-release").ok()?;
    release.lines().find_map(|line| Some(line.strip_prefix("ID=")?.trim_matches('"').to_owned()))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| path.is_file())
}
