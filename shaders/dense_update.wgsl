// dense_update: dense_backward_weights and adam or sgd in one: the gradient never reaches memory. One block of w a thread, or
// share of one; b is row fan_in of w.
// Dispatch: as matmul, over fan_out columns and (fan_in + 1) rows. With: adam_update or sgd_update, and gradient and
// what it takes.
// Rust: src/simd/dense_update.rs.

fn store(k: u32, col: u32, dw: f32) {
    if k > layer.fan_in || col >= layer.fan_out { return; }
    update(layer.w + k * layer.fan_out + col, dw);
}

@compute @workgroup_size(COLS, ROWS, SLICES)
fn dense_update(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    matmul(workgroup, local, step.rows);
}
