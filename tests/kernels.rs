//! Every Op of every backend against the reference. A case is written once and met by all.

mod common;

use common::{Numbers, assert_close};
use sumi::augment::Augmentation;
use sumi::backend::State;
use sumi::data::{PIXELS, synthetic};
use sumi::model::{Activation, Layer};
use sumi::ops::{Between, Input, Ops, ReferenceOps};
use sumi::optimizer::{Adam, Optimizer, Sgd};
use sumi::reference::Masks;

/// 1, a block of 16 columns and a panel of 32 with their neighbours, and the quickstart's own.
const WIDTHS: [usize; 9] = [1, 10, 15, 16, 17, 32, 33, 100, 128];
/// One row, an odd number of them, and the quickstart's batch with its neighbours.
const BATCHES: [usize; 5] = [1, 2, 31, 32, 33];
const MASKS: Masks = Masks { seed: 5, step: 77 };

/// A test for each case on each backend.
macro_rules! cases {
    ($($case:ident),+) => {
        mod simd {
            #[cfg(target_arch = "wasm32")]
            use wasm_bindgen_test::wasm_bindgen_test as test;
            $(#[test]
            fn $case() {
                for mut simd in sumi::simd::SimdOps::all() {
                    common::wait(super::$case(&format!("{:?}", simd.level()), &mut simd));
                }
            })+

            use super::common;
        }

        /// Without an adapter these fail: a test that could not run has not passed. `cargo xtask test` sees to a software
        /// adapter, or leaves them out and says so.
        #[cfg(feature = "gpu")]
        mod gpu {
            use sumi::gpu::{Device, GpuOps, tile::Tile};

            $(#[cfg(not(target_arch = "wasm32"))]
            #[test]
            fn $case() {
                super::common::wait(async {
                    for tile in Tile::ALL {
                        let device = Device::open().await.unwrap();
                        let name = format!("{}, {tile:?}", device.name());
                        super::$case(&name, &mut GpuOps::new(device, Some(tile))).await;
                    }
                });
            }

            /// The best tile for each product: all of them would take minutes on a software adapter.
            #[cfg(target_arch = "wasm32")]
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn $case() {
                let device = Device::open().await.unwrap();
                super::$case("WebGPU", &mut GpuOps::new(device, None)).await;
            })+

            /// Every tile meets WebGPU's limits and its compiler, on one product.
            #[cfg(target_arch = "wasm32")]
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn dense_forward_with_every_tile() {
                let mut numbers = super::Numbers::new(1);
                let layer = super::layer(0, super::PIXELS, 33, super::Activation::Relu, 0.2);
                let images = numbers.images(17);
                for tile in Tile::ALL {
                    let mut gpu = GpuOps::new(Device::open().await.unwrap(), Some(tile));
                    let images = super::Input::Pixels(&images);
                    super::forward_case(&format!("{tile:?}"), &mut gpu, &layer, images, &mut numbers).await;
                }
            }
        }
    };
}

cases! {
    augment, dense_forward, softmax_cross_entropy, dense_backward_input, output_layer, dense_backward_weights, adam, sgd,
    dense_update
}

fn layer(index: usize, fan_in: usize, fan_out: usize, activation: Activation, dropout_rate: f32) -> Layer {
    Layer { index, fan_in, fan_out, activation, dropout_rate, offset: 0 }
}

/// All pairs of widths would take a minute; this takes each with three others.
fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
    WIDTHS.into_iter().enumerate().flat_map(|(i, fan_in)| {
        (0..3)
            .map(move |j| (BATCHES[(i + j) % BATCHES.len()], fan_in, WIDTHS[(i * 2 + j * 4) % WIDTHS.len()]))
    })
}

/// Adding n products in any order, with or without fused multiply-add, errs by at most about n · ε · Σ|a · b| (Higham,
/// "Accuracy and stability of numerical algorithms", section 3.1): two such sums differ by twice that.
fn sum_tolerance(depth: usize, absolute_sum: f32) -> f32 {
    2.0 * (depth + 2) as f32 * f32::EPSILON * absolute_sum
}

async fn forward_case(name: &str, ops: &mut impl Ops, layer: &Layer, x: Input<'_>, numbers: &mut Numbers) {
    let w = numbers.floats(layer.fan_in * layer.fan_out, 0.5);
    let b = numbers.floats(layer.fan_out, 0.5);
    let x_flat: Vec<f32> = match x {
        Input::Pixels(x) => x.iter().map(|&p| f32::from(p) / 255.0).collect(),
        Input::Dense(x) => x.to_vec(),
    };
    for masks in [None, Some(MASKS)] {
        let want = ReferenceOps.dense_forward(layer, masks, x, &w, &b).await;
        let got = ops.dense_forward(layer, masks, x, &w, &b).await;
        let name = format!("{name}: y of {layer:?}, masks {masks:?}");
        assert_close(&name, &got, &want, |i| {
            let (row, col) = (i / layer.fan_out, i % layer.fan_out);
            let x = &x_flat[row * layer.fan_in..][..layer.fan_in];
            let products = x.iter().enumerate().map(|(k, x)| (x * w[k * layer.fan_out + col]).abs());
            sum_tolerance(layer.fan_in, b[col].abs() + products.sum::<f32>()) * layer.dropout_scale()
        });
        if layer.activation == Activation::Relu && masks.is_some() && layer.dropout_rate > 0.0 {
            let zeros = |y: &[f32]| y.iter().map(|&y| y == 0.0).collect::<Vec<_>>();
            let near = |y: &f32| y.abs() < 1e-4;
            if !want.iter().any(|y| *y != 0.0 && near(y)) {
                assert_eq!(zeros(&got), zeros(&want), "{name}: the same mask");
            }
        }
    }
}

/// Whole numbers: the same bits, whoever computes them.
async fn augment(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(8);
    let most = Augmentation::MOST;
    let extreme = Augmentation {
        shift: most,
        rotation: most,
        scale: most,
        aspect: most,
        shear: most,
        elastic: most,
        thicker: most,
        thinner: most,
        clean_every: 5,
    };
    // Thinner only, for the extreme is mostly white or black; and nothing at all, to rows that are not clean.
    let thinner = Augmentation { thinner: 256, clean_every: 3, ..Augmentation::NONE };
    let nothing = Augmentation { clean_every: 2, ..Augmentation::NONE };
    let digits = synthetic::dataset(3, 0, 33, |_| ());
    let mut corners = vec![0; 4 * PIXELS];
    for (row, corner) in [0, 27, 27 * 28, PIXELS - 1].into_iter().enumerate() {
        corners[row * PIXELS + corner] = 255;
    }
    let noise: Vec<u8> = (0..3 * PIXELS).map(|_| (numbers.unit() * 256.0) as u8).collect();
    for images in
        [digits.images(), &corners, &noise, &numbers.images(2), &[255; 2 * PIXELS], &[0; 3 * PIXELS]]
    {
        for augmentation in [Augmentation::ROBUST, extreme, thinner, nothing] {
            for masks in [MASKS, Masks { seed: u32::MAX, step: 1 }] {
                let want = ReferenceOps.augment(&augmentation, masks, images).await;
                let got = ops.augment(&augmentation, masks, images).await;
                assert_eq!(got.len(), want.len(), "{name}: {augmentation:?}");
                for (at, (got, want)) in got.iter().zip(&want).enumerate() {
                    let (row, pixel) = (at / PIXELS, at % PIXELS);
                    assert_eq!(got, want, "{name}: {augmentation:?}, {masks:?}, row {row}, pixel {pixel}");
                }
            }
        }
    }
}

async fn dense_forward(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(1);
    for (batch, fan_in, fan_out) in shapes() {
        for (activation, rate) in
            [(Activation::Linear, 0.0), (Activation::Relu, 0.2), (Activation::Linear, 0.5)]
        {
            let x = numbers.floats(batch * fan_in, 1.0);
            let layer = layer(1, fan_in, fan_out, activation, rate);
            forward_case(name, ops, &layer, Input::Dense(&x), &mut numbers).await;
        }
    }
    for (batch, fan_out) in [(1, 1), (3, 10), (32, 128), (33, 17), (2, 100)] {
        let images = numbers.images(batch);
        let layer = layer(0, PIXELS, fan_out, Activation::Relu, 0.2);
        forward_case(name, ops, &layer, Input::Pixels(&images), &mut numbers).await;
    }
    // No ink, and nothing but ink.
    for value in [0, 255] {
        let layer = layer(0, PIXELS, 33, Activation::Linear, 0.0);
        forward_case(name, ops, &layer, Input::Pixels(&[value; 2 * PIXELS]), &mut numbers).await;
    }
}

async fn softmax_cross_entropy(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(2);
    let mut cases: Vec<(usize, Vec<f32>, Vec<u8>)> = Vec::new();
    for classes in [1, 2, 10, 15, 16] {
        for batch in BATCHES {
            cases.push((classes, numbers.floats(batch * classes, 8.0), numbers.labels(batch, classes)));
        }
    }
    // Extremes: equal logits, ±1e4 at and beside the label, every label.
    for extreme in [0.0, 1e4, -1e4] {
        let mut logits = vec![extreme; 10 * 10];
        for label in 0..10 {
            logits[label * 11] = -extreme;
        }
        cases.push((10, logits, (0..10).collect()));
        cases.push((10, vec![extreme; 100], (0..10).collect()));
    }
    for (classes, logits, labels) in cases {
        let (want, want_d) = ReferenceOps.softmax_cross_entropy(classes, &logits, &labels).await;
        let (got, got_d) = ops.softmax_cross_entropy(classes, &logits, &labels).await;
        let name = format!("{name}: {classes} classes, logits {:?}…", &logits[..classes]);
        // exp errs by 2 ulp here and by 1 in the reference, the sum by `classes`, the rest by one operation each.
        let relative = (classes + 8) as f32 * f32::EPSILON;
        assert_close(&name, &got_d, &want_d, |_| relative / labels.len() as f32);
        let scale = logits.iter().fold(1.0f32, |max, logit| max.max(logit.abs()));
        let tolerance = f64::from(relative * scale) * labels.len() as f64;
        assert!((got.loss_sum - want.loss_sum).abs() <= tolerance, "{name}: {got:?}, want {want:?}");
        assert_eq!((got.correct, got.count), (want.correct, want.count), "{name}");
        for row in got_d.chunks(classes) {
            let sum: f32 = row.iter().sum();
            assert!(sum.abs() <= relative * classes as f32, "{name}: a row of dlogits sums to zero");
        }
    }
}

async fn dense_backward_input(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(3);
    for (batch, fan_in, fan_out) in shapes() {
        for (activation, rate) in [
            (Activation::Linear, 0.0),
            (Activation::Relu, 0.0),
            (Activation::Relu, 0.2),
            (Activation::Linear, 0.5),
        ] {
            let below = layer(0, 7, fan_in, activation, rate);
            let layer = layer(1, fan_in, fan_out, Activation::Linear, 0.0);
            let dz = numbers.floats(batch * fan_out, 0.1);
            let w = numbers.floats(fan_in * fan_out, 0.5);
            // y as a forward pass leaves it: zero wherever dropout has dropped.
            let (x, w_below) = (numbers.floats(batch * 7, 1.0), numbers.floats(7 * fan_in, 0.5));
            let b_below = numbers.floats(fan_in, 0.5);
            let x = Input::Dense(&x);
            let y = ReferenceOps.dense_forward(&below, Some(MASKS), x, &w_below, &b_below).await;
            let layers = Between { layer: &layer, below: &below };
            let want = ReferenceOps.dense_backward_input(layers, MASKS, &dz, &w, &y).await;
            let got = ops.dense_backward_input(layers, MASKS, &dz, &w, &y).await;
            let name = format!("{name}: dz below {layer:?}, {activation:?}, dropout {rate}");
            assert_close(&name, &got, &want, |i| {
                let (row, k) = (i / fan_in, i % fan_in);
                let products = (0..fan_out).map(|c| (dz[row * fan_out + c] * w[k * fan_out + c]).abs());
                sum_tolerance(fan_out, products.sum()) * below.dropout_scale()
            });
        }
    }
}

async fn output_layer(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(9);
    for (batch, fan_in, classes) in
        [(1, 1, 10), (2, 17, 1), (31, 63, 10), (32, 128, 10), (33, 64, 16), (3, 300, 2)]
    {
        for (activation, rate) in
            [(Activation::Relu, 0.2), (Activation::Linear, 0.0), (Activation::Linear, 0.5)]
        {
            let below = layer(0, 7, fan_in, activation, rate);
            let layer = layer(1, fan_in, classes, Activation::Linear, 0.0);
            let (x, w_below) = (numbers.floats(batch * 7, 1.0), numbers.floats(7 * fan_in, 0.5));
            let b_below = numbers.floats(fan_in, 0.5);
            let y =
                ReferenceOps.dense_forward(&below, Some(MASKS), Input::Dense(&x), &w_below, &b_below).await;
            let (w, b) = (numbers.floats(fan_in * classes, 0.5), numbers.floats(classes, 0.5));
            let labels = numbers.labels(batch, classes);
            let layers = Between { layer: &layer, below: &below };
            let want = ReferenceOps.output_layer(layers, MASKS, &y, &w, &b, &labels).await;
            let got = ops.output_layer(layers, MASKS, &y, &w, &b, &labels).await;
            let name = format!("{name}: {layer:?} of {batch} rows on {activation:?}, dropout {rate}");
            // A logit is a sum of up to 300 products of at most 3 · 0.5; a probability errs by as much as its logit.
            let relative = sum_tolerance(fan_in, 0.5 * y.iter().fold(1.0f32, |max, y| max.max(y.abs())))
                + (classes + 8) as f32 * f32::EPSILON;
            let error = relative / batch as f32 * fan_in as f32;
            assert_close(&format!("{name}: dlogits"), &got.1, &want.1, |_| error);
            let dx_error = error * classes as f32 * below.dropout_scale();
            assert_close(&format!("{name}: dx"), &got.2, &want.2, |_| dx_error);
            let (got, want) = (got.0, want.0);
            let loss_error = f64::from(relative) * (fan_in * batch) as f64;
            assert!((got.loss_sum - want.loss_sum).abs() <= loss_error, "{name}: {got:?}, want {want:?}");
            assert_eq!((got.correct, got.count), (want.correct, want.count), "{name}");
        }
    }
}

/// What a layer's gradient is made of.
struct GradientCase {
    layer: Layer,
    /// For the first layer.
    images: Option<Vec<u8>>,
    x: Vec<f32>,
    dz: Vec<f32>,
}

impl GradientCase {
    fn input(&self) -> Input<'_> {
        self.images.as_deref().map_or(Input::Dense(&self.x), Input::Pixels)
    }
}

fn gradient_cases() -> Vec<GradientCase> {
    let mut numbers = Numbers::new(4);
    let mut cases = Vec::new();
    for (batch, fan_in, fan_out) in shapes() {
        let layer = layer(1, fan_in, fan_out, Activation::Linear, 0.0);
        let x = numbers.floats(batch * fan_in, 1.0);
        cases.push(GradientCase { layer, images: None, x, dz: numbers.floats(batch * fan_out, 0.1) });
    }
    for (batch, fan_out) in [(1, 1), (3, 10), (32, 128), (33, 17), (2, 100)] {
        let layer = layer(0, PIXELS, fan_out, Activation::Relu, 0.0);
        let images = numbers.images(batch);
        let x = images.iter().map(|&p| f32::from(p) / 255.0).collect();
        let dz = numbers.floats(batch * fan_out, 0.1);
        cases.push(GradientCase { layer, images: Some(images), x, dz });
    }
    cases
}

/// The tolerance of each gradient of w, then b.
fn gradient_tolerances(layer: &Layer, x: &[f32], dz: &[f32]) -> Vec<f32> {
    let batch = dz.len() / layer.fan_out;
    let mut sums = vec![0.0f32; (layer.fan_in + 1) * layer.fan_out];
    for (x, dz) in x.chunks(layer.fan_in).zip(dz.chunks(layer.fan_out)) {
        for (k, x) in x.iter().chain([&1.0]).enumerate() {
            for (col, dz) in dz.iter().enumerate() {
                sums[k * layer.fan_out + col] += (x * dz).abs();
            }
        }
    }
    sums.into_iter().map(|sum| sum_tolerance(batch, sum)).collect()
}

async fn dense_backward_weights(name: &str, ops: &mut impl Ops) {
    for case in gradient_cases() {
        let GradientCase { layer, x, dz, .. } = &case;
        let want = ReferenceOps.dense_backward_weights(layer, case.input(), dz).await;
        let got = ops.dense_backward_weights(layer, case.input(), dz).await;
        let tolerances = gradient_tolerances(layer, x, dz);
        assert_close(&format!("{name}: dw, db of {layer:?}"), &got, &want, |i| tolerances[i]);
    }
}

/// A state as it is in the midst of training.
fn state(numbers: &mut Numbers, count: usize) -> State {
    State {
        parameters: numbers.floats(count, 0.5),
        m: numbers.floats(count, 1e-2),
        v: numbers.floats(count, 1e-3).into_iter().map(f32::abs).collect(),
    }
}

/// What an update makes of equal states whose gradients differ by `gradient` at most.
fn assert_state_close(
    name: &str,
    got: &State,
    want: &State,
    optimizer: &Optimizer,
    step: u32,
    gradient: &[f32],
) {
    match optimizer {
        Optimizer::Adam(adam) => assert_adam_close(name, got, want, adam, step, gradient),
        Optimizer::Sgd(sgd) => assert_sgd_close(name, got, want, sgd, gradient),
    }
}

/// Each of m and v is two operations from equal inputs; the update is five more. Where the moment is tiny its gradient's
/// own tolerance counts: d(update)/dg is at most rate · (1 - beta1) / (sqrt(v) + epsilon).
fn assert_adam_close(name: &str, got: &State, want: &State, config: &Adam, step: u32, gradient: &[f32]) {
    let eps = f32::EPSILON;
    let largest = gradient.iter().fold(0.0f32, |max, g| max.max(*g));
    assert_close(&format!("{name}: m"), &got.m, &want.m, |i| {
        4.0 * eps * (want.m[i].abs() + 0.02) + gradient[i]
    });
    assert_close(&format!("{name}: v"), &got.v, &want.v, |i| {
        4.0 * eps * (want.v[i] + 0.02) + 2.0 * gradient[i] * (0.1 + largest)
    });
    let rate = config.corrected_rate(step);
    assert_close(&format!("{name}: w"), &got.parameters, &want.parameters, |i| {
        let root = want.v[i].sqrt() + config.epsilon;
        let update = rate * want.m[i].abs() / root;
        // v's own error, relative to v: it is a difference of the two.
        let v_error = (4.0 * eps * 0.02 + 2.0 * gradient[i] * (0.1 + largest)) / want.v[i].max(1e-12);
        eps * want.parameters[i].abs()
            + update * (10.0 * eps + v_error)
            + rate * (4.0 * eps * 0.02 + gradient[i]) / root
    });
}

/// A velocity is three operations on a velocity of at most 0.01 and a gradient of at most 0.1 (where it is larger, the gradient's own
/// tolerance is too); Nesterov's weight takes two of these sums, and each weight one more.
fn assert_sgd_close(name: &str, got: &State, want: &State, config: &Sgd, gradient: &[f32]) {
    let eps = f32::EPSILON;
    let velocity =
        |i: usize| 3.0 * eps * (0.01 + config.learning_rate * 0.1) + config.learning_rate * gradient[i];
    assert_close(&format!("{name}: velocity"), &got.m, &want.m, velocity);
    assert_close(&format!("{name}: w"), &got.parameters, &want.parameters, |i| {
        eps * want.parameters[i].abs() + 3.0 * velocity(i)
    });
    // v is nobody's. The SIMD backend holds its root.
    assert_close(&format!("{name}: v"), &got.v, &want.v, |i| 2.0 * eps * want.v[i]);
}

/// Keras's Adam and another; SGD with every kind of momentum.
fn optimizers() -> [Optimizer; 5] {
    let sgd = |learning_rate, momentum, nesterov| Sgd { learning_rate, momentum, nesterov };
    [
        Optimizer::Adam(Adam::default()),
        Optimizer::Adam(Adam {
            learning_rate: 0.01,
            beta1: 0.5,
            beta2: 0.9,
            epsilon: 1e-3,
            decay_steps: Some(20),
        }),
        Optimizer::Sgd(sgd(0.1, 0.0, false)),
        Optimizer::Sgd(sgd(0.01, 0.9, false)),
        Optimizer::Sgd(sgd(1.0, 0.99, true)),
    ]
}

async fn adam(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(5);
    for (fan_in, fan_out) in [(1, 1), (3, 10), (17, 16), (5, 33), (20, 100)] {
        let layer = layer(0, fan_in, fan_out, Activation::Linear, 0.0);
        let count = (fan_in + 1) * fan_out;
        for step in [1, 2, 10, 1000, 100_000] {
            let before =
                if step == 1 { State::fresh(numbers.floats(count, 0.5)) } else { state(&mut numbers, count) };
            let mut gradients = numbers.floats(count, 0.1);
            gradients[0] = 0.0;
            for optimizer in optimizers() {
                let Optimizer::Adam(config) = optimizer else { continue };
                let (mut want, mut got) = (before.clone(), before.clone());
                ReferenceOps.adam(&layer, &config, step, &mut want, &gradients).await;
                ops.adam(&layer, &config, step, &mut got, &gradients).await;
                let name = format!("{name}: {fan_in} x {fan_out}, step {step}, {config:?}");
                assert_adam_close(&name, &got, &want, &config, step, &vec![0.0; count]);
            }
        }
    }
}

async fn sgd(name: &str, ops: &mut impl Ops) {
    let mut numbers = Numbers::new(7);
    for (fan_in, fan_out) in [(1, 1), (3, 10), (17, 16), (5, 33), (20, 100)] {
        let layer = layer(0, fan_in, fan_out, Activation::Linear, 0.0);
        let count = (fan_in + 1) * fan_out;
        let mut gradients = numbers.floats(count, 0.1);
        gradients[0] = 0.0;
        for before in [State::fresh(numbers.floats(count, 0.5)), state(&mut numbers, count)] {
            for optimizer in optimizers() {
                let Optimizer::Sgd(config) = optimizer else { continue };
                let (mut want, mut got) = (before.clone(), before.clone());
                ReferenceOps.sgd(&layer, &config, &mut want, &gradients).await;
                ops.sgd(&layer, &config, &mut got, &gradients).await;
                let name = format!("{name}: {fan_in} x {fan_out}, {config:?}");
                assert_sgd_close(&name, &got, &want, &config, &vec![0.0; count]);
            }
        }
    }
}

async fn dense_update(name: &str, ops: &mut impl Ops) {
    for (index, case) in gradient_cases().into_iter().enumerate() {
        let GradientCase { layer, x, dz, .. } = &case;
        let mut numbers = Numbers::new(6);
        let before = state(&mut numbers, (layer.fan_in + 1) * layer.fan_out);
        let tolerances = gradient_tolerances(layer, x, dz);
        // Both formulas for each shape, and every setting for some.
        for optimizer in [optimizers()[index % 2], optimizers()[2 + index % 3]] {
            let (mut want, mut got) = (before.clone(), before.clone());
            ReferenceOps.dense_update(layer, &optimizer, 10, case.input(), dz, &mut want).await;
            ops.dense_update(layer, &optimizer, 10, case.input(), dz, &mut got).await;
            assert_state_close(
                &format!("{name}: {layer:?}, {optimizer:?}"),
                &got,
                &want,
                &optimizer,
                10,
                &tolerances,
            );
        }
    }
}
