//! The page's side of the crate: what `www/worker.js` calls. With [`fetch`], the only js-sys and web-sys.
//!
//! Everything here lives in a worker. Nothing computes longer than it is asked to, so that the worker can answer a
//! drawing between two slices of training.

#[cfg(feature = "bench")]
mod bench;
mod calibration;
mod configuration;
mod fetch;
mod ink;
mod insight;
mod inspect;
mod mixture;
mod processor;
mod profile;
mod teach;
mod threads;
mod twin;

use std::cell::RefCell;
use std::panic;
use std::sync::Arc;

use configuration::Configuration;
use ink::Ink;
use inspect::{AnswersObject, DescriptionObject, Inspector};
use js_sys::{Float32Array, Function, Object, Reflect, Uint32Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;

use crate::Error;
use crate::backend::Backend;
use crate::bench as measure;
use crate::calibration::{Calibration, evidence, probabilities};
use crate::data::{CLASSES, Dataset, PIXELS, synthetic};
use crate::gpu::{Device, Gpu};
use crate::inspect::Inspector as Replay;
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::plan::Fusion;
use crate::team::Team;
use crate::trainer::{Settings, Trainer};
use processor::Processor;
use teach::Taught;
use threads::Threads;

/// The plain objects that cross to JavaScript.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A slice of training: consecutive steps of one epoch; none where no metrics have arrived yet. */
export interface Slice {
    /** The epoch, from 1. */
    epoch: number;
    /** Steps of this epoch so far. */
    step: number;
    stepsPerEpoch: number;
    /** Mean loss of each step, in nats. */
    losses: Float32Array;
    /** How many digits of each step were read right. */
    correct: Uint32Array;
    /** How many digits each step had. */
    counts: Uint32Array;
    /** Mean loss over the epoch so far, as Keras's progress line shows it. */
    loss: number;
    /** Fraction read right over the epoch so far. */
    accuracy: number;
}

/** Loss and accuracy over a whole dataset, without dropout. */
export interface Evaluation {
    /** Mean loss, in nats. */
    loss: number;
    /** Fraction read right. */
    accuracy: number;
}

/** What the network says of what lies on the sheet. */
export interface Prediction {
    /** Softmax of the logits, divided by the temperature where there is one: ten numbers that sum to 1. */
    probabilities: Float32Array;
    logits: Float32Array;
    /** Whether there is one: after a run, `Session.calibrate` finds it. */
    calibrated: boolean;
    /** Whether so little speaks for the answer that hardly any digit has less; only what is calibrated can tell. */
    notSure: boolean;
    /** Steps trained so far: 0 for a network that has learnt nothing. */
    steps: number;
}

/** Called with what has been fetched, and the whole where the server says how much it is. */
export type FetchProgress = (doneBytes: number, totalBytes: number | undefined) => void;
"#;

#[wasm_bindgen]
extern "C" {
    /// `Slice` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Slice")]
    pub type SliceObject;
    /// `Evaluation` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Evaluation")]
    pub type EvaluationObject;
    /// `Prediction` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Prediction")]
    pub type PredictionObject;
    /// `FetchProgress` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "FetchProgress")]
    pub type FetchProgress;
}

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the worker began.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

thread_local! {
    /// What [`on_panic`] was given.
    static PANIC_LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Calls `listener` with the message of a panic, just before the panic ends the module; the console gets it too.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(listener: Function) {
    PANIC_LISTENER.replace(Some(listener));
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let listener = PANIC_LISTENER.with_borrow(Clone::clone);
        if let Some(listener) = listener {
            // A listener that throws cannot be helped: this is the end already.
            let _ = listener.call1(&JsValue::UNDEFINED, &info.to_string().into());
        }
    }));
}

/// Training and test digits. Cheap to hand to a [`Session`]: the pixels are shared, not copied.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Digits {
    train: Arc<Dataset>,
    test: Arc<Dataset>,
    cached: bool,
}

#[wasm_bindgen]
impl Digits {
    /// Number of training digits.
    #[wasm_bindgen(getter, js_name = trainCount)]
    pub fn train_count(&self) -> usize {
        self.train.len()
    }

    /// Number of test digits.
    #[wasm_bindgen(getter, js_name = testCount)]
    pub fn test_count(&self) -> usize {
        self.test.len()
    }

    /// Whether they were kept from an earlier visit, and nothing was fetched.
    #[wasm_bindgen(getter)]
    pub fn cached(&self) -> bool {
        self.cached
    }
}

/// Fetches MNIST's four files from the folder `base` (an address that ends in a slash), checks them, and keeps them for the next
/// visit.
///
/// # Errors
/// A JavaScript `Error` that says which file, what was expected and what was found.
#[wasm_bindgen(js_name = fetchMnist)]
pub async fn fetch_mnist(base: String, progress: FetchProgress) -> Result<Digits, JsError> {
    let progress: Function = progress.unchecked_into();
    let report = |done: f64, total: Option<f64>| {
        // A listener that throws does not stop the download.
        let _ = progress.call2(&JsValue::UNDEFINED, &done.into(), &total.into());
    };
    let mnist = fetch::mnist(&base, &report).await?;
    Ok(Digits { train: Arc::new(mnist.train), test: Arc::new(mnist.test), cached: mnist.cached })
}

/// Seeds the built-in digits: they are a dataset, the same on every visit, whatever seed a run has.
const BUILTIN_SEED: u32 = 0;

/// Makes the built-in digits, some at a time.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct DigitMaker {
    images: Vec<u8>,
    labels: Vec<u8>,
}

#[wasm_bindgen]
impl DigitMaker {
    /// Has made none yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        DigitMaker::default()
    }

    /// How many there will be, training and test digits together.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> u32 {
        synthetic::TEST.end
    }

    /// Makes up to `count` more, and returns how many there are then.
    pub fn make(&mut self, count: u32) -> u32 {
        let first = self.labels.len() as u32;
        let end = first.saturating_add(count).min(synthetic::TEST.end);
        if first == 0 {
            self.images.reserve_exact(synthetic::TEST.end as usize * PIXELS);
        }
        for index in first..end {
            let (image, label) = synthetic::digit(BUILTIN_SEED, index);
            self.images.extend(image);
            self.labels.push(label);
        }
        end
    }

    /// The digits, once all are made.
    ///
    /// # Errors
    /// When they are not.
    pub fn finish(mut self) -> Result<Digits, JsError> {
        if self.labels.len() != synthetic::TEST.end as usize {
            return Err(JsError::new("the built-in digits are not finished"));
        }
        let split = synthetic::TEST.start as usize;
        let test = Dataset::new(self.images.split_off(split * PIXELS), self.labels.split_off(split))?;
        let train = Dataset::new(self.images, self.labels)?;
        Ok(Digits { train: Arc::new(train), test: Arc::new(test), cached: false })
    }
}

/// One network and its training.
///
/// Its asynchronous methods hold it until their promise is settled: one call at a time.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session {
    model: Model,
    settings: Settings,
    /// The epochs over which Adam's learning rate falls to zero, where it does: how many steps that is, the digits decide.
    decay_epochs: Option<u32>,
    /// Who computes where the processor does.
    team: Team,
    digits: Option<Digits>,
    network: Network,
    /// The GPU, while it is open and not what computes.
    gpu: Option<Box<Gpu>>,
    /// Of the network as it is: its next step ends it.
    calibration: Option<Box<Calibration>>,
    /// The last lesson.
    taught: Option<Box<Taught>>,
}

/// A network with or without something to train on. Taken only while it becomes another.
#[derive(Debug)]
enum Network {
    Idle(Processor),
    Training(Box<Trainer<Processor>>),
}

impl Network {
    fn processor(&mut self) -> &mut Processor {
        match self {
            Network::Idle(processor) => processor,
            Network::Training(trainer) => trainer.backend(),
        }
    }

    fn into_processor(self) -> Processor {
        match self {
            Network::Idle(processor) => processor,
            Network::Training(trainer) => trainer.into_backend(),
        }
    }

    fn steps(&self) -> u32 {
        match self {
            Network::Idle(_) => 0,
            Network::Training(trainer) => trainer.step(),
        }
    }
}

#[wasm_bindgen]
impl Session {
    /// A network, untrained, on the processor: on all of `threads`, or on this worker alone.
    ///
    /// # Errors
    /// When the network or its training cannot be.
    #[wasm_bindgen(constructor)]
    pub fn new(configuration: Configuration, threads: Option<Threads>) -> Result<Session, JsError> {
        let (model, settings, decay_epochs) = configuration.into_parts()?;
        let team = threads.map_or_else(Team::solo, Threads::into_team);
        let parameters = model.initial_parameters(settings.seed);
        let network = Network::Idle(Processor::simd(&model, parameters, &team)?);
        Ok(Session {
            model,
            settings,
            decay_epochs,
            team,
            digits: None,
            network,
            gpu: None,
            calibration: None,
            taught: None,
        })
    }

    /// How many threads compute where the processor does.
    #[wasm_bindgen(getter)]
    pub fn threads(&self) -> usize {
        self.team.threads()
    }

    /// Opens the GPU, for [`Session::compare`] and [`Session::compute_on`]. Does nothing where it is open.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened, with the browser's reason.
    #[wasm_bindgen(js_name = openGpu)]
    pub async fn open_gpu(&mut self) -> Result<(), JsError> {
        if self.gpu.is_none() && matches!(self.network.processor(), Processor::Simd(_)) {
            let device = Device::open().await?;
            let parameters = self.model.initial_parameters(self.settings.seed);
            self.gpu = Some(Box::new(Gpu::new(device, &self.model, parameters, Fusion::OutputLayer)?));
        }
        Ok(())
    }

    /// Milliseconds a step on the processor, then on the GPU: a few steps of each, on networks of their own, so the run ahead is the
    /// same with and without.
    ///
    /// # Errors
    /// When the GPU is not open or fails, or there are no digits. The GPU is then closed.
    pub async fn compare(&mut self) -> Result<Vec<f64>, JsError> {
        let (Some(digits), Some(gpu)) = (&self.digits, self.gpu.take()) else {
            return Err(JsError::new("there is no GPU, or there are no digits to compare it with"));
        };
        let (simd_ms, _) =
            measure::quick_ms(self.untrained()?, &digits.train, self.settings.clone(), now).await?;
        let (gpu_ms, gpu) = measure::quick_ms(*gpu, &digits.train, self.settings.clone(), now).await?;
        self.gpu = Some(Box::new(gpu));
        Ok(vec![simd_ms, gpu_ms])
    }

    /// Goes on computing on `simd` or `gpu`, which must be open.
    ///
    /// # Errors
    /// When it is not, or it fails.
    #[wasm_bindgen(js_name = computeOn)]
    pub async fn compute_on(&mut self, backend: &str) -> Result<(), JsError> {
        if self.network.processor().name() == backend {
            return Ok(());
        }
        let mut processor = match (backend, self.gpu.take()) {
            ("gpu", Some(gpu)) => {
                Processor::gpu(gpu, &self.model, self.model.initial_parameters(self.settings.seed))?
            }
            ("gpu", None) => return Err(JsError::new("the GPU is not open")),
            (_, _) => self.untrained()?,
        };
        let before = match &mut self.network {
            Network::Idle(before) => {
                processor.set_state(&before.state().await?)?;
                std::mem::replace(before, processor)
            }
            Network::Training(trainer) => trainer.move_to(processor).await?,
        };
        self.keep(before);
        Ok(())
    }

    /// Gives up a GPU that has failed, and the run with it: an untrained network again, on the processor.
    ///
    /// # Errors
    /// As [`Session::reset`].
    #[wasm_bindgen(js_name = abandonGpu)]
    pub fn abandon_gpu(&mut self) -> Result<(), JsError> {
        self.gpu = None;
        self.start(self.untrained()?)
    }

    /// Before the first step, on the processor.
    fn untrained(&self) -> Result<Processor, Error> {
        Processor::simd(&self.model, self.model.initial_parameters(self.settings.seed), &self.team)
    }

    /// Keeps an open GPU for the next time.
    fn keep(&mut self, processor: Processor) {
        if let Processor::Gpu { gpu, .. } = processor {
            self.gpu = Some(gpu);
        }
    }

    /// Stands before the first step.
    fn start(&mut self, processor: Processor) -> Result<(), JsError> {
        self.calibration = None;
        self.network = match &self.digits {
            None => Network::Idle(processor),
            Some(digits) => {
                if let (Optimizer::Adam(adam), Some(epochs)) =
                    (&mut self.settings.optimizer, self.decay_epochs)
                {
                    let steps = digits.train.len().div_ceil(self.settings.batch) as u32;
                    adam.decay_steps = Some(steps.saturating_mul(epochs));
                }
                let settings = self.settings.clone();
                Network::Training(Box::new(Trainer::new(processor, digits.train.clone(), settings)?))
            }
        };
        Ok(())
    }

    /// Takes digits to train on and to be tested with, and starts from an untrained network.
    ///
    /// # Errors
    /// When there are none.
    #[wasm_bindgen(js_name = useDigits)]
    pub fn use_digits(&mut self, digits: &Digits) -> Result<(), JsError> {
        self.digits = Some(digits.clone());
        self.reset()
    }

    /// An untrained network again: the same initial weights, and the same run ahead of it.
    ///
    /// # Errors
    /// When the digits are none.
    pub fn reset(&mut self) -> Result<(), JsError> {
        let untrained = Network::Idle(self.untrained()?);
        match std::mem::replace(&mut self.network, untrained).into_processor() {
            Processor::Simd(_) | Processor::Reference { .. } => self.start(self.untrained()?),
            Processor::Gpu { gpu, .. } => {
                let parameters = self.model.initial_parameters(self.settings.seed);
                self.start(Processor::gpu(gpu, &self.model, parameters)?)
            }
        }
    }

    /// Trains up to `steps` steps, but not past the end of an epoch, and tells of the steps whose metrics have arrived. Where an epoch
    /// has been run and not told to its end, a call waits for that, and the call after it begins the next. None are run once all
    /// `epochs` are over; with no `steps` to run, a call waits for all that have been.
    ///
    /// # Errors
    /// When there are no digits, or the backend fails.
    pub async fn train(&mut self, steps: usize, epochs: u32) -> Result<SliceObject, JsError> {
        let Network::Training(trainer) = &mut self.network else {
            return Err(JsError::new("there are no digits to train on yet"));
        };
        let all = trainer.steps_per_epoch().saturating_mul(epochs as usize);
        self.calibration = None;
        let only_waits = steps == 0 || trainer.awaits_epoch_end() || trainer.step() as usize >= all;
        let metrics = if only_waits { trainer.finish().await? } else { trainer.advance(steps).await? };
        let losses: Vec<f32> = metrics.iter().map(|step| step.loss() as f32).collect();
        let correct: Vec<u32> = metrics.iter().map(|step| step.correct).collect();
        let counts: Vec<u32> = metrics.iter().map(|step| step.count).collect();
        let running = trainer.epoch_metrics();
        Ok(object(&[
            ("epoch", (trainer.epoch() + 1).into()),
            ("step", (trainer.epoch_steps() as u32).into()),
            ("stepsPerEpoch", (trainer.steps_per_epoch() as u32).into()),
            ("losses", Float32Array::from(&losses[..]).into()),
            ("correct", Uint32Array::from(&correct[..]).into()),
            ("counts", Uint32Array::from(&counts[..]).into()),
            ("loss", running.loss().into()),
            ("accuracy", running.accuracy().into()),
        ])
        .unchecked_into())
    }

    /// Loss and accuracy on the test digits.
    ///
    /// # Errors
    /// When there are no digits, or the backend fails.
    pub async fn evaluate(&mut self) -> Result<EvaluationObject, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to test with yet"));
        };
        let metrics = self.network.processor().evaluate(&digits.test).await?;
        Ok(object(&[("loss", metrics.loss().into()), ("accuracy", metrics.accuracy().into())])
            .unchecked_into())
    }

    /// The model and its settings.
    pub fn describe(&self) -> DescriptionObject {
        inspect::description(&self.model, &self.settings)
    }

    /// The first `count` digits to train on, or to be tested with, and what the network says of them.
    ///
    /// # Errors
    /// When there are no digits, or the backend fails.
    pub async fn answer(&mut self, of_test: bool, count: u32) -> Result<AnswersObject, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to read yet"));
        };
        let dataset = if of_test { &digits.test } else { &digits.train };
        let rows: Vec<u32> = (0..count.min(dataset.len() as u32)).collect();
        let images = &dataset.images()[..rows.len() * PIXELS];
        let logits = self.network.processor().predict(images).await?;
        Ok(inspect::answers(dataset, &rows, &logits))
    }

    /// SHA-256 of all parameters, little-endian and in order, in hexadecimal digits: two runs that agree in it agree to the last bit.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn digest(&mut self) -> Result<String, JsError> {
        let state = self.network.processor().state().await?;
        let mut hash = Sha256::new();
        // Float by float: wasm is little-endian, other machines need not be.
        state.parameters.iter().for_each(|parameter| hash.update(parameter.to_le_bytes()));
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Replays single steps of this run, on a backend of its own.
    ///
    /// # Errors
    /// When there are no digits.
    pub fn inspector(&self) -> Result<Inspector, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to train on yet"));
        };
        Ok(Inspector(Replay::new(&self.model, digits.train.clone(), self.settings.clone())?))
    }

    /// Reads what lies on the sheet.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn predict(&mut self, ink: &Ink) -> Result<PredictionObject, JsError> {
        let logits = self.network.processor().predict(ink.pixels()).await?;
        debug_assert_eq!(logits.len(), CLASSES, "one image, one row of logits");
        let found = self.calibration.as_deref();
        let probabilities = probabilities(&logits, CLASSES, found.map_or(1.0, |found| found.temperature));
        let not_sure = found.is_some_and(|found| evidence(&logits) < found.not_sure_below);
        Ok(object(&[
            ("probabilities", Float32Array::from(&probabilities[..]).into()),
            ("logits", Float32Array::from(&logits[..]).into()),
            ("calibrated", found.is_some().into()),
            ("notSure", not_sure.into()),
            ("steps", self.network.steps().into()),
        ])
        .unchecked_into())
    }
}

/// A plain object.
fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value).expect("a new object takes any property");
    }
    object.into()
}

#[cfg(test)]
mod tests {
    use js_sys::Uint8Array;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// A few built-in digits.
    fn digits(train: usize, test: usize) -> Digits {
        let make = |first, count| Arc::new(synthetic::dataset(BUILTIN_SEED, first, count, |_| {}));
        Digits { train: make(0, train), test: make(synthetic::TEST.start, test), cached: false }
    }

    /// The quickstart's.
    fn session(seed: u32) -> Session {
        let mut configuration = Configuration::new(seed, 32);
        configuration.dense(128, true, 0.2);
        Session::new(configuration, None).unwrap()
    }

    fn get(object: &JsValue, name: &str) -> JsValue {
        Reflect::get(object, &name.into()).unwrap()
    }

    fn message(error: JsError) -> String {
        let error = JsValue::from(error);
        error.dyn_into::<js_sys::Error>().expect("an Error, not a string").message().into()
    }

    fn floats(object: &JsValue, name: &str) -> Vec<f32> {
        get(object, name).dyn_into::<Float32Array>().unwrap().to_vec()
    }

    #[test]
    async fn trains_by_slices_to_the_end_of_an_epoch() {
        let mut session = session(7);
        session.use_digits(&digits(100, 50)).unwrap();
        let slice = JsValue::from(session.train(3, 5).await.unwrap());
        assert_eq!((get(&slice, "epoch"), get(&slice, "step")), (1.into(), 3.into()));
        assert_eq!(get(&slice, "stepsPerEpoch"), 4);
        // 100 digits in batches of 32: the last has 4.
        let slice = JsValue::from(session.train(3, 5).await.unwrap());
        assert_eq!((get(&slice, "epoch"), get(&slice, "step")), (1.into(), 4.into()));
        assert_eq!(get(&slice, "counts").dyn_into::<Uint32Array>().unwrap().to_vec(), [4]);
        let losses = floats(&slice, "losses");
        assert!(losses.len() == 1 && losses[0] > 0.0, "{losses:?}");
        let slice = JsValue::from(session.train(1, 5).await.unwrap());
        assert_eq!((get(&slice, "epoch"), get(&slice, "step")), (2.into(), 1.into()));

        let before = session.evaluate().await.unwrap();
        session.reset().unwrap();
        let after = session.evaluate().await.unwrap();
        assert_ne!(get(&before, "loss"), get(&after, "loss"), "reset leaves what was learnt");
    }

    #[test]
    async fn reads_a_drawing_with_and_without_digits() {
        let mut session = session(0);
        let ink = Ink::of_strokes(&[5.0, 0.0, 1.0, 5.0, 9.0, 1.0, 1.0, 1.0, 1.0], &[2, 1]).unwrap().unwrap();
        for has_digits in [false, true] {
            if has_digits {
                session.use_digits(&digits(64, 10)).unwrap();
                session.train(2, 5).await.unwrap();
            }
            let prediction = JsValue::from(session.predict(&ink).await.unwrap());
            let sum: f32 = floats(&prediction, "probabilities").iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            assert_eq!(floats(&prediction, "logits").len(), CLASSES);
            assert_eq!(get(&prediction, "steps"), if has_digits { 2 } else { 0 });
        }
    }

    #[test]
    async fn answers_what_the_notebook_and_the_inspector_show() {
        let mut session = session(7);
        assert_eq!(message(session.inspector().err().unwrap()), "there are no digits to train on yet");
        assert_eq!(message(session.answer(true, 5).await.err().unwrap()), "there are no digits to read yet");
        session.use_digits(&digits(100, 3)).unwrap();
        let untrained = session.digest().await.unwrap();
        assert!(untrained.len() == 64 && untrained.chars().all(|it| it.is_ascii_hexdigit()));
        // There are three test digits, so no more are shown.
        for (of_test, count) in [(false, 8), (true, 3)] {
            let answers = JsValue::from(session.answer(of_test, 8).await.unwrap());
            let labels = get(&answers, "labels").dyn_into::<Uint8Array>().unwrap().to_vec();
            let (probabilities, losses) = (floats(&answers, "probabilities"), floats(&answers, "losses"));
            assert_eq!((labels.len(), losses.len(), probabilities.len()), (count, count, 10 * count));
            for (row, (label, loss)) in labels.iter().zip(losses).enumerate() {
                let probability = probabilities[10 * row + usize::from(*label)];
                assert!((loss + probability.ln()).abs() < 1e-5, "{loss}, {probability}");
            }
        }

        let mut inspector = session.inspector().unwrap();
        assert!(JsValue::from(inspector.view(0)).is_undefined(), "no step has been reached");
        assert!(inspector.seek(0, 1).is_err());
        while !inspector.seek(6, 2).unwrap() {}
        let index = inspector.liveliest(true).unwrap();
        assert_eq!(index / 128, 14 * 28 + 14, "its pixel is in the middle");
        let view = JsValue::from(inspector.view(index));
        assert_eq!((get(&view, "step"), get(&view, "stepsPerEpoch")), (6.into(), 4.into()));
        let weight = get(&view, "weight");
        assert_ne!(get(&weight, "gradient"), 0);
        assert_ne!(get(&get(&weight, "before"), "w"), get(&get(&weight, "after"), "w"));
        assert!(JsValue::from(inspector.view(101_770)).is_undefined(), "there is no such parameter");
        let largest = JsValue::from(inspector.view(inspector.liveliest(false).unwrap()));
        let size = |view: &JsValue| get(&get(view, "weight"), "gradient").as_f64().unwrap().abs();
        assert!(size(&largest) >= size(&view));

        assert_eq!(session.digest().await.unwrap(), untrained, "the inspector trains the session");
        session.train(1, 5).await.unwrap();
        assert_ne!(session.digest().await.unwrap(), untrained);
        session.reset().unwrap();
        assert_eq!(session.digest().await.unwrap(), untrained);
    }

    #[test]
    async fn what_cannot_be_is_an_error_with_a_sentence() {
        let mut session = session(0);
        assert_eq!(message(session.train(1, 5).await.err().unwrap()), "there are no digits to train on yet");
        assert_eq!(message(session.evaluate().await.err().unwrap()), "there are no digits to test with yet");
        let error = session.use_digits(&digits(0, 0)).err().unwrap();
        assert_eq!(message(error), "there are no images to train on");
    }

    async fn digest_after(session: &mut Session, steps: u32) -> String {
        while session.steps() < steps {
            session.train((steps - session.steps()) as usize, 5).await.unwrap();
        }
        session.digest().await.unwrap()
    }

    #[test]
    async fn becomes_another_network_and_replays_a_changed_learning_rate() {
        let mut session = session(7);
        let digits = digits(100, 50);
        session.use_digits(&digits).unwrap();
        let quickstart = digest_after(&mut session, 6).await;

        // A deep one by SGD, whose learning rate is changed behind the sixth step.
        let deep = || {
            let mut deep = Configuration::new(3, 16);
            deep.dense(20, true, 0.5);
            deep.dense(12, false, 0.0);
            deep.sgd(0.125, 0.5, true);
            deep
        };
        session.configure(deep()).unwrap();
        assert_eq!(session.steps(), 0);
        let constant = digest_after(&mut session, 10).await;
        session.reset().unwrap();
        digest_after(&mut session, 6).await;
        assert_eq!(session.change_learning_rate(0.25).unwrap(), 7);
        let changed = digest_after(&mut session, 10).await;
        assert_ne!(changed, constant);
        let description = JsValue::from(session.describe());
        assert_eq!(get(&description, "batch"), 16);
        let optimizer = get(&description, "optimizer");
        assert_eq!(get(&optimizer, "name"), "sgd");
        assert_eq!(get(&optimizer, "learningRate"), 0.125);
        let layers = js_sys::Array::from(&get(&description, "layers"));
        assert_eq!(layers.length(), 3);
        let mut inspector = session.inspector().unwrap();
        assert!(inspector.seek(8, 100).unwrap());
        let view = JsValue::from(inspector.view(0));
        assert_eq!([get(&view, "rate"), get(&get(&view, "optimizer"), "momentum")], [0.25, 0.5]);

        // The same as a configuration, in a session of its own; and as a reset of this one.
        let mut replayed = deep();
        replayed.change_rate(7, 0.25);
        let mut other = Session::new(replayed, None).unwrap();
        other.use_digits(&digits).unwrap();
        assert_eq!(digest_after(&mut other, 10).await, changed);
        session.reset().unwrap();
        assert_eq!(digest_after(&mut session, 10).await, changed);

        // Before the first step a run begins with it, and nothing is to come.
        session.reset().unwrap();
        assert_eq!(session.change_learning_rate(0.125).unwrap(), 1);
        assert_eq!(digest_after(&mut session, 10).await, constant);

        // Back to the quickstart; and a network without a hidden layer.
        let mut configuration = Configuration::new(7, 32);
        configuration.dense(128, true, 0.2);
        session.configure(configuration).unwrap();
        assert_eq!(digest_after(&mut session, 6).await, quickstart);
        session.configure(Configuration::new(7, 32)).unwrap();
        assert_ne!(digest_after(&mut session, 6).await, quickstart);
    }

    #[test]
    async fn a_configuration_that_cannot_be_changes_nothing() {
        let mut session = session(7);
        session.use_digits(&digits(100, 50)).unwrap();
        let before = digest_after(&mut session, 3).await;
        let with = |change: fn(&mut Configuration)| {
            let mut configuration = Configuration::new(1, 32);
            change(&mut configuration);
            configuration
        };
        for (configuration, sentence) in [
            (Configuration::new(1, 0), "batch is 0: choose 1 to 4096 images"),
            (with(|it| it.dense(0, true, 0.0)), "layer 0: 0 units: choose 1 to 4096"),
            (
                with(|it| it.dense(10, true, 1.0)),
                "layer 0: dropout rate 1: choose 0 or more, and less than 1",
            ),
            (
                with(|it| (0..5).for_each(|_| it.dense(10, true, 0.0))),
                "number of hidden layers is 5: choose at most 4",
            ),
            (
                with(|it| (0..2).for_each(|_| it.dense(2000, true, 0.0))),
                "number of parameters is 5592010: choose smaller layers, for at most 4,000,000",
            ),
            (with(|it| it.sgd(0.1, 1.0, false)), "momentum is 1: choose 0 or more, and less than 1"),
            (
                with(|it| it.change_rate(1, 0.1)),
                "step of a change of the learning rate is 1: each step must be later than the one before, and than step 1",
            ),
        ] {
            let error = Session::new(configuration.clone(), None).err().unwrap();
            assert_eq!(message(error), sentence);
            assert_eq!(message(session.configure(configuration).err().unwrap()), sentence);
        }
        let error = session.change_learning_rate(2.0).err().unwrap();
        assert_eq!(message(error), "learning rate is 2: choose more than 0, and at most 1");
        assert_eq!((session.steps(), session.digest().await.unwrap()), (3, before));
    }

    #[test]
    async fn lessons_begin_where_the_run_ended_and_can_be_taken_back() {
        let mut session = session(7);
        assert!(session.lesson(vec![0; PIXELS], vec![3]).await.is_err(), "there is nothing to rehearse");
        session.use_digits(&digits(200, 50)).unwrap();
        let untaught = digest_after(&mut session, 14).await;
        let own = synthetic::dataset(9, 0, 3, |_| {});
        let mut digests = Vec::new();
        for _ in 0..2 {
            let mut lesson = session.lesson(own.images().to_vec(), own.labels().to_vec()).await.unwrap();
            assert_eq!((lesson.step(), lesson.steps()), (0, 300));
            let reading = JsValue::from(lesson.reading().await.unwrap());
            assert_eq!(get(&reading, "read").dyn_into::<Uint8Array>().unwrap().length(), 3);
            lesson.advance(20).await.unwrap();
            session.learn(lesson).await.unwrap();
            digests.push(session.digest().await.unwrap());
        }
        assert_ne!(digests[0], untaught);
        assert_eq!(digests[0], digests[1], "a lesson does not build on the one before");
        session.unlearn().await.unwrap();
        assert_eq!(session.digest().await.unwrap(), untaught);
        session.unlearn().await.unwrap();
        assert_eq!(session.digest().await.unwrap(), untaught);
        let error = session.lesson(vec![0; PIXELS], vec![3, 3]).await.err().unwrap();
        assert!(message(error).starts_with("1 images but 2 labels"));
    }

    #[test]
    async fn what_it_reads_is_calibrated_until_the_next_step() {
        let mut session = session(7);
        assert!(session.calibrate().await.is_err(), "there is nothing to measure with");
        session.use_digits(&digits(600, 100)).unwrap();
        session.train(19, 5).await.unwrap();
        let ink = Ink::of_strokes(&[5.0, 0.0, 1.0, 5.0, 9.0, 1.0], &[2]).unwrap().unwrap();
        let plain = JsValue::from(session.predict(&ink).await.unwrap());
        let found = JsValue::from(session.calibrate().await.unwrap());
        let number = |name: &str| get(&found, name).as_f64().unwrap();
        assert_eq!((number("fitted"), number("measured")), (50.0, 50.0));
        assert_eq!((floats(&found, "before").len(), floats(&found, "after").len()), (30, 30));
        let temperature = number("temperature");
        let calibrated = JsValue::from(session.predict(&ink).await.unwrap());
        let logits = floats(&plain, "logits");
        assert_eq!(floats(&calibrated, "logits"), logits);
        assert_eq!(floats(&calibrated, "probabilities"), probabilities(&logits, CLASSES, temperature as f32));
        assert_eq!(floats(&plain, "probabilities"), probabilities(&logits, CLASSES, 1.0));
        session.train(1, 5).await.unwrap();
        assert!(session.calibration.is_none());
    }

    #[test]
    fn digits_are_made_in_parts() {
        let mut maker = DigitMaker::new();
        assert_eq!((maker.make(3), maker.make(2)), (3, 5));
        assert_eq!(maker.labels, synthetic::dataset(BUILTIN_SEED, 0, 5, |_| {}).labels());
        assert_eq!(message(maker.finish().err().unwrap()), "the built-in digits are not finished");
    }
}
