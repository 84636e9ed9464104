//! Ink on paper: how dark a round pen makes each pixel.

use std::ops::Range;

use super::{BOX_SIDE, Point};
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
/// A pixel's distance from the nearest line says how dark it is, on a curve that is flat at both ends of the edge. Where
/// lines cross or join, ink is not added twice. What lies outside the 20-pixel box is left out.
pub(super) fn cover<'a>(lines: impl Iterator<Item = &'a [Point]>, pen: Pen) -> [u8; PIXELS] {
    let reach = (pen.width + pen.edge) / 2.0;
    let mut squared_distances = [[reach * reach; STRIDE]; SIDE];
    for line in lines {
        if let [dot] = line {
            stroke(&mut squared_distances, *dot, *dot, reach);
        }
        for ends in line.windows(2) {
            stroke(&mut squared_distances, ends[0], ends[1], reach);
        }
    }
    let mut image = [0; PIXELS];
    for (pixels, squared_distances) in
        image.chunks_exact_mut(SIDE).zip(squared_distances).take(BOX.end).skip(BOX.start)
    {
        for (pixel, squared) in pixels.iter_mut().zip(squared_distances).take(BOX.end).skip(BOX.start) {
            let inside = ((reach - squared.sqrt()) / pen.edge).clamp(0.0, 1.0);
            let ink = inside * inside * (3.0 - 2.0 * inside);
            *pixel = (ink * 255.0 + 0.5) as u8;
        }
    }
    image
}

/// Pixels whose distances are worked out together: as many as a short piece of line and its ink are wide.
const BLOCK: usize = 8;

/// A row of squared distances, long enough that a block may begin in the last column.
const STRIDE: usize = SIDE + BLOCK;

/// Lowers each pixel's squared distance to that from the segment, where the segment is within `reach`.
fn stroke(squared_distances: &mut [[f32; STRIDE]; SIDE], from: Point, to: Point, reach: f32) {
    let along = [to[0] - from[0], to[1] - from[1]];
    let squared_length = along[0] * along[0] + along[1] * along[1];
    let per_length = if squared_length > 0.0 { 1.0 / squared_length } else { 0.0 };
    let pixels = |axis: usize| {
        let low = from[axis].min(to[axis]) - reach;
        let high = from[axis].max(to[axis]) + reach;
        // `as` saturates: what lies outside the image is left out.
        low as usize..(high.ceil() as usize).min(SIDE)
    };
    let columns = pixels(0);
    for y in pixels(1) {
        let dy = y as f32 + 0.5 - from[1];
        for start in columns.clone().step_by(BLOCK) {
            // Straight through, no branches: the compiler makes SIMD of it.
            for (lane, squared) in squared_distances[y][start..start + BLOCK].iter_mut().enumerate() {
                let dx = (start + lane) as f32 + 0.5 - from[0];
                let t = ((dx * along[0] + dy * along[1]) * per_length).clamp(0.0, 1.0);
                let away = [dx - t * along[0], dy - t * along[1]];
                let found = away[0] * away[0] + away[1] * away[1];
                // Not `f32::min`, which minds NaN and is a call in wasm.
                *squared = if found < *squared { found } else { *squared };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(width: f32) -> Pen {
        Pen { width, edge: 1.5 }
    }

    fn ink(image: &[u8; PIXELS]) -> f32 {
        image.iter().map(|&value| f32::from(value) / 255.0).sum()
    }

    #[test]
    fn a_line_is_as_dark_as_its_area() {
        for (from, to) in [([6.5, 9.3], [21.0, 9.3]), ([6.5, 7.0], [20.0, 21.5]), ([12.1, 6.0], [15.9, 22.0])]
        {
            let image = cover([&[from, to][..]].into_iter(), pen(2.4));
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
        let image = cover([&[[8.0, 14.0], [20.0, 14.0]][..]].into_iter(), pen(width));
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
        let once = cover([&line[..]].into_iter(), pen(2.0));
        assert_eq!(cover([&line[..], &line[..]].into_iter(), pen(2.0)), once);
        let halves = [line[0], [14.0, 14.0], line[1]];
        assert_eq!(cover([&halves[..]].into_iter(), pen(2.0)), once);
    }

    #[test]
    fn ink_is_cut_off_at_the_box() {
        let image =
            cover([&[[14.0, 2.0], [14.0, 26.0]][..], &[[2.0, 14.0], [26.0, 14.0]][..]].into_iter(), pen(2.4));
        for (at, &value) in image.iter().enumerate() {
            assert!(value == 0 || (BOX.contains(&(at / SIDE)) && BOX.contains(&(at % SIDE))), "{at}");
        }
        assert!(BOX.eq(4..24) && image[4 * SIDE + 14] > 200 && image[14 * SIDE + 23] > 200);
    }

    #[test]
    fn outside_the_image_is_left_out() {
        let far = cover([&[[-1e9, 5.0], [-40.0, 5.0]][..], &[[400.0, 1e30]][..]].into_iter(), pen(2.0));
        assert_eq!(far, [0; PIXELS]);
    }
}
