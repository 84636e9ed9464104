//! What the kernels are told: the two uniforms of `shaders/bindings.wgsl`, field by field.

use bytemuck::{Pod, Zeroable};

use crate::augment::Augmentation;
use crate::model::{self, Activation, Model};
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::random::dropout_threshold;

/// `Step` in WGSL: what changes from step to step.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Step {
    /// Keys the dropout masks and the augmentation.
    pub seed: u32,
    /// From 1.
    pub step: u32,
    /// Images of this batch.
    pub rows: u32,
    /// Where they begin in the order.
    pub first: u32,
    /// Where their metrics begin.
    pub metrics: u32,
    /// 1 in training, 0 otherwise.
    pub training: u32,
    /// The learning rate, for Adam with its bias corrections.
    pub rate: f32,
    /// 1 - beta1.
    pub beta1_rest: f32,
    /// 1 - beta2.
    pub beta2_rest: f32,
    /// Adam's epsilon.
    pub epsilon: f32,
    /// SGD's momentum.
    pub momentum: f32,
    /// 1 for Nesterov's, 0 for plain.
    pub nesterov: u32,
    /// Of the augmentation.
    pub shift: u32,
    /// Of the augmentation.
    pub rotation: u32,
    /// Of the augmentation.
    pub scale: u32,
    /// Of the augmentation.
    pub aspect: u32,
    /// Of the augmentation.
    pub shear: u32,
    /// Of the augmentation.
    pub elastic: u32,
    /// Of the augmentation.
    pub thicker: u32,
    /// Of the augmentation.
    pub thinner: u32,
    /// Of so many rows the first is left as it is; at most 1 where nothing is augmented.
    pub clean_every: u32,
}

impl Step {
    /// On augmented images.
    pub fn with_augmentation(self, augmentation: &Augmentation) -> Self {
        let Augmentation { shift, rotation, scale, aspect, shear, elastic, thicker, thinner, clean_every } =
            *augmentation;
        Step {
            shift: shift.into(),
            rotation: rotation.into(),
            scale: scale.into(),
            aspect: aspect.into(),
            shear: shear.into(),
            elastic: elastic.into(),
            thicker: thicker.into(),
            thinner: thinner.into(),
            clean_every: clean_every.into(),
            ..self
        }
    }

    /// With an update.
    pub fn with_update(self, optimizer: &Optimizer) -> Self {
        match *optimizer {
            Optimizer::Adam(adam) => self.with_adam(&adam),
            Optimizer::Sgd(sgd) => self.with_sgd(&sgd),
        }
    }

    /// With Adam's update.
    pub fn with_adam(self, adam: &Adam) -> Self {
        let [beta1_rest, beta2_rest] = adam.beta_rests();
        Step { rate: adam.corrected_rate(self.step), beta1_rest, beta2_rest, epsilon: adam.epsilon, ..self }
    }

    /// With SGD's update.
    pub fn with_sgd(self, sgd: &Sgd) -> Self {
        Step { rate: sgd.learning_rate, momentum: sgd.momentum, nesterov: u32::from(sgd.nesterov), ..self }
    }
}

/// `Layer` in WGSL: what never changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Layer {
    /// Position in the model, from 0.
    pub index: u32,
    /// Number of inputs.
    pub fan_in: u32,
    /// Number of outputs.
    pub fan_out: u32,
    /// 1 for relu, 0 for none.
    pub relu: u32,
    /// Of its dropout, in units of 2⁻¹⁶.
    pub dropout_threshold: u32,
    /// `1 / (1 - rate)`.
    pub dropout_scale: f32,
    /// Where w lies in the parameters.
    pub w: u32,
    /// Where b lies in the parameters.
    pub b: u32,
    /// Where y and dz lie.
    pub y: u32,
    /// Where those of the layer below lie.
    pub y_below: u32,
    /// The activation of the layer below: 1 for relu, 0 for none.
    pub below_relu: u32,
    /// The dropout of the layer below.
    pub below_dropout_threshold: u32,
    /// The scale of the layer below.
    pub below_dropout_scale: f32,
}

impl Layer {
    /// `layer`, with its tensors at `y` and those of `below` at `y_below`.
    pub fn new(layer: &model::Layer, y: usize, below: Option<(&model::Layer, usize)>) -> Self {
        let relu = |layer: &model::Layer| u32::from(layer.activation == Activation::Relu);
        let (below, y_below) = below.map_or((None, 0), |(below, y)| (Some(below), y));
        Layer {
            index: layer.index as u32,
            fan_in: layer.fan_in as u32,
            fan_out: layer.fan_out as u32,
            relu: relu(layer),
            dropout_threshold: dropout_threshold(layer.dropout_rate),
            dropout_scale: layer.dropout_scale(),
            w: layer.w().start as u32,
            b: layer.b().start as u32,
            y: y as u32,
            y_below: y_below as u32,
            below_relu: below.map_or(0, relu),
            below_dropout_threshold: below.map_or(0, |below| dropout_threshold(below.dropout_rate)),
            below_dropout_scale: below.map_or(1.0, model::Layer::dropout_scale),
        }
    }

    /// Every layer of a model, for batches of up to `batch` images, and how many elements y and dz have.
    pub fn all(model: &Model, batch: usize) -> (Vec<Self>, usize) {
        let mut end = 0;
        let mut below = None;
        let layers = model
            .layers()
            .iter()
            .map(|layer| {
                let y = end;
                end += batch * layer.fan_out;
                let uniform = Layer::new(layer, y, below);
                below = Some((layer, y));
                uniform
            })
            .collect();
        (layers, end)
    }
}
