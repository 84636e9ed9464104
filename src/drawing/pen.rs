//! Ink on paper: how dark a round pen makes each pixel.

use super::Point;
use crate::data::PIXELS;

/// Rows and columns of an image.
pub(super) const SIDE: usize = 28;

/// Pixels from full ink to bare paper across the pen's edge, on a curve that is flat at both ends.
///
/// MNIST's digits were shrunk from larger scans by a filter wider than a pixel, which left each edge a light rim. Of the
/// nonzero pixels of its 60,000 training images 11 % are below 32, 6 to 9 % in each further 32 levels and 38 % above 249. Bare
/// coverage (a linear edge of 1 pixel) has 6 % at the light end; this edge has 15 and 23 %. A quickstart model reads 1 % more of
/// people's strokes so: 91.0 % after 90.0 %, the mean of two seeds.
pub(super) const EDGE: f32 = 1.75;

/// What a round pen of `width` pixels leaves of `lines` (pixels from the upper left corner): 0 (paper) to 255 (ink).
///
/// A pixel's distance from the nearest line says how dark it is; `width` is where the edge is half as dark as ink. Where lines
/// cross or join, ink is not added twice.
pub(super) fn cover<'a>(lines: impl Iterator<Item = &'a [Point]>, width: f32) -> [u8; PIXELS] {
    let radius = width / 2.0;
    let reach = radius + EDGE / 2.0;
    let mut squared_distances = [reach * reach; PIXELS];
    for line in lines {
        if let [dot] = line {
            stroke(&mut squared_distances, *dot, *dot, reach);
        }
        for ends in line.windows(2) {
            stroke(&mut squared_distances, ends[0], ends[1], reach);
        }
    }
    squared_distances.map(|squared| {
        let inside = ((reach - squared.sqrt()) / EDGE).clamp(0.0, 1.0);
        let ink = inside * inside * (3.0 - 2.0 * inside);
        (ink * 255.0 + 0.5) as u8
    })
}

/// Lowers each pixel's squared distance to that from the segment, where the segment is within `reach`.
fn stroke(squared_distances: &mut [f32; PIXELS], from: Point, to: Point, reach: f32) {
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
        let row = &mut squared_distances[y * SIDE..][..SIDE];
        for (x, squared) in row.iter_mut().enumerate().take(columns.end).skip(columns.start) {
            let dx = x as f32 + 0.5 - from[0];
            let t = ((dx * along[0] + dy * along[1]) * per_length).clamp(0.0, 1.0);
            let away = [dx - t * along[0], dy - t * along[1]];
            *squared = squared.min(away[0] * away[0] + away[1] * away[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(image: &[u8; PIXELS]) -> f32 {
        image.iter().map(|&value| f32::from(value) / 255.0).sum()
    }

    #[test]
    fn a_line_is_as_dark_as_its_area() {
        for (from, to) in [([6.0, 9.3], [21.0, 9.3]), ([5.5, 6.0], [20.0, 21.5]), ([12.1, 4.0], [15.9, 23.0])]
        {
            let image = cover([&[from, to][..]].into_iter(), 2.4);
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
        // Half a pixel above the middle of row 14. The edge lies from 1 to 2.75 pixels away.
        let width = 2.0 + EDGE;
        let image = cover([&[[8.0, 14.0], [20.0, 14.0]][..]].into_iter(), width);
        let column: Vec<u8> = (0..SIDE).map(|y| image[y * SIDE + 14]).filter(|&value| value > 0).collect();
        let fade = |distance: f32| {
            let inside = (1.0 + EDGE - distance) / EDGE;
            (255.0 * (3.0 * inside.powi(2) - 2.0 * inside.powi(3))).round() as u8
        };
        assert_eq!(column, [fade(2.5), fade(1.5), 255, 255, fade(1.5), fade(2.5)]);
    }

    #[test]
    fn ink_is_not_added_twice() {
        let line = [[6.0, 14.0], [22.0, 14.0]];
        let once = cover([&line[..]].into_iter(), 2.0);
        assert_eq!(cover([&line[..], &line[..]].into_iter(), 2.0), once);
        let halves = [line[0], [14.0, 14.0], line[1]];
        assert_eq!(cover([&halves[..]].into_iter(), 2.0), once);
    }

    #[test]
    fn outside_the_image_is_left_out() {
        let far = cover([&[[-1e9, 5.0], [-40.0, 5.0]][..], &[[400.0, 1e30]][..]].into_iter(), 2.0);
        assert_eq!(far, [0; PIXELS]);
    }
}
