//! Data as a user of the crate meets it: the same bits on every machine, real files where there are any.
//!
//! Two more are run by hand, with `cargo test --release --test data -- --ignored --nocapture`: `sheet` draws built-in digits to
//! look at, `accuracy` says what a model reads that was trained on them.

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
mod files {
    use std::io::Read;
    use std::path::Path;
    use std::rc::Rc;

    use sumi::backend::Backend;
    use sumi::data::{Dataset, idx};
    use sumi::model::Model;
    use sumi::simd::Simd;
    use sumi::trainer::{Settings, Trainer};

    use super::*;

    /// The real files parse, and are centred as `drawing` says: at the middle of pixel 14.
    #[test]
    fn mnist_parses_and_is_centred_where_drawings_are() {
        let Some(folder) = std::env::var_os("MNIST_DIR") else {
            println!("not run: MNIST_DIR names no folder with MNIST's four files");
            return;
        };
        let folder = Path::new(&folder);
        assert_eq!(mnist(folder, "t10k").len(), 10_000);
        let train = mnist(folder, "train");
        assert_eq!(train.len(), 60_000);
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

    /// MNIST's training or test set, from the gzip files as they are published.
    fn mnist(folder: &Path, set: &str) -> Dataset {
        let read = |name: &str| {
            let mut bytes = Vec::new();
            let file =
                std::fs::File::open(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            flate2::read::GzDecoder::new(file)
                .read_to_end(&mut bytes)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            bytes
        };
        let (images, labels) = (format!("{set}-images-idx3-ubyte.gz"), format!("{set}-labels-idx1-ubyte.gz"));
        idx::dataset(&images, read(&images), &labels, read(&labels)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Trains the quickstart for five epochs, on MNIST and on built-in digits, and prints how much each reads of MNIST's test
    /// set and of the strokes in the file that STROKES names: a JSON object with `label` and `strokes` a line.
    #[test]
    #[ignore = "trains two networks, on data that is not in the repository"]
    fn accuracy() {
        let folder = std::env::var_os("MNIST_DIR").expect("MNIST_DIR names a folder with MNIST's four files");
        let strokes = std::env::var_os("STROKES").map(|file| strokes(Path::new(&file)));
        let (mnist_train, mnist_test) =
            (mnist(Path::new(&folder), "train"), mnist(Path::new(&folder), "t10k"));
        let built_in = synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| ());
        for (name, train) in [("MNIST", mnist_train), ("built-in digits", built_in)] {
            let train = Rc::new(train);
            for seed in 0..3 {
                let model = Model::quickstart();
                let parameters = model.initial_parameters(seed);
                let simd = Simd::new(&model, parameters).expect("they are the model's own");
                let settings = Settings { seed, ..Settings::default() };
                let mut trainer =
                    Trainer::new(simd, train.clone(), settings).expect("the defaults are in range");
                while trainer.epoch() < 4 || !trainer.epoch_is_over() {
                    trainer.advance(usize::MAX).expect("SIMD does not fail");
                }
                let mut read = |set: &Dataset| {
                    let metrics = trainer.backend().evaluate(set).expect("SIMD does not fail");
                    format!("{:.2} %", 100.0 * metrics.accuracy())
                };
                let of_strokes = strokes.as_ref().map_or("not given".to_owned(), &mut read);
                println!("{name}, seed {seed}: MNIST's test set {}, strokes {of_strokes}", read(&mnist_test));
            }
        }
    }

    /// The drawings in a file of strokes.
    fn strokes(file: &Path) -> Dataset {
        let mut text = String::new();
        let opened = std::fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        flate2::read::GzDecoder::new(opened).read_to_string(&mut text).expect("gzip");
        let (mut images, mut labels) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
            let list = |value: &serde_json::Value| value.as_array().expect("a list").clone();
            let number = |value: &serde_json::Value| value.as_f64().expect("a number") as f32;
            let point = |value: &serde_json::Value| [number(&value[0]), number(&value[1])];
            let stroke = |value: &serde_json::Value| list(value).iter().map(point).collect();
            let strokes: Vec<Vec<drawing::Point>> = list(&value["strokes"]).iter().map(stroke).collect();
            images.extend(drawing::rasterise(&strokes).expect("there is ink"));
            labels.push(value["label"].as_u64().expect("a digit") as u8);
        }
        Dataset::new(images, labels).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sixty built-in digits a class, as a picture in `target/`, and the time that one takes.
    #[test]
    #[ignore = "draws a picture for people to look at"]
    fn sheet() {
        const COLUMNS: usize = 30;
        let start = std::time::Instant::now();
        let digits: Vec<_> = (0..5000).map(|index| synthetic::digit(0, index)).collect();
        println!("{:.1} µs a digit", start.elapsed().as_secs_f64() * 1e6 / digits.len() as f64);
        let mut picture = format!("P5 {} {} 255\n", COLUMNS * 28, 20 * 28).into_bytes();
        for label in 0..10 {
            let of_label: Vec<_> = digits.iter().filter(|digit| digit.1 == label).collect();
            for row in of_label.chunks_exact(COLUMNS).take(2) {
                for y in 0..28 {
                    picture.extend(
                        row.iter().flat_map(|(image, _)| &image[y * 28..][..28]).map(|ink| 255 - ink),
                    );
                }
            }
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/digits.pgm");
        std::fs::write(&path, picture).unwrap();
        println!("{}", path.display());
    }
}
