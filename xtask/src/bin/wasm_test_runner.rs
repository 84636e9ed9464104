//! Runs a wasm test binary in the browser: the runner that cargo calls for the target wasm32-unknown-unknown.
//!
//! It is `wasm-bindgen-test-runner`, built from the locked version rather than installed or downloaded.
//! `cargo xtask test` sets its environment.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
