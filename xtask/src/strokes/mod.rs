//! `cargo xtask strokes FILE`: trains, and says how well drawings are read: over all, by digit, by writer, what is taken for what, and a
//! picture of the mistakes.
//!
//! ```text
//! recipe → network ┐
//! FILE → drawings ─┴ readings → report, picture
//! ```

mod file;
mod picture;
mod report;

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

use anyhow::{Context, Error, Result};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde::Serialize;
use sumi::{
    backend::Backend,
    data::{CLASSES, Dataset},
    recipe::Recipe,
    simd::Simd,
    trainer::Trainer,
};

use crate::{mnist, project};
use file::Drawing;
use report::Confusion;

/// What `cargo xtask strokes` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Drawings to read: a JSON object a line, {"label": 8, "strokes": [[[x, y], …], …]} and perhaps "writer"; in gzip or not
    file: PathBuf,
    /// How the network is trained
    #[arg(long, default_value_t = Recipe::Quickstart, value_parser = recipes())]
    recipe: Recipe,
    /// Seed of the initial weights, the shuffles and the dropout masks
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// Print one JSON object with recipe, seed, mnist_test_accuracy, strokes_accuracy and per_class instead of the report
    #[arg(long)]
    json: bool,
    /// Where the picture of the mistakes goes; by default into target/strokes/
    #[arg(long, value_name = "FILE.png")]
    picture: Option<PathBuf>,
    #[command(flatten)]
    mnist: mnist::Source,
}

fn recipes() -> impl TypedValueParser<Value = Recipe> {
    PossibleValuesParser::new(Recipe::ALL.map(Recipe::name)).try_map(|name| name.parse())
}

/// The result as JSON has it, in this order.
#[derive(Debug, Serialize)]
struct Figures {
    recipe: &'static str,
    seed: u32,
    /// `0.0..=1.0`, as all of them; null without MNIST.
    mnist_test_accuracy: Option<f64>,
    strokes_accuracy: f64,
    /// By digit; null for one of which there are no drawings.
    per_class: [Option<f64>; CLASSES],
}

/// Trains, reads, and reports. What it says on the way goes to standard error, so that the report can be kept.
pub fn run(options: &Options) -> Result<()> {
    // Before anything that takes its time.
    let drawings = file::read(&options.file).map_err(Error::msg)?;
    let recipe = options.recipe;
    let mnist = options.mnist.find()?.map(|folder| mnist::read(&folder)).transpose()?;
    let (train, test) = mnist.unzip();
    let dataset = recipe.dataset(train.as_ref()).with_context(|| {
        format!("the recipe {recipe} trains on MNIST: name a folder with its four .gz files with --mnist DIR or MNIST_DIR")
    })?;
    let mut network = train_network(recipe, options.seed, dataset)?;
    let mnist_accuracy = match &test {
        Some(test) => Some(pollster::block_on(network.evaluate(test))?.accuracy()),
        None => None,
    };
    let images: Vec<u8> = drawings.iter().flat_map(|drawing| drawing.image).collect();
    let logits = pollster::block_on(network.predict(&images))?;
    let readings: Vec<u8> = logits.chunks_exact(CLASSES).map(largest).collect();
    let confusion =
        Confusion::new(drawings.iter().map(|drawing| drawing.label).zip(readings.iter().copied()));

    let picture = options.picture.clone().unwrap_or_else(|| {
        project::target().join("strokes").join(format!("mistakes-{recipe}-{}.png", options.seed))
    });
    let drawn = write_picture(&picture, &drawings, &readings)?;
    if options.json {
        let figures = Figures {
            recipe: recipe.name(),
            seed: options.seed,
            mnist_test_accuracy: mnist_accuracy,
            strokes_accuracy: confusion.accuracy(),
            per_class: std::array::from_fn(|label| confusion.class_accuracy(label)),
        };
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    println!("recipe {recipe}, seed {}", options.seed);
    if let Some(accuracy) = mnist_accuracy {
        println!("MNIST's test set: {:.2} % read right", 100.0 * accuracy);
    }
    println!(
        "{}: {:.2} % of {} drawings read right\n",
        options.file.display(),
        100.0 * confusion.accuracy(),
        drawings.len()
    );
    print!("{confusion}");
    if let Some(table) = report::by_writer(&drawings, &readings) {
        print!("\n{table}");
    }
    println!("\n{} mistakes, {drawn} of them drawn in {}", confusion.mistakes(), picture.display());
    Ok(())
}

/// Trains a network on this processor.
fn train_network(recipe: Recipe, seed: u32, dataset: Dataset) -> Result<Simd> {
    let model = recipe.model();
    let simd = Simd::new(&model, model.initial_parameters(seed))?;
    let mut trainer = Trainer::new(simd, Rc::new(dataset), recipe.settings(seed))?;
    let start = Instant::now();
    for epoch in 1..=recipe.epochs() {
        pollster::block_on(trainer.advance(usize::MAX))?;
        eprintln!(
            "epoch {epoch} of {}: {:.2} % of the training digits read right, {:.1} s",
            recipe.epochs(),
            100.0 * trainer.epoch_metrics().accuracy(),
            start.elapsed().as_secs_f64()
        );
    }
    Ok(trainer.into_backend())
}

/// Which class has the largest logit; of equal ones the first, as Keras's argmax has it.
fn largest(logits: &[f32]) -> u8 {
    (0..)
        .zip(logits)
        .fold((0, f32::MIN), |best, (class, &logit)| if logit > best.1 { (class, logit) } else { best })
        .0
}

/// Draws the mistakes, and answers how many found room.
fn write_picture(path: &Path, drawings: &[Drawing], readings: &[u8]) -> Result<usize> {
    let mut mistakes: Vec<_> =
        drawings.iter().zip(readings).filter(|(drawing, reading)| drawing.label != **reading).collect();
    // What is taken for the same stands together.
    mistakes.sort_by_key(|(drawing, reading)| (drawing.label, **reading));
    mistakes.truncate(picture::ROOM);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mistakes: Vec<_> =
        mistakes.iter().map(|(drawing, reading)| (&drawing.image, [drawing.label, **reading])).collect();
    fs::write(path, picture::png(&mistakes)?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(mistakes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_largest_is_read() {
        assert_eq!(largest(&[-3.0, 2.0, 2.0, 1.0]), 1);
        assert_eq!(largest(&[-3.0, -4.0]), 0);
    }
}
