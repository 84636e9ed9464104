//! What `cargo xtask` is made of, and the harness that `tests/page/` drives the real page with.
//!
//! ```text
//! src/ → wasm (one build a variant) ┐
//! www/ ─────────────────────────────┴ site → dist/ → server → browser
//! MNIST: a folder, the cache or a mirror → mnist → dist/data/ ┘
//! ```

pub mod bench;
pub mod browser;
pub mod compress;
pub mod counts;
pub mod fixtures;
pub mod install;
pub mod mnist;
pub mod npm;
pub mod project;
pub mod python;
pub mod screenshots;
pub mod serve;
pub mod server;
pub mod site;
pub mod strokes;
pub mod test;
pub mod wasm;
