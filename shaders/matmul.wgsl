// matmul: for every (row, col) the sum over k < depth of load_a(row, k) * load_b(k, col), handed to store(row, col, sum).
//
// The kernel defines the three. load_a and load_b answer 0 beyond the edges and store ignores what lies there: a transpose, an
// edge or an activation is theirs, never another loop. A_ALONG_K and B_ALONG_K say which way they lie in memory, so that
// neighbouring threads fetch neighbouring numbers.
//
//   a thread     a block of 4 × 4 sums in registers, 16 multiply-adds for 8 numbers from workgroup memory; or of 8 × 8 (WIDE)
//   a workgroup  a tile of ROWS × COLS blocks, SLICES threads a block. a and b come in stages of DEPTH along k, each number
//                fetched once for the whole tile
//   split-K      where the sum is long and the output small: the threads of a block take every SLICES-th k each, and their
//                shares are added at the end, in the order of the slices. Not for wide blocks
//
// Dispatch: (ceil(columns / tile's columns), ceil(rows / tile's rows)). Rust: src/gpu/tile.rs; twin: `product` in src/simd/panel.rs.

override ROWS: u32 = 8u;
override COLS: u32 = 8u;
override SLICES: u32 = 1u;
override DEPTH: u32 = 32u;
override WIDE: bool = false;

override THREADS: u32 = ROWS * COLS * SLICES;
// Vectors of 4 rows or columns in a stage, for each k; and one more, so that neighbours along k lie in different banks.
override A_VECTORS: u32 = ROWS * select(1u, 2u, WIDE);
override B_VECTORS: u32 = COLS * select(1u, 2u, WIDE);
override A_STRIDE: u32 = A_VECTORS + 1u;
override B_STRIDE: u32 = B_VECTORS + 1u;
var<workgroup> stage_a: array<vec4<f32>, DEPTH * A_STRIDE>;
var<workgroup> stage_b: array<vec4<f32>, DEPTH * B_STRIDE>;
var<workgroup> shares: array<vec4<f32>, select(1u, THREADS, SLICES > 1u)>;

// All threads of a workgroup must call it, those beyond the edges too, for they meet at its barriers.
fn matmul(workgroup: vec3<u32>, local: vec3<u32>, depth: u32) {
    let first = 4u * workgroup.yx * vec2(A_VECTORS, B_VECTORS);
    let thread = (local.z * ROWS + local.y) * COLS + local.x;
    // The block's quarters, where it is wide: the other three lie ROWS vectors below, COLS vectors to the right, and both.
    var sums = mat4x4<f32>();
    var sums_right = mat4x4<f32>();
    var sums_below = mat4x4<f32>();
    var sums_across = mat4x4<f32>();
    for (var start = 0u; start < depth; start += DEPTH) {
        let count = min(DEPTH, depth - start);
        for (var i = thread; i < DEPTH * A_VECTORS; i += THREADS) {
            let at = select(vec2(i % A_VECTORS, i / A_VECTORS), vec2(i / DEPTH, i % DEPTH), A_ALONG_K);
            let row = first.x + at.x * 4u;
            let k = start + at.y;
            if at.y < count {
                stage_a[at.y * A_STRIDE + at.x] =
                    vec4(load_a(row, k), load_a(row + 1u, k), load_a(row + 2u, k), load_a(row + 3u, k));
            }
        }
        for (var i = thread; i < DEPTH * B_VECTORS; i += THREADS) {
            let at = select(vec2(i % B_VECTORS, i / B_VECTORS), vec2(i / DEPTH, i % DEPTH), B_ALONG_K);
            let col = first.y + at.x * 4u;
            let k = start + at.y;
            if at.y < count {
                stage_b[at.y * B_STRIDE + at.x] =
                    vec4(load_b(k, col), load_b(k, col + 1u), load_b(k, col + 2u), load_b(k, col + 3u));
            }
        }
        workgroupBarrier();
        for (var k = local.z; k < count; k += SLICES) {
            let a = stage_a[k * A_STRIDE + local.y];
            let b = stage_b[k * B_STRIDE + local.x];
            sums += outer(a, b);
            if WIDE {
                let a_below = stage_a[k * A_STRIDE + local.y + ROWS];
                let b_right = stage_b[k * B_STRIDE + local.x + COLS];
                sums_right += outer(a, b_right);
                sums_below += outer(a_below, b);
                sums_across += outer(a_below, b_right);
            }
        }
        workgroupBarrier();
    }
    let row = first.x + local.y * 4u;
    let col = first.y + local.x * 4u;
    if SLICES > 1u {
        // Row by row of the blocks: all shares at once would not fit.
        for (var i = 0u; i < 4u; i++) {
            shares[thread] = sums[i];
            workgroupBarrier();
            if local.z == i % SLICES {
                var sum = vec4<f32>();
                for (var slice = 0u; slice < SLICES; slice++) {
                    sum += shares[(slice * ROWS + local.y) * COLS + local.x];
                }
                for (var j = 0u; j < 4u; j++) {
                    store(row + i, col + j, sum[j]);
                }
            }
            workgroupBarrier();
        }
    } else {
        store_block(row, col, sums);
        if WIDE {
            store_block(row, col + COLS * 4u, sums_right);
            store_block(row + ROWS * 4u, col, sums_below);
            store_block(row + ROWS * 4u, col + COLS * 4u, sums_across);
        }
    }
}

// a · bᵀ: a row of the block in each vector.
fn outer(a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn store_block(row: u32, col: u32, sums: mat4x4<f32>) {
    // A value has no index that is not constant in every compiler; a variable has.
    var block = sums;
    for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
            store(row + i, col + j, block[i][j]);
        }
    }
}
