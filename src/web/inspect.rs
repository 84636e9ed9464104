//! The page's step inspector, and what the notebook shows of the model.

use js_sys::{Float32Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::object;
use crate::backend::softmax;
use crate::data::{CLASSES, Dataset};
use crate::inspect;
use crate::model::{Activation, Model};
use crate::optimizer::{Adam, Optimizer, Sgd};
use crate::reference::softmax_cross_entropy;
use crate::trainer::Settings;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a model is and how it is trained. */
export interface Description {
    /** First to last. */
    layers: { fanIn: number; fanOut: number; parameters: number; relu: boolean; dropout: number }[];
    optimizer: OptimizerSettings;
    /** Images a step. */
    batch: number;
}

export type OptimizerSettings =
    | { name: "adam"; learningRate: number; beta1: number; beta2: number; epsilon: number }
    | { name: "sgd"; learningRate: number; momentum: number; nesterov: boolean };

/** Images and what the network says of them. */
export interface Answers {
    /** 784 pixels each, 0 (paper) to 255 (ink). */
    images: Uint8Array;
    labels: Uint8Array;
    /** Ten each. */
    logits: Float32Array;
    /** Softmax of the logits, ten each. */
    probabilities: Float32Array;
    /** Cross-entropy of each, in nats. */
    losses: Float32Array;
}

/** A training step and one parameter's part in it. */
export interface StepView {
    /** From 1: Adam's t. */
    step: number;
    stepsPerEpoch: number;
    /** The whole batch; dropout acts in its logits. */
    batch: Answers;
    /** Where the images lie in the training set. */
    rows: Uint32Array;
    /** Mean over the batch. */
    loss: number;
    /** With the learning rate that it has in this step. */
    optimizer: OptimizerSettings;
    /** The learning rate, for Adam with both bias corrections. */
    rate: number;
    weight: {
        /** Its place among all parameters. */
        index: number;
        gradient: number;
        /** m is Adam's first moment or SGD's velocity; v is Adam's second moment. */
        before: { m: number; v: number; w: number };
        after: { m: number; v: number; w: number };
    };
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `Description` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Description")]
    pub type DescriptionObject;
    /// `Answers` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Answers")]
    pub type AnswersObject;
    /// `StepView` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "StepView | undefined")]
    pub type StepViewObject;
}

/// What a model is and how it is trained.
pub(super) fn description(model: &Model, settings: &Settings) -> DescriptionObject {
    let layers = js_sys::Array::new();
    for layer in model.layers() {
        layers.push(&object(&[
            ("fanIn", (layer.fan_in as u32).into()),
            ("fanOut", (layer.fan_out as u32).into()),
            ("parameters", ((layer.b().end - layer.offset) as u32).into()),
            ("relu", (layer.activation == Activation::Relu).into()),
            ("dropout", layer.dropout_rate.into()),
        ]));
    }
    let batch = (settings.batch as u32).into();
    let optimizer = optimizer(&settings.optimizer);
    object(&[("layers", layers.into()), ("optimizer", optimizer), ("batch", batch)]).unchecked_into()
}

fn optimizer(optimizer: &Optimizer) -> JsValue {
    match *optimizer {
        Optimizer::Adam(Adam { learning_rate, beta1, beta2, epsilon, .. }) => object(&[
            ("name", "adam".into()),
            ("learningRate", learning_rate.into()),
            ("beta1", beta1.into()),
            ("beta2", beta2.into()),
            ("epsilon", epsilon.into()),
        ]),
        Optimizer::Sgd(Sgd { learning_rate, momentum, nesterov }) => object(&[
            ("name", "sgd".into()),
            ("learningRate", learning_rate.into()),
            ("momentum", momentum.into()),
            ("nesterov", nesterov.into()),
        ]),
    }
}

/// The dataset's images `rows` and what the network says of them.
pub(super) fn answers(dataset: &Dataset, rows: &[u32], logits: &[f32]) -> AnswersObject {
    let images: Vec<u8> = rows.iter().flat_map(|&row| dataset.image(row as usize)).copied().collect();
    answers_to(&images, &labels(dataset, rows), logits)
}

fn labels(dataset: &Dataset, rows: &[u32]) -> Vec<u8> {
    rows.iter().map(|&row| dataset.labels()[row as usize]).collect()
}

/// Images, what they are, and what the network says of them.
fn answers_to(images: &[u8], labels: &[u8], logits: &[f32]) -> AnswersObject {
    let each = || logits.chunks_exact(CLASSES);
    let probabilities: Vec<f32> = each().flat_map(softmax).collect();
    let loss = |(logits, label): (&[f32], &u8)| {
        softmax_cross_entropy(CLASSES, logits, &[*label], &mut [0.0; CLASSES]).loss() as f32
    };
    let losses: Vec<f32> = each().zip(labels).map(loss).collect();
    object(&[
        ("images", Uint8Array::from(images).into()),
        ("labels", Uint8Array::from(labels).into()),
        ("logits", Float32Array::from(logits).into()),
        ("probabilities", Float32Array::from(&probabilities[..]).into()),
        ("losses", Float32Array::from(&losses[..]).into()),
    ])
    .unchecked_into()
}

/// Replays single steps of the session's run; see `inspect::Inspector`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Inspector(pub(super) inspect::Inspector);

#[wasm_bindgen]
impl Inspector {
    /// Goes towards `step` (from 1), replaying at most `most` steps, and says whether it is there.
    ///
    /// # Errors
    /// When it is not a step, or the backend fails.
    pub fn seek(&mut self, step: u32, most: u32) -> Result<bool, JsError> {
        if step == 0 {
            return Err(JsError::new("steps count from 1"));
        }
        Ok(self.0.seek(step, most)?)
    }

    /// Follows a change of the run's learning rate, from `step` on.
    ///
    /// # Errors
    /// When it is out of its range.
    #[wasm_bindgen(js_name = changeLearningRate)]
    pub fn change_learning_rate(&mut self, step: u32, learning_rate: f32) -> Result<(), JsError> {
        Ok(self.0.change_learning_rate(step, learning_rate)?)
    }

    /// Steps that are behind.
    #[wasm_bindgen(getter)]
    pub fn position(&self) -> u32 {
        self.0.position()
    }

    /// The weight with the largest gradient in the step: of all, or of those whose pixel is in the middle of the image.
    pub fn liveliest(&self, in_the_middle: bool) -> Option<u32> {
        let seen = self.0.seen()?;
        let model = self.0.model();
        let first = model.layers()[0];
        let middle = first.w().start + (14 * 28 + 14) * first.fan_out;
        if in_the_middle {
            return Some(seen.liveliest(middle..middle + first.fan_out)? as u32);
        }
        let best = model.layers().iter().filter_map(|layer| seen.liveliest(layer.w()));
        let size = |&index: &usize| seen.gradients[index].abs();
        Some(best.max_by(|one, other| size(one).total_cmp(&size(other)))? as u32)
    }

    /// The step and the parameter `index`'s part in it; nothing before a step has been reached, or for no parameter.
    pub fn view(&self, index: u32) -> StepViewObject {
        let at = index as usize;
        let Some(seen) = self.0.seen().filter(|seen| at < seen.gradients.len()) else {
            return JsValue::UNDEFINED.unchecked_into();
        };
        let update = self.0.settings().optimizer_at(seen.step);
        let rate = update.rate(seen.step);
        let update = update.with_learning_rate(update.learning_rate_at(seen.step));
        let state = |state: &crate::backend::State| {
            let (m, v, w) = (state.m[at], state.v[at], state.parameters[at]);
            object(&[("m", m.into()), ("v", v.into()), ("w", w.into())])
        };
        let labels = labels(self.0.dataset(), &seen.rows);
        let weight = object(&[
            ("index", index.into()),
            ("gradient", seen.gradients[at].into()),
            ("before", state(&seen.before)),
            ("after", state(&seen.after)),
        ]);
        object(&[
            ("step", seen.step.into()),
            ("stepsPerEpoch", self.0.steps_per_epoch().into()),
            ("batch", answers_to(&seen.images, &labels, &seen.logits).into()),
            ("rows", Uint32Array::from(&seen.rows[..]).into()),
            ("loss", seen.metrics.loss().into()),
            ("optimizer", optimizer(&update)),
            ("rate", rate.into()),
            ("weight", weight),
        ])
        .unchecked_into()
    }
}
