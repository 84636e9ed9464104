//! Lessons: a trained network learns its visitor's hand, and forgets nothing.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, not what they share")]

mod common;
#[cfg(not(target_arch = "wasm32"))]
#[path = "common/files.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod files;

use std::sync::Arc;

use common::{learnable, wait};
use sumi::Error;
use sumi::backend::Backend;
use sumi::data::{Dataset, PIXELS};
use sumi::model::{Dense, Model};
use sumi::reference::Reference;
use sumi::simd::Simd;
use sumi::teach::{Lesson, MOST};
use sumi::trainer::{Settings, Trainer};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn network(model: &Model, dataset: Dataset) -> Simd {
    let simd = Simd::new(model, model.initial_parameters(3)).unwrap();
    let mut trainer = Trainer::new(simd, Arc::new(dataset), Settings::default()).unwrap();
    wait(trainer.advance(usize::MAX)).unwrap();
    let parameters = wait(trainer.into_backend().state()).unwrap().parameters;
    Simd::new(model, parameters).unwrap()
}

/// Images of one kind, which no training set here has: noise on the right, whatever the label.
fn foreign(seed: u32, count: usize, label: u8) -> Dataset {
    let mut numbers = common::Numbers::new(seed);
    let image = |_| {
        let ink = |at: usize| at % 28 > 20 && at / 28 > 4 && at / 28 < 12;
        (0..PIXELS).map(|at| if ink(at) { (numbers.unit() * 255.9) as u8 } else { 0 }).collect::<Vec<_>>()
    };
    Dataset::new((0..count).flat_map(image).collect(), vec![label; count]).unwrap()
}

#[test]
fn a_lesson_teaches_and_the_rest_is_kept() {
    let model = Model::new(&[Dense::relu(32).with_dropout(0.2), Dense::linear(10)]).unwrap();
    let trained = learnable(1, 3000);
    let simd = network(&model, trained.clone());
    let accuracy =
        |simd: &mut Simd, of: &Dataset| wait(simd.evaluate(&Arc::new(of.clone()))).unwrap().accuracy();
    let (test, fresh) = (learnable(2, 1000), foreign(9, 200, 7));
    let taught = |slices: &[usize], seed: u32| {
        let backend = Simd::new(&model, wait(simd.state()).unwrap().parameters).unwrap();
        let mut lesson = Lesson::new(backend, &trained, &foreign(8, 5, 7), seed).unwrap();
        for &steps in slices {
            wait(lesson.advance(steps)).unwrap();
        }
        assert_eq!((lesson.step(), lesson.steps()), (300, 300));
        assert_eq!(wait(lesson.advance(1)).unwrap(), [], "it is over");
        let parameters = wait(lesson.backend().state()).unwrap().parameters;
        (accuracy(lesson.backend(), &test), accuracy(lesson.backend(), &fresh), parameters)
    };
    let mut untaught = Simd::new(&model, wait(simd.state()).unwrap().parameters).unwrap();
    let [before, unread] = [&test, &fresh].map(|of| accuracy(&mut untaught, of));
    let (after, read, parameters) = taught(&[usize::MAX], 1);
    assert!(unread < 0.5 && read > 0.95, "{unread}, then {read}");
    assert!(before > 0.9 && after > before - 0.01, "{before}, then {after}");

    // In slices, or all at once: the same to the last bit. The seed decides what is rehearsed.
    assert_eq!(taught(&[1, 7, 100, usize::MAX], 1).2, parameters);
    assert_ne!(taught(&[usize::MAX], 2).2, parameters);
}

/// The backends agree on a lesson, as on any other steps.
#[test]
fn a_lesson_is_the_same_everywhere() {
    let model = Model::new(&[Dense::relu(4), Dense::linear(10)]).unwrap();
    let parameters = model.initial_parameters(5);
    let (trained, own) = (learnable(1, 40), foreign(2, 3, 4));
    let mut simd = Lesson::new(Simd::new(&model, parameters.clone()).unwrap(), &trained, &own, 0).unwrap();
    let reference = Reference::new(&model, parameters).unwrap();
    let mut reference = Lesson::new(reference, &trained, &own, 0).unwrap();
    let (got, want) = (wait(simd.advance(30)).unwrap(), wait(reference.advance(30)).unwrap());
    for (step, (got, want)) in got.iter().zip(&want).enumerate() {
        assert_eq!((got.count, want.count), (32, 32));
        // Adam's first steps are as long for a tiny gradient as for any, so rounding shows.
        assert!((got.loss() - want.loss()).abs() < 1e-3, "step {step}: {got:?}, {want:?}");
    }
}

/// Whatever there is to rehearse, a step has its full share of both; and many own digits get more steps.
#[test]
fn small_and_large_sets() {
    let model = Model::new(&[Dense::linear(10)]).unwrap();
    let backend = || Simd::new(&model, model.initial_parameters(0)).unwrap();
    let mut lesson = Lesson::new(backend(), &learnable(1, 3), &foreign(1, 1, 0), 0).unwrap();
    let metrics = wait(lesson.advance(usize::MAX)).unwrap();
    assert!(metrics.len() == 300 && metrics.iter().all(|step| step.count == 32));
    let lesson = Lesson::new(backend(), &learnable(1, 50), &foreign(1, 200, 0), 0).unwrap();
    assert_eq!(lesson.steps(), 500, "each of the 200 ten times, four a step");

    let none = learnable(1, 0);
    let refusal = |trained: &Dataset, own: &Dataset| Lesson::new(backend(), trained, own, 0).unwrap_err();
    assert_eq!(refusal(&none, &foreign(1, 1, 0)), Error::NoImages);
    assert_eq!(refusal(&learnable(1, 1), &none), Error::NoImages);
    let message = refusal(&learnable(1, 1), &foreign(1, MOST + 1, 0)).to_string();
    assert_eq!(message, "number of own digits is 5001: choose at most 5000");
}

/// What the page promises, with real digits.
#[cfg(not(target_arch = "wasm32"))]
mod with_mnist {
    use sumi::drawing::{Point, rasterise};
    use sumi::random::{Purpose, Random};
    use sumi::recipe::Recipe;

    use super::*;

    /// 7s as one hand writes them: the bar begins with a long serif, and the foot curls to the right, so that many are read as 2s.
    fn odd_sevens(seed: u32, count: u32) -> Dataset {
        let random = Random::new(seed, Purpose::Synthetic);
        let shape = [
            [0.2, 0.35],
            [0.22, 0.1],
            [0.5, 0.12],
            [0.78, 0.1],
            [0.66, 0.4],
            [0.52, 0.68],
            [0.46, 0.9],
            [0.64, 0.98],
            [0.9, 0.9],
        ];
        let image = |index| {
            // Each corner of the shape up to 5 % of its height off.
            let near = |(corner, at): (usize, &Point)| {
                [0, 1].map(|axis| at[axis] + 0.1 * (random.uniform(index, (2 * corner + axis) as u32) - 0.5))
            };
            rasterise(&[shape.iter().enumerate().map(near).collect()]).unwrap()
        };
        Dataset::new((0..count).flat_map(image).collect(), vec![7; count as usize]).unwrap()
    }

    /// Ten odd 7s are taught; other ones of that hand are read then, and MNIST's test digits as well as before.
    #[test]
    #[ignore = "needs MNIST"]
    fn ten_odd_sevens() {
        let (train, test) = files::mnist().unwrap();
        let (train, test) = (Arc::new(train), Arc::new(test));
        let fresh = Arc::new(odd_sevens(2, 500));
        let mut backend = files::trained(Recipe::Quickstart, train.clone(), 1).unwrap();
        let [before, unread] = [&test, &fresh].map(|of| wait(backend.evaluate(of)).unwrap().accuracy());
        let parameters = wait(backend.state()).unwrap().parameters;
        let backend = Simd::new(&Recipe::Quickstart.model(), parameters).unwrap();
        let mut lesson = Lesson::new(backend, &train, &odd_sevens(1, 10), 1).unwrap();
        wait(lesson.advance(usize::MAX)).unwrap();
        let [after, read] = [&test, &fresh].map(|of| wait(lesson.backend().evaluate(of)).unwrap().accuracy());
        println!("odd sevens {unread}, then {read}; MNIST {before}, then {after}");
        assert!(unread < 0.6 && read > 0.95, "odd sevens: {unread}, then {read}");
        assert!(after > before - 0.003, "MNIST: {before}, then {after}");
    }
}
