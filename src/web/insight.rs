//! What the page shows of a network's mistakes and its inside.

use std::{array, sync::Arc};

use js_sys::{Array, Float32Array, Int8Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::inspect::answers as answers_object;
use super::{Session, object};
use crate::backend::softmax;
use crate::calibration::top;
use crate::data::{CLASSES, Dataset, PIXELS};
use crate::insight::{
    Answer, Confusion, Fit, Pca, Scale, Survey, activations, answers, cell, mistakes, pictures, response,
    saliency, unit,
};
use crate::model::Model;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Which test digits are taken for which. */
export interface ConfusionView {
    /** Steps that the network had learnt from. */
    steps: number;
    /** Ten rows of ten: the right digit, and in it the digits that it was taken for. */
    counts: Uint32Array;
    /** Of each digit, the share that was read right; NaN where there are none. */
    recalls: Float32Array;
    /** Of what is taken for each digit, the share that it is; NaN where there is nothing. */
    precisions: Float32Array;
}

/** Some of the test digits that belong together, and how many do. */
export interface TestDigits {
    /** Their places in the test set. */
    rows: Uint32Array;
    answers: Answers;
    /** Of which these are some. */
    total: number;
}

/** Weights of first-layer units as pictures. */
export interface UnitPictures {
    /** 784 a unit: the weight from each pixel, from -127 to 127. */
    pixels: Int8Array;
    /** The weight that is 127, for each unit. */
    full: Float32Array;
}

/** One unit of the first layer. */
export interface UnitView {
    index: number;
    picture: UnitPictures;
    bias: number;
    /** Its weights to the next layer: the ten digits, where that is the last. Empty where the unit is a class itself. */
    outgoing: Float32Array;
    /** For how many test digits its sum is above zero. */
    open: number;
    /** The test digits with the largest sums, and those sums. */
    strongest: TestDigits;
    sums: Float32Array;
}

/** What a network makes of one image, layer by layer, and which pixels speak for a digit. */
export interface InsideView {
    /** The hidden layers' activations, then the logits. */
    layers: Float32Array[];
    probabilities: Float32Array;
    /** What it is taken for. */
    answer: number;
    /** The digit that is explained. */
    digit: number;
    /** Its logit less the mean of the other nine. */
    lead: number;
    /** Of the lead, by each pixel from 0 (paper) to 1 (ink). */
    gradient: Float32Array;
    /** What each pixel's ink adds to the lead. */
    shares: Float32Array;
    /** What the biases add to it. */
    biases: number;
    /** Where it lies on the map, if there is one. */
    place: Float32Array | undefined;
}

/** The test digits in the plane in which the last hidden layer's activations spread most. */
export interface MapView {
    /** Steps that the network had learnt from. */
    steps: number;
    /** x and y of each. */
    places: Float32Array;
    /** Which test digits they are: every so many, from the first on. */
    stride: number;
    labels: Uint8Array;
    /** What each is taken for. */
    digits: Uint8Array;
    /** The part of the variance along x, and along y. */
    explained: Float32Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `ConfusionView` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "ConfusionView")]
    pub type ConfusionObject;
    /// `TestDigits` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "TestDigits")]
    pub type TestDigitsObject;
    /// `UnitPictures` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "UnitPictures")]
    pub type PicturesObject;
    /// `UnitView` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "UnitView")]
    pub type UnitObject;
    /// `InsideView` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "InsideView")]
    pub type InsideObject;
    /// `MapView` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "MapView | undefined")]
    pub type MapObject;
}

/// A copy of a network's weights and biases.
#[wasm_bindgen]
#[derive(Debug, Clone)]
pub struct Parameters {
    values: Vec<f32>,
    /// Steps that they have learnt from.
    steps: u32,
}

#[wasm_bindgen]
impl Parameters {
    /// Steps that they have learnt from.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> u32 {
        self.steps
    }
}

#[wasm_bindgen]
impl Session {
    /// The weights and biases that the next drawing is read with.
    ///
    /// # Errors
    /// When the backend fails.
    pub fn parameters(&mut self) -> Result<Parameters, JsError> {
        Ok(Parameters { values: self.network.processor().parameters()?, steps: self.network.steps() })
    }

    /// Looks into the session's network, with the test digits.
    ///
    /// # Errors
    /// When there are none, or the backend fails.
    pub fn insight(&mut self) -> Result<Insight, JsError> {
        let Some(digits) = &self.digits else {
            return Err(JsError::new("there are no digits to look with yet"));
        };
        let test = digits.test.clone();
        let newest = self.parameters()?;
        let survey = Survey::new(&self.model, newest.values.clone(), test.clone())?;
        let reading = newest.clone();
        let model = self.model.clone();
        Ok(Insight { model, test, newest, survey, reading, surveyed: None, fit: None, map: None })
    }
}

/// Looks into a network with copies of its parameters: the session trains on meanwhile.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Insight {
    model: Model,
    test: Arc<Dataset>,
    newest: Parameters,
    survey: Survey,
    /// What the survey reads with.
    reading: Parameters,
    /// The last survey that came to its end.
    surveyed: Option<Surveyed>,
    fit: Option<Fit>,
    map: Option<Map>,
}

#[derive(Debug)]
struct Surveyed {
    steps: u32,
    logits: Vec<f32>,
    answers: Vec<Answer>,
}

#[derive(Debug)]
struct Map {
    pca: Pca,
    places: Vec<[f32; 2]>,
    /// What each digit in it is taken for.
    digits: Vec<u8>,
    parameters: Parameters,
}

#[wasm_bindgen]
impl Insight {
    /// Takes newer parameters of the same network.
    pub fn renew(&mut self, parameters: Parameters) {
        self.newest = parameters;
    }

    /// Number of units of the first layer.
    #[wasm_bindgen(getter)]
    pub fn units(&self) -> usize {
        self.model.layers()[0].fan_out
    }

    /// Pictures of up to `count` units from `first` on, in one scale or each in its own.
    pub fn pictures(&self, first: usize, count: usize, own_scale: bool) -> PicturesObject {
        let units = first.min(self.units())..first.saturating_add(count).min(self.units());
        let scale = if own_scale { Scale::Own } else { Scale::Shared };
        let pictures = pictures(&self.model, &self.newest.values, units, scale);
        object(&[("pixels", Int8Array::from(&pictures.pixels[..]).into()), ("full", floats(&pictures.full))])
            .unchecked_into()
    }

    /// One unit, and the `count` test digits that it answers to most strongly.
    ///
    /// # Errors
    /// When there is no such unit.
    pub fn unit(&self, index: usize, own_scale: bool, count: usize) -> Result<UnitObject, JsError> {
        if index >= self.units() {
            return Err(JsError::new(&format!("unit {index} of a layer of {} units", self.units())));
        }
        let unit = unit(&self.model, &self.newest.values, index);
        let response = response(&self.model, &self.newest.values, index, &self.test, count);
        let (rows, sums): (Vec<u32>, Vec<f32>) = response.strongest.into_iter().unzip();
        let logits = |&row: &u32| {
            activations(&self.model, &self.newest.values, self.test.image(row as usize))
                .pop()
                .unwrap_or_default()
        };
        let logits: Vec<f32> = rows.iter().flat_map(logits).collect();
        Ok(object(&[
            ("index", (index as u32).into()),
            ("picture", self.pictures(index, 1, own_scale).into()),
            ("bias", unit.bias.into()),
            ("outgoing", floats(&unit.outgoing)),
            ("open", response.open.into()),
            ("strongest", self.test_digits(&rows, &logits, self.test.len()).into()),
            ("sums", floats(&sums)),
        ])
        .unchecked_into())
    }

    /// What the network makes of an image, and which of its pixels speak for `digit`, or for what it is taken for.
    ///
    /// # Errors
    /// When it is no image of 784 pixels, or the digit none from 0 to 9.
    pub fn read(&self, image: &[u8], digit: Option<u8>) -> Result<InsideObject, JsError> {
        if image.len() != PIXELS || digit.is_some_and(|digit| usize::from(digit) >= CLASSES) {
            return Err(JsError::new(&format!("digit {digit:?} of an image of {} pixels", image.len())));
        }
        let parameters = &self.newest.values;
        let layers = activations(&self.model, parameters, image);
        let logits = layers.last().map_or(&[][..], |logits| logits);
        let (answer, _) = top(logits);
        let digit = digit.unwrap_or(answer as u8);
        let saliency = saliency(&self.model, parameters, image, &layers, digit);
        let place = self.map.as_ref().map_or(JsValue::UNDEFINED, |map| {
            let layers = activations(&self.model, &map.parameters.values, image);
            floats(&map.pca.place(&layers[layers.len() - 2]))
        });
        Ok(object(&[
            ("layers", layers.iter().map(|y| floats(y)).collect::<Array>().into()),
            ("probabilities", floats(&softmax(logits))),
            ("answer", (answer as u32).into()),
            ("digit", digit.into()),
            ("lead", saliency.lead.into()),
            ("gradient", floats(&saliency.gradient)),
            ("shares", floats(&saliency.shares)),
            ("biases", saliency.biases.into()),
            ("place", place),
        ])
        .unchecked_into())
    }

    /// Number of layers: one where no layer is hidden.
    #[wasm_bindgen(getter)]
    pub fn layers(&self) -> usize {
        self.model.layers().len()
    }

    /// What a test digit is.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn label(&self, row: usize) -> Result<u8, JsError> {
        self.check(row)?;
        Ok(self.test.labels()[row])
    }

    /// The pixels of a test digit.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn image(&self, row: usize) -> Result<Vec<u8>, JsError> {
        self.check(row)?;
        Ok(self.test.image(row).to_vec())
    }

    /// Begins to read the test digits with the newest parameters. What the last survey found stays until this one is through.
    ///
    /// # Errors
    /// When they are another model's.
    #[wasm_bindgen(js_name = beginSurvey)]
    pub fn begin_survey(&mut self) -> Result<(), JsError> {
        self.reading = self.newest.clone();
        self.fit = None;
        Ok(self.survey.restart(&self.reading.values)?)
    }

    /// Reads up to `batches` batches of 128 more, and says whether all have been read.
    pub fn survey(&mut self, batches: usize) -> bool {
        let is_through = self.survey.advance(batches);
        if is_through {
            let logits = self.survey.logits().to_vec();
            let answers = answers(&logits, self.test.labels());
            self.surveyed = Some(Surveyed { steps: self.reading.steps, logits, answers });
        }
        is_through
    }

    /// Which test digits are taken for which, as the last survey found.
    ///
    /// # Errors
    /// When there has been none.
    pub fn confusion(&self) -> Result<ConfusionObject, JsError> {
        let surveyed = self.surveyed()?;
        let confusion = Confusion::new(&surveyed.answers);
        let recalls: [f32; CLASSES] = array::from_fn(|digit| confusion.recall(digit).unwrap_or(f32::NAN));
        let precisions: [f32; CLASSES] =
            array::from_fn(|digit| confusion.precision(digit).unwrap_or(f32::NAN));
        Ok(object(&[
            ("steps", surveyed.steps.into()),
            ("counts", Uint32Array::from(confusion.counts()).into()),
            ("recalls", floats(&recalls)),
            ("precisions", floats(&precisions)),
        ])
        .unchecked_into())
    }

    /// The first `count` test digits of `label` that are taken for `digit`, as the last survey found; without them all that are taken for
    /// another digit. The surest mistakes come first, or what is right but least sure.
    ///
    /// # Errors
    /// When there has been no survey.
    pub fn list(
        &self,
        label: Option<u8>,
        digit: Option<u8>,
        count: usize,
    ) -> Result<TestDigitsObject, JsError> {
        let Surveyed { answers, .. } = self.surveyed()?;
        let all = match (label, digit) {
            (Some(label), Some(digit)) => cell(answers, label, digit),
            _ => mistakes(answers),
        };
        let rows: Vec<u32> = all.iter().take(count).map(|answer| answer.row).collect();
        self.show(&rows, all.len())
    }

    /// Test digits and what the last survey found of them.
    ///
    /// # Errors
    /// When there has been none, or no such row.
    pub fn show(&self, rows: &[u32], total: usize) -> Result<TestDigitsObject, JsError> {
        let Surveyed { logits, .. } = self.surveyed()?;
        let mut shown = Vec::with_capacity(rows.len() * CLASSES);
        for &row in rows {
            self.check(row as usize)?;
            shown.extend(&logits[row as usize * CLASSES..][..CLASSES]);
        }
        Ok(self.test_digits(rows, &shown, total))
    }

    /// Begins a map of what the survey, which must be through, has found in the last hidden layer, and says whether there is one.
    #[wasm_bindgen(js_name = beginMap)]
    pub fn begin_map(&mut self) -> bool {
        let width = self.survey.width();
        let has_map = width > 0 && self.survey.read() == self.test.len();
        self.fit = has_map.then(|| Fit::new(self.survey.hidden().to_vec(), width));
        has_map
    }

    /// Goes on with the map by one round, and says whether it was the last.
    pub fn chart(&mut self) -> bool {
        let Some(mut fit) = self.fit.take() else { return true };
        if !fit.advance() {
            self.fit = Some(fit);
            return false;
        }
        let (pca, places) = fit.finish();
        let answers = self.surveyed.iter().flat_map(|surveyed| &surveyed.answers);
        let digits = answers.step_by(self.survey.stride()).map(|answer| answer.digit).collect();
        self.map = Some(Map { pca, places, digits, parameters: self.reading.clone() });
        true
    }

    /// The last map that was finished.
    pub fn map(&self) -> MapObject {
        let Some(map) = &self.map else { return JsValue::UNDEFINED.unchecked_into() };
        let labels: Vec<u8> = self.test.labels().iter().step_by(self.survey.stride()).copied().collect();
        object(&[
            ("steps", map.parameters.steps.into()),
            ("places", floats(map.places.as_flattened())),
            ("stride", (self.survey.stride() as u32).into()),
            ("labels", Uint8Array::from(&labels[..]).into()),
            ("digits", Uint8Array::from(&map.digits[..]).into()),
            ("explained", floats(&map.pca.explained)),
        ])
        .unchecked_into()
    }
}

impl Insight {
    fn surveyed(&self) -> Result<&Surveyed, JsError> {
        self.surveyed.as_ref().ok_or_else(|| JsError::new("the test digits have not been read yet"))
    }

    fn check(&self, row: usize) -> Result<(), JsError> {
        if row < self.test.len() {
            return Ok(());
        }
        Err(JsError::new(&format!("row {row} of {} test digits", self.test.len())))
    }

    fn test_digits(&self, rows: &[u32], logits: &[f32], total: usize) -> TestDigitsObject {
        object(&[
            ("rows", Uint32Array::from(rows).into()),
            ("answers", answers_object(&self.test, rows, logits).into()),
            ("total", (total as u32).into()),
        ])
        .unchecked_into()
    }
}

fn floats(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

#[cfg(test)]
mod tests {
    use js_sys::Reflect;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::{BUILTIN_SEED, Configuration, Digits};
    use super::*;
    use crate::data::synthetic;

    fn get(object: &JsValue, name: &str) -> JsValue {
        Reflect::get(object, &name.into()).unwrap()
    }

    fn floats_of(object: &JsValue, name: &str) -> Vec<f32> {
        get(object, name).dyn_into::<Float32Array>().unwrap().to_vec()
    }

    fn message(error: JsError) -> String {
        JsValue::from(error).dyn_into::<js_sys::Error>().unwrap().message().into()
    }

    async fn trained() -> Session {
        let make = |first, count| Arc::new(synthetic::dataset(BUILTIN_SEED, first, count, |_| {}));
        let digits = Digits { train: make(0, 320), test: make(synthetic::TEST.start, 200), cached: false };
        let mut configuration = Configuration::new(7, 32);
        configuration.dense(128, true, 0.2);
        let mut session = Session::new(configuration, None).unwrap();
        session.use_digits(&digits).unwrap();
        session.train(10, 5).await.unwrap();
        session
    }

    #[test]
    async fn a_survey_adds_up_to_the_evaluation() {
        let mut session = trained().await;
        let accuracy = get(&JsValue::from(session.evaluate().await.unwrap()), "accuracy").as_f64().unwrap();
        let mut insight = session.insight().unwrap();
        assert_eq!(message(insight.confusion().err().unwrap()), "the test digits have not been read yet");
        assert!(!insight.begin_map(), "nothing has been read yet");
        insight.begin_survey().unwrap();
        assert!(!insight.survey(1) && insight.survey(1));

        let confusion = JsValue::from(insight.confusion().unwrap());
        let counts = get(&confusion, "counts").dyn_into::<Uint32Array>().unwrap().to_vec();
        assert_eq!((counts.iter().sum::<u32>(), get(&confusion, "steps")), (200, 10.into()));
        assert_eq!(f64::from(counts.iter().step_by(11).sum::<u32>()) / 200.0, accuracy);
        // As many of each cell as are counted, and no more than are asked for.
        for label in 0..10u8 {
            for digit in 0..10u8 {
                let list = JsValue::from(insight.list(Some(label), Some(digit), 3).unwrap());
                let count = counts[usize::from(10 * label + digit)];
                assert_eq!(get(&list, "total"), count);
                let labels = get(&get(&list, "answers"), "labels").dyn_into::<Uint8Array>().unwrap().to_vec();
                assert_eq!(labels, vec![label; count.min(3) as usize]);
            }
        }
        let wrong = get(&JsValue::from(insight.list(None, None, 0).unwrap()), "total").as_f64().unwrap();
        assert_eq!((200.0 - wrong) / 200.0, accuracy);
        assert_eq!(message(insight.show(&[200], 1).err().unwrap()), "row 200 of 200 test digits");

        // The map has a place for each, and a test digit read anew is in its place.
        assert!(JsValue::from(insight.map()).is_undefined());
        assert!(insight.begin_map());
        while !insight.chart() {}
        let map = JsValue::from(insight.map());
        let places = floats_of(&map, "places");
        assert_eq!((places.len(), get(&map, "stride")), (400, 1.into()));
        let view = JsValue::from(insight.read(&insight.image(17).unwrap(), None).unwrap());
        let place = floats_of(&view, "place");
        assert!((place[0] - places[34]).abs() < 1e-3 && (place[1] - places[35]).abs() < 1e-3, "{place:?}");
    }

    #[test]
    async fn what_is_inside_follows_the_newest_parameters() {
        let mut session = trained().await;
        let mut insight = session.insight().unwrap();
        let image = insight.image(3).unwrap();
        let before = JsValue::from(insight.read(&image, Some(4)).unwrap());
        assert_eq!((get(&before, "digit"), insight.units(), insight.layers()), (4.into(), 128, 2));
        let sum = floats_of(&before, "shares").iter().sum::<f32>()
            + get(&before, "biases").as_f64().unwrap() as f32;
        assert!((sum - get(&before, "lead").as_f64().unwrap() as f32).abs() < 1e-4, "{sum}");
        let unit = JsValue::from(insight.unit(5, false, 8).unwrap());
        assert_eq!(floats_of(&unit, "outgoing").len(), 10);
        assert!(floats_of(&unit, "sums").is_sorted_by(|one, other| one >= other));

        session.train(1, 5).await.unwrap();
        insight.renew(session.parameters().unwrap());
        let after = JsValue::from(insight.read(&image, Some(4)).unwrap());
        assert_ne!(floats_of(&before, "gradient"), floats_of(&after, "gradient"));
        let pictures = JsValue::from(insight.pictures(120, 128, true));
        assert_eq!(get(&pictures, "pixels").dyn_into::<Int8Array>().unwrap().length(), 8 * 784);

        assert_eq!(message(insight.unit(128, false, 8).err().unwrap()), "unit 128 of a layer of 128 units");
        assert!(insight.read(&image[1..], None).is_err() && insight.read(&image, Some(10)).is_err());
        let error = Session::new(Configuration::new(0, 32), None).unwrap().insight().err().unwrap();
        assert_eq!(message(error), "there are no digits to look with yet");
    }
}
