//! Sumi (墨, ink): the TensorFlow beginner quickstart, living in a web page.
//!
//! ```text
//! idx bytes → Dataset → batch (row indices) → Backend: gpu | simd → Metrics → page
//!             images u8               runs one Plan: a list of Op values
//! ```
//!
//! The modules, in the order data flows:

mod error;

pub mod data;
pub mod drawing;
pub mod metrics;
pub mod model;
pub mod optimizer;
pub mod plan;
pub mod random;
pub mod scan;

pub mod augment;
pub mod backend;
pub mod bench;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod ops;
pub mod reference;
pub mod simd;
pub mod team;
pub mod trainer;

pub mod calibration;
pub mod mixture;
pub mod recipe;
pub mod teach;

pub mod insight;
pub mod inspect;

#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
pub mod web;

pub use error::Error;
