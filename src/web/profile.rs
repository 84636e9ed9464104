//! Where a training step's time goes.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{Session, now, object};
use crate::bench::Profile;
use crate::plan::Fusion;
use crate::simd::{Part, Simd};
use crate::team::Team;

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

/// Times the parts of the session's training step; see `bench::Profile`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Profiler {
    profile: Profile,
    steps: u32,
    parts: Vec<(Part, f64)>,
}

#[wasm_bindgen]
impl Session {
    /// Times the parts of this session's training step, on a network of its own and one thread of the processor.
    ///
    /// # Errors
    /// When there are no digits.
    pub fn profiler(&self) -> Result<Profiler, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to train on yet"));
        };
        let parameters = self.model.initial_parameters(self.settings.seed);
        let simd = Simd::with_team(&self.model, parameters, Fusion::Update, Team::solo())?;
        let mut profile = Profile::new(simd, digits.train.clone(), self.settings.clone())?;
        // The first step meets cold caches.
        profile.run(1, &now);
        Ok(Profiler { profile, steps: 0, parts: Vec::new() })
    }
}

#[wasm_bindgen]
impl Profiler {
    /// Runs some more steps.
    pub fn run(&mut self, steps: usize) {
        let parts = self.profile.run(steps, &now);
        self.steps += steps as u32;
        if self.parts.is_empty() {
            self.parts = parts;
        } else {
            self.parts.iter_mut().zip(parts).for_each(|((_, sum), (_, ms))| *sum += ms);
        }
    }

    /// Steps so far.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// What each part has taken, in the order in which they run.
    pub fn parts(&self) -> PartTimes {
        let time = |&(part, ms): &(Part, f64)| {
            let (name, layer) = part.name();
            object(&[("part", name.into()), ("layer", (layer as u32).into()), ("ms", ms.into())])
        };
        self.parts.iter().map(time).collect::<Array>().unchecked_into()
    }
}
