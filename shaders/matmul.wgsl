// matmul: sum over k < depth of load_a(row, k) * load_b(k, col), one (row, col) a thread.
//
// The TILE × TILE threads of a workgroup fetch each number once for all, into workgroup memory, tile by tile along k. The
// kernel defines load_a and load_b, which answer 0 beyond the edges: a transpose or an edge is a loader, never another loop.
// k ascends, as in src/reference.rs. Rust twin: `product` in src/simd/panel.rs.

override TILE: u32 = 16u;

var<workgroup> tile_a: array<f32, TILE * TILE>;
var<workgroup> tile_b: array<f32, TILE * TILE>;

// All threads of a workgroup must call it, those beyond the edges too, for they meet at its barriers.
fn matmul(row: u32, col: u32, local: vec2<u32>, depth: u32) -> f32 {
    let here = local.y * TILE + local.x;
    var sum = 0.0;
    for (var start = 0u; start < depth; start += TILE) {
        tile_a[here] = load_a(row, start + local.x);
        tile_b[here] = load_b(start + local.y, col);
        workgroupBarrier();
        for (var k = 0u; k < TILE; k++) {
            sum += tile_a[local.y * TILE + k] * tile_b[k * TILE + local.x];
        }
        workgroupBarrier();
    }
    return sum;
}
