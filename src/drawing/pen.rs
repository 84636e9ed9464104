//! Ink on paper: how dark a round pen makes each pixel.

use std::ops::Range;

use super::{BOX_SIDE, Sample};
use crate::data::PIXELS;

/// Rows and columns of an image.
pub(super) const SIDE: usize = 28;

/// A round pen: at `width` its ink is half as dark, and from full ink to bare paper it takes `edge`, both in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pen {
    pub width: f32,
    pub edge: f32,
}

/// The rows and columns that ink may reach: MNIST's digits were cut to their box before they were made soft.
const BOX: Range<usize> = (SIDE - BOX_SIDE as usize) / 2..(SIDE + BOX_SIDE as usize) / 2;

/// What the pen leaves of `lines` (pixels from the upper left corner): 0 (paper) to 255 (ink).
///
/// How deep a pixel lies in the ink says how dark it is, on a curve that is flat at both ends of the edge. Where lines cross or join,
/// ink is not added twice. Between two samples the pen's width changes evenly. What lies outside the 20-pixel box is left out.
pub(super) fn cover<'a>(lines: impl Iterator<Item = &'a [Sample]>, pen: Pen) -> [u8; PIXELS] {
    let mut depths = [[0.0; STRIDE]; SIDE];
    for line in lines {
        if let [dot] = line {
            stroke(&mut depths, [dot, dot], pen);
        }
        for ends in line.windows(2) {
            stroke(&mut depths, [&ends[0], &ends[1]], pen);
        }
    }
    shade(pen.edge, |x, y| depths[y][x])
}

/// The pixels of ink in which the one in column `x` and row `y` lies `depth(x, y)` pixels deep: full ink from `edge` on.
pub(super) fn shade(edge: f32, depth: impl Fn(usize, usize) -> f32) -> [u8; PIXELS] {
    let mut image = [0; PIXELS];
    for (y, pixels) in image.chunks_exact_mut(SIDE).enumerate().take(BOX.end).skip(BOX.start) {
        for (x, pixel) in pixels.iter_mut().enumerate().take(BOX.end).skip(BOX.start) {
            let inside = (depth(x, y) / edge).clamp(0.0, 1.0);
            let ink = inside * inside * (3.0 - 2.0 * inside);
            *pixel = (ink * 255.0 + 0.5) as u8;
        }
    }
    image
}

/// Pixels whose depths are worked out together: as many as a short piece of line and its ink are wide.
const BLOCK: usize = 8;

/// A row of depths, long enough that a block may begin in the last column.
const STRIDE: usize = SIDE + BLOCK;

/// Deepens each pixel, in pixels from where the ink ends, to where it lies in the ink of one segment.
fn stroke(depths: &mut [[f32; STRIDE]; SIDE], [from, to]: [&Sample; 2], pen: Pen) {
    // How far ink reaches from the line, at both ends.
    let [reach, far_reach] = [from, to].map(|sample| (pen.width * sample.width + pen.edge) / 2.0);
    let growth = far_reach - reach;
    let (from, to, most) = (from.at, to.at, reach.max(far_reach));
    let along = [to[0] - from[0], to[1] - from[1]];
    let squared_length = along[0] * along[0] + along[1] * along[1];
    let per_length = if squared_length > 0.0 { 1.0 / squared_length } else { 0.0 };
    let pixels = |axis: usize| {
        let low = from[axis].min(to[axis]) - most;
        let high = from[axis].max(to[axis]) + most;
        // `as` saturates: what lies outside the image is left out.
        low as usize..(high.ceil() as usize).min(SIDE)
    };
    let columns = pixels(0);
    for y in pixels(1) {
        let dy = y as f32 + 0.5 - from[1];
        for start in columns.clone().step_by(BLOCK) {
            // Straight through, no branches: the compiler makes SIMD of it.
            for (lane, depth) in depths[y][start..start + BLOCK].iter_mut().enumerate() {
                let dx = (start + lane) as f32 + 0.5 - from[0];
                let t = ((dx * along[0] + dy * along[1]) * per_length).clamp(0.0, 1.0);
                let away = [dx - t * along[0], dy - t * along[1]];
                let found = reach + t * growth - (away[0] * away[0] + away[1] * away[1]).sqrt();
                // Not `f32::max`, which minds NaN and is a call in wasm.
                *depth = if found > *depth { found } else { *depth };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Point;
    use super::*;

    fn pen(width: f32) -> Pen {
        Pen { width, edge: 1.5 }
    }

    /// What the pen leaves of polylines, as wide as it is throughout.
    fn covered<const N: usize>(lines: [&[Point]; N], pen: Pen) -> [u8; PIXELS] {
        let lines = lines.map(|line| line.iter().copied().map(Sample::from).collect::<Vec<_>>());
        cover(lines.iter().map(Vec::as_slice), pen)
    }

    fn ink(image: &[u8; PIXELS]) -> f32 {
        image.iter().map(|&value| f32::from(value) / 255.0).sum()
    }

    #[test]
    fn a_line_is_as_dark_as_its_area() {
        for (from, to) in [([6.5, 9.3], [21.0, 9.3]), ([6.5, 7.0], [20.0, 21.5]), ([12.1, 6.0], [15.9, 22.0])]
        {
            let image = covered([&[from, to]], pen(2.4));
            let along: Point = [to[0] - from[0], to[1] - from[1]];
            let length = along[0].hypot(along[1]);
            let area = length * 2.4 + std::f32::consts::PI * 1.2 * 1.2;
            assert!(
                (ink(&image) - area).abs() < 0.02 * area,
                "{from:?} to {to:?}: {} of {area}",
                ink(&image)
            );
        }
    }

    #[test]
    fn an_edge_fades_from_ink_to_paper() {
        // Half a pixel above the middle of row 14. The edge lies from 1 to 2.5 pixels away.
        let width = 3.5;
        let image = covered([&[[8.0, 14.0], [20.0, 14.0]]], pen(width));
        let column: Vec<u8> = (0..SIDE).map(|y| image[y * SIDE + 14]).filter(|&value| value > 0).collect();
        let fade = |distance: f32| {
            let inside = (2.5 - distance) / 1.5;
            (255.0 * (3.0 * inside.powi(2) - 2.0 * inside.powi(3))).round() as u8
        };
        assert_eq!(column, [fade(1.5), 255, 255, fade(1.5)]);
    }

    #[test]
    fn ink_is_not_added_twice() {
        let line = [[6.0, 14.0], [22.0, 14.0]];
        let once = covered([&line], pen(2.0));
        assert_eq!(covered([&line, &line], pen(2.0)), once);
        let halves = [line[0], [14.0, 14.0], line[1]];
        assert_eq!(covered([&halves], pen(2.0)), once);
    }

    #[test]
    fn ink_is_cut_off_at_the_box() {
        let image = covered([&[[14.0, 2.0], [14.0, 26.0]], &[[2.0, 14.0], [26.0, 14.0]]], pen(2.4));
        for (at, &value) in image.iter().enumerate() {
            assert!(value == 0 || (BOX.contains(&(at / SIDE)) && BOX.contains(&(at % SIDE))), "{at}");
        }
        assert!(BOX.eq(4..24) && image[4 * SIDE + 14] > 200 && image[14 * SIDE + 23] > 200);
    }

    #[test]
    fn outside_the_image_is_left_out() {
        let far = covered([&[[-1e9, 5.0], [-40.0, 5.0]], &[[400.0, 1e30]]], pen(2.0));
        assert_eq!(far, [0; PIXELS]);
    }

    /// A stroke that widens has, in each column, the ink of a stroke that is as wide there.
    #[test]
    fn a_pen_widens_evenly_between_two_samples() {
        let ends = [Sample { at: [6.0, 14.0], width: 0.5 }, Sample { at: [22.0, 14.0], width: 1.5 }];
        let wedge = cover([&ends[..]].into_iter(), pen(2.4));
        for column in 8..20 {
            let width = 0.5 + (column as f32 + 0.5 - 6.0) / 16.0;
            let even = cover([&ends.map(|end| Sample { width, ..end })[..]].into_iter(), pen(2.4));
            for y in 0..SIDE {
                let [found, wanted] = [&wedge, &even].map(|image| image[y * SIDE + column]);
                assert!(found.abs_diff(wanted) <= 1, "column {column}, row {y}: {found}, not {wanted}");
            }
        }
    }
}
