//! Which pixels made it say 7.

use crate::data::{CLASSES, PIXELS};
use crate::model::{Activation, Model};

/// How an image's pixels speak for a digit.
///
/// A logit alone says nothing, for softmax sees only how logits differ. So what is explained is the digit's lead: by how much its logit
/// stands above the mean of the other nine. A network of ReLUs is linear as long as no unit opens or closes, so the lead is a sum: each
/// pixel's value times the lead's gradient there, and what the biases add.
#[derive(Debug, Clone, PartialEq)]
pub struct Saliency {
    /// The digit's logit minus the mean of the others.
    pub lead: f32,
    /// Of the lead, by each pixel `[784]`, from 0 (paper) to 1 (ink): where more ink would speak for the digit, and where against it.
    pub gradient: Vec<f32>,
    /// Gradient times pixel `[784]`: what the ink that is there adds to the lead.
    pub shares: Vec<f32>,
    /// What the biases add. With the shares it makes up the lead.
    pub biases: f32,
}

/// Explains what `activations` (of the same model, parameters and image `[784]`) say of `digit`.
pub fn saliency(
    model: &Model,
    parameters: &[f32],
    image: &[u8],
    activations: &[Vec<f32>],
    digit: u8,
) -> Saliency {
    let digit = usize::from(digit);
    assert!(digit < CLASSES && image.len() == PIXELS, "a digit of an image of 28 × 28 pixels");
    // Of the lead, by the logits; then by each layer's sums, downwards.
    let mut gradient = vec![-1.0 / (CLASSES - 1) as f32; CLASSES];
    gradient[digit] = 1.0;
    let logits = activations.last().map_or(&[][..], |logits| logits);
    let lead = dot(&gradient, logits);
    let mut biases = 0.0;
    for (layer, y) in model.layers().iter().zip(activations).rev() {
        if layer.activation == Activation::Relu {
            // A unit that is closed stays closed when little changes.
            gradient.iter_mut().zip(y).filter(|(_, y)| **y <= 0.0).for_each(|(gradient, _)| *gradient = 0.0);
        }
        biases += dot(&gradient, &parameters[layer.b()]);
        gradient = parameters[layer.w()].chunks_exact(layer.fan_out).map(|row| dot(row, &gradient)).collect();
    }
    let shares = gradient.iter().zip(image).map(|(g, &pixel)| g * f32::from(pixel) / 255.0).collect();
    Saliency { lead, gradient, shares, biases }
}

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
