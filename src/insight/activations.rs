//! One image on its way through a network, layer by layer.

use crate::data::PIXELS;
use crate::model::{Activation, Layer, Model};

/// What each layer makes of an image `[784]`, first to last and without dropout: the hidden layers' activations, then the ten logits.
///
/// Plain loops over the parameters: a single image leaves a faster way nothing to win.
pub fn activations(model: &Model, parameters: &[f32], image: &[u8]) -> Vec<Vec<f32>> {
    assert_eq!(image.len(), PIXELS, "an image has 28 × 28 pixels");
    let pixels: Vec<f32> = image.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
    let mut all: Vec<Vec<f32>> = Vec::with_capacity(model.layers().len());
    for layer in model.layers() {
        let y = forward(layer, parameters, all.last().unwrap_or(&pixels));
        all.push(y);
    }
    all
}

/// y = activation(x · w + b), over the inputs that are not zero.
fn forward(layer: &Layer, parameters: &[f32], x: &[f32]) -> Vec<f32> {
    let w = &parameters[layer.w()];
    let mut y = parameters[layer.b()].to_vec();
    for (&x, w) in x.iter().zip(w.chunks_exact(layer.fan_out)) {
        if x != 0.0 {
            y.iter_mut().zip(w).for_each(|(y, w)| *y += x * w);
        }
    }
    if layer.activation == Activation::Relu {
        y.iter_mut().for_each(|y| *y = y.max(0.0));
    }
    y
}
