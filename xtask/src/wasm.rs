//! From the crate `sumi` to JavaScript and wasm: one build and one run of wasm-bindgen a [`Variant`].
//!
//! "Optimised" is rustc's release profile: opt-level 3, one codegen unit, fat link-time optimisation, and no unwinding.
//! wasm-opt would take off another 3 % after brotli (measured), for over 13 minutes of building its C++ from source.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
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
}

/// All variants, from the one that most browsers run to the fastest.
pub const VARIANTS: [Variant; 2] = [
    Variant { name: "simd128", target_features: "+simd128" },
    // Fused multiply-add, where the machine has it.
    Variant { name: "relaxed", target_features: "+simd128,+relaxed-simd" },
];

impl Variant {
    /// `cargo SUBCOMMAND --package sumi` for this variant.
    ///
    /// Each variant has a target folder of its own: the library has one file name in all of them, so in a shared folder
    /// each build would throw away the other's (measured: 7 to 10 s a variant, every time). The flags go through
    /// `--config`, which a RUSTFLAGS in the environment would hide.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = project::cargo();
        let rustflags = format!("target.{TARGET}.rustflags=['-Ctarget-feature={}']", self.target_features);
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo.args([subcommand, "--package", "sumi", "--locked", "--target", TARGET, "--config", &rustflags]);
        cargo.arg("--target-dir").arg(self.target_dir());
        cargo
    }

    /// Builds the variant for release, with what the bench page measures where `bench`, and runs wasm-bindgen on it. Answers the folder
    /// with `sumi.js` and `sumi_bg.wasm`.
    pub fn build(&self, bench: bool) -> Result<PathBuf> {
        let (features, folder) = if bench { ("bench", "bindgen-bench") } else { ("", "bindgen") };
        project::run(self.cargo("build").args(["--lib", "--release", "--features", features]))?;
        let input = self.target_dir().join(TARGET).join("release/sumi.wasm");
        let input = fs::read(&input).with_context(|| format!("cargo left no {}", input.display()))?;
        let folder = self.target_dir().join(folder);
        bindgen(&input, &folder)
            .with_context(|| format!("wasm-bindgen failed on the variant {}", self.name))?;
        Ok(folder)
    }

    fn target_dir(&self) -> PathBuf {
        project::target().join(format!("wasm-{}", self.name))
    }
}

fn bindgen(input: &[u8], output: &Path) -> Result<()> {
    // Snippets of an earlier run may carry names that this one no longer has.
    if output.exists() {
        fs::remove_dir_all(output).with_context(|| format!("cannot empty {}", output.display()))?;
    }
    Bindgen::new()
        .input_bytes("sumi", input.to_vec())
        .web(true)?
        .typescript(true)
        // `init()` finds the wasm beside its JavaScript, with no argument.
        .omit_default_module_path(false)
        .generate(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_have_names_and_folders_of_their_own() {
        let mut names = VARIANTS.map(|variant| variant.name).to_vec();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), VARIANTS.len());
    }
}
