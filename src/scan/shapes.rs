//! Shapes in a picture of ink and paper, and which of them are a digit.

use std::ops::Range;

use super::distance::signed_distances;

/// Ink that hangs together, by edges or corners.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// Its number, from 1.
    pub label: u32,
    pub columns: Range<usize>,
    pub rows: Range<usize>,
    /// Pixels.
    pub area: usize,
    /// Pixels on the rim of the picture.
    pub at_rim: usize,
    /// How wide its strokes are, on average. In a stroke that is `t` pixels wide, pixels are `t / 4` deep on average.
    pub thickness: f32,
    /// Mean square of how deep its pixels are.
    squared_depth: f32,
}

impl Shape {
    /// The longer side of its box.
    pub fn size(&self) -> usize {
        self.columns.len().max(self.rows.len())
    }

    /// Whether it is neither a speck nor a hair nor a blob. A page's rules and a picture's frame are hairs; the paper on a table is a blob, and
    /// so is what of it lies around a digit.
    pub fn is_stroke(&self) -> bool {
        let (wide, high) = (self.columns.len(), self.rows.len());
        // A 1 may fill its box.
        let is_open = 4 * self.area < 3 * wide * high || 2 * wide.min(high) < self.size();
        self.size() >= 8 && is_open && (0.015..0.35).contains(&self.relative_thickness())
    }

    /// Width of the strokes as a part of the size.
    pub fn relative_thickness(&self) -> f32 {
        self.thickness / self.size() as f32
    }

    /// How much its width varies: the mean square of its pixels' depths by the square of their mean. It is 4/3 in a stroke that is everywhere as
    /// wide, and 3/2 in a disc or a triangle.
    pub fn unevenness(&self) -> f32 {
        16.0 * self.squared_depth / (self.thickness * self.thickness)
    }

    /// Both as one, with the label of the first.
    pub fn joined(self, other: Shape) -> Shape {
        let join = |a: Range<usize>, b: Range<usize>| a.start.min(b.start)..a.end.max(b.end);
        let area = self.area + other.area;
        // By area, so that specks hardly count.
        let mean =
            |own: f32, others: f32| (own * self.area as f32 + others * other.area as f32) / area as f32;
        Shape {
            label: self.label,
            columns: join(self.columns, other.columns),
            rows: join(self.rows, other.rows),
            area,
            at_rim: self.at_rim + other.at_rim,
            thickness: mean(self.thickness, other.thickness),
            squared_depth: mean(self.squared_depth, other.squared_depth),
        }
    }

    /// Whether `other` lies within its box.
    pub fn holds(&self, other: &Shape) -> bool {
        let within =
            |outer: &Range<usize>, inner: &Range<usize>| outer.start < inner.start && inner.end < outer.end;
        within(&self.columns, &other.columns) && within(&self.rows, &other.rows)
    }

    /// Whether it is a part of `other`, which is `distance` pixels away: a stroke that nearly touches it, or one that stands above or below, as
    /// parts of a 5 may.
    fn belongs_to(&self, other: &Shape, distance: f32) -> bool {
        let common = self
            .columns
            .end
            .min(other.columns.end)
            .saturating_sub(self.columns.start.max(other.columns.start));
        let is_above = 2 * common >= self.columns.len().min(other.columns.len());
        let size = other.size() as f32;
        distance <= other.thickness.max(0.06 * size) || (is_above && distance <= 0.2 * size)
    }

    /// How much it looks like what the picture was made for: large, in the middle, away from the rim.
    pub fn prominence(&self, [width, height]: [usize; 2]) -> f32 {
        let off = |range: &Range<usize>, length: usize| {
            ((range.start + range.end) as f32 / length as f32 - 1.0).abs()
        };
        let off_centre = off(&self.columns, width).max(off(&self.rows, height));
        let size = self.size() as f32 / width.max(height) as f32;
        let at_rim = self.at_rim as f32 / self.size() as f32;
        size.sqrt() * (1.0 - 0.4 * off_centre) * (1.0 - self.relative_thickness()) / (1.0 + 2.0 * at_rim)
    }
}

/// A digit among the shapes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Digit {
    /// All of its ink as one shape; its label is that of the largest part.
    pub shape: Shape,
    /// The labels of its parts.
    pub parts: Vec<u32>,
    /// Shapes beside it that might be digits too.
    pub others: usize,
}

/// The shape that is most likely meant, with what belongs to it.
pub(super) fn digit(shapes: &[Shape], labels: &[u32], lengths: [usize; 2]) -> Option<Digit> {
    let strokes: Vec<&Shape> = shapes.iter().filter(|shape| shape.is_stroke()).collect();
    // What is drawn around a digit is no part of it, and not what is meant.
    let is_frame =
        |shape: &Shape| strokes.iter().any(|other| shape.holds(other) && 3 * other.size() > shape.size());
    let prominence = |shape: &Shape| shape.prominence(lengths);
    let main = *strokes
        .iter()
        .filter(|shape| !is_frame(shape))
        .max_by(|a, b| prominence(a).total_cmp(&prominence(b)))?;
    let mut whole = main.clone();
    let mut parts = vec![main.label];
    // No digit has more.
    while parts.len() < 6 {
        let ink: Vec<bool> = labels.iter().map(|label| parts.contains(label)).collect();
        let mut nearest = vec![f32::INFINITY; shapes.len() + 1];
        for (&label, distance) in labels.iter().zip(signed_distances(&ink, lengths[0])) {
            nearest[label as usize] = nearest[label as usize].min(distance);
        }
        let is_part = |shape: &&Shape| {
            let is_fit =
                50 * shape.area >= main.area && shape.size() <= 2 * main.size() && !shape.holds(main);
            is_fit && !parts.contains(&shape.label) && shape.belongs_to(&whole, nearest[shape.label as usize])
        };
        let Some(next) = shapes.iter().find(is_part) else { break };
        parts.push(next.label);
        whole = whole.joined(next.clone());
    }
    let is_other =
        |shape: &&&Shape| !parts.contains(&shape.label) && 3 * shape.area >= main.area && !is_frame(shape);
    let others = strokes.iter().filter(is_other).count();
    Some(Digit { shape: whole, parts, others })
}

/// The shapes of `ink`, and for each pixel the label of its shape, 0 for paper.
pub(super) fn shapes(ink: &[bool], width: usize) -> (Vec<Shape>, Vec<u32>) {
    let height = ink.len() / width;
    let distances = signed_distances(ink, width);
    let mut labels = vec![0; ink.len()];
    let mut shapes = Vec::new();
    let mut open = Vec::new();
    for start in 0..ink.len() {
        if !ink[start] || labels[start] != 0 {
            continue;
        }
        let label = shapes.len() as u32 + 1;
        let (x, y) = (start % width, start / width);
        let mut shape = Shape {
            label,
            columns: x..x + 1,
            rows: y..y + 1,
            area: 0,
            at_rim: 0,
            thickness: 0.0,
            squared_depth: 0.0,
        };
        labels[start] = label;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            shape.columns = shape.columns.start.min(x)..shape.columns.end.max(x + 1);
            shape.rows = shape.rows.start.min(y)..shape.rows.end.max(y + 1);
            shape.area += 1;
            shape.at_rim += usize::from(x == 0 || y == 0 || x + 1 == width || y + 1 == height);
            shape.thickness -= distances[at];
            shape.squared_depth += distances[at] * distances[at];
            for near_y in y.saturating_sub(1)..(y + 2).min(height) {
                for near_x in x.saturating_sub(1)..(x + 2).min(width) {
                    let near = near_y * width + near_x;
                    if ink[near] && labels[near] == 0 {
                        labels[near] = label;
                        open.push(near);
                    }
                }
            }
        }
        shape.thickness *= 4.0 / shape.area as f32;
        shape.squared_depth /= shape.area as f32;
        shapes.push(shape);
    }
    (shapes, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ink where the text has `#`.
    fn ink(rows: &[&str]) -> (Vec<bool>, usize) {
        (rows.concat().chars().map(|it| it == '#').collect(), rows[0].len())
    }

    #[test]
    fn shapes_hang_together_by_edges_and_corners() {
        let (ink, width) = ink(&[
            "##...#", //
            "..#..#", "..#...", "#....#",
        ]);
        let (shapes, labels) = shapes(&ink, width);
        let facts: Vec<_> =
            shapes.iter().map(|it| (it.columns.clone(), it.rows.clone(), it.area, it.at_rim)).collect();
        assert_eq!(facts, [(0..3, 0..3, 4, 2), (5..6, 0..2, 2, 2), (0..1, 3..4, 1, 1), (5..6, 3..4, 1, 1)]);
        assert_eq!(labels[..6], [1, 1, 0, 0, 0, 2]);
    }

    /// A picture of 200 × 200 pixels with bars: columns and rows of each.
    fn bars(bars: &[(Range<usize>, Range<usize>)]) -> (Vec<Shape>, Vec<u32>) {
        let mut ink = vec![false; 200 * 200];
        for (columns, rows) in bars {
            for y in rows.clone() {
                ink[y * 200..][columns.clone()].fill(true);
            }
        }
        shapes(&ink, 200)
    }

    #[test]
    fn thickness_is_that_of_the_stroke() {
        for thickness in [4, 10, 20] {
            let (shapes, _) = bars(&[(50..50 + thickness, 10..190)]);
            let ratio = shapes[0].thickness / thickness as f32;
            assert!((0.85..1.05).contains(&ratio), "{} of {thickness}", shapes[0].thickness);
        }
    }

    #[test]
    fn a_digit_is_the_largest_stroke_with_what_belongs_to_it() {
        // The body of a 5, its bar a little apart; a speck, a rule across the page, a blob, and another stroke far away.
        let (shapes, labels) = bars(&[
            (80..90, 60..150),
            (92..130, 60..70),
            (110..112, 100..102),
            (0..200, 180..182),
            (150..190, 10..40),
            (20..28, 90..140),
        ]);
        let digit = digit(&shapes, &labels, [200; 2]).unwrap();
        assert_eq!((digit.shape.columns, digit.shape.rows), (80..130, 60..150));
        assert_eq!((digit.parts.len(), digit.others), (2, 1));
    }

    #[test]
    fn a_frame_is_no_digit() {
        let found = |of: &[(Range<usize>, Range<usize>)]| {
            let (shapes, labels) = bars(of);
            digit(&shapes, &labels, [200; 2]).map(|digit| digit.shape.columns)
        };
        let frame = [(20..180, 20..26), (20..180, 174..180), (20..26, 20..180), (174..180, 20..180)];
        let with_digit = [&frame[..], &[(95..105, 60..140)]].concat();
        assert_eq!(found(&with_digit), Some(95..105));
        // Around nothing, it might be a 0.
        assert_eq!(found(&frame), Some(20..180));
        assert_eq!(found(&[(50..150, 50..150)]), None, "a blob");
        assert_eq!(found(&[]), None);
    }
}
