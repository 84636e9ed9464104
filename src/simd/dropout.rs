//! Dropout's factors for a batch: 0, or `1 / (1 - rate)`. Shader: shaders/dropout.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*, u32x16};

use super::panel::{LANES, Lanes, ZERO};
use crate::random::{PARITY, ROTATIONS, Random, dropout_threshold};

/// What each activation is multiplied by, `[batch][blocks]`; empty where all are kept.
#[derive(Debug, Default)]
pub(crate) struct Dropout {
    factors: Vec<Lanes>,
}

impl Dropout {
    /// Keeps all.
    pub(crate) fn clear(&mut self) {
        self.factors.clear();
    }

    /// Draws the factors of `size` blocks of activations: those of `random::dropout_keeps`, sixteen counters at a time.
    pub(crate) fn draw(&mut self, level: Level, random: &Random, step: u32, rate: f32, size: usize) {
        // 16 counters make 64 activations: 4 blocks.
        self.factors.resize(size.next_multiple_of(4), ZERO);
        let (factors, _) = self.factors.as_chunks_mut::<4>();
        dispatch!(level, simd => draw(simd, random, step, rate, factors));
        self.factors.truncate(size);
    }

    /// `[batch][blocks]`, or nothing where all are kept.
    #[inline(always)]
    pub(crate) fn factors(&self) -> &[Lanes] {
        &self.factors
    }
}

#[inline(always)]
fn draw<S: Simd>(simd: S, random: &Random, step: u32, rate: f32, factors: &mut [[Lanes; 4]]) {
    let threshold = u32x16::splat(simd, dropout_threshold(rate));
    let scale = f32x16::splat(simd, 1.0 / (1.0 - rate));
    let zero = f32x16::splat(simd, 0.0);
    let lane = u32x16::from_fn(simd, |lane| lane as u32);
    for (first, factors) in (0u32..).step_by(LANES).zip(factors) {
        let [word0, word1] = threefry2x32(simd, random.key(), step, lane + first);
        // A block's bytes, little-endian, are four u16: the halves of word 0, then those of word 1.
        let (a, b) = word0.interleave(word1);
        let (low, high) = (a & 0xffff, a >> 16);
        let (bits0, bits1) = low.interleave(high);
        let (low, high) = (b & 0xffff, b >> 16);
        let (bits2, bits3) = low.interleave(high);
        for (bits, factor) in [bits0, bits1, bits2, bits3].into_iter().zip(factors) {
            bits.simd_ge(threshold).select(scale, zero).store_array(factor);
        }
    }
}

/// `random::threefry2x32` under one key, for counters (step, element) with sixteen elements.
#[inline(always)]
fn threefry2x32<S: Simd>(simd: S, key: [u32; 2], step: u32, element: u32x16<S>) -> [u32x16<S>; 2] {
    let keys = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
    let mut x0 = u32x16::splat(simd, step.wrapping_add(keys[0]));
    let mut x1 = element + keys[1];
    for group in 0..5 {
        for distance in ROTATIONS[group % 2] {
            x0 += x1;
            x1 = ((x1 << distance) | (x1 >> (32 - distance))) ^ x0;
        }
        x0 += keys[(group + 1) % 3];
        x1 += keys[(group + 2) % 3].wrapping_add(group as u32 + 1);
    }
    [x0, x1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, dropout_keeps};

    #[test]
    fn factors_are_the_definition() {
        let random = Random::new(11, Purpose::Dropout { layer: 1 });
        let mut dropout = Dropout::default();
        for (rows, fan_out, rate) in [(1usize, 1usize, 0.5f32), (3, 10, 0.2), (5, 17, 0.9), (32, 128, 0.2)] {
            let blocks = fan_out.div_ceil(LANES);
            dropout.draw(Level::new(), &random, 9, rate, rows * blocks);
            assert_eq!(dropout.factors().len(), rows * blocks);
            let factors = dropout.factors().as_flattened();
            for row in 0..rows {
                for col in 0..fan_out {
                    let kept = dropout_keeps(&random, 9, row, col, fan_out, dropout_threshold(rate));
                    let want = if kept { 1.0 / (1.0 - rate) } else { 0.0 };
                    assert_eq!(factors[row * blocks * LANES + col], want, "({row}, {col}) of {fan_out}");
                }
            }
        }
    }
}
