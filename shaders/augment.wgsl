// augment: the batch's images as other hands would have written them, in whole numbers. One workgroup a row, four pixels a thread.
//   images: of the dataset    order: which image comes when    augmented [rows, 784]: u8, four to a word, as the images
// Dispatch: rows. With: threefry. Rust: src/simd/augment.rs; src/augment.rs says what the numbers are.

@group(0) @binding(8) var<storage, read> images: array<u32>;
@group(0) @binding(9) var<storage, read> order: array<u32>;
@group(0) @binding(12) var<storage, read_write> augmented: array<u32>;

// Purpose::Augment in src/random.rs.
const AUGMENT_PURPOSE: u32 = 4u;

const SIDE: i32 = 28;
// Parts of a pixel, pixels from knot to knot, knots in each direction, and pixels of the first knots before the image's first.
const PART: i32 = 256;
const SPACING: i32 = 8;
const KNOTS: i32 = 5;
const BEFORE: i32 = 2;
const WORDS: u32 = 196u;

var<workgroup> image: array<u32, WORDS>;
// 64 bytes.
var<workgroup> drawn: array<u32, 16>;
// Where each knot's ink comes from.
var<workgroup> knots: array<vec2<i32>, 25>;

@compute @workgroup_size(WORDS)
fn augment(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let row = workgroup.x;
    let words = layer.fan_in / 4u;
    image[thread] = images[order[step.first + row] * words + thread];
    if thread < 8u {
        let block = threefry2x32(vec2(step.seed, AUGMENT_PURPOSE), vec2(step.step, row * 8u + thread));
        drawn[2u * thread] = block.x;
        drawn[2u * thread + 1u] = block.y;
    }
    workgroupBarrier();
    if thread < u32(KNOTS * KNOTS) {
        knots[thread] = knot(i32(thread) % KNOTS - 2, i32(thread) / KNOTS - 2);
    }
    workgroupBarrier();
    var word = image[thread];
    if row % step.clean_every != 0u {
        word = 0u;
        for (var i = 0u; i < 4u; i++) {
            let at = i32(4u * thread + i);
            word |= u32(warped(at % SIDE, at / SIDE)) << (8u * i);
        }
    }
    augmented[row * words + thread] = word;
}

// A drawn byte, from -128 to 127. It goes to the top of a word, so that the way down extends its sign.
fn signed(at: i32) -> i32 {
    return bitcast<i32>(drawn[at / 4] << (24u - 8u * u32(at % 4))) >> 24u;
}

fn amount(at: i32, most: u32) -> i32 {
    return (signed(at) * i32(most)) >> 7u;
}

// So many knots to the right of the middle one, and below it.
fn knot(right: i32, down: i32) -> vec2<i32> {
    let shift = vec2(amount(50, step.shift), amount(51, step.shift));
    let rotation = amount(52, step.rotation);
    let scale = SPACING * PART + amount(53, step.scale);
    let aspect = amount(54, step.aspect);
    let shear = amount(55, step.shear);
    let at = vec2(
        (scale + aspect) * right + (shear - rotation) * down,
        (scale - aspect) * down + rotation * right,
    );
    let own = 10 * (down + 2) + 2 * (right + 2);
    let elastic = vec2(amount(own, step.elastic), amount(own + 1, step.elastic));
    return 14 * PART + PART / 2 + at + shift + elastic;
}

fn warped(x: i32, y: i32) -> i32 {
    let cell = (vec2(x, y) + BEFORE) / SPACING;
    let way = (vec2(x, y) + BEFORE) % SPACING;
    let first = cell.y * KNOTS + cell.x;
    let left = knots[first] * (SPACING - way.y) + knots[first + KNOTS] * way.y;
    let far = knots[first + 1] * (SPACING - way.y) + knots[first + KNOTS + 1] * way.y;
    // From the corner of the image to the middle of its first pixel.
    let origin = ((left * (SPACING - way.x) + far * way.x) >> vec2(6u)) - PART / 2;
    let corner = origin >> vec2(8u);
    let part = origin & vec2(PART - 1);
    let upper = pixel(corner.x, corner.y) * (PART - part.x) + pixel(corner.x + 1, corner.y) * part.x;
    let lower = pixel(corner.x, corner.y + 1) * (PART - part.x) + pixel(corner.x + 1, corner.y + 1) * part.x;
    let value = (upper * (PART - part.y) + lower * part.y + PART * PART / 2) >> 16u;
    return toned(value);
}

// A pixel of the image; around it there is paper.
fn pixel(x: i32, y: i32) -> i32 {
    if x < 0 || x >= SIDE || y < 0 || y >= SIDE { return 0; }
    let at = u32(y * SIDE + x);
    return i32((image[at / 4u] >> (8u * (at % 4u))) & 0xffu);
}

// Darker by a part of what there is, or lighter by a part of what is lacking.
fn toned(value: i32) -> i32 {
    let tone = signed(56);
    let more = select((255 - value) * tone * i32(step.thinner), value * tone * i32(step.thicker), tone >= 0);
    return clamp(value + (more >> 15u), 0, 255);
}
