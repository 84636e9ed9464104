// x of every layer but the first: y of the layer below, [rows, fan_in]. With: y.

fn x(row: u32, k: u32) -> f32 {
    return y[layer.y_below + row * layer.fan_in + k];
}
