//! y = dropout(activation(x · w + b)). Shader: shaders/dense_forward.wgsl.
//!
//! The sums begin with the biases; they come from the pixels that are not zero or from a dense x, by [`multiply`](super::product::multiply); [`finish`] makes y of them,
//! in place.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::dropout::Dropout;
use super::network::{Network, Step};
use super::panel::{Row, Tensor, WIDTH, groups_mut, load};
use super::pixels::Rows;
use super::product::multiply;
use super::sparse::weighted_sum;
use super::strip::{Own, Strip, read, write};
use crate::model::{Activation, Layer};

/// y of a strip's columns of a hidden layer.
pub(crate) fn hidden(network: &Network, layer: &Layer, strip: &Strip, step: &Step<'_>) {
    let hidden = &strip.hidden[layer.index];
    let parameters = read(&hidden.parameters);
    let mut y = write(&hidden.y);
    y.resize(hidden.piece.panels * step.n, [0.0; WIDTH]);
    for (i, y) in y.chunks_mut(step.n).enumerate() {
        hidden_panel(network, layer, strip, step, &parameters, i, y);
    }
}

/// The same of one panel, the strip's `i`th.
pub(crate) fn hidden_panel(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    step: &Step<'_>,
    parameters: &Tensor<WIDTH>,
    i: usize,
    y: &mut [Row],
) {
    let height = strip.hidden[layer.index].piece.rows;
    let w = &parameters.w[i * height..][..height];
    y.fill(parameters.b[i]);
    match layer.index.checked_sub(1) {
        None if !step.is_dense => {
            for (index, other) in network.strips.iter().enumerate() {
                let y = &mut y[network.rows(index, step.n)];
                pixels(network.level, &read(&other.rows[step.parity]), w, y);
            }
        }
        None => {
            for other in &network.strips {
                let w = &w[other.pixel_panels.start * WIDTH..other.pixel_panels.end * WIDTH];
                multiply(network.level, &read(&other.pixels), step.n, 0, w, y);
            }
        }
        Some(below) => {
            for other in &network.strips {
                let w = &w[other.panels[below].start * WIDTH..other.panels[below].end * WIDTH];
                multiply(network.level, &read(&other.hidden[below].y), step.n, 0, w, y);
            }
        }
    }
    finish(network.level, layer, step.dropout(layer), strip.panels[layer.index].start + i, y);
}

/// Logits of a strip's rows of the batch.
pub(crate) fn output(network: &Network, index: usize, own: &mut Own, step: &Step<'_>) {
    let rows = network.rows(index, step.n);
    let logits = &mut own.logits;
    logits.clear();
    logits.resize(rows.len(), read(&network.strips[0].output.parameters).b[0]);
    for other in &network.strips {
        let w = &read(&other.output.parameters).w;
        match other.hidden.last() {
            Some(below) => multiply(network.level, &read(&below.y), step.n, rows.start, w, logits),
            // Without a hidden layer there is one strip.
            None if step.is_dense => multiply(network.level, &read(&other.pixels), step.n, 0, w, logits),
            None => pixels(network.level, &read(&other.rows[step.parity]), w, logits),
        }
    }
}

/// z += x · w for a panel of w, summing over each image's nonzero pixels alone: a row of z stays in registers meanwhile.
pub(crate) fn pixels<const W: usize>(level: Level, x: &Rows, w: &[[f32; W]], z: &mut [[f32; W]]) {
    dispatch!(level, simd => pixels_panel(simd, x, w, z));
}

#[inline(never)]
fn pixels_panel<S: Simd, const W: usize>(simd: S, x: &Rows, w: &[[f32; W]], z: &mut [[f32; W]]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (row, z) in z.iter_mut().enumerate() {
                let sums = weighted_sum(simd, x.row(row), w, z);
                groups_mut(z).iter_mut().zip(sums).for_each(|(z, sum)| sum.store_array(z));
            }
        },
    );
}

/// From sums to y, in place, for a panel: activation and dropout. `panel` is its index in the layer.
pub(crate) fn finish(level: Level, layer: &Layer, dropout: Option<Dropout>, panel: usize, y: &mut [Row]) {
    dispatch!(level, simd => finish_panel(simd, layer.activation, dropout, panel, y));
}

#[inline(never)]
fn finish_panel<S: Simd>(
    simd: S,
    activation: Activation,
    dropout: Option<Dropout>,
    panel: usize,
    y: &mut [Row],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = f32x16::splat(simd, 0.0);
            let activate = |z: f32x16<S>| match activation {
                Activation::Linear => z,
                Activation::Relu => z.max(zero),
            };
            let Some(dropout) = dropout else {
                for y in y.iter_mut().flat_map(groups_mut) {
                    activate(load(simd, y)).store_array(y);
                }
                return;
            };
            for (pair, rows) in y.chunks_mut(2).enumerate() {
                let factors = dropout.factors(simd, panel, 2 * pair);
                for (y, factor) in rows.iter_mut().flat_map(groups_mut).zip(factors) {
                    (activate(load(simd, y)) * factor).store_array(y);
                }
            }
        },
    );
}
