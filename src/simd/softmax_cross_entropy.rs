//! logits, labels → loss, hits, dlogits. Shader: shaders/softmax_cross_entropy.wgsl.

use fearless_simd::{Level, Simd, dispatch, f32x16, prelude::*};

use super::exp::exp_nonpositive;
use super::network::{Network, Step};
use super::panel::{Classes, LANES, load};
use super::strip::{Own, write};
use crate::metrics::Metrics;
use crate::model::Layer;

/// dlogits and outcomes of a strip's rows of the batch.
pub(crate) fn output(network: &Network, layer: &Layer, index: usize, own: &mut Own, step: &Step<'_>) {
    let rows = network.rows(index, step.n);
    let mut dz = write(&network.strips[index].output.dz);
    dz.resize(rows.len(), [0.0; LANES]);
    let labels = rows.map(|row| step.batch.label(row));
    let Own { logits, outcomes, .. } = own;
    softmax_cross_entropy(network.level, layer.fan_out, step.n, logits, labels, &mut dz, outcomes);
}

/// What a row came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    /// Cross-entropy of softmax(logits), in nats.
    pub loss: f32,
    /// Whether the largest logit is the label's.
    pub correct: bool,
}

impl Outcome {
    /// The sums of some rows, in their order.
    pub(crate) fn sum(outcomes: impl Iterator<Item = Self>) -> Metrics {
        let mut metrics = Metrics::default();
        for Outcome { loss, correct } in outcomes {
            metrics.count += 1;
            metrics.loss_sum += f64::from(loss);
            metrics.correct += u32::from(correct);
        }
        metrics
    }
}

/// The cross-entropy of each row, and the gradient of its mean over `batch` rows. Of `logits` and `dlogits` the first `classes` lanes count; the
/// others of `dlogits` become zero.
pub(crate) fn softmax_cross_entropy(
    level: Level,
    classes: usize,
    batch: usize,
    logits: &[Classes],
    labels: impl Iterator<Item = u8>,
    dlogits: &mut [Classes],
    outcomes: &mut Vec<Outcome>,
) {
    assert!(classes <= LANES, "a row of logits is one register");
    dispatch!(level, simd => {
        for ((logits, label), dlogits) in logits.iter().zip(labels).zip(dlogits) {
            outcomes.push(row(simd, classes, batch, logits, label, dlogits));
        }
    });
}

#[inline(always)]
fn row<S: Simd>(
    simd: S,
    classes: usize,
    batch: usize,
    logits: &Classes,
    label: u8,
    dlogits: &mut Classes,
) -> Outcome {
    let splat = |value| f32x16::splat(simd, value);
    let lane = f32x16::from_fn(simd, |lane| lane as f32);
    let counts = lane.simd_lt(splat(classes as f32));
    let row = counts.select(load(simd, logits), splat(f32::MIN));
    let max = row.reduce_max();
    let exps = counts.select(exp_nonpositive(simd, row - max), splat(0.0));
    let sum = exps.reduce_sum();
    let target = lane.simd_eq(splat(f32::from(label))).select(splat(1.0), splat(0.0));
    ((exps / sum - target) * (1.0 / batch as f32)).store_array(dlogits);
    let label = usize::from(label);
    Outcome {
        loss: sum.ln() + max - logits[label],
        correct: logits.iter().position(|&logit| logit == max) == Some(label),
    }
}
