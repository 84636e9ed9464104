//! A smooth line through the samples of a pen.
//!
//! A fast pen is sampled every few pixels of the 28; joined by straight lines its round shapes become polygons. So each two
//! neighbouring samples are joined by a cubic Bézier curve, as by Catmull and Rom, but with handles a third as long as the
//! shorter neighbouring chord: uneven samples then never make it overshoot. A sharp turn is meant as a corner, and stays one.

use super::{Point, Sample};

/// Length of the straight pieces that a curve is drawn in, in units of the grid: 0.8 pixels. On a curve of 2 pixels' radius they
/// are 1/25 pixel off.
const PIECE: f32 = 40.0;

/// The cosines of 73° and 104°. A turn up to the first, from one chord to the next, is part of a round shape; from the second on
/// it is a corner.
const ROUND: f32 = 0.3;
const CORNER: f32 = -0.25;

/// The line through `samples` as a polyline of short pieces, along which the pen's width changes evenly from one to the next.
/// Neighbouring samples lie apart.
pub(crate) fn smooth(samples: &[Sample]) -> Vec<Sample> {
    // A free end bends as far as the other end of its chord says: with these handles the cubic curve is a parabola.
    let parabola = |chord: Point, handle: Point| sub(chord.map(|component| component * (2.0 / 3.0)), handle);
    let mut line = Vec::with_capacity(samples.len() * 2);
    line.extend(samples.first());
    for (i, ends) in samples.windows(2).enumerate() {
        let [from, to] = [ends[0].at, ends[1].at];
        let chord = sub(to, from);
        let pieces = (length(chord) / PIECE).ceil();
        if pieces > 1.0 {
            let leaving = (i >= 1).then(|| handle(samples[i - 1].at, from, to));
            let arriving = samples.get(i + 2).map(|next| handle(from, to, next.at));
            let [leaving, arriving] = match (leaving, arriving) {
                (Some(leaving), Some(arriving)) => [leaving, arriving],
                (Some(leaving), None) => [leaving, parabola(chord, leaving)],
                (None, Some(arriving)) => [parabola(chord, arriving), arriving],
                (None, None) => [[0.0; 2]; 2],
            };
            let controls = [from, [from[0] + leaving[0], from[1] + leaving[1]], sub(to, arriving), to];
            line.extend((1..pieces as u32).map(|piece| {
                let t = piece as f32 / pieces;
                let width = ends[0].width + t * (ends[1].width - ends[0].width);
                Sample { at: bezier(&controls, t), width }
            }));
        }
        line.push(ends[1]);
    }
    line
}

/// From `at` to the Bézier control point that follows it, for a line that comes from `before` and goes on to `after`.
fn handle(before: Point, at: Point, after: Point) -> Point {
    let (arriving, leaving) = (sub(at, before), sub(after, at));
    let (arriving_length, leaving_length) = (length(arriving), length(leaving));
    let tangent = [0, 1].map(|axis| arriving[axis] / arriving_length + leaving[axis] / leaving_length);
    // Two unit vectors: their sum's squared length is 2 + 2 cos(turn).
    let squared = tangent[0] * tangent[0] + tangent[1] * tangent[1];
    let cosine = squared / 2.0 - 1.0;
    let roundness = ((cosine - CORNER) / (ROUND - CORNER)).clamp(0.0, 1.0);
    if roundness == 0.0 {
        return [0.0; 2];
    }
    let scale = roundness * arriving_length.min(leaving_length) / (3.0 * squared.sqrt());
    tangent.map(|component| component * scale)
}

/// The cubic Bézier curve of four control points at `t` from 0 to 1.
fn bezier(controls: &[Point; 4], t: f32) -> Point {
    let s = 1.0 - t;
    let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
    [0, 1].map(|axis| controls.iter().zip(weights).map(|(point, weight)| point[axis] * weight).sum())
}

fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

fn length(vector: Point) -> f32 {
    (vector[0] * vector[0] + vector[1] * vector[1]).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line through points, of a pen that is as wide throughout.
    fn smoothed(points: &[Point]) -> Vec<Point> {
        let samples: Vec<_> = points.iter().copied().map(Sample::from).collect();
        let line = smooth(&samples);
        assert!(line.iter().all(|sample| sample.width == 1.0));
        line.iter().map(|sample| sample.at).collect()
    }

    /// Twelve samples of a circle, 30° apart: the smooth line stays within 0.4 % of its radius, where chords are 3.4 % inside.
    #[test]
    fn a_circle_is_round() {
        let radius = 512.0;
        let circle: Vec<Point> = (0..=12)
            .map(|i| {
                let (sine, cosine) = (i as f32 * std::f32::consts::TAU / 12.0).sin_cos();
                [radius * cosine, radius * sine]
            })
            .collect();
        let line = smoothed(&circle);
        assert!(line.len() > 60);
        for &point in &line {
            assert!((length(point) - radius).abs() < 0.004 * radius, "{point:?}");
        }
    }

    #[test]
    fn corners_stay() {
        let seven = [[0.0, 0.0], [600.0, 0.0], [200.0, 1000.0]];
        for [x, y] in smoothed(&seven) {
            let on_the_bar = y == 0.0;
            let on_the_stem = ((600.0 - x) * 1000.0 - y * 400.0).abs() < 0.5;
            assert!(on_the_bar || on_the_stem, "({x}, {y})");
        }
    }

    #[test]
    fn passes_through_every_sample() {
        let points = [[0.0, 0.0], [300.0, 40.0], [310.0, 55.0], [400.0, 900.0], [380.0, 1024.0]];
        let line = smoothed(&points);
        assert!(points.iter().all(|point| line.contains(point)));
        assert_eq!(smoothed(&points[..1]), points[..1]);
        assert!(smooth(&[]).is_empty());
    }

    #[test]
    fn the_width_changes_evenly() {
        let line = smooth(&[
            Sample { at: [0.0, 0.0], width: 0.5 },
            Sample { at: [400.0, 0.0], width: 1.5 },
            Sample { at: [400.0, 400.0], width: 1.5 },
        ]);
        let (first, rest) = line.split_at(line.len() / 2);
        let widths = first.iter().enumerate().map(|(i, _)| 0.5 + i as f32 / first.len() as f32);
        assert!(
            first.iter().zip(widths).all(|(sample, width)| (sample.width - width).abs() < 1e-6),
            "{line:?}"
        );
        assert!(rest.iter().all(|sample| sample.width == 1.5), "{line:?}");
    }
}
