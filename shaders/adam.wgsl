// adam: one update of a layer's w and b from gradients. One thread per parameter.
// Dispatch: (min(groups, 1024), ceil(groups / 1024)) with groups = ceil((fan_in + 1) · fan_out / 64). With: adam_update.
// Rust: src/simd/adam.rs.

@group(0) @binding(3) var<storage, read> gradients: array<f32>;

@compute @workgroup_size(64)
fn adam(@builtin(global_invocation_id) global: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = global.y * groups.x * 64u + global.x;
    if index >= (layer.fan_in + 1u) * layer.fan_out { return; }
    update(layer.w + index, gradients[layer.w + index]);
}
