//! How matrices lie in memory: blocks of 16 columns, and panels of two blocks.

use fearless_simd::{Simd, f32x16, prelude::*};

/// Columns in a block.
pub(crate) const LANES: usize = 16;

/// A block: 16 neighbouring columns of a row.
pub(crate) type Lanes = [f32; LANES];

/// A block of zeros.
pub(crate) const ZERO: Lanes = [0.0; LANES];

/// Blocks in a panel: with 32 columns, a sum over a panel's rows has 8 accumulators in wasm's 128-bit registers, which
/// hides a multiply-add's latency of 4 cycles at 2 a cycle, and leaves half of x86's 16 registers for the rest.
pub(crate) const PANEL: usize = 2;

/// Number of blocks that hold `width` columns.
pub(crate) const fn blocks(width: usize) -> usize {
    width.div_ceil(LANES)
}

/// One panel of a w with `blocks` blocks a row; only the last is narrower than [`PANEL`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    /// Its first block.
    pub first: usize,
    /// Its blocks a row: 1 or 2.
    pub width: usize,
}

/// The panels, left to right.
pub(crate) fn panels(blocks: usize) -> impl Iterator<Item = Panel> {
    (0..blocks).step_by(PANEL).map(move |first| Panel { first, width: PANEL.min(blocks - first) })
}

impl Panel {
    /// Where the panel lies in w: `[fan_in][width]` blocks. All panels before it are full.
    pub(crate) const fn range(&self, fan_in: usize) -> std::ops::Range<usize> {
        self.first * fan_in..(self.first + self.width) * fan_in
    }
}

/// A layer's w and b, or something of that shape: gradients, moments.
#[derive(Debug, Default)]
pub(crate) struct Tensor {
    /// Panel after panel, each `[fan_in][width]`.
    pub w: Vec<Lanes>,
    /// `[blocks]`.
    pub b: Vec<Lanes>,
}

impl Tensor {
    pub(crate) fn zeros(fan_in: usize, fan_out: usize) -> Self {
        Tensor { w: vec![ZERO; fan_in * blocks(fan_out)], b: vec![ZERO; blocks(fan_out)] }
    }

    /// From `w [fan_in, fan_out]` row by row, then `b [fan_out]`.
    pub(crate) fn from_flat(fan_in: usize, fan_out: usize, flat: &[f32]) -> Self {
        let mut tensor = Tensor::zeros(fan_in, fan_out);
        let (w, b) = flat.split_at(fan_in * fan_out);
        for (k, row) in w.chunks_exact(fan_out).enumerate() {
            for (block, columns) in row.chunks(LANES).enumerate() {
                tensor.w[slot(fan_in, blocks(fan_out), k, block)][..columns.len()].copy_from_slice(columns);
            }
        }
        tensor.b.as_flattened_mut()[..fan_out].copy_from_slice(b);
        tensor
    }

    /// The inverse of [`Tensor::from_flat`].
    pub(crate) fn append_to(&self, fan_in: usize, fan_out: usize, flat: &mut Vec<f32>) {
        for k in 0..fan_in {
            for block in 0..blocks(fan_out) {
                let columns = LANES.min(fan_out - block * LANES);
                flat.extend_from_slice(&self.w[slot(fan_in, blocks(fan_out), k, block)][..columns]);
            }
        }
        flat.extend_from_slice(&self.b.as_flattened()[..fan_out]);
    }
}

/// Where block `block` of row `k` lies in w.
pub(crate) const fn slot(fan_in: usize, blocks: usize, k: usize, block: usize) -> usize {
    let first = block - block % PANEL;
    let rest = blocks - first;
    let width = if rest < PANEL { rest } else { PANEL };
    first * fan_in + k * width + block % PANEL
}

/// Loads a block.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, lanes: &Lanes) -> f32x16<S> {
    f32x16::load_array_ref(simd, lanes)
}

/// R rows of a product, 16 columns wide: `acc[r] += Σ a(k, r) · b(k)`, with k ascending.
///
/// Two rows of 16 columns are 8 accumulators in wasm's registers, as a panel's row is.
#[inline(always)]
pub(crate) fn product<'a, S: Simd, const R: usize>(
    simd: S,
    mut acc: [f32x16<S>; R],
    depth: usize,
    a: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize) -> &'a Lanes,
) -> [f32x16<S>; R] {
    for k in 0..depth {
        let b = load(simd, b(k));
        for (r, acc) in acc.iter_mut().enumerate() {
            *acc = f32x16::splat(simd, a(k, r)).mul_add(b, *acc);
        }
    }
    acc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_and_back() {
        for (fan_in, fan_out) in [(1, 1), (3, 16), (2, 17), (5, 32), (4, 33), (7, 100)] {
            let flat: Vec<f32> = (1..=(fan_in + 1) * fan_out).map(|i| i as f32).collect();
            let tensor = Tensor::from_flat(fan_in, fan_out, &flat);
            let mut back = Vec::new();
            tensor.append_to(fan_in, fan_out, &mut back);
            assert_eq!(back, flat, "{fan_in} x {fan_out}");
            let stored = tensor.w.as_flattened().iter().chain(tensor.b.as_flattened());
            assert_eq!(stored.filter(|&&x| x != 0.0).count(), flat.len(), "padding is zero");
        }
    }

    #[test]
    fn panels_cover_every_slot_once() {
        for (fan_in, blocks) in [(1, 1), (3, 2), (5, 3), (2, 8)] {
            let slots: Vec<usize> = panels(blocks)
                .flat_map(|panel| {
                    (0..fan_in).flat_map(move |k| {
                        (0..panel.width).map(move |block| slot(fan_in, blocks, k, panel.first + block))
                    })
                })
                .collect();
            assert!(slots.into_iter().eq(0..fan_in * blocks), "{fan_in} x {blocks}");
        }
    }
}
