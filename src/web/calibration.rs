//! How far the network's probabilities can be believed.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::{Session, object};
use crate::backend::Backend;
use crate::calibration::Calibration;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Answers by how sure they are: in bins of equal width, from 0 to 1. Of each bin its count, mean probability and share of right answers. */
export type Bins = Float32Array;

/** What half of the test digits say of a trained network, after the other half has been fitted to. */
export interface CalibrationFound {
    temperature: number;
    /** Digits that were fitted on, and those that the rest is of. */
    fitted: number;
    measured: number;
    /** Expected calibration error, without the temperature and with it. */
    errorBefore: number;
    errorAfter: number;
    /** Three numbers a bin, without the temperature and with it. */
    before: Bins;
    after: Bins;
    /** Share of the measured digits that are marked "not sure". */
    notSure: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `CalibrationFound` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "CalibrationFound | undefined")]
    pub type CalibrationObject;
}

#[wasm_bindgen]
impl Session {
    /// Finds out how far the network's probabilities can be believed; from here to its next step, what it reads is calibrated so. A
    /// network that has diverged gives no probabilities: nothing is found.
    ///
    /// # Errors
    /// When there are no digits, or the backend fails.
    pub async fn calibrate(&mut self) -> Result<CalibrationObject, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to test with yet"));
        };
        let test = &digits.test;
        let logits = self.network.processor().predict(test.images()).await?;
        if !logits.iter().all(|logit| logit.is_finite()) {
            return Ok(JsValue::UNDEFINED.unchecked_into());
        }
        let found = Calibration::of(&logits, test.labels());
        let bins = |which: usize| {
            let bins = found.reliability[which].iter();
            let flat: Vec<f32> = bins
                .flat_map(|bin| [bin.count as f32, bin.probability as f32, bin.accuracy as f32])
                .collect();
            JsValue::from(Float32Array::from(&flat[..]))
        };
        let answer = object(&[
            ("temperature", found.temperature.into()),
            ("fitted", (found.fitted as u32).into()),
            ("measured", ((test.len() - found.fitted) as u32).into()),
            ("errorBefore", found.errors[0].into()),
            ("errorAfter", found.errors[1].into()),
            ("before", bins(0)),
            ("after", bins(1)),
            ("notSure", found.not_sure.into()),
        ]);
        self.calibration = Some(Box::new(found));
        Ok(answer.unchecked_into())
    }
}
