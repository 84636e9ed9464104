//! A picture of a digit → 28 × 28: a photo, a scan, a screenshot, on whatever ground and in whatever light.
//!
//! ```text
//! pixels → grey      luma
//!        → ink       what differs from the ground around it, by half as much as ink does; darker or lighter
//!        → digit     strokes that hang together or nearly so: the most prominent ones; from here on nothing else is looked at
//!        → distance  how far each pixel is from the ink's edge, which says how dark it is, whatever the picture's size
//!        → fit       as long as a drawing is; strokes that are far thicker or thinner than MNIST's are made like those
//!        → shift     whole pixels, centre of mass to the centre
//! ```
//!
//! So it ends as drawings do (`src/drawing/`), and what was written on paper looks to a network like what was written on the screen.

mod distance;
mod shapes;
mod tone;

use std::ops::Range;

use crate::Error;
use crate::drawing::{Centred, LENGTH, Point};
use distance::signed_distances;
use shapes::{Digit, Shape, digit, shapes};
use tone::{Grey, otsu};

/// The longer side of what is looked at, in pixels: a digit that fills it has strokes some 20 pixels wide.
const SIDE: usize = 256;

/// Half the width of what may be ink, in such pixels: of a pen's strokes, and of the boldest type's.
const RADII: [usize; 2] = [12, 48];

/// The longest side of a picture, in pixels.
pub const MOST_SIDE: usize = 4096;

/// Ink is darker than its ground by so much of the ground's tone, and by so many standard deviations of the ground.
const LEAST_CONTRAST: f32 = 0.05;
const LEAST_SIGNAL: f32 = 4.0;

/// How wide strokes may be, in pixels of the 28; others are made as wide as the nearer of the two. Measured like this, nine in ten of MNIST's
/// digits are within.
const WIDTHS: [f32; 2] = [1.25, 3.2];

/// A picture on its way to 28 × 28 pixels, every step kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// Upper left and lower right corner of the digit's box, in pixels of the picture.
    pub bounds: [Point; 2],
    /// Whether the ink is darker than its ground.
    pub is_dark: bool,
    /// Where the ink is.
    pub mask: Mask,
    /// Pixels of the 28 to a pixel of the picture.
    pub scale: f32,
    /// How wide the strokes are on average, in pixels of the 28: as they were, and as they are drawn.
    pub widths: [f32; 2],
    /// Other things in the picture that might be digits.
    pub others: usize,
    /// The ink, and its shift to the centre.
    pub centred: Centred,
}

/// Ink and paper in a part of the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Upper left and lower right corner of the part, in pixels of the picture.
    pub part: [Point; 2],
    /// Pixels of the mask in a row.
    pub width: usize,
    /// Whether each is ink, row by row.
    pub ink: Vec<bool>,
}

impl Scan {
    /// The steps from a picture to pixels. `rgba` has a byte for each of red, green, blue and opacity, `width × height` times.
    ///
    /// # Errors
    /// [`Error::PictureSize`] for no pixels or too many; [`Error::EvenPicture`] and [`Error::NoDigit`] when there is nothing to read.
    pub fn new(rgba: &[u8], width: usize, height: usize) -> Result<Self, Error> {
        let sizes = 1..=MOST_SIDE;
        if !sizes.contains(&width) || !sizes.contains(&height) || rgba.len() != 4 * width * height {
            return Err(Error::PictureSize { width, height, bytes: rgba.len() });
        }
        let grey = Grey::of_rgba(rgba, width, height);
        let kinds = [true, false].map(|is_dark| RADII.map(|radius| Kind { is_dark, radius }));
        let all = [0..width, 0..height];
        let found = find(&grey, &all, &all, kinds.as_flattened())?;
        // A second look from near: at the digit's edges, and at the ground just around it.
        let [within, part] = [0.08, 0.3].map(|margin| found.surroundings(margin, [width, height]));
        let zoom = found.detail() * SIDE as f32 / part[0].len().max(part[1].len()) as f32;
        let kind = Kind { is_dark: found.is_dark, radius: reach(zoom * found.edged.shape.thickness) };
        let near = find(&grey, &part, &within, &[kind]);
        Ok(near.unwrap_or_else(|_| found.clone()).drawn(found.others))
    }
}

/// A digit as it was found in a part of the picture.
#[derive(Debug, Clone)]
struct Found {
    /// Columns and rows of the part, in pixels of the picture.
    part: [Range<usize>; 2],
    /// Width and height of the part as it was looked at.
    lengths: [usize; 2],
    is_dark: bool,
    others: usize,
    edged: Edged,
}

/// What may be ink.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// Darker than its ground, or lighter.
    is_dark: bool,
    /// Half as wide as it may be, in pixels of what is looked at.
    radius: usize,
}

/// Half the width of what may be ink where strokes are `thickness` wide on average.
fn reach(thickness: f32) -> usize {
    (0.75 * thickness) as usize + 3
}

/// The digit in a part of the picture, of one of `kinds`; all of its ink within a box that is a part of that part.
fn find(
    grey: &Grey,
    part: &[Range<usize>; 2],
    within: &[Range<usize>; 2],
    kinds: &[Kind],
) -> Result<Found, Error> {
    let small = grey.resized(part[0].clone(), part[1].clone(), SIDE);
    let lengths = [small.width, small.height];
    let is_within = &|at: usize| {
        [at % lengths[0], at / lengths[0]].into_iter().enumerate().all(|(axis, at)| {
            let in_picture = part[axis].start + at * part[axis].len() / lengths[axis];
            within[axis].contains(&in_picture)
        })
    };
    let inverted = small.inverted();
    let mut stands_out = false;
    let mut best: Option<Found> = None;
    for &Kind { is_dark, radius } in kinds {
        let tones = if is_dark { &small } else { &inverted };
        let darkness = tones.darkness(radius);
        let Some(first) = otsu(&darkness) else { continue };
        let Some(typical) = contrast(&darkness, first) else { continue };
        stands_out = true;
        // Where most of what is dark is not half as dark as the rest, as the rules of a page are, ink is what is darker still.
        let rest: Vec<f32> = darkness.iter().copied().filter(|&it| it > first).collect();
        let second = otsu(&rest).filter(|&second| second > typical);
        for threshold in [Some(first), second].into_iter().flatten() {
            let ink =
                (0..darkness.len()).map(|at| darkness[at] > threshold && is_within(at)).collect::<Vec<_>>();
            let (shapes, labels) = shapes(&ink, small.width);
            let Some(digit) = digit(&shapes, &labels, lengths) else { continue };
            let Some(edged) = edged(tones, &labels, &digit, is_within) else { continue };
            if !edged.shape.is_stroke() {
                continue;
            }
            let found = Found { part: part.clone(), lengths, is_dark, others: digit.others, edged };
            if best.as_ref().is_none_or(|best| found.is_more_than(best)) {
                best = Some(found);
            }
        }
    }
    // Tones that hardly differ make no ink, and ink of other shapes makes no digit.
    best.ok_or(if stands_out { Error::NoDigit } else { Error::EvenPicture })
}

/// How dark that is which is darker than `threshold`, where it stands out: by a part of its ground's tone, and from the ground's own
/// unevenness.
fn contrast(darkness: &[f32], threshold: f32) -> Option<f32> {
    let ground = darkness.iter().filter(|&&it| it <= threshold);
    let (count, squares) = ground.fold((0u32, 0.0), |(count, sum), it| (count + 1, sum + it * it));
    let noise = (squares / count.max(1) as f32).sqrt();
    let contrast = median(darkness.iter().copied().filter(|&it| it > threshold))?;
    (count > 0 && contrast >= LEAST_CONTRAST.max(LEAST_SIGNAL * noise)).then_some(contrast)
}

/// Ink up to its edges, its shape, and how much darker it is than its ground, in parts of that.
#[derive(Debug, Clone)]
struct Edged {
    ink: Vec<bool>,
    shape: Shape,
    contrast: f32,
}

/// The ink of `digit` up to where it is half as dark as it is in the middle of its strokes; nothing where that is no ink on a ground.
/// `labels` says which shape each pixel belongs to.
fn edged(grey: &Grey, labels: &[u32], digit: &Digit, is_within: &dyn Fn(usize) -> bool) -> Option<Edged> {
    let Digit { shape, parts, .. } = digit;
    let is_part: Vec<bool> = labels.iter().map(|label| parts.contains(label)).collect();
    let darkness = grey.darkness(reach(shape.thickness));
    let of_digit = darkness.iter().zip(&is_part).filter(|(_, is_part)| **is_part);
    let contrast = median(of_digit.map(|(&it, _)| it)).filter(|&it| it > LEAST_CONTRAST)?;
    let ink: Vec<bool> =
        darkness.iter().enumerate().map(|(at, &it)| it > contrast / 2.0 && is_within(at)).collect();
    let (shapes, labels) = shapes(&ink, grey.width);
    // Of what is ink now, all that hangs together with what was the digit's.
    let mut is_kept = vec![false; shapes.len() + 1];
    for (&label, &is_part) in labels.iter().zip(&is_part) {
        is_kept[label as usize] |= is_part && label != 0;
    }
    let shape = shapes.iter().filter(|shape| is_kept[shape.label as usize]).cloned().reduce(Shape::joined)?;
    let ink: Vec<bool> = labels.iter().map(|&label| is_kept[label as usize]).collect();
    // All around a digit is ground; around a gap between strokes there is, behind these, what fills the gap.
    let band = 2.0..2.0 + (shape.size() as f32 / 4.0).max(2.0 * shape.thickness);
    let distances = signed_distances(&ink, grey.width);
    let tone = |range: Range<f32>| {
        let there = distances.iter().zip(&grey.tones).filter(|(distance, _)| range.contains(distance));
        median(there.map(|(_, &tone)| tone))
    };
    let (inside, around) = (tone(f32::NEG_INFINITY..0.0)?, tone(band)?);
    ((around - inside) / (around + 32.0) > contrast / 2.0).then_some(Edged { ink, shape, contrast })
}

fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
}

impl Found {
    /// Whether this is what is meant rather than `other`.
    fn is_more_than(&self, other: &Found) -> bool {
        let (shape, contrast) = (&self.edged.shape, self.edged.contrast);
        let (other_shape, other_contrast) = (&other.edged.shape, other.edged.contrast);
        if self.is_dark != other.is_dark && (shape.holds(other_shape) || other_shape.holds(shape)) {
            // A hole in a 0 has a shape of its own, as light ink on dark, and so has the paper around a digit. The one that stands out more
            // is meant; if both do alike, the one that is more like a stroke: as wide everywhere.
            return match contrast / other_contrast {
                1.4.. => true,
                ..0.7 => false,
                _ => shape.unevenness() < other_shape.unevenness(),
            };
        }
        let weight = |shape: &Shape, contrast: f32| shape.prominence(self.lengths) * contrast.sqrt();
        weight(shape, contrast) > weight(other_shape, other_contrast)
    }

    /// Pixels of the picture to one of the part as it was looked at.
    fn detail(&self) -> f32 {
        self.part[0].len() as f32 / self.lengths[0] as f32
    }

    /// The digit's box with a margin, in parts of its longer side, within a picture of so many pixels.
    fn surroundings(&self, margin: f32, lengths: [usize; 2]) -> [Range<usize>; 2] {
        let margin = margin * self.edged.shape.size() as f32;
        let grown = |axis: usize, range: &Range<usize>| {
            let at = |edge: f32| self.part[axis].start as f32 + edge * self.detail();
            let first = at(range.start as f32 - margin).floor().max(0.0) as usize;
            let end = (at(range.end as f32 + margin).ceil() as usize).min(lengths[axis]);
            first..end
        };
        [grown(0, &self.edged.shape.columns), grown(1, &self.edged.shape.rows)]
    }

    /// The last steps: from ink to the 28 × 28 pixels.
    fn drawn(self, others: usize) -> Scan {
        let Shape { columns, rows, thickness, .. } = &self.edged.shape;
        let size = self.edged.shape.size() as f32;
        // As long as a drawing is, from half dark to half dark; where the strokes change their width, so does all within it.
        let natural = thickness * LENGTH / size;
        let width = natural.clamp(WIDTHS[0], WIDTHS[1]);
        let scale = if width == natural { LENGTH / size } else { (LENGTH - width) / (size - thickness) };
        let growth = (width - thickness * scale) / 2.0;

        // With so much ground around that the ink's soft edge has room.
        let margin = (4.0 / scale).ceil() as usize;
        let (wide, high) = (columns.len() + 2 * margin, rows.len() + 2 * margin);
        let mut ink = vec![false; wide * high];
        for (y, row) in rows.clone().zip(ink.chunks_exact_mut(wide).skip(margin)) {
            row[margin..margin + columns.len()]
                .copy_from_slice(&self.edged.ink[y * self.lengths[0]..][columns.clone()]);
        }
        let distances = signed_distances(&ink, wide);
        let centred = Centred::of_distances(|[x, y]| {
            let at =
                [(x, wide), (y, high)].map(|(to, length)| (to - 14.0) / scale + length as f32 / 2.0 - 0.5);
            growth - scale * between(&distances, wide, at)
        });

        let in_picture = |x: usize, y: usize| {
            [(0, x), (1, y)].map(|(axis, at)| self.part[axis].start as f32 + at as f32 * self.detail())
        };
        Scan {
            bounds: [in_picture(columns.start, rows.start), in_picture(columns.end, rows.end)],
            is_dark: self.is_dark,
            scale: scale / self.detail(),
            widths: [natural, width],
            others,
            centred,
            mask: Mask {
                part: [in_picture(0, 0), in_picture(self.lengths[0], self.lengths[1])],
                width: self.lengths[0],
                ink: self.edged.ink,
            },
        }
    }
}

/// The value at a place between the middles of four pixels; beyond the outermost ones theirs.
fn between(values: &[f32], width: usize, [x, y]: Point) -> f32 {
    let height = values.len() / width;
    let [(left, right, across), (above, below, down)] = [(x, width), (y, height)].map(|(at, length)| {
        let at = at.clamp(0.0, (length - 1) as f32);
        let first = at as usize;
        (first, (first + 1).min(length - 1), at - first as f32)
    });
    let row = |y: usize| values[y * width + left] * (1.0 - across) + values[y * width + right] * across;
    row(above) * (1.0 - down) + row(below) * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{PIXELS, synthetic};
    use crate::drawing::{Drawing, Sample};
    use crate::random::{Purpose, Random};

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    type Strokes = Vec<Vec<Point>>;

    /// On a sheet of 1 × 1: a five with its bar apart, a four, a nought.
    fn digits() -> [Strokes; 3] {
        let bow =
            [[0.32, 0.2], [0.3, 0.48], [0.5, 0.42], [0.66, 0.52], [0.66, 0.7], [0.5, 0.82], [0.3, 0.76]];
        let ring = (0..=24).map(|i| (i as f32 * std::f32::consts::TAU / 24.0).sin_cos());
        [
            vec![bow.to_vec(), vec![[0.35, 0.18], [0.68, 0.17]]],
            vec![vec![[0.45, 0.15], [0.28, 0.56], [0.72, 0.55]], vec![[0.6, 0.35], [0.57, 0.85]]],
            vec![ring.map(|(sine, cosine)| [0.5 + 0.2 * sine, 0.5 - 0.33 * cosine]).collect()],
        ]
    }

    /// How a picture is made.
    #[derive(Clone, Copy)]
    struct Photo {
        width: usize,
        height: usize,
        /// Where the sheet of 1 × 1 lies, and how large it is.
        at: Point,
        size: f32,
        /// Width of the pen as a part of that.
        pen: f32,
        ground: f32,
        ink: f32,
        noise: f32,
    }

    const PHOTO: Photo = Photo {
        width: 240,
        height: 180,
        at: [40.0, 10.0],
        size: 160.0,
        pen: 0.07,
        ground: 225.0,
        ink: 50.0,
        noise: 2.0,
    };

    impl Photo {
        /// Its tones, with `change` of each: column, row and tone, to tone.
        fn rgba(&self, strokes: &Strokes, change: impl Fn(usize, usize, f32) -> f32) -> Vec<u8> {
            let random = Random::new(5, Purpose::Synthetic);
            let lines: Vec<[Point; 2]> = strokes
                .iter()
                .flat_map(|stroke| stroke.windows(2).map(|ends| [ends[0], ends[1]]))
                .map(|ends| ends.map(|end| [0, 1].map(|axis| self.at[axis] + self.size * end[axis])))
                .collect();
            let away = |x: f32, y: f32, [from, to]: &[Point; 2]| {
                let along = [to[0] - from[0], to[1] - from[1]];
                let t = ((x - from[0]) * along[0] + (y - from[1]) * along[1])
                    / (along[0].powi(2) + along[1].powi(2));
                let t = t.clamp(0.0, 1.0);
                (x - from[0] - t * along[0]).hypot(y - from[1] - t * along[1])
            };
            let places = (0..self.width * self.height).map(|at| (at % self.width, at / self.width));
            places
                .flat_map(|(x, y)| {
                    let (middle_x, middle_y) = (x as f32 + 0.5, y as f32 + 0.5);
                    let distance =
                        lines.iter().map(|line| away(middle_x, middle_y, line)).fold(f32::MAX, f32::min);
                    let cover = (self.pen * self.size / 2.0 - distance + 0.5).clamp(0.0, 1.0);
                    let tone = self.ground + cover * (self.ink - self.ground);
                    let noise = 2.0 * random.uniform(y as u32, x as u32) - 1.0;
                    let tone = change(x, y, tone) + self.noise * noise;
                    [tone as u8, tone as u8, tone as u8, 255]
                })
                .collect()
        }

        fn scan(&self, strokes: &Strokes, change: impl Fn(usize, usize, f32) -> f32) -> Result<Scan, Error> {
            Scan::new(&self.rgba(strokes, change), self.width, self.height)
        }
    }

    /// As the strokes are drawn on the screen. Not shifted: where the centre of mass is between two pixels, either way is right.
    fn drawn(strokes: &Strokes) -> [u8; PIXELS] {
        let samples = |stroke: &Vec<Point>| stroke.iter().copied().map(Sample::from).collect();
        let strokes: Vec<Vec<Sample>> = strokes.iter().map(samples).collect();
        Drawing::new(&strokes).unwrap().centred.unshifted
    }

    /// What two images have in common, as a part of what they have together.
    fn likeness(a: &[u8], b: &[u8]) -> f32 {
        let sum = |pick: fn(u8, u8) -> u8| a.iter().zip(b).map(|(&a, &b)| f32::from(pick(a, b))).sum::<f32>();
        sum(u8::min) / sum(u8::max)
    }

    /// That every digit is found, and looks as it does when it is drawn.
    fn check(name: &str, photo: Photo, is_dark: bool, change: impl Fn(usize, usize, f32) -> f32) {
        for (digit, strokes) in digits().iter().enumerate() {
            let scan =
                photo.scan(strokes, &change).unwrap_or_else(|error| panic!("{name}, digit {digit}: {error}"));
            let like = likeness(&scan.centred.unshifted, &drawn(strokes));
            assert!(
                like > 0.65 && scan.is_dark == is_dark,
                "{name}, digit {digit}: {like}, dark: {}",
                scan.is_dark
            );
            assert_eq!(scan.others, 0, "{name}, digit {digit}");
        }
    }

    #[test]
    fn reads_dark_on_light_and_light_on_dark_at_any_size() {
        let as_it_is = |_, _, tone| tone;
        check("ink on paper", PHOTO, true, as_it_is);
        check("chalk on a board", Photo { ground: 45.0, ink: 200.0, ..PHOTO }, false, as_it_is);
        check("pencil", Photo { ink: 165.0, pen: 0.05, ..PHOTO }, true, as_it_is);
        let small = Photo { width: 40, height: 40, at: [4.0, 4.0], size: 32.0, pen: 0.1, ..PHOTO };
        check("small", small, true, as_it_is);
        let far = Photo { width: 480, height: 360, at: [300.0, 200.0], size: 90.0, ..PHOTO };
        check("on a large page", far, true, as_it_is);
    }

    #[test]
    fn uneven_light_rules_and_tables_do_not_matter() {
        check("a lamp to the left", PHOTO, true, |x, y, tone| {
            tone * (1.05 - 0.0025 * x as f32 - 0.0005 * y as f32)
        });
        check("a shadow", PHOTO, true, |x, y, tone| if x + y / 2 < 130 { 0.6 * tone } else { tone });
        check("ruled paper", PHOTO, true, |_, y, tone| if y % 22 == 5 { tone.min(160.0) } else { tone });
        let on_table = |x, y, tone| if x < 12 || y < 6 || x >= 225 || y >= 172 { 40.0 } else { tone };
        check("paper on a table", PHOTO, true, on_table);
        check("a frame", PHOTO, true, |x, y, tone| {
            let is_frame = (x == 20 || x == 219 || y == 4 || y == 176)
                && (20..220).contains(&x)
                && (4..177).contains(&y);
            if is_frame { 30.0 } else { tone }
        });
    }

    #[test]
    fn knows_where_the_digit_is_and_that_there_are_others() {
        let [five, four, _] = digits();
        let scan = PHOTO.scan(&five, |_, _, tone| tone).unwrap();
        // The middles of the strokes, and half the pen.
        let corners = [[0.3, 0.17], [0.68, 0.82]]
            .map(|corner| [0, 1].map(|axis| PHOTO.at[axis] + 160.0 * corner[axis]));
        for (axis, grown) in [(0, 5.6), (1, 5.6)] {
            let [low, high] = [scan.bounds[0][axis], scan.bounds[1][axis]];
            assert!((low - corners[0][axis] + grown).abs() < 5.0, "{low} on axis {axis}");
            assert!((high - corners[1][axis] - grown).abs() < 5.0, "{high} on axis {axis}");
        }
        let [width, _] = scan.widths;
        assert!((width - PHOTO.pen * 160.0 * scan.scale).abs() < 0.4, "{width}, scale {}", scan.scale);

        // A smaller one beside it.
        let beside: Strokes =
            four.iter().map(|it| it.iter().map(|[x, y]| [0.85 + 0.5 * x, 0.3 + 0.5 * y]).collect()).collect();
        let both = [five.clone(), beside].concat();
        let scan = PHOTO.scan(&both, |_, _, tone| tone).unwrap();
        assert_eq!(scan.others, 1);
        assert!(likeness(&scan.centred.unshifted, &drawn(&five)) > 0.75);
    }

    #[test]
    fn strokes_become_as_wide_as_mnist_s() {
        let [_, four, _] = digits();
        for pen in [0.015, 0.07, 0.2] {
            let scan = Photo { pen, ..PHOTO }.scan(&four, |_, _, tone| tone).unwrap();
            let [found, drawn] = scan.widths;
            assert!((WIDTHS[0]..=WIDTHS[1]).contains(&drawn), "{drawn}");
            assert!((found == drawn) == (pen == 0.07), "{pen}: {found} becomes {drawn}");
            let rows =
                |image: &[u8; PIXELS]| image.chunks(28).filter(|row| row.iter().any(|&it| it > 127)).count();
            // From half dark to half dark 18.75.
            assert!(
                (18..=20).contains(&rows(&scan.centred.unshifted)),
                "{pen}: {}",
                rows(&scan.centred.unshifted)
            );
        }
    }

    /// A digit as MNIST has it comes back nearly as it was.
    #[test]
    fn reads_pictures_of_28_pixels() {
        let (mut all, count) = (0.0, 40);
        for index in 0..count {
            let (image, label) = synthetic::digit(0, index);
            let rgba: Vec<u8> = image.iter().flat_map(|&value| [value, value, value, 255]).collect();
            let scan = Scan::new(&rgba, 28, 28).unwrap_or_else(|error| panic!("{index}, a {label}: {error}"));
            assert!(!scan.is_dark);
            let like = likeness(&scan.centred.image, &image);
            assert!(like > 0.4, "{index}, a {label}: {like}");
            all += like;
        }
        assert!(all / count as f32 > 0.7, "{}", all / count as f32);
    }

    #[test]
    fn says_why_there_is_nothing_to_read() {
        let why = |photo: Photo, strokes: &Strokes, change: &dyn Fn(usize, usize, f32) -> f32| {
            photo.scan(strokes, change).err()
        };
        let (nothing, as_it_is) = (Strokes::new(), |_, _, tone| tone);
        for noise in [0.0, 2.0, 30.0] {
            assert_eq!(
                why(Photo { noise, ..PHOTO }, &nothing, &as_it_is),
                Some(Error::EvenPicture),
                "{noise}"
            );
        }
        let faint = Photo { ink: PHOTO.ground - 5.0, ..PHOTO };
        assert_eq!(why(faint, &digits()[0], &as_it_is), Some(Error::EvenPicture));
        let blob = |x: usize, y: usize, tone| {
            if x.abs_diff(120).pow(2) + y.abs_diff(90).pow(2) < 1600 { 40.0 } else { tone }
        };
        assert_eq!(why(PHOTO, &nothing, &blob), Some(Error::NoDigit));
        for (width, height, bytes) in [(0, 4, 0), (4, 4, 63), (5000, 1, 20_000)] {
            let error = Scan::new(&vec![9; bytes], width, height).err();
            assert_eq!(error, Some(Error::PictureSize { width, height, bytes }));
        }
        assert_eq!(Scan::new(&[7; 4], 1, 1).err(), Some(Error::EvenPicture));
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(24))]
            #[test]
            fn no_picture_panics((width, height, rgba) in (1usize..40, 1usize..40).prop_flat_map(|(width, height)| {
                (Just(width), Just(height), prop::collection::vec(any::<u8>(), 4 * width * height))
            })) {
                if let Ok(scan) = Scan::new(&rgba, width, height) {
                    prop_assert!(scan.centred.image.iter().any(|&it| it > 0));
                }
            }
        }
    }
}
