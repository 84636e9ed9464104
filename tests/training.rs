//! Whole runs: the loss falls, every backend follows one curve, and a seed repeats a run to the last bit.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, not what they share")]

mod common;

use std::sync::Arc;

use common::{learnable, wait};
use sumi::Error;
use sumi::augment::Augmentation;
use sumi::backend::{Backend, State, Steps};
use sumi::data::{Dataset, PIXELS};
use sumi::metrics::Metrics;
use sumi::model::{Activation, Dense, Model};
use sumi::optimizer::{Adam, Optimizer, RateChange, Sgd};
use sumi::plan::Fusion;
use sumi::reference::Reference;
use sumi::simd::Simd;
use sumi::trainer::{Settings, Trainer};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn simd(model: &Model, seed: u32) -> Simd {
    Simd::new(model, model.initial_parameters(seed)).unwrap()
}

fn settings(seed: u32, batch: usize) -> Settings {
    Settings { seed, batch, ..Settings::default() }
}

/// The same on images that are changed on their way in.
fn augmented(seed: u32, batch: usize) -> Settings {
    Settings { augmentation: Augmentation::ROBUST, ..settings(seed, batch) }
}

/// Every optimizer, at a learning rate that suits it, and one that changes on the way.
fn optimized(seed: u32, batch: usize) -> [Settings; 3] {
    let with = |optimizer| Settings { optimizer, ..settings(seed, batch) };
    let sgd = |nesterov| Optimizer::Sgd(Sgd { learning_rate: 0.02, momentum: 0.9, nesterov });
    let mut changing = with(sgd(true));
    changing.change_learning_rate(13, 0.05).unwrap();
    changing.change_learning_rate(38, 0.005).unwrap();
    [with(Optimizer::default()), with(sgd(false)), changing]
}

/// Trains for `steps` steps, over as many epochs as that takes.
fn run<B: Backend>(trainer: &mut Trainer<B>, steps: usize) -> Vec<Metrics> {
    let mut metrics = Vec::new();
    let end = trainer.step() + steps as u32;
    while trainer.step() < end {
        metrics.extend(wait(trainer.advance((end - trainer.step()) as usize)).unwrap());
    }
    while metrics.len() < steps {
        metrics.extend(wait(trainer.finish()).unwrap());
    }
    metrics
}

/// Trains whole epochs as the page does, with a test at the end of each: those tests, and the state at the end.
fn run_tested<B: Backend>(
    mut trainer: Trainer<B>,
    test: &Arc<Dataset>,
    epochs: u32,
) -> (Vec<Metrics>, State) {
    let mut tests = Vec::new();
    while tests.len() < epochs as usize {
        if trainer.awaits_epoch_end() {
            wait(trainer.finish()).unwrap();
        } else {
            wait(trainer.advance(3)).unwrap();
        }
        if trainer.epoch_is_over() && trainer.epoch() as usize == tests.len() {
            assert_eq!(trainer.step(), (trainer.epoch() + 1) * trainer.steps_per_epoch() as u32);
            tests.push(wait(trainer.backend().evaluate(test)).unwrap());
        }
    }
    (tests, wait(trainer.backend().state()).unwrap())
}

/// Tests see the network as each epoch's end leaves it, and leave no trace in the run.
fn tests_leave_no_trace<B: Backend>(mut make: impl FnMut() -> B) {
    let (dataset, test) = (Arc::new(learnable(4, 120)), Arc::new(learnable(7, 200)));
    for settings in [settings(9, 32), augmented(9, 32)] {
        let mut trainer = || Trainer::new(make(), dataset.clone(), settings.clone()).unwrap();
        let (tests, state) = run_tested(trainer(), &test, 2);
        for (epoch, got) in tests.iter().enumerate() {
            let mut trainer = trainer();
            run(&mut trainer, 4 * (epoch + 1));
            assert_eq!(wait(trainer.backend().evaluate(&test)).unwrap(), *got, "epoch {epoch}");
            if epoch == 1 {
                assert_eq!(wait(trainer.backend().state()).unwrap(), state, "the tests change the run");
            }
        }
    }
}

fn deep() -> Model {
    Model::new(&[
        Dense::relu(40).with_dropout(0.5),
        Dense { units: 23, activation: Activation::Linear, dropout_rate: 0.2 },
        Dense::relu(17),
        Dense::linear(10),
    ])
    .unwrap()
}

#[test]
fn loss_falls() {
    let (train, test) = (Arc::new(learnable(1, 2000)), Arc::new(learnable(2, 500)));
    let softmax_regression = Model::new(&[Dense::linear(10)]).unwrap();
    for (model, settings) in [Model::quickstart(), deep(), softmax_regression]
        .into_iter()
        .flat_map(|model| optimized(1, 32).map(|settings| (model.clone(), settings)))
    {
        let mut trainer = Trainer::new(simd(&model, 1), train.clone(), settings.clone()).unwrap();
        let before = wait(trainer.backend().evaluate(&test)).unwrap();
        assert!((before.loss() - 10f64.ln()).abs() < 0.7, "untrained: {before:?}");
        let metrics = run(&mut trainer, 8 * 63);
        let after = wait(trainer.backend().evaluate(&test)).unwrap();
        let name = format!("{model:?}, {settings:?}");
        assert!(after.accuracy() > 0.95, "{name}: {after:?}");
        assert!(metrics.last().unwrap().loss() < 0.5 * metrics[0].loss(), "{name}");
        assert_eq!((trainer.epoch(), trainer.step(), trainer.epoch_metrics().count), (7, 504, 2000));
    }
}

/// Two backends draw the same batches and masks, so they differ by rounding alone: over these 200 steps the losses differed
/// by at most 1.7e-7 (AVX-512), and 1e-5 leaves room for other machines' arithmetic. Other batches or masks would differ
/// by 0.1 in the first step.
#[test]
fn backends_follow_one_curve() {
    let dataset = Arc::new(learnable(3, 1000));
    for (model, settings) in [Model::quickstart(), deep()]
        .into_iter()
        .zip([32, 30])
        .flat_map(|(model, batch)| optimized(7, batch).map(|settings| (model.clone(), settings)))
    {
        let parameters = model.initial_parameters(7);
        let reference = Reference::new(&model, parameters.clone()).unwrap();
        let want = run(&mut Trainer::new(reference, dataset.clone(), settings.clone()).unwrap(), 200);
        for fusion in [Fusion::None, Fusion::Update, Fusion::OutputLayer] {
            let simd = Simd::with_fusion(&model, parameters.clone(), fusion).unwrap();
            let got = run(&mut Trainer::new(simd, dataset.clone(), settings.clone()).unwrap(), 200);
            for (step, (got, want)) in got.iter().zip(&want).enumerate() {
                let difference = (got.loss() - want.loss()).abs();
                assert!(
                    difference <= 1e-5,
                    "{fusion:?}, {:?}, step {step}: got {got:?}, want {want:?}",
                    settings.optimizer
                );
            }
        }
    }
}

/// The largest and the mean difference of a backend's weights from the reference's, after the page's shortest duel.
fn distance<B: Backend>(backend: B) -> [f32; 2] {
    let (dataset, model) = (Arc::new(learnable(3, 1000)), Model::quickstart());
    let reference = Reference::new(&model, model.initial_parameters(7)).unwrap();
    let mut reference = Trainer::new(reference, dataset.clone(), settings(7, 32)).unwrap();
    let mut trainer = Trainer::new(backend, dataset, settings(7, 32)).unwrap();
    run(&mut reference, 100);
    run(&mut trainer, 100);
    let want = wait(reference.backend().state()).unwrap().parameters;
    let got = wait(trainer.backend().state()).unwrap().parameters;
    let differences: Vec<f32> = got.iter().zip(&want).map(|(got, want)| (got - want).abs()).collect();
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    [differences.into_iter().fold(0.0, f32::max), mean]
}

/// They differed by at most 2.6e-7, and by 2.3e-9 on average (AVX-512).
#[test]
fn backends_keep_their_weights_together() {
    let [largest, mean] = distance(simd(&Model::quickstart(), 7));
    assert!(largest > 0.0 && largest < 1e-5, "{largest}");
    assert!(mean > 0.0 && mean < 1e-7, "{mean}");
}

/// See [`backends_follow_one_curve`]. A GPU's exp, division and square root may err by a few ulp more; over these steps the
/// losses differed by at most 1.9e-7 (llvmpipe).
#[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
mod gpu {
    use super::*;
    use sumi::gpu::{Device, Gpu};

    fn gpu(model: &Model, seed: u32, fusion: Fusion) -> Gpu {
        let device = pollster::block_on(Device::open()).unwrap();
        Gpu::new(device, model, model.initial_parameters(seed), fusion).unwrap()
    }

    #[test]
    fn follows_the_same_curve() {
        let dataset = Arc::new(learnable(3, 1000));
        // A software adapter takes some 20 ms a step of the plain plan: the quickstart has its 200 steps, fused as the page runs
        // it, and the others a few.
        let [adam, sgd, changing] = optimized(7, 32);
        let [deep_adam, _, deep_changing] = optimized(7, 30);
        for (model, settings, fusion, steps) in [
            (Model::quickstart(), adam.clone(), Fusion::OutputLayer, 200),
            (Model::quickstart(), adam, Fusion::None, 20),
            (Model::quickstart(), changing, Fusion::OutputLayer, 45),
            (Model::quickstart(), sgd, Fusion::None, 20),
            (deep(), deep_adam.clone(), Fusion::OutputLayer, 40),
            (deep(), deep_adam.clone(), Fusion::Update, 40),
            (deep(), deep_adam, Fusion::None, 40),
            (deep(), deep_changing, Fusion::OutputLayer, 45),
            (Model::quickstart(), augmented(7, 32), Fusion::OutputLayer, 45),
            (deep(), augmented(7, 30), Fusion::None, 20),
        ] {
            let start = simd(&model, 7);
            let want = run(&mut Trainer::new(start, dataset.clone(), settings.clone()).unwrap(), steps);
            let gpu = gpu(&model, 7, fusion);
            let got = run(&mut Trainer::new(gpu, dataset.clone(), settings).unwrap(), steps);
            for (step, (got, want)) in got.iter().zip(&want).enumerate() {
                let difference = (got.loss() - want.loss()).abs();
                assert!(difference <= 1e-5, "{fusion:?}, step {step}: got {got:?}, want {want:?}");
            }
        }
    }

    #[test]
    fn evaluates_predicts_and_repeats() {
        let (dataset, test) = (Arc::new(learnable(4, 333)), Arc::new(learnable(7, 1234)));
        let model = deep();
        let mut states = Vec::new();
        for slices in [&[50][..], &[1, 2, 3, 30, 14]] {
            let gpu = gpu(&model, 9, Fusion::OutputLayer);
            let mut trainer = Trainer::new(gpu, dataset.clone(), settings(9, 32)).unwrap();
            slices.iter().for_each(|&steps| assert_eq!(run(&mut trainer, steps).len(), steps));
            states.push(wait(trainer.backend().state()).unwrap());
        }
        assert_eq!(states[0], states[1], "however it is cut into slices");

        let mut gpu = gpu(&model, 0, Fusion::OutputLayer);
        gpu.set_state(&states[0]).unwrap();
        let mut simd = simd(&model, 0);
        simd.set_state(&states[0]).unwrap();
        let (got, want) = (wait(gpu.evaluate(&test)).unwrap(), wait(simd.evaluate(&test)).unwrap());
        assert!((got.loss() - want.loss()).abs() < 1e-5, "{got:?}, want {want:?}");
        assert!(got.correct.abs_diff(want.correct) <= 1 && got.count == 1234, "{got:?}, want {want:?}");
        let logits = wait(gpu.predict(test.images())).unwrap();
        common::assert_close("logits", &logits, &wait(simd.predict(test.images())).unwrap(), |_| 1e-4);
    }

    #[test]
    fn keeps_its_weights_with_the_others() {
        let [largest, mean] = distance(gpu(&Model::quickstart(), 7, Fusion::OutputLayer));
        println!("{largest}, {mean}");
        assert!(largest > 0.0 && largest < 1e-5, "{largest}");
        assert!(mean > 0.0 && mean < 1e-7, "{mean}");
    }

    #[test]
    fn tests_leave_no_trace() {
        super::tests_leave_no_trace(|| gpu(&deep(), 9, Fusion::OutputLayer));
    }

    #[test]
    fn takes_batches_larger_than_it_was_made_for() {
        let dataset = Arc::new(learnable(5, 1500));
        let settings = settings(1, 700);
        let model = Model::quickstart();
        let gpu = gpu(&model, 1, Fusion::OutputLayer);
        let got = run(&mut Trainer::new(gpu, dataset.clone(), settings.clone()).unwrap(), 4);
        let want = run(&mut Trainer::new(simd(&model, 1), dataset, settings).unwrap(), 4);
        for (got, want) in got.iter().zip(&want) {
            assert!((got.loss() - want.loss()).abs() <= 1e-5 && got.count == want.count);
        }
    }
}

/// On the browser's GPU, or the software adapter that plays one.
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod webgpu {
    use super::*;
    use sumi::gpu::{Device, Gpu};

    #[wasm_bindgen_test::wasm_bindgen_test]
    async fn follows_the_same_curve_and_repeats_it_to_the_last_bit() {
        for (settings, steps) in [(settings(7, 32), 200), (augmented(7, 32), 45)] {
            follows(settings, steps).await;
        }
    }

    async fn follows(settings: Settings, steps: usize) {
        let model = Model::quickstart();
        let dataset = Arc::new(learnable(3, 1000));
        let start = simd(&model, 7);
        let want = run(&mut Trainer::new(start, dataset.clone(), settings.clone()).unwrap(), steps);
        let mut states = Vec::new();
        for slice in [steps, 25] {
            let device = Device::open().await.unwrap();
            let gpu = Gpu::new(device, &model, model.initial_parameters(7), Fusion::OutputLayer).unwrap();
            let mut trainer = Trainer::new(gpu, dataset.clone(), settings.clone()).unwrap();
            let mut got = Vec::new();
            while (trainer.step() as usize) < steps {
                let rest = steps - trainer.step() as usize;
                got.extend(trainer.advance(slice.min(rest)).await.unwrap());
            }
            while got.len() < steps {
                got.extend(trainer.finish().await.unwrap());
            }
            for (step, (got, want)) in got.iter().zip(&want).enumerate() {
                let difference = (got.loss() - want.loss()).abs();
                assert!(difference <= 1e-5, "step {step}: got {got:?}, want {want:?}");
            }
            states.push(trainer.backend().state().await.unwrap());
        }
        assert_eq!(states[0], states[1], "however it is cut into slices");
    }
}

#[test]
fn a_seed_repeats_a_run_to_the_last_bit() {
    let dataset = Arc::new(learnable(4, 333));
    let model = deep();
    let state_after = |seed: u32, slices: &[usize]| {
        let mut trainer = Trainer::new(simd(&model, seed), dataset.clone(), settings(seed, 32)).unwrap();
        slices.iter().for_each(|&steps| assert_eq!(run(&mut trainer, steps).len(), steps));
        wait(trainer.backend().state()).unwrap()
    };
    let want = state_after(9, &[50]);
    assert_eq!(state_after(9, &[50]), want);
    assert_eq!(state_after(9, &[1, 2, 3, 30, 14]), want, "however it is cut into slices");
    assert_ne!(state_after(10, &[50]), want, "another seed");
}

#[test]
fn tests_at_the_end_of_epochs_leave_no_trace() {
    tests_leave_no_trace(|| simd(&deep(), 9));
    tests_leave_no_trace(|| Reference::new(&deep(), deep().initial_parameters(9)).unwrap());
}

/// The state is all there is: in another backend it goes on as if nothing had happened.
#[test]
fn a_state_moves_to_another_backend() {
    let dataset = Arc::new(learnable(5, 320));
    let model = deep();
    let order: Vec<u32> = (0..320).collect();
    let train = |backend: &mut Simd, range: std::ops::Range<usize>| {
        let steps = Steps {
            dataset: &dataset,
            order: &order[32 * range.start..32 * range.end],
            batch: 32,
            first_step: range.start as u32 + 1,
            optimizer: Optimizer::default(),
            augmentation: Augmentation::NONE,
            seed: 1,
        };
        wait(backend.train(steps)).unwrap()
    };
    let mut whole = simd(&model, 1);
    train(&mut whole, 0..10);
    let mut first = simd(&model, 1);
    train(&mut first, 0..4);
    let mut second = simd(&model, 2);
    second.set_state(&wait(first.state()).unwrap()).unwrap();
    train(&mut second, 4..10);
    assert_eq!(wait(second.state()).unwrap(), wait(whole.state()).unwrap());

    let wrong = State::fresh(vec![0.0; 5]);
    assert_eq!(
        second.set_state(&wrong),
        Err(Error::ParameterCount { expected: model.parameter_count(), found: 5 })
    );
    assert_eq!(wait(second.state()).unwrap(), wait(whole.state()).unwrap(), "nothing is lost");
}

/// Weights of pixels that no image has are left as they are, exactly, while their moments are zero, and only then.
#[test]
fn dead_pixels_do_not_move() {
    let dataset = Arc::new(learnable(6, 320));
    let dead = |pixel: usize| (0..dataset.len()).all(|row| dataset.image(row)[pixel] == 0);
    assert!((0..PIXELS).any(dead) && !(0..PIXELS).all(dead));
    let model = Model::quickstart();
    let w = model.layers()[0].w();
    for settings in optimized(1, 32) {
        let mut trainer = Trainer::new(simd(&model, 1), dataset.clone(), settings.clone()).unwrap();
        let before = wait(trainer.backend().state()).unwrap();
        run(&mut trainer, 10);
        let after = wait(trainer.backend().state()).unwrap();
        let rows = |state: &State, pixel: usize| state.parameters[w.clone()][pixel * 128..][..128].to_vec();
        for pixel in 0..PIXELS {
            assert_eq!(rows(&before, pixel) == rows(&after, pixel), dead(pixel), "pixel {pixel}");
        }
        // With a moment left from other data, they do move: compare with the reference.
        let mut moving = before.clone();
        moving.m[w.clone()].fill(0.01);
        moving.v[w.clone()].fill(0.01);
        let mut reference = Reference::new(&model, before.parameters.clone()).unwrap();
        reference.set_state(&moving).unwrap();
        trainer.backend().set_state(&moving).unwrap();
        let mut want = Trainer::new(reference, dataset.clone(), settings.clone()).unwrap();
        let backend = std::mem::replace(trainer.backend(), simd(&model, 0));
        let mut got = Trainer::new(backend, dataset.clone(), settings.clone()).unwrap();
        run(&mut want, 3);
        run(&mut got, 3);
        let (want, got) = (wait(want.backend().state()).unwrap(), wait(got.backend().state()).unwrap());
        common::assert_close("w", &got.parameters, &want.parameters, |_| 1e-5);
        assert_ne!(rows(&got, 0), rows(&before, 0), "{settings:?}");
    }
}

/// A pixel that one image has moves on by its momentum when others come, until that has faded to nothing; without momentum not at all.
#[test]
fn pixels_move_on_by_their_momentum() {
    let mut images = vec![0; 400 * PIXELS];
    images[100] = 255;
    (1..400).for_each(|row| images[row * PIXELS + 200] = 255);
    let dataset = Arc::new(Dataset::new(images, vec![3; 400]).unwrap());
    let model = Model::new(&[Dense::relu(40), Dense::linear(10)]).unwrap();
    let order: Vec<u32> = (0..400).collect();
    for (momentum, nesterov) in [(0.0, false), (0.7, false), (0.7, true)] {
        let optimizer = Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum, nesterov });
        let weights_after = |backend: &mut dyn FnMut(Steps<'_>) -> State, range: std::ops::Range<usize>| {
            let order = &order[range.clone()];
            let first_step = range.start as u32 + 1;
            let augmentation = Augmentation::NONE;
            let steps =
                Steps { dataset: &dataset, order, batch: 1, first_step, optimizer, augmentation, seed: 1 };
            backend(steps).parameters[100 * 40..][..40].to_vec()
        };
        let mut simd = simd(&model, 1);
        let mut reference = Reference::new(&model, model.initial_parameters(1)).unwrap();
        let mut on_simd = |steps: Steps<'_>| {
            wait(simd.train(steps)).unwrap();
            wait(simd.state()).unwrap()
        };
        let mut on_reference = |steps: Steps<'_>| {
            wait(reference.train(steps)).unwrap();
            wait(reference.state()).unwrap()
        };
        let mut weights = Vec::new();
        for range in [0..1, 1..2, 2..350, 350..400] {
            let got = weights_after(&mut on_simd, range.clone());
            let want = weights_after(&mut on_reference, range);
            common::assert_close("w", &got, &want, |_| 1e-6);
            weights.push(got);
        }
        assert_ne!(weights[0], model.initial_parameters(1)[100 * 40..][..40]);
        assert_eq!(weights[1] == weights[0], momentum == 0.0, "momentum {momentum}, nesterov {nesterov}");
        assert_eq!(weights[3], weights[2], "it has faded");
    }
}

#[test]
fn predictions_are_the_evaluation() {
    let dataset = Arc::new(learnable(7, 300));
    let model = deep();
    let mut simd = simd(&model, 3);
    let mut reference = Reference::new(&model, model.initial_parameters(3)).unwrap();
    let logits = wait(simd.predict(dataset.images())).unwrap();
    common::assert_close("logits", &logits, &wait(reference.predict(dataset.images())).unwrap(), |_| 1e-5);
    let (got, want) = (wait(simd.evaluate(&dataset)).unwrap(), wait(reference.evaluate(&dataset)).unwrap());
    assert!((got.loss() - want.loss()).abs() < 1e-5 && got.correct == want.correct, "{got:?}, want {want:?}");
    // One image alone has the same logits, to the bit, as among three hundred.
    for row in [0, 127, 128, 299] {
        assert_eq!(wait(simd.predict(dataset.image(row))).unwrap(), logits[row * 10..][..10]);
    }
    assert_eq!(wait(simd.predict(&[])).unwrap(), Vec::<f32>::new());
}

/// Augmentation is part of the curve, on every backend and by every plan, however the steps are sliced.
#[test]
fn augmented_backends_follow_one_curve() {
    let dataset = Arc::new(learnable(6, 200));
    for model in [Model::quickstart(), deep(), Model::new(&[Dense::linear(10)]).unwrap()] {
        let parameters = model.initial_parameters(7);
        let reference = Reference::new(&model, parameters.clone()).unwrap();
        let want = run(&mut Trainer::new(reference, dataset.clone(), augmented(7, 30)).unwrap(), 40);
        let plain = run(&mut Trainer::new(simd(&model, 7), dataset.clone(), settings(7, 30)).unwrap(), 40);
        assert!(want.iter().zip(&plain).all(|(augmented, plain)| augmented.loss() != plain.loss()));
        for fusion in [Fusion::None, Fusion::Update, Fusion::OutputLayer] {
            let mut states = Vec::new();
            for slices in [&[40][..], &[1, 5, 1, 33]] {
                let simd = Simd::with_fusion(&model, parameters.clone(), fusion).unwrap();
                let mut trainer = Trainer::new(simd, dataset.clone(), augmented(7, 30)).unwrap();
                let got: Vec<_> = slices.iter().flat_map(|&steps| run(&mut trainer, steps)).collect();
                for (step, (got, want)) in got.iter().zip(&want).enumerate() {
                    let difference = (got.loss() - want.loss()).abs();
                    assert!(difference <= 1e-5, "{fusion:?}, step {step}: got {got:?}, want {want:?}");
                }
                states.push(wait(trainer.backend().state()).unwrap());
            }
            assert!(states[0] == states[1], "{fusion:?}: however it is cut into slices");
        }
    }
}

/// A run whose learning rate is changed on the way is the run whose settings have that change, to the last bit, however either is
/// sliced; and that of steps which have other learning rates.
#[test]
fn a_changed_learning_rate_is_replayed() {
    let dataset = Arc::new(learnable(4, 333));
    let model = deep();
    for optimizer in optimized(9, 32).map(|settings| settings.optimizer) {
        let constant = Settings { optimizer, ..settings(9, 32) };
        let mut turned = Trainer::new(simd(&model, 9), dataset.clone(), constant.clone()).unwrap();
        let mut metrics = run(&mut turned, 12);
        assert_eq!(turned.change_learning_rate(0.05).unwrap(), 13);
        metrics.extend(run(&mut turned, 25));
        assert_eq!(turned.change_learning_rate(0.5).unwrap(), 38);
        // Before any step has had it: as if it had not been.
        assert_eq!(turned.change_learning_rate(0.005).unwrap(), 38);
        metrics.extend(run(&mut turned, 22));
        let settings = turned.settings().clone();
        let change = |step, learning_rate| RateChange { step, learning_rate };
        assert_eq!(settings.rate_changes, [change(13, 0.05), change(38, 0.005)]);
        let state = wait(turned.backend().state()).unwrap();

        for slices in [&[59][..], &[1, 11, 1, 30, 16]] {
            let mut replay = Trainer::new(simd(&model, 9), dataset.clone(), settings.clone()).unwrap();
            let again: Vec<_> = slices.iter().flat_map(|&steps| run(&mut replay, steps)).collect();
            assert_eq!(again, metrics, "{optimizer:?}, {slices:?}");
            assert_eq!(wait(replay.backend().state()).unwrap(), state, "{optimizer:?}, {slices:?}");
        }
        let mut other = Trainer::new(simd(&model, 9), dataset.clone(), constant).unwrap();
        let other = run(&mut other, 59);
        assert_eq!((&other[..13], other[13] == metrics[13]), (&metrics[..13], false), "{optimizer:?}");
    }
}

#[test]
fn learning_rates_follow_one_another() {
    let mut settings = settings(0, 32);
    let rates =
        |settings: &Settings| [1, 9, 10, 19, 20, 999].map(|step| settings.optimizer_at(step).learning_rate());
    settings.change_learning_rate(10, 0.5).unwrap();
    settings.change_learning_rate(20, 0.25).unwrap();
    assert_eq!(rates(&settings), [1e-3, 1e-3, 0.5, 0.5, 0.25, 0.25]);
    assert_eq!([1, 10, 20].map(|step| settings.next_rate_change(step)), [Some(10), Some(20), None]);
    // A change to what is there already is none, and forgets what was to come.
    settings.change_learning_rate(15, 0.5).unwrap();
    assert_eq!(rates(&settings), [1e-3, 1e-3, 0.5, 0.5, 0.5, 0.5]);
    // Before the first step it is how the run begins.
    let before = settings.clone();
    assert!(settings.change_learning_rate(1, 2.0).is_err() && settings == before);
    settings.change_learning_rate(1, 0.125).unwrap();
    assert_eq!((rates(&settings), settings.rate_changes.len()), ([0.125; 6], 0));
}

#[test]
fn bad_settings_are_named() {
    let dataset = Arc::new(learnable(8, 10));
    let model = Model::quickstart();
    let with = |optimizer| Settings { optimizer, ..settings(0, 32) };
    let adam = |change: fn(&mut Adam)| {
        let mut adam = Adam::default();
        change(&mut adam);
        with(Optimizer::Adam(adam))
    };
    let sgd =
        |learning_rate, momentum| with(Optimizer::Sgd(Sgd { learning_rate, momentum, nesterov: false }));
    let changing = |steps: [u32; 2]| {
        let rate_changes = steps.map(|step| RateChange { step, learning_rate: 0.1 }).to_vec();
        Settings { rate_changes, ..settings(0, 32) }
    };
    let change = "step of a change of the learning rate";
    for (name, settings) in [
        ("batch", settings(0, 0)),
        ("batch", settings(0, 5000)),
        ("learning rate", adam(|it| it.learning_rate = 0.0)),
        ("learning rate", adam(|it| it.learning_rate = f32::NAN)),
        ("beta1", adam(|it| it.beta1 = 1.0)),
        ("beta2", adam(|it| it.beta2 = -0.1)),
        ("epsilon", adam(|it| it.epsilon = 0.0)),
        ("decay steps", adam(|it| it.decay_steps = Some(0))),
        ("learning rate", sgd(1.5, 0.9)),
        ("momentum", sgd(0.1, 1.0)),
        ("momentum", sgd(0.1, f32::NAN)),
        (change, changing([1, 5])),
        (change, changing([5, 5])),
    ] {
        let error = Trainer::new(simd(&model, 0), dataset.clone(), settings).unwrap_err();
        assert!(matches!(error, Error::Setting { name: found, .. } if found == name), "{name}: {error}");
    }
    let empty = Arc::new(Dataset::new(vec![], vec![]).unwrap());
    let error = Trainer::new(simd(&model, 0), empty, settings(0, 32)).unwrap_err();
    assert_eq!(error, Error::NoImages);
    assert!(Simd::new(&model, vec![0.0; 3]).is_err() && Reference::new(&model, vec![0.0; 3]).is_err());
}

/// Threads share the columns of each layer, so no sum runs in another order. Widths that leave some thread without a panel, batches with fewer
/// rows than threads, images with hardly a zero, and every plan.
#[test]
#[cfg(not(target_arch = "wasm32"))]
fn any_number_of_threads_gives_the_same_bits() {
    use sumi::team::Team;

    let wide = Model::new(&[
        Dense::relu(70).with_dropout(0.5),
        Dense { units: 150, activation: Activation::Linear, dropout_rate: 0.3 },
        Dense::relu(33),
        Dense::linear(10),
    ]);
    let single = Model::new(&[Dense::linear(10)]);
    let sparse = Arc::new(learnable(3, 77));
    let inverted = sparse.images().iter().map(|&pixel| 255 - pixel).collect();
    let dense = Arc::new(Dataset::new(inverted, sparse.labels().to_vec()).unwrap());
    for model in [Model::quickstart(), deep(), wide.unwrap(), single.unwrap()] {
        let [adam, _, sgd] = optimized(4, 32);
        let pairs = Settings { batch: 2, ..adam.clone() };
        for (dataset, settings) in [
            (&sparse, adam.clone()),
            (&dense, adam),
            (&sparse, pairs),
            (&sparse, sgd),
            (&sparse, augmented(4, 32)),
            (&dense, augmented(4, 32)),
            (&sparse, augmented(4, 2)),
        ] {
            for fusion in [Fusion::None, Fusion::Update, Fusion::OutputLayer] {
                let train = |threads: usize| {
                    let team = Team::spawn(threads).unwrap();
                    let simd = Simd::with_team(&model, model.initial_parameters(4), fusion, team).unwrap();
                    let mut trainer = Trainer::new(simd, dataset.clone(), settings.clone()).unwrap();
                    let metrics = run(&mut trainer, 20);
                    let simd = trainer.backend();
                    let evaluation = wait(simd.evaluate(dataset)).unwrap();
                    (
                        metrics,
                        evaluation,
                        wait(simd.predict(dataset.images())).unwrap(),
                        wait(simd.state()).unwrap(),
                    )
                };
                let want = train(1);
                for threads in 2..=5 {
                    assert!(train(threads) == want, "{threads} threads, {fusion:?}, {settings:?}, {model:?}");
                }
            }
        }
    }
}
