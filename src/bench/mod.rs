//! How long a training step takes, as a whole and part by part, and how long it takes at least: for the native bench and for the page's.

pub mod ceiling;
pub mod exercise;
pub mod tasks;
pub mod work;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;
use crate::backend::{Backend, Steps};
use crate::data::{CLASSES, Dataset, epoch_order};
#[cfg(feature = "gpu")]
use crate::gpu::{Device, Gpu};
use crate::model::{Dense, Model};
use crate::plan::{Fusion, Op};
use crate::reference::Reference;
pub use crate::simd::Part;
use crate::simd::Simd;
use crate::team::Team;
use crate::trainer::{Settings, Trainer};

/// Which backend is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Reference`].
    Reference,
    /// [`Simd`].
    Simd,
    /// [`Gpu`].
    #[cfg(feature = "gpu")]
    Gpu,
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "reference" => Ok(Kind::Reference),
            "simd" => Ok(Kind::Simd),
            #[cfg(feature = "gpu")]
            "gpu" => Ok(Kind::Gpu),
            _ => Err(Error::Setting {
                name: "backend",
                value: name.into(),
                expected: "choose reference, simd or gpu",
            }),
        }
    }
}

/// What is measured: the quickstart's model and optimiser, in these sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// Who computes.
    pub backend: Kind,
    /// Images a step.
    pub batch: usize,
    /// Units of a hidden layer.
    pub hidden: usize,
    /// Hidden layers, all alike.
    pub depth: usize,
    /// Steps timed together.
    pub steps: usize,
    /// How often they are timed, after as many steps that are not.
    pub repeats: usize,
}

impl Case {
    /// The quickstart's model with these hidden layers.
    ///
    /// # Errors
    /// [`Error::Model`] for a width that no layer can have, [`Error::Setting`] for a depth out of its range.
    pub fn model(&self) -> Result<Model, Error> {
        if !(1..=MAX_DEPTH).contains(&self.depth) {
            let expected = "choose 1 to 4 hidden layers";
            return Err(Error::Setting { name: "depth", value: self.depth.to_string(), expected });
        }
        let mut layers = vec![Dense::relu(self.hidden).with_dropout(0.2); self.depth];
        layers.push(Dense::linear(CLASSES));
        Model::new(&layers)
    }
}

/// Most hidden layers that are measured.
const MAX_DEPTH: usize = 4;

impl Part {
    /// The Op's name, and its layer from 1; the batch has none.
    pub fn name(&self) -> (&'static str, usize) {
        let (name, layer) = match self {
            Part::Batch => return ("batch", 0),
            Part::Op(Op::Augment { .. }) => return ("augment", 0),
            Part::Op(Op::DenseForward { layer, .. }) => ("dense_forward", layer),
            Part::Op(Op::SoftmaxCrossEntropy { layer }) => ("softmax_cross_entropy", layer),
            Part::Op(Op::DenseBackwardInput { layer, .. }) => ("dense_backward_input", layer),
            Part::Op(Op::OutputLayer { layer, .. }) => ("output_layer", layer),
            Part::Op(Op::DenseBackwardWeights { layer }) => ("dense_backward_weights", layer),
            Part::Op(Op::Adam { layer }) => ("adam", layer),
            Part::Op(Op::Sgd { layer }) => ("sgd", layer),
            Part::Op(Op::DenseUpdate { layer, .. }) => ("dense_update", layer),
        };
        (name, layer.index + 1)
    }
}

impl fmt::Display for Part {
    /// The Op's name, and its layer from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            (name, 0) => f.write_str(name),
            (name, layer) => write!(f, "{name} {layer}"),
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Milliseconds a step, one number a repeat.
    pub ms_per_step: Vec<f64>,
    /// Dispatches, submits and milliseconds of encoding a step, for a GPU.
    pub queue: Option<QueuePerStep>,
    /// The GPU.
    pub adapter: Option<Adapter>,
}

/// Which GPU it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// As its driver has it; empty in a browser, which hides it.
    pub name: String,
    /// Whether it only plays a GPU, on the processor.
    pub software: bool,
}

/// A step's share of [`QueueWork`](crate::backend::QueueWork).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueuePerStep {
    /// Compute shaders.
    pub dispatches: f64,
    /// Command buffers.
    pub submits: f64,
    /// Time of the processor that feeds the queue.
    pub encode_ms: f64,
}

/// Times training steps, on a team where `case.backend` is [`Kind::Simd`]. `clock` gives milliseconds since some moment; it is read twice a repeat, so a
/// coarse one does for a few hundred steps.
///
/// # Errors
/// [`Error`] for sizes that no model can have, or no images.
pub async fn training_step(
    case: &Case,
    team: &Team,
    dataset: Arc<Dataset>,
    clock: impl Fn() -> f64,
) -> Result<Measurement, Error> {
    let model = case.model()?;
    if case.backend != Kind::Simd && team.threads() != 1 {
        let expected = "only the backend simd computes on more than one";
        return Err(Error::Setting { name: "threads", value: team.threads().to_string(), expected });
    }
    let parameters = model.initial_parameters(0);
    let settings = Settings { batch: case.batch, ..Settings::default() };
    match case.backend {
        Kind::Reference => {
            let backend = Reference::new(&model, parameters)?;
            measure(Trainer::new(backend, dataset, settings)?, case, clock).await
        }
        Kind::Simd => {
            let backend = Simd::with_team(&model, parameters, Fusion::Update, team.clone())?;
            measure(Trainer::new(backend, dataset, settings)?, case, clock).await
        }
        #[cfg(feature = "gpu")]
        Kind::Gpu => {
            let device = Device::open().await?;
            let adapter = Some(Adapter { name: device.name().to_owned(), software: device.is_software() });
            let backend = Gpu::new(device, &model, parameters, Fusion::OutputLayer)?;
            let measured = measure(Trainer::new(backend, dataset, settings)?, case, clock).await?;
            Ok(Measurement { adapter, ..measured })
        }
    }
}

/// Milliseconds that each part of a training step takes on one thread, in the order in which they run: means over `case.steps` steps,
/// after as many that are not timed; see [`Profile`].
///
/// # Errors
/// As [`training_step`].
pub fn step_parts(
    case: &Case,
    dataset: &Arc<Dataset>,
    clock: &dyn Fn() -> f64,
) -> Result<Vec<(Part, f64)>, Error> {
    let settings = Settings { batch: case.batch, ..Settings::default() };
    let model = case.model()?;
    let simd = Simd::new(&model, model.initial_parameters(settings.seed))?;
    Ok(Profile::new(simd, Arc::clone(dataset), settings)?.means(case.steps, clock))
}

/// Times the parts of a backend's training steps, on one thread.
#[derive(Debug)]
pub struct Profile {
    simd: Simd,
    dataset: Arc<Dataset>,
    settings: Settings,
    /// The first epoch's; then again from its beginning.
    order: std::iter::Cycle<std::vec::IntoIter<u32>>,
    steps: u32,
}

impl Profile {
    /// Before the first step.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn new(simd: Simd, dataset: Arc<Dataset>, settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        if dataset.is_empty() {
            return Err(Error::NoImages);
        }
        let order = epoch_order(settings.seed, 0, dataset.len()).into_iter().cycle();
        Ok(Profile { simd, dataset, settings, order, steps: 0 })
    }

    /// Milliseconds that each part of the next `steps` steps takes, summed over them, in the order in which they run. Reads the clock
    /// between the parts, so a coarse one is right on average over many steps.
    pub fn run(&mut self, steps: usize, clock: &dyn Fn() -> f64) -> Vec<(Part, f64)> {
        let Settings { batch, seed, augmentation, .. } = self.settings;
        let order: Vec<u32> = self.order.by_ref().take(steps * batch).collect();
        let first_step = self.steps + 1;
        let optimizer = self.settings.optimizer_at(first_step);
        self.steps += steps as u32;
        let (dataset, order) = (&self.dataset, &order[..]);
        let steps = Steps { dataset, order, batch, first_step, optimizer, augmentation, seed };
        self.simd.profile(steps, clock)
    }

    /// Means over `steps` steps, after as many that are not timed.
    fn means(mut self, steps: usize, clock: &dyn Fn() -> f64) -> Vec<(Part, f64)> {
        self.run(steps, clock);
        let mut parts = self.run(steps, clock);
        parts.iter_mut().for_each(|(_, ms)| *ms /= steps as f64);
        parts
    }
}

/// Milliseconds a step, roughly and soon: a few steps, fewer where they take long. Trains `backend`, and gives it back.
///
/// # Errors
/// As [`Trainer::new`] and [`Trainer::advance`].
pub async fn quick_ms<B: Backend>(
    backend: B,
    dataset: &Arc<Dataset>,
    settings: Settings,
    clock: impl Fn() -> f64,
) -> Result<(f64, B), Error> {
    let mut trainer = Trainer::new(backend, Arc::clone(dataset), settings)?;
    // The first step also compiles and uploads. The others tell what a step costs beside what it costs to ask; a hundred of them
    // only where ten have taken no time.
    let mut one_ms = 0.0;
    for steps in [1, 1, 10, 100] {
        let start = clock();
        trainer.advance(steps).await?;
        trainer.finish().await?;
        let ms = clock() - start;
        if steps == 1 {
            one_ms = ms;
        } else if steps == 100 || ms - one_ms > 10.0 {
            return Ok(((ms - one_ms).max(0.0) / (steps - 1) as f64, trainer.into_backend()));
        }
    }
    unreachable!("a hundred steps are the last")
}

async fn measure<B: Backend>(
    mut trainer: Trainer<B>,
    case: &Case,
    clock: impl Fn() -> f64,
) -> Result<Measurement, Error> {
    let mut ms_per_step = Vec::with_capacity(case.repeats);
    let mut warmed = None;
    for repeat in 0..=case.repeats {
        let start = clock();
        let end = trainer.step() + case.steps as u32;
        while trainer.step() < end {
            trainer.advance((end - trainer.step()) as usize).await?;
        }
        trainer.finish().await?;
        if repeat > 0 {
            ms_per_step.push((clock() - start) / case.steps as f64);
        } else {
            warmed = trainer.backend().queue_work();
        }
    }
    let queue = warmed.zip(trainer.backend().queue_work()).map(|(before, after)| {
        let steps = (after.steps - before.steps) as f64;
        QueuePerStep {
            dispatches: (after.dispatches - before.dispatches) as f64 / steps,
            submits: (after.submits - before.submits) as f64 / steps,
            encode_ms: (after.encode_ms - before.encode_ms) / steps,
        }
    });
    Ok(Measurement { ms_per_step, queue, adapter: None })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_parts_of_a_step_have_names_of_their_own() {
        let dataset = Arc::new(Dataset::new(vec![1; 784 * 10], vec![0; 10]).unwrap());
        let case = Case { backend: Kind::Simd, batch: 4, hidden: 5, depth: 2, steps: 3, repeats: 2 };
        let reads = Cell::new(0.0);
        // Every reading is 6 ms after the one before.
        let parts = step_parts(&case, &dataset, &|| reads.replace(reads.get() + 6.0)).unwrap();
        let mut names: Vec<String> = parts.iter().map(|(part, _)| part.to_string()).collect();
        // A batch is taken in, and then made ready.
        assert_eq!((names[0].as_str(), parts[0].1), ("batch", 12.0));
        assert!(parts[1..].iter().all(|&(_, ms)| ms == 6.0), "{parts:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), parts.len());
        assert!(step_parts(&Case { batch: 0, ..case }, &dataset, &|| 0.0).is_err());
    }

    #[test]
    fn times_every_repeat() {
        let dataset = Arc::new(Dataset::new(vec![1; 784 * 10], vec![0; 10]).unwrap());
        let reads = Cell::new(0.0);
        let clock = || {
            reads.set(reads.get() + 1.0);
            reads.get() * 6.0
        };
        let case = Case { backend: Kind::Simd, batch: 4, hidden: 5, depth: 2, steps: 3, repeats: 2 };
        let measured =
            pollster::block_on(training_step(&case, &Team::solo(), dataset.clone(), clock)).unwrap();
        assert_eq!(measured, Measurement { ms_per_step: vec![2.0, 2.0], queue: None, adapter: None });
        assert_eq!(reads.get(), 5.0);
        for (case, reason) in [
            (Case { hidden: 0, ..case }, "layer 0: 0 units: choose 1 to 4096"),
            (Case { depth: 5, ..case }, "depth is 5: choose 1 to 4 hidden layers"),
        ] {
            let error =
                pollster::block_on(training_step(&case, &Team::solo(), dataset.clone(), || 0.0)).unwrap_err();
            assert_eq!(error.to_string(), reason);
        }
        let two = Team::gather(2).unwrap().0;
        let reference = Case { backend: Kind::Reference, ..case };
        let error = pollster::block_on(training_step(&reference, &two, dataset, || 0.0)).unwrap_err();
        assert_eq!(error.to_string(), "threads is 2: only the backend simd computes on more than one");
        assert!("gpu9".parse::<Kind>().is_err());
    }
}
