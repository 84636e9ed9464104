//! dw = xᵀ · dz, db = Σ dz. Shader: shaders/dense_backward_weights.wgsl.
//!
//! A [`Sink`] says what becomes of a gradient: it is stored, or, in `dense_update`, handed to the optimizer where it was made: a pixel's row in
//! registers, 32 rows of a dense x in the first-level cache.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::network::{Network, Step};
use super::panel::{LANES, Row, Tensor, WIDTH, groups, groups_mut, load};
use super::pixels::{Columns, Entry};
use super::product::multiply_transposed;
use super::strip::{Strip, read};
use crate::model::Layer;

/// 32 rows of a panel of dw.
pub(crate) type Gradient<const W: usize> = [[f32; W]; WIDTH];

/// What becomes of a gradient.
pub(crate) trait Sink<const W: usize> {
    /// Of 32 pixels, `32 · panel..`, whose rows of w begin at `slot`. Bit k of `touched` says whether the kth has ever had one, and is
    /// kept up.
    fn pixels(
        &mut self,
        level: Level,
        slot: usize,
        x: &Columns,
        panel: usize,
        dz: &[[f32; W]],
        touched: &mut u32,
    );
    /// Of the 32 rows of w that begin at `slot`.
    fn dense(&mut self, level: Level, slot: usize, gradient: &Gradient<W>);
    /// Of the biases of a panel.
    fn b(&mut self, level: Level, panel: usize, gradient: &[f32; W]);
}

/// It is stored.
impl<const W: usize> Sink<W> for Tensor<W> {
    fn pixels(&mut self, level: Level, slot: usize, x: &Columns, panel: usize, dz: &[[f32; W]], _: &mut u32) {
        let gradient = &mut self.w[slot..slot + WIDTH];
        dispatch!(level, simd => pixel_rows(simd, x, panel, dz, gradient));
    }

    fn dense(&mut self, _: Level, slot: usize, gradient: &Gradient<W>) {
        self.w[slot..slot + WIDTH].copy_from_slice(gradient);
    }

    fn b(&mut self, _: Level, panel: usize, gradient: &[f32; W]) {
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
    sink.b(network.level, i, &db);
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
                *scratch = [[0.0; LANES]; WIDTH];
                for (other, theirs) in network.strips.iter().enumerate() {
                    let dz = &read(&theirs.output.dz);
                    multiply_transposed(network.level, &x[network.rows(other, step.n)], dz, scratch);
                }
                sink.dense(network.level, i * WIDTH, scratch);
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
        sink.b(network.level, 0, &db);
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
        sink.pixels(network.level, slot + panel * WIDTH, &columns, panel, dz, &mut touched[panel]);
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
        *scratch = [[0.0; W]; WIDTH];
        multiply_transposed(network.level, x, dz, scratch);
        sink.dense(network.level, slot + i * WIDTH, scratch);
    }
}

#[inline(never)]
fn pixel_rows<S: Simd, const W: usize>(
    simd: S,
    x: &Columns,
    panel: usize,
    dz: &[[f32; W]],
    gradient: &mut [[f32; W]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (k, dw) in gradient.iter_mut().enumerate() {
                let sums = pixel_row(simd, x.column(panel * WIDTH + k), dz);
                groups_mut(dw).iter_mut().zip(sums).for_each(|(dw, sum)| sum.store_array(dw));
            }
        },
    );
}

/// A pixel's gradient in registers: of one group of 16 columns, the second is zero.
#[inline(always)]
pub(crate) fn pixel_row<S: Simd, const W: usize>(
    simd: S,
    column: &[Entry],
    dz: &[[f32; W]],
) -> [f32x16<S>; 2] {
    let mut sums = [f32x16::splat(simd, 0.0); 2];
    for entry in column {
        let x = f32x16::splat(simd, entry.value);
        match groups(&dz[entry.row as usize]) {
            [dz0] => sums[0] = load(simd, dz0).mul_add(x, sums[0]),
            [dz0, dz1] => {
                sums[0] = load(simd, dz0).mul_add(x, sums[0]);
                sums[1] = load(simd, dz1).mul_add(x, sums[1]);
            }
            _ => unreachable!("a row is 16 or 32 columns"),
        }
    }
    sums
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
