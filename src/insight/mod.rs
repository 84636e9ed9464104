//! What a network gets wrong, and what is inside it: everything here reads parameters and changes none.
//!
//! ```text
//! parameters, dataset → Survey → logits → Answer → Confusion, mistakes
//!                              → hidden → Pca → a map of the dataset
//! parameters, image → activations → Saliency
//! parameters → units: weights as pictures
//! ```
//!
//! It works for any [`Model`](crate::model::Model), also for one without a hidden layer: its only units are the ten classes, and there is
//! nothing to map.

mod activations;
mod answers;
mod confusion;
mod pca;
mod saliency;
mod survey;
mod units;

pub use activations::activations;
pub use answers::{Answer, answers, cell, mistakes};
pub use confusion::Confusion;
pub use pca::{Fit, Pca};
pub use saliency::{Saliency, saliency};
pub use survey::Survey;
pub use units::{Pictures, Response, Scale, Unit, pictures, response, unit};
