//! Matrix products of dense tensors, blocked for registers and caches.
//!
//! A tile of the result, some rows of 8 columns, stays in registers while 128 terms of its sums are added. 128 rows of a panel of b are 16 KB,
//! half of the first-level cache, and serve every tile of the panel. Sums run in ascending order and go on where they stood, so
//! nothing depends on how a product is cut.
//!
//! Each loop is a function of its own: in one large function, V8 keeps accumulators on the stack.

use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::panel::{WIDTH, groups, groups_mut, load8};

/// Terms that are added to a tile at once.
const DEPTH: usize = 128;

/// Most rows of a tile. A multiply-add takes 4 cycles and two begin in each, so 8 registers of sums keep a core busy. In wasm's 128 bits
/// these are 4 rows; with 5 or 6 V8 keeps some of them on the stack, and is half as fast (measured).
const ROWS: usize = if cfg!(target_arch = "wasm32") { 4 } else { 8 };

/// Calls a function with as many rows as a constant.
macro_rules! with_rows {
    ($rows:expr, $R:ident => $call:expr) => {
        with_rows!($rows, $R => $call, 1 2 3 4 5 6 7 8)
    };
    ($rows:expr, $R:ident => $call:expr, $($count:literal)*) => {
        match $rows {
            $($count => {
                const $R: usize = $count;
                $call
            })*
            _ => unreachable!("a tile has at most {ROWS} rows"),
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
            let rows = ROWS.min(c.len() - row);
            with_rows!(rows, R => {
                let tile = c[row..].first_chunk_mut::<R>().expect("there are so many rows");
                for column in 0..W / 8 {
                    dispatch!(level, simd => multiply_tile(simd, a, height, first + row, b, tile, column));
                }
            });
            row += rows;
        }
    }
}

/// Of the eight columns `8 · column..`.
#[inline(never)]
fn multiply_tile<S: Simd, const R: usize, const K: usize, const W: usize>(
    simd: S,
    a: &[[f32; K]],
    height: usize,
    first: usize,
    b: &[[f32; W]],
    c: &mut [[f32; W]; R],
    column: usize,
) {
    assert!(column < W / 8, "the tile lies in the panel");
    simd.vectorize(
        #[inline(always)]
        || {
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
            let rows = ROWS.min(WIDTH - row);
            with_rows!(rows, R => {
                let tile = c[row..].first_chunk_mut::<R>().expect("there are so many rows");
                for column in 0..W / 8 {
                    dispatch!(level, simd => transposed_tile(simd, a, row, b, tile, column));
                }
            });
            row += rows;
        }
    }
}

/// Of the eight columns `8 · column..`.
#[inline(never)]
fn transposed_tile<S: Simd, const R: usize, const W: usize>(
    simd: S,
    a: &[[f32; WIDTH]],
    first: usize,
    b: &[[f32; W]],
    c: &mut [[f32; W]; R],
    column: usize,
) {
    assert!(first + R <= WIDTH && column < W / 8, "the tile lies in the panel");
    simd.vectorize(
        #[inline(always)]
        || {
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
        },
    );
}
