//! From bytes to a [`Dataset`], and from a dataset to shuffled batches.

mod batches;
mod dataset;
pub mod idx;
pub mod mnist;
pub mod synthetic;

pub use batches::epoch_order;
pub use dataset::{CLASSES, Dataset, Nonzero, PIXELS};
