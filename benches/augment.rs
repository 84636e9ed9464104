//! What augmentation adds to a training step, natively: medians of rounds in which the plain and the augmented step take turns.
//!
//! ```text
//! MNIST_DIR=… cargo bench --bench augment
//! ```
//!
//! Without `MNIST_DIR` it trains on built-in digits.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use sumi::augment::Augmentation;
use sumi::backend::Backend;
use sumi::data::synthetic;
use sumi::model::{Dense, Model};
use sumi::simd::Simd;
use sumi::trainer::{Settings, Trainer};

#[path = "../tests/common/files.rs"]
#[allow(dead_code, reason = "this bench uses a part of it")]
mod files;

const ROUNDS: usize = 9;
const STEPS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let dataset = Arc::new(match env::var_os("MNIST_DIR") {
        Some(_) => files::mnist()?.0,
        None => synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| {}),
    });
    println!("| hidden units | plain, ms a step | augmented | ratio |");
    println!("| --- | --- | --- | --- |");
    for hidden in [128, 512] {
        let model = Model::new(&[Dense::relu(hidden).with_dropout(0.2), Dense::linear(10)])?;
        let simd = || Simd::new(&model, model.initial_parameters(0));
        let mut plain = Trainer::new(simd()?, dataset.clone(), Settings::default())?;
        let settings = Settings { augmentation: Augmentation::ROBUST, ..Settings::default() };
        let mut augmented = Trainer::new(simd()?, dataset.clone(), settings)?;
        let mut times = [const { Vec::new() }; 2];
        for round in 0..=ROUNDS {
            let measured = [timed(&mut plain)?, timed(&mut augmented)?];
            // The first round warms up.
            if round > 0 {
                times.iter_mut().zip(measured).for_each(|(times, ms)| times.push(ms));
            }
        }
        let [plain, augmented] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        });
        println!("| {hidden} | {plain:.3} | {augmented:.3} | {:.2} |", augmented / plain);
    }
    Ok(())
}

/// Milliseconds a step.
fn timed<B: Backend>(trainer: &mut Trainer<B>) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let end = trainer.step() as usize + STEPS;
    while (trainer.step() as usize) < end {
        pollster::block_on(trainer.advance(end - trainer.step() as usize))?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / STEPS as f64)
}
