//! Strokes → 28 × 28, the way MNIST was made.
//!
//! MNIST's digits were cut out of scanned forms, scaled so that the longer side of the ink's box is 20 pixels, and placed so
//! that their centre of mass is at the centre of a 28 × 28 image (LeCun, Bottou, Bengio and Haffner, "Gradient-based
//! learning applied to document recognition", 1998). A model of such images reads drawings only if they are made
//! the same way, from points rather than from a picture of them:
//!
//! ```text
//! strokes → grid      box of the points, longer side 1,024 units, rounded: size and place are gone, to the bit
//!         → curves    a smooth line through the samples
//!         → fit       the ink, pen width included, is as long as the box allows, whatever the drawing's size
//!         → ink       a round pen of fixed width with a soft edge, cut off at the 20-pixel box
//!         → shift     whole pixels, centre of mass to the centre
//! ```
//!
//! Only `+ - × ÷ √` are used, which IEEE 754 rounds alike everywhere: the same strokes are the same bits on every machine.

mod centred;
mod curve;
mod pen;

pub use centred::Centred;
pub(crate) use curve::smooth;
pub(crate) use pen::Pen;
use pen::{SIDE, cover};

use std::ops::RangeInclusive;

use crate::data::PIXELS;

/// A point: x to the right and y down, in any unit.
pub type Point = [f32; 2];

/// Where a pen was, and how wide it was there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// In any unit, as long as all of a drawing have the same.
    pub at: Point,
    /// As a multiple of the usual pen's, whatever the drawing's size: [`WIDTHS`] says how narrow and how wide.
    pub width: f32,
}

impl From<Point> for Sample {
    /// The usual pen's.
    fn from(at: Point) -> Self {
        Sample { at, width: 1.0 }
    }
}

/// The pen that drawings are drawn with.
///
/// Its edge is soft, for MNIST's digits were shrunk from larger scans by a filter wider than a pixel: of the nonzero
/// pixels of its 60,000 training images 11 % are below 32, 6 to 9 % in each further 32 levels and 38 % above 249. Bare coverage (a
/// linear edge of 1 pixel) has 6 % at the light end. A pen of 2.45 pixels with an edge of 1.45 has MNIST's ink, width and grey levels, and
/// built-in digits are drawn with it; people's drawings are read better with a thinner one, whose small loops stay open. See [`LENGTH`].
const PEN: Pen = Pen { width: 2.0, edge: 1.75 };

/// How narrow and how wide a pen may be, as multiples of the usual one's width; beyond that it is as narrow or as wide as this.
///
/// So far networks hardly mind. Of the 7,494 drawings they read (quickstart and built-in: mean of two seeds; robust: one), with the pen as
/// wide throughout, or widening and narrowing within a stroke by at most so much:
///
/// | pen | quickstart | robust | built-in |
/// | --- | --- | --- | --- |
/// | 0.5 | 91.4 % | 97.8 % | 96.9 % |
/// | 0.8 | 91.5 % | 97.9 % | 97.3 % |
/// | 1 | 91.5 % | 98.0 % | 97.4 % |
/// | 1.25 | 90.9 % | 97.9 % | 97.2 % |
/// | 1.4 | 90.3 % | 97.9 % | 97.1 % |
/// | 1.6 | 89.2 % | 97.6 % | 96.4 % |
/// | 2 | 85.5 % | 96.1 % | 92.8 % |
/// | 1 ± 0.2 | 91.0 % | 97.5 % | 96.5 % |
/// | 1 ± 0.4 | 89.3 % | 96.1 % | 94.0 % |
///
/// The page's pens go from 0.6 to 1.4, and pressure changes each by a fifth.
pub const WIDTHS: RangeInclusive<f32> = 0.5..=1.7;

/// Length of a drawing's ink on its longer side, in pixels from half dark to half dark; with the faint rim that makes 20.
///
/// MNIST's digits fill the 20 pixels, and the rim outside is cut off: the outermost row of a box has pixels of 226 on average. But all
/// networks read people's drawings better a little smaller, perhaps because flourishes that MNIST's digits lack take room in the box. Of
/// 7,494 drawings by 30 people networks trained on MNIST read, and networks trained on built-in digits (as they were then; 8 seeds each):
///
/// | pen, edge | length | MNIST | built-in |
/// | --- | --- | --- | --- |
/// | 2.45, 1.45 | 20 | 89.9 % | 94.2 % |
/// | 2.45, 1.45 | 19 | 91.1 % | 95.1 % |
/// | 2.3, 1.75 | 20 | 89.8 % | 94.1 % |
/// | 2.3, 1.75 | 19 | 91.1 % | 95.1 % |
/// | 2.3, 1.75 | 18 | 91.0 % | 94.8 % |
/// | 2.0, 1.75 | 18.75 | 91.6 % | 95.3 % |
/// | 2.1, 2.25 | 18.75 | 91.1 % | 95.2 % |
pub(crate) const LENGTH: f32 = 18.75;

/// The longer side of a drawing's ink in pixels, down to the faintest. Of MNIST's 60,000 training images 59,987 have it.
pub const BOX_SIDE: f32 = 20.0;

/// A drawing on its way from strokes to pixels, every step kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Upper left and lower right corner of the points' bounding box, in the strokes' own unit.
    pub bounds: [Point; 2],
    /// Pixels to that unit: 0 for a dot, which has no side to scale.
    pub scale: f32,
    /// The strokes as smooth lines, scaled to the 20-pixel box: pixels from the image's upper left corner, before the shift.
    pub curves: Vec<Vec<Sample>>,
    /// The ink, and its shift to the centre.
    pub centred: Centred,
}

impl Drawing {
    /// Width of the usual pen in pixels of the image.
    pub const PEN_WIDTH: f32 = PEN.width;

    /// The steps from `strokes`, one list of samples for each time the pen was down, to pixels.
    ///
    /// A stroke of one sample is a dot. Nothing else is too small or too large: a drawing fills the box, whatever its size,
    /// so only who knows the canvas can tell a slip of the pen from a digit. Samples that are not finite are left out, and so
    /// are strokes without any other; `None` when nothing is left, for there is no ink to read.
    pub fn new(strokes: &[Vec<Sample>]) -> Option<Self> {
        let samples = strokes.iter().flatten().filter(|sample| is_finite(sample));
        let bounds = bounds(samples.map(|sample| sample.at))?;
        let longer = longer_side(bounds);
        let to_grid = if longer > 0.0 { GRID / longer } else { 0.0 };
        let mut curves: Vec<_> =
            grid(strokes, bounds[0], to_grid).iter().map(|stroke| smooth(stroke)).collect();
        let scale = (f64::from(fit(&mut curves, PEN, LENGTH)) * to_grid) as f32;
        let centred = Centred::new(cover(curves.iter().map(Vec::as_slice), PEN));
        Some(Drawing { bounds, scale, curves, centred })
    }
}

/// The 28 × 28 pixels of a drawing by the usual pen, 0 (paper) to 255 (ink), row by row; `None` without ink. See [`Drawing::new`].
pub fn rasterise(strokes: &[Vec<Point>]) -> Option<[u8; PIXELS]> {
    let samples = |stroke: &Vec<Point>| stroke.iter().copied().map(Sample::from).collect();
    let strokes: Vec<_> = strokes.iter().map(samples).collect();
    Drawing::new(&strokes).map(|drawing| drawing.centred.image)
}

/// The 28 × 28 pixels of smooth lines in any unit, drawn with `pen`; on its longer side the ink is `length` pixels from half dark to half
/// dark, up to [`BOX_SIDE`]. Moves the lines to the box.
pub(crate) fn ink(curves: &mut [Vec<Sample>], pen: Pen, length: f32) -> [u8; PIXELS] {
    fit(curves, pen, length);
    Centred::new(cover(curves.iter().map(Vec::as_slice), pen)).image
}

/// Scales `curves` so that `pen` leaves ink of `length` pixels on the longer side of its box, as if it were everywhere as wide as where it
/// is widest, and moves the box's centre to the image's. Answers the scale.
///
/// A dot has no side to scale: it becomes a dot as wide as the pen.
fn fit(curves: &mut [Vec<Sample>], pen: Pen, length: f32) -> f32 {
    let Some([low, high]) = bounds(curves.iter().flatten().map(|sample| sample.at)) else { return 0.0 };
    let longer = (high[0] - low[0]).max(high[1] - low[1]);
    let widest = curves.iter().flatten().fold(0.0, |widest: f32, sample| widest.max(sample.width));
    let scale = if longer > 0.0 { (length - pen.width * widest) / longer } else { 0.0 };
    let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
    for sample in curves.iter_mut().flatten() {
        sample.at = [0, 1].map(|axis| SIDE as f32 / 2.0 + (sample.at[axis] - middle[axis]) * scale);
    }
    scale
}

/// Longer side of the grid in units: about 1/51 of a pixel each, too fine to see.
///
/// A power of two, so that whole coordinates in a box of up to 2,048 never lie halfway between two units, and scaling them,
/// with `f32`'s rounding, does not change a bit of the image.
pub(crate) const GRID: f64 = 1024.0;

/// Samples on a grid that knows neither the drawing's size nor its place, `scale` units to the strokes' own. Where the pen rests it
/// leaves one sample, as wide as it was at most.
fn grid(strokes: &[Vec<Sample>], low: Point, scale: f64) -> Vec<Vec<Sample>> {
    // In f64, where no difference of two f32 overflows.
    let unit = |at: f32, low: f32| ((f64::from(at) - f64::from(low)) * scale + 0.5).floor() as f32;
    strokes
        .iter()
        .map(|stroke| {
            let samples = stroke.iter().filter(|sample| is_finite(sample));
            let mut samples: Vec<_> = samples
                .map(|&Sample { at, width }| Sample {
                    at: [0, 1].map(|axis| unit(at[axis], low[axis])),
                    width: width.clamp(*WIDTHS.start(), *WIDTHS.end()),
                })
                .collect();
            samples.dedup_by(|next, kept| {
                let rests = next.at == kept.at;
                if rests {
                    kept.width = kept.width.max(next.width);
                }
                rests
            });
            samples
        })
        .filter(|stroke| !stroke.is_empty())
        .collect()
}

/// Upper left and lower right corner of the points' box.
fn bounds(mut points: impl Iterator<Item = Point>) -> Option<[Point; 2]> {
    let first = points.next()?;
    Some(points.fold([first; 2], |[low, high], point| {
        [[0, 1].map(|axis| low[axis].min(point[axis])), [0, 1].map(|axis| high[axis].max(point[axis]))]
    }))
}

/// In f64, where it does not overflow.
fn longer_side([low, high]: [Point; 2]) -> f64 {
    let side = |axis: usize| f64::from(high[axis]) - f64::from(low[axis]);
    side(0).max(side(1))
}

fn is_finite(sample: &Sample) -> bool {
    sample.at.iter().all(|coordinate| coordinate.is_finite()) && sample.width.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 5 of 60 pixels' height, in whole coordinates.
    fn five() -> Vec<Vec<Point>> {
        let body = [[40, 10], [12, 10], [10, 34], [24, 30], [38, 38], [40, 52], [30, 66], [16, 70], [6, 62]];
        vec![body.iter().map(|p| p.map(|c| c as f32)).collect()]
    }

    fn moved(strokes: &[Vec<Point>], scale: f32, by: Point) -> Vec<Vec<Point>> {
        strokes
            .iter()
            .map(|stroke| stroke.iter().map(|p| [p[0] * scale + by[0], p[1] * scale + by[1]]).collect())
            .collect()
    }

    /// Of a pen that is `width` times as wide as the usual one.
    fn sampled(strokes: &[Vec<Point>], width: f32) -> Vec<Vec<Sample>> {
        strokes.iter().map(|stroke| stroke.iter().map(|&at| Sample { at, width }).collect()).collect()
    }

    fn ink(image: &[u8; PIXELS]) -> f32 {
        image.iter().map(|&value| f32::from(value) / 255.0).sum()
    }

    #[test]
    fn no_ink_is_none() {
        assert_eq!(rasterise(&[]), None);
        assert_eq!(rasterise(&[vec![], vec![]]), None);
        assert_eq!(rasterise(&[vec![[f32::NAN, 1.0], [1.0, f32::INFINITY]]]), None);
    }

    #[test]
    fn leaves_out_points_that_are_not_finite() {
        let mut strokes = five();
        strokes[0].insert(3, [f32::NAN, 5.0]);
        strokes.push(vec![[0.0, f32::NEG_INFINITY]]);
        assert_eq!(rasterise(&strokes), rasterise(&five()));
    }

    #[test]
    fn size_and_place_change_no_bit() {
        let image = rasterise(&five());
        for (scale, by) in
            [(1.0, [0.0; 2]), (0.37, [0.0; 2]), (1.7, [-300.0, 55.0]), (1e30, [0.0; 2]), (1e-30, [0.0; 2])]
        {
            assert_eq!(rasterise(&moved(&five(), scale, by)), image, "× {scale} + {by:?}");
        }
        assert_eq!(rasterise(&moved(&five(), 3e36, [0.0; 2])), image, "up to the largest numbers");
    }

    /// What size and pressure change: the ink's width, and neither its length nor how it is treated.
    #[test]
    fn a_wider_pen_leaves_wider_ink() {
        let line = [vec![[0.0, 0.0], [0.0, 60.0], [30.0, 60.0]]];
        let across = |width: f32| {
            let drawing = Drawing::new(&sampled(&line, width)).unwrap();
            let row = &drawing.centred.unshifted[10 * SIDE..11 * SIDE];
            row.iter().map(|&value| f32::from(value) / 255.0).sum::<f32>()
        };
        for width in [0.5, 0.7, 1.3, 1.7] {
            let (found, wanted) = (across(width), PEN.width * width);
            // Sampled at pixels, an edge that is softer than the ink is wide is off by more.
            assert!((found - wanted).abs() < 0.1 * PEN.width, "{width}: {found} for {wanted}");
        }
        assert_eq!(across(9.0), across(1.7), "there is a widest pen");
        assert_eq!(across(0.0), across(0.5), "and a narrowest");
        assert_eq!(Drawing::new(&sampled(&line, f32::NAN)), None);
        // As it is for the usual pen, a drawing's size changes nothing.
        let image =
            |scale| Drawing::new(&sampled(&moved(&five(), scale, [3.0; 2]), 1.4)).unwrap().centred.image;
        assert_eq!(image(2.5), image(1.0));
        // Where a pen rests and is pressed, it leaves the widest of its dots.
        let at = [3.0; 2];
        let pressed = [1.0, 1.5, 0.8].map(|width| Sample { at, width }).to_vec();
        assert_eq!(Drawing::new(&[pressed]), Drawing::new(&[vec![Sample { at, width: 1.5 }]]));
    }

    #[test]
    fn a_dot_is_as_wide_as_the_pen() {
        let dot = rasterise(&[vec![[17.0, 4.0]]]).unwrap();
        let area = std::f32::consts::PI * PEN.width * PEN.width / 4.0;
        // The outer half of a soft edge has the longer circumference, so a dot is a little more than its area.
        assert!((area..1.2 * area).contains(&ink(&dot)), "{} for an area of {area}", ink(&dot));
        assert_eq!(rasterise(&[vec![[3.0, 3.0]; 9]]), Some(dot), "a pen that rests");
    }

    #[test]
    fn keeps_every_step() {
        let drawing = Drawing::new(&sampled(&five(), 1.0)).unwrap();
        assert_eq!(drawing.bounds, [[6.0, 10.0], [40.0, 70.0]]);
        // The grid's 1,024 units are those 60; the curves swing out a little farther than their points.
        assert!((16.0 / 60.0..=16.75 / 60.0).contains(&drawing.scale), "{}", drawing.scale);
        assert_eq!(Some(drawing.centred.image), rasterise(&five()));
        let rows: Vec<_> =
            drawing.centred.unshifted.chunks_exact(SIDE).map(|row| row.iter().any(|&v| v > 0)).collect();
        assert_eq!(rows.iter().filter(|&&inked| inked).count(), 20, "the longer side is 20 pixels");
        assert!(rows[4] && rows[23]);
    }

    /// What a screen makes of a canvas: more points to a pixel, and strokes that go on beyond its edge.
    #[test]
    fn device_pixels_change_no_bit_and_the_canvas_has_no_edge() {
        let image = rasterise(&five());
        for ratio in [1.25, 1.5, 1.75, 2.0, 2.625, 3.0, 3.5] {
            assert_eq!(rasterise(&moved(&five(), ratio, [0.0; 2])), image, "{ratio} device pixels a pixel");
            assert_eq!(rasterise(&moved(&five(), ratio, [-20.0 * ratio; 2])), image, "half of it outside");
        }
    }

    #[test]
    fn the_pen_is_as_wide_in_every_drawing() {
        // The ink across the middle of an upright line, alone or beside another, however long it is drawn.
        let across = |strokes: &[Vec<Point>]| {
            let image = rasterise(strokes).unwrap();
            let row = &image[14 * SIDE..15 * SIDE];
            row.iter().map(|&value| f32::from(value) / 255.0).sum::<f32>()
        };
        let line = |x: f32, length: f32| vec![[x, 0.0], [x, length]];
        let one = across(&[line(0.0, 7.0)]);
        // Sampled at pixels, a soft edge is off by a few per cent.
        assert!((one - PEN.width).abs() < 0.05 * PEN.width, "{one}");
        assert_eq!(across(&[line(0.0, 900.0)]), one);
        let two = across(&[line(0.0, 100.0), line(64.0, 100.0)]);
        assert!((two - 2.0 * one).abs() < 0.1 * PEN.width, "{two}");
    }

    /// A quick circle leaves few samples: the image is nearly that of a circle drawn slowly, where straight lines are far off.
    #[test]
    fn few_samples_make_round_shapes() {
        let circle = |samples: u32| -> Vec<Vec<Point>> {
            let at = |i| (i as f32 * std::f32::consts::TAU / samples as f32).sin_cos();
            vec![(0..=samples).map(at).map(|(sine, cosine)| [100.0 * cosine, 100.0 * sine]).collect()]
        };
        // A circle's centre of mass lies between two pixels: which one the shift takes is a matter of rounding.
        let [slow, quick] =
            [400, 12].map(|samples| Drawing::new(&sampled(&circle(samples), 1.0)).unwrap().centred.unshifted);
        let worst = slow.iter().zip(&quick).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst < 12, "{worst} of 255 off");
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use proptest::prelude::*;

        use super::*;

        fn strokes(coordinate: impl Strategy<Value = f32> + Clone) -> impl Strategy<Value = Vec<Vec<Point>>> {
            let point = [coordinate.clone(), coordinate];
            prop::collection::vec(prop::collection::vec(point, 0..12), 0..5)
        }

        fn whole() -> impl Strategy<Value = f32> + Clone {
            (0i16..500).prop_map(f32::from)
        }

        proptest! {
            #[test]
            fn no_points_panic(strokes in strokes(any::<f32>())) {
                let finite = strokes.iter().flatten().any(|point| point.iter().all(|at| at.is_finite()));
                prop_assert_eq!(rasterise(&strokes).is_some(), finite);
            }

            #[test]
            fn is_20_pixels_long_and_centred(strokes in strokes(-1e3f32..1e3), width in 0.25f32..3.0) {
                let Some(drawing) = Drawing::new(&sampled(&strokes, width)) else { return Ok(()) };
                let Centred { unshifted, image, .. } = &drawing.centred;
                let inked = |image: &[u8; PIXELS], x: usize, y: usize| image[y * SIDE + x] > 0;
                let columns = (0..SIDE).filter(|&x| (0..SIDE).any(|y| inked(image, x, y)));
                let rows = (0..SIDE).filter(|&y| (0..SIDE).any(|x| inked(image, x, y)));
                let (columns, rows): (Vec<_>, Vec<_>) = (columns.collect(), rows.collect());
                let extent = |at: &[usize]| at[at.len() - 1] - at[0] + 1;
                let dot = strokes.iter().flatten().all(|point| point == &drawing.bounds[0]);
                if !dot {
                    prop_assert_eq!(extent(&columns).max(extent(&rows)), BOX_SIDE as usize);
                }
                prop_assert_eq!(ink(image), ink(unshifted), "no ink is lost");
                let centre = Centred::new(*image).centre_of_mass;
                for (axis, at) in [columns, rows].iter().enumerate() {
                    let at_edge = at[0] == 0 || at[at.len() - 1] == SIDE - 1;
                    // The half pixel, and f32's rounding of a number near 14.
                    let off = (centre[axis] - Centred::CENTRE).abs();
                    prop_assert!(at_edge || off <= 0.5 + 1e-5, "axis {axis}: {off} off");
                }
            }

            #[test]
            fn whole_coordinates_scale_and_move_to_the_bit(
                strokes in strokes(whole()),
                scale in 0.1f32..10.0,
                by in [-500i16..500, -500i16..500],
            ) {
                let image = rasterise(&strokes);
                prop_assert_eq!(rasterise(&moved(&strokes, 1.0, by.map(f32::from))), image);
                let side = |axis: usize| {
                    let at = || strokes.iter().flatten().map(|p| p[axis]);
                    at().fold(0.0, f32::max) - at().fold(500.0, f32::min)
                };
                // f32 keeps 2⁻²⁴ of a coordinate: of a drawing that is small and far away, too little.
                prop_assume!(strokes.iter().flatten().count() == 0 || side(0).max(side(1)) > 100.0);
                prop_assert_eq!(rasterise(&moved(&strokes, scale, [0.0; 2])), image);
            }
        }
    }
}
