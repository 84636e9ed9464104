//! One counter-based generator for everything random: initial weights, shuffles, dropout, built-in digits.
//!
//! Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC 2011), the generator of JAX. It has no state: a number is a function of (seed, purpose, index, element), so the
//! same bits come out on every backend and every machine, in any order and on any number of threads.

/// Rotation distances, from the paper's table 2 (as in Random123's `threefry.h`).
pub(crate) const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];

/// Keeps the third key word from being zero for a zero key; from the Skein hash function.
pub(crate) const PARITY: u32 = 0x1bd1_1bda;

/// Threefry-2x32-20: encrypts `counter` under `key`.
pub const fn threefry2x32(key: [u32; 2], counter: [u32; 2]) -> [u32; 2] {
    let keys = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
    let mut x = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    let mut group = 0;
    while group < 5 {
        let mut round = 0;
        while round < 4 {
            x[0] = x[0].wrapping_add(x[1]);
            x[1] = x[1].rotate_left(ROTATIONS[group % 2][round]) ^ x[0];
            round += 1;
        }
        group += 1;
        x[0] = x[0].wrapping_add(keys[group % 3]);
        x[1] = x[1].wrapping_add(keys[(group + 1) % 3]).wrapping_add(group as u32);
    }
    x
}

/// What numbers are drawn for. Two purposes never share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights: index is the layer, element the weight.
    Init,
    /// The order of an epoch: index is the epoch, element the position.
    Shuffle,
    /// Dropout behind a layer: index is the step, element the activation.
    Dropout {
        /// Index of the layer, from 0.
        layer: u32,
    },
    /// Built-in digits: index is the image, element counts its draws.
    Synthetic,
    /// Augmentation: index is the step, element counts blocks, eight a row of the batch.
    Augment,
    /// Scribbles: index is the image, element counts its draws.
    Scribble,
}

impl Purpose {
    /// The second word of the key.
    pub(crate) const fn key(self) -> u32 {
        match self {
            Purpose::Init => 0,
            Purpose::Shuffle => 1,
            Purpose::Synthetic => 2,
            Purpose::Scribble => 3,
            Purpose::Augment => 4,
            Purpose::Dropout { layer } => 0x100 + layer,
        }
    }
}

/// Numbers for one purpose under one seed.
#[derive(Debug, Clone, Copy)]
pub struct Random {
    key: [u32; 2],
}

impl Random {
    /// The key is (seed, purpose).
    pub const fn new(seed: u32, purpose: Purpose) -> Self {
        Random { key: [seed, purpose.key()] }
    }

    /// The key: (seed, purpose).
    pub(crate) const fn key(&self) -> [u32; 2] {
        self.key
    }

    /// 64 random bits, as two words, for the counter (index, element).
    pub const fn block(&self, index: u32, element: u32) -> [u32; 2] {
        threefry2x32(self.key, [index, element])
    }

    /// Uniform in `[0, 1)`, a multiple of 2⁻²⁴: the first word's upper 24 bits.
    pub fn uniform(&self, index: u32, element: u32) -> f32 {
        (self.block(index, element)[0] >> 8) as f32 * 2f32.powi(-24)
    }
}

/// Dropout's mask: whether activation (row, col) of a layer with `fan_out` columns is kept at `step`.
///
/// A block of 64 bits serves four neighbouring columns with 16 bits each, in the order in which the block's bytes lie in
/// little-endian memory; rows start at multiples of 16 columns. `threshold` is [`dropout_threshold`]'s: an activation is
/// dropped where its bits are below it.
pub const fn dropout_keeps(
    random: &Random,
    step: u32,
    row: usize,
    col: usize,
    fan_out: usize,
    threshold: u32,
) -> bool {
    let element = row * fan_out.next_multiple_of(16) + col;
    let word = random.block(step, (element / 4) as u32)[element / 2 % 2];
    let bits = if element.is_multiple_of(2) { word & 0xffff } else { word >> 16 };
    bits >= threshold
}

/// `rate` (in `[0, 1)`) in units of 2⁻¹⁶, to the nearest: 0.2 becomes 13,107 / 65,536 = 0.199997.
pub fn dropout_threshold(rate: f32) -> u32 {
    (rate * 65_536.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random123's `kat_vectors`, lines "threefry2x32 20".
    #[test]
    fn known_answers() {
        assert_eq!(threefry2x32([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry2x32([!0, !0], [!0, !0]), [0x1cb9_96fc, 0xbb00_2be7]);
        assert_eq!(
            threefry2x32([0x1319_8a2e, 0x0370_7344], [0x243f_6a88, 0x85a3_08d3]),
            [0xc492_3a9c, 0x483d_f7a0]
        );
    }

    #[test]
    fn uniform_covers_the_unit_interval() {
        let random = Random::new(7, Purpose::Init);
        let draws: Vec<f64> = (0..100_000).map(|i| f64::from(random.uniform(0, i))).collect();
        assert!(draws.iter().all(|u| (0.0..1.0).contains(u)));
        // The mean of n uniforms has standard deviation sqrt(1 / 12 n) = 0.00091; five of them.
        let mean = draws.iter().sum::<f64>() / 100_000.0;
        assert!((mean - 0.5).abs() < 0.0046, "mean {mean}");
    }

    #[test]
    fn dropout_drops_its_rate() {
        let random = Random::new(0, Purpose::Dropout { layer: 0 });
        for rate in [0.0, 0.2, 0.5, 0.9] {
            let threshold = dropout_threshold(rate);
            let dropped = (0..100_000)
                .filter(|&i| !dropout_keeps(&random, 1, i / 100, i % 100, 100, threshold))
                .count();
            let sigma = (100_000.0 * f64::from(rate) * (1.0 - f64::from(rate))).sqrt();
            assert!(
                (dropped as f64 - 100_000.0 * f64::from(rate)).abs() <= 5.0 * sigma,
                "rate {rate}: {dropped}"
            );
        }
    }
}
