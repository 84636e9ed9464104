//! y = dropout(activation(x · w + b)). Shader: shaders/dense_forward.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::Input;
use super::dropout::Dropout;
use super::panel::{LANES, Lanes, Panel, Tensor, blocks, load, panels, product};
use super::pixels::Pixels;
use crate::model::{Activation, Layer};

/// `y [batch][blocks(fan_out)]`.
pub(crate) fn dense_forward(
    level: Level,
    layer: &Layer,
    x: Input<'_>,
    parameters: &Tensor,
    dropout: &Dropout,
    y: &mut [Lanes],
) {
    let blocks = blocks(layer.fan_out);
    for panel in panels(blocks) {
        let w = &parameters.w[panel.range(layer.fan_in)];
        let b = &parameters.b[panel.first..];
        let finish = Finish { activation: layer.activation, dropout, blocks, panel };
        dispatch!(level, simd => match (x, panel.width) {
            (Input::Pixels(x), 1) => pixels_panel::<_, 1>(simd, x, w, b, finish, y),
            (Input::Pixels(x), _) => pixels_panel::<_, 2>(simd, x, w, b, finish, y),
            (Input::Dense(x), 1) => dense_panel::<_, 1>(simd, layer.fan_in, x, w, b, finish, y),
            (Input::Dense(x), _) => dense_panel::<_, 2>(simd, layer.fan_in, x, w, b, finish, y),
        });
    }
}

/// The first layer: each row's sum runs over its nonzero pixels alone, a panel's width of it in registers.
#[inline(always)]
fn pixels_panel<S: Simd, const V: usize>(
    simd: S,
    x: &Pixels,
    w: &[Lanes],
    b: &[Lanes],
    finish: Finish<'_>,
    y: &mut [Lanes],
) {
    let (w, _) = w.as_chunks::<V>();
    for row in 0..x.len() {
        let mut z: [f32x16<S>; V] = std::array::from_fn(|v| load(simd, &b[v]));
        for pixel in x.row(row) {
            let x = f32x16::splat(simd, pixel.value);
            let w = &w[pixel.index as usize];
            for v in 0..V {
                z[v] = x.mul_add(load(simd, &w[v]), z[v]);
            }
        }
        for (v, z) in z.into_iter().enumerate() {
            finish.store(simd, row, v, z, y);
        }
    }
}

/// Any other layer, two rows at a time.
#[inline(always)]
fn dense_panel<S: Simd, const V: usize>(
    simd: S,
    fan_in: usize,
    x: &[Lanes],
    w: &[Lanes],
    b: &[Lanes],
    finish: Finish<'_>,
    y: &mut [Lanes],
) {
    let (w, _) = w.as_chunks::<V>();
    let x = x.as_flattened();
    let width = blocks(fan_in) * LANES;
    let rows = x.len() / width;
    for v in 0..V {
        let mut row = 0;
        while row + 2 <= rows {
            let (x0, x1) = (&x[row * width..][..fan_in], &x[(row + 1) * width..][..fan_in]);
            let bias = [load(simd, &b[v]); 2];
            let z = product(simd, bias, fan_in, |k, r| if r == 0 { x0[k] } else { x1[k] }, |k| &w[k][v]);
            for (r, z) in z.into_iter().enumerate() {
                finish.store(simd, row + r, v, z, y);
            }
            row += 2;
        }
        if row < rows {
            let x = &x[row * width..][..fan_in];
            let [z] = product(simd, [load(simd, &b[v])], fan_in, |k, _| x[k], |k| &w[k][v]);
            finish.store(simd, row, v, z, y);
        }
    }
}

/// From a sum to y: activation and dropout.
#[derive(Clone, Copy)]
struct Finish<'a> {
    activation: Activation,
    dropout: &'a Dropout,
    blocks: usize,
    panel: Panel,
}

impl Finish<'_> {
    /// Writes block `v` of the panel in row `row`.
    #[inline(always)]
    fn store<S: Simd>(&self, simd: S, row: usize, v: usize, z: f32x16<S>, y: &mut [Lanes]) {
        let at = row * self.blocks + self.panel.first + v;
        let z = match self.activation {
            Activation::Linear => z,
            Activation::Relu => z.max(f32x16::splat(simd, 0.0)),
        };
        match self.dropout.factors().get(at) {
            Some(factor) => (z * load(simd, factor)).store_array(&mut y[at]),
            None => z.store_array(&mut y[at]),
        }
    }
}
