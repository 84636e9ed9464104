//! Where a training step's time goes.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{Session, now, object};
use crate::bench::Profile;
use crate::simd::Simd;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Part of a training step: an Op of a layer (from 1), or `batch`, its lists of pixels. */
export interface PartTime {
    part: string;
    layer: number;
    /** Of all steps together. */
    ms: number;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `PartTime[]` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "PartTime[]")]
    pub type PartTimes;
}

#[wasm_bindgen]
impl Session {
    /// Times the parts of this session's training step in the order in which they run: so many steps of an untrained network of its
    /// own, on one thread of the processor.
    ///
    /// # Errors
    /// When there are no digits.
    pub fn profile(&self, steps: usize) -> Result<PartTimes, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to train on yet"));
        };
        let simd = Simd::new(&self.model, self.model.initial_parameters(self.settings.seed))?;
        let mut profile = Profile::new(simd, digits.train.clone(), self.settings.clone())?;
        // The first step meets cold caches.
        profile.run(1, &now);
        let time = |(part, ms): (crate::simd::Part, f64)| {
            let (name, layer) = part.name();
            object(&[("part", name.into()), ("layer", (layer as u32).into()), ("ms", ms.into())])
        };
        Ok(profile.run(steps, &now).into_iter().map(time).collect::<Array>().unchecked_into())
    }
}
