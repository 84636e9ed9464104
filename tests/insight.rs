//! What is said of a network is what it does: its mistakes, its units, why it answers so, and the map of what it makes of a dataset.
#![allow(clippy::unwrap_used, reason = "clippy.toml lets tests unwrap, not what they share")]

mod common;
#[cfg(not(target_arch = "wasm32"))]
#[path = "common/files.rs"]
mod files;

use std::sync::Arc;

use common::{Numbers, assert_close, learnable, wait};
use sumi::Error;
use sumi::backend::{Backend, softmax};
use sumi::data::{CLASSES, Dataset, PIXELS};
use sumi::insight::{
    Confusion, Fit, Pca, Saliency, Scale, Survey, activations, answers, mistakes, pictures, response,
    saliency,
};
use sumi::model::{Activation, Dense, Model};
#[cfg(not(target_arch = "wasm32"))]
use sumi::recipe::Recipe;
use sumi::reference::Reference;
use sumi::simd::Simd;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Softmax regression, the quickstart's shape with a ragged last panel, and deep ones.
fn models() -> Vec<Model> {
    let linear = Dense { units: 33, activation: Activation::Linear, dropout_rate: 0.1 };
    [
        vec![],
        vec![Dense::relu(40).with_dropout(0.2)],
        vec![Dense::relu(64), linear],
        vec![Dense::relu(30), linear, Dense::relu(12), Dense::relu(70)],
    ]
    .map(|mut layers| {
        layers.push(Dense::linear(CLASSES));
        Model::new(&layers).unwrap()
    })
    .into()
}

/// Parameters whose biases are not zero.
fn parameters(model: &Model) -> Vec<f32> {
    let mut parameters = model.initial_parameters(5);
    let mut numbers = Numbers::new(6);
    for layer in model.layers() {
        parameters[layer.b()].copy_from_slice(&numbers.floats(layer.fan_out, 0.3));
    }
    parameters
}

/// A survey adds up to the evaluation, and each image's logits and last hidden layer are what the reference has, whatever the slices.
#[test]
fn a_survey_is_what_the_evaluation_is() {
    let dataset = Arc::new(learnable(2, 300));
    for model in models() {
        let parameters = parameters(&model);
        let mut simd = Simd::new(&model, parameters.clone()).unwrap();
        let want = wait(simd.evaluate(&dataset)).unwrap();
        let mut survey = Survey::new(&model, model.initial_parameters(9), Arc::clone(&dataset)).unwrap();
        assert!(!survey.advance(1) && survey.read() == 128);
        assert_eq!(
            survey.restart(&parameters[1..]).unwrap_err(),
            Error::ParameterCount { expected: parameters.len(), found: parameters.len() - 1 }
        );
        // Others' parameters, from the start again.
        survey.restart(&parameters).unwrap();
        assert!(!survey.advance(2) && survey.read() == 256);
        assert!(survey.advance(7) && survey.advance(1) && survey.read() == 300);

        let answers = answers(survey.logits(), dataset.labels());
        assert_eq!(answers.iter().filter(|it| it.is_right()).count() as u32, want.correct);
        assert_eq!(mistakes(&answers).len() as u32, want.count - want.correct);
        assert_eq!(Confusion::new(&answers).counts().iter().step_by(11).sum::<u32>(), want.correct);
        let loss: f64 = answers
            .iter()
            .zip(survey.logits().chunks(CLASSES))
            .map(|(answer, logits)| -f64::from(softmax(logits)[usize::from(answer.label)].ln()))
            .sum();
        assert!((loss / 300.0 - want.loss()).abs() < 1e-5 * want.loss(), "{loss}, {want:?}");

        let layers = model.layers();
        let width = if layers.len() > 1 { layers[layers.len() - 2].fan_out } else { 0 };
        assert_eq!((survey.width(), survey.stride()), (width, 1));
        assert_eq!(survey.hidden().len(), 300 * width);
        for row in [0, 127, 128, 299] {
            let all = activations(&model, &parameters, dataset.image(row));
            // Sums of up to 784 terms below 1 in two orders.
            let close = |name: &str, got: &[f32], want: &[f32]| assert_close(name, got, want, |_| 2e-5);
            close("logits", &survey.logits()[CLASSES * row..][..CLASSES], &all[layers.len() - 1]);
            if width > 0 {
                close("hidden", &survey.hidden()[width * row..][..width], &all[layers.len() - 2]);
            }
        }
    }
}

/// Of a very wide layer there is room for some images alone.
#[test]
fn a_survey_of_a_wide_layer_keeps_some_of_it() {
    let model = Model::new(&[Dense::relu(4096), Dense::linear(CLASSES)]).unwrap();
    let dataset = Arc::new(learnable(2, 2100));
    let mut survey = Survey::new(&model, parameters(&model), Arc::clone(&dataset)).unwrap();
    assert_eq!(survey.stride(), 2, "2,100 images of 4,096 units are more than 2²³ numbers");
    while !survey.advance(4) {}
    assert_eq!((survey.read(), survey.hidden().len()), (2100, 1050 * 4096));
    let last = activations(&model, &parameters(&model), dataset.image(2098));
    assert_close("hidden", &survey.hidden()[1049 * 4096..], &last[0], |_| 2e-5);
}

/// The same sums in the same order as the definition's: to the last bit.
#[test]
fn activations_are_the_references() {
    let dataset = learnable(4, 5);
    for model in models() {
        let parameters = parameters(&model);
        let mut reference = Reference::new(&model, parameters.clone()).unwrap();
        let logits = wait(reference.predict(dataset.images())).unwrap();
        for row in 0..5 {
            let all = activations(&model, &parameters, dataset.image(row));
            assert_eq!(all.last().unwrap(), &logits[CLASSES * row..][..CLASSES]);
            assert!(all.iter().map(Vec::len).eq(model.layers().iter().map(|layer| layer.fan_out)));
        }
    }
}

/// The digit's logit less the mean of the others: the textbook's formula, in f64.
fn lead(model: &Model, parameters: &[f32], image: &[f64], digit: usize) -> f64 {
    let mut x = image.to_vec();
    for layer in model.layers() {
        let (w, b) = (&parameters[layer.w()], &parameters[layer.b()]);
        x = (0..layer.fan_out)
            .map(|col| {
                let products = x.iter().enumerate().map(|(k, x)| x * f64::from(w[k * layer.fan_out + col]));
                let z = f64::from(b[col]) + products.sum::<f64>();
                if layer.activation == Activation::Relu { z.max(0.0) } else { z }
            })
            .collect();
    }
    x[digit] - (x.iter().sum::<f64>() - x[digit]) / 9.0
}

#[test]
fn saliency_is_the_gradient_of_the_lead() {
    let dataset = Dataset::new(Numbers::new(3).images(2), vec![0, 1]).unwrap();
    for model in models() {
        let parameters = parameters(&model);
        for (row, digit) in [(0, 7u8), (0, 0), (1, 9)] {
            let image = dataset.image(row);
            let exact: Vec<f64> = image.iter().map(|&pixel| f64::from(pixel) / 255.0).collect();
            let all = activations(&model, &parameters, image);
            let Saliency { lead: got, gradient, shares, biases } =
                saliency(&model, &parameters, image, &all, digit);
            let digit = usize::from(digit);
            let want = lead(&model, &parameters, &exact, digit);
            assert!((f64::from(got) - want).abs() < 1e-4, "lead {got}, want {want}");
            // Small enough for no unit to open or close on the way, as far as these images go.
            let h = 1e-7;
            let differences: Vec<f32> = (0..PIXELS)
                .map(|pixel| {
                    let at = |offset: f64| {
                        let mut moved = exact.clone();
                        moved[pixel] += offset;
                        lead(&model, &parameters, &moved, digit)
                    };
                    ((at(h) - at(-h)) / (2.0 * h)) as f32
                })
                .collect();
            // f32 sums of terms of order 0.1; the difference quotient errs by 1e-16 / 1e-7.
            assert_close("gradient", &gradient, &differences, |_| 1e-5);
            assert!(differences.iter().any(|d| d.abs() > 1e-2), "the gradient is not all tiny");
            // Paper has no share, and with the biases the shares are the lead.
            for (share, &pixel) in shares.iter().zip(image) {
                assert!(pixel > 0 || *share == 0.0);
            }
            let sum = shares.iter().sum::<f32>() + biases;
            assert!((sum - got).abs() < 1e-4, "shares and biases are {sum}, the lead {got}");
        }
    }
}

/// A run with too large a learning rate ends in numbers that are none. It is looked into all the same: everything comes to an end, and every
/// image has an answer.
#[test]
fn a_network_that_has_diverged_can_be_looked_into() {
    let dataset = Arc::new(learnable(4, 150));
    for (model, worst) in
        models().into_iter().flat_map(|model| [(model.clone(), f32::NAN), (model, f32::INFINITY)])
    {
        let mut parameters = parameters(&model);
        for layer in model.layers() {
            parameters[layer.w()].iter_mut().step_by(7).for_each(|w| *w = worst);
            parameters[layer.b()].iter_mut().step_by(2).for_each(|b| *b = -worst);
        }
        let mut survey = Survey::new(&model, parameters.clone(), Arc::clone(&dataset)).unwrap();
        assert!(survey.advance(2));
        let answers = answers(survey.logits(), dataset.labels());
        let counts = Confusion::new(&answers);
        assert_eq!(counts.counts().iter().sum::<u32>(), 150);
        let right =
            (0..CLASSES).map(|digit| counts.counts()[CLASSES * digit + digit] as usize).sum::<usize>();
        assert_eq!(mistakes(&answers).len(), 150 - right);
        if survey.width() > 0 {
            let (_, places) = fit(survey.hidden().to_vec(), survey.width());
            assert_eq!(places.len(), 150);
        }
        for scale in [Scale::Own, Scale::Shared] {
            assert_eq!(pictures(&model, &parameters, 0..5, scale).pixels.len(), 5 * PIXELS);
        }
        assert_eq!(response(&model, &parameters, 0, &dataset, 8).strongest.len(), 8);
        let all = activations(&model, &parameters, dataset.image(0));
        assert_eq!(saliency(&model, &parameters, dataset.image(0), &all, 3).shares.len(), PIXELS);
    }
}

// ---- PCA ----

fn fit(points: Vec<f32>, width: usize) -> (Pca, Vec<[f32; 2]>) {
    let mut fit = Fit::new(points, width);
    while !fit.advance() {}
    fit.finish()
}

/// Points whose spread falls from direction to direction, in directions that are no axes.
fn cloud(n: usize, width: usize) -> Vec<f32> {
    let mut numbers = Numbers::new(11);
    let mix = numbers.floats(width * width, 1.0);
    (0..n)
        .flat_map(|_| {
            let spread: Vec<f32> =
                (0..width).map(|i| numbers.floats(1, 3.0 * 0.8f32.powi(i as i32))[0]).collect();
            let mixed =
                |i: usize| 5.0 + spread.iter().enumerate().map(|(j, s)| s * mix[j * width + i]).sum::<f32>();
            (0..width).map(mixed).collect::<Vec<_>>()
        })
        .collect()
}

/// Mean and covariance `[width, width]` by their formulas, in f64.
fn covariance(points: &[f32], width: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (points.len() / width) as f64;
    let rows = || points.chunks(width).map(|row| row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
    let mut mean = vec![0.0; width];
    rows().for_each(|row| mean.iter_mut().zip(&row).for_each(|(sum, x)| *sum += x / n));
    let mut covariance = vec![0.0; width * width];
    for row in rows() {
        for i in 0..width {
            for j in 0..width {
                covariance[i * width + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n;
            }
        }
    }
    (mean, covariance)
}

/// All eigenvalues and vectors of a symmetric matrix, the largest first, by the power method: each is taken out before the next. Slow, and
/// another way than the one that is tested.
fn eigen(mut matrix: Vec<f64>, width: usize) -> Vec<(f64, Vec<f64>)> {
    (0..width)
        .map(|start| {
            let mut vector: Vec<f64> = (0..width).map(|i| if i == start { 1.0 } else { 0.1 }).collect();
            let mut value = 0.0;
            for _ in 0..20_000 {
                let product: Vec<f64> = matrix
                    .chunks(width)
                    .map(|row| row.iter().zip(&vector).map(|(m, v)| m * v).sum())
                    .collect();
                value = product.iter().map(|p| p * p).sum::<f64>().sqrt();
                vector = product.iter().map(|p| p / value).collect();
            }
            for i in 0..width {
                for j in 0..width {
                    matrix[i * width + j] -= value * vector[i] * vector[j];
                }
            }
            (value, vector)
        })
        .collect()
}

#[test]
fn pca_finds_the_two_widest_directions() {
    let (n, width) = (700, 12);
    let points = cloud(n, width);
    let (mean, covariance) = covariance(&points, width);
    let total: f64 = (0..width).map(|i| covariance[i * width + i]).sum();
    let eigen = eigen(covariance, width);
    assert!(
        (eigen.iter().map(|it| it.0).sum::<f64>() / total - 1.0).abs() < 1e-6,
        "all the variance is in them"
    );
    let (pca, places) = fit(points.clone(), width);
    for (got, want) in pca.mean.iter().zip(&mean) {
        assert!((f64::from(*got) - want).abs() < 1e-5);
    }
    for (j, (value, vector)) in eigen[..2].iter().enumerate() {
        let component = &pca.components[j];
        let cosine: f64 = component.iter().zip(vector).map(|(&c, v)| f64::from(c) * v).sum();
        // What a direction lacks is at most the tolerance, 1e-4 of the first value; what it is off by is that over the gap to the next.
        let gap =
            (eigen[j].0 - eigen[j + 1].0).min(if j > 0 { eigen[j - 1].0 - eigen[j].0 } else { f64::MAX });
        let off = 2e-4 * eigen[0].0 / gap;
        assert!(cosine.abs() > 1.0 - off * off, "component {j}: cosine {cosine}, allowed to be off by {off}");
        assert!(
            (f64::from(pca.explained[j]) - value / total).abs() < 1e-4,
            "{:?}, {value} of {total}",
            pca.explained
        );
    }
    check_plane(&points, width, &pca, &places);
}

/// What must hold of any plane: orthogonal directions of length 1, uncorrelated places with as much variance as is said, longer tails on
/// the positive side, and each point in its place.
fn check_plane(points: &[f32], width: usize, pca: &Pca, places: &[[f32; 2]]) {
    let dot = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(&one, &other)| f64::from(one) * f64::from(other)).sum()
    };
    let [one, other] = &pca.components;
    assert!((dot(one, one) - 1.0).abs() < 1e-5 && (dot(other, other) - 1.0).abs() < 1e-5);
    assert!(dot(one, other).abs() < 1e-5, "{}", dot(one, other));
    let (_, all) = covariance(points, width);
    let total: f64 = (0..width).map(|i| all[i * width + i]).sum();
    let flat: Vec<f32> = places.as_flattened().to_vec();
    let (mean, plane) = covariance(&flat, 2);
    assert!(mean.iter().all(|it| it.abs() < 1e-4), "{mean:?}");
    assert!(plane[1].abs() < 2e-4 * plane[0], "the places are correlated: {plane:?}");
    assert!(plane[0] >= plane[3], "{plane:?}");
    for (j, at) in [0, 3].into_iter().enumerate() {
        assert!(
            (f64::from(pca.explained[j]) - plane[at] / total).abs() < 1e-4,
            "{:?}, {plane:?}",
            pca.explained
        );
        assert!(places.iter().map(|it| f64::from(it[j]).powi(3)).sum::<f64>() >= 0.0);
    }
    for (point, place) in points.chunks(width).zip(places).step_by(17) {
        let again = pca.place(point);
        // Of numbers up to some tens, less their mean.
        assert_close("place", &again, place, |_| 1e-3);
    }
}

/// Also of fewer directions than are iterated, of equal spreads, and of points that are all the same.
#[test]
fn pca_of_little() {
    let mut numbers = Numbers::new(1);
    for (n, width) in [(50, 1), (50, 2), (50, 3), (2, 9), (1, 9), (400, 5)] {
        let points = numbers.floats(n * width, 1.0);
        let (pca, places) = fit(points.clone(), width);
        assert_eq!((pca.mean.len(), places.len()), (width, n));
        let sum = pca.explained[0] + pca.explained[1];
        assert!(pca.explained.iter().all(|it| (0.0..=1.00001).contains(it)) && sum <= 1.00001, "{pca:?}");
        if n > 2 && width > 1 {
            check_plane(&points, width, &pca, &places);
        } else {
            assert!(pca.components[1].iter().all(|&c| c == 0.0), "there is but one direction: {pca:?}");
        }
    }
    let (pca, places) = fit(vec![0.25; 30 * 7], 7);
    assert_eq!((pca.explained, places), ([0.0; 2], vec![[0.0; 2]; 30]));
    let (pca, places) = fit(Vec::new(), 7);
    assert_eq!((pca.explained, places.len()), ([0.0; 2], 0));
}

/// The same points in another order have the same plane, and their own places in it.
#[test]
fn pca_is_a_function_of_its_points() {
    let points = cloud(300, 20);
    let (pca, places) = fit(points.clone(), 20);
    assert_eq!((pca.clone(), places.clone()), fit(points.clone(), 20));
    let turned: Vec<f32> = points.chunks(20).rev().flatten().copied().collect();
    let (other, others) = fit(turned, 20);
    for (one, other) in pca.components.iter().zip(&other.components) {
        assert_close("component", one, other, |_| 1e-3);
    }
    for (one, other) in places.iter().zip(others.iter().rev()) {
        assert_close("place", one, other, |_| 0.05);
    }
}

/// On the real digits, after the quickstart: few mistakes, and a map in which most digits are nearest to the centre of their own kind.
#[test]
#[cfg(not(target_arch = "wasm32"))]
#[ignore = "needs MNIST"]
fn the_map_of_mnist_keeps_digits_apart() {
    let (train, test) = files::mnist().unwrap();
    let simd = files::trained(Recipe::Quickstart, Arc::new(train), 1).unwrap();
    let parameters = wait(simd.state()).unwrap().parameters;
    let test = Arc::new(test);
    let mut survey = Survey::new(&Model::quickstart(), parameters, Arc::clone(&test)).unwrap();
    while !survey.advance(8) {}
    let answers = answers(survey.logits(), test.labels());
    let wrong = mistakes(&answers);
    assert!((150..350).contains(&wrong.len()), "{} mistakes", wrong.len());
    assert!(wrong[0].probability > 0.99, "the worst mistake is a sure one: {:?}", wrong[0]);

    let (pca, places) = fit(survey.hidden().to_vec(), survey.width());
    let explained = pca.explained[0] + pca.explained[1];
    assert!((0.15..0.5).contains(&explained), "two of 128 directions explain {explained}");
    let mut centres = [[0.0; 3]; CLASSES];
    for (place, &label) in places.iter().zip(test.labels()) {
        let [x, y, n] = &mut centres[usize::from(label)];
        (*x, *y, *n) = (*x + place[0], *y + place[1], *n + 1.0);
    }
    let distance = |place: &[f32; 2], digit: usize| {
        let [x, y, n] = centres[digit];
        (place[0] - x / n).hypot(place[1] - y / n)
    };
    let nearest = |place: &[f32; 2]| {
        (0..CLASSES).min_by(|&one, &other| distance(place, one).total_cmp(&distance(place, other))).unwrap()
    };
    let own =
        places.iter().zip(test.labels()).filter(|(place, label)| nearest(place) == usize::from(**label));
    let own = own.count() as f64 / 10_000.0;
    assert!(own > 0.45, "{own} of the digits are nearest to the centre of their own kind");
}
