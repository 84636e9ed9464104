//! Data as a user of the crate meets it: the same bits on every machine, real files where there are any.

use sha2::{Digest, Sha256};
use sumi::augment::Augmentation;
use sumi::data::synthetic;
use sumi::drawing;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// SHA-256 of the first hundred built-in digits of seed 0, each followed by its label.
fn digest_of_digits() -> String {
    let mut hash = Sha256::new();
    for index in 0..100 {
        let (image, label) = synthetic::digit(0, index);
        hash.update(image);
        hash.update([label]);
    }
    hexadecimal(&hash.finalize())
}

/// SHA-256 of the images of a hundred scribbles, of one to five strokes in whole coordinates.
fn digest_of_drawings() -> String {
    let mut hash = Sha256::new();
    for n in 0..100u32 {
        // A multiplicative hash, for want of a scribbler.
        let coordinate = |i: u32| ((n * 40 + i + 1).wrapping_mul(0x9e37_79b9) >> 23) as f32;
        let point = |i: u32| [coordinate(2 * i), coordinate(2 * i + 1)];
        let strokes: Vec<Vec<_>> = (0..=n % 5).map(|s| (8 * s..10 * s + 4).map(point).collect()).collect();
        hash.update(drawing::rasterise(&strokes).expect("there is ink"));
    }
    hexadecimal(&hash.finalize())
}

/// SHA-256 of a batch of built-in digits as the robust recipe augments them at step 7 of seed 0, and of thirty scribbles.
fn digest_of_augmented_digits_and_scribbles() -> String {
    let digits = synthetic::dataset(0, 0, 64, |_| ());
    let rows: Vec<u32> = (0..64).rev().collect();
    let mut hash = Sha256::new();
    hash.update(Augmentation::ROBUST.batch(0, 7, &digits, &rows));
    for index in 0..30 {
        hash.update(synthetic::scribble(0, index));
    }
    hexadecimal(&hash.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A change of the generator changes this digest, and what every model learnt from it.
#[test]
fn built_in_digits_are_the_same_bits_everywhere() {
    assert_eq!(digest_of_digits(), "2766ebfde98f6f2f2c88b981a1e743eee1a89f6061c0a862706904c4b5483337");
}

#[test]
fn drawings_are_the_same_bits_everywhere() {
    assert_eq!(digest_of_drawings(), "480bafd13964fd8c13334b6b406bf8ebdbef3b58c7e533c0912e3425db478456");
}

#[test]
fn augmented_digits_and_scribbles_are_the_same_bits_everywhere() {
    assert_eq!(
        digest_of_augmented_digits_and_scribbles(),
        "ba6805b18f223a85f1c7a04f525fb09851d1d8f12c58c948361a698c1227cf6f"
    );
}

#[cfg(not(target_arch = "wasm32"))]
#[path = "common/files.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod files;

/// What needs the real files; without them these tests are ignored, and `cargo xtask test` says that they have not run.
#[cfg(not(target_arch = "wasm32"))]
mod mnist {
    use std::error::Error;
    use std::sync::Arc;

    use sumi::backend::Backend;
    use sumi::metrics::Metrics;
    use sumi::recipe::Recipe;

    use super::*;

    /// The real files parse, and are centred as `drawing` says: at the middle of pixel 14.
    #[test]
    #[ignore = "needs MNIST"]
    fn parses_and_is_centred_where_drawings_are() {
        let (train, test) = files::mnist().unwrap();
        assert_eq!((train.len(), test.len()), (60_000, 10_000));
        let mut means = [0.0; 2];
        for image in train.images().chunks_exact(784) {
            let mass: f64 = image.iter().map(|&value| f64::from(value)).sum();
            for (axis, mean) in means.iter_mut().enumerate() {
                let at = |i: usize| (if axis == 0 { i % 28 } else { i / 28 }) as f64;
                let moment: f64 = image.iter().enumerate().map(|(i, &value)| at(i) * f64::from(value)).sum();
                assert!((moment / mass - 14.0).abs() < 0.53, "one image is {} off", moment / mass - 14.0);
                *mean += moment / mass / 60_000.0;
            }
        }
        // Uniform over a pixel: the mean of 60,000 has a standard deviation of 0.0012.
        assert!(means.iter().all(|mean| (mean - 14.0).abs() < 0.02), "{means:?}");
    }

    /// The ink of built-in digits is MNIST's: how much, in how many pixels, how wide, how dark where a box ends, and in which greys.
    #[test]
    #[ignore = "needs MNIST"]
    fn built_in_digits_have_its_ink() {
        let (train, _) = files::mnist().unwrap();
        let (mnist, ours) = (ink(train.images()), ink(synthetic::dataset(0, 0, 10_000, |_| ()).images()));
        for ((what, mnist), (_, ours)) in mnist.iter().zip(&ours) {
            assert!((ours / mnist - 1.0).abs() < 0.1, "{what}: {ours:.2}, MNIST's {mnist:.2}");
        }
    }

    /// Means over `images`, by name.
    fn ink(images: &[u8]) -> Vec<(&'static str, f64)> {
        let mut sums = [0.0; 5];
        for image in images.chunks_exact(784) {
            let at = |x: usize, y: usize| f64::from(image[y * 28 + x]) / 255.0;
            let ink: f64 = image.iter().map(|&value| f64::from(value) / 255.0).sum();
            let inked = image.iter().filter(|&&value| value > 0).count() as f64;
            // Along its rim the ink falls from 1 to 0, so the slopes add up to the rim's length: twice the strokes'.
            let slopes = (0..27 * 27).map(|i| (i % 27, i / 27));
            let rim: f64 =
                slopes.map(|(x, y)| (at(x + 1, y) - at(x, y)).hypot(at(x, y + 1) - at(x, y))).sum();
            let mut darkest = image.chunks_exact(28).map(|row| row.iter().max().copied().unwrap_or(0));
            let top = darkest.find(|&value| value > 0).map_or(0.0, f64::from);
            let light = image.iter().filter(|&&value| (1..128).contains(&value)).count() as f64 / inked;
            sums.iter_mut().zip([ink, inked, 2.0 * ink / rim, top, light]).for_each(|(sum, it)| *sum += it);
        }
        let names = [
            "ink, in black pixels",
            "pixels with ink",
            "width of strokes",
            "darkest of the first row",
            "light greys",
        ];
        let count = (images.len() / 784) as f64;
        names.into_iter().zip(sums.map(|sum| sum / count)).collect()
    }

    /// What a quickstart reads of MNIST's test set after five epochs, as `benches/accuracy.rs` reports it for many seeds: of those,
    /// the worst is a few tenths of a per cent below the mean, and these bounds lie as far below that.
    #[test]
    #[ignore = "needs MNIST"]
    fn the_quickstart_learns_it() {
        let metrics = trained_and_tested(Recipe::Quickstart).unwrap();
        assert!(metrics.accuracy() >= 0.97 && metrics.loss() <= 0.1, "{metrics:?}");
    }

    #[test]
    #[ignore = "needs MNIST"]
    fn built_in_digits_teach_it_too() {
        let metrics = trained_and_tested(Recipe::Builtin).unwrap();
        assert!(metrics.accuracy() >= 0.9, "{metrics:?}");
    }

    fn trained_and_tested(recipe: Recipe) -> Result<Metrics, Box<dyn Error>> {
        let (train, test) = files::mnist()?;
        let dataset = recipe.dataset(Some(&train)).ok_or("there is MNIST")?;
        Ok(pollster::block_on(files::trained(recipe, Arc::new(dataset), 1)?.evaluate(&Arc::new(test)))?)
    }
}
