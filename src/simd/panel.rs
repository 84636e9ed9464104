//! How matrices lie in memory: panels of 32 columns, and which piece of a layer's w a part of the backend holds.

use std::ops::Range;

use fearless_simd::{Simd, f32x8, f32x16, prelude::*};

use crate::model::Layer;

/// Columns that kernels take at once: an AVX-512 register, two of AVX2 or four of wasm. A row of logits, padded, is as wide.
pub(crate) const LANES: usize = 16;

/// Columns of a panel: in wasm's 128-bit registers a sum over a panel's rows has 8 accumulators, which hides a multiply-add's
/// latency of 4 cycles at 2 a cycle, and leaves half of x86's 16 registers for the rest.
pub(crate) const WIDTH: usize = 32;

/// A row of a panel.
pub(crate) type Row = [f32; WIDTH];

/// A row of the output layer: ten classes, then zeros.
pub(crate) type Classes = [f32; LANES];

/// Number of panels that hold `columns` columns.
pub(crate) const fn panels(columns: usize) -> usize {
    columns.div_ceil(WIDTH)
}

/// Part `part`'s share of `total` things, of `parts` parts that are as equal as can be.
pub(crate) const fn share(total: usize, part: usize, parts: usize) -> Range<usize> {
    total * part / parts..total * (part + 1) / parts
}

/// A piece of a layer's w `[fan_in, fan_out]`: some rows, and some columns in panels of W.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    layer: Layer,
    /// The first row, and the number of rows: a multiple of 32. Rows beyond `fan_in` are padding.
    first_row: usize,
    pub rows: usize,
    /// The first column, and the number of panels. Columns beyond `fan_out` are padding.
    first_column: usize,
    pub panels: usize,
    /// Whether the biases of these columns belong to the piece.
    has_biases: bool,
}

impl Piece {
    /// All rows of some panels of columns.
    pub(crate) fn columns(layer: &Layer, panels: Range<usize>) -> Self {
        Piece {
            layer: *layer,
            first_row: 0,
            rows: layer.fan_in.next_multiple_of(WIDTH),
            first_column: panels.start * WIDTH,
            panels: panels.len(),
            has_biases: true,
        }
    }

    /// The rows that belong to some panels of the layer below; they are one panel of [`LANES`] columns.
    pub(crate) fn rows(layer: &Layer, panels_below: Range<usize>, has_biases: bool) -> Self {
        assert!(layer.fan_out <= LANES, "an output layer's row is one register");
        Piece {
            layer: *layer,
            first_row: panels_below.start * WIDTH,
            rows: panels_below.len() * WIDTH,
            first_column: 0,
            panels: 1,
            has_biases,
        }
    }

    /// The biases' rows: one a panel.
    fn bias_rows(&self) -> usize {
        if self.has_biases { self.panels } else { 0 }
    }

    /// Where the rows of w lie here, and in the parameters: as many columns as the range is long, without padding.
    fn w_runs(self, width: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let real_rows = self.rows.min(self.layer.fan_in.saturating_sub(self.first_row));
        (0..self.panels).flat_map(move |panel| {
            let columns = self.real_columns(panel, width);
            (0..real_rows).map(move |row| {
                let start = self.layer.w().start + (self.first_row + row) * self.layer.fan_out;
                (panel * self.rows + row, start + columns.start..start + columns.end)
            })
        })
    }

    /// The same of the biases.
    fn b_runs(self, width: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..self.bias_rows()).map(move |panel| {
            let columns = self.real_columns(panel, width);
            (panel, self.layer.b().start + columns.start..self.layer.b().start + columns.end)
        })
    }

    fn real_columns(&self, panel: usize, width: usize) -> Range<usize> {
        let start = self.first_column + panel * width;
        start..(start + width).min(self.layer.fan_out)
    }
}

/// A piece of w and b, or something of that shape: gradients, moments.
#[derive(Debug, Default)]
pub(crate) struct Tensor<const W: usize> {
    /// Panel after panel, each `[rows]`.
    pub w: Vec<[f32; W]>,
    /// One row a panel.
    pub b: Vec<[f32; W]>,
}

impl<const W: usize> Tensor<W> {
    pub(crate) fn zeros(piece: &Piece) -> Self {
        Tensor { w: vec![[0.0; W]; piece.panels * piece.rows], b: vec![[0.0; W]; piece.bias_rows()] }
    }

    /// Takes the piece out of all parameters.
    pub(crate) fn read(&mut self, piece: &Piece, parameters: &[f32]) {
        for (slot, flat) in piece.w_runs(W) {
            self.w[slot][..flat.len()].copy_from_slice(&parameters[flat]);
        }
        for (slot, flat) in piece.b_runs(W) {
            self.b[slot][..flat.len()].copy_from_slice(&parameters[flat]);
        }
    }

    /// Puts the piece back among all parameters.
    pub(crate) fn write(&self, piece: &Piece, parameters: &mut [f32]) {
        for (slot, flat) in piece.w_runs(W) {
            let length = flat.len();
            parameters[flat].copy_from_slice(&self.w[slot][..length]);
        }
        for (slot, flat) in piece.b_runs(W) {
            let length = flat.len();
            parameters[flat].copy_from_slice(&self.b[slot][..length]);
        }
    }
}

/// Loads 16 columns.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, lanes: &[f32; LANES]) -> f32x16<S> {
    f32x16::load_array_ref(simd, lanes)
}

/// Loads 8 columns.
#[inline(always)]
pub(crate) fn load8<S: Simd>(simd: S, lanes: &[f32; 8]) -> f32x8<S> {
    f32x8::load_array_ref(simd, lanes)
}

/// A row as groups of N columns.
#[inline(always)]
pub(crate) fn groups<const N: usize, const W: usize>(row: &[f32; W]) -> &[[f32; N]] {
    const { assert!(W.is_multiple_of(N), "a row is whole groups") };
    row.as_chunks().0
}

/// A row as groups of N columns.
#[inline(always)]
pub(crate) fn groups_mut<const N: usize, const W: usize>(row: &mut [f32; W]) -> &mut [[f32; N]] {
    const { assert!(W.is_multiple_of(N), "a row is whole groups") };
    row.as_chunks_mut().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Activation;

    fn layer(fan_in: usize, fan_out: usize) -> Layer {
        Layer { index: 0, fan_in, fan_out, activation: Activation::Linear, dropout_rate: 0.0, offset: 3 }
    }

    /// All pieces together hold every parameter once, however many they are, and padding is zero.
    #[test]
    fn pieces_are_the_whole() {
        for parts in 1..5 {
            for (fan_in, fan_out) in [(1, 1), (3, 16), (33, 10), (70, 64), (4, 33), (7, 100)] {
                let layer = layer(fan_in, fan_out);
                let flat: Vec<f32> = (0..layer.b().end).map(|i| i as f32 + 1.0).collect();
                let mut columns = vec![0.0; flat.len()];
                let mut rows = columns.clone();
                for part in 0..parts {
                    let piece = Piece::columns(&layer, share(panels(fan_out), part, parts));
                    let mut tensor = Tensor::<WIDTH>::zeros(&piece);
                    tensor.read(&piece, &flat);
                    tensor.write(&piece, &mut columns);
                    if fan_out <= LANES {
                        let piece = Piece::rows(&layer, share(panels(fan_in), part, parts), part == 0);
                        let mut tensor = Tensor::<LANES>::zeros(&piece);
                        tensor.read(&piece, &flat);
                        tensor.write(&piece, &mut rows);
                        let stored = tensor.w.as_flattened().iter().filter(|&&w| w != 0.0).count();
                        assert!(stored <= piece.rows * fan_out, "padding is zero");
                    }
                }
                assert_eq!(columns[3..], flat[3..], "{fan_in} x {fan_out} in {parts}");
                if fan_out <= LANES {
                    assert_eq!(rows[3..], flat[3..], "{fan_in} x {fan_out} in {parts}");
                }
            }
        }
    }
}
