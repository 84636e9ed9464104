//! logits, labels → loss, hits, dlogits. Shader: shaders/softmax_cross_entropy.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::exp::exp_nonpositive;
use super::panel::{LANES, Lanes, load};
use crate::metrics::Metrics;

/// Mean cross-entropy of softmax(logits) over the batch, and its gradient. `logits`, `dlogits` `[batch]` blocks, of which the first
/// `classes` (at most 16) lanes count; the other lanes of `dlogits` become zero.
pub(crate) fn softmax_cross_entropy(
    level: Level,
    classes: usize,
    logits: &[Lanes],
    labels: &[u8],
    dlogits: &mut [Lanes],
) -> Metrics {
    assert!(classes <= LANES, "a row of logits is one block");
    dispatch!(level, simd => rows(simd, classes, logits, labels, dlogits))
}

#[inline(always)]
fn rows<S: Simd>(simd: S, classes: usize, logits: &[Lanes], labels: &[u8], dlogits: &mut [Lanes]) -> Metrics {
    let splat = |value| f32x16::splat(simd, value);
    let lane = f32x16::from_fn(simd, |lane| lane as f32);
    let counts = lane.simd_lt(splat(classes as f32));
    let scale = 1.0 / labels.len() as f32;
    let mut metrics = Metrics { count: labels.len() as u32, ..Metrics::default() };
    for ((logits, &label), dlogits) in logits.iter().zip(labels).zip(dlogits) {
        let label = usize::from(label);
        let row = counts.select(load(simd, logits), splat(f32::MIN));
        let max = row.reduce_max();
        let exps = counts.select(exp_nonpositive(simd, row - max), splat(0.0));
        let sum = exps.reduce_sum();
        metrics.loss_sum += f64::from(sum.ln() + max - logits[label]);
        metrics.correct += u32::from(logits.iter().position(|&logit| logit == max) == Some(label));
        let target = lane.simd_eq(splat(label as f32)).select(splat(1.0), splat(0.0));
        ((exps / sum - target) * scale).store_array(dlogits);
    }
    metrics
}
