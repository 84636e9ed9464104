//! What lies on the sheet, made ready to be read.

use js_sys::{Float32Array, Int32Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::object;
use crate::data::PIXELS;
use crate::drawing::{BOX_SIDE, Centred, Drawing, Sample};

/// The plain objects that cross to JavaScript.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The way of strokes to the 28 × 28 pixels. Lengths in pixels are counted from the image's upper left corner. */
export interface Stages {
    /** Left, top, right and bottom of the strokes' box, in their own unit. */
    bounds: Float32Array;
    /** Pixels to that unit; 0 for a dot. */
    scale: number;
    /** The longer side of what ink may fill, in pixels. */
    boxSide: number;
    /** Width of the pen where it is widest, in pixels. */
    pen: number;
    /** Where the centre of mass goes, across as down: the middle of pixel 14. */
    centre: number;
    /** The strokes as smooth lines, scaled: x, y and the pen's width in pixels, point after point. */
    curves: Float32Array;
    /** How many points each of them has. */
    lengths: Uint32Array;
    /** The ink before its shift: 28 × 28 pixels, 0 (paper) to 255 (ink), row by row. */
    unshifted: Uint8Array;
    /** Its centre of mass, x and y in pixels. */
    centreOfMass: Float32Array;
    /** Whole pixels to the right and down, by which it is shifted. */
    shift: Int32Array;
    /** What the network reads. */
    image: Uint8Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `Stages` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "Stages")]
    pub type StagesObject;
}

/// The ink on the sheet, on its way to the pixels that a network reads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ink(Box<Drawing>);

impl Ink {
    /// What a network reads.
    pub(super) fn pixels(&self) -> &[u8; PIXELS] {
        &self.0.centred.image
    }
}

#[wasm_bindgen]
impl Ink {
    /// The ink of strokes. `samples` is x, y, width, x, y, width, …: x and y in any unit, y downwards, the width as a multiple of the usual
    /// pen's; `lengths` says how many samples each stroke has. Nothing where there is no ink.
    ///
    /// # Errors
    /// When the lengths do not fit the samples.
    #[wasm_bindgen(js_name = ofStrokes)]
    pub fn of_strokes(samples: &[f32], lengths: &[u32]) -> Result<Option<Ink>, JsError> {
        let (samples, rest) = samples.as_chunks::<3>();
        let sum: usize = lengths.iter().map(|&length| length as usize).sum();
        if !rest.is_empty() || sum != samples.len() {
            let found = samples.len();
            return Err(JsError::new(&format!("strokes of {sum} samples, but {found} samples")));
        }
        let mut samples = samples.iter().map(|&[x, y, width]| Sample { at: [x, y], width });
        let strokes: Vec<Vec<Sample>> =
            lengths.iter().map(|&length| samples.by_ref().take(length as usize).collect()).collect();
        Ok(Drawing::new(&strokes).map(|drawing| Ink(Box::new(drawing))))
    }

    /// The 28 × 28 pixels that a network reads, 0 (paper) to 255 (ink), row by row.
    #[wasm_bindgen(getter)]
    pub fn image(&self) -> Vec<u8> {
        self.pixels().to_vec()
    }

    /// The way to them.
    pub fn stages(&self) -> StagesObject {
        let Drawing { bounds: [low, high], scale, curves, centred } = &*self.0;
        let lengths: Vec<u32> = curves.iter().map(|curve| curve.len() as u32).collect();
        let width = |sample: &Sample| sample.width * Drawing::PEN_WIDTH;
        let widest = curves.iter().flatten().map(width).fold(0.0, f32::max);
        let curves: Vec<f32> =
            curves.iter().flatten().flat_map(|it| [it.at[0], it.at[1], width(it)]).collect();
        object(&[
            ("bounds", Float32Array::from([*low, *high].as_flattened()).into()),
            ("scale", (*scale).into()),
            ("boxSide", BOX_SIDE.into()),
            ("pen", widest.into()),
            ("centre", Centred::CENTRE.into()),
            ("curves", Float32Array::from(&curves[..]).into()),
            ("lengths", Uint32Array::from(&lengths[..]).into()),
            ("unshifted", Uint8Array::from(&centred.unshifted[..]).into()),
            ("centreOfMass", Float32Array::from(&centred.centre_of_mass[..]).into()),
            ("shift", Int32Array::from(&centred.shift[..]).into()),
            ("image", Uint8Array::from(&centred.image[..]).into()),
        ])
        .unchecked_into()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn strokes_leave_ink() {
        // Three points, which the pen's grey levels need not make quite black.
        let ink = Ink::of_strokes(&[5.0, 0.0, 1.0, 5.0, 9.0, 1.0, 1.0, 1.0, 1.0], &[2, 1]).unwrap().unwrap();
        assert!(ink.image().len() == PIXELS && ink.image().iter().any(|&it| it > 127));
        assert!(Ink::of_strokes(&[], &[]).unwrap().is_none());
        assert!(Ink::of_strokes(&[f32::NAN, 1.0, 1.0], &[1]).unwrap().is_none());
        let error = JsValue::from(Ink::of_strokes(&[1.0, 2.0, 1.0], &[3]).err().unwrap());
        let error = error.dyn_into::<js_sys::Error>().expect("an Error, not a string").message();
        assert_eq!(error, "strokes of 3 samples, but 1 samples");
    }

    #[test]
    fn stages_are_those_of_the_image() {
        let ink = Ink::of_strokes(&[0.2, 0.1, 1.0, 0.2, 0.5, 1.4, 0.3, 0.5, 1.4], &[3]).unwrap().unwrap();
        let stages = JsValue::from(ink.stages());
        let get = |name: &str| js_sys::Reflect::get(&stages, &name.into()).unwrap();
        let floats = |name: &str| get(name).dyn_into::<Float32Array>().unwrap().to_vec();
        assert_eq!(floats("bounds"), [0.2, 0.1, 0.3, 0.5]);
        let lengths = get("lengths").dyn_into::<Uint32Array>().unwrap().to_vec();
        let curves = floats("curves");
        assert_eq!(curves.len(), 3 * lengths[0] as usize);
        let last = &curves[curves.len() - 3..];
        // 14 pixels is the middle, and the pen's own width no part of this.
        assert!(last[1] > 20.0 && last[1] < 24.0 && (last[2] / curves[2] - 1.4).abs() < 1e-6, "{last:?}");
        assert_eq!(get("image").dyn_into::<Uint8Array>().unwrap().to_vec(), ink.image());
    }
}
