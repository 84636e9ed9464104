//! Layers, where each tensor lies in the parameter buffer, and initial values.

use std::ops::Range;

use crate::Error;
use crate::data::{CLASSES, PIXELS};
use crate::random::{Purpose, Random};

/// What a [`Dense`] layer does to its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(z, 0)`.
    Relu,
}

/// A fully connected layer: `y = dropout(activation(x · w + b))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    /// Number of outputs, at least 1.
    pub units: usize,
    /// Applied to the sums.
    pub activation: Activation,
    /// Probability, in `[0, 1)`, that training sets an output to zero; the others are scaled by `1 / (1 - rate)`
    /// (inverted dropout). Inference keeps all.
    pub dropout_rate: f32,
}

impl Dense {
    /// A layer with ReLU and no dropout.
    pub const fn relu(units: usize) -> Self {
        Dense { units, activation: Activation::Relu, dropout_rate: 0.0 }
    }

    /// A layer without activation or dropout: logits.
    pub const fn linear(units: usize) -> Self {
        Dense { units, activation: Activation::Linear, dropout_rate: 0.0 }
    }

    /// The same layer with dropout behind it.
    pub const fn with_dropout(self, dropout_rate: f32) -> Self {
        Dense { dropout_rate, ..self }
    }
}

/// One layer of a [`Model`] with its place in the parameter buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// Position in the model, from 0; layer 0 reads the pixels.
    pub index: usize,
    /// Number of inputs.
    pub fan_in: usize,
    /// Number of outputs.
    pub fan_out: usize,
    /// Applied to the sums.
    pub activation: Activation,
    /// Dropout behind the activation, in `[0, 1)`.
    pub dropout_rate: f32,
    /// Where the parameters start: `w [fan_in, fan_out]` row by row, then `b [fan_out]`.
    pub offset: usize,
}

impl Layer {
    /// Where `w [fan_in, fan_out]` lies in the parameter buffer.
    pub const fn w(&self) -> Range<usize> {
        self.offset..self.offset + self.fan_in * self.fan_out
    }

    /// Where `b [fan_out]` lies in the parameter buffer.
    pub const fn b(&self) -> Range<usize> {
        let start = self.offset + self.fan_in * self.fan_out;
        start..start + self.fan_out
    }

    /// By how much dropout scales what it keeps: `1 / (1 - rate)`.
    pub fn dropout_scale(&self) -> f32 {
        1.0 / (1.0 - self.dropout_rate)
    }
}

/// A stack of dense layers from 784 pixels to ten logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    layers: Vec<Layer>,
}

impl Model {
    /// Widest layer: a kernel of 4,096 × 4,096 takes 64 MB, and Adam's moments twice that again.
    pub const MAX_UNITS: usize = 4096;

    /// Flatten → Dense(128, relu) → Dropout(0.2) → Dense(10): the beginner quickstart, 101,770 parameters.
    pub fn quickstart() -> Self {
        Model::new(&[Dense::relu(128).with_dropout(0.2), Dense::linear(10)])
            .expect("these layers satisfy every condition of Model::new")
    }

    /// Stacks `layers` on the 784 pixels.
    ///
    /// # Errors
    /// [`Error::Model`] when there is no layer, a width is outside `1..=4096`, a dropout rate outside `[0, 1)`, or the last
    /// layer is not ten linear units without dropout.
    pub fn new(layers: &[Dense]) -> Result<Self, Error> {
        let fail = |layer: usize, reason: String| Err(Error::Model { layer, reason });
        let Some((last, _)) = layers.split_last() else {
            return fail(0, "a model has at least one layer".into());
        };
        if *last != Dense::linear(CLASSES) {
            let reason = format!("the last layer has {CLASSES} linear units without dropout, one a class");
            return fail(layers.len() - 1, reason);
        }
        let (mut fan_in, mut offset) = (PIXELS, 0);
        let mut placed = Vec::with_capacity(layers.len());
        for (index, &Dense { units, activation, dropout_rate }) in layers.iter().enumerate() {
            if !(1..=Self::MAX_UNITS).contains(&units) {
                return fail(index, format!("{units} units: choose 1 to {}", Self::MAX_UNITS));
            }
            if !(0.0..1.0).contains(&dropout_rate) {
                return fail(
                    index,
                    format!("dropout rate {dropout_rate}: choose 0 or more, and less than 1"),
                );
            }
            placed.push(Layer { index, fan_in, fan_out: units, activation, dropout_rate, offset });
            offset += fan_in * units + units;
            fan_in = units;
        }
        Ok(Model { layers: placed })
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of weights and biases of all layers.
    pub fn parameter_count(&self) -> usize {
        self.layers.last().map_or(0, |last| last.b().end)
    }

    /// Keras's defaults: kernels Glorot-uniform (Glorot & Bengio 2010: uniform in ± sqrt(6 / (fan_in + fan_out))),
    /// biases zero. A function of the seed alone.
    pub fn initial_parameters(&self, seed: u32) -> Vec<f32> {
        let random = Random::new(seed, Purpose::Init);
        let mut parameters = vec![0.0; self.parameter_count()];
        for layer in &self.layers {
            let limit = (6.0 / (layer.fan_in + layer.fan_out) as f32).sqrt();
            for (element, w) in (0u32..).zip(&mut parameters[layer.w()]) {
                *w = (2.0 * random.uniform(layer.index as u32, element) - 1.0) * limit;
            }
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quickstart_has_the_parameters_that_keras_counts() {
        let model = Model::quickstart();
        assert_eq!(model.parameter_count(), 101_770);
        let [hidden, output] = model.layers() else { panic!("two layers") };
        assert_eq!((hidden.w(), hidden.b()), (0..100_352, 100_352..100_480));
        assert_eq!((output.w(), output.b()), (100_480..101_760, 101_760..101_770));
    }

    #[test]
    fn initial_parameters_are_glorot_uniform() {
        let model = Model::quickstart();
        let parameters = model.initial_parameters(1);
        for layer in model.layers() {
            let w = &parameters[layer.w()];
            let limit = (6.0 / (layer.fan_in + layer.fan_out) as f32).sqrt();
            assert!(w.iter().all(|w| w.abs() <= limit));
            // A uniform on ±limit has standard deviation limit / sqrt(3).
            let n = w.len() as f64;
            let mean = w.iter().map(|&w| f64::from(w)).sum::<f64>() / n;
            let variance = w.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / n;
            let sigma = f64::from(limit) / 3f64.sqrt();
            assert!(mean.abs() < 5.0 * sigma / n.sqrt(), "mean {mean}");
            // The variance of u² for u uniform on ±1 is 4/45.
            let spread = 5.0 * f64::from(limit).powi(2) * (4.0 / 45.0 / n).sqrt();
            assert!((variance - sigma * sigma).abs() < spread, "variance {variance}");
            assert!(parameters[layer.b()].iter().all(|&b| b == 0.0));
        }
        assert_eq!(parameters, model.initial_parameters(1));
        assert_ne!(parameters, model.initial_parameters(2));
    }

    #[test]
    fn refuses_models_that_cannot_be() {
        for (layers, layer) in [
            (vec![], 0),
            (vec![Dense::linear(9)], 0),
            (vec![Dense::relu(8), Dense::relu(10)], 1),
            (vec![Dense::relu(0), Dense::linear(10)], 0),
            (vec![Dense::relu(8), Dense::relu(5000), Dense::linear(10)], 1),
            (vec![Dense::relu(8).with_dropout(1.0), Dense::linear(10)], 0),
            (vec![Dense::relu(8).with_dropout(f32::NAN), Dense::linear(10)], 0),
        ] {
            let Err(Error::Model { layer: at, .. }) = Model::new(&layers) else {
                panic!("{layers:?} was accepted")
            };
            assert_eq!(at, layer, "{layers:?}");
        }
    }
}
