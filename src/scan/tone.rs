//! Tones of a picture: from colours to grey, to another size, and what lies around a pixel.

use std::ops::Range;

/// A picture in grey: `0.0` (black) to `255.0` (white), row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grey {
    pub width: usize,
    pub height: usize,
    pub tones: Vec<f32>,
}

impl Grey {
    /// The luma of sRGB colours (ITU-R BT.601), which lies between them as lightness does for the eye. What shines through lies on white
    /// where the rest is dark, and on black where it is light.
    pub fn of_rgba(rgba: &[u8], width: usize, height: usize) -> Self {
        let pixels = || rgba.as_chunks::<4>().0.iter();
        let luma =
            |[r, g, b, _]: &[u8; 4]| 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
        let (mut sum, mut weight) = (0.0, 0.0);
        for pixel in pixels() {
            sum += f64::from(luma(pixel) * f32::from(pixel[3]));
            weight += f64::from(pixel[3]);
        }
        let ground = if sum < 127.5 * weight { 255.0 } else { 0.0 };
        let tones =
            pixels().map(|pixel| ground + (luma(pixel) - ground) * f32::from(pixel[3]) / 255.0).collect();
        Grey { width, height, tones }
    }

    /// The part within `columns` and `rows`, whose longer side becomes `side` pixels.
    ///
    /// Each pixel is the mean of what lies around it, weighed with a tent that is as wide as two pixels of the smaller of the two pictures:
    /// the same filter makes larger and smaller.
    pub fn resized(&self, columns: Range<usize>, rows: Range<usize>, side: usize) -> Self {
        let longer = columns.len().max(rows.len()) as f32;
        let to = |length: usize| ((length as f32 * side as f32 / longer).round() as usize).max(1);
        let (width, height) = (to(columns.len()), to(rows.len()));
        // First along the rows, then along the columns.
        let taps = tents(columns, width);
        let across: Vec<f32> = rows
            .clone()
            .flat_map(|y| {
                let row = &self.tones[y * self.width..][..self.width];
                taps.iter().map(|(first, weights)| {
                    row[*first..].iter().zip(weights).map(|(tone, weight)| tone * weight).sum()
                })
            })
            .collect();
        let mut tones = vec![0.0; width * height];
        for ((first, weights), row) in tents(0..rows.len(), height).iter().zip(tones.chunks_exact_mut(width))
        {
            for (y, weight) in (*first..).zip(weights) {
                for (tone, from) in row.iter_mut().zip(&across[y * width..]) {
                    *tone += weight * from;
                }
            }
        }
        Grey { width, height, tones }
    }

    /// Black for white, and white for black.
    pub fn inverted(&self) -> Self {
        Grey { tones: self.tones.iter().map(|tone| 255.0 - tone).collect(), ..*self }
    }

    /// How much darker each pixel is than the ground it lies on, as a part of that ground's tone: a shadow changes both alike.
    ///
    /// The ground is the picture without whatever is dark and less than `2 · radius` wide (a morphological closing: the lightest tone around,
    /// and of those the darkest around). What is wider stays, edges of shadows too; so they do not count as ink.
    pub fn darkness(&self, radius: usize) -> Vec<f32> {
        // The rim's tones go on beyond it, so that what is cut off there is as wide as it may be.
        let [wide, high] = [self.width, self.height].map(|length| length + 2 * radius);
        let at = |x: usize, y: usize| {
            let [x, y] = [(x, self.width), (y, self.height)]
                .map(|(at, length)| at.saturating_sub(radius).min(length - 1));
            self.tones[y * self.width + x]
        };
        let mut ground: Vec<f32> = (0..high).flat_map(|y| (0..wide).map(move |x| at(x, y))).collect();
        spread(&mut ground, wide, radius, f32::max);
        spread(&mut ground, wide, radius, f32::min);
        let ground = ground.chunks_exact(wide).skip(radius).flat_map(|row| &row[radius..radius + self.width]);
        // Where it is all but black, noise is not made much of.
        ground.zip(&self.tones).map(|(ground, tone)| (ground - tone) / (ground + 32.0)).collect()
    }
}

/// Makes each of `values` the most, by `more`, of those within `radius` to each side.
fn spread(values: &mut [f32], width: usize, radius: usize, more: fn(f32, f32) -> f32) {
    let mut line = Vec::new();
    for row in values.chunks_exact_mut(width) {
        most_around(row, radius, more, &mut line);
        row.copy_from_slice(&line);
    }
    let mut column = vec![0.0; values.len() / width];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = values[y * width + x];
        }
        most_around(&column, radius, more, &mut line);
        for (y, value) in line.iter().enumerate() {
            values[y * width + x] = *value;
        }
    }
}

/// The most, by `more`, of `values` within `radius` to each side of each, into `most`.
///
/// In blocks as long as a window, whose most is that from its start to its block's end and on to its own end (van Herk, "A fast algorithm for
/// local minimum and maximum filters on rectangular and octagonal kernels", 1992).
fn most_around(values: &[f32], radius: usize, more: fn(f32, f32) -> f32, most: &mut Vec<f32>) {
    let window = 2 * radius + 1;
    // The outermost values go on beyond the ends.
    let at = |i: usize| values[i.saturating_sub(radius).min(values.len() - 1)];
    let length = values.len() + 2 * radius;
    let mut from_start: Vec<f32> = (0..length).map(at).collect();
    let mut to_end = from_start.clone();
    for i in 1..length {
        if i % window != 0 {
            from_start[i] = more(from_start[i], from_start[i - 1]);
        }
    }
    for i in (0..length - 1).rev() {
        if (i + 1) % window != 0 {
            to_end[i] = more(to_end[i], to_end[i + 1]);
        }
    }
    most.clear();
    most.extend((0..values.len()).map(|i| more(to_end[i], from_start[i + window - 1])));
}

/// For each of `count` pixels that `range` becomes: the first that it is made of, and their weights, which sum to 1.
fn tents(range: Range<usize>, count: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = range.len() as f32 / count as f32;
    let radius = scale.max(1.0);
    (0..count)
        .map(|at| {
            let middle = (at as f32 + 0.5) * scale - 0.5;
            let first = (middle - radius).ceil().max(0.0) as usize;
            let last = ((middle + radius).floor() as usize).min(range.len() - 1);
            let weights = (first..=last).map(|from| (1.0 - (from as f32 - middle).abs() / radius).max(0.0));
            let weights: Vec<f32> = weights.collect();
            let sum: f32 = weights.iter().sum();
            (range.start + first, weights.into_iter().map(|weight| weight / sum).collect())
        })
        .collect()
}

/// The value that best tells two groups of `values` apart: the one that leaves the least variance within both (Otsu, "A threshold selection
/// method from gray-level histograms", 1979). Nothing where all are the same.
pub(super) fn otsu(values: &[f32]) -> Option<f32> {
    const BINS: usize = 256;
    let low = values.iter().copied().fold(f32::MAX, f32::min);
    let high = values.iter().copied().fold(f32::MIN, f32::max);
    if low >= high {
        return None;
    }
    let mut histogram = [0u32; BINS];
    for value in values {
        histogram[(((value - low) / (high - low) * BINS as f32) as usize).min(BINS - 1)] += 1;
    }
    let total: f64 =
        histogram.iter().zip(0u32..).map(|(&count, bin)| f64::from(count) * f64::from(bin)).sum();
    let (mut below, mut sum_below) = (0.0, 0.0);
    let (mut best, mut most) = (0..0, -1.0);
    for (bin, &count) in histogram.iter().enumerate() {
        below += f64::from(count);
        sum_below += f64::from(count) * bin as f64;
        let above = values.len() as f64 - below;
        if above == 0.0 {
            break;
        }
        // The variance between the groups, but for a factor: what is most between is least within.
        let gap = sum_below / below - (total - sum_below) / above;
        let between = below * above * gap * gap;
        if below > 0.0 && between > most {
            (best, most) = (bin..bin, between);
        } else if between == most {
            // An empty valley: the middle of it, not its edge.
            best.end = bin;
        }
    }
    Some(low + ((best.start + best.end) as f32 / 2.0 + 1.0) / BINS as f32 * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, tones: &[f32]) -> Grey {
        Grey { width, height: tones.len() / width, tones: tones.to_vec() }
    }

    #[test]
    fn colours_become_luma_and_what_is_clear_becomes_ground() {
        let black_on_clear = [[0, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 51]].concat();
        let expected = [0.0, 255.0, 204.0];
        for (tone, wanted) in Grey::of_rgba(&black_on_clear, 3, 1).tones.iter().zip(expected) {
            assert!((tone - wanted).abs() < 0.1, "{tone}, not {wanted}");
        }
        let white_on_clear = [[255, 255, 255, 255], [255, 255, 255, 0]].concat();
        assert_eq!(Grey::of_rgba(&white_on_clear, 2, 1).tones, [255.0, 0.0]);
        let [red, green, blue] = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]]
            .map(|rgba| Grey::of_rgba(&rgba, 1, 1).tones[0]);
        assert!(green > red && red > blue && (red + green + blue - 255.0).abs() < 0.01);
    }

    #[test]
    fn a_picture_of_one_tone_stays_so_at_any_size() {
        let even = grey(7, &[130.0; 35]);
        for side in [1, 3, 7, 40] {
            let resized = even.resized(1..7, 0..5, side);
            assert_eq!(resized.tones.len(), resized.width * resized.height);
            assert_eq!(resized.width, side);
            assert!(resized.tones.iter().all(|tone| (tone - 130.0).abs() < 1e-3), "{resized:?}");
        }
    }

    #[test]
    fn larger_and_smaller_keep_their_place() {
        // A ramp keeps its slope, but at its ends, beyond which there is nothing.
        let ramp: Vec<f32> = (0..40).map(|x| x as f32).collect();
        let ramp = grey(40, &ramp);
        for side in [10, 20, 80, 100] {
            let resized = ramp.resized(0..40, 0..1, side);
            let scale = 40.0 / side as f32;
            for (x, tone) in resized.tones.iter().enumerate().take(side - side / 5).skip(side / 5) {
                assert!((tone - ((x as f32 + 0.5) * scale - 0.5)).abs() < 0.02, "{side}: {tone} at {x}");
            }
        }
    }

    #[test]
    fn darkness_is_against_the_ground_and_not_the_light() {
        // A line of 5 pixels across a sheet of paper that is in the shadow from column 60 on: half as light, with a hard edge.
        let light = |x: usize| if x < 60 { 240.0 } else { 120.0 };
        let is_ink = |y: usize| (18..23).contains(&y);
        let tones: Vec<f32> =
            (0..40 * 120).map(|i| light(i % 120) * if is_ink(i / 120) { 0.25 } else { 1.0 }).collect();
        let darkness = grey(120, &tones).darkness(8);
        for (at, dark) in darkness.into_iter().enumerate() {
            // The 32 that keep black from mattering make it a little less in the shadow.
            let wanted = if is_ink(at / 120) { 0.55..0.7 } else { -1e-6..1e-6 };
            assert!(wanted.contains(&dark), "{dark} in column {}, row {}", at % 120, at / 120);
        }
        // What is wider than the window is ground.
        assert!(grey(120, &tones).darkness(2).iter().all(|&dark| dark == 0.0));
        assert!(grey(120, &tones).inverted().darkness(8).iter().all(|&dark| dark == 0.0));
    }

    #[test]
    fn the_most_around_is_that_of_the_window() {
        let values: Vec<f32> = (0..23).map(|i| (i * 7 % 11) as f32).collect();
        let mut found = Vec::new();
        for radius in [0, 1, 3, 30] {
            most_around(&values, radius, f32::max, &mut found);
            for (at, &most) in found.iter().enumerate() {
                let window = at.saturating_sub(radius)..(at + radius + 1).min(23);
                assert_eq!(most, values[window].iter().copied().fold(0.0, f32::max), "{radius}, {at}");
            }
        }
    }

    #[test]
    fn a_threshold_lies_between_two_groups() {
        let values: Vec<f32> = (0..100)
            .map(|i| if i % 10 == 0 { 200.0 + (i % 3) as f32 } else { 20.0 + (i % 7) as f32 })
            .collect();
        let threshold = otsu(&values).unwrap();
        assert!((60.0..170.0).contains(&threshold), "{threshold}");
        assert_eq!(otsu(&[3.0; 5]), None);
        assert_eq!(otsu(&[]), None);
    }
}
