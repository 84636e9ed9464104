//! `cargo xtask`: builds, serves, tests and measures Sumi.
fn main() {}
