//! dz of the layer below: (dz · wᵀ) through its dropout and activation. Shader: shaders/dense_backward_input.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::dropout::Dropout;
use super::panel::{LANES, Lanes, ZERO, blocks, load, product, slot};
use crate::model::{Activation, Layer};

/// `dz [batch][blocks(fan_out)]`, `y` and `dx` `[batch][blocks(fan_in)]`; `transposed` is scratch.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
pub(crate) fn dense_backward_input(
    level: Level,
    (layer, below): (&Layer, &Layer),
    dz: &[Lanes],
    w: &[Lanes],
    y: &[Lanes],
    dropout: &Dropout,
    transposed: &mut Vec<Lanes>,
    dx: &mut [Lanes],
) {
    transposed.resize(layer.fan_out, ZERO);
    let gate = Gate { below, y, dropout, scale: below.dropout_scale() };
    for block in 0..blocks(layer.fan_in) {
        transpose(layer, w, block, transposed);
        dispatch!(level, simd => columns(simd, layer, block, dz, transposed, gate, dx));
    }
}

/// Rows `16 · block..` of w as columns: `transposed[c][k]` is w[16 · block + k, c].
fn transpose(layer: &Layer, w: &[Lanes], block: usize, transposed: &mut [Lanes]) {
    let out_blocks = blocks(layer.fan_out);
    let rows = LANES.min(layer.fan_in - block * LANES);
    if rows < LANES {
        transposed.fill(ZERO);
    }
    for k in 0..rows {
        for (out, transposed) in transposed.chunks_mut(LANES).enumerate() {
            let row = &w[slot(layer.fan_in, out_blocks, block * LANES + k, out)];
            for (transposed, &w) in transposed.iter_mut().zip(row) {
                transposed[k] = w;
            }
        }
    }
}

#[inline(always)]
fn columns<S: Simd>(
    simd: S,
    layer: &Layer,
    block: usize,
    dz: &[Lanes],
    transposed: &[Lanes],
    gate: Gate<'_>,
    dx: &mut [Lanes],
) {
    let (fan_out, width) = (layer.fan_out, blocks(layer.fan_out) * LANES);
    let in_blocks = blocks(layer.fan_in);
    let dz = dz.as_flattened();
    let rows = dz.len() / width;
    let zero = f32x16::splat(simd, 0.0);
    let mut row = 0;
    while row + 2 <= rows {
        let (dz0, dz1) = (&dz[row * width..][..fan_out], &dz[(row + 1) * width..][..fan_out]);
        let a = |c: usize, r| if r == 0 { dz0[c] } else { dz1[c] };
        for (r, sum) in product(simd, [zero; 2], fan_out, a, |c| &transposed[c]).into_iter().enumerate() {
            gate.store(simd, (row + r) * in_blocks + block, sum, dx);
        }
        row += 2;
    }
    if row < rows {
        let dz = &dz[row * width..][..fan_out];
        let [sum] = product(simd, [zero], fan_out, |c, _| dz[c], |c| &transposed[c]);
        gate.store(simd, row * in_blocks + block, sum, dx);
    }
}

/// The way back through dropout and activation.
#[derive(Clone, Copy)]
struct Gate<'a> {
    below: &'a Layer,
    y: &'a [Lanes],
    dropout: &'a Dropout,
    scale: f32,
}

impl Gate<'_> {
    #[inline(always)]
    fn store<S: Simd>(&self, simd: S, at: usize, sum: f32x16<S>, dx: &mut [Lanes]) {
        let gated = match (self.below.activation, self.dropout.factors().get(at)) {
            // y > 0 says that the ReLU was open and that dropout kept it.
            (Activation::Relu, _) => {
                let zero = f32x16::splat(simd, 0.0);
                load(simd, &self.y[at]).simd_gt(zero).select(sum * self.scale, zero)
            }
            (Activation::Linear, Some(factor)) => sum * load(simd, factor),
            (Activation::Linear, None) => sum,
        };
        gated.store_array(&mut dx[at]);
    }
}
