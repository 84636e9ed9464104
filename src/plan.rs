//! A model and what to do with it, lowered to a list of [`Op`] values.
//!
//! A plan is data and knows no device: `reference`, `simd` and `gpu` each `match` on it, so a new [`Op`] compiles only
//! once all of them know it, and fusing two kernels is a change of plan.

use crate::model::{Layer, Model};

/// One kernel's worth of work on a batch. Tensors have names by role: layer l reads x (the batch's pixels, or y of layer
/// l - 1) and writes y `[batch, fan_out]`; dz is the gradient of its sums `x · w + b`, before the activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// y = dropout(activation(x · w + b)); `training` switches dropout on.
    DenseForward {
        /// Whose y is computed.
        layer: Layer,
        /// Whether dropout acts.
        training: bool,
    },
    /// logits, labels → loss, hits, dz of the last layer (which is linear, so dz = dlogits).
    SoftmaxCrossEntropy {
        /// The layer whose y are the logits.
        layer: Layer,
    },
    /// dz of `below` = (dz · wᵀ), through the dropout and the activation of `below`.
    DenseBackwardInput {
        /// Whose dz and w are read.
        layer: Layer,
        /// The layer before it, whose dz is written.
        below: Layer,
    },
    /// [`Op::DenseForward`], [`Op::SoftmaxCrossEntropy`] and [`Op::DenseBackwardInput`] of the last layer in one.
    OutputLayer {
        /// The last layer.
        layer: Layer,
        /// The layer before it.
        below: Layer,
    },
    /// dw = xᵀ · dz, db = the sum of dz over the batch.
    DenseBackwardWeights {
        /// Whose dw and db are computed.
        layer: Layer,
    },
    /// One Adam update of a layer's w and b, from dw and db.
    Adam {
        /// Whose parameters are updated.
        layer: Layer,
    },
    /// [`Op::DenseBackwardWeights`] and [`Op::Adam`] in one: the gradient never reaches memory.
    DenseUpdate {
        /// Whose parameters are updated.
        layer: Layer,
    },
}

/// What is fused in a training plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fusion {
    /// Nothing: one Op for each formula of the textbook. The oracle for the others.
    None,
    /// dw, db and Adam: [`Op::DenseUpdate`].
    Update,
    /// That, and the last layer from its logits to what it hands down: [`Op::OutputLayer`]. Four Ops for the quickstart, where
    /// an Op costs a dispatch.
    OutputLayer,
}

/// A list of [`Op`]s, to be run in order on every batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    ops: Vec<Op>,
}

impl Plan {
    /// A training step: forward, loss, backward, update.
    pub fn training(model: &Model, fusion: Fusion) -> Self {
        let mut ops = forward(model, true);
        let fuses_output = fusion == Fusion::OutputLayer && model.layers().len() > 1;
        if fuses_output {
            ops.truncate(model.layers().len() - 1);
        }
        for (index, &layer) in model.layers().iter().enumerate().rev() {
            // dz of the layer below needs w as it was in the forward pass, so it comes before w's update.
            if index > 0 {
                let below = model.layers()[index - 1];
                ops.push(if fuses_output && index + 1 == model.layers().len() {
                    Op::OutputLayer { layer, below }
                } else {
                    Op::DenseBackwardInput { layer, below }
                });
            }
            match fusion {
                Fusion::None => ops.extend([Op::DenseBackwardWeights { layer }, Op::Adam { layer }]),
                Fusion::Update | Fusion::OutputLayer => ops.push(Op::DenseUpdate { layer }),
            }
        }
        Plan { ops }
    }

    /// Logits, loss and hits, without dropout; no parameter changes.
    pub fn evaluation(model: &Model) -> Self {
        Plan { ops: forward(model, false) }
    }

    /// The Ops, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }
}

fn forward(model: &Model, training: bool) -> Vec<Op> {
    let mut ops: Vec<Op> = model.layers().iter().map(|&layer| Op::DenseForward { layer, training }).collect();
    ops.extend(model.layers().last().map(|&layer| Op::SoftmaxCrossEntropy { layer }));
    ops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Dense;

    #[test]
    fn quickstart_plans() {
        let model = Model::quickstart();
        let [hidden, output] = *model.layers() else { panic!("two layers") };
        assert_eq!(
            Plan::training(&model, Fusion::Update).ops(),
            [
                Op::DenseForward { layer: hidden, training: true },
                Op::DenseForward { layer: output, training: true },
                Op::SoftmaxCrossEntropy { layer: output },
                Op::DenseBackwardInput { layer: output, below: hidden },
                Op::DenseUpdate { layer: output },
                Op::DenseUpdate { layer: hidden },
            ]
        );
        assert_eq!(
            Plan::training(&model, Fusion::OutputLayer).ops(),
            [
                Op::DenseForward { layer: hidden, training: true },
                Op::OutputLayer { layer: output, below: hidden },
                Op::DenseUpdate { layer: output },
                Op::DenseUpdate { layer: hidden },
            ]
        );
        assert_eq!(Plan::training(&model, Fusion::None).ops().len(), 8);
        // One layer hands nothing down.
        let single = Model::new(&[Dense::linear(10)]).unwrap();
        assert_eq!(Plan::training(&single, Fusion::OutputLayer), Plan::training(&single, Fusion::Update));
        assert_eq!(Plan::evaluation(&model).ops().len(), 3);
    }
}
