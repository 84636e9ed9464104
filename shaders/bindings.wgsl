// What every kernel is told. Rust: src/gpu/uniforms.rs.
//
// A role has one binding in all kernels (src/gpu/kernels.rs); a kernel declares those it uses, for its access differs:
//   0 step  1 layer  2 parameters  3 gradients  4 m  5 v  6 y  7 dz  8 images  9 order  10 labels  11 metrics
//   12 augmented
// Offsets count elements. y and dz hold the tensors of all layers, one after the other, each [batch, fan_out].

struct Step {
    seed: u32,
    // From 1.
    step: u32,
    // Images of this batch, and where they stand in `order`.
    rows: u32,
    first: u32,
    // Where this step's rows begin in `metrics`.
    metrics: u32,
    // 1 in training, 0 otherwise: whether dropout acts.
    training: u32,
    // The learning rate, for Adam with its bias corrections. Then Adam's 1 - beta1, 1 - beta2 and epsilon.
    rate: f32,
    beta1_rest: f32,
    beta2_rest: f32,
    epsilon: f32,
    // Of SGD; 1 for Nesterov's, 0 for plain.
    momentum: f32,
    nesterov: u32,
    // By how much images are changed at most; see src/augment.rs. Of so many rows the first is left as it is: at most 1, and none is changed.
    shift: u32,
    rotation: u32,
    scale: u32,
    aspect: u32,
    shear: u32,
    elastic: u32,
    thicker: u32,
    thinner: u32,
    clean_every: u32,
}

struct Layer {
    index: u32,
    fan_in: u32,
    fan_out: u32,
    // 1 for relu, 0 for none.
    relu: u32,
    // An activation is dropped where its 16 bits are below the threshold; what is kept is scaled.
    dropout_threshold: u32,
    dropout_scale: f32,
    // w [fan_in, fan_out] and b [fan_out] in parameters, gradients, m and v.
    w: u32,
    b: u32,
    // y and dz of this layer, and of the layer below.
    y: u32,
    y_below: u32,
    // The layer below: its activation and dropout, for the way back.
    below_relu: u32,
    below_dropout_threshold: u32,
    below_dropout_scale: f32,
}

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<uniform> layer: Layer;
