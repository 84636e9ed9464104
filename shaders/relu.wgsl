// relu: max(z, 0), and the gate of its gradient. Behind relu and dropout y > 0 says both that the unit was open and that it
// was kept, so the way back needs no mask.

fn relu(z: f32) -> f32 {
    return max(z, 0.0);
}

fn relu_gate(y: f32, dy: f32) -> f32 {
    return select(0.0, dy, y > 0.0);
}
