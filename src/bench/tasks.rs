//! How long whole tasks take that a visitor waits for, and the dense products by themselves.

use std::sync::Arc;

use super::{Part, Profile};
use crate::Error;
use crate::backend::Backend;
use crate::data::Dataset;
use crate::drawing::{Point, rasterise};
use crate::model::{Dense, Model};
use crate::plan::{Fusion, Op};
use crate::simd::Simd;
use crate::team::Team;
use crate::trainer::{Settings, Trainer};

/// Milliseconds that a task takes, one number a repeat, under the task's name.
pub type Task = (String, Vec<f64>);

/// Rows, columns and depth of the products that are timed.
pub const PRODUCT: usize = 512;

/// Multiply-adds of one of them.
pub const PRODUCT_MULTIPLY_ADDS: f64 = (PRODUCT * PRODUCT * PRODUCT) as f64;

/// How often what takes less than a clock's step is timed together.
const DRAWINGS: usize = 200;

/// Times everything `repeats` times, on a team; `clock` gives milliseconds since some moment.
///
/// | task | what it is |
/// | --- | --- |
/// | `five epochs` | the quickstart, trained from the first step and evaluated once |
/// | `evaluate` | loss and accuracy over all test images |
/// | `predict` | one image's logits |
/// | `read a drawing` | from a pen's points to logits |
/// | `dense_forward` `dense_backward_input` `dense_backward_weights` | a layer of 512 units behind one of 512, on a batch of 512, with its ReLU: on one thread alone |
///
/// # Errors
/// [`Error::NoImages`].
pub async fn tasks(
    train: Arc<Dataset>,
    test: &Arc<Dataset>,
    team: &Team,
    repeats: usize,
    clock: &dyn Fn() -> f64,
) -> Result<Vec<Task>, Error> {
    let model = Model::quickstart();
    let settings = Settings::default();
    let drawing = seven();
    let mut tasks: Vec<Task> = Vec::new();
    let mut add = |name: &str, ms| match tasks.iter_mut().find(|(it, _)| it == name) {
        Some((_, times)) => times.push(ms),
        None => tasks.push((name.to_owned(), vec![ms])),
    };
    for _ in 0..repeats {
        let start = clock();
        let simd =
            Simd::with_team(&model, model.initial_parameters(settings.seed), Fusion::Update, team.clone())?;
        let mut trainer = Trainer::new(simd, Arc::clone(&train), settings.clone())?;
        for _ in 0..5 {
            trainer.advance(usize::MAX).await?;
        }
        let mut simd = trainer.into_backend();
        let trained = clock();
        simd.evaluate(test).await?;
        add("five epochs", clock() - start);
        add("evaluate", clock() - trained);

        let image = rasterise(&drawing).expect("the drawing has ink");
        let start = clock();
        for _ in 0..DRAWINGS {
            simd.predict(&image).await?;
        }
        add("predict", (clock() - start) / DRAWINGS as f64);
        let start = clock();
        for _ in 0..DRAWINGS {
            let image = rasterise(&drawing).expect("the drawing has ink");
            simd.predict(&image).await?;
        }
        add("read a drawing", (clock() - start) / DRAWINGS as f64);
        if team.threads() == 1 {
            for (name, ms) in products(&train, clock)? {
                add(name, ms);
            }
        }
    }
    Ok(tasks)
}

/// Milliseconds of the three products of the second layer, with gradients left in memory.
fn products(train: &Arc<Dataset>, clock: &dyn Fn() -> f64) -> Result<Vec<(&'static str, f64)>, Error> {
    let model = Model::new(&[Dense::relu(PRODUCT), Dense::relu(PRODUCT), Dense::linear(10)])?;
    let simd = Simd::with_fusion(&model, model.initial_parameters(0), Fusion::None)?;
    let settings = Settings { batch: PRODUCT, ..Settings::default() };
    let parts = Profile::new(simd, Arc::clone(train), settings)?.means(4, clock);
    let name = |part| match part {
        Part::Op(Op::DenseForward { layer, .. }) if layer.index == 1 => Some("dense_forward"),
        Part::Op(Op::DenseBackwardInput { layer, .. }) if layer.index == 1 => Some("dense_backward_input"),
        Part::Op(Op::DenseBackwardWeights { layer }) if layer.index == 1 => Some("dense_backward_weights"),
        _ => None,
    };
    Ok(parts.into_iter().filter_map(|(part, ms)| Some((name(part)?, ms))).collect())
}

/// A seven with as many points as a pen leaves in a second.
pub(super) fn seven() -> Vec<Vec<Point>> {
    const CORNERS: [Point; 9] = [
        [0.26, 0.22],
        [0.40, 0.205],
        [0.56, 0.20],
        [0.73, 0.205],
        [0.66, 0.34],
        [0.58, 0.48],
        [0.51, 0.62],
        [0.46, 0.74],
        [0.43, 0.84],
    ];
    let between = |[from, to]: [Point; 2]| {
        (0..8).map(move |i| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * i as f32 / 8.0))
    };
    vec![CORNERS.array_windows().copied().flat_map(between).collect()]
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::data::synthetic;

    #[test]
    fn every_task_is_timed_as_often_as_asked() {
        let train = Arc::new(synthetic::dataset(0, 0, 40, |_| {}));
        let test = Arc::new(synthetic::dataset(0, 40, 8, |_| {}));
        let reads = Cell::new(0.0);
        let clock = || reads.replace(reads.get() + 1.0);
        let tasks = pollster::block_on(tasks(train, &test, &Team::solo(), 2, &clock)).unwrap();
        let names: Vec<&str> = tasks.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = [
            "five epochs",
            "evaluate",
            "predict",
            "read a drawing",
            "dense_forward",
            "dense_backward_input",
            "dense_backward_weights",
        ];
        assert_eq!(names, wanted);
        assert!(tasks.iter().all(|(_, ms)| ms.len() == 2 && ms.iter().all(|&ms| ms > 0.0)), "{tasks:?}");
    }
}
