// Threefry-2x32 with 20 rounds: (key, counter) → 64 random bits. Rust twin, bit for bit: src/random.rs.

fn rotate_left(x: u32, distance: u32) -> u32 {
    return (x << distance) | (x >> (32u - distance));
}

fn threefry_round(x: vec2<u32>, distance: u32) -> vec2<u32> {
    let sum = x.x + x.y;
    return vec2(sum, rotate_left(x.y, distance) ^ sum);
}

fn threefry_even(x: vec2<u32>) -> vec2<u32> {
    return threefry_round(threefry_round(threefry_round(threefry_round(x, 13u), 15u), 26u), 6u);
}

fn threefry_odd(x: vec2<u32>) -> vec2<u32> {
    return threefry_round(threefry_round(threefry_round(threefry_round(x, 17u), 29u), 16u), 24u);
}

fn threefry2x32(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
    let keys = vec3(key.x, key.y, 0x1bd11bdau ^ key.x ^ key.y);
    var x = counter + keys.xy;
    x = threefry_even(x) + vec2(keys.y, keys.z + 1u);
    x = threefry_odd(x) + vec2(keys.z, keys.x + 2u);
    x = threefry_even(x) + vec2(keys.x, keys.y + 3u);
    x = threefry_odd(x) + vec2(keys.y, keys.z + 4u);
    return threefry_even(x) + vec2(keys.z, keys.x + 5u);
}
