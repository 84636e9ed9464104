//! A plan, compiled: for each Op a pipeline, the buffers it binds, and how many workgroups it takes.

use super::buffers::{Resident, storage, uniform};
use super::device::Device;
use super::kernels::{self, Kernel, Role};
use super::pipelines::{Pipeline, STEP_STRIDE};
use super::tile::Tile;
use super::uniforms;
use crate::data::PIXELS;
use crate::model::Model;
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
    pub augmented: wgpu::Buffer,
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
            augmented: storage(device, "augmented", batch * PIXELS / 4),
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
            Role::Augmented => &self.augmented,
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
        Op::Augment { .. }
        | Op::SoftmaxCrossEntropy { .. }
        | Op::OutputLayer { .. }
        | Op::Adam { .. }
        | Op::Sgd { .. } => None,
    }
}

/// How many workgroups an Op takes that is no matrix product; each shader's head says the same.
fn workgroups(op: &Op, rows: usize) -> (usize, usize) {
    match op {
        Op::Augment { .. } | Op::OutputLayer { .. } => (rows, 1),
        Op::Adam { layer } | Op::Sgd { layer } => {
            let groups = ((layer.fan_in + 1) * layer.fan_out).div_ceil(WORKGROUP);
            (groups.min(MAX_GROUPS_X), groups.div_ceil(MAX_GROUPS_X))
        }
        _ => (rows.div_ceil(WORKGROUP), 1),
    }
}

/// The kernel of an Op, and the index of the layer whose uniform it reads.
fn kernel(op: &Op) -> (&'static Kernel, usize) {
    match op {
        Op::Augment { .. } => (&kernels::AUGMENT, 0),
        Op::DenseForward { layer, .. } => match layer.index {
            0 => (&kernels::DENSE_FORWARD_PIXELS, 0),
            index => (&kernels::DENSE_FORWARD_ACTIVATIONS, index),
        },
        Op::SoftmaxCrossEntropy { layer } => (&kernels::SOFTMAX_CROSS_ENTROPY, layer.index),
        Op::DenseBackwardInput { layer, .. } => (&kernels::DENSE_BACKWARD_INPUT, layer.index),
        Op::OutputLayer { layer, .. } => (&kernels::OUTPUT_LAYER, layer.index),
        Op::DenseBackwardWeights { layer } => match layer.index {
            0 => (&kernels::DENSE_BACKWARD_WEIGHTS_PIXELS, 0),
            index => (&kernels::DENSE_BACKWARD_WEIGHTS_ACTIVATIONS, index),
        },
        Op::Adam { layer } => (&kernels::ADAM, layer.index),
        Op::Sgd { layer } => (&kernels::SGD, layer.index),
        Op::DenseUpdate { layer, rule } => match (rule, layer.index) {
            (Rule::Adam, 0) => (&kernels::DENSE_UPDATE_PIXELS_ADAM, 0),
            (Rule::Adam, index) => (&kernels::DENSE_UPDATE_ACTIVATIONS_ADAM, index),
            (Rule::Sgd, 0) => (&kernels::DENSE_UPDATE_PIXELS_SGD, 0),
            (Rule::Sgd, index) => (&kernels::DENSE_UPDATE_ACTIVATIONS_SGD, index),
        },
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
        let mut dataset = dataset.clone();
        let dispatch = |op: &Op| {
            let dispatch = self.dispatch(device, op, batch, buffers, &dataset);
            if let Op::Augment { .. } = op {
                dataset.images = buffers.augmented.clone();
            }
            dispatch
        };
        plan.ops().iter().map(dispatch).collect()
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
        let bind_group = pipeline.bind(device, |role| buffers.get(role, layer, dataset));
        Dispatch { pipeline: pipeline.pipeline.clone(), bind_group, op: *op, tile }
    }
}
