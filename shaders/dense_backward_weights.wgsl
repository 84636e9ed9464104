// dense_backward_weights: dw = xᵀ · dz and db = the sum of dz over the batch. One block of dw a thread, or share of one; db is row fan_in.
//   dw [fan_in, fan_out], then db [fan_out], lie in gradients as w and b in parameters: without a gap
// Dispatch: as matmul, over fan_out columns and (fan_in + 1) rows. With: gradient and what it takes.
// Rust: src/simd/dense_backward_weights.rs.

@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;

fn store(k: u32, col: u32, dw: f32) {
    if k > layer.fan_in || col >= layer.fan_out { return; }
    gradients[layer.w + k * layer.fan_out + col] = dw;
}

@compute @workgroup_size(COLS, ROWS, SLICES)
fn dense_backward_weights(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    matmul(workgroup, local, step.rows);
}
