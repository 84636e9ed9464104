//! The GPU backend: walks the plan through wgpu, one compute shader for each [`Op`](crate::plan::Op).
//!
//! ```text
//! plan → program: (pipeline, bind group, workgroups) an Op, made once
//! steps → one uniform each, many a submit → metrics → staging → Metrics
//! ```

mod buffers;
mod device;
pub mod kernels;
#[cfg(not(target_arch = "wasm32"))]
mod ops;
mod pipelines;
mod program;
pub mod uniforms;

use std::collections::VecDeque;

use crate::Error;
use crate::backend::{State, Steps, check_state};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::Model;
use crate::plan::{Fusion, Plan};
use buffers::{Arriving, Resident, read, staging};
pub use device::Device;
#[cfg(not(target_arch = "wasm32"))]
pub use ops::GpuOps;
use pipelines::STEP_STRIDE;
use program::{Buffers, Dispatch, Pipelines};

/// Steps a submit, at most: the browser's watchdog wants short ones, and a software adapter takes a millisecond a step.
const STEPS_PER_SUBMIT: usize = 100;
/// Images that evaluation takes at a time, at least.
const EVALUATION_BATCH: usize = 500;
/// Submits whose metrics are on their way before the oldest is waited for.
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
    /// Staging buffers that nobody waits for.
    idle: Vec<wgpu::Buffer>,
}

/// A plan bound to a dataset.
#[derive(Debug)]
struct Program {
    training: bool,
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
            idle: Vec::new(),
        };
        gpu.set_state(&state)?;
        Ok(gpu)
    }

    /// The device that it runs on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Runs every step and returns each one's metrics: `Backend::train`.
    ///
    /// # Errors
    /// [`Error::GpuFailed`].
    pub async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        self.fit(steps.batch).await?;
        let adam = &steps.adam;
        let step = |index: usize| {
            uniforms::Step {
                seed: steps.seed,
                step: steps.first_step + index as u32,
                training: 1,
                ..Default::default()
            }
            .with_adam(adam)
        };
        self.run(true, steps.dataset, steps.order, steps.batch, step).await
    }

    /// Loss and accuracy over a whole dataset: `Backend::evaluate`.
    ///
    /// # Errors
    /// [`Error::GpuFailed`].
    pub async fn evaluate(&mut self, dataset: &Dataset) -> Result<Metrics, Error> {
        let order: Vec<u32> = (0..dataset.len() as u32).collect();
        let metrics = self.run(false, dataset, &order, self.batch, |_| uniforms::Step::default()).await?;
        Ok(metrics.into_iter().sum())
    }

    /// Logits of n images: `Backend::predict`.
    ///
    /// # Errors
    /// [`Error::GpuFailed`].
    pub async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        let mut logits = Vec::new();
        let Some(output) = self.model.layers().last().copied() else { return Ok(logits) };
        let (layers, _) = uniforms::Layer::all(&self.model, self.batch);
        let start = layers[output.index].y as usize;
        for images in images.chunks(self.batch * PIXELS) {
            let dataset = Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS])?;
            self.evaluate(&dataset).await?;
            let y: Vec<f32> = read(&self.device, &self.buffers.y).await?;
            logits.extend_from_slice(&y[start..][..dataset.len() * output.fan_out]);
        }
        Ok(logits)
    }

    /// A copy of the state: `Backend::state`.
    ///
    /// # Errors
    /// [`Error::GpuFailed`].
    pub async fn state(&self) -> Result<State, Error> {
        Ok(State {
            parameters: read(&self.device, &self.buffers.parameters).await?,
            m: read(&self.device, &self.buffers.m).await?,
            v: read(&self.device, &self.buffers.v).await?,
        })
    }

    /// Replaces the state: `Backend::set_state`.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when it is another model's.
    pub fn set_state(&mut self, state: &State) -> Result<(), Error> {
        check_state(state, self.model.parameter_count())?;
        let Buffers { parameters, m, v, .. } = &self.buffers;
        for (buffer, values) in [(parameters, &state.parameters), (m, &state.m), (v, &state.v)] {
            self.device.queue.write_buffer(buffer, 0, bytemuck::cast_slice(values));
        }
        Ok(())
    }

    /// Makes room for batches of `batch` images.
    async fn fit(&mut self, batch: usize) -> Result<(), Error> {
        if batch > self.batch {
            let state = self.state().await?;
            let has_gradients = self.fusion == Fusion::None;
            self.buffers = Buffers::new(&self.device, &self.model, batch, STEPS_PER_SUBMIT, has_gradients);
            self.batch = batch;
            self.programs.clear();
            self.idle.clear();
            self.set_state(&state)?;
        }
        Ok(())
    }

    /// The plan, bound to the dataset: made once for each that stays.
    fn program(&mut self, training: bool, dataset: &Dataset) -> usize {
        let known = |it: &Program| it.training == training && it.dataset.id == dataset.id();
        if let Some(index) = self.programs.iter().position(known) {
            return index;
        }
        if self.programs.len() == RESIDENT {
            self.programs.remove(0);
        }
        let plan =
            if training { Plan::training(&self.model, self.fusion) } else { Plan::evaluation(&self.model) };
        let resident = self.programs.iter().map(|it| &it.dataset).find(|it| it.id == dataset.id());
        let dataset = resident.cloned().unwrap_or_else(|| Resident::new(&self.device, dataset));
        let dispatches = self.pipelines.program(&self.device, &plan, &self.buffers, &dataset);
        self.programs.push(Program { training, dataset, dispatches });
        self.programs.len() - 1
    }

    /// Runs a program over the batches of `order`, many a submit, and gathers their metrics. `step` gives the uniform of the
    /// n-th batch, less what this fills in.
    async fn run(
        &mut self,
        training: bool,
        dataset: &Dataset,
        order: &[u32],
        batch: usize,
        step: impl Fn(usize) -> uniforms::Step,
    ) -> Result<Vec<Metrics>, Error> {
        let program = self.program(training, dataset);
        let mut metrics = Vec::with_capacity(order.len().div_ceil(batch));
        let mut arriving: VecDeque<(Arriving, &[u32])> = VecDeque::new();
        for (submit, order) in order.chunks(batch * STEPS_PER_SUBMIT).enumerate() {
            if arriving.len() == IN_FLIGHT
                && let Some((oldest, order)) = arriving.pop_front()
            {
                self.arrive(oldest, order, batch, &mut metrics).await?;
            }
            let mut uniforms = vec![0u8; order.len().div_ceil(batch) * STEP_STRIDE];
            for (index, uniform) in uniforms.chunks_exact_mut(STEP_STRIDE).enumerate() {
                let first = index * batch;
                let step = uniforms::Step {
                    rows: batch.min(order.len() - first) as u32,
                    first: first as u32,
                    metrics: first as u32,
                    ..step(submit * STEPS_PER_SUBMIT + index)
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
            let size_bytes = order.len() * 8;
            let staging =
                self.idle.pop().unwrap_or_else(|| staging(&self.device, self.batch * STEPS_PER_SUBMIT * 8));
            encoder.copy_buffer_to_buffer(&self.buffers.metrics, 0, &staging, 0, size_bytes as u64);
            queue.submit([encoder.finish()]);
            arriving.push_back((Arriving::request(staging, size_bytes), order));
        }
        for (oldest, order) in arriving {
            self.arrive(oldest, order, batch, &mut metrics).await?;
        }
        Ok(metrics)
    }

    /// Sums what a submit has left, batch by batch.
    async fn arrive(
        &mut self,
        arriving: Arriving,
        order: &[u32],
        batch: usize,
        metrics: &mut Vec<Metrics>,
    ) -> Result<(), Error> {
        let (rows, staging) = arriving.take::<[f32; 2]>(&self.device).await?;
        self.idle.push(staging);
        debug_assert_eq!(rows.len(), order.len(), "a loss and a hit for every image");
        metrics.extend(rows.chunks(batch).map(sum));
        Ok(())
    }
}

/// Sums rows of (loss, 1 for a hit).
fn sum(rows: &[[f32; 2]]) -> Metrics {
    Metrics {
        loss_sum: rows.iter().map(|[loss, _]| f64::from(*loss)).sum(),
        correct: rows.iter().map(|[_, hit]| *hit as u32).sum(),
        count: rows.len() as u32,
    }
}

/// Natively the futures are ready when they return, for `Arriving::take` has waited.
#[cfg(not(target_arch = "wasm32"))]
impl crate::backend::Backend for Gpu {
    fn name(&self) -> &'static str {
        "gpu"
    }

    fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        pollster::block_on(Gpu::train(self, steps))
    }

    fn evaluate(&mut self, dataset: &Dataset) -> Result<Metrics, Error> {
        pollster::block_on(Gpu::evaluate(self, dataset))
    }

    fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        pollster::block_on(Gpu::predict(self, images))
    }

    fn state(&self) -> Result<State, Error> {
        pollster::block_on(Gpu::state(self))
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        Gpu::set_state(self, state)
    }
}
