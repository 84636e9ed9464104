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

mod curve;
mod pen;

pub(crate) use curve::smooth;
pub(crate) use pen::Pen;
use pen::{SIDE, cover};

use crate::data::PIXELS;

/// A point: x to the right and y down, in any unit.
pub type Point = [f32; 2];

/// The pen that drawings are drawn with.
///
/// Its edge is soft, for MNIST's digits were shrunk from larger scans by a filter wider than a pixel: of the nonzero
/// pixels of its 60,000 training images 11 % are below 32, 6 to 9 % in each further 32 levels and 38 % above 249. Bare coverage (a
/// linear edge of 1 pixel) has 6 % at the light end. A pen of 2.45 pixels with an edge of 1.45 has MNIST's ink, width and grey levels, and
/// built-in digits are drawn with it; people's drawings are read better with a thinner one, whose small loops stay open. See [`LENGTH`].
const PEN: Pen = Pen { width: 2.0, edge: 1.75 };

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
const LENGTH: f32 = 18.75;

/// The longer side of a drawing's ink in pixels, down to the faintest. Of MNIST's 60,000 training images 59,987 have it.
pub const BOX_SIDE: f32 = 20.0;

/// Where the centre of mass goes, in pixels from the image's edge: the middle of pixel 14, counted from 0.
///
/// Measured on MNIST's 60,000 training images: over pixel indices the centre of mass is 13.996 down and 14.007 across on average, 98 %
/// of them lie from 13.51 to 14.49, and the standard deviation is 0.289 = 1 / √12. So it is uniform over the pixel whose
/// index is 14: whole-pixel shifts to 14, not to the 13.5 that is the middle of the 28 indices.
const CENTRE: f32 = 14.5;

/// A drawing on its way from strokes to pixels, every step kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Upper left and lower right corner of the points' bounding box, in the strokes' own unit.
    pub bounds: [Point; 2],
    /// The strokes as smooth lines, scaled to the 20-pixel box: pixels from the image's upper left corner, before the shift.
    pub curves: Vec<Vec<Point>>,
    /// The ink before the shift: 28 × 28 rows of 0 (paper) to 255 (ink).
    pub unshifted: [u8; PIXELS],
    /// Centre of mass of `unshifted`, in pixels from the image's upper left corner.
    pub centre_of_mass: Point,
    /// Whole pixels from `unshifted` to `image`, to the right and down.
    pub shift: [i32; 2],
    /// The 28 × 28 pixels that a network reads.
    pub image: [u8; PIXELS],
}

impl Drawing {
    /// The steps from `strokes`, one list of points for each time the pen was down, to pixels.
    ///
    /// A stroke of one point is a dot. Nothing else is too small or too large: a drawing fills the box, whatever its size,
    /// so only who knows the canvas can tell a slip of the pen from a digit. Points that are not finite are left out, and so
    /// are strokes without any other; `None` when nothing is left, for there is no ink to read.
    pub fn new(strokes: &[Vec<Point>]) -> Option<Self> {
        let bounds = bounds(strokes.iter().flatten().filter(|point| is_finite(point)))?;
        let mut curves = grid(strokes, bounds).iter().map(|stroke| smooth(stroke)).collect::<Vec<_>>();
        fit(&mut curves, PEN, LENGTH);
        let unshifted = cover(curves.iter().map(Vec::as_slice), PEN);
        let centre_of_mass = centre_of_mass(&unshifted);
        let shift = shift_to_centre(&unshifted, centre_of_mass);
        let image = shifted(&unshifted, shift);
        Some(Drawing { bounds, curves, unshifted, centre_of_mass, shift, image })
    }
}

/// The 28 × 28 pixels of a drawing, 0 (paper) to 255 (ink), row by row; `None` without ink. See [`Drawing::new`].
pub fn rasterise(strokes: &[Vec<Point>]) -> Option<[u8; PIXELS]> {
    Drawing::new(strokes).map(|drawing| drawing.image)
}

/// The 28 × 28 pixels of smooth lines in any unit, drawn with `pen`; on its longer side the ink is `length` pixels from half dark to half
/// dark, up to [`BOX_SIDE`]. Moves the lines to the box.
pub(crate) fn ink(curves: &mut [Vec<Point>], pen: Pen, length: f32) -> [u8; PIXELS] {
    fit(curves, pen, length);
    let unshifted = cover(curves.iter().map(Vec::as_slice), pen);
    shifted(&unshifted, shift_to_centre(&unshifted, centre_of_mass(&unshifted)))
}

/// Scales `curves` so that `pen` leaves ink of `length` pixels on the longer side of its box, and moves the box's centre to the image's.
///
/// A dot has no side to scale: it becomes a dot as wide as the pen.
fn fit(curves: &mut [Vec<Point>], pen: Pen, length: f32) {
    let Some([low, high]) = bounds(curves.iter().flatten()) else { return };
    let longer = (high[0] - low[0]).max(high[1] - low[1]);
    let scale = if longer > 0.0 { (length - pen.width) / longer } else { 0.0 };
    let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
    for point in curves.iter_mut().flatten() {
        *point = [0, 1].map(|axis| SIDE as f32 / 2.0 + (point[axis] - middle[axis]) * scale);
    }
}

/// Centre of mass in pixels from the upper left corner. The sums are whole numbers, so they are exact.
fn centre_of_mass(image: &[u8; PIXELS]) -> Point {
    let (mut mass, mut moments) = (0u32, [0u32; 2]);
    for (y, row) in (0u32..).zip(image.chunks_exact(SIDE)) {
        let mut row_mass = 0;
        for (x, &value) in (0u32..).zip(row) {
            row_mass += u32::from(value);
            moments[0] += x * u32::from(value);
        }
        mass += row_mass;
        moments[1] += y * row_mass;
    }
    // A pixel's own mass lies in its middle.
    moments.map(|moment| moment as f32 / mass.max(1) as f32 + 0.5)
}

/// The shift that takes the centre of mass into the centre's pixel, or as near as ink may go without leaving the image.
fn shift_to_centre(image: &[u8; PIXELS], centre_of_mass: Point) -> [i32; 2] {
    let last = SIDE as i32 - 1;
    let (mut low, mut high) = ([last; 2], [0; 2]);
    for (y, row) in (0..).zip(image.chunks_exact(SIDE)) {
        for (x, _) in (0..).zip(row).filter(|(_, value)| **value != 0) {
            for (axis, at) in [x, y].into_iter().enumerate() {
                low[axis] = low[axis].min(at);
                high[axis] = high[axis].max(at);
            }
        }
    }
    [0, 1].map(|axis| {
        let wanted = (CENTRE - centre_of_mass[axis] + 0.5).floor() as i32;
        wanted.max(-low[axis]).min(last - high[axis])
    })
}

/// `image` moved by whole pixels to the right and down.
fn shifted(image: &[u8; PIXELS], [right, down]: [i32; 2]) -> [u8; PIXELS] {
    let mut moved = [0; PIXELS];
    let side = SIDE as i32;
    let columns = right.max(0)..(side + right).min(side);
    for y in down.max(0)..(side + down).min(side) {
        let to = (y * side + columns.start) as usize..(y * side + columns.end) as usize;
        let from = ((y - down) * side + columns.start - right) as usize;
        moved[to.clone()].copy_from_slice(&image[from..from + to.len()]);
    }
    moved
}

/// Longer side of the grid in units: about 1/51 of a pixel each, too fine to see.
///
/// A power of two, so that whole coordinates in a box of up to 2,048 never lie halfway between two units, and scaling them,
/// with `f32`'s rounding, does not change a bit of the image.
pub(crate) const GRID: f64 = 1024.0;

/// Points on a grid that knows neither the drawing's size nor its place. Points that fall on the one before are dropped.
fn grid(strokes: &[Vec<Point>], [low, high]: [Point; 2]) -> Vec<Vec<Point>> {
    // In f64, where no difference of two f32 overflows.
    let side = |axis| f64::from(high[axis]) - f64::from(low[axis]);
    let longer = side(0).max(side(1));
    let scale = if longer > 0.0 { GRID / longer } else { 0.0 };
    let unit = |at: f32, axis: usize| ((f64::from(at) - f64::from(low[axis])) * scale + 0.5).floor() as f32;
    strokes
        .iter()
        .map(|stroke| {
            let points = stroke.iter().filter(|point| is_finite(point));
            let mut points: Vec<_> = points.map(|&[x, y]| [unit(x, 0), unit(y, 1)]).collect();
            points.dedup();
            points
        })
        .filter(|stroke| !stroke.is_empty())
        .collect()
}

/// Upper left and lower right corner of the points' box.
fn bounds<'a>(mut points: impl Iterator<Item = &'a Point>) -> Option<[Point; 2]> {
    let &first = points.next()?;
    Some(points.fold([first; 2], |[low, high], point| {
        [[0, 1].map(|axis| low[axis].min(point[axis])), [0, 1].map(|axis| high[axis].max(point[axis]))]
    }))
}

fn is_finite(point: &Point) -> bool {
    point.iter().all(|coordinate| coordinate.is_finite())
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
        let drawing = Drawing::new(&five()).unwrap();
        assert_eq!(drawing.bounds, [[6.0, 10.0], [40.0, 70.0]]);
        assert_eq!(Some(drawing.image), rasterise(&five()));
        assert_eq!(shifted(&drawing.unshifted, drawing.shift), drawing.image);
        let rows: Vec<_> =
            drawing.unshifted.chunks_exact(SIDE).map(|row| row.iter().any(|&v| v > 0)).collect();
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
        let [slow, quick] = [400, 12].map(|samples| Drawing::new(&circle(samples)).unwrap().unshifted);
        let worst = slow.iter().zip(&quick).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst < 12, "{worst} of 255 off");
    }

    #[test]
    fn a_shift_moves_every_pixel() {
        let mut image = [0; PIXELS];
        image[5 * SIDE + 7] = 9;
        assert_eq!(shifted(&image, [-3, 2])[7 * SIDE + 4], 9);
        assert_eq!(shifted(&image, [-8, 0]), [0; PIXELS]);
        assert_eq!(shifted(&shifted(&image, [2, -5]), [-2, 5]), image);
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
                let finite = strokes.iter().flatten().any(is_finite);
                prop_assert_eq!(rasterise(&strokes).is_some(), finite);
            }

            #[test]
            fn is_20_pixels_long_and_centred(strokes in strokes(-1e3f32..1e3)) {
                let Some(drawing) = Drawing::new(&strokes) else { return Ok(()) };
                let inked = |image: &[u8; PIXELS], x: usize, y: usize| image[y * SIDE + x] > 0;
                let columns = (0..SIDE).filter(|&x| (0..SIDE).any(|y| inked(&drawing.image, x, y)));
                let rows = (0..SIDE).filter(|&y| (0..SIDE).any(|x| inked(&drawing.image, x, y)));
                let (columns, rows): (Vec<_>, Vec<_>) = (columns.collect(), rows.collect());
                let extent = |at: &[usize]| at[at.len() - 1] - at[0] + 1;
                let dot = strokes.iter().flatten().all(|point| point == &drawing.bounds[0]);
                if !dot {
                    prop_assert_eq!(extent(&columns).max(extent(&rows)), BOX_SIDE as usize);
                }
                prop_assert_eq!(ink(&drawing.image), ink(&drawing.unshifted), "no ink is lost");
                let centre = centre_of_mass(&drawing.image);
                for (axis, at) in [columns, rows].iter().enumerate() {
                    let at_edge = at[0] == 0 || at[at.len() - 1] == SIDE - 1;
                    // The half pixel, and f32's rounding of a number near 14.
                    let off = (centre[axis] - CENTRE).abs();
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
