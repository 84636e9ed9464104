//! What lies on the sheet, made ready to be read.

use js_sys::{Float32Array, Int32Array, Uint8Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::object;
use crate::Error;
use crate::data::PIXELS;
use crate::drawing::{BOX_SIDE, Centred, Drawing, Point, Sample};
use crate::scan::{Mask, Scan};

/// The plain objects that cross to JavaScript.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The way to the 28 × 28 pixels. Lengths in pixels are counted from the image's upper left corner. */
export interface Stages {
    /** Left, top, right and bottom of the box of the strokes, in their own unit, or of the digit, in pixels of the picture. */
    bounds: Float32Array;
    /** Pixels to that unit; 0 for a dot. */
    scale: number;
    /** The longer side of what ink may fill, in pixels. */
    boxSide: number;
    /** Where the centre of mass goes, across as down: the middle of pixel 14. */
    centre: number;
    /** Width of the pen where it is widest, or of the picture's strokes on average, in pixels. */
    pen: number;
    /** The ink before its shift: 28 × 28 pixels, 0 (paper) to 255 (ink), row by row. */
    unshifted: Uint8Array;
    /** Its centre of mass, x and y in pixels. */
    centreOfMass: Float32Array;
    /** Whole pixels to the right and down, by which it is shifted. */
    shift: Int32Array;
    /** What the network reads. */
    image: Uint8Array;
}

export interface StrokeStages extends Stages {
    /** The strokes as smooth lines, scaled: x, y and the pen's width in pixels, point after point. */
    curves: Float32Array;
    /** How many points each of them has. */
    lengths: Uint32Array;
}

export interface PictureStages extends Stages {
    /** Whether its ink is darker than its ground. */
    isDark: boolean;
    /** Width of the strokes in pixels, had it not been changed. */
    penFound: number;
    /** Other things that might be digits. */
    others: number;
    /** Left, top, right and bottom of the part that was looked at from near, in pixels of the picture. */
    part: Float32Array;
    /** Pixels of the mask in a row. */
    maskWidth: number;
    /** Where the ink is in that part: 1 for ink, row by row. */
    mask: Uint8Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// `StrokeStages` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "StrokeStages")]
    pub type StrokeStagesObject;

    /// `PictureStages` of the TypeScript section.
    #[wasm_bindgen(typescript_type = "PictureStages")]
    pub type PictureStagesObject;
}

/// The ink on the sheet, on its way to the pixels that a network reads.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Ink(Source);

#[derive(Debug)]
enum Source {
    Strokes(Box<Drawing>),
    Image(Box<[u8; PIXELS]>),
}

impl Ink {
    /// What a network reads.
    pub(super) fn pixels(&self) -> &[u8; PIXELS] {
        match &self.0 {
            Source::Strokes(drawing) => &drawing.centred.image,
            Source::Image(image) => image,
        }
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
        Ok(Drawing::new(&strokes).map(|drawing| Ink(Source::Strokes(Box::new(drawing)))))
    }

    /// The ink of the pixels themselves, as a picture's stages have them: 28 × 28, 0 (paper) to 255 (ink), row by row.
    ///
    /// # Errors
    /// For another number of pixels.
    #[wasm_bindgen(js_name = ofImage)]
    pub fn of_image(image: &[u8]) -> Result<Ink, JsError> {
        let pixels: [u8; PIXELS] = image
            .try_into()
            .map_err(|_| JsError::new(&format!("an image of {} pixels: expected {PIXELS}", image.len())))?;
        Ok(Ink(Source::Image(Box::new(pixels))))
    }

    /// The 28 × 28 pixels that a network reads, 0 (paper) to 255 (ink), row by row.
    #[wasm_bindgen(getter)]
    pub fn image(&self) -> Vec<u8> {
        self.pixels().to_vec()
    }

    /// The way to them from strokes; nothing of an image, which may have come by any.
    pub fn stages(&self) -> Option<StrokeStagesObject> {
        let Source::Strokes(drawing) = &self.0 else { return None };
        let Drawing { bounds, scale, curves, centred } = &**drawing;
        let lengths: Vec<u32> = curves.iter().map(|curve| curve.len() as u32).collect();
        let width = |sample: &Sample| sample.width * Drawing::PEN_WIDTH;
        let pen = curves.iter().flatten().map(width).fold(0.0, f32::max);
        let curves: Vec<f32> =
            curves.iter().flatten().flat_map(|it| [it.at[0], it.at[1], width(it)]).collect();
        let own = [
            ("curves", Float32Array::from(&curves[..]).into()),
            ("lengths", Uint32Array::from(&lengths[..]).into()),
        ];
        let common = common(*bounds, *scale, pen, centred);
        Some(object(&[&common[..], &own].concat()).unchecked_into())
    }
}

/// Finds the digit in a picture: a byte for each of red, green, blue and opacity, row by row.
///
/// # Errors
/// When there is none: an `Error` whose `name` is `EvenPicture` or `NoDigit`. When the bytes do not fit the size: another.
#[wasm_bindgen(js_name = readPicture)]
pub fn read_picture(rgba: &[u8], width: usize, height: usize) -> Result<PictureStagesObject, js_sys::Error> {
    let Scan { bounds, is_dark, mask, scale, widths, others, centred } = Scan::new(rgba, width, height)
        .map_err(|error| {
            let js = js_sys::Error::new(&error.to_string());
            match error {
                Error::EvenPicture => js.set_name("EvenPicture"),
                Error::NoDigit => js.set_name("NoDigit"),
                _ => {}
            }
            js
        })?;
    let Mask { part, width, ink } = mask;
    let mask: Vec<u8> = ink.into_iter().map(u8::from).collect();
    let own = [
        ("isDark", is_dark.into()),
        ("penFound", widths[0].into()),
        ("others", others.into()),
        ("part", Float32Array::from(part.as_flattened()).into()),
        ("maskWidth", width.into()),
        ("mask", Uint8Array::from(&mask[..]).into()),
    ];
    let common = common(bounds, scale, widths[1], &centred);
    Ok(object(&[&common[..], &own].concat()).unchecked_into())
}

/// What both have: `Stages` of the TypeScript section.
fn common(bounds: [Point; 2], scale: f32, pen: f32, centred: &Centred) -> [(&'static str, JsValue); 9] {
    [
        ("bounds", Float32Array::from(bounds.as_flattened()).into()),
        ("scale", scale.into()),
        ("boxSide", BOX_SIDE.into()),
        ("centre", Centred::CENTRE.into()),
        ("pen", pen.into()),
        ("unshifted", Uint8Array::from(&centred.unshifted[..]).into()),
        ("centreOfMass", Float32Array::from(&centred.centre_of_mass[..]).into()),
        ("shift", Int32Array::from(&centred.shift[..]).into()),
        ("image", Uint8Array::from(&centred.image[..]).into()),
    ]
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

    #[test]
    fn pictures_are_read_or_say_why_not() {
        // A bar of four columns, 20 rows high, on a sheet of 32 × 32.
        let rgba = |bar: u8| -> Vec<u8> {
            let is_bar = |at: usize| (14..18).contains(&(at % 32)) && (6..26).contains(&(at / 32));
            (0..1024)
                .flat_map(|at| [if is_bar(at) { bar } else { 240 }; 3].into_iter().chain([255]))
                .collect()
        };
        let stages = JsValue::from(read_picture(&rgba(20), 32, 32).unwrap());
        let get = |name: &str| js_sys::Reflect::get(&stages, &name.into()).unwrap();
        let image = get("image").dyn_into::<Uint8Array>().unwrap().to_vec();
        assert!(image[14 * 28 + 14] > 200 && image[14 * 28 + 4] == 0);
        assert_eq!((get("isDark"), get("others")), (true.into(), 0.into()));
        let mask = get("mask").dyn_into::<Uint8Array>().unwrap().to_vec();
        assert!(mask.contains(&1) && mask.contains(&0));
        let why = |rgba: &[u8], width: usize| read_picture(rgba, width, 1).err().unwrap().name();
        assert_eq!(why(&[255; 4], 1), "EvenPicture");
        assert_eq!(why(&[255; 4], 9), "Error");
        let ink = Ink::of_image(&image).unwrap();
        assert_eq!(ink.image(), image);
        assert!(ink.stages().is_none());
        assert!(Ink::of_image(&image[1..]).is_err());
    }
}
