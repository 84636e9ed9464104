// dense_backward_input: dz of the layer below = (dz · wᵀ) through its dropout and activation. One block of dz_below a thread, or share of one.
//   dz [rows, fan_out]    w [fan_in, fan_out]    y_below, dz_below [rows, fan_in]
// Dispatch: as matmul, over the columns and rows of dz_below. With: matmul, relu, dropout, threefry.
// Rust: src/simd/dense_backward_input.rs.

@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(6) var<storage, read> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> dz: array<f32>;

fn load_a(row: u32, col: u32) -> f32 {
    if row >= step.rows || col >= layer.fan_out { return 0.0; }
    return dz[layer.y + row * layer.fan_out + col];
}

fn load_b(col: u32, k: u32) -> f32 {
    if col >= layer.fan_out || k >= layer.fan_in { return 0.0; }
    return parameters[layer.w + k * layer.fan_out + col];
}

const A_ALONG_K = true;
const B_ALONG_K = true;

fn store(row: u32, k: u32, dx: f32) {
    if row >= step.rows || k >= layer.fan_in { return; }
    let at = layer.y_below + row * layer.fan_in + k;
    let scale = layer.below_dropout_scale;
    if layer.below_relu == 1u {
        dz[at] = relu_gate(y[at], dx * scale);
    } else {
        dz[at] = dx * dropout_factor(layer.index - 1u, row, k, layer.fan_in, layer.below_dropout_threshold, scale);
    }
}

@compute @workgroup_size(COLS, ROWS, SLICES)
fn dense_backward_input(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    matmul(workgroup, local, layer.fan_out);
}
