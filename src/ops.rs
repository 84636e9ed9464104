//! One [`Op`](crate::plan::Op) at a time, on plain tensors: how each implementation is held against the reference.
//!
//! Backends keep tensors in layouts of their own and run whole plans. Behind this trait they take and give row-major
//! tensors without padding, so a case is written once and met by all.

use crate::augment::Augmentation;
use crate::backend::State;
use crate::metrics::Metrics;
use crate::model::Layer;
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::reference::{self, Masks};

/// What a layer reads.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The first layer: images `[batch, 784]`, read as `value / 255`.
    Pixels(&'a [u8]),
    /// Any other: y of the layer below, `[batch, fan_in]`.
    Dense(&'a [f32]),
}

/// Every kernel, as a function of plain tensors. [`reference`] says what each one computes. Asynchronous, for a GPU's answer
/// must be waited for, and a browser waits for nothing.
#[allow(
    async_fn_in_trait,
    reason = "callers name the implementation's type, and nothing here moves between threads"
)]
pub trait Ops {
    /// Augmented images `[batch, 784]`.
    async fn augment(&mut self, augmentation: &Augmentation, masks: Masks, images: &[u8]) -> Vec<u8>;

    /// y `[batch, fan_out]`.
    async fn dense_forward(
        &mut self,
        layer: &Layer,
        masks: Option<Masks>,
        x: Input<'_>,
        w: &[f32],
        b: &[f32],
    ) -> Vec<f32>;

    /// Metrics and dlogits `[batch, classes]`.
    async fn softmax_cross_entropy(
        &mut self,
        classes: usize,
        logits: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>);

    /// dz of `below`, `[batch, fan_in]`.
    async fn dense_backward_input(
        &mut self,
        layers: Between<'_>,
        masks: Masks,
        dz: &[f32],
        w: &[f32],
        y: &[f32],
    ) -> Vec<f32>;

    /// [`Ops::dense_forward`] of the last layer, [`Ops::softmax_cross_entropy`] and [`Ops::dense_backward_input`] in one: metrics,
    /// dlogits, and dz of `below`. `y` is what `below` gave.
    async fn output_layer(
        &mut self,
        layers: Between<'_>,
        masks: Masks,
        y: &[f32],
        w: &[f32],
        b: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>, Vec<f32>) {
        let logits = self.dense_forward(layers.layer, None, Input::Dense(y), w, b).await;
        let (metrics, dlogits) = self.softmax_cross_entropy(layers.layer.fan_out, &logits, labels).await;
        let dx = self.dense_backward_input(layers, masks, &dlogits, w, y).await;
        (metrics, dlogits, dx)
    }

    /// dw `[fan_in, fan_out]`, then db `[fan_out]`.
    async fn dense_backward_weights(&mut self, layer: &Layer, x: Input<'_>, dz: &[f32]) -> Vec<f32>;

    /// One update of a layer's state (w then b, as in [`Layer`]) from gradients in the same order.
    async fn adam(&mut self, layer: &Layer, config: &Adam, step: u32, state: &mut State, gradients: &[f32]);

    /// One update of a layer's state from gradients, whose m are velocities.
    async fn sgd(&mut self, layer: &Layer, config: &Sgd, state: &mut State, gradients: &[f32]);

    /// [`Ops::dense_backward_weights`] and [`Ops::adam`] or [`Ops::sgd`] in one.
    async fn dense_update(
        &mut self,
        layer: &Layer,
        optimizer: &Optimizer,
        step: u32,
        x: Input<'_>,
        dz: &[f32],
        state: &mut State,
    );
}

/// Two neighbouring layers.
#[derive(Debug, Clone, Copy)]
pub struct Between<'a> {
    /// The upper one, whose dz and w are read.
    pub layer: &'a Layer,
    /// The lower one, whose dz is made.
    pub below: &'a Layer,
}

/// [`reference`]'s functions.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReferenceOps;

fn floats(x: Input<'_>) -> Vec<f32> {
    match x {
        Input::Pixels(pixels) => reference::unit(pixels),
        Input::Dense(x) => x.to_vec(),
    }
}

impl Ops for ReferenceOps {
    async fn augment(&mut self, augmentation: &Augmentation, masks: Masks, images: &[u8]) -> Vec<u8> {
        let mut augmented = vec![0; images.len()];
        reference::augment(augmentation, masks, images, &mut augmented);
        augmented
    }

    async fn dense_forward(
        &mut self,
        layer: &Layer,
        masks: Option<Masks>,
        x: Input<'_>,
        w: &[f32],
        b: &[f32],
    ) -> Vec<f32> {
        let x = floats(x);
        let mut y = vec![0.0; x.len() / layer.fan_in * layer.fan_out];
        reference::dense_forward(layer, masks, &x, w, b, &mut y);
        y
    }

    async fn softmax_cross_entropy(
        &mut self,
        classes: usize,
        logits: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>) {
        let mut dlogits = vec![0.0; logits.len()];
        let metrics = reference::softmax_cross_entropy(classes, logits, labels, &mut dlogits);
        (metrics, dlogits)
    }

    async fn dense_backward_input(
        &mut self,
        Between { layer, below }: Between<'_>,
        masks: Masks,
        dz: &[f32],
        w: &[f32],
        y: &[f32],
    ) -> Vec<f32> {
        let mut dx = vec![0.0; y.len()];
        reference::dense_backward_input(layer, below, masks, dz, w, y, &mut dx);
        dx
    }

    async fn dense_backward_weights(&mut self, layer: &Layer, x: Input<'_>, dz: &[f32]) -> Vec<f32> {
        let mut gradients = vec![0.0; layer.w().len() + layer.b().len()];
        let (dw, db) = gradients.split_at_mut(layer.w().len());
        reference::dense_backward_weights(layer, &floats(x), dz, dw, db);
        gradients
    }

    async fn adam(&mut self, _: &Layer, config: &Adam, step: u32, state: &mut State, gradients: &[f32]) {
        reference::adam(config, step, &mut state.parameters, &mut state.m, &mut state.v, gradients);
    }

    async fn sgd(&mut self, _: &Layer, config: &Sgd, state: &mut State, gradients: &[f32]) {
        reference::sgd(config, &mut state.parameters, &mut state.m, gradients);
    }

    async fn dense_update(
        &mut self,
        layer: &Layer,
        optimizer: &Optimizer,
        step: u32,
        x: Input<'_>,
        dz: &[f32],
        state: &mut State,
    ) {
        let gradients = self.dense_backward_weights(layer, x, dz).await;
        match optimizer {
            Optimizer::Adam(config) => self.adam(layer, config, step, state, &gradients).await,
            Optimizer::Sgd(config) => self.sgd(layer, config, state, &gradients).await,
        }
    }
}
