//! Handwriting-like digits, made from stroke skeletons: a dataset for when there is no data at all.
//!
//! ```text
//! skeleton → pen samples shaken → sheet of paper bent and slanted → curves → MNIST's box, pen and shift
//! ```
//!
//! An image is a function of (seed, index) alone, so images can be made in any order and in slices, and are the same bits on
//! every machine: only `+ - × ÷ √` are used, which IEEE 754 rounds alike everywhere.
//!
//! Shapes and amounts were tuned on MNIST's training images, by eye and by how well a model of built-in digits reads
//! them; then shapes were added that people's pens write and MNIST hardly has (curled 9s, crossed 7s, 1s on a base, 4s with a short stem),
//! after looking at what was misread of 7,494 pen strokes. No image of MNIST and no stroke of a person is in here.

mod scribble;
mod skeletons;

use std::ops::Range;

use self::skeletons::{ALLOGRAPHS, Allograph};
use super::{CLASSES, Dataset, PIXELS};
use crate::drawing::{self, Pen, Point, Sample};
use crate::random::{Purpose, Random};

pub use scribble::scribble;

/// The images to train on: as many as MNIST has.
pub const TRAIN: Range<u32> = 0..60_000;

/// The images to test on: as many as MNIST has.
pub const TEST: Range<u32> = 60_000..70_000;

/// How far handwriting strays. Each is a standard deviation, of coordinates where a digit reaches from -1 to 1 unless it
/// says otherwise.
mod spread {
    /// Every pen sample, for itself.
    pub const SAMPLE: f32 = 0.055;
    /// How much of a sample's error the next one has too: a factor. A hand that is off stays off for a while.
    pub const CARRY: f32 = 0.75;
    /// Every stroke as a whole.
    pub const STROKE: f32 = 0.06;
    /// Every coefficient of the polynomials of degree 2 that bend the paper.
    pub const BEND: f32 = 0.17;
    /// Of degree 3.
    pub const TWIST: f32 = 0.1;
    /// Logarithm of width by height.
    pub const ASPECT: f32 = 0.22;
    /// Sideways for each step up. People lean to the right: the mean.
    pub const SLANT: f32 = 0.25;
    pub const MEAN_SLANT: f32 = 0.15;
    /// Up for each step sideways.
    pub const TILT: f32 = 0.10;
    /// Logarithm of the pen's width.
    pub const PEN: f32 = 0.26;
}

/// The pen's median width in pixels. With it, and with its spread, the ink of an image is distributed as MNIST's.
const PEN_WIDTH: f32 = 2.45;

/// The pen's edge in pixels: harder than that of drawings, as most of MNIST's are.
const PEN_EDGE: f32 = 1.45;

/// The labelled images `first..first + count`, which is below 2³². `progress` hears how many are made, now and then and at the
/// end.
pub fn dataset(seed: u32, first: u32, count: usize, mut progress: impl FnMut(usize)) -> Dataset {
    const REPORT_EVERY: usize = 500;
    let mut images = Vec::with_capacity(count * PIXELS);
    let mut labels = Vec::with_capacity(count);
    for (made, index) in (1..=count).zip(first..) {
        let (image, label) = digit(seed, index);
        images.extend(image);
        labels.push(label);
        if made % REPORT_EVERY == 0 || made == count {
            progress(made);
        }
    }
    Dataset::new(images, labels).expect("every image has 784 pixels and a label from 0 to 9")
}

/// Image `index` of the endless sequence of `seed`, 28 × 28 pixels from 0 (paper) to 255 (ink), and its label from 0 to 9.
///
/// Each ten images whose first has an index divisible by ten show the ten digits, in an order of their own.
pub fn digit(seed: u32, index: u32) -> ([u8; PIXELS], u8) {
    let random = Random::new(seed, Purpose::Synthetic);
    let label = label(&random, index);
    let draws = &mut Draws { random, index, element: 0 };
    let allograph = choose(ALLOGRAPHS[usize::from(label)], draws);
    (write(allograph, draws), label)
}

/// The place of `index` in its ten, carried through a permutation of the ten digits: a · place + b modulo 10.
fn label(random: &Random, index: u32) -> u8 {
    // `u32::MAX` as element is beyond any image's own draws.
    let [a, b] = random.block(index / 10, u32::MAX);
    // The numbers that have an inverse modulo 10.
    let a = [1, 3, 7, 9][(a % 4) as usize];
    let classes = CLASSES as u32;
    ((a * (index % classes) + b % classes) % classes) as u8
}

/// One of `allographs`, by weight.
fn choose(allographs: &'static [Allograph], draws: &mut Draws) -> &'static Allograph {
    let total: u32 = allographs.iter().map(|allograph| allograph.weight).sum();
    let mut at = draws.uniform() * total as f32;
    allographs
        .iter()
        .find(|allograph| {
            at -= allograph.weight as f32;
            at < 0.0
        })
        .unwrap_or(&allographs[0])
}

/// Writes the digit as someone would, once.
fn write(allograph: &Allograph, draws: &mut Draws) -> [u8; PIXELS] {
    let paper = Paper::new(draws);
    let pen = Pen { width: PEN_WIDTH * growth(spread::PEN * draws.normal()), edge: PEN_EDGE };
    let mut curves: Vec<Vec<Sample>> = allograph
        .strokes
        .iter()
        .map(|samples| {
            let stray = [0; 2].map(|_| spread::STROKE * draws.normal());
            let mut error = [0.0; 2];
            let samples: Vec<Sample> = samples
                .iter()
                .map(|sample| {
                    error = error.map(|error| spread::CARRY * error + spread::SAMPLE * draws.normal());
                    let place = paper.place([0, 1].map(|axis| {
                        let at = f32::from(sample[axis]) / 50.0 - 1.0;
                        at + stray[axis] + error[axis]
                    }));
                    Sample::from(place)
                })
                .collect();
            drawing::smooth(&samples)
        })
        .collect();
    // As MNIST's digits fill their box, to the edge.
    drawing::ink(&mut curves, pen, drawing::BOX_SIDE)
}

/// Where the points of a digit come to lie: a polynomial of degree 3, so that neighbours stay neighbours.
struct Paper {
    /// For each axis, factors of x, y, x², xy, y², x³, x²y, xy², y³.
    factors: [[f32; 9]; 2],
}

impl Paper {
    fn new(draws: &mut Draws) -> Self {
        let mut factors = [[0.0; 9]; 2];
        for axis in &mut factors {
            for bend in &mut axis[2..5] {
                *bend = spread::BEND * draws.normal();
            }
            for twist in &mut axis[5..] {
                *twist = spread::TWIST * draws.normal();
            }
        }
        // The paper's x leans with y, which points down.
        let slant = spread::MEAN_SLANT + spread::SLANT * draws.normal();
        [factors[0][0], factors[0][1]] = [growth(spread::ASPECT * draws.normal()), -slant];
        [factors[1][0], factors[1][1]] = [spread::TILT * draws.normal(), 1.0];
        Paper { factors }
    }

    /// From a digit that reaches from -1 to 1 to the units of the drawing's grid.
    fn place(&self, [x, y]: Point) -> Point {
        let terms = [x, y, x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y];
        self.factors.map(|axis| {
            let at: f32 = axis.iter().zip(terms).map(|(factor, term)| factor * term).sum();
            at * (drawing::GRID as f32 / 2.0)
        })
    }
}

/// A stand-in for the exponential function that is the same everywhere: `growth(-x) = 1 / growth(x)`, for `x` within ±2.
fn growth(x: f32) -> f32 {
    (2.0 + x) / (2.0 - x)
}

/// An image's own random numbers, one after the other.
struct Draws {
    random: Random,
    index: u32,
    element: u32,
}

impl Draws {
    fn next(&mut self) -> u32 {
        self.element += 1;
        self.element
    }

    /// Uniform in `[0, 1)`.
    fn uniform(&mut self) -> f32 {
        let element = self.next();
        self.random.uniform(self.index, element)
    }

    /// Nearly normal, of mean 0 and standard deviation 1: the sum of four uniform numbers of 16 bits, so within ±3.47.
    fn normal(&mut self) -> f32 {
        let element = self.next();
        let words = self.random.block(self.index, element);
        let sum: u32 = words.iter().map(|word| (word & 0xffff) + (word >> 16)).sum();
        // Each has variance 2³² / 12; the mean of the sum is 4 · (2¹⁶ - 1) / 2.
        (sum as f32 - 131_070.0) * (1.732_050_8 / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::BOX_SIDE;

    const SIDE: usize = 28;

    /// Panics unless `image` is a digit as MNIST has them: 20 pixels on the longer side, the centre of mass at the centre.
    fn assert_normalised(image: &[u8; PIXELS], what: &str) {
        let inked = |along: usize, across: usize, rows: bool| {
            image[if rows { along * SIDE + across } else { across * SIDE + along }] > 0
        };
        let extents = [true, false].map(|rows| {
            let mut at = (0..SIDE).filter(|&along| (0..SIDE).any(|across| inked(along, across, rows)));
            let first = at.next().unwrap_or_else(|| panic!("{what}: no ink"));
            (first, at.next_back().unwrap_or(first))
        });
        let longer = extents.iter().map(|(first, last)| last - first + 1).max();
        assert_eq!(longer, Some(BOX_SIDE as usize), "{what}");
        for (axis, (first, last)) in extents.into_iter().enumerate() {
            let weight = |i: usize| (if axis == 0 { i / SIDE } else { i % SIDE }) as f64;
            let mass: f64 = image.iter().map(|&value| f64::from(value)).sum();
            let moment: f64 = image.iter().enumerate().map(|(i, &value)| weight(i) * f64::from(value)).sum();
            let off = (moment / mass - 14.0).abs();
            assert!(off <= 0.5 + 1e-5 || first == 0 || last == SIDE - 1, "{what}: {off} off the centre");
        }
    }

    #[test]
    fn every_image_is_normalised() {
        for index in 0..2000 {
            assert_normalised(&digit(3, index).0, &format!("image {index}"));
        }
    }

    #[test]
    fn every_allograph_can_be_written() {
        let random = Random::new(11, Purpose::Synthetic);
        for (label, allographs) in ALLOGRAPHS.iter().enumerate() {
            assert!(allographs.len() > 1, "one way to write a {label} is not enough");
            for (nth, allograph) in allographs.iter().enumerate() {
                assert!(allograph.weight > 0);
                for index in 0..50 {
                    let image = write(allograph, &mut Draws { random, index, element: 0 });
                    assert_normalised(&image, &format!("allograph {nth} of {label}, {index}"));
                }
            }
        }
    }

    #[test]
    fn allographs_come_by_weight() {
        let random = Random::new(5, Purpose::Synthetic);
        let allographs = ALLOGRAPHS[1];
        let total: u32 = allographs.iter().map(|allograph| allograph.weight).sum();
        let draws = 20_000;
        let mut counts = vec![0u32; allographs.len()];
        for index in 0..draws {
            let chosen = choose(allographs, &mut Draws { random, index, element: 0 });
            let nth = allographs.iter().position(|allograph| std::ptr::eq(allograph, chosen));
            counts[nth.expect("one of those given")] += 1;
        }
        for (allograph, count) in allographs.iter().zip(counts) {
            let share = f64::from(allograph.weight) / f64::from(total);
            let expected = f64::from(draws) * share;
            let sigma = (expected * (1.0 - share)).sqrt();
            assert!((f64::from(count) - expected).abs() < 5.0 * sigma, "{count}, not {expected}");
        }
    }

    #[test]
    fn every_ten_images_show_ten_digits() {
        for ten in 0..500 {
            let mut labels: Vec<u8> = (0..10).map(|place| digit(1, 10 * ten + place).1).collect();
            labels.sort_unstable();
            assert!(labels.into_iter().eq(0..10), "ten {ten}");
        }
    }

    #[test]
    fn any_slice_is_the_same_images() {
        let mut reports = Vec::new();
        let slice = dataset(9, 60_000, 1003, |made| reports.push(made));
        assert_eq!(reports, [500, 1000, 1003]);
        for (at, index) in [(0, 60_000), (1002, 61_002)] {
            let (image, label) = digit(9, index);
            assert_eq!((slice.image(at), slice.labels()[at]), (&image[..], label));
        }
        assert_ne!(digit(9, 0).0, digit(10, 0).0, "another seed");
        assert!(dataset(9, 0, 0, |_| panic!("nothing to report")).is_empty());
    }

    #[test]
    fn draws_are_nearly_normal() {
        let random = Random::new(2, Purpose::Synthetic);
        let draws = &mut Draws { random, index: 0, element: 0 };
        let count = 100_000;
        let normals: Vec<f64> = (0..count).map(|_| f64::from(draws.normal())).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(count);
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(count);
        // Standard deviations 1 / √n of the mean, and at most √(2 / n) of the variance; five of them.
        assert!(mean.abs() < 0.016, "{mean}");
        assert!((variance - 1.0).abs() < 0.023, "{variance}");
        assert!((growth(0.7) * growth(-0.7) - 1.0).abs() < 1e-6);
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn no_seed_or_index_panics(seed: u32, index: u32) {
                let (image, label) = digit(seed, index);
                prop_assert!(label < 10);
                assert_normalised(&image, "any");
            }
        }
    }
}
