// dense_forward: y = dropout(activation(x · w + b)). One 4 × 4 or 8 × 8 block of y a thread, or share of one.
//   x [rows, fan_in]    w [fan_in, fan_out]    b [fan_out]    y [rows, fan_out]
// Dispatch: as matmul, over y's columns and rows. With: y, matmul, relu, dropout, threefry, and x from pixels or activations.
// Rust: src/simd/dense_forward.rs.

@group(0) @binding(2) var<storage, read> parameters: array<f32>;

fn load_a(row: u32, k: u32) -> f32 {
    if row >= step.rows || k >= layer.fan_in { return 0.0; }
    return x(row, k);
}

fn load_b(k: u32, col: u32) -> f32 {
    if k >= layer.fan_in || col >= layer.fan_out { return 0.0; }
    return parameters[layer.w + k * layer.fan_out + col];
}

const A_ALONG_K = true;
const B_ALONG_K = false;

fn store(row: u32, col: u32, sum: f32) {
    if row >= step.rows || col >= layer.fan_out { return; }
    let z = sum + parameters[layer.b + col];
    let factor = dropout_factor(layer.index, row, col, layer.fan_out, layer.dropout_threshold, layer.dropout_scale);
    y[layer.y + row * layer.fan_out + col] = select(z, relu(z), layer.relu == 1u) * factor;
}

@compute @workgroup_size(COLS, ROWS, SLICES)
fn dense_forward(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    matmul(workgroup, local, layer.fan_in);
}
