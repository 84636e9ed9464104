//! dw = xᵀ · dz, db = Σ dz. Shader: shaders/dense_backward_weights.wgsl.
//!
//! The sums are made here once, 16 columns at a time in registers; a [`Sink`] says what becomes of them. Stored, they are
//! [`dense_backward_weights`]; handed straight to Adam, they are `dense_update`, and never reach memory.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::Input;
use super::panel::{LANES, Lanes, Panel, Tensor, blocks, load, panels, product};
use super::pixels::Pixels;
use crate::model::Layer;

/// What becomes of a gradient.
pub(crate) trait Sink<S: Simd> {
    /// The gradient of block `slot` of w.
    fn w(&mut self, slot: usize, gradient: f32x16<S>);
    /// The gradients of row k of a panel, blocks `slots` of w, are zero, for no image of the batch has pixel k.
    fn blank(&mut self, k: usize, slots: std::ops::Range<usize>);
    /// The gradient of block `block` of b.
    fn b(&mut self, block: usize, gradient: f32x16<S>);
}

/// `dz [batch][blocks(fan_out)]`.
pub(crate) fn dense_backward_weights(
    level: Level,
    layer: &Layer,
    x: Input<'_>,
    dz: &[Lanes],
    gradients: &mut Tensor,
) {
    dispatch!(level, simd => sums(simd, layer, x, dz, &mut Store { simd, gradients }));
}

struct Store<'a, S> {
    simd: S,
    gradients: &'a mut Tensor,
}

impl<S: Simd> Sink<S> for Store<'_, S> {
    #[inline(always)]
    fn w(&mut self, slot: usize, gradient: f32x16<S>) {
        gradient.store_array(&mut self.gradients.w[slot]);
    }

    #[inline(always)]
    fn blank(&mut self, _: usize, slots: std::ops::Range<usize>) {
        for slot in slots {
            self.w(slot, f32x16::splat(self.simd, 0.0));
        }
    }

    #[inline(always)]
    fn b(&mut self, block: usize, gradient: f32x16<S>) {
        gradient.store_array(&mut self.gradients.b[block]);
    }
}

/// Makes every gradient of the layer, panel by panel.
#[inline(always)]
pub(crate) fn sums<S: Simd>(simd: S, layer: &Layer, x: Input<'_>, dz: &[Lanes], sink: &mut impl Sink<S>) {
    let out_blocks = blocks(layer.fan_out);
    for panel in panels(out_blocks) {
        match (x, panel.width) {
            (Input::Pixels(x), 1) => pixels_panel::<S, 1>(simd, layer, panel, x, dz, sink),
            (Input::Pixels(x), _) => pixels_panel::<S, 2>(simd, layer, panel, x, dz, sink),
            (Input::Dense(x), _) => dense_panel(simd, layer, panel, x, dz, sink),
        }
    }
    for block in 0..out_blocks {
        let mut db = f32x16::splat(simd, 0.0);
        for dz in dz.iter().skip(block).step_by(out_blocks) {
            db += load(simd, dz);
        }
        sink.b(block, db);
    }
}

/// Pixel k's row of dw is a sum over the images that have the pixel.
#[inline(always)]
fn pixels_panel<S: Simd, const V: usize>(
    simd: S,
    layer: &Layer,
    panel: Panel,
    x: &Pixels,
    dz: &[Lanes],
    sink: &mut impl Sink<S>,
) {
    let out_blocks = blocks(layer.fan_out);
    let start = panel.range(layer.fan_in).start;
    for k in 0..layer.fan_in {
        let slot = start + k * V;
        let column = x.column(k);
        if column.is_empty() {
            sink.blank(k, slot..slot + V);
            continue;
        }
        let mut dw = [f32x16::splat(simd, 0.0); V];
        for pixel in column {
            let x = f32x16::splat(simd, pixel.value);
            let dz = &dz[pixel.index as usize * out_blocks + panel.first..][..V];
            for v in 0..V {
                dw[v] = x.mul_add(load(simd, &dz[v]), dw[v]);
            }
        }
        for (v, dw) in dw.into_iter().enumerate() {
            sink.w(slot + v, dw);
        }
    }
}

#[inline(always)]
fn dense_panel<S: Simd>(
    simd: S,
    layer: &Layer,
    panel: Panel,
    x: &[Lanes],
    dz: &[Lanes],
    sink: &mut impl Sink<S>,
) {
    let out_blocks = blocks(layer.fan_out);
    let x_width = blocks(layer.fan_in) * LANES;
    let x = x.as_flattened();
    let batch = dz.len() / out_blocks;
    let start = panel.range(layer.fan_in).start;
    let zero = f32x16::splat(simd, 0.0);
    for v in 0..panel.width {
        let dz = |row: usize| &dz[row * out_blocks + panel.first + v];
        let mut k = 0;
        while k + 2 <= layer.fan_in {
            let dw = product(simd, [zero; 2], batch, |row, r| x[row * x_width + k + r], dz);
            for (r, dw) in dw.into_iter().enumerate() {
                sink.w(start + (k + r) * panel.width + v, dw);
            }
            k += 2;
        }
        if k < layer.fan_in {
            let [dw] = product(simd, [zero], batch, |row, _| x[row * x_width + k], dz);
            sink.w(start + k * panel.width + v, dw);
        }
    }
}
