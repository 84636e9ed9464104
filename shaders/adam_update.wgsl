// adam_update: Adam's formula for one parameter, as Keras writes it ("epsilon hat"). Rust: src/simd/adam.rs.

@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;

fn update(at: u32, gradient: f32) {
    let m_new = m[at] + (gradient - m[at]) * step.beta1_rest;
    let v_new = v[at] + (gradient * gradient - v[at]) * step.beta2_rest;
    m[at] = m_new;
    v[at] = v_new;
    parameters[at] -= step.rate * m_new / (sqrt(v_new) + step.epsilon);
}
