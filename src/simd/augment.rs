//! Images as other hands would have written them, straight to rows of what is not zero. Shader: shaders/augment.wgsl; definition:
//! [`augment`](crate::augment).
//!
//! Eight pixels at a time, for between two knots they come from places that are equally far apart. What lies beside the ink is passed over.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, i32x8, prelude::*, u8x16};

use super::pixels::Rows;
use crate::augment::{BEFORE, KNOTS, PART, SIDE, SPACING, Warp};
use crate::data::{Nonzero, PIXELS};

/// Appends the nonzero pixels of an image, changed.
pub(crate) fn augment(level: Level, warp: &Warp, image: &[u8], rows: &mut Rows) {
    assert_eq!(image.len(), PIXELS, "an image has 784 pixels");
    match ink(image) {
        Some(ink) => dispatch!(level, simd => warp_image(simd, warp, image, &ink, rows)),
        None => rows.push(Nonzero { indices: &[], values: &[] }),
    }
}

/// Columns and rows that have ink.
fn ink(image: &[u8]) -> Option<[Range<i32>; 2]> {
    let mut columns = [0; SIDE];
    let mut rows = 0..0;
    for (y, row) in (0..).zip(image.chunks_exact(SIDE)) {
        let mut any = 0;
        for (column, &value) in columns.iter_mut().zip(row) {
            *column |= value;
            any |= value;
        }
        if any != 0 {
            rows = if rows.is_empty() { y..y + 1 } else { rows.start..y + 1 };
        }
    }
    let first = columns.iter().position(|&any| any != 0)? as i32;
    let last = columns.iter().rposition(|&any| any != 0)? as i32;
    Some([first..last + 1, rows])
}

/// Positions are computed in parts of a pixel: 8 · 8 for the way from knot to knot in both directions, times [`PART`].
const FINE: i32 = PART * (SPACING * SPACING) as i32;

#[inline(never)]
fn warp_image<S: Simd>(simd: S, warp: &Warp, image: &[u8], ink: &[Range<i32>; 2], rows: &mut Rows) {
    simd.vectorize(
        #[inline(always)]
        || {
            let quads = Quads::new(simd, image, &ink[1]);
            let tone = Tone::new(simd, warp.tone);
            let lanes = i32x8::from_fn(simd, |lane| lane as i32);
            let mut list = List::new();
            for y in 0..SIDE {
                let (cell_y, down) = ((y + BEFORE) / SPACING, ((y + BEFORE) % SPACING) as i32);
                let (above, below) = (&warp.knots[cell_y], &warp.knots[cell_y + 1]);
                // From the corner of the image to the middle of its first pixel.
                let row: [[i32; 2]; KNOTS] = std::array::from_fn(|i| {
                    [0, 1].map(|axis| above[i][axis] * (8 - down) + below[i][axis] * down - PART / 2 * 8)
                });
                for (cell, ends) in row.windows(2).enumerate() {
                    // Between two knots the positions are, too: what lies beside the ink all the way has none.
                    if [0, 1].iter().any(|&axis| is_beside([ends[0][axis], ends[1][axis]], &ink[axis])) {
                        continue;
                    }
                    let [x, y_from] =
                        [0, 1].map(|axis| lanes * (ends[1][axis] - ends[0][axis]) + ends[0][axis] * 8);
                    let values = tone.apply(quads.sample(simd, x, y_from));
                    list.push(y * SIDE, cell, values);
                }
            }
            rows.push(list.nonzero());
        },
    );
}

/// Whether no position between two, in 1 / 2,048 pixel from the middle of the first pixel, is within a pixel of `ink`'s pixels.
fn is_beside([from, to]: [i32; 2], ink: &Range<i32>) -> bool {
    let unit = 8 * PART;
    from.max(to) <= (ink.start - 1) * unit || from.min(to) >= ink.end * unit
}

/// What becomes of a pixel's tone: it is multiplied and moved.
struct Tone<S: Simd> {
    gain: i32x8<S>,
    offset: i32x8<S>,
}

impl<S: Simd> Tone<S> {
    #[inline(always)]
    fn new(simd: S, [darker, lighter]: [i32; 2]) -> Self {
        Tone { gain: i32x8::splat(simd, darker - lighter), offset: i32x8::splat(simd, 255 * lighter) }
    }

    #[inline(always)]
    fn apply(&self, value: i32x8<S>) -> i32x8<S> {
        (value + ((value * self.gain + self.offset) >> 15)).max(0).min(255)
    }
}

/// Each four pixels that meet at a corner, as the bytes of one word: what bilinear interpolation reads. Around the image there is paper.
struct Quads([[u8; 4]; Quads::ROWS * Quads::COLUMNS]);

impl Quads {
    /// A power of two, so that no index is out of range.
    const ROWS: usize = 32;
    const COLUMNS: usize = 32;
    /// Where the quad of the image's first four pixels stands, in each direction: behind one with ink in its last pixel, and one
    /// with none.
    const FIRST: usize = 2;
    /// The last one, with none.
    const LAST: i32 = (Self::FIRST + SIDE) as i32;

    /// The quads of `image`, whose ink lies in `rows`.
    #[inline(always)]
    fn new<S: Simd>(simd: S, image: &[u8], rows: &Range<i32>) -> Self {
        // A row more than there are quads, and a pixel.
        let mut pixels = [0; (Self::ROWS + 2) * Self::COLUMNS];
        let [start, end] = [rows.start, rows.end].map(|row| row as usize);
        for (y, row) in (start..end).zip(image.chunks_exact(SIDE).skip(start)) {
            pixels[(y + Self::FIRST) * Self::COLUMNS + Self::FIRST..][..SIDE].copy_from_slice(row);
        }
        let mut quads = [[0; 4]; Self::ROWS * Self::COLUMNS];
        for at in ((start + Self::FIRST - 1) * Self::COLUMNS..(end + Self::FIRST) * Self::COLUMNS).step_by(16)
        {
            let corner = |offset: usize| u8x16::from_slice(simd, &pixels[at + offset..][..16]);
            let corners = [corner(0), corner(1), corner(Self::COLUMNS), corner(Self::COLUMNS + 1)];
            let sixteen: &mut [[u8; 4]; 16] = (&mut quads[at..at + 16]).try_into().expect("they are sixteen");
            simd.store_four_interleaved_u8x16(
                corners,
                sixteen.as_flattened_mut().try_into().expect("of four"),
            );
        }
        Quads(quads)
    }

    /// The tones at some positions, in parts of a pixel from the middle of the first pixel.
    #[inline(always)]
    fn sample<S: Simd>(&self, simd: S, x: i32x8<S>, y: i32x8<S>) -> i32x8<S> {
        let shift = FINE.ilog2();
        let [column, row] = [x, y].map(|at| ((at >> shift) + Self::FIRST as i32).max(0).min(Self::LAST));
        let [right, down] = [x, y].map(|at| (at >> (shift - PART.ilog2())) & (PART - 1));
        let index = (row * Self::COLUMNS as i32 + column).to_array();
        let Quads(quads) = self;
        let quad = i32x8::from_fn(simd, |lane| i32::from_le_bytes(quads[index[lane] as usize % quads.len()]));
        // Upper and lower pixel side by side, 16 bits for each: 255 · 256 is the most.
        let columns = (quad & 0xff_00ff) * (PART - right) + ((quad >> 8) & 0xff_00ff) * right;
        ((columns & 0xffff) * (PART - down) + ((columns >> 16) & 0xffff) * down + PART * PART / 2) >> 16
    }
}

/// The nonzero pixels of one image, as they come.
struct List {
    indices: [u16; List::ROOM],
    values: [u8; List::ROOM],
    len: usize,
}

impl List {
    /// A power of two, so that no index is out of range.
    const ROOM: usize = PIXELS.next_power_of_two();

    fn new() -> Self {
        List { indices: [0; Self::ROOM], values: [0; Self::ROOM], len: 0 }
    }

    /// Eight pixels of a row that begins at pixel `first`: those of a cell between two knots.
    #[inline(always)]
    fn push<S: Simd>(&mut self, first: usize, cell: usize, values: i32x8<S>) {
        let values = values.to_array();
        if values == [0; 8] {
            return;
        }
        // The outer cells reach beyond the image.
        let columns = (cell * SPACING).max(BEFORE)..((cell + 1) * SPACING).min(SIDE + BEFORE);
        for column in columns {
            let value = values[column % SPACING] as u8;
            // Written whether they count or not: which do cannot be foreseen.
            self.indices[self.len % Self::ROOM] = (first + column - BEFORE) as u16;
            self.values[self.len % Self::ROOM] = value;
            self.len += usize::from(value != 0);
        }
    }

    fn nonzero(&self) -> Nonzero<'_> {
        Nonzero { indices: &self.indices[..self.len], values: &self.values[..self.len] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Augmentation;
    use crate::data::synthetic;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn rows_are_in_order_and_one_behind_the_other() {
        let image = synthetic::digit(3, 7).0;
        let mut rows = Rows::default();
        for row in [1, 3, 5] {
            let warp = Augmentation::ROBUST.warp(2, 1, row).unwrap();
            augment(Level::new(), &warp, &image, &mut rows);
            augment(Level::new(), &warp, &[0; PIXELS], &mut rows);
            let want = warp.apply(&image).into_iter().map(|value| f32::from(value) / 255.0).zip(0..);
            let want: Vec<_> = want.filter(|(value, _)| *value != 0.0).collect();
            assert_eq!(rows.row(rows.len() - 2).collect::<Vec<_>>(), want);
            assert_eq!(rows.row(rows.len() - 1).next(), None, "no ink");
        }
        assert_eq!(rows.len(), 6);
    }
}
