// dense_forward: y = dropout(activation(x · w + b)). One thread per y[row, col].
//   x [rows, fan_in]    w [fan_in, fan_out]    b [fan_out]    y [rows, fan_out]
// Dispatch: (ceil(fan_out / TILE), ceil(rows / TILE)). With: y, matmul, relu, dropout, threefry, and x from pixels or activations.
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

@compute @workgroup_size(TILE, TILE)
fn dense_forward(
    @builtin(global_invocation_id) global: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let row = global.y;
    let col = global.x;
    let sum = matmul(row, col, local.xy, layer.fan_in);
    // Only now may threads beyond the edge leave: all were needed at the barriers in matmul.
    if row >= step.rows || col >= layer.fan_out { return; }
    let z = sum + parameters[layer.b + col];
    let factor = dropout_factor(layer.index, row, col, layer.fan_out, layer.dropout_threshold, layer.dropout_scale);
    y[layer.y + row * layer.fan_out + col] = select(z, relu(z), layer.relu == 1u) * factor;
}
