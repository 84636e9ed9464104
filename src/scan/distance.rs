//! How far each pixel is from the edge of a shape.

/// The signed distance of each pixel's middle from the edge of `inside`, in pixels: below 0 inside. Without any edge it is infinite.
///
/// Distances to the nearest pixel of the other kind are exact (Felzenszwalb and Huttenlocher, "Distance transforms of sampled functions",
/// 2012); the edge lies half a pixel before it.
pub(super) fn signed_distances(inside: &[bool], width: usize) -> Vec<f32> {
    let to = |is_there: bool| squared_distances(inside, width, is_there);
    let (to_inside, to_outside) = (to(true), to(false));
    let edge = |squared: f32| squared.sqrt() - 0.5;
    let sides = inside.iter().zip(to_inside.iter().zip(&to_outside));
    sides
        .map(
            |(&is_inside, (&to_inside, &to_outside))| {
                if is_inside { -edge(to_outside) } else { edge(to_inside) }
            },
        )
        .collect()
}

/// Squared distance of each pixel from the nearest that is `wanted`.
fn squared_distances(inside: &[bool], width: usize, wanted: bool) -> Vec<f32> {
    let mut squared: Vec<f32> =
        inside.iter().map(|&it| if it == wanted { 0.0 } else { f32::INFINITY }).collect();
    let height = squared.len() / width;
    let mut line = vec![0.0; width.max(height)];
    let mut envelope = Envelope::default();
    for x in 0..width {
        for (y, at) in line[..height].iter_mut().enumerate() {
            *at = squared[y * width + x];
        }
        envelope.of(&line[..height], |y, distance| squared[y * width + x] = distance);
    }
    for row in squared.chunks_exact_mut(width) {
        line[..width].copy_from_slice(row);
        envelope.of(&line[..width], |x, distance| row[x] = distance);
    }
    squared
}

/// The lower envelope of parabolas, one of which stands on each value of a line.
#[derive(Default)]
struct Envelope {
    /// Where the parabolas that are part of it stand, and from where on each is the lowest.
    parabolas: Vec<(usize, f32)>,
}

impl Envelope {
    /// Tells `tell` for each place the least of `value + distance²` over the line.
    fn of(&mut self, line: &[f32], mut tell: impl FnMut(usize, f32)) {
        self.parabolas.clear();
        for (at, &value) in line.iter().enumerate() {
            if value == f32::INFINITY {
                continue;
            }
            let from = loop {
                let Some(&(before, lowest_from)) = self.parabolas.last() else { break f32::NEG_INFINITY };
                let height = |at: usize, value: f32| value + (at * at) as f32;
                let meet = (height(at, value) - height(before, line[before])) / (2 * (at - before)) as f32;
                if meet > lowest_from {
                    break meet;
                }
                self.parabolas.pop();
            };
            self.parabolas.push((at, from));
        }
        let mut lowest = 0;
        for at in 0..line.len() {
            while self.parabolas.get(lowest + 1).is_some_and(|&(_, from)| from < at as f32) {
                lowest += 1;
            }
            let distance = self.parabolas.get(lowest).map_or(f32::INFINITY, |&(stands, _)| {
                line[stands] + (at.abs_diff(stands) * at.abs_diff(stands)) as f32
            });
            tell(at, distance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Random};

    #[test]
    fn distances_are_those_to_the_nearest_pixel_of_the_other_kind() {
        let random = Random::new(3, Purpose::Init);
        for (index, (width, height)) in [(1, 9), (9, 1), (13, 8), (20, 17)].into_iter().enumerate() {
            let inside: Vec<bool> =
                (0..width * height).map(|at| random.uniform(index as u32, at as u32) < 0.3).collect();
            for (at, distance) in signed_distances(&inside, width).into_iter().enumerate() {
                let squared = |other: usize| {
                    let [dx, dy] =
                        [(at % width).abs_diff(other % width), (at / width).abs_diff(other / width)];
                    dx * dx + dy * dy
                };
                let others = (0..inside.len()).filter(|&other| inside[other] != inside[at]);
                let nearest = others.map(squared).min().map_or(f32::INFINITY, |it| (it as f32).sqrt() - 0.5);
                let wanted = if inside[at] { -nearest } else { nearest };
                assert_eq!(distance, wanted, "{width} × {height}, {at}");
            }
        }
        assert_eq!(signed_distances(&[true; 6], 3), [f32::NEG_INFINITY; 6]);
        assert_eq!(signed_distances(&[false; 6], 3), [f32::INFINITY; 6]);
    }
}
