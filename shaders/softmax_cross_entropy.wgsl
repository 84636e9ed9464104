// softmax_cross_entropy: logits, labels → each row's loss and hit, and dlogits of the mean loss. One thread per row.
//   logits = y [rows, classes]    labels: of all images    dz [rows, classes]    metrics [rows] of (loss, 1 for a hit)
// Dispatch: ceil(rows / 64). Rust: src/simd/softmax_cross_entropy.rs.

@group(0) @binding(6) var<storage, read> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> dz: array<f32>;
@group(0) @binding(9) var<storage, read> order: array<u32>;
@group(0) @binding(10) var<storage, read> labels: array<u32>;
@group(0) @binding(11) var<storage, read_write> metrics: array<vec2<f32>>;

@compute @workgroup_size(64)
fn softmax_cross_entropy(@builtin(global_invocation_id) global: vec3<u32>) {
    let row = global.x;
    if row >= step.rows { return; }
    let classes = layer.fan_out;
    let at = layer.y + row * classes;
    let label = labels[order[step.first + row]];

    var largest = y[at];
    var predicted = 0u;
    for (var col = 1u; col < classes; col++) {
        if y[at + col] > largest {
            largest = y[at + col];
            predicted = col;
        }
    }
    var sum = 0.0;
    for (var col = 0u; col < classes; col++) {
        sum += exp(y[at + col] - largest);
    }
    for (var col = 0u; col < classes; col++) {
        let probability = exp(y[at + col] - largest) / sum;
        dz[at + col] = (probability - select(0.0, 1.0, col == label)) / f32(step.rows);
    }
    let loss = log(sum) + largest - y[at + label];
    metrics[step.metrics + row] = vec2(loss, select(0.0, 1.0, predicted == label));
}
