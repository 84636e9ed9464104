//! The first layer's units: what each looks for in an image, as a picture of its 784 weights.
//!
//! Units of deeper layers look at units, not at pixels, so they have no such picture. Without a hidden layer the units are the ten classes.

use std::ops::Range;

use crate::data::{Dataset, PIXELS};
use crate::model::Model;

/// What full colour means in pictures of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The same in all of them, so that they can be compared: [`SPREAD`] times the root mean square of the layer's weights.
    Shared,
    /// In each its largest weight, so that weak ones can be seen.
    Own,
}

/// Few weights are farther from zero than so many times their root mean square; those have full colour too.
pub const SPREAD: f32 = 3.0;

/// Weights as pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// `[unit, 784]`: the weight from each pixel, from -127 to 127.
    pub pixels: Vec<i8>,
    /// Which weight is 127, for each unit.
    pub full: Vec<f32>,
}

/// Pictures of the first layer's `units`, which are some of it.
pub fn pictures(model: &Model, parameters: &[f32], units: Range<usize>, scale: Scale) -> Pictures {
    let layer = &model.layers()[0];
    let w = &parameters[layer.w()];
    let of_unit = |unit: usize| w.iter().skip(unit).step_by(layer.fan_out);
    let shared = || {
        let squares: f64 = w.iter().map(|w| f64::from(w * w)).sum();
        SPREAD * (squares / w.len() as f64).sqrt() as f32
    };
    let full: Vec<f32> = match scale {
        Scale::Shared => vec![shared(); units.len()],
        Scale::Own => {
            units.clone().map(|unit| of_unit(unit).fold(0.0, |most, w| w.abs().max(most))).collect()
        }
    };
    let mut pixels = Vec::with_capacity(units.len() * PIXELS);
    for (unit, &full) in units.zip(&full) {
        let to_full = if full > 0.0 { 127.0 / full } else { 0.0 };
        // What is beyond saturates.
        pixels.extend(of_unit(unit).map(|w| (w * to_full).round().clamp(-127.0, 127.0) as i8));
    }
    Pictures { pixels, full }
}

/// What one unit adds to its sum, and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its bias.
    pub bias: f32,
    /// Its weights to the units of the next layer: the ten digits, where that is the last. None where the unit is a class itself.
    pub outgoing: Vec<f32>,
}

/// The first layer's unit `unit`.
pub fn unit(model: &Model, parameters: &[f32], unit: usize) -> Unit {
    let layer = &model.layers()[0];
    let outgoing = model
        .layers()
        .get(1)
        .map_or(Vec::new(), |next| parameters[next.w()][unit * next.fan_out..][..next.fan_out].to_vec());
    Unit { bias: parameters[layer.b()][unit], outgoing }
}

/// How a unit answers to the images of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// For how many images its sum is above zero: where a ReLU is open.
    pub open: u32,
    /// The images with the largest sums, the largest first: their rows, and the sums.
    pub strongest: Vec<(u32, f32)>,
}

/// How the first layer's unit `unit` answers to a dataset, and the `count` images that it answers to most strongly.
pub fn response(model: &Model, parameters: &[f32], unit: usize, dataset: &Dataset, count: usize) -> Response {
    let layer = &model.layers()[0];
    let w: Vec<f32> = parameters[layer.w()].iter().skip(unit).step_by(layer.fan_out).copied().collect();
    assert_eq!(w.len(), PIXELS, "the first layer reads the pixels");
    let bias = parameters[layer.b()][unit];
    let mut response = Response { open: 0, strongest: Vec::with_capacity(count + 1) };
    for row in 0..dataset.len() {
        let nonzero = dataset.nonzero(row);
        let pixels = nonzero.indices.iter().zip(nonzero.values);
        let from_pixels: f32 = pixels.map(|(&at, &value)| w[usize::from(at)] * f32::from(value)).sum();
        let sum = bias + from_pixels / 255.0;
        response.open += u32::from(sum > 0.0);
        // Behind all that are as strong: of equal ones the first stays.
        let place = response.strongest.partition_point(|(_, stronger)| *stronger >= sum);
        if place < count {
            response.strongest.truncate(count - 1);
            response.strongest.insert(place, (row as u32, sum));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::data::synthetic;
    use crate::insight::activations;
    use crate::model::Dense;

    fn deep() -> (Model, Vec<f32>) {
        let model = Model::new(&[Dense::relu(40), Dense::relu(6), Dense::linear(10)]).unwrap();
        let mut parameters = model.initial_parameters(3);
        let biases = model.layers()[0].b();
        for (b, n) in parameters[biases].iter_mut().zip(0..) {
            *b = 0.02 * n as f32 - 0.4;
        }
        (model, parameters)
    }

    #[test]
    fn a_picture_is_a_column_of_weights() {
        let (model, parameters) = deep();
        let w = |unit: usize, pixel: usize| parameters[pixel * 40 + unit];
        for scale in [Scale::Shared, Scale::Own] {
            let Pictures { pixels, full } = pictures(&model, &parameters, 38..40, scale);
            assert_eq!((pixels.len(), full.len()), (2 * PIXELS, 2));
            for (unit, (picture, full)) in (38..).zip(pixels.chunks(PIXELS).zip(&full)) {
                for (pixel, &level) in picture.iter().enumerate() {
                    let back = f32::from(level) / 127.0 * full;
                    let want = w(unit, pixel).clamp(-full, *full);
                    assert!((back - want).abs() <= 0.501 / 127.0 * full, "unit {unit}, pixel {pixel}");
                }
            }
            // Glorot's weights are uniform: their root mean square is their limit / sqrt(3).
            let limit = (6.0f32 / 824.0).sqrt();
            match scale {
                Scale::Shared => {
                    assert!(
                        full[0] == full[1] && (full[0] / (SPREAD * limit / 3f32.sqrt()) - 1.0).abs() < 0.02
                    );
                }
                Scale::Own => {
                    assert!(
                        full[0] != full[1] && full.iter().all(|&full| 0.98 * limit < full && full <= limit)
                    );
                }
            }
        }
        let nothing = pictures(&model, &vec![0.0; model.parameter_count()], 0..40, Scale::Own);
        assert!(nothing.pixels.iter().all(|&level| level == 0));
    }

    #[test]
    fn a_unit_has_a_bias_and_ways_out() {
        let (model, parameters) = deep();
        let next = model.layers()[1];
        let Unit { bias, outgoing } = unit(&model, &parameters, 7);
        assert_eq!((bias, outgoing.len()), (parameters[784 * 40 + 7], 6));
        assert_eq!(outgoing[5], parameters[next.offset + 7 * 6 + 5]);
        let softmax_regression = Model::new(&[Dense::linear(10)]).unwrap();
        let parameters = softmax_regression.initial_parameters(1);
        assert!(unit(&softmax_regression, &parameters, 9).outgoing.is_empty());
    }

    #[test]
    fn a_unit_answers_most_strongly_to_these() {
        let (model, parameters) = deep();
        let dataset = synthetic::dataset(0, 0, 60, |_| {});
        for unit in [0, 20, 39] {
            let all: Vec<f32> =
                (0..60).map(|row| activations(&model, &parameters, dataset.image(row))[0][unit]).collect();
            let Response { open, strongest } = response(&model, &parameters, unit, &dataset, 5);
            assert_eq!(open as usize, all.iter().filter(|&&y| y > 0.0).count());
            assert!(strongest.len() == 5 && strongest.is_sorted_by(|one, other| one.1 >= other.1));
            for &(row, sum) in &strongest {
                assert!((sum.max(0.0) - all[row as usize]).abs() < 1e-5, "unit {unit}, row {row}: {sum}");
            }
            let least = strongest[4].1;
            assert!(all.iter().filter(|&&y| y > least.max(0.0) + 1e-5).count() <= 4, "none is stronger");
        }
        assert_eq!(response(&model, &parameters, 0, &dataset, 100).strongest.len(), 60);
    }
}
