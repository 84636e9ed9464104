// y of all layers. Where a kernel both reads and writes it, it is one binding: WebGPU refuses two of one buffer.

@group(0) @binding(6) var<storage, read_write> y: array<f32>;
