// dense_update: dense_backward_weights and adam in one: the gradient never reaches memory. One thread per w[k, col], b as row
// fan_in of w.
// Dispatch: (ceil(fan_out / TILE), ceil((fan_in + 1) / TILE)). With: update, and gradient and what it takes.
// Rust: src/simd/dense_update.rs.

@compute @workgroup_size(TILE, TILE)
fn dense_update(
    @builtin(global_invocation_id) global: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let k = global.y;
    let col = global.x;
    let dw = gradient(k, col, local.xy);
    if k > layer.fan_in || col >= layer.fan_out { return; }
    update(layer.w + k * layer.fan_out + col, dw);
}
