//! Dropout's factors: 0, or `1 / (1 - rate)`. Shader: shaders/dropout.wgsl.
//!
//! They are drawn where they are needed, forward and (behind a linear activation) backward, and never stored: they are a function
//! of seed, layer, step and element.

use fearless_simd::{Simd, f32x16, prelude::*, u32x16};

use super::panel::{LANES, WIDTH};
use crate::model::Layer;
use crate::random::{PARITY, Purpose, ROTATIONS, Random, dropout_threshold};

/// The dropout behind a layer at one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    random: Random,
    step: u32,
    threshold: u32,
    scale: f32,
    /// Counters a row of activations: each makes four.
    row_counters: u32,
}

impl Dropout {
    /// None where all are kept.
    pub(crate) fn new(layer: &Layer, seed: u32, step: u32) -> Option<Self> {
        (layer.dropout_rate > 0.0).then(|| Dropout {
            random: Random::new(seed, Purpose::Dropout { layer: layer.index as u32 }),
            step,
            threshold: dropout_threshold(layer.dropout_rate),
            scale: layer.dropout_scale(),
            row_counters: layer.fan_out.next_multiple_of(LANES) as u32 / 4,
        })
    }

    /// The factors of two rows of a panel, those of `random::dropout_keeps`: 16 counters make their 64.
    #[inline(always)]
    pub(crate) fn factors<S: Simd>(&self, simd: S, panel: usize, first_row: usize) -> [f32x16<S>; 4] {
        let threshold = u32x16::splat(simd, self.threshold);
        let scale = f32x16::splat(simd, self.scale);
        let zero = f32x16::splat(simd, 0.0);
        const COUNTERS: u32 = WIDTH as u32 / 4;
        let first = first_row as u32 * self.row_counters + panel as u32 * COUNTERS;
        let counter = |lane: usize| {
            let lane = lane as u32;
            first + lane / COUNTERS * self.row_counters + lane % COUNTERS
        };
        let [word0, word1] = threefry2x32(simd, self.random.key(), self.step, u32x16::from_fn(simd, counter));
        // A block's bytes, little-endian, are four u16: the halves of word 0, then those of word 1.
        let (a, b) = word0.interleave(word1);
        let (low, high) = (a & 0xffff, a >> 16);
        let (bits0, bits1) = low.interleave(high);
        let (low, high) = (b & 0xffff, b >> 16);
        let (bits2, bits3) = low.interleave(high);
        [bits0, bits1, bits2, bits3].map(
            #[inline(always)]
            |bits| bits.simd_ge(threshold).select(scale, zero),
        )
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
    use fearless_simd::{Level, dispatch};

    use super::super::panel::panels;
    use super::*;
    use crate::model::Activation;
    use crate::random::dropout_keeps;

    #[test]
    fn factors_are_the_definition() {
        for (rows, fan_out, rate) in [(1usize, 1usize, 0.5f32), (3, 10, 0.2), (5, 17, 0.9), (32, 128, 0.2)] {
            let layer = Layer {
                index: 1,
                fan_in: 1,
                fan_out,
                activation: Activation::Relu,
                dropout_rate: rate,
                offset: 0,
            };
            let random = Random::new(11, Purpose::Dropout { layer: 1 });
            let dropout = Dropout::new(&layer, 11, 9).unwrap();
            for panel in 0..panels(fan_out) {
                for first_row in (0..rows).step_by(2) {
                    let factors = dispatch!(Level::new(), simd => dropout
                        .factors(simd, panel, first_row)
                        .map(|it| it.to_array()));
                    for (i, factor) in factors.as_flattened().iter().enumerate() {
                        let (row, col) = (first_row + i / WIDTH, panel * WIDTH + i % WIDTH);
                        if row < rows && col < fan_out {
                            let kept = dropout_keeps(&random, 9, row, col, fan_out, dropout_threshold(rate));
                            let want = if kept { 1.0 / (1.0 - rate) } else { 0.0 };
                            assert_eq!(*factor, want, "({row}, {col}) of {fan_out}");
                        }
                    }
                }
            }
            assert!(Dropout::new(&Layer { dropout_rate: 0.0, ..layer }, 11, 9).is_none());
        }
    }
}
