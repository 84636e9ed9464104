//! Lessons: the network learns the visitor's hand.

use std::sync::Arc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{Session, object};
use crate::backend::{Backend, State};
use crate::calibration::top;
use crate::data::{CLASSES, Dataset};
use crate::simd::Simd;
use crate::teach;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How a network reads, before a lesson or after it. */
export interface Reading {
    /** Fraction of the test digits read right. */
    accuracy: number;
    /** What each own digit is read as. */
    read: Uint8Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `Reading` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Reading")]
    pub type ReadingObject;
}

/// What a session's network was before its lesson, and what it was after it.
#[derive(Debug)]
pub(super) struct Taught {
    untaught: State,
    parameters: Vec<f32>,
}

/// A lesson under way: on the processor, on a network of its own, so that the session's may be asked meanwhile.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Lesson {
    lesson: teach::Lesson<Simd>,
    test: Arc<Dataset>,
    own: Dataset,
    untaught: State,
}

#[wasm_bindgen]
impl Session {
    /// Begins a lesson of own digits: `images` has 784 bytes for each of the `labels`. Always of the network as its run has left it: what an
    /// earlier lesson has taught is taught again, or not.
    ///
    /// # Errors
    /// When there are no digits, the own ones do not belong together or are too many, or the backend fails.
    pub async fn lesson(&mut self, images: Vec<u8>, labels: Vec<u8>) -> Result<Lesson, JsError> {
        let untaught = self.untaught().await?;
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to rehearse yet"));
        };
        let own = Dataset::new(images, labels)?;
        let simd = Simd::new(&self.model, untaught.parameters.clone())?;
        let lesson = teach::Lesson::new(simd, &digits.train, &own, self.settings.seed)?;
        Ok(Lesson { lesson, test: digits.test.clone(), own, untaught })
    }

    /// Takes over what a lesson has taught.
    ///
    /// # Errors
    /// When the backend fails, or the network has become another one.
    pub async fn learn(&mut self, mut lesson: Lesson) -> Result<(), JsError> {
        let parameters = lesson.lesson.backend().state().await?.parameters;
        self.network.processor().set_state(&State::fresh(parameters.clone()))?;
        self.calibration = None;
        self.taught = Some(Box::new(Taught { untaught: lesson.untaught, parameters }));
        Ok(())
    }

    /// The network as it was before its lesson; does nothing where it has had none.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn unlearn(&mut self) -> Result<(), JsError> {
        let untaught = self.untaught().await?;
        self.network.processor().set_state(&untaught)?;
        (self.calibration, self.taught) = (None, None);
        Ok(())
    }

    /// The network's state before its lesson: as it is, unless a lesson has made it so.
    async fn untaught(&mut self) -> Result<State, JsError> {
        let state = self.network.processor().state().await?;
        let taught = self.taught.as_ref().filter(|taught| taught.parameters == state.parameters);
        Ok(taught.map_or(state, |taught| taught.untaught.clone()))
    }
}

#[wasm_bindgen]
impl Lesson {
    /// Steps in all.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> usize {
        self.lesson.steps()
    }

    /// Steps run so far.
    #[wasm_bindgen(getter)]
    pub fn step(&self) -> usize {
        self.lesson.step()
    }

    /// Runs up to `steps` more steps.
    ///
    /// # Errors
    /// None that the processor has.
    pub async fn advance(&mut self, steps: usize) -> Result<(), JsError> {
        self.lesson.advance(steps).await?;
        Ok(())
    }

    /// How the network reads now.
    ///
    /// # Errors
    /// None that the processor has.
    pub async fn reading(&mut self) -> Result<ReadingObject, JsError> {
        let simd = self.lesson.backend();
        let accuracy = simd.evaluate(&self.test).await?.accuracy();
        let logits = simd.predict(self.own.images()).await?;
        let read: Vec<u8> = logits.chunks_exact(CLASSES).map(|row| top(row).0 as u8).collect();
        Ok(object(&[("accuracy", accuracy.into()), ("read", Uint8Array::from(&read[..]).into())])
            .unchecked_into())
    }
}
