// gradient: dw[k, col] = (xᵀ · dz)[k, col]; row fan_in of dw is db, for the bias is a weight of an input that is always 1.
//   x [rows, fan_in]    dz [rows, fan_out]    dw [fan_in + 1, fan_out]
// With: matmul, and x from pixels or activations.

@group(0) @binding(7) var<storage, read> dz: array<f32>;

fn load_a(k: u32, row: u32) -> f32 {
    if row >= step.rows || k > layer.fan_in { return 0.0; }
    if k == layer.fan_in { return 1.0; }
    return x(row, k);
}

fn load_b(row: u32, col: u32) -> f32 {
    if row >= step.rows || col >= layer.fan_out { return 0.0; }
    return dz[layer.y + row * layer.fan_out + col];
}

const A_ALONG_K = false;
const B_ALONG_K = false;
