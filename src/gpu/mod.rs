//! The GPU backend: walks the plan through wgpu, one compute shader for each [`Op`](crate::plan::Op).
//!
//! ```text
//! plan → program: (pipeline, bind group, workgroups) an Op, made once
//! steps → one uniform each, many a submit → metrics → staging → Metrics
//! ```
//!
//! Submits queue up, and their metrics come back in a ring of staging buffers: training waits for the oldest submit when the ring
//! is full, and for nothing else.

mod buffers;
mod device;
pub mod kernels;
mod ops;
mod pipelines;
mod program;
pub mod tile;
pub mod uniforms;

use std::collections::VecDeque;
use std::sync::Arc;

use web_time::Instant;

use crate::Error;
use crate::backend::{Backend, QueueWork, State, Steps, check_state};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::Model;
use crate::plan::{Fusion, Plan};
use buffers::{Arriving, Resident, read, staging};
pub use device::Device;
pub use ops::GpuOps;
use pipelines::STEP_STRIDE;
use program::{Buffers, Dispatch, Pipelines};

/// Steps a submit, at most: what the buffers have room for.
const STEPS_PER_SUBMIT: usize = 200;
/// Images that evaluation takes at a time, at least.
const EVALUATION_BATCH: usize = 500;
/// Submits under way before the oldest is waited for: enough that the GPU has work while its results travel.
const IN_FLIGHT: usize = 3;

/// The backend that runs on a GPU.
#[derive(Debug)]
pub struct Gpu {
    device: Device,
    model: Model,
    fusion: Fusion,
    pipelines: Pipelines,
    /// For batches of up to `batch` images.
    batch: usize,
    buffers: Buffers,
    programs: Vec<Program>,
    /// Training submits under way, oldest first.
    submits: VecDeque<Submit>,
    /// Metrics that have arrived while something else was done.
    arrived: Vec<Metrics>,
    /// The newest parameters that have arrived, until somebody takes them.
    parameters: Option<Vec<f32>>,
    /// Staging buffers that nobody waits for.
    idle: Vec<wgpu::Buffer>,
    /// By training, so far.
    work: QueueWork,
}

/// Some batches under way.
#[derive(Debug)]
struct Submit {
    arriving: Arriving,
    /// Images in all, and of a batch.
    rows: usize,
    batch: usize,
    /// Whether the parameters come behind the metrics.
    with_parameters: bool,
}

/// A plan bound to a dataset.
#[derive(Debug)]
struct Program {
    plan: Plan,
    batch: usize,
    dataset: Resident,
    dispatches: Vec<Dispatch>,
}

/// Datasets that stay on the GPU: one to train on and one to test with.
const RESIDENT: usize = 2;

impl Gpu {
    /// Starts from `parameters`, with fresh moments.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn new(device: Device, model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Result<Self, Error> {
        let state = State::fresh(parameters);
        check_state(&state, model.parameter_count())?;
        let batch = EVALUATION_BATCH;
        let has_gradients = fusion == Fusion::None;
        let buffers = Buffers::new(&device, model, batch, STEPS_PER_SUBMIT, has_gradients);
        let mut gpu = Gpu {
            device,
            model: model.clone(),
            fusion,
            pipelines: Pipelines::default(),
            batch,
            buffers,
            programs: Vec::new(),
            submits: VecDeque::new(),
            arrived: Vec::new(),
            parameters: None,
            idle: Vec::new(),
            work: QueueWork::default(),
        };
        gpu.set_state(&state)?;
        Ok(gpu)
    }

    /// The device that it runs on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The newest parameters that have arrived since the last call. They come along with the metrics every few submits: a copy to
    /// read drawings with, which costs training no wait.
    pub fn take_parameters(&mut self) -> Option<Vec<f32>> {
        self.parameters.take()
    }

    /// Weights and biases, as all steps so far leave them.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn parameters(&self) -> Result<Vec<f32>, Error> {
        read(&self.device, &self.buffers.parameters).await
    }

    /// Makes room for batches of `batch` images.
    async fn fit(&mut self, batch: usize) -> Result<(), Error> {
        if batch > self.batch {
            self.arrived = self.finish().await?;
            let state = self.state().await?;
            let has_gradients = self.fusion == Fusion::None;
            self.buffers = Buffers::new(&self.device, &self.model, batch, STEPS_PER_SUBMIT, has_gradients);
            self.batch = batch;
            self.programs.clear();
            self.idle.clear();
            self.write(&state);
        }
        Ok(())
    }

    fn write(&self, state: &State) {
        let Buffers { parameters, m, v, .. } = &self.buffers;
        for (buffer, values) in [(parameters, &state.parameters), (m, &state.m), (v, &state.v)] {
            self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(values));
        }
    }

    /// A plan, bound to the dataset: made once for each that stays.
    fn program(&mut self, plan: Plan, batch: usize, dataset: &Dataset) -> usize {
        let known = |it: &Program| it.plan == plan && (it.batch, it.dataset.id) == (batch, dataset.id());
        if let Some(index) = self.programs.iter().position(known) {
            return index;
        }
        if self.programs.len() == RESIDENT {
            self.programs.remove(0);
        }
        let resident = self.programs.iter().map(|it| &it.dataset).find(|it| it.id == dataset.id());
        let dataset = resident.cloned().unwrap_or_else(|| Resident::new(&self.device, dataset));
        let dispatches = self.pipelines.program(&self.device, &plan, batch, &self.buffers, &dataset);
        self.programs.push(Program { plan, batch, dataset, dispatches });
        self.programs.len() - 1
    }

    /// Submits a program over the batches of `order`, at most [`STEPS_PER_SUBMIT`]. `step` gives the uniform of the n-th batch,
    /// less what this fills in.
    fn submit(
        &mut self,
        program: usize,
        order: &[u32],
        batch: usize,
        with_parameters: bool,
        step: impl Fn(usize) -> uniforms::Step,
    ) -> Submit {
        let mut uniforms = vec![0u8; order.len().div_ceil(batch) * STEP_STRIDE];
        for (index, uniform) in uniforms.chunks_exact_mut(STEP_STRIDE).enumerate() {
            let first = index * batch;
            let step = uniforms::Step {
                rows: batch.min(order.len() - first) as u32,
                first: first as u32,
                metrics: first as u32,
                ..step(index)
            };
            uniform[..size_of::<uniforms::Step>()].copy_from_slice(bytemuck::bytes_of(&step));
        }
        let queue = &self.device.queue;
        queue.write_buffer(&self.buffers.steps, 0, &uniforms);
        queue.write_buffer(&self.buffers.order, 0, bytemuck::cast_slice(order));

        let mut encoder = self.device.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for (index, rows) in order.chunks(batch).enumerate() {
                for dispatch in &self.programs[program].dispatches {
                    dispatch.encode(&mut pass, index, rows.len());
                }
            }
        }
        let parameters = &self.buffers.parameters;
        let staging = self.idle.pop().unwrap_or_else(|| {
            let metrics_bytes = self.batch * STEPS_PER_SUBMIT * METRICS_BYTES;
            staging(&self.device, metrics_bytes + parameters.size() as usize)
        });
        let mut size_bytes = order.len() * METRICS_BYTES;
        encoder.copy_buffer_to_buffer(&self.buffers.metrics, 0, &staging, 0, size_bytes as u64);
        if with_parameters {
            encoder.copy_buffer_to_buffer(parameters, 0, &staging, size_bytes as u64, parameters.size());
            size_bytes += parameters.size() as usize;
        }
        let arriving = Arriving::submit(&self.device, encoder, staging, size_bytes);
        Submit { arriving, rows: order.len(), batch, with_parameters }
    }

    /// Waits for what a submit has left, and sums it batch by batch.
    async fn arrive(&mut self, submit: Submit) -> Result<impl Iterator<Item = Metrics> + use<>, Error> {
        let Submit { arriving, rows, batch, with_parameters } = submit;
        let (mut values, staging) = arriving.take::<f32>(&self.device).await?;
        self.idle.push(staging);
        let parameters = values.split_off(2 * rows);
        if with_parameters {
            self.parameters = Some(parameters);
        }
        let rows = values.as_chunks::<2>().0;
        let metrics: Vec<Metrics> = rows.chunks(batch).map(sum).collect();
        Ok(metrics.into_iter())
    }

    /// Takes in the metrics of the oldest submits, until at most `left` are under way.
    async fn wait(&mut self, left: usize) -> Result<(), Error> {
        while self.submits.len() > left
            && let Some(oldest) = self.submits.pop_front()
        {
            let metrics = self.arrive(oldest).await?;
            self.arrived.extend(metrics);
        }
        Ok(())
    }
}

/// A row's loss and hit.
const METRICS_BYTES: usize = 8;

/// Sums rows of (loss, 1 for a hit).
fn sum(rows: &[[f32; 2]]) -> Metrics {
    Metrics {
        loss_sum: rows.iter().map(|[loss, _]| f64::from(*loss)).sum(),
        correct: rows.iter().map(|[_, hit]| *hit as u32).sum(),
        count: rows.len() as u32,
    }
}

impl Backend for Gpu {
    fn name(&self) -> &'static str {
        "gpu"
    }

    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        self.fit(steps.batch).await?;
        let program = self.program(steps.plan(&self.model, self.fusion), steps.batch, steps.dataset);
        let chunks = steps.order.chunks(steps.batch * STEPS_PER_SUBMIT);
        for (first_step, order) in (steps.first_step..).step_by(STEPS_PER_SUBMIT).zip(chunks) {
            self.wait(IN_FLIGHT - 1).await?;
            let step = |index: usize| {
                let step = first_step + index as u32;
                uniforms::Step { seed: steps.seed, step, training: 1, ..Default::default() }
                    .with_augmentation(&steps.augmentation)
                    .with_update(&steps.optimizer)
            };
            let with_parameters = !self.submits.iter().any(|submit| submit.with_parameters);
            let start = Instant::now();
            let submit = self.submit(program, order, steps.batch, with_parameters, step);
            let steps = order.len().div_ceil(steps.batch) as u64;
            self.work.steps += steps;
            self.work.dispatches += steps * self.programs[program].dispatches.len() as u64;
            self.work.submits += 1;
            self.work.encode_ms += start.elapsed().as_secs_f64() * 1e3;
            self.submits.push_back(submit);
        }
        while self.submits.front_mut().is_some_and(|oldest| oldest.arriving.is_here(&self.device)) {
            self.wait(self.submits.len() - 1).await?;
        }
        Ok(std::mem::take(&mut self.arrived))
    }

    fn queue_work(&self) -> Option<QueueWork> {
        Some(self.work)
    }

    async fn finish(&mut self) -> Result<Vec<Metrics>, Error> {
        self.wait(0).await?;
        Ok(std::mem::take(&mut self.arrived))
    }

    async fn evaluate(&mut self, dataset: &Arc<Dataset>) -> Result<Metrics, Error> {
        let program = self.program(Plan::evaluation(&self.model), self.batch, dataset);
        let order: Vec<u32> = (0..dataset.len() as u32).collect();
        let mut metrics = Metrics::default();
        for order in order.chunks(self.batch * STEPS_PER_SUBMIT) {
            let submit = self.submit(program, order, self.batch, false, |_| uniforms::Step::default());
            metrics += self.arrive(submit).await?.sum();
        }
        Ok(metrics)
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        let mut logits = Vec::new();
        let Some(output) = self.model.layers().last().copied() else { return Ok(logits) };
        let (layers, _) = uniforms::Layer::all(&self.model, self.batch);
        let start = layers[output.index].y as usize;
        for images in images.chunks(self.batch * PIXELS) {
            let dataset = Arc::new(Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS])?);
            self.evaluate(&dataset).await?;
            let y: Vec<f32> = read(&self.device, &self.buffers.y).await?;
            logits.extend_from_slice(&y[start..][..dataset.len() * output.fan_out]);
        }
        Ok(logits)
    }

    async fn state(&self) -> Result<State, Error> {
        Ok(State {
            parameters: self.parameters().await?,
            m: read(&self.device, &self.buffers.m).await?,
            v: read(&self.device, &self.buffers.v).await?,
        })
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        check_state(state, self.model.parameter_count())?;
        self.submits.clear();
        self.arrived.clear();
        self.parameters = None;
        self.write(state);
        Ok(())
    }
}
