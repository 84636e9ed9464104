//! Matrix products of dense tensors, blocked for registers and caches.
//!
//! A tile of the result, up to 6 rows of 8 columns, stays in registers while 128 terms of its sums are added: in wasm's 128-bit
//! registers these are 12 accumulators, a row of b and one of a, which is what x86 has. 128 rows of a panel of b are 16 KB,
//! half of the first-level cache, and serve every tile of the panel. Sums run in ascending order and go on where they stood, so
//! nothing depends on how a product is cut.
//!
//! Each loop is a function of its own: in one large function, V8 keeps accumulators on the stack.

use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::panel::{WIDTH, groups, groups_mut, load8};

/// Terms that are added to a tile at once.
const DEPTH: usize = 128;

/// Rows of a tile: 6, and what gives the fullest ones towards the end.
const fn tile_rows(left: usize) -> usize {
    match left {
        0..=6 => left,
        // Twice 4 are faster than 6 and 2; and so on.
        7 | 8 => left.div_ceil(2),
        9 => 5,
        _ => 6,
    }
}

/// Calls a function with as many rows as a constant.
macro_rules! with_rows {
    ($rows:expr, $R:ident => $call:expr) => {
        match $rows {
            1 => {
                const $R: usize = 1;
                $call
            }
            2 => {
                const $R: usize = 2;
                $call
            }
            3 => {
                const $R: usize = 3;
                $call
            }
            4 => {
                const $R: usize = 4;
                $call
            }
            5 => {
                const $R: usize = 5;
                $call
            }
            _ => {
                const $R: usize = 6;
                $call
            }
        }
    };
}

/// `c[i] += Σ_d a[d][i] · b[d]`, for the rows `first..first + c.len()` of a.
///
/// a is panels of K columns, each of `height` rows: column d of row i is `a[d / K * height + i][d % K]`. b has K rows for each panel of a.
pub(crate) fn multiply<const K: usize, const W: usize>(
    level: Level,
    a: &[[f32; K]],
    height: usize,
    first: usize,
    b: &[[f32; W]],
    c: &mut [[f32; W]],
) {
    assert!(first + c.len() <= height && a.len() * K == b.len() * height, "a and b belong together");
    for (a, b) in a.chunks(height * (DEPTH / K)).zip(b.chunks(DEPTH)) {
        let mut row = 0;
        while row < c.len() {
            let rows = tile_rows(c.len() - row);
            with_rows!(rows, R => {
                let tile = c[row..].first_chunk_mut::<R>().expect("there are so many rows");
                dispatch!(level, simd => multiply_tile(simd, a, height, first + row, b, tile));
            });
            row += rows;
        }
    }
}

#[inline(never)]
fn multiply_tile<S: Simd, const R: usize, const K: usize, const W: usize>(
    simd: S,
    a: &[[f32; K]],
    height: usize,
    first: usize,
    b: &[[f32; W]],
    c: &mut [[f32; W]; R],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            for column in 0..W / 8 {
                let mut sums: [f32x8<S>; R] = std::array::from_fn(|r| load8(simd, &groups(&c[r])[column]));
                for (a, b) in a.chunks_exact(height).zip(b.as_chunks::<K>().0) {
                    let a: &[[f32; K]; R] = a[first..].first_chunk().expect("the tile lies in the panel");
                    for k in 0..K {
                        let b = load8(simd, &groups(&b[k])[column]);
                        for r in 0..R {
                            sums[r] = b.mul_add(f32x8::splat(simd, a[r][k]), sums[r]);
                        }
                    }
                }
                for r in 0..R {
                    sums[r].store_array(&mut groups_mut(&mut c[r])[column]);
                }
            }
        },
    );
}

/// `c[i] += Σ_n a[n][i] · b[n]`: the product with a panel's transpose. a and b have as many rows.
pub(crate) fn multiply_transposed<const W: usize>(
    level: Level,
    a: &[[f32; WIDTH]],
    b: &[[f32; W]],
    c: &mut [[f32; W]; WIDTH],
) {
    assert_eq!(a.len(), b.len(), "a and b have as many rows");
    for (a, b) in a.chunks(DEPTH).zip(b.chunks(DEPTH)) {
        let mut row = 0;
        while row < WIDTH {
            let rows = tile_rows(WIDTH - row);
            with_rows!(rows, R => {
                let tile = c[row..].first_chunk_mut::<R>().expect("there are so many rows");
                dispatch!(level, simd => transposed_tile(simd, a, row, b, tile));
            });
            row += rows;
        }
    }
}

#[inline(never)]
fn transposed_tile<S: Simd, const R: usize, const W: usize>(
    simd: S,
    a: &[[f32; WIDTH]],
    first: usize,
    b: &[[f32; W]],
    c: &mut [[f32; W]; R],
) {
    assert!(first + R <= WIDTH, "the tile lies in the panel");
    simd.vectorize(
        #[inline(always)]
        || {
            for column in 0..W / 8 {
                let mut sums: [f32x8<S>; R] = std::array::from_fn(|r| load8(simd, &groups(&c[r])[column]));
                for (a, b) in a.iter().zip(b) {
                    let b = load8(simd, &groups(b)[column]);
                    for r in 0..R {
                        sums[r] = b.mul_add(f32x8::splat(simd, a[first + r]), sums[r]);
                    }
                }
                for r in 0..R {
                    sums[r].store_array(&mut groups_mut(&mut c[r])[column]);
                }
            }
        },
    );
}
