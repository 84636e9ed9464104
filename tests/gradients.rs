//! Each gradient of the reference matches a central difference of the loss, worked out in f64 by loops of their own.

mod common;

use std::sync::Arc;

use common::{Numbers, assert_close};
use sumi::augment::Augmentation;
use sumi::backend::{Backend, Steps};
use sumi::data::{Dataset, PIXELS};
use sumi::model::{Activation, Dense, Model};
use sumi::optimizer::Optimizer;
use sumi::random::{Purpose, Random, dropout_keeps, dropout_threshold};
use sumi::reference::Reference;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SEED: u32 = 3;
const STEP: u32 = 4;

/// The mean loss of a batch, in training: the textbook's formula, in f64.
fn loss(model: &Model, parameters: &[f64], dataset: &Dataset) -> f64 {
    let total: f64 = (0..dataset.len())
        .map(|row| {
            let mut x: Vec<f64> = dataset.image(row).iter().map(|&p| f64::from(p) / 255.0).collect();
            for layer in model.layers() {
                let (w, b) = (&parameters[layer.w()], &parameters[layer.b()]);
                let random = Random::new(SEED, Purpose::Dropout { layer: layer.index as u32 });
                let threshold = dropout_threshold(layer.dropout_rate);
                x = (0..layer.fan_out)
                    .map(|col| {
                        let products = x.iter().enumerate().map(|(k, x)| x * w[k * layer.fan_out + col]);
                        let z = b[col] + products.sum::<f64>();
                        let y = if layer.activation == Activation::Relu { z.max(0.0) } else { z };
                        let kept = dropout_keeps(&random, STEP, row, col, layer.fan_out, threshold);
                        if kept { y / (1.0 - f64::from(layer.dropout_rate)) } else { 0.0 }
                    })
                    .collect();
            }
            let sum: f64 = x.iter().map(|logit| logit.exp()).sum();
            sum.ln() - x[usize::from(dataset.labels()[row])]
        })
        .sum();
    total / dataset.len() as f64
}

#[test]
fn gradients_match_central_differences() {
    for layers in [
        vec![Dense::linear(10)],
        vec![Dense::relu(7).with_dropout(0.2), Dense::linear(10)],
        vec![
            Dense::relu(9).with_dropout(0.5),
            Dense { units: 6, activation: Activation::Linear, dropout_rate: 0.3 },
            Dense::linear(10),
        ],
    ] {
        let model = Model::new(&layers).unwrap();
        let mut numbers = Numbers::new(8);
        let dataset = Arc::new(Dataset::new(numbers.images(5), numbers.labels(5, 10)).unwrap());
        // Biases other than zero, so that theirs count too.
        let mut parameters = model.initial_parameters(SEED);
        for layer in model.layers() {
            parameters[layer.b()].copy_from_slice(&numbers.floats(layer.fan_out, 0.1));
        }

        let mut reference = Reference::new(&model, parameters.clone()).unwrap();
        let order: Vec<u32> = (0..5).collect();
        let steps = Steps {
            dataset: &dataset,
            order: &order,
            batch: 5,
            first_step: STEP,
            optimizer: Optimizer::default(),
            augmentation: Augmentation::NONE,
            seed: SEED,
        };
        let metrics = common::wait(reference.train(steps)).unwrap();
        let exact: Vec<f64> = parameters.iter().map(|&p| f64::from(p)).collect();
        let want = loss(&model, &exact, &dataset);
        assert!((metrics[0].loss() - want).abs() < 1e-5, "loss {}, want {want}", metrics[0].loss());

        // Every bias, and a spread of the weights, dead pixels among them.
        let checked: Vec<usize> = model
            .layers()
            .iter()
            .flat_map(|layer| layer.w().step_by(1 + layer.w().len() / 300).chain(layer.b()))
            .collect();
        let h = 1e-6;
        let differences: Vec<f32> = checked
            .iter()
            .map(|&i| {
                let at = |offset: f64| {
                    let mut moved = exact.clone();
                    moved[i] += offset;
                    loss(&model, &moved, &dataset)
                };
                ((at(h) - at(-h)) / (2.0 * h)) as f32
            })
            .collect();
        let got: Vec<f32> = checked.iter().map(|&i| reference.gradients()[i]).collect();
        // f32 sums of up to 784 terms of order 0.1 err by some 1e-6; the difference quotient by 1e-9.
        assert_close(&format!("gradients of {layers:?}"), &got, &differences, |_| 5e-6);
        assert!(differences.iter().any(|d| d.abs() > 1e-2), "the gradients are not all tiny");
        assert_eq!(PIXELS, model.layers()[0].fan_in);
    }
}
