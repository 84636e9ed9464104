//! The kernels behind [`Ops`]: plain tensors in and out, one dispatch each.

use bytemuck::Pod;

use super::buffers::{Resident, read, storage, uniform};
use super::device::Device;
use super::pipelines::STEP_STRIDE;
use super::program::{Buffers, Pipelines};
use super::sum;
use super::tile::Tile;
use super::uniforms;
use crate::augment::Augmentation;
use crate::backend::State;
use crate::data::PIXELS;
use crate::metrics::Metrics;
use crate::model::{Activation, Layer};
use crate::ops::{Between, Input, Ops};
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::plan::Op;
use crate::reference::Masks;

/// The GPU's kernels.
#[derive(Debug)]
pub struct GpuOps {
    device: Device,
    pipelines: Pipelines,
}

/// What one dispatch finds in its buffers.
#[derive(Default)]
struct Tensors<'a> {
    parameters: &'a [f32],
    gradients: &'a [f32],
    m: &'a [f32],
    v: &'a [f32],
    /// y of the layer below, then y of the layer.
    y: [&'a [f32]; 2],
    /// dz of the layer below, then dz of the layer.
    dz: [&'a [f32]; 2],
    images: &'a [u8],
    labels: &'a [u8],
}

impl GpuOps {
    /// On this device, with this tile for every matrix product, or with the best for each.
    pub fn new(device: Device, tile: Option<Tile>) -> Self {
        GpuOps { device, pipelines: Pipelines::with_tile(tile) }
    }

    /// Dispatches one Op over `rows` rows, and returns the buffers as it leaves them. Layers are as if they stood alone:
    /// parameters at 0, y and dz of the layer below at 0, the layer's own behind them.
    fn run(
        &mut self,
        op: Op,
        (layer, below): (&Layer, Option<&Layer>),
        step: uniforms::Step,
        rows: usize,
        tensors: &Tensors<'_>,
    ) -> Buffers {
        let device = &self.device;
        let uniform_of = |value: &[u8], size: usize| {
            let buffer = uniform(device, "uniform", size);
            device.queue.write_buffer(&buffer, 0, value);
            buffer
        };
        let filled = |label: &str, parts: &[&[u8]]| {
            let bytes = parts.concat();
            let buffer = storage(device, label, bytes.len().div_ceil(4));
            device.queue.write_buffer(&buffer, 0, &bytes);
            buffer
        };
        let floats = |label: &str, parts: &[&[f32]]| {
            let parts: Vec<&[u8]> = parts.iter().map(|part| bytemuck::cast_slice(part)).collect();
            filled(label, &parts)
        };
        let alone = Layer { offset: 0, ..*layer };
        let below = below.map(|below| (below, 0));
        let mut uniform = uniforms::Layer::new(&alone, tensors.y[0].len().max(tensors.dz[0].len()), below);
        uniform.index = layer.index as u32;
        let order: Vec<u32> = (0..rows as u32).collect();
        let step = uniforms::Step { rows: rows as u32, ..step };
        let labels: Vec<u32> = tensors.labels.iter().map(|&label| u32::from(label)).collect();
        let buffers = Buffers {
            steps: uniform_of(bytemuck::bytes_of(&step), STEP_STRIDE),
            layers: vec![
                uniform_of(bytemuck::bytes_of(&uniform), size_of::<uniforms::Layer>());
                layer.index + 1
            ],
            parameters: floats("parameters", &[tensors.parameters]),
            gradients: floats("gradients", &[tensors.gradients]),
            m: floats("m", &[tensors.m]),
            v: floats("v", &[tensors.v]),
            y: floats("y", &tensors.y),
            dz: floats("dz", &tensors.dz),
            order: filled("order", &[bytemuck::cast_slice(&order)]),
            metrics: storage(device, "metrics", 2 * rows),
            augmented: storage(device, "augmented", tensors.images.len() / 4),
        };
        let dataset = Resident {
            id: 0,
            images: filled("images", &[tensors.images]),
            labels: filled("labels", &[bytemuck::cast_slice(&labels)]),
        };
        let dispatch = self.pipelines.dispatch(device, &op, rows, &buffers, &dataset);
        let mut encoder = device.device.create_command_encoder(&Default::default());
        dispatch.encode(&mut encoder.begin_compute_pass(&Default::default()), 0, rows);
        device.queue.submit([encoder.finish()]);
        buffers
    }

    async fn read<T: Pod>(&self, buffer: &wgpu::Buffer) -> Vec<T> {
        read(&self.device, buffer).await.expect("a device that has just answered answers again")
    }
}

fn training(masks: Option<Masks>) -> uniforms::Step {
    masks.map_or(uniforms::Step::default(), |masks| uniforms::Step {
        seed: masks.seed,
        step: masks.step,
        training: 1,
        ..Default::default()
    })
}

/// The images, or y of the layer below, and the number of rows.
fn split<'a>(layer: &Layer, x: Input<'a>) -> (&'a [u8], &'a [f32], usize) {
    match x {
        Input::Pixels(images) => (images, &[], images.len() / PIXELS),
        Input::Dense(y) => (&[], y, y.len() / layer.fan_in),
    }
}

impl Ops for GpuOps {
    async fn augment(&mut self, augmentation: &Augmentation, masks: Masks, images: &[u8]) -> Vec<u8> {
        // The layer that reads them.
        let layer = Layer {
            index: 0,
            fan_in: PIXELS,
            fan_out: 1,
            activation: Activation::Linear,
            dropout_rate: 0.0,
            offset: 0,
        };
        let tensors = Tensors { images, ..Default::default() };
        let op = Op::Augment { augmentation: *augmentation };
        let step = training(Some(masks)).with_augmentation(augmentation);
        let buffers = self.run(op, (&layer, None), step, images.len() / PIXELS, &tensors);
        self.read(&buffers.augmented).await
    }

    async fn dense_forward(
        &mut self,
        layer: &Layer,
        masks: Option<Masks>,
        x: Input<'_>,
        w: &[f32],
        b: &[f32],
    ) -> Vec<f32> {
        let (images, below, rows) = split(layer, x);
        let op = Op::DenseForward { layer: *layer, training: masks.is_some() };
        let own = vec![f32::NAN; rows * layer.fan_out];
        let tensors =
            Tensors { parameters: &[w, b].concat(), y: [below, &own], images, ..Default::default() };
        let buffers = self.run(op, (layer, None), training(masks), rows, &tensors);
        self.read(&buffers.y).await.split_off(below.len())
    }

    async fn softmax_cross_entropy(
        &mut self,
        classes: usize,
        logits: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>) {
        let layer = Layer {
            index: 1,
            fan_in: 1,
            fan_out: classes,
            activation: Activation::Linear,
            dropout_rate: 0.0,
            offset: 0,
        };
        let own = vec![f32::NAN; logits.len()];
        let tensors = Tensors { y: [&[], logits], dz: [&[], &own], labels, ..Default::default() };
        let op = Op::SoftmaxCrossEntropy { layer };
        let buffers = self.run(op, (&layer, None), training(None), labels.len(), &tensors);
        (self.metrics(&buffers).await, self.read(&buffers.dz).await)
    }

    async fn dense_backward_input(
        &mut self,
        Between { layer, below }: Between<'_>,
        masks: Masks,
        dz: &[f32],
        w: &[f32],
        y: &[f32],
    ) -> Vec<f32> {
        let rows = y.len() / layer.fan_in;
        let op = Op::DenseBackwardInput { layer: *layer, below: *below };
        let own = vec![f32::NAN; y.len()];
        let tensors = Tensors { parameters: w, y: [y, &[]], dz: [&own, dz], ..Default::default() };
        let buffers = self.run(op, (layer, Some(below)), training(Some(masks)), rows, &tensors);
        let mut dx = self.read(&buffers.dz).await;
        dx.truncate(y.len());
        dx
    }

    async fn output_layer(
        &mut self,
        Between { layer, below }: Between<'_>,
        masks: Masks,
        y: &[f32],
        w: &[f32],
        b: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>, Vec<f32>) {
        let op = Op::OutputLayer { layer: *layer, below: *below };
        let own = vec![f32::NAN; labels.len() * layer.fan_out];
        let dz_below = vec![f32::NAN; y.len()];
        let parameters = [w, b].concat();
        let tensors = Tensors {
            parameters: &parameters,
            y: [y, &own],
            dz: [&dz_below, &own],
            labels,
            ..Default::default()
        };
        let buffers = self.run(op, (layer, Some(below)), training(Some(masks)), labels.len(), &tensors);
        let mut dx = self.read(&buffers.dz).await;
        let dlogits = dx.split_off(y.len());
        (self.metrics(&buffers).await, dlogits, dx)
    }

    async fn dense_backward_weights(&mut self, layer: &Layer, x: Input<'_>, dz: &[f32]) -> Vec<f32> {
        let (images, below, rows) = split(layer, x);
        let op = Op::DenseBackwardWeights { layer: *layer };
        let own = vec![f32::NAN; (layer.fan_in + 1) * layer.fan_out];
        // dz of the layer below is not read, but has its place.
        let dz_below = vec![0.0; below.len()];
        let tensors =
            Tensors { gradients: &own, y: [below, &[]], dz: [&dz_below, dz], images, ..Default::default() };
        let buffers = self.run(op, (layer, None), training(None), rows, &tensors);
        self.read(&buffers.gradients).await
    }

    async fn adam(&mut self, layer: &Layer, config: &Adam, step: u32, state: &mut State, gradients: &[f32]) {
        let tensors = Tensors {
            parameters: &state.parameters,
            m: &state.m,
            v: &state.v,
            gradients,
            ..Default::default()
        };
        let step = uniforms::Step { step, ..Default::default() }.with_adam(config);
        let buffers = self.run(Op::Adam { layer: *layer }, (layer, None), step, 1, &tensors);
        *state = self.state(&buffers).await;
    }

    async fn sgd(&mut self, layer: &Layer, config: &Sgd, state: &mut State, gradients: &[f32]) {
        let tensors = Tensors { parameters: &state.parameters, m: &state.m, gradients, ..Default::default() };
        let step = uniforms::Step::default().with_sgd(config);
        let buffers = self.run(Op::Sgd { layer: *layer }, (layer, None), step, 1, &tensors);
        state.parameters = self.read(&buffers.parameters).await;
        state.m = self.read(&buffers.m).await;
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
        let (images, below, rows) = split(layer, x);
        let dz_below = vec![0.0; below.len()];
        let tensors = Tensors {
            parameters: &state.parameters,
            m: &state.m,
            v: &state.v,
            y: [below, &[]],
            dz: [&dz_below, dz],
            images,
            ..Default::default()
        };
        let step = uniforms::Step { step, ..Default::default() }.with_update(optimizer);
        let op = Op::DenseUpdate { layer: *layer, rule: optimizer.rule() };
        let buffers = self.run(op, (layer, None), step, rows, &tensors);
        *state = self.state(&buffers).await;
    }
}

impl GpuOps {
    async fn metrics(&self, buffers: &Buffers) -> Metrics {
        sum(&self.read(&buffers.metrics).await)
    }

    async fn state(&self, buffers: &Buffers) -> State {
        State {
            parameters: self.read(&buffers.parameters).await,
            m: self.read(&buffers.m).await,
            v: self.read(&buffers.v).await,
        }
    }
}
