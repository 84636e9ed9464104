//! A row that is mostly zeros, times a panel: the inner loop of the first layer, forward (an image, times a panel of w) and backward (a
//! pixel's column, times a panel of dz).

use fearless_simd::{Simd, f32x16, prelude::*};

use super::panel::{groups, load};

/// The sum of some of the panel's rows, each times a value, on top of `start`: in registers, of which the second is zero where a panel has 16
/// columns. `entries` gives the values, and which rows.
#[inline(always)]
pub(crate) fn weighted_sum<S: Simd, const W: usize>(
    simd: S,
    entries: impl Iterator<Item = (f32, usize)>,
    panel: &[[f32; W]],
    start: &[f32; W],
) -> [f32x16<S>; 2] {
    match groups(start) {
        [start] => {
            let mut sum = load(simd, start);
            for (value, row) in entries {
                let x = f32x16::splat(simd, value);
                sum = load(simd, &groups(&panel[row])[0]).mul_add(x, sum);
            }
            [sum, f32x16::splat(simd, 0.0)]
        }
        [start0, start1] => {
            let mut sums = [load(simd, start0), load(simd, start1)];
            for (value, row) in entries {
                let x = f32x16::splat(simd, value);
                let row = groups(&panel[row]);
                sums[0] = load(simd, &row[0]).mul_add(x, sums[0]);
                sums[1] = load(simd, &row[1]).mul_add(x, sums[1]);
            }
            sums
        }
        _ => unreachable!("a row is 16 or 32 columns"),
    }
}
