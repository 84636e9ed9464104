//! dw = xᵀ · dz, db = Σ dz. Shader: shaders/dense_backward_weights.wgsl.
//!
//! 32 rows of a panel of dw are made at a time, so they are still in the first-level cache when they are stored
//! or, in `dense_update`, handed to Adam.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::network::{Network, Step};
use super::panel::{LANES, Row, Tensor, WIDTH, groups, groups_mut, load};
use super::pixels::Columns;
use super::product::multiply_transposed;
use super::strip::{Strip, read};
use crate::model::Layer;

/// What becomes of a gradient.
pub(crate) trait Sink<const W: usize> {
    /// Of the 32 rows of w that begin at `slot`. Rows that are not `touched` have had no gradient so far.
    fn w(&mut self, slot: usize, gradient: &Gradient<W>, touched: u32);
    /// Of the biases of a panel.
    fn b(&mut self, panel: usize, gradient: &[f32; W]);
}

/// It is stored.
impl<const W: usize> Sink<W> for Tensor<W> {
    fn w(&mut self, slot: usize, gradient: &Gradient<W>, _: u32) {
        self.w[slot..slot + WIDTH].copy_from_slice(&gradient.rows);
    }

    fn b(&mut self, panel: usize, gradient: &[f32; W]) {
        self.b[panel] = *gradient;
    }
}

/// The gradient of a strip's columns of a hidden layer. `touched` and `scratch` are the strip's own.
pub(crate) fn hidden(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    step: &Step<'_>,
    touched: &mut [u32],
    scratch: &mut Gradient<WIDTH>,
    sink: &mut impl Sink<WIDTH>,
) {
    for (i, dz) in read(&strip.hidden[layer.index].dz).chunks(step.n).enumerate() {
        hidden_panel(network, layer, strip, step, i, dz, touched, scratch, sink);
    }
}

/// The same of one panel, the strip's `i`th, whose dz is given.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
pub(crate) fn hidden_panel(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    step: &Step<'_>,
    i: usize,
    dz: &[Row],
    touched: &mut [u32],
    scratch: &mut Gradient<WIDTH>,
    sink: &mut impl Sink<WIDTH>,
) {
    let slot = i * strip.hidden[layer.index].piece.rows;
    for other in &network.strips {
        match layer.index.checked_sub(1) {
            None => first_layer(network, other, step, dz, slot, touched, scratch, sink),
            Some(below) => {
                let x = read(&other.hidden[below].y);
                let slot = slot + other.panels[below].start * WIDTH;
                dense(network, &x, step.n, dz, slot, scratch, sink);
            }
        }
    }
    let mut db = [0.0; WIDTH];
    biases(network.level, dz, &mut db);
    sink.b(i, &db);
}

/// The gradient of a strip's rows of the output layer. `touched` and `scratch` are the strip's own.
pub(crate) fn output(
    network: &Network,
    index: usize,
    step: &Step<'_>,
    touched: &mut [u32],
    scratch: &mut Gradient<LANES>,
    sink: &mut impl Sink<LANES>,
) {
    let strip = &network.strips[index];
    match strip.hidden.last() {
        Some(below) => {
            for (i, x) in read(&below.y).chunks(step.n).enumerate() {
                *scratch = Gradient { filled: !0, ..Gradient::ZERO };
                for (other, theirs) in network.strips.iter().enumerate() {
                    let dz = &read(&theirs.output.dz);
                    multiply_transposed(
                        network.level,
                        &x[network.rows(other, step.n)],
                        dz,
                        &mut scratch.rows,
                    );
                }
                sink.w(i * WIDTH, scratch, !0);
            }
        }
        // Without a hidden layer there is one strip.
        None => first_layer(network, strip, step, &read(&strip.output.dz), 0, touched, scratch, sink),
    }
    // The biases are the first strip's.
    if index == 0 {
        let mut db = [0.0; LANES];
        for other in &network.strips {
            biases(network.level, &read(&other.output.dz), &mut db);
        }
        sink.b(0, &db);
    }
}

/// The gradient of the pixels that `other` has prepared, for one panel of dz, whose w begins at `slot`.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
fn first_layer<const W: usize>(
    network: &Network,
    other: &Strip,
    step: &Step<'_>,
    dz: &[[f32; W]],
    slot: usize,
    touched: &mut [u32],
    scratch: &mut Gradient<W>,
    sink: &mut impl Sink<W>,
) {
    if step.is_dense {
        touched[other.pixel_panels.clone()].fill(!0);
        let slot = slot + other.pixel_panels.start * WIDTH;
        return dense(network, &read(&other.pixels), step.n, dz, slot, scratch, sink);
    }
    let columns = read(&other.columns[step.parity]);
    for panel in other.pixel_panels.clone() {
        pixels(network.level, &columns, panel, dz, scratch);
        touched[panel] |= scratch.filled;
        sink.w(slot + panel * WIDTH, scratch, touched[panel]);
    }
}

/// The gradient of the panels of a dense x, for one panel of dz.
fn dense<const W: usize>(
    network: &Network,
    x: &[[f32; WIDTH]],
    n: usize,
    dz: &[[f32; W]],
    slot: usize,
    scratch: &mut Gradient<W>,
    sink: &mut impl Sink<W>,
) {
    for (i, x) in x.chunks(n).enumerate() {
        *scratch = Gradient { filled: !0, ..Gradient::ZERO };
        multiply_transposed(network.level, x, dz, &mut scratch.rows);
        sink.w(slot + i * WIDTH, scratch, !0);
    }
}

/// 32 rows of a panel of dw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gradient<const W: usize> {
    pub rows: [[f32; W]; WIDTH],
    /// Bit k says whether any image of the batch has x k; where none has, row k is zero.
    pub filled: u32,
}

impl<const W: usize> Gradient<W> {
    pub(crate) const ZERO: Self = Gradient { rows: [[0.0; W]; WIDTH], filled: 0 };
}

/// The gradient of 32 pixels, `32 · panel..`: each one's is a sum over the images that have it. `dz` has a row an image.
pub(crate) fn pixels<const W: usize>(
    level: Level,
    x: &Columns,
    panel: usize,
    dz: &[[f32; W]],
    gradient: &mut Gradient<W>,
) {
    dispatch!(level, simd => pixels_rows(simd, x, panel, dz, gradient));
}

#[inline(never)]
fn pixels_rows<S: Simd, const W: usize>(
    simd: S,
    x: &Columns,
    panel: usize,
    dz: &[[f32; W]],
    gradient: &mut Gradient<W>,
) {
    simd.vectorize(
        #[inline(always)]
        || {
            gradient.filled = 0;
            for (k, dw) in gradient.rows.iter_mut().enumerate() {
                let column = x.column(panel * WIDTH + k);
                gradient.filled |= u32::from(!column.is_empty()) << k;
                match groups_mut(dw) {
                    [dw] => {
                        let mut sum = f32x16::splat(simd, 0.0);
                        for entry in column {
                            let x = f32x16::splat(simd, entry.value);
                            sum = load(simd, &groups(&dz[entry.row as usize])[0]).mul_add(x, sum);
                        }
                        sum.store_array(dw);
                    }
                    [dw0, dw1] => {
                        let mut sums = [f32x16::splat(simd, 0.0); 2];
                        for entry in column {
                            let x = f32x16::splat(simd, entry.value);
                            let dz = groups(&dz[entry.row as usize]);
                            sums[0] = load(simd, &dz[0]).mul_add(x, sums[0]);
                            sums[1] = load(simd, &dz[1]).mul_add(x, sums[1]);
                        }
                        sums[0].store_array(dw0);
                        sums[1].store_array(dw1);
                    }
                    _ => unreachable!("a row is 16 or 32 columns"),
                }
            }
        },
    );
}

/// db += Σ dz, for a panel of dz.
pub(crate) fn biases<const W: usize>(level: Level, dz: &[[f32; W]], db: &mut [f32; W]) {
    dispatch!(level, simd => {
        for dz in dz {
            for (db, dz) in groups_mut(db).iter_mut().zip(groups(dz)) {
                (load(simd, db) + load(simd, dz)).store_array(db);
            }
        }
    });
}
