// sgd_update: stochastic gradient descent of one parameter, as Keras writes it: the learning rate is in the velocity, which is kept
// in m. Rust: src/simd/sgd.rs.

@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;

fn update(at: u32, gradient: f32) {
    let downhill = step.rate * gradient;
    let velocity = step.momentum * m[at] - downhill;
    m[at] = velocity;
    parameters[at] += select(velocity, step.momentum * velocity - downhill, step.nesterov == 1u);
}
