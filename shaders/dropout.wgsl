// dropout_factor: what dropout multiplies activation (row, col) of a layer by: 0, or scale = 1 / (1 - rate).
//
// A block of 64 bits serves four neighbouring columns, 16 bits each; rows begin at multiples of 16 columns.
// Rust twins: `dropout_keeps` in src/random.rs, src/simd/dropout.rs.

// Purpose::Dropout { layer } in src/random.rs.
const DROPOUT_PURPOSE: u32 = 0x100u;

fn dropout_factor(index: u32, row: u32, col: u32, columns: u32, threshold: u32, scale: f32) -> f32 {
    if step.training == 0u || threshold == 0u { return 1.0; }
    let element = row * ((columns + 15u) / 16u * 16u) + col;
    let words = threefry2x32(vec2(step.seed, DROPOUT_PURPOSE + index), vec2(step.step, element / 4u));
    let word = select(words.x, words.y, element / 2u % 2u == 1u);
    let bits = select(word & 0xffffu, word >> 16u, element % 2u == 1u);
    return select(0.0, scale, bits >= threshold);
}
