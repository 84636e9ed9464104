//! Training images as other hands would have written them: moved, turned, stretched, slanted, bent, drawn thicker or thinner.
//!
//! ```text
//! (seed, step, row) → 64 bytes → 5 × 5 knots, 8 pixels apart: where each comes from → bilinear in between → pixels → tone
//! ```
//!
//! An image is a function of the original and (seed, step, row in the batch), and all of it is done in whole numbers: every backend on every
//! machine has the same bits. Shift, rotation, scale, aspect and shear move the knots together; the elastic part moves each for itself.
//! They turn about the middle of pixel 14, where MNIST's digits and drawings have their centre of mass, so that is where it stays, but for
//! the shift and a little of the bending. Strokes grow and shrink by tone: a soft edge that is made darker is a wider stroke.
//!
//! Here is the definition, pixel by pixel; [`Op::Augment`](crate::plan::Op::Augment) is how a training step has it.

use crate::Error;
use crate::data::{Dataset, PIXELS};
use crate::random::{Purpose, Random};

/// Rows and columns of an image.
pub(crate) const SIDE: usize = 28;

/// Parts of a pixel: positions are multiples of 1 / 256.
pub(crate) const PART: i32 = 256;

/// Pixels from knot to knot.
pub(crate) const SPACING: usize = 8;

/// Knots in each direction. The middle one lies in the middle of pixel 14, the outer ones outside the image.
pub(crate) const KNOTS: usize = 5;

/// How many pixels before the image's first one the middle of a pixel would lie on the first knots.
pub(crate) const BEFORE: usize = 2;

/// How far images may stray: the most of each, in both directions, all equally likely. Whole numbers of at most [`Augmentation::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Augmentation {
    /// To the sides, up and down, in 1 / 256 pixel.
    pub shift: u16,
    /// Rotation, by how many 1 / 256 pixel a point turns that is 8 pixels from the centre; scale, aspect and shear have that unit, too.
    pub rotation: u16,
    /// Size.
    pub scale: u16,
    /// Width against height.
    pub aspect: u16,
    /// Sideways for each step down.
    pub shear: u16,
    /// Every knot for itself, in 1 / 256 pixel.
    pub elastic: u16,
    /// By how many 1 / 256 of its own tone a pixel becomes darker: wider strokes.
    pub thicker: u16,
    /// By how many 1 / 256 of what it lacks to full ink a pixel becomes lighter: narrower strokes.
    pub thinner: u16,
    /// Of so many neighbouring rows of a batch the first is left as it is; at least 1, which leaves all.
    pub clean_every: u16,
}

impl Augmentation {
    /// The largest amount of anything: 4 pixels, or twice the size. Positions then stay within 16 bits.
    pub const MOST: u16 = 1024;

    /// Nothing changes.
    pub const NONE: Self = Augmentation {
        shift: 0,
        rotation: 0,
        scale: 0,
        aspect: 0,
        shear: 0,
        elastic: 0,
        thicker: 0,
        thinner: 0,
        clean_every: 1,
    };

    /// The robust recipe's: half a pixel of shift, 8° of rotation, 7 % of scale and of aspect, 7° of slant, 0.8 pixels of bending; every
    /// second image is clean. `docs/drawings.md` has what else was tried.
    pub const ROBUST: Self = Augmentation {
        shift: 128,
        rotation: 300,
        scale: 150,
        aspect: 150,
        shear: 250,
        elastic: 200,
        thicker: 200,
        thinner: 128,
        clean_every: 2,
    };

    /// # Errors
    /// [`Error::Setting`] names the first amount that is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        let Augmentation { shift, rotation, scale, aspect, shear, elastic, thicker, thinner, clean_every } =
            *self;
        for (name, amount) in [
            ("shift", shift),
            ("rotation", rotation),
            ("scale", scale),
            ("aspect", aspect),
            ("shear", shear),
            ("elastic", elastic),
            ("thicker", thicker),
            ("thinner", thinner),
        ] {
            if amount > Self::MOST {
                return Err(Error::Setting {
                    name,
                    value: amount.to_string(),
                    expected: "choose at most 1024",
                });
            }
        }
        if clean_every == 0 {
            let expected = "choose at least 1, which leaves every image clean";
            return Err(Error::Setting { name: "clean images", value: "0".into(), expected });
        }
        Ok(())
    }

    /// Whether it leaves every image as it is.
    pub const fn is_none(&self) -> bool {
        self.clean_every <= 1
    }

    /// Whether it may change row `row` of a batch.
    pub fn changes(&self, row: usize) -> bool {
        !row.is_multiple_of(usize::from(self.clean_every))
    }

    /// How row `row` of the batch of `step` is changed; none leaves it as it is.
    pub fn warp(&self, seed: u32, step: u32, row: usize) -> Option<Warp> {
        self.changes(row).then(|| Warp::new(self, seed, step, row))
    }

    /// The pixels of a batch, `[rows, 784]`: those of the dataset's `rows`, changed for `step`.
    pub fn batch(&self, seed: u32, step: u32, dataset: &Dataset, rows: &[u32]) -> Vec<u8> {
        let images = rows.iter().map(|&index| dataset.image(index as usize));
        let warped = images.enumerate().flat_map(|(row, image)| match self.warp(seed, step, row) {
            Some(warp) => warp.apply(image),
            None => image.to_vec(),
        });
        warped.collect()
    }
}

/// How one image is changed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warp {
    /// Where each knot's ink comes from: x and y in 1 / 256 pixel, from the image's upper left corner. Row by row.
    pub(crate) knots: [[[i32; 2]; KNOTS]; KNOTS],
    /// What is added to a pixel for each step of its tone, and for each step that it lacks to full ink, in 1 / 2¹⁵.
    pub(crate) tone: [i32; 2],
}

impl Warp {
    fn new(most: &Augmentation, seed: u32, step: u32, row: usize) -> Self {
        let random = Random::new(seed, Purpose::Augment);
        // Eight blocks of eight bytes, in little-endian order.
        let mut bytes = [0; 64];
        for (block, bytes) in (row as u32 * 8..).zip(bytes.chunks_exact_mut(8)) {
            for (word, bytes) in random.block(step, block).iter().zip(bytes.chunks_exact_mut(4)) {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        let signed = |at: usize| i32::from(bytes[at] as i8);
        let amount = |at: usize, most: u16| (signed(at) * i32::from(most)) >> 7;
        let shift = [amount(50, most.shift), amount(51, most.shift)];
        let (rotation, scale) = (amount(52, most.rotation), amount(53, most.scale));
        let (aspect, shear) = (amount(54, most.aspect), amount(55, most.shear));
        let distance = SPACING as i32 * PART;
        let middle = 14 * PART + PART / 2;
        let mut knots = [[[0; 2]; KNOTS]; KNOTS];
        for (down, row) in (-2..).zip(&mut knots) {
            for (right, knot) in (-2..).zip(row) {
                let own = (10 * (down + 2) + 2 * (right + 2)) as usize;
                *knot = [
                    middle + (distance + scale + aspect) * right + (shear - rotation) * down + shift[0],
                    middle + (distance + scale - aspect) * down + rotation * right + shift[1],
                ];
                knot[0] += amount(own, most.elastic);
                knot[1] += amount(own + 1, most.elastic);
            }
        }
        let tone = match signed(56) {
            darker @ 0.. => [darker * i32::from(most.thicker), 0],
            lighter => [0, lighter * i32::from(most.thinner)],
        };
        Warp { knots, tone }
    }

    /// The pixel in column `x` and row `y`, both from 0 to 27.
    pub fn pixel(&self, image: &[u8], x: usize, y: usize) -> u8 {
        let [cell_x, cell_y] = [x, y].map(|at| (at + BEFORE) / SPACING);
        let [right, down] = [x, y].map(|at| ((at + BEFORE) % SPACING) as i32);
        let [from_x, from_y] = [0, 1].map(|axis| {
            let knot = |j: usize, i: usize| self.knots[cell_y + j][cell_x + i][axis];
            let left = knot(0, 0) * (8 - down) + knot(1, 0) * down;
            let far = knot(0, 1) * (8 - down) + knot(1, 1) * down;
            // From the corner of the image to the middle of its first pixel.
            ((left * (8 - right) + far * right) >> 6) - PART / 2
        });
        let at = |x: i32, y: i32| match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < SIDE && y < SIDE => i32::from(image[y * SIDE + x]),
            _ => 0,
        };
        let (x, y) = (from_x >> 8, from_y >> 8);
        let (right, down) = (from_x & (PART - 1), from_y & (PART - 1));
        let upper = at(x, y) * (PART - right) + at(x + 1, y) * right;
        let lower = at(x, y + 1) * (PART - right) + at(x + 1, y + 1) * right;
        let value = (upper * (PART - down) + lower * down + PART * PART / 2) >> 16;
        let [darker, lighter] = self.tone;
        (value + ((value * darker + (255 - value) * lighter) >> 15)).clamp(0, 255) as u8
    }

    /// All 784 pixels.
    pub fn apply(&self, image: &[u8]) -> Vec<u8> {
        (0..PIXELS).map(|at| self.pixel(image, at % SIDE, at / SIDE)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::synthetic;

    /// Only the given amounts; every image is changed (but the first).
    fn only(amounts: impl Fn(&mut Augmentation)) -> Augmentation {
        let mut augmentation = Augmentation { clean_every: 4096, ..Augmentation::NONE };
        amounts(&mut augmentation);
        augmentation
    }

    fn warped(augmentation: &Augmentation, seed: u32, step: u32, row: usize, image: &[u8]) -> Vec<u8> {
        augmentation.warp(seed, step, row).unwrap().apply(image)
    }

    /// Ink and centre of mass, in pixels.
    fn mass(image: &[u8]) -> (f64, [f64; 2]) {
        let sum = |weight: &dyn Fn(usize) -> f64| -> f64 {
            image.iter().enumerate().map(|(at, &value)| weight(at) * f64::from(value) / 255.0).sum()
        };
        let ink = sum(&|_| 1.0);
        (ink, [sum(&|at| (at % SIDE) as f64) / ink, sum(&|at| (at / SIDE) as f64) / ink])
    }

    fn noise(seed: u32) -> Vec<u8> {
        let random = Random::new(seed, Purpose::Synthetic);
        (0..PIXELS as u32).map(|at| random.block(0, at)[0] as u8).collect()
    }

    #[test]
    fn no_strength_is_the_identity() {
        let none = only(|_| ());
        for image in [synthetic::digit(0, 0).0.to_vec(), noise(1), vec![0; PIXELS], vec![255; PIXELS]] {
            assert_eq!(warped(&none, 0, 1, 1, &image), image);
        }
        assert_eq!(Augmentation::NONE.warp(0, 1, 1), None);
    }

    /// The same bits everywhere, and others for another seed, step or row.
    #[test]
    fn is_a_function_of_seed_step_and_row() {
        let image = synthetic::digit(0, 3).0;
        let one = warped(&Augmentation::ROBUST, 1, 2, 3, &image);
        assert_eq!(one, warped(&Augmentation::ROBUST, 1, 2, 3, &image));
        for (seed, step, row) in [(2, 2, 3), (1, 3, 3), (1, 2, 5)] {
            assert_ne!(one, warped(&Augmentation::ROBUST, seed, step, row, &image));
        }
        let warp = Augmentation::ROBUST.warp(1, 2, 3).unwrap();
        assert_eq!((warp.knots[0][0], warp.knots[4][4], warp.tone), KNOWN, "known answers");
    }

    /// From this file's own first run: what every version has to meet.
    const KNOWN: ([i32; 2], [i32; 2], [i32; 2]) = ([645, -1360], [7112, 8952], [14_800, 0]);

    #[test]
    fn amounts_are_those_asked_for() {
        // For a strength alone, the knot that is 8 pixels right of the middle, and the one below it, in 1 / 256 pixel.
        let limit = 256;
        let moves = |amounts: fn(&mut Augmentation)| -> Vec<[i32; 4]> {
            let augmentation = only(amounts);
            let at = |row: usize| {
                let knots = augmentation.warp(0, 1, row).unwrap().knots;
                let rest = 14 * PART + PART / 2;
                let [right, below] = [knots[2][3], knots[3][2]];
                [right[0] - rest - 2048, right[1] - rest, below[0] - rest, below[1] - rest - 2048]
            };
            (1..2000).map(at).collect()
        };
        let shift = moves(|it| it.shift = 256);
        let rotation = moves(|it| it.rotation = 256);
        let scale = moves(|it| it.scale = 256);
        let aspect = moves(|it| it.aspect = 256);
        let shear = moves(|it| it.shear = 256);
        let elastic = moves(|it| it.elastic = 256);
        assert!(shift.iter().all(|&[a, b, c, d]| a == c && b == d));
        assert!(rotation.iter().all(|&[a, b, c, d]| a == 0 && d == 0 && b == -c));
        assert!(scale.iter().all(|&[a, b, c, d]| b == 0 && c == 0 && a == d));
        assert!(aspect.iter().all(|&[a, b, c, d]| b == 0 && c == 0 && a == -d));
        assert!(shear.iter().all(|&[a, b, _, d]| a == 0 && b == 0 && d == 0));
        for (moves, axis) in [(shift, 0), (rotation, 1), (scale, 0), (aspect, 0), (shear, 2), (elastic, 3)] {
            let amounts: Vec<i32> = moves.iter().map(|it| it[axis]).collect();
            assert!(amounts.iter().all(|amount| (-limit..limit).contains(amount)));
            // Uniform over ± 1 pixel: mean 0 and standard deviation 256 / √3 = 148; of 1,999, five standard deviations.
            let mean = amounts.iter().map(|&it| f64::from(it)).sum::<f64>() / 1999.0;
            let square = amounts.iter().map(|&it| f64::from(it * it)).sum::<f64>() / 1999.0;
            assert!(mean.abs() < 17.0, "mean {mean}");
            assert!((square.sqrt() - 147.8).abs() < 7.5, "deviation {}", square.sqrt());
        }
    }

    #[test]
    fn tone_widens_and_narrows_strokes() {
        let image = synthetic::digit(0, 8).0;
        let (before, _) = mass(&image);
        let thick = only(|it| it.thicker = 256);
        let thin = only(|it| it.thinner = 256);
        let (mut most, mut least) = (before, before);
        for row in 1..200 {
            let (darker, lighter) =
                (mass(&warped(&thick, 0, 1, row, &image)).0, mass(&warped(&thin, 0, 1, row, &image)).0);
            assert!(darker >= before && lighter <= before);
            (most, least) = (most.max(darker), least.min(lighter));
        }
        assert!(most > 1.1 * before && least < 0.9 * before, "{least} to {most} of {before}");
    }

    /// No digit loses ink over the image's edge, and its centre of mass stays within two pixels of the centre's pixel.
    #[test]
    fn ink_stays_in_the_frame() {
        let without_tone = Augmentation { thicker: 0, thinner: 0, ..Augmentation::ROBUST };
        for index in 0..500 {
            let image = synthetic::digit(1, index).0;
            let (before, from) = mass(&image);
            let changed = warped(&without_tone, 0, index, 1, &image);
            let (after, to) = mass(&changed);
            // Area goes with the square of the scale, and bending adds to it.
            assert!((0.7..1.45).contains(&(after / before)), "{index}: {after} of {before}");
            assert!((0..2).all(|axis| (to[axis] - from[axis]).abs() < 1.5), "{index}: {from:?} to {to:?}");
            // What would go over the edge leaves a trace on the outermost pixels.
            let at_rim = |at: &usize| [0, SIDE - 1].iter().any(|rim| at % SIDE == *rim || at / SIDE == *rim);
            let rim: f64 = (0..PIXELS).filter(at_rim).map(|at| f64::from(changed[at]) / 255.0).sum();
            assert!(rim < 0.04 * after, "{index}: {rim} of {after} at the rim");
        }
    }

    #[test]
    fn amounts_have_a_range() {
        assert!(Augmentation::NONE.check().is_ok() && Augmentation::NONE.is_none());
        assert!(Augmentation::ROBUST.check().is_ok() && !Augmentation::ROBUST.is_none());
        let error = |augmentation: Augmentation| augmentation.check().unwrap_err().to_string();
        assert_eq!(error(only(|it| it.shear = 1025)), "shear is 1025: choose at most 1024");
        let error = error(only(|it| it.clean_every = 0));
        assert_eq!(error, "clean images is 0: choose at least 1, which leaves every image clean");
    }

    #[test]
    fn a_batch_keeps_its_clean_rows() {
        let dataset = synthetic::dataset(0, 0, 40, |_| ());
        let rows: Vec<u32> = (0..33).rev().collect();
        let images = Augmentation::ROBUST.batch(1, 9, &dataset, &rows);
        assert_eq!(images.len(), 33 * PIXELS);
        for (row, (image, &index)) in images.chunks(PIXELS).zip(&rows).enumerate() {
            let every = usize::from(Augmentation::ROBUST.clean_every);
            assert_eq!(image == dataset.image(index as usize), row % every == 0, "row {row}");
        }
    }
}
