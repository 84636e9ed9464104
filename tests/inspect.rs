//! What the step inspector shows is what training does: the same run, and the optimizer's formulas in its numbers.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, not what they share")]

mod common;

use std::sync::Arc;

use common::{learnable, wait};
use sumi::backend::{Backend, State};
use sumi::data::Dataset;
use sumi::inspect::{Inspector, Seen};
use sumi::model::{Dense, Model};
use sumi::optimizer::{Adam, Optimizer, Sgd};
use sumi::plan::Fusion;
use sumi::reference::Reference;
use sumi::simd::Simd;
use sumi::trainer::{Settings, Trainer};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SEED: u32 = 5;

fn settings() -> Settings {
    Settings { seed: SEED, ..Settings::default() }
}

/// 330 images are 11 steps an epoch, of which the last has 10 images.
fn dataset() -> Arc<Dataset> {
    Arc::new(learnable(9, 330))
}

fn inspector() -> Inspector {
    Inspector::new(&Model::quickstart(), dataset(), settings()).unwrap()
}

/// Goes there in slices of 7 steps.
fn see(inspector: &mut Inspector, step: u32) -> Seen {
    while !inspector.seek(step, 7).unwrap() {}
    inspector.seen().unwrap().clone()
}

/// The state after so many steps of a run without an inspector.
fn run<B: Backend>(backend: B, steps: u32) -> State {
    let mut trainer = Trainer::new(backend, dataset(), settings()).unwrap();
    while trainer.step() < steps {
        wait(trainer.advance((steps - trainer.step()) as usize)).unwrap();
    }
    wait(trainer.backend().state()).unwrap()
}

/// With u the rounding error of one operation: m and v take four operations on terms no larger than those of their sums, an update
/// takes five more on m and v as they are stored, and w rounds once.
#[test]
fn numbers_satisfy_adams_formula() {
    let u = f64::from(f32::EPSILON) / 2.0;
    let adam = Adam::default();
    let (beta1, beta2) = (0.9, 0.999);
    let mut inspector = inspector();
    for step in [1, 2, 30] {
        let Seen { before, after, gradients, .. } = see(&mut inspector, step);
        // beta2 in f32 is 1.3e-8 off 0.999: of 1 - beta2 that is 1.3e-5, and half as much of its root.
        let rate = f64::from(adam.corrected_rate(step));
        let t = step as i32;
        let formula = 1e-3 * (1.0 - f64::powi(beta2, t)).sqrt() / (1.0 - f64::powi(beta1, t));
        assert!((rate / formula - 1.0).abs() < 1e-5, "step {step}: the rate is {rate}, want {formula}");
        let mut moved = 0;
        for (index, &gradient) in gradients.iter().enumerate() {
            let [g, m0, v0, w0] =
                [gradient, before.m[index], before.v[index], before.parameters[index]].map(f64::from);
            let [m1, v1, w1] = [after.m[index], after.v[index], after.parameters[index]].map(f64::from);
            let close = |name: &str, got: f64, want: f64, tolerance: f64| {
                assert!(
                    (got - want).abs() <= tolerance,
                    "step {step}, {name}[{index}]: got {got}, want {want}"
                );
            };
            // Below f32's normal numbers an error is absolute.
            let least = f64::from(f32::MIN_POSITIVE);
            close("m", m1, beta1 * m0 + (1.0 - beta1) * g, 4.0 * u * (m0.abs() + g.abs()) + least);
            close("v", v1, beta2 * v0 + (1.0 - beta2) * g * g, 4.0 * u * (v0 + g * g) + least);
            let update = rate * m1 / (v1.sqrt() + f64::from(adam.epsilon));
            close("w", w1, w0 - update, 6.0 * u * update.abs() + u * (w0.abs() + update.abs()));
            moved += usize::from(w1 != w0);
        }
        assert!(moved > 10_000, "step {step} moves {moved} parameters");
    }
}

/// A velocity takes three operations on terms no larger than its own and the gradient's part, and a weight one or three more.
#[test]
fn numbers_satisfy_the_formula_of_sgd() {
    let u = f64::from(f32::EPSILON) / 2.0;
    let model = Model::new(&[Dense::relu(20).with_dropout(0.2), Dense::linear(10)]).unwrap();
    for nesterov in [false, true] {
        let sgd = Sgd { learning_rate: 0.1, momentum: 0.9, nesterov };
        let mut settings = Settings { optimizer: Optimizer::Sgd(sgd), ..settings() };
        settings.change_learning_rate(20, 0.02).unwrap();
        let mut inspector = Inspector::new(&model, dataset(), settings).unwrap();
        for (step, rate) in [(1, 0.1f32), (2, 0.1), (19, 0.1), (20, 0.02), (30, 0.02)] {
            let Seen { before, after, gradients, .. } = see(&mut inspector, step);
            let (rate, momentum) = (f64::from(rate), f64::from(0.9f32));
            let mut moved = 0;
            for (index, &gradient) in gradients.iter().enumerate() {
                let [g, m0, w0] = [gradient, before.m[index], before.parameters[index]].map(f64::from);
                let [m1, w1] = [after.m[index], after.parameters[index]].map(f64::from);
                let close = |name: &str, got: f64, want: f64, tolerance: f64| {
                    let tolerance = tolerance + f64::from(f32::MIN_POSITIVE);
                    assert!(
                        (got - want).abs() <= tolerance,
                        "step {step}, {name}[{index}]: got {got}, want {want}"
                    );
                };
                let terms = m0.abs() + rate * g.abs();
                close("velocity", m1, momentum * m0 - rate * g, 3.0 * u * terms);
                let update = if nesterov { momentum * m1 - rate * g } else { m1 };
                close("w", w1, w0 + update, 4.0 * u * terms + u * (w0.abs() + update.abs()));
                moved += usize::from(w1 != w0);
            }
            assert!(moved > 1000, "step {step} moves {moved} parameters");
            assert_eq!(after.v, before.v);
        }
    }
}

/// What was seen beyond a change of the learning rate is forgotten; what was seen before it is not another.
#[test]
fn follows_a_change_of_the_learning_rate() {
    let model = Model::quickstart();
    let mut changed = settings();
    changed.change_learning_rate(300, 0.01).unwrap();
    let mut want = Inspector::new(&model, dataset(), changed).unwrap();
    let mut inspector = inspector();
    // Beyond the change, with snapshots there; just before it, and at it.
    for seen_first in [600, 299, 300] {
        see(&mut inspector, seen_first);
        inspector.change_learning_rate(300, 0.01).unwrap();
        for step in [300, 301, 299, 560] {
            let (got, want) = (see(&mut inspector, step), see(&mut want, step));
            assert_eq!((got.before, got.after), (want.before, want.after), "step {step} after {seen_first}");
        }
        inspector.change_learning_rate(300, 1e-3).unwrap();
    }
    assert_eq!(see(&mut inspector, 560).after, see(&mut self::inspector(), 560).after);
    assert!(inspector.change_learning_rate(1, 0.0).is_err());
}

#[test]
fn follows_the_run_and_finds_the_way_back() {
    let model = Model::quickstart();
    let parameters = model.initial_parameters(SEED);
    let unfused = || Simd::with_fusion(&model, parameters.clone(), Fusion::None).unwrap();
    let mut inspector = inspector();
    // Past an epoch's end, past snapshots, back to before them, and on again.
    for step in [1, 12, 600, 599, 560, 2, 601, 1] {
        let seen = see(&mut inspector, step);
        assert_eq!(seen.step, step);
        assert_eq!(seen.rows.len(), if step % 11 == 0 { 10 } else { 32 });
        // The same plan: the same bits, whichever way it came.
        assert_eq!(seen.before, run(unfused(), step - 1), "before step {step}");
        assert_eq!(seen.after, run(unfused(), step), "after step {step}");
    }
}

/// The fused plan, which trains the page, rounds as the unfused one does or by an ulp more. A step then leaves each parameter at
/// most an ulp of its own and a few of the learning rate away, as long as no gradient is all rounding: over these 40 steps the two
/// were the same to the last bit (AVX-512).
#[test]
fn agrees_with_a_normal_run() {
    let model = Model::quickstart();
    let steps = 40;
    let seen = see(&mut inspector(), steps);
    let normal = run(Simd::new(&model, model.initial_parameters(SEED)).unwrap(), steps);
    let per_step = |w: f32| f32::EPSILON * (w.abs() + 8.0 * settings().optimizer.learning_rate());
    common::assert_close("w", &seen.after.parameters, &normal.parameters, |index| {
        steps as f32 * per_step(normal.parameters[index])
    });
}

/// Logits, loss and gradients are those of the plain loops.
#[test]
fn shows_what_the_reference_computes() {
    let model = Model::quickstart();
    let mut inspector = inspector();
    let seen = see(&mut inspector, 3);
    let mut reference = Reference::new(&model, seen.before.parameters.clone()).unwrap();
    reference.set_state(&seen.before).unwrap();
    let dataset = dataset();
    let steps = sumi::backend::Steps {
        dataset: &dataset,
        order: &seen.rows,
        batch: 32,
        first_step: 3,
        optimizer: settings().optimizer,
        augmentation: settings().augmentation,
        seed: SEED,
    };
    let metrics = wait(reference.train(steps)).unwrap()[0];
    assert!((seen.metrics.loss() - metrics.loss()).abs() < 1e-5 && seen.metrics.correct == metrics.correct);
    common::assert_close("gradients", &seen.gradients, reference.gradients(), |_| 1e-6);
    // The loss is that of the logits that are shown.
    let mut dlogits = vec![0.0; 320];
    let labels: Vec<u8> = seen.rows.iter().map(|&row| dataset.labels()[row as usize]).collect();
    let shown = sumi::reference::softmax_cross_entropy(10, &seen.logits, &labels, &mut dlogits);
    assert!((shown.loss() - seen.metrics.loss()).abs() < 1e-6, "{shown:?}, {:?}", seen.metrics);

    // The liveliest parameter has the largest gradient there is.
    let liveliest = seen.liveliest(0..model.parameter_count()).unwrap();
    let most = seen.gradients.iter().fold(0.0, |most: f32, gradient| most.max(gradient.abs()));
    assert_eq!(seen.gradients[liveliest].abs(), most);
    // Pixel 0 is blank in every image.
    assert_eq!(seen.liveliest(0..128), None);
}

#[test]
fn long_runs_keep_few_snapshots() {
    let tiny = Arc::new(learnable(9, 4));
    let model = Model::new(&[Dense::linear(10)]).unwrap();
    let mut inspector = Inspector::new(&model, tiny, settings()).unwrap();
    while !inspector.seek(20_000, 1000).unwrap() {}
    assert_eq!(inspector.position(), 20_000);
    while !inspector.seek(19_999, 1000).unwrap() {}
    assert_eq!(inspector.seen().unwrap().step, 19_999);
    let empty = Arc::new(Dataset::new(vec![], vec![]).unwrap());
    assert_eq!(Inspector::new(&model, empty, settings()).unwrap_err(), sumi::Error::NoImages);
}
