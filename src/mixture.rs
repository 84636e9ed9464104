//! What the robust recipe trains on: MNIST's digits, built-in ones for the shapes that MNIST lacks, and scribbles.

use crate::data::{CLASSES, Dataset, PIXELS, synthetic};
use crate::random::{Purpose, Random};

/// Seeds the built-in digits and the scribbles: they are a dataset, whatever seed a run has.
const SEED: u32 = 0;

/// One image in thirty is one.
pub(crate) const SCRIBBLES: u32 = 4000;

/// Of MNIST's training images the last one in so many is held out: 5,000 of 60,000.
const HELD_OUT: usize = 12;

/// What MNIST's training set is trained on, and its last twelfth.
pub(crate) fn split(mnist: &Dataset) -> [Dataset; 2] {
    let at = trained(mnist.len());
    [mnist.slice(0..at), mnist.slice(at..mnist.len())]
}

/// How many of MNIST's training images are trained on.
fn trained(images: usize) -> usize {
    images - images / HELD_OUT
}

/// The dataset, made some images at a time, in room that is taken once: it has 119,000 images with MNIST's.
///
/// A scribble has some digit's label, drawn at random.
#[derive(Debug, Clone)]
pub struct Mixture {
    images: Vec<u8>,
    labels: Vec<u8>,
    /// Of them, MNIST's.
    given: usize,
}

impl Mixture {
    /// MNIST's training images, but for the last twelfth, are there from the beginning.
    pub fn new(mnist: &Dataset) -> Self {
        let given = trained(mnist.len());
        let count = given + Self::total() as usize;
        let (mut images, mut labels) = (Vec::with_capacity(count * PIXELS), Vec::with_capacity(count));
        images.extend_from_slice(&mnist.images()[..given * PIXELS]);
        labels.extend_from_slice(&mnist.labels()[..given]);
        Mixture { images, labels, given }
    }

    /// How many images are made, all in all.
    pub const fn total() -> u32 {
        synthetic::TRAIN.end + SCRIBBLES
    }

    /// Makes up to `count` images more, and answers how many have been made then.
    pub fn make(&mut self, count: u32) -> u32 {
        let first = (self.labels.len() - self.given) as u32;
        let end = first.saturating_add(count).min(Self::total());
        let random = Random::new(SEED, Purpose::Scribble);
        for index in first..end {
            let (image, label) = match index.checked_sub(synthetic::TRAIN.end) {
                None => synthetic::digit(SEED, index),
                // `u32::MAX` as element is beyond any scribble's own draws.
                Some(index) => (
                    synthetic::scribble(SEED, index),
                    (random.block(index, u32::MAX)[0] % CLASSES as u32) as u8,
                ),
            };
            self.images.extend(image);
            self.labels.push(label);
        }
        end
    }

    /// The dataset, with what has not been made yet.
    pub fn finish(mut self) -> Dataset {
        self.make(u32::MAX);
        Dataset::new(self.images, self.labels).expect("every image has 784 pixels and a label from 0 to 9")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 24 images that differ, as a stand-in for MNIST.
    fn mnist() -> Dataset {
        let images = (0..24u8).flat_map(|image| [image; PIXELS]).collect();
        Dataset::new(images, (0..24).map(|image| image % 10).collect()).unwrap()
    }

    #[test]
    fn is_the_same_however_it_is_made() {
        let whole = Mixture::new(&mnist()).finish();
        assert_eq!(whole.len(), 22 + 60_000 + 4000);
        let mut mixture = Mixture::new(&mnist());
        let mut made = 0;
        while made < Mixture::total() {
            let before = made;
            made = mixture.make(59_990);
            assert_eq!(made, (before + 59_990).min(64_000));
        }
        assert_eq!(mixture.make(1), 64_000, "no more than there are");
        let parts = mixture.finish();
        assert!(parts.images() == whole.images() && parts.labels() == whole.labels());
    }

    #[test]
    fn scribbles_have_every_label_alike() {
        let mixture = Mixture::new(&mnist()).finish();
        let scribbles = &mixture.labels()[mixture.len() - SCRIBBLES as usize..];
        let mut counts = [0; CLASSES];
        scribbles.iter().for_each(|&label| counts[usize::from(label)] += 1);
        // Binomial: mean 400, standard deviation 19; five of them.
        assert!(counts.iter().all(|&count| (305..495).contains(&count)), "{counts:?}");
    }
}
