//! What the page computes with: the processor or the GPU, as the visitor or a measurement chooses.

use std::sync::Arc;

use crate::Error;
use crate::backend::{Backend, State, Steps};
use crate::data::Dataset;
use crate::gpu::Gpu;
use crate::metrics::Metrics;
use crate::model::Model;
use crate::plan::Fusion;
use crate::reference::Reference;
use crate::simd::Simd;
use crate::team::Team;

/// One of the backends.
#[derive(Debug)]
pub(crate) enum Processor {
    /// Everything on the processor.
    Simd(Box<Simd>),
    /// Training on the GPU. Drawings are read by the processor, with the newest weights that have arrived: a drawing is one image,
    /// and asking the GPU would take as long as everything that is queued there.
    Gpu { gpu: Box<Gpu>, reader: Box<Simd> },
    /// The plain loops, to compare others with.
    Reference { reference: Box<Reference>, reader: Box<Simd> },
}

impl Processor {
    /// With parameters as they are before the first step, on the threads of a team.
    pub(crate) fn simd(model: &Model, parameters: Vec<f32>, team: &Team) -> Result<Self, Error> {
        let simd = Simd::with_team(model, parameters, Fusion::Update, team.clone())?;
        Ok(Processor::Simd(Box::new(simd)))
    }

    /// As [`Processor::simd`], for a GPU that may have computed something else before.
    pub(crate) fn gpu(mut gpu: Box<Gpu>, model: &Model, parameters: Vec<f32>) -> Result<Self, Error> {
        let state = State::fresh(parameters);
        gpu.set_state(&state)?;
        Ok(Processor::Gpu { gpu, reader: Box::new(Simd::new(model, state.parameters)?) })
    }

    /// As [`Processor::simd`], by the plain loops.
    pub(crate) fn reference(model: &Model, parameters: Vec<f32>) -> Result<Self, Error> {
        let reader = Box::new(Simd::new(model, parameters.clone())?);
        Ok(Processor::Reference { reference: Box::new(Reference::new(model, parameters)?), reader })
    }

    /// What reads drawings: of a GPU's parameters it has the newest that have arrived.
    fn reader(&mut self) -> Result<&mut Simd, Error> {
        match self {
            Processor::Simd(simd) => Ok(simd),
            Processor::Gpu { gpu, reader } => {
                if let Some(parameters) = gpu.take_parameters() {
                    reader.set_parameters(&parameters)?;
                }
                Ok(reader)
            }
            Processor::Reference { reference, reader } => {
                reader.set_parameters(reference.parameters())?;
                Ok(reader)
            }
        }
    }

    /// The weights and biases that the next drawing is read with.
    pub(crate) fn parameters(&mut self) -> Result<Vec<f32>, Error> {
        Ok(self.reader()?.parameters())
    }
}

/// What a backend's method answers, whichever it is.
macro_rules! either {
    ($processor:expr, $backend:ident => $call:expr) => {
        match $processor {
            Processor::Simd($backend) => $call,
            Processor::Gpu { gpu: $backend, .. } => $call,
            Processor::Reference { reference: $backend, .. } => $call,
        }
    };
}

impl Backend for Processor {
    fn name(&self) -> &'static str {
        either!(self, backend => backend.name())
    }

    async fn train(&mut self, steps: Steps<'_>) -> Result<Vec<Metrics>, Error> {
        either!(self, backend => backend.train(steps).await)
    }

    async fn finish(&mut self) -> Result<Vec<Metrics>, Error> {
        either!(self, backend => backend.finish().await)
    }

    /// What is evaluated is what reads the next drawing.
    async fn evaluate(&mut self, dataset: &Arc<Dataset>) -> Result<Metrics, Error> {
        if let Processor::Gpu { gpu, reader } = self {
            reader.set_parameters(&gpu.parameters().await?)?;
        }
        either!(self, backend => backend.evaluate(dataset).await)
    }

    async fn predict(&mut self, images: &[u8]) -> Result<Vec<f32>, Error> {
        self.reader()?.predict(images).await
    }

    async fn state(&self) -> Result<State, Error> {
        either!(self, backend => backend.state().await)
    }

    fn set_state(&mut self, state: &State) -> Result<(), Error> {
        if let Processor::Gpu { reader, .. } = self {
            reader.set_state(state)?;
        }
        either!(self, backend => backend.set_state(state))
    }
}
