//! What augmentation adds to a training step, natively: medians of rounds in which the plain and the augmented step take turns.
//!
//! ```text
//! MNIST_DIR=… cargo bench --bench augment
//! ```
//!
//! Without `MNIST_DIR` it trains on built-in digits; without a GPU, or a software adapter, on the processor alone.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use sumi::augment::Augmentation;
use sumi::backend::Backend;
use sumi::data::{Dataset, synthetic};
use sumi::gpu::{Device, Gpu};
use sumi::model::{Dense, Model};
use sumi::plan::Fusion;
use sumi::simd::Simd;
use sumi::trainer::{Settings, Trainer};

#[path = "../tests/common/files.rs"]
#[allow(dead_code, reason = "this bench uses a part of it")]
mod files;

const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let dataset = Arc::new(match env::var_os("MNIST_DIR") {
        Some(_) => files::mnist()?.0,
        None => synthetic::dataset(0, synthetic::TRAIN.start, synthetic::TRAIN.len(), |_| {}),
    });
    println!("| backend | hidden units | plain, ms a step | augmented | ratio |");
    println!("| --- | --- | --- | --- | --- |");
    for hidden in [128, 512] {
        let model = Model::new(&[Dense::relu(hidden).with_dropout(0.2), Dense::linear(10)])?;
        let simd = || Ok(Simd::new(&model, model.initial_parameters(0))?);
        compare("simd, one thread", hidden, &dataset, 100, simd)?;
    }
    for hidden in [128, 512] {
        let model = Model::new(&[Dense::relu(hidden).with_dropout(0.2), Dense::linear(10)])?;
        let device = match pollster::block_on(Device::open()) {
            Ok(device) => device,
            Err(error) => {
                println!("{error}");
                break;
            }
        };
        let gpu = || {
            let device = pollster::block_on(Device::open())?;
            Ok(Gpu::new(device, &model, model.initial_parameters(0), Fusion::OutputLayer)?)
        };
        compare(&format!("gpu, {}", device.name()), hidden, &dataset, 10, gpu)?;
    }
    Ok(())
}

/// Times both kinds of step in turn, and prints a row: medians, and the median of each round's ratio.
fn compare<B: Backend>(
    name: &str,
    hidden: usize,
    dataset: &Arc<Dataset>,
    steps: usize,
    make: impl Fn() -> Result<B, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut plain = Trainer::new(make()?, dataset.clone(), Settings::default())?;
    let settings = Settings { augmentation: Augmentation::ROBUST, ..Settings::default() };
    let mut augmented = Trainer::new(make()?, dataset.clone(), settings)?;
    let mut times = [const { Vec::new() }; 3];
    for round in 0..=ROUNDS {
        let measured = [timed(&mut plain, steps)?, timed(&mut augmented, steps)?];
        // The first round warms up.
        if round > 0 {
            let [plain, augmented] = measured;
            times
                .iter_mut()
                .zip([plain, augmented, augmented / plain])
                .for_each(|(times, it)| times.push(it));
        }
    }
    let [plain, augmented, ratio] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!("| {name} | {hidden} | {plain:.3} | {augmented:.3} | {ratio:.2} |");
    Ok(())
}

/// Milliseconds a step.
fn timed<B: Backend>(trainer: &mut Trainer<B>, steps: usize) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let end = trainer.step() as usize + steps;
    while (trainer.step() as usize) < end {
        pollster::block_on(trainer.advance(end - trainer.step() as usize))?;
    }
    pollster::block_on(trainer.finish())?;
    Ok(start.elapsed().as_secs_f64() * 1e3 / steps as f64)
}
