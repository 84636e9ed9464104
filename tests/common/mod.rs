//! What several tests share.
#![allow(dead_code, reason = "each test file is a crate of its own and uses a part of this")]

use sumi::data::{Dataset, PIXELS};
use sumi::random::{Purpose, Random};

/// Asks "is it close", never "is it far": every comparison with NaN is false, so NaN fails here.
pub fn assert_close(name: &str, got: &[f32], want: &[f32], tolerance: impl Fn(usize) -> f32) {
    assert_eq!(got.len(), want.len(), "{name}: length");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let tolerance = tolerance(i);
        assert!((got - want).abs() <= tolerance, "{name}[{i}]: got {got}, want {want} ± {tolerance}");
    }
}

/// Runs a backend's future. Those of the processor's backends never wait, so this works in wasm too.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

/// Numbers to test with: a function of its name and index.
pub struct Numbers {
    random: Random,
    next: u32,
}

impl Numbers {
    pub fn new(seed: u32) -> Self {
        Numbers { random: Random::new(seed, Purpose::Synthetic), next: 0 }
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f32 {
        self.next += 1;
        self.random.uniform(u32::MAX, self.next)
    }

    /// `count` numbers, uniform in ± `limit`.
    pub fn floats(&mut self, count: usize, limit: f32) -> Vec<f32> {
        (0..count).map(|_| (2.0 * self.unit() - 1.0) * limit).collect()
    }

    /// Digits.
    pub fn labels(&mut self, count: usize, classes: usize) -> Vec<u8> {
        (0..count).map(|_| (self.unit() * classes as f32) as u8).collect()
    }

    /// Images as sparse as MNIST's: four fifths of the pixels are zero, and some pixels are zero in all.
    pub fn images(&mut self, count: usize) -> Vec<u8> {
        (0..count * PIXELS)
            .map(|i| {
                let ink = i % PIXELS % 28 >= 4 && self.unit() < 0.22;
                if ink { (1.0 + self.unit() * 254.9) as u8 } else { 0 }
            })
            .collect()
    }
}

/// A dataset that can be learned: each image's bright pixels depend on its label.
pub fn learnable(seed: u32, count: usize) -> Dataset {
    let mut numbers = Numbers::new(seed);
    let labels = numbers.labels(count, 10);
    let mut images = numbers.images(count);
    for (image, &label) in images.chunks_mut(PIXELS).zip(&labels) {
        for row in 0..4 {
            let start = (4 + 2 * usize::from(label)) * 28 + 6 + row * 4;
            image[start..start + 3].fill(200);
        }
    }
    Dataset::new(images, labels).expect("the labels are digits")
}
