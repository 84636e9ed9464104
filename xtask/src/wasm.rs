//! From the crate `sumi` to JavaScript and wasm: one build and one run of wasm-bindgen a [`Variant`].
//!
//! "Optimised" is the profile `page` of the root's Cargo.toml: one codegen unit, fat link-time optimisation, no unwinding; our own code for
//! speed, that of others for size. wasm-opt would take off another 3 % after brotli (measured), for over 13 minutes of building its C++
//! from source.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;

use crate::project;

/// The target that all variants are built for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// One build of the crate. The page takes the last that its browser can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Name of its folder in `dist/wasm/`.
    pub name: &'static str,
    /// As rustc's `-Ctarget-feature` takes them.
    pub target_features: &'static str,
    /// Whether workers share its memory, and compute together.
    pub has_threads: bool,
    /// Whether its tests are run. One is put together of what the others have: its instructions are tested in one, its threads
    /// in another.
    pub is_tested: bool,
}

/// All variants, from the one that most browsers run to the fastest. Safari has no relaxed SIMD, so threads come with either.
pub const VARIANTS: [Variant; 4] = [
    Variant { name: "simd128", target_features: "+simd128", has_threads: false, is_tested: true },
    // Fused multiply-add, where the machine has it.
    Variant {
        name: "relaxed",
        target_features: "+simd128,+relaxed-simd",
        has_threads: false,
        is_tested: true,
    },
    Variant {
        name: "simd128-threads",
        target_features: "+simd128,+atomics",
        has_threads: true,
        is_tested: false,
    },
    Variant {
        name: "relaxed-threads",
        target_features: "+simd128,+relaxed-simd,+atomics",
        has_threads: true,
        is_tested: true,
    },
];

/// What the linker is told for threads: memory that can be shared comes from outside, with a limit, which costs nothing until it is
/// used (1 GiB; the page needs some 300 MB). What is exported is for wasm-bindgen, which makes each thread's stack and locals.
const THREADS_LINK_ARGS: [&str; 7] = [
    "--shared-memory",
    "--max-memory=1073741824",
    "--import-memory",
    "--export=__wasm_init_tls",
    "--export=__tls_size",
    "--export=__tls_align",
    "--export=__tls_base",
];

/// Has cargo build the standard library too: the one that comes with Rust knows nothing of shared memory. An unstable flag, which the
/// stable compiler takes where `RUSTC_BOOTSTRAP` is 1.
const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// Sorting and the printing of numbers in fewer bytes. No kernel does either.
const SMALL_STD: &str = "-Zbuild-std-features=optimize_for_size";

/// What is not asked to be inlined is so only where it is tiny. Kernels ask; elsewhere it would cost bytes and save nothing.
const INLINING: &str = "-Cllvm-args=-inline-threshold=25";

impl Variant {
    /// `cargo SUBCOMMAND --package sumi` for this variant.
    ///
    /// Each variant has a target folder of its own: the library has one file name in all of them, so in a shared folder
    /// each build would throw away the other's (measured: 7 to 10 s a variant, every time). The flags go through
    /// `--config`, which a RUSTFLAGS in the environment would hide.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = project::cargo();
        let mut rustflags = vec![format!("-Ctarget-feature={}", self.target_features), INLINING.into()];
        rustflags.extend(homes().map(|home| format!("--remap-path-prefix={}=", home.display())));
        if self.has_threads {
            rustflags.extend(THREADS_LINK_ARGS.map(|arg| format!("-Clink-arg={arg}")));
            // rustc warns that atomics are unstable, each time. What else there is to warn of it says of the other variants.
            rustflags.push("-Awarnings".into());
        }
        let rustflags = format!("target.{TARGET}.rustflags={rustflags:?}");
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo.args([subcommand, "--package", "sumi", "--locked", "--target", TARGET, "--config", &rustflags]);
        if self.has_threads {
            cargo.args([BUILD_STD, SMALL_STD]).env("RUSTC_BOOTSTRAP", "1");
        }
        cargo.arg("--target-dir").arg(self.target_dir());
        cargo
    }

    /// Builds the variant for release, with what the bench page measures where `bench`, and runs wasm-bindgen on it. Answers the folder
    /// with `sumi.js` and `sumi_bg.wasm`.
    pub fn build(&self, bench: bool) -> Result<PathBuf> {
        let (features, folder) = if bench { ("bench", "bindgen-bench") } else { ("", "bindgen") };
        project::run(self.cargo("build").args(["--lib", "--profile", "page", "--features", features]))?;
        let input = self.target_dir().join(TARGET).join("page/sumi.wasm");
        let input = fs::read(&input).with_context(|| format!("cargo left no {}", input.display()))?;
        let folder = self.target_dir().join(folder);
        bindgen(&input, &folder, bench)
            .with_context(|| format!("wasm-bindgen failed on the variant {}", self.name))?;
        Ok(folder)
    }

    fn target_dir(&self) -> PathBuf {
        project::target().join(format!("wasm-{}", self.name))
    }
}

/// `cargo fetch` of what [`BUILD_STD`] needs beside Rust's source.
pub fn fetch_std() -> Command {
    let mut cargo = project::cargo();
    cargo.args(["fetch", "--locked", "--target", TARGET, BUILD_STD]).env("RUSTC_BOOTSTRAP", "1");
    cargo
}

/// Where the sources of others lie on this machine: panics name their files, and the site need not say where who built it lives.
fn homes() -> impl Iterator<Item = PathBuf> {
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(etcetera::home_dir().ok()?.join(".cargo")));
    let sysroot = Command::new("rustc").current_dir(project::root()).args(["--print", "sysroot"]).output();
    let sysroot = sysroot.ok().map(|it| PathBuf::from(String::from_utf8_lossy(&it.stdout).trim()));
    let sources = cargo.map(|it| it.join("registry/src/"));
    sources.into_iter().chain(sysroot.map(|it| it.join("lib/rustlib/src/rust/")))
}

/// `has_names`: whether functions keep their names, for profilers and stack traces. They are an eighth of the whole.
fn bindgen(input: &[u8], output: &Path, has_names: bool) -> Result<()> {
    // Snippets of an earlier run may carry names that this one no longer has.
    if output.exists() {
        fs::remove_dir_all(output).with_context(|| format!("cannot empty {}", output.display()))?;
    }
    Bindgen::new()
        .input_bytes("sumi", input.to_vec())
        .web(true)?
        .typescript(true)
        .remove_name_section(!has_names)
        // `init()` finds the wasm beside its JavaScript, with no argument.
        .omit_default_module_path(false)
        .generate(output)?;
    let glue = output.join("sumi.js");
    let script = fs::read_to_string(&glue).with_context(|| format!("cannot read {}", glue.display()))?;
    let module = output.join("sumi_bg.wasm");
    let wasm = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let (script, wasm) = with_short_imports(&script, &wasm, has_names)?;
    fs::write(&glue, script).with_context(|| format!("cannot write {}", glue.display()))?;
    fs::write(&module, wasm).with_context(|| format!("cannot write {}", module.display()))
}

/// The script and its module with names of a few letters for what the module imports from it. wasm-bindgen's have a hash each, which
/// nothing can compress: 5 KB of brotli.
fn with_short_imports(script: &str, wasm: &[u8], has_names: bool) -> Result<(String, Vec<u8>)> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(has_names).generate_producers_section(false);
    let mut module = config.parse(wasm).context("wasm-bindgen made a module that cannot be read")?;
    let mut short = HashMap::new();
    for import in module.imports.iter_mut().filter(|import| import.name.starts_with("__wb")) {
        let next = format!("_{}", short.len());
        import.name = short.entry(import.name.clone()).or_insert(next).clone();
    }
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut renamed = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = rest.find("__wb") {
        let (before, name) = rest.split_at(start);
        let (name, behind) = name.split_at(name.find(|c| !is_in_name(c)).unwrap_or(name.len()));
        renamed += before;
        renamed += short.get(name).map_or(name, |short| short);
        rest = behind;
    }
    Ok((renamed + rest, module.emit_wasm()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_renamed_on_both_sides() {
        let mut module = walrus::Module::default();
        let kind = module.types.add(&[], &[]);
        for name in ["__wbg_log_0123456789abcdef", "__wbg_log_0123456789abcdef0", "memory"] {
            module.add_import_func("./sumi_bg.js", name, kind);
        }
        let script =
            "f(__wbg_log_0123456789abcdef0, __wbg_log_0123456789abcdef, wasm.__wbg_digits_free, a__wb);";
        let (script, wasm) = with_short_imports(script, &module.emit_wasm(), false).unwrap();
        assert_eq!(script, "f(_1, _0, wasm.__wbg_digits_free, a__wb);");
        let module = walrus::Module::from_buffer(&wasm).unwrap();
        let names: Vec<_> = module.imports.iter().map(|import| import.name.as_str()).collect();
        assert_eq!(names, ["_0", "_1", "memory"]);
    }

    #[test]
    fn variants_have_names_and_folders_of_their_own() {
        let mut names = VARIANTS.map(|variant| variant.name).to_vec();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), VARIANTS.len());
    }
}
