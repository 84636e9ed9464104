//! A model and what to do with it, lowered to a list of [`Op`] values.
//!
//! A plan is data and knows no device: `reference`, `simd` and `gpu` each `match` on it, so a new [`Op`] compiles only
//! once all of them know it, and fusing two kernels is a change of plan.

use crate::augment::Augmentation;
use crate::model::{Layer, Model};
use crate::optimizer::Rule;

/// One kernel's worth of work on a batch. Tensors have names by role: layer l reads x (the batch's pixels, or y of layer
/// l - 1) and writes y `[batch, fan_out]`; dz is the gradient of its sums `x · w + b`, before the activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// x of the first layer: the batch's images, changed for this step. Without it, x is the images as they are.
    Augment {
        /// By how much.
        augmentation: Augmentation,
    },
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
    /// One update of a layer's w and b by stochastic gradient descent, from dw and db.
    Sgd {
        /// Whose parameters are updated.
        layer: Layer,
    },
    /// [`Op::DenseBackwardWeights`] and [`Op::Adam`] or [`Op::Sgd`] in one: the gradient never reaches memory.
    DenseUpdate {
        /// Whose parameters are updated.
        layer: Layer,
        /// By which formula.
        rule: Rule,
    },
}

/// What is fused in a training plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fusion {
    /// Nothing: one Op for each formula of the textbook. The oracle for the others.
    None,
    /// dw, db and the update by them: [`Op::DenseUpdate`].
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
    /// A training step: forward, loss, backward, update by a formula.
    pub fn training(model: &Model, fusion: Fusion, rule: Rule) -> Self {
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
            match (fusion, rule) {
                (Fusion::None, Rule::Adam) => {
                    ops.extend([Op::DenseBackwardWeights { layer }, Op::Adam { layer }]);
                }
                (Fusion::None, Rule::Sgd) => {
                    ops.extend([Op::DenseBackwardWeights { layer }, Op::Sgd { layer }]);
                }
                (Fusion::Update | Fusion::OutputLayer, _) => ops.push(Op::DenseUpdate { layer, rule }),
            }
        }
        Plan { ops }
    }

    /// The same on images that are changed first; the same where that leaves all as they are.
    pub fn augmented(mut self, augmentation: Augmentation) -> Self {
        if !augmentation.is_none() {
            self.ops.insert(0, Op::Augment { augmentation });
        }
        self
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
        for (rule, update) in [
            (Rule::Adam, [Op::Adam { layer: output }, Op::Adam { layer: hidden }]),
            (Rule::Sgd, [Op::Sgd { layer: output }, Op::Sgd { layer: hidden }]),
        ] {
            assert_eq!(
                Plan::training(&model, Fusion::Update, rule).ops(),
                [
                    Op::DenseForward { layer: hidden, training: true },
                    Op::DenseForward { layer: output, training: true },
                    Op::SoftmaxCrossEntropy { layer: output },
                    Op::DenseBackwardInput { layer: output, below: hidden },
                    Op::DenseUpdate { layer: output, rule },
                    Op::DenseUpdate { layer: hidden, rule },
                ]
            );
            assert_eq!(
                Plan::training(&model, Fusion::OutputLayer, rule).ops(),
                [
                    Op::DenseForward { layer: hidden, training: true },
                    Op::OutputLayer { layer: output, below: hidden },
                    Op::DenseUpdate { layer: output, rule },
                    Op::DenseUpdate { layer: hidden, rule },
                ]
            );
            let plain = Plan::training(&model, Fusion::Update, rule);
            let augmentation = Augmentation::ROBUST;
            let augmented = plain.clone().augmented(augmentation);
            let (first, rest) = augmented.ops().split_first().unwrap();
            assert_eq!((first, rest), (&Op::Augment { augmentation }, plain.ops()));
            assert_eq!(plain.clone().augmented(Augmentation::NONE), plain);
            let unfused = Plan::training(&model, Fusion::None, rule);
            assert_eq!(unfused.ops().len(), 8);
            assert_eq!([unfused.ops()[5], unfused.ops()[7]], update);
            // One layer hands nothing down.
            let single = Model::new(&[Dense::linear(10)]).unwrap();
            assert_eq!(
                Plan::training(&single, Fusion::OutputLayer, rule),
                Plan::training(&single, Fusion::Update, rule)
            );
        }
        assert_eq!(Plan::evaluation(&model).ops().len(), 3);
    }
}
