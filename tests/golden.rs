//! What real Keras computes: its logits, losses, gradients, Adam and SGD, from the same weights, batches and dropout masks.
//!
//! The files are made by `tests/fixtures/keras_fixtures.py` (`cargo xtask fixtures`). Its dropout masks are drawn by its own
//! Threefry, so that masks are compared too: a wrong one would change the losses in their second digit.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, not what they share")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::{assert_close, wait};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;
use sumi::backend::{Backend, State, Steps, softmax};
use sumi::data::{CLASSES, Dataset, PIXELS};
use sumi::metrics::Metrics;
use sumi::model::{Activation, Dense, Layer, Model};
use sumi::ops::{Between, Input, Ops, ReferenceOps};
use sumi::optimizer::{Adam, Optimizer, Sgd};
use sumi::plan::Fusion;
use sumi::reference::{Masks, Reference};
use sumi::simd::{Simd, SimdOps};
use sumi::trainer::Settings;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Everything that computes meets the same cases.
trait Subject {
    type Backend: Backend;
    type Ops: Ops;

    /// Its kernels, with a name for each variant of them.
    fn ops() -> Vec<(String, Self::Ops)>;

    /// Its plans, and up to which step each is compared.
    const PLANS: &[(Fusion, u32)];

    fn backend(model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Self::Backend;
}

struct OnReference;

impl Subject for OnReference {
    type Backend = Reference;
    type Ops = ReferenceOps;

    fn ops() -> Vec<(String, Self::Ops)> {
        vec![("reference".to_owned(), ReferenceOps)]
    }

    // It has no fused kernels.
    const PLANS: &[(Fusion, u32)] = &[(Fusion::None, u32::MAX)];

    fn backend(model: &Model, parameters: Vec<f32>, _: Fusion) -> Reference {
        Reference::new(model, parameters).unwrap()
    }
}

struct OnSimd;

impl Subject for OnSimd {
    type Backend = Simd;
    type Ops = SimdOps;

    fn ops() -> Vec<(String, Self::Ops)> {
        SimdOps::all().into_iter().map(|ops| (format!("{:?}", ops.level()), ops)).collect()
    }

    const PLANS: &[(Fusion, u32)] =
        &[(Fusion::None, u32::MAX), (Fusion::Update, u32::MAX), (Fusion::OutputLayer, u32::MAX)];

    fn backend(model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Simd {
        Simd::with_fusion(model, parameters, fusion).unwrap()
    }
}

#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
struct OnGpu;

#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
impl Subject for OnGpu {
    type Backend = sumi::gpu::Gpu;
    type Ops = sumi::gpu::GpuOps;

    fn ops() -> Vec<(String, Self::Ops)> {
        let device = wait(sumi::gpu::Device::open()).unwrap();
        vec![(device.name().to_owned(), sumi::gpu::GpuOps::new(device, None))]
    }

    // A software adapter is slow: the plan that the page runs goes all the way, and the other as far as every case's first state.
    const PLANS: &[(Fusion, u32)] = &[(Fusion::OutputLayer, u32::MAX), (Fusion::None, 10)];

    fn backend(model: &Model, parameters: Vec<f32>, fusion: Fusion) -> Self::Backend {
        let device = wait(sumi::gpu::Device::open()).unwrap();
        sumi::gpu::Gpu::new(device, model, parameters, fusion).unwrap()
    }
}

/// A test for each case on each of them.
macro_rules! cases {
    ($($case:ident),+) => {
        cases!(@on reference OnReference [$($case)+]);
        cases!(@on simd OnSimd [$($case)+]);
        // Without an adapter these fail: a test that could not run has not passed. `cargo xtask test` sees to a software
        // adapter, or leaves them out and says so.
        #[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
        cases!(@on gpu OnGpu [$($case)+]);
    };
    (@on $module:ident $subject:ident [$($case:ident)+]) => {
        mod $module {
            #[cfg(target_arch = "wasm32")]
            use wasm_bindgen_test::wasm_bindgen_test as test;
            $(#[test]
            fn $case() {
                super::$case::<super::$subject>();
            })+
        }
    };
}

cases! { softmax_cross_entropy, adam, other_optimizers, gradients, evaluates, trains }

/// A file of golden tensors, by name.
struct Fixture(SafeTensors<'static>);

macro_rules! fixture {
    ($name:literal) => {
        Fixture::new(include_bytes!(concat!("fixtures/", $name, ".safetensors")))
    };
}

impl Fixture {
    fn new(bytes: &'static [u8]) -> Self {
        Fixture(SafeTensors::deserialize(bytes).unwrap())
    }

    fn bytes(&self, name: &str, dtype: Dtype) -> &'static [u8] {
        let tensor = self.0.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(tensor.dtype(), dtype, "{name}");
        tensor.data()
    }

    fn words<const N: usize>(&self, name: &str, dtype: Dtype) -> impl Iterator<Item = [u8; N]> + use<N> {
        self.bytes(name, dtype).chunks_exact(N).map(|word| word.try_into().unwrap())
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        self.words(name, Dtype::F32).map(f32::from_le_bytes).collect()
    }

    fn doubles(&self, name: &str) -> Vec<f64> {
        self.words(name, Dtype::F64).map(f64::from_le_bytes).collect()
    }

    fn integers(&self, name: &str) -> Vec<u32> {
        self.words(name, Dtype::U32).map(u32::from_le_bytes).collect()
    }

    /// Largest entry of NAME.error: at most how far Keras's float32 is from Keras's float64.
    fn error(&self, name: &str) -> f32 {
        self.floats(&format!("{name}.error")).into_iter().fold(0.0, f32::max)
    }
}

/// How many times Keras's own rounding error Sumi may be away from Keras.
///
/// Keras's is 1, and Sumi's is another. The reference and the kernels add up to 784 products one after the other, where Eigen keeps at
/// least 8 sums: with rounding errors like a random walk Sumi's is up to sqrt(8) times as large. So two results are up to about 4
/// apart (3.2 on the machine that made the files), and what is known of Keras's error is the largest of a few runs: twice that. An
/// update wrong by 6.5e-6 of itself, as Adam's with beta2 in f64 throughout, comes to 16.
const ERRORS: f32 = 8.0;

/// A network, and what Keras made of it.
struct Case {
    name: &'static str,
    fixture: Fixture,
    model: Model,
    dataset: Arc<Dataset>,
    /// Rows of the dataset, an epoch after the other.
    order: Vec<u32>,
    about: About,
}

/// What a file says of its case.
#[derive(Deserialize)]
struct About {
    layers: Vec<AboutLayer>,
    batch: usize,
    seed: u32,
    /// After which steps the state is in the file.
    steps: Vec<u32>,
    /// Where it is not the quickstart's.
    #[serde(default)]
    optimizer: AboutOptimizer,
}

/// An optimizer in Keras's words. What is not said is Keras's default.
#[derive(Deserialize, Default)]
struct AboutOptimizer {
    rule: Option<String>,
    learning_rate: Option<f32>,
    beta_1: Option<f64>,
    beta_2: Option<f64>,
    epsilon: Option<f32>,
    #[serde(default)]
    momentum: f32,
    #[serde(default)]
    nesterov: bool,
    /// From which step on which learning rate.
    #[serde(default)]
    rate_changes: Vec<(u32, f32)>,
}

impl AboutOptimizer {
    fn settings(&self) -> Settings {
        let optimizer = match self.rule.as_deref() {
            None | Some("adam") => {
                let default = Adam::default();
                Optimizer::Adam(Adam {
                    learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
                    beta1: self.beta_1.unwrap_or(default.beta1),
                    beta2: self.beta_2.unwrap_or(default.beta2),
                    epsilon: self.epsilon.unwrap_or(default.epsilon),
                    decay_steps: None,
                })
            }
            Some("sgd") => Optimizer::Sgd(Sgd {
                learning_rate: self.learning_rate.unwrap_or(0.01),
                momentum: self.momentum,
                nesterov: self.nesterov,
            }),
            Some(other) => panic!("optimizer {other}"),
        };
        let mut settings = Settings { optimizer, ..Settings::default() };
        for &(step, learning_rate) in &self.rate_changes {
            settings.change_learning_rate(step, learning_rate).unwrap();
        }
        settings
    }
}

#[derive(Deserialize)]
struct AboutLayer {
    units: usize,
    activation: String,
    dropout_rate: f32,
}

impl Case {
    fn new(name: &'static str, bytes: &'static [u8]) -> Self {
        let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
        let about = &header.metadata().as_ref().unwrap()["case"];
        let about: About = serde_json::from_str(about).unwrap();
        let dense = |layer: &AboutLayer| Dense {
            units: layer.units,
            activation: match &*layer.activation {
                "relu" => Activation::Relu,
                "linear" => Activation::Linear,
                other => panic!("{name}: activation {other}"),
            },
            dropout_rate: layer.dropout_rate,
        };
        let model = Model::new(&about.layers.iter().map(dense).collect::<Vec<_>>()).unwrap();
        let fixture = Fixture::new(bytes);
        let (images, labels) = (fixture.bytes("images", Dtype::U8), fixture.bytes("labels", Dtype::U8));
        let dataset = Arc::new(Dataset::new(images.to_vec(), labels.to_vec()).unwrap());
        let order = fixture.integers("order");
        Case { name, fixture, model, dataset, order, about }
    }

    fn all() -> Vec<Self> {
        macro_rules! case {
            ($name:literal) => {
                Case::new($name, include_bytes!(concat!("fixtures/", $name, ".safetensors")))
            };
        }
        let adam = [case!("quickstart"), case!("no_dropout"), case!("three_layers"), case!("batch_of_one")];
        adam.into_iter().chain([case!("nesterov")]).collect()
    }

    fn steps_per_epoch(&self) -> usize {
        self.dataset.len().div_ceil(self.about.batch)
    }

    /// The rows of a step's batch, the step counted from 1.
    fn batch(&self, step: u32) -> &[u32] {
        let index = step as usize - 1;
        let epoch = &self.order[index / self.steps_per_epoch() * self.dataset.len()..][..self.dataset.len()];
        epoch.chunks(self.about.batch).nth(index % self.steps_per_epoch()).unwrap()
    }

    /// Compares a tensor of the parameters' shape, layer by layer. The last rounding of a result is ε / 2 on either side.
    fn assert_close(&self, name: &str, tensor: &str, got: &[f32]) {
        let (want, errors) = (self.fixture.floats(tensor), self.fixture.floats(&format!("{tensor}.error")));
        assert_eq!(got.len(), want.len(), "{name}: {tensor}");
        for (layer, error) in self.model.layers().iter().zip(&errors) {
            let range = layer.offset..layer.b().end;
            let want = &want[range.clone()];
            let name = format!("{name}: {}, {tensor}, layer {}", self.name, layer.index);
            assert_close(&name, &got[range], want, |i| ERRORS * error + f32::EPSILON * want[i].abs());
        }
    }

    /// Compares metrics: `loss` of Keras, which errs by `error`.
    fn assert_metrics(&self, name: &str, got: Metrics, loss: f32, correct: u32, error: f32) {
        let tolerance = f64::from(ERRORS * error + f32::EPSILON * loss);
        assert!(
            (got.loss() - f64::from(loss)).abs() <= tolerance,
            "{name}: {}: loss {}, want {loss} ± {tolerance}",
            self.name,
            got.loss()
        );
        assert_eq!(got.correct, correct, "{name}: {}: how many are right", self.name);
    }
}

/// One step's gradients, in the order of the parameters, from single Ops.
fn backpropagate(ops: &mut impl Ops, case: &Case, parameters: &[f32], step: u32) -> (Metrics, Vec<f32>) {
    let rows = case.batch(step);
    let labels: Vec<u8> = rows.iter().map(|&row| case.dataset.labels()[row as usize]).collect();
    let images: Vec<u8> = rows.iter().flat_map(|&row| case.dataset.image(row as usize)).copied().collect();
    let masks = Masks { seed: case.about.seed, step };
    let layers = case.model.layers();

    let mut y: Vec<Vec<f32>> = Vec::new();
    for layer in layers {
        let x = y.last().map_or(Input::Pixels(&images), |y| Input::Dense(y));
        y.push(wait(ops.dense_forward(
            layer,
            Some(masks),
            x,
            &parameters[layer.w()],
            &parameters[layer.b()],
        )));
    }
    let (metrics, mut dz) = wait(ops.softmax_cross_entropy(CLASSES, y.last().unwrap(), &labels));
    let mut gradients = vec![0.0; parameters.len()];
    for layer in layers.iter().rev() {
        let below = layer.index.checked_sub(1).map(|below| &layers[below]);
        let x = below.map_or(Input::Pixels(&images), |below| Input::Dense(&y[below.index]));
        let layers_gradients = wait(ops.dense_backward_weights(layer, x, &dz));
        gradients[layer.offset..layer.b().end].copy_from_slice(&layers_gradients);
        if let Some(below) = below {
            let w = &parameters[layer.w()];
            dz = wait(ops.dense_backward_input(Between { layer, below }, masks, &dz, w, &y[below.index]));
        }
    }
    (metrics, gradients)
}

/// Every gradient of a whole batch and of the epoch's last, which is a partial one, kernel by kernel.
fn gradients<S: Subject>() {
    for case in Case::all() {
        let parameters = case.fixture.floats("parameters");
        let last = case.steps_per_epoch() as u32;
        assert_eq!(case.batch(last).len() < case.about.batch, case.name != "batch_of_one");
        for (name, mut ops) in S::ops() {
            for (tensor, step) in [("gradients.first", 1), ("gradients.last", last)] {
                let (metrics, gradients) = backpropagate(&mut ops, &case, &parameters, step);
                case.assert_close(&name, tensor, &gradients);
                if step == 1 {
                    let (loss, hits) = (case.fixture.floats("losses")[0], case.fixture.integers("hits")[0]);
                    case.assert_metrics(&name, metrics, loss, hits, case.fixture.error("losses"));
                }
            }
        }
    }
}

/// Logits, probabilities, and the loss over a dataset, without dropout.
fn evaluates<S: Subject>() {
    for case in Case::all() {
        let (fixture, name) = (&case.fixture, case.name);
        let mut backend = S::backend(&case.model, fixture.floats("parameters"), S::PLANS[0].0);
        let (logits, error) = (fixture.floats("logits"), fixture.error("logits"));
        let got = wait(backend.predict(case.dataset.images())).unwrap();
        assert_close(&format!("{name}: logits"), &got, &logits, |_| ERRORS * error);
        // A probability errs by no more than twice p times the largest error of its logits: dp = p · (dlogit - Σ p · dlogit).
        let got: Vec<f32> = got.chunks(CLASSES).flat_map(softmax).collect();
        let want = fixture.floats("probabilities");
        assert_close(&format!("{name}: probabilities"), &got, &want, |i| {
            want[i] * (2.0 * ERRORS * error + (CLASSES + 8) as f32 * f32::EPSILON)
        });
        let metrics = wait(backend.evaluate(&case.dataset)).unwrap();
        let (loss, correct) = (fixture.floats("evaluation")[0], fixture.integers("correct")[0]);
        // One mean's error may be small by luck; the training losses' largest is that of means alike.
        case.assert_metrics("evaluation", metrics, loss, correct, fixture.error("losses"));
    }
}

/// Parameters and both moments after 1, 2, 10 and 100 steps, and every step's loss on the way.
fn trains<S: Subject>() {
    for case in Case::all() {
        for &(fusion, last) in S::PLANS {
            let mut backend = S::backend(&case.model, case.fixture.floats("parameters"), fusion);
            let name = format!("{} {fusion:?}", backend.name());
            let mut metrics = Vec::new();
            let mut done = 0;
            for &step in case.about.steps.iter().filter(|&&step| step <= last) {
                metrics.extend(train(&mut backend, &case, done, step));
                done = step;
                let State { parameters, m, v } = wait(backend.state()).unwrap();
                let optimizer = case.about.optimizer.settings().optimizer;
                for (tensor, got) in [("parameters", parameters), ("m", m), ("v", v)] {
                    if tensor == "v" && matches!(optimizer, Optimizer::Sgd(_)) {
                        assert!(got.iter().all(|&v| v == 0.0), "{name}: v is nobody's");
                    } else {
                        case.assert_close(&name, &format!("{tensor}.{step}"), &got);
                    }
                }
            }
            assert_eq!(metrics.len(), done as usize);
            let (losses, hits) = (case.fixture.floats("losses"), case.fixture.integers("hits"));
            let error = case.fixture.error("losses");
            for (index, got) in metrics.into_iter().enumerate() {
                let name = format!("{name}, step {}", index + 1);
                assert_eq!(got.count as usize, case.batch(index as u32 + 1).len(), "{name}");
                case.assert_metrics(&name, got, losses[index], hits[index], error);
            }
        }
    }
}

/// Trains from behind step `done` up to `last`. No call goes past an epoch's end, for only its last batch may be a partial one, and none
/// past a change of the learning rate.
fn train(backend: &mut impl Backend, case: &Case, mut done: u32, last: u32) -> Vec<Metrics> {
    let mut metrics = Vec::new();
    let steps_per_epoch = case.steps_per_epoch() as u32;
    let settings = case.about.optimizer.settings();
    while done < last {
        let same_rate = settings.next_rate_change(done + 1).map_or(last, |next| next - 1);
        let until = last.min((done / steps_per_epoch + 1) * steps_per_epoch).min(same_rate);
        let order: Vec<u32> = (done + 1..=until).flat_map(|step| case.batch(step)).copied().collect();
        let steps = Steps {
            dataset: &case.dataset,
            order: &order,
            batch: case.about.batch,
            first_step: done + 1,
            optimizer: settings.optimizer_at(done + 1),
            augmentation: settings.augmentation,
            seed: case.about.seed,
        };
        metrics.extend(wait(backend.train(steps)).unwrap());
        done = until;
    }
    metrics.extend(wait(backend.finish()).unwrap());
    metrics
}

/// Extreme and equal logits, every label: Keras's losses, gradients and hits.
fn softmax_cross_entropy<S: Subject>() {
    let fixture = fixture!("softmax");
    let (logits, labels) = (fixture.floats("logits"), fixture.bytes("labels", Dtype::U8));
    let (dlogits, probabilities) = (fixture.floats("dlogits"), fixture.floats("probabilities"));
    let (losses, hits) = (fixture.floats("losses"), fixture.integers("hits"));
    // On either side: exp errs by 2 ulp, the sum by one for each class, and a division and a product by a few between them.
    let relative = (CLASSES + 8) as f32 * f32::EPSILON;
    for (name, mut ops) in S::ops() {
        let mut start = 0;
        for (case, count) in fixture.integers("counts").into_iter().enumerate() {
            let rows = start..start + count as usize;
            let elements = rows.start * CLASSES..rows.end * CLASSES;
            start = rows.end;
            let (logits, labels) = (&logits[elements.clone()], &labels[rows]);
            let name = format!("{name}, case {case}");
            let (metrics, got) = wait(ops.softmax_cross_entropy(CLASSES, logits, labels));
            let batch = count as f32;
            assert_close(&format!("{name}: dlogits"), &got, &dlogits[elements.clone()], |_| relative / batch);
            // A loss is a logarithm near the maximum, less a logit: it errs by ε times what is subtracted.
            let largest = logits.iter().fold(1.0f32, |largest, logit| largest.max(logit.abs()));
            let tolerance = f64::from(relative * largest);
            let (loss, want) = (metrics.loss(), f64::from(losses[case]));
            assert!((loss - want).abs() <= tolerance, "{name}: loss {loss}, want {want} ± {tolerance}");
            assert_eq!((metrics.correct, metrics.count), (hits[case], count), "{name}");
            // The kernels' probabilities, which they keep to themselves, and the page's.
            let target = |i: usize| f32::from(u8::from(usize::from(labels[i / CLASSES]) == i % CLASSES));
            let kernels: Vec<f32> = got.iter().enumerate().map(|(i, d)| d * batch + target(i)).collect();
            let pages: Vec<f32> = logits.chunks(CLASSES).flat_map(softmax).collect();
            for got in [kernels, pages] {
                assert_close(&format!("{name}: softmax"), &got, &probabilities[elements.clone()], |_| {
                    relative
                });
            }
        }
        assert_eq!(start, labels.len());
    }
}

/// Keras's Adam on given gradients, from such as vanish beside epsilon to large ones.
fn adam<S: Subject>() {
    compare_updates::<S>(&fixture!("adam"), "", &Settings::default());
}

/// Keras's Adam and SGD with other settings, on the same gradients, with learning rates that change on the way.
fn other_optimizers<S: Subject>() {
    let bytes = include_bytes!("fixtures/optimizers.safetensors");
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    #[derive(Deserialize)]
    struct About {
        optimizers: BTreeMap<String, AboutOptimizer>,
    }
    let about = &header.metadata().as_ref().unwrap()["case"];
    let About { optimizers } = serde_json::from_str(about).unwrap();
    assert_eq!(optimizers.keys().collect::<Vec<_>>(), ["adam", "momentum", "nesterov", "plain"]);
    for (name, optimizer) in optimizers {
        compare_updates::<S>(&Fixture::new(bytes), &format!("{name}."), &optimizer.settings());
    }
}

/// Updates by a file's gradients, and compares with what Keras made of them, whose tensors begin with `prefix`.
fn compare_updates<S: Subject>(fixture: &Fixture, prefix: &str, settings: &Settings) {
    let (initial, gradients) = (fixture.floats("parameters"), fixture.floats("gradients"));
    let count = initial.len();
    // As one column, and as three rows of a whole block.
    for (fan_in, fan_out) in [(count - 1, 1), (count / 16 - 1, 16)] {
        let layer =
            Layer { index: 0, fan_in, fan_out, activation: Activation::Linear, dropout_rate: 0.0, offset: 0 };
        for (name, mut ops) in S::ops() {
            let mut state = State::fresh(initial.clone());
            let mut bounds = vec![Bounds::default(); count];
            for (step, gradients) in (1..).zip(gradients.chunks(count)) {
                let optimizer = settings.optimizer_at(step);
                match optimizer {
                    Optimizer::Adam(config) => {
                        wait(ops.adam(&layer, &config, step, &mut state, gradients));
                    }
                    Optimizer::Sgd(config) => wait(ops.sgd(&layer, &config, &mut state, gradients)),
                }
                for ((bounds, &g), &w) in bounds.iter_mut().zip(gradients).zip(&initial) {
                    let (g, w) = (f64::from(g), f64::from(w));
                    match optimizer {
                        Optimizer::Adam(config) => bounds.adam(&config, step, g, w),
                        Optimizer::Sgd(config) => bounds.sgd(&config, g, w),
                    }
                }
                if !fixture.integers("steps").contains(&step) {
                    continue;
                }
                let parts = [("m", &state.m), ("v", &state.v), ("parameters", &state.parameters)];
                for (part, (tensor, got)) in parts.into_iter().enumerate() {
                    // Keras keeps nothing that its optimizer does not need.
                    let is_kept = match optimizer {
                        Optimizer::Adam(_) => true,
                        Optimizer::Sgd(sgd) => tensor == "parameters" || tensor == "m" && sgd.momentum > 0.0,
                    };
                    if !is_kept {
                        continue;
                    }
                    let tensor = format!("{prefix}{tensor}.{step}");
                    // Both sides round. A GPU may take a denormal number for zero.
                    let tolerance = |i: usize| 2.0 * bounds[i].errors()[part] as f32 + f32::MIN_POSITIVE;
                    assert_close(&format!("{name}: {tensor}"), got, &fixture.floats(&tensor), tolerance);
                }
            }
        }
    }
}

/// An update of one parameter in f64, with bounds of what f32 adds to it in rounding errors, to first order. A rounding errs by at most
/// u = ε / 2 of its result.
#[derive(Debug, Clone, Default)]
struct Bounds {
    m: f64,
    v: f64,
    m_error: f64,
    v_error: f64,
    w_error: f64,
    /// How far the parameter may have come.
    way: f64,
}

impl Bounds {
    /// Of m, v and the parameter.
    fn errors(&self) -> [f64; 3] {
        [self.m_error, self.v_error, self.w_error]
    }

    fn adam(&mut self, config: &Adam, step: u32, g: f64, w: f64) {
        let u = f64::from(f32::EPSILON) / 2.0;
        let Adam { beta1, beta2, .. } = *config;
        let (rest1, rest2) = (1.0 - beta1, 1.0 - beta2);
        // Errors so far fade with the moment. New ones are those of the difference, of the constant and of the product (and of the
        // square): 3 and 4 u of the small part; and of the sum: u of the whole.
        self.m_error = beta1 * self.m_error + 3.0 * u * rest1 * (g.abs() + self.m.abs());
        self.v_error = beta2 * self.v_error + 4.0 * u * rest2 * (g * g + self.v);
        self.m += (g - self.m) * rest1;
        self.v += (g * g - self.v) * rest2;
        self.m_error += u * self.m.abs();
        self.v_error += u * self.v;

        // Keras corrects the bias in f32: beta^t errs by u for each factor and by 2 ulp in `pow`, and the small difference 1 - beta^t
        // errs by as much. The square root halves it.
        let t = f64::from(step);
        let (power1, power2) = (beta1.powf(t), beta2.powf(t));
        let learning_rate = f64::from(config.learning_rate);
        let rate = learning_rate * (1.0 - power2).sqrt() / (1.0 - power1);
        let rate_error = u * (t + 4.0) * (power1 / (1.0 - power1) + power2 / (1.0 - power2) / 2.0) + 6.0 * u;
        // WGSL lets a division err by 2.5 ulp and a square root by 4.5 (it counts as 1 / inverseSqrt); beside them are a
        // product and a sum: 16 u.
        let root = self.v.sqrt();
        let root_error = if root > 0.0 { self.v_error / (2.0 * root) } else { 0.0 };
        let epsilon = f64::from(config.epsilon);
        let update = rate * self.m.abs() / (root + epsilon);
        self.way += learning_rate;
        self.w_error += update * (rate_error + 16.0 * u + root_error / (root + epsilon))
            + rate * self.m_error / (root + epsilon)
            + u * (w.abs() + self.way);
    }

    fn sgd(&mut self, config: &Sgd, g: f64, w: f64) {
        let u = f64::from(f32::EPSILON) / 2.0;
        // Both sides take them as f32 has them.
        let (rate, momentum) = (f64::from(config.learning_rate), f64::from(config.momentum));
        // Two products and their difference.
        self.m_error = momentum * self.m_error + u * (momentum * self.m.abs() + rate * g.abs());
        self.m = momentum * self.m - rate * g;
        self.m_error += u * self.m.abs();
        let ahead = if config.nesterov { momentum } else { 1.0 };
        let update = self.m.abs() + rate * g.abs();
        self.way += update;
        // Nesterov's takes two products and their difference of what has been rounded before.
        self.w_error += ahead * self.m_error + 4.0 * u * update + u * (w.abs() + self.way);
    }
}

/// Kernels are drawn as Keras documents it (uniform in ± sqrt(6 / (fan_in + fan_out))), and have the moments that Keras's own have.
#[test]
fn initial_parameters() {
    let fixture = fixture!("initialiser");
    let (shapes, moments) = (fixture.integers("shapes"), fixture.doubles("moments"));
    let seeds = fixture.integers("seeds")[0];
    assert_eq!(fixture.floats("largest_bias"), [0.0], "Keras's biases");
    let small = Model::new(&[Dense::relu(4), Dense::relu(33), Dense::linear(10)]).unwrap();
    for (shape, want) in shapes.chunks(2).zip(moments.chunks(5)) {
        let (fan_in, fan_out) = (shape[0] as usize, shape[1] as usize);
        let quickstart = Model::quickstart();
        let of_shape = |model: &Model| {
            let layer = model.layers().iter().find(|it| (it.fan_in, it.fan_out) == (fan_in, fan_out));
            layer.map(|layer| (model.clone(), *layer))
        };
        let (model, layer) = of_shape(&quickstart).or_else(|| of_shape(&small)).unwrap();
        let limit = (6.0 / (fan_in + fan_out) as f64).sqrt();
        let mut draws = Vec::new();
        for seed in 0..seeds {
            let parameters = model.initial_parameters(seed);
            assert!(parameters[layer.b()].iter().all(|&b| b == 0.0), "biases");
            draws.extend(parameters[layer.w()].iter().map(|&w| f64::from(w) / limit));
        }
        let n = draws.len() as f64;
        let mean = |power: i32| draws.iter().map(|w| w.powi(power)).sum::<f64>() / n;
        let fold = |f: fn(f64, f64) -> f64| draws.iter().copied().reduce(f).unwrap();
        let got = [fold(f64::min), fold(f64::max), mean(1), mean(2), mean(4)];
        for (who, moments) in [("Sumi", &got[..]), ("Keras", want)] {
            // All within the limit, which f32 rounds; and none of n draws nearer to it than 30 / n has a chance of e^-15.
            for end in [-moments[0], moments[1]] {
                let bounds = 1.0 - 30.0 / n..=1.0 + f64::from(f32::EPSILON);
                assert!(bounds.contains(&end), "{who}, {fan_in} x {fan_out}: ends at {end}");
            }
        }
        // Means of n draws each: five standard deviations of their difference. For u uniform in ± 1, u² has variance 4 / 45 and
        // u⁴ 16 / 225.
        for (index, variance) in [(2, 1.0 / 3.0), (3, 4.0 / 45.0), (4, 16.0 / 225.0)] {
            let tolerance = 5.0 * (2.0 * variance / n).sqrt();
            assert!(
                (got[index] - want[index]).abs() <= tolerance,
                "{fan_in} x {fan_out}: moments {got:?}, Keras's {want:?}"
            );
        }
    }
    assert_eq!(PIXELS as u32, shapes[0]);
}

/// What a run on MNIST reads after five epochs, in Keras and in Sumi: two samples of one distribution. (`cargo xtask fixtures --seeds`
/// and the bench `accuracy` record them.)
#[test]
fn recorded_seeds_lie_in_one_band() {
    #[derive(Deserialize)]
    struct Record {
        runs: Vec<Run>,
    }
    #[derive(Deserialize)]
    struct Run {
        accuracy: f64,
        loss: f64,
    }
    let read = |json, what| -> Vec<f64> {
        let Record { runs } = serde_json::from_str(json).unwrap();
        runs.iter().map(|run| if what == "loss" { run.loss } else { run.accuracy }).collect()
    };
    // The mean, and the variance of the mean.
    let mean = |figures: Vec<f64>| {
        let n = figures.len() as f64;
        let mean = figures.iter().sum::<f64>() / n;
        (mean, figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
    };
    for what in ["accuracy", "loss"] {
        let (keras, keras_variance) = mean(read(include_str!("../www/seeds/keras.json"), what));
        let (sumi, sumi_variance) = mean(read(include_str!("../www/seeds/sumi.json"), what));
        let sigma = (keras_variance + sumi_variance).sqrt();
        // Three of them are reached by chance once in 370 times, and both samples are recorded ones.
        assert!((sumi - keras).abs() <= 3.0 * sigma, "{what}: Sumi {sumi}, Keras {keras}, sigma {sigma}");
    }
}
