//! dz of the layer below: (dz · wᵀ) through its dropout and activation. Shader: shaders/dense_backward_input.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::dropout::Dropout;
use super::network::{Network, Step};
use super::panel::{LANES, Row, WIDTH, groups, groups_mut, load};
use super::product::multiply;
use super::strip::{Strip, read, write};
use crate::model::{Activation, Layer};

/// Panels that are transposed at a time: as many as a product adds at once.
const AT_ONCE: usize = 4;

/// dz of a strip's columns of the layer `below`.
pub(crate) fn below(network: &Network, layer: &Layer, below: &Layer, strip: &Strip, step: &Step<'_>) {
    let (level, n) = (network.level, step.n);
    let hidden = &strip.hidden[below.index];
    let y = read(&hidden.y);
    let mut dx = write(&hidden.dz);
    dx.clear();
    dx.resize(y.len(), [0.0; WIDTH]);
    let panels = strip.panels[below.index].clone();
    for (i, (panel, dx)) in panels.zip(dx.chunks_mut(n)).enumerate() {
        for (other, theirs) in network.strips.iter().enumerate() {
            if network.is_output(layer) {
                // The rows of w that belong to these columns are this strip's, too; the rows of dz are everybody's.
                let w = &read(&strip.output.parameters).w[i * WIDTH..][..WIDTH];
                let dx = &mut dx[network.rows(other, n)];
                dense_backward_input::<LANES, 1>(level, &read(&theirs.output.dz), [w].into_iter(), dx);
            } else {
                let theirs = &theirs.hidden[layer.index];
                let w = &read(&theirs.parameters).w;
                let w = w.chunks(theirs.piece.rows).map(|w| &w[panel * WIDTH..][..WIDTH]);
                dense_backward_input::<WIDTH, AT_ONCE>(level, &read(&theirs.dz), w, dx);
            }
        }
        gate(level, below, step.dropout(below), panel, &y[i * n..][..n], dx);
    }
}

/// dx += dz · wᵀ for a panel of dx, that is for 32 rows of w. `dz` is panels of K columns with as many rows as dx; `w` gives the 32 rows
/// of w for each of them. `AT_ONCE` of them are transposed at a time.
pub(crate) fn dense_backward_input<'a, const K: usize, const AT_ONCE: usize>(
    level: Level,
    dz: &[[f32; K]],
    w: impl Iterator<Item = &'a [[f32; K]]>,
    dx: &mut [Row],
) {
    if dx.is_empty() {
        return;
    }
    let mut w = w.fuse();
    for dz in dz.chunks(AT_ONCE * dx.len()) {
        let panels = dz.len() / dx.len();
        let transposed: [[Row; K]; AT_ONCE] =
            std::array::from_fn(|_| w.next().map_or([[0.0; WIDTH]; K], transposed));
        multiply(level, dz, dx.len(), 0, transposed[..panels].as_flattened(), dx);
    }
}

/// `[c][k]` is `from[k][c]`.
fn transposed<const K: usize>(from: &[[f32; K]]) -> [Row; K] {
    let from: &[[f32; K]; WIDTH] = from.try_into().expect("a panel has 32 rows of w");
    std::array::from_fn(|c| std::array::from_fn(|k| from[k][c]))
}

/// From dx to the dz of the layer below, in place, for a panel: the way back through dropout and activation. `panel` is its index in that layer.
pub(crate) fn gate(
    level: Level,
    below: &Layer,
    dropout: Option<Dropout>,
    panel: usize,
    y: &[Row],
    dx: &mut [Row],
) {
    assert_eq!(y.len(), dx.len(), "y and its gradient have one shape");
    match (below.activation, dropout) {
        (Activation::Relu, _) => dispatch!(level, simd => relu(simd, below.dropout_scale(), y, dx)),
        (Activation::Linear, Some(dropout)) => dispatch!(level, simd => linear(simd, dropout, panel, dx)),
        (Activation::Linear, None) => {}
    }
}

/// y > 0 says that the ReLU was open and that dropout kept it.
#[inline(never)]
fn relu<S: Simd>(simd: S, scale: f32, y: &[Row], dx: &mut [Row]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = f32x16::splat(simd, 0.0);
            for (y, dx) in y.iter().flat_map(groups).zip(dx.iter_mut().flat_map(groups_mut)) {
                let open = load(simd, y).simd_gt(zero);
                open.select(load(simd, dx) * scale, zero).store_array(dx);
            }
        },
    );
}

#[inline(never)]
fn linear<S: Simd>(simd: S, dropout: Dropout, panel: usize, dx: &mut [Row]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for (pair, rows) in dx.chunks_mut(2).enumerate() {
                let factors = dropout.factors(simd, panel, 2 * pair);
                for (dx, factor) in rows.iter_mut().flat_map(groups_mut).zip(factors) {
                    (load(simd, dx) * factor).store_array(dx);
                }
            }
        },
    );
}
