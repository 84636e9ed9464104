//! Data as a user of the crate meets it: the same bits on every machine, real files where there are any.

use sha2::{Digest, Sha256};
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A change of the generator changes this digest, and what every model learnt from it.
#[test]
fn built_in_digits_are_the_same_bits_everywhere() {
    assert_eq!(digest_of_digits(), "3bb5b4860674fc264914b2f3ef8c62fbb324fe547169fde9979a63d7407ee4eb");
}

#[test]
fn drawings_are_the_same_bits_everywhere() {
    assert_eq!(digest_of_drawings(), "460d3ee2c37e394fe22529da5a337be5fc7de1e7d78ec191d1b6f421b10e74d7");
}

#[cfg(not(target_arch = "wasm32"))]
#[path = "common/files.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod files;

/// What needs the real files; without them these tests are ignored, and `cargo xtask test` says that they have not run.
#[cfg(not(target_arch = "wasm32"))]
mod mnist {
    use std::sync::Arc;

    use sumi::backend::Backend;

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

    /// What a quickstart reads of MNIST's test set after five epochs, as `benches/accuracy.rs` reports it for many seeds: of those,
    /// the worst is a few tenths of a per cent below the mean, and these bounds lie as far below that.
    #[test]
    #[ignore = "needs MNIST"]
    fn the_quickstart_learns_it() {
        let (train, test) = files::mnist().unwrap();
        let metrics =
            pollster::block_on(files::quickstart(Arc::new(train), 1).unwrap().evaluate(&Arc::new(test)))
                .unwrap();
        assert!(metrics.accuracy() >= 0.97 && metrics.loss() <= 0.1, "{metrics:?}");
    }

    #[test]
    #[ignore = "needs MNIST"]
    fn built_in_digits_teach_it_too() {
        let train = synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| ());
        let (_, test) = files::mnist().unwrap();
        let metrics =
            pollster::block_on(files::quickstart(Arc::new(train), 1).unwrap().evaluate(&Arc::new(test)))
                .unwrap();
        assert!(metrics.accuracy() >= 0.9, "{metrics:?}");
    }
}
