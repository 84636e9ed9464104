//! A plan, compiled: for each Op a pipeline, the buffers it binds, and how many workgroups it takes.

use super::buffers::{Resident, storage, uniform};
use super::device::Device;
use super::kernels::{self, Kernel, Role};
use super::pipelines::{Pipeline, STEP_STRIDE};
use super::tile::Tile;
use super::uniforms;
use crate::model::{Layer, Model};
use crate::optimizer::Rule;
use crate::plan::{Op, Plan};

/// Threads of a workgroup of the kernels that are not tiled.
const WORKGROUP: usize = 64;
/// Workgroups along x, at most, of the kernels that count through all parameters.
const MAX_GROUPS_X: usize = 1024;

/// Every buffer but the dataset's.
#[derive(Debug)]
pub(crate) struct Buffers {
    pub steps: wgpu::Buffer,
    pub layers: Vec<wgpu::Buffer>,
    pub parameters: wgpu::Buffer,
    pub gradients: wgpu::Buffer,
    pub m: wgpu::Buffer,
    pub v: wgpu::Buffer,
    pub y: wgpu::Buffer,
    pub dz: wgpu::Buffer,
    pub order: wgpu::Buffer,
    pub metrics: wgpu::Buffer,
}

impl Buffers {
    /// For batches of up to `batch` images, and `steps` of them a submit.
    pub(crate) fn new(
        device: &Device,
        model: &Model,
        batch: usize,
        steps: usize,
        has_gradients: bool,
    ) -> Self {
        let (uniforms, activations) = uniforms::Layer::all(model, batch);
        let layers = uniforms
            .iter()
            .map(|layer| {
                let buffer = uniform(device, "layer", size_of::<uniforms::Layer>());
                device.queue.write_buffer(&buffer, 0, bytemuck::bytes_of(layer));
                buffer
            })
            .collect();
        let count = model.parameter_count();
        Buffers {
            steps: uniform(device, "steps", steps * STEP_STRIDE),
            layers,
            parameters: storage(device, "parameters", count),
            gradients: storage(device, "gradients", if has_gradients { count } else { 0 }),
            m: storage(device, "m", count),
            v: storage(device, "v", count),
            y: storage(device, "y", activations),
            dz: storage(device, "dz", activations),
            order: storage(device, "order", batch * steps),
            metrics: storage(device, "metrics", 2 * batch * steps),
        }
    }

    fn get(&self, role: Role, layer: usize, dataset: &Resident) -> wgpu::Buffer {
        match role {
            Role::Step => &self.steps,
            Role::Layer => &self.layers[layer],
            Role::Parameters => &self.parameters,
            Role::Gradients => &self.gradients,
            Role::M => &self.m,
            Role::V => &self.v,
            Role::Y => &self.y,
            Role::Dz => &self.dz,
            Role::Images => &dataset.images,
            Role::Order => &self.order,
            Role::Labels => &dataset.labels,
            Role::Metrics => &self.metrics,
        }
        .clone()
    }
}

/// One Op, ready to be dispatched.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pipeline: wgpu::ComputePipeline,
    bind_group: wgpu::BindGroup,
    op: Op,
    tile: Option<Tile>,
}

impl Dispatch {
    /// Encodes the Op for a batch of `rows` images, as step `index` of those in the uniform buffer.
    pub(crate) fn encode(&self, pass: &mut wgpu::ComputePass<'_>, index: usize, rows: usize) {
        let (x, y) = match (self.tile, product(&self.op, rows)) {
            (Some(tile), Some([rows, cols, _])) => tile.workgroups(rows, cols),
            _ => workgroups(&self.op, rows),
        };
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[(index * STEP_STRIDE) as u32]);
        pass.dispatch_workgroups(x as u32, y as u32, 1);
    }
}

/// Rows, columns and terms of the matrix product that an Op is, where it is one.
fn product(op: &Op, rows: usize) -> Option<[usize; 3]> {
    match op {
        Op::DenseForward { layer, .. } => Some([rows, layer.fan_out, layer.fan_in]),
        Op::DenseBackwardInput { layer, .. } => Some([rows, layer.fan_in, layer.fan_out]),
        Op::DenseBackwardWeights { layer } | Op::DenseUpdate { layer, .. } => {
            Some([layer.fan_in + 1, layer.fan_out, rows])
        }
        Op::SoftmaxCrossEntropy { .. } | Op::OutputLayer { .. } | Op::Adam { .. } | Op::Sgd { .. } => None,
    }
}

/// How many workgroups an Op takes that is no matrix product; each shader's head says the same.
fn workgroups(op: &Op, rows: usize) -> (usize, usize) {
    match op {
        Op::OutputLayer { .. } => (rows, 1),
        Op::Adam { layer } | Op::Sgd { layer } => {
            let groups = ((layer.fan_in + 1) * layer.fan_out).div_ceil(WORKGROUP);
            (groups.min(MAX_GROUPS_X), groups.div_ceil(MAX_GROUPS_X))
        }
        _ => (rows.div_ceil(WORKGROUP), 1),
    }
}

/// The kernel of an Op, and the layer whose uniform it reads.
fn kernel(op: &Op) -> (&'static Kernel, &Layer) {
    let first = |layer: &Layer| layer.index == 0;
    match op {
        Op::DenseForward { layer, .. } if first(layer) => (&kernels::DENSE_FORWARD_PIXELS, layer),
        Op::DenseForward { layer, .. } => (&kernels::DENSE_FORWARD_ACTIVATIONS, layer),
        Op::SoftmaxCrossEntropy { layer } => (&kernels::SOFTMAX_CROSS_ENTROPY, layer),
        Op::DenseBackwardInput { layer, .. } => (&kernels::DENSE_BACKWARD_INPUT, layer),
        Op::OutputLayer { layer, .. } => (&kernels::OUTPUT_LAYER, layer),
        Op::DenseBackwardWeights { layer } if first(layer) => {
            (&kernels::DENSE_BACKWARD_WEIGHTS_PIXELS, layer)
        }
        Op::DenseBackwardWeights { layer } => (&kernels::DENSE_BACKWARD_WEIGHTS_ACTIVATIONS, layer),
        Op::Adam { layer } => (&kernels::ADAM, layer),
        Op::Sgd { layer } => (&kernels::SGD, layer),
        Op::DenseUpdate { layer, rule } => {
            let kernel = match (rule, first(layer)) {
                (Rule::Adam, true) => &kernels::DENSE_UPDATE_PIXELS_ADAM,
                (Rule::Adam, false) => &kernels::DENSE_UPDATE_ACTIVATIONS_ADAM,
                (Rule::Sgd, true) => &kernels::DENSE_UPDATE_PIXELS_SGD,
                (Rule::Sgd, false) => &kernels::DENSE_UPDATE_ACTIVATIONS_SGD,
            };
            (kernel, layer)
        }
    }
}

/// The kernels that have been compiled so far.
#[derive(Debug, Default)]
pub(crate) struct Pipelines {
    compiled: Vec<Pipeline>,
    /// In place of the best for each product.
    tile: Option<Tile>,
}

impl Pipelines {
    /// With this tile for every product.
    pub(crate) fn with_tile(tile: Option<Tile>) -> Self {
        Pipelines { compiled: Vec::new(), tile }
    }

    /// Binds a plan to buffers and a dataset, and compiles what it needs. It runs on batches of any size, best of `batch` images.
    pub(crate) fn program(
        &mut self,
        device: &Device,
        plan: &Plan,
        batch: usize,
        buffers: &Buffers,
        dataset: &Resident,
    ) -> Vec<Dispatch> {
        plan.ops().iter().map(|op| self.dispatch(device, op, batch, buffers, dataset)).collect()
    }

    /// Binds one Op.
    pub(crate) fn dispatch(
        &mut self,
        device: &Device,
        op: &Op,
        batch: usize,
        buffers: &Buffers,
        dataset: &Resident,
    ) -> Dispatch {
        let (kernel, layer) = kernel(op);
        let tile = product(op, batch).map(|[rows, cols, depth]| {
            self.tile.unwrap_or_else(|| Tile::choose(rows, cols, depth, device.is_software()))
        });
        let known = self.compiled.iter().position(|it| std::ptr::eq(it.kernel, kernel) && it.tile == tile);
        let index = known.unwrap_or_else(|| {
            self.compiled.push(Pipeline::new(device, kernel, tile));
            self.compiled.len() - 1
        });
        let pipeline = &self.compiled[index];
        let bind_group = pipeline.bind(device, |role| buffers.get(role, layer.index, dataset));
        Dispatch { pipeline: pipeline.pipeline.clone(), bind_group, op: *op, tile }
    }
}
