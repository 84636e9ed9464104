// output_layer: dense_forward, softmax_cross_entropy and dense_backward_input of the last layer in one, for each row needs nothing of
// the others. One workgroup per row.
//   x = y_below [rows, fan_in]    w [fan_in, classes]    b [classes]    labels: of all images
//   y, dz [rows, classes]    dz_below [rows, fan_in]    metrics [rows] of (loss, 1 for a hit)
// Dispatch: rows. At most 16 classes. With: relu, dropout, threefry. Rust: the three files of those names in src/simd/.

const THREADS: u32 = 64u;
const MAX_CLASSES: u32 = 16u;

@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> dz: array<f32>;
@group(0) @binding(9) var<storage, read> order: array<u32>;
@group(0) @binding(10) var<storage, read> labels: array<u32>;
@group(0) @binding(11) var<storage, read_write> metrics: array<vec2<f32>>;

// Each thread's share of each logit; then logits, then dlogits in the first MAX_CLASSES.
var<workgroup> partial: array<f32, THREADS * MAX_CLASSES>;

@compute @workgroup_size(THREADS)
fn output_layer(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = workgroup.x;
    let classes = layer.fan_out;
    let x = layer.y_below + row * layer.fan_in;

    var sums: array<f32, MAX_CLASSES>;
    for (var k = thread; k < layer.fan_in; k += THREADS) {
        let w = layer.w + k * classes;
        for (var col = 0u; col < classes; col++) {
            sums[col] += y[x + k] * parameters[w + col];
        }
    }
    for (var col = 0u; col < classes; col++) {
        partial[thread * MAX_CLASSES + col] = sums[col];
    }
    // Halve the number of shares until one is left: the order of the sum never depends on the machine.
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            for (var col = 0u; col < classes; col++) {
                partial[thread * MAX_CLASSES + col] += partial[(thread + half) * MAX_CLASSES + col];
            }
        }
    }
    if thread == 0u {
        softmax(row, classes);
    }
    workgroupBarrier();

    let scale = layer.below_dropout_scale;
    for (var k = thread; k < layer.fan_in; k += THREADS) {
        let w = layer.w + k * classes;
        var dx = 0.0;
        for (var col = 0u; col < classes; col++) {
            dx += partial[col] * parameters[w + col];
        }
        if layer.below_relu == 1u {
            dz[x + k] = relu_gate(y[x + k], dx * scale);
        } else {
            dz[x + k] = dx * dropout_factor(layer.index - 1u, row, k, layer.fan_in, layer.below_dropout_threshold, scale);
        }
    }
}

// From the sums in `partial` to the logits, the loss, and dlogits in their place.
fn softmax(row: u32, classes: u32) {
    let at = layer.y + row * classes;
    let label = labels[order[step.first + row]];
    var largest = 0.0;
    var predicted = 0u;
    for (var col = 0u; col < classes; col++) {
        let logit = partial[col] + parameters[layer.b + col];
        partial[col] = logit;
        y[at + col] = logit;
        if col == 0u || logit > largest {
            largest = logit;
            predicted = col;
        }
    }
    let at_label = partial[label];
    var sum = 0.0;
    for (var col = 0u; col < classes; col++) {
        partial[col] = exp(partial[col] - largest);
        sum += partial[col];
    }
    for (var col = 0u; col < classes; col++) {
        let dlogit = (partial[col] / sum - select(0.0, 1.0, col == label)) / f32(step.rows);
        partial[col] = dlogit;
        dz[at + col] = dlogit;
    }
    metrics[step.metrics + row] = vec2(log(sum) + largest - at_label, select(0.0, 1.0, predicted == label));
}
