//! dw = xᵀ · dz, db = Σ dz. Shader: shaders/dense_backward_weights.wgsl.
//!
//! A [`Sink`] says what becomes of a gradient: it is stored, or, in `dense_update`, handed to the optimizer where it was made: a pixel's row in
//! registers, 32 rows of a dense x in the first-level cache.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use super::network::{Network, Step};
use super::panel::{LANES, Row, Tensor, WIDTH, groups, groups_mut, load};
use super::pixels::{Columns, PIXEL_PANELS};
use super::product::multiply_transposed;
use super::sparse::weighted_sum;
use super::strip::{Strip, read};
use crate::model::Layer;

/// 32 rows of a panel of dw.
pub(crate) type Gradient<const W: usize> = [[f32; W]; WIDTH];

/// What becomes of a gradient.
pub(crate) trait Sink<const W: usize> {
    /// Of the pixels that `x` lists, for some panels of dz of `n` rows. The first panel's w begins at `slot`.
    fn pixels(&mut self, level: Level, slot: usize, x: &Columns, dz: &[[f32; W]], n: usize);
    /// Of the pixels that no image of the batch has, for as many panels.
    fn no_pixels(&mut self, level: Level, slot: usize, panels: usize);
    /// Of the 32 rows of w that begin at `slot`.
    fn dense(&mut self, level: Level, slot: usize, gradient: &Gradient<W>);
    /// Of the biases of a panel.
    fn b(&mut self, level: Level, panel: usize, gradient: &[f32; W]);
}

/// It is stored.
impl<const W: usize> Sink<W> for Tensor<W> {
    fn pixels(&mut self, level: Level, slot: usize, x: &Columns, dz: &[[f32; W]], n: usize) {
        let gradient = &mut self.w[slot..];
        dispatch!(level, simd => pixel_rows(simd, x, dz, n, gradient));
    }

    /// Their sums of nothing are zero already.
    fn no_pixels(&mut self, _: Level, _: usize, _: usize) {}

    fn dense(&mut self, _: Level, slot: usize, gradient: &Gradient<W>) {
        self.w[slot..slot + WIDTH].copy_from_slice(gradient);
    }

    fn b(&mut self, _: Level, panel: usize, gradient: &[f32; W]) {
        self.b[panel] = *gradient;
    }
}

/// Panels of dz whose rows of a pixel are made one after the other, for a batch of `n`. As many entries in the next panel as in this: a
/// processor foresees where three of four loops end. For a batch of 32, four are 16 KB, a third or half of a first-level cache; of a large
/// one no more than 256 KB, for each pixel reads them anew.
pub(crate) const fn at_once(n: usize) -> usize {
    const ROWS: usize = (256 << 10) / size_of::<Row>();
    match ROWS / n {
        0 | 1 => 1,
        2 | 3 => 2,
        _ => 4,
    }
}

/// The gradient of a strip's columns of a hidden layer. `scratch` is the strip's own.
pub(crate) fn hidden(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    step: &Step<'_>,
    scratch: &mut Gradient<WIDTH>,
    sink: &mut impl Sink<WIDTH>,
) {
    let at_once = at_once(step.n);
    for (i, dz) in read(&strip.hidden[layer.index].dz).chunks(at_once * step.n).enumerate() {
        hidden_panels(network, layer, strip, step, i * at_once, dz, scratch, sink);
    }
}

/// The same of some panels, from the strip's `first`, whose dz are given.
#[allow(clippy::too_many_arguments, reason = "a kernel's arguments are its tensors")]
pub(crate) fn hidden_panels(
    network: &Network,
    layer: &Layer,
    strip: &Strip,
    step: &Step<'_>,
    first: usize,
    dz: &[Row],
    scratch: &mut Gradient<WIDTH>,
    sink: &mut impl Sink<WIDTH>,
) {
    let (level, n) = (network.level, step.n);
    let height = strip.hidden[layer.index].piece.rows;
    match layer.index.checked_sub(1) {
        None => first_layer(network, step, dz, first * height, scratch, sink),
        Some(below) => {
            for other in &network.strips {
                let x = read(&other.hidden[below].y);
                for (i, dz) in dz.chunks(n).enumerate() {
                    let slot = (first + i) * height + other.panels[below].start * WIDTH;
                    dense(level, &x, dz, slot, scratch, sink);
                }
            }
        }
    }
    for (i, dz) in dz.chunks(n).enumerate() {
        let mut db = [0.0; WIDTH];
        biases(level, dz, &mut db);
        sink.b(level, first + i, &db);
    }
}

/// The gradient of a strip's rows of the output layer. `scratch` is the strip's own.
pub(crate) fn output(
    network: &Network,
    index: usize,
    step: &Step<'_>,
    scratch: &mut Gradient<LANES>,
    sink: &mut impl Sink<LANES>,
) {
    let strip = &network.strips[index];
    match strip.hidden.last() {
        Some(below) => {
            for (i, x) in read(&below.y).chunks(step.n).enumerate() {
                *scratch = [[0.0; LANES]; WIDTH];
                for (other, theirs) in network.strips.iter().enumerate() {
                    let dz = &read(&theirs.output.dz);
                    multiply_transposed(network.level, &x[network.rows(other, step.n)], dz, scratch);
                }
                sink.dense(network.level, i * WIDTH, scratch);
            }
        }
        // Without a hidden layer there is one strip.
        None => first_layer(network, step, &read(&strip.output.dz), 0, scratch, sink),
    }
    // The biases are the first strip's.
    if index == 0 {
        let mut db = [0.0; LANES];
        for other in &network.strips {
            biases(network.level, &read(&other.output.dz), &mut db);
        }
        sink.b(network.level, 0, &db);
    }
}

/// The gradient of the first layer, for some panels of dz, of which the first one's w begins at `slot`.
fn first_layer<const W: usize>(
    network: &Network,
    step: &Step<'_>,
    dz: &[[f32; W]],
    slot: usize,
    scratch: &mut Gradient<W>,
    sink: &mut impl Sink<W>,
) {
    for other in &network.strips {
        if step.is_dense {
            let x = read(&other.pixels);
            for (i, dz) in dz.chunks(step.n).enumerate() {
                let slot = slot + (i * PIXEL_PANELS + other.pixel_panels.start) * WIDTH;
                dense(network.level, &x, dz, slot, scratch, sink);
            }
        } else {
            sink.pixels(network.level, slot, &read(&other.columns[step.parity]), dz, step.n);
        }
    }
    if !step.is_dense {
        sink.no_pixels(network.level, slot, dz.len() / step.n);
    }
}

/// The gradient of the panels of a dense x, for one panel of dz.
fn dense<const W: usize>(
    level: Level,
    x: &[[f32; WIDTH]],
    dz: &[[f32; W]],
    slot: usize,
    scratch: &mut Gradient<W>,
    sink: &mut impl Sink<W>,
) {
    for (i, x) in x.chunks(dz.len()).enumerate() {
        *scratch = [[0.0; W]; WIDTH];
        multiply_transposed(level, x, dz, scratch);
        sink.dense(level, slot + i * WIDTH, scratch);
    }
}

#[inline(never)]
fn pixel_rows<S: Simd, const W: usize>(
    simd: S,
    x: &Columns,
    dz: &[[f32; W]],
    n: usize,
    gradient: &mut [[f32; W]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for pixel in x.pixels() {
                let column = x.column(pixel);
                for (dz, dw) in dz.chunks_exact(n).zip(gradient.chunks_exact_mut(PIXEL_PANELS * WIDTH)) {
                    let sums = weighted_sum(simd, column.clone(), dz, &[0.0; W]);
                    groups_mut(&mut dw[pixel]).iter_mut().zip(sums).for_each(|(dw, sum)| sum.store_array(dw));
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
