//! `cargo xtask strokes FILE`: trains, and says how well drawings are read: over all, by digit, by writer, what is taken for what, how far
//! the network's certainty can be believed, and a picture of the mistakes.
//!
//! ```text
//! recipe → network ┐
//! FILE → drawings ─┴ readings → report, picture
//! ```

mod file;
mod picture;
mod report;

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
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
    calibration,
    data::{CLASSES, Dataset, synthetic},
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
    let (recipe, seed) = (options.recipe, options.seed);
    let mnist = options.mnist.find()?.map(|folder| mnist::read(&folder)).transpose()?;
    let (mnist, test) = mnist.unzip();
    let dataset = recipe.dataset(mnist.as_ref()).with_context(|| {
        format!(
            "the recipe {recipe} trains on MNIST: name a folder with its four .gz files with --mnist DIR or MNIST_DIR"
        )
    })?;
    let mut network = train(recipe, seed, dataset)?;
    let images: Vec<u8> = drawings.iter().flat_map(|drawing| drawing.image).collect();
    let labels: Vec<u8> = drawings.iter().map(|drawing| drawing.label).collect();
    let strokes = Read::new(&mut network, &Dataset::new(images, labels)?)?;
    let test = test.map(|test| Read::new(&mut network, &test)).transpose()?;
    let readings = strokes.readings();
    let confusion = Confusion::new(strokes.labels.iter().copied().zip(readings.iter().copied()));

    let picture = options
        .picture
        .clone()
        .unwrap_or_else(|| project::target().join("strokes").join(format!("mistakes-{recipe}-{seed}.png")));
    let drawn = write_picture(&picture, &drawings, &readings)?;
    if options.json {
        let figures = Figures {
            recipe: recipe.name(),
            seed,
            mnist_test_accuracy: test.as_ref().map(Read::accuracy),
            strokes_accuracy: confusion.accuracy(),
            per_class: std::array::from_fn(|label| confusion.class_accuracy(label)),
        };
        println!("{}", serde_json::to_string(&figures)?);
        return Ok(());
    }
    let certainty = certainty(&mut network, recipe, seed, mnist.as_ref(), test.as_ref(), &strokes)?;
    println!("recipe {recipe}, seed {seed}");
    if let Some(test) = &test {
        println!(
            "MNIST's test set: {:.2} % of {} digits read right",
            100.0 * test.accuracy(),
            test.labels.len()
        );
    }
    let (file, right) = (options.file.display(), 100.0 * confusion.accuracy());
    println!("{file}: {right:.2} % of {} drawings read right\n", drawings.len());
    print!("{confusion}");
    if let Some(table) = report::by_writer(&drawings, &readings) {
        print!("\n{table}");
    }
    println!("\n{certainty}");
    println!("{} mistakes, {drawn} of them drawn in {}", confusion.mistakes(), picture.display());
    Ok(())
}

/// Images as a network reads them.
struct Read {
    /// `[n, 10]`.
    logits: Vec<f32>,
    /// What they are, `0..=9`.
    labels: Vec<u8>,
}

impl Read {
    fn new(network: &mut Simd, dataset: &Dataset) -> Result<Self> {
        let logits = pollster::block_on(network.predict(dataset.images()))?;
        Ok(Read { logits, labels: dataset.labels().to_vec() })
    }

    fn readings(&self) -> Vec<u8> {
        self.logits.chunks_exact(CLASSES).map(|row| calibration::top(row).0 as u8).collect()
    }

    fn accuracy(&self) -> f64 {
        let right =
            self.readings().iter().zip(&self.labels).filter(|(reading, label)| reading == label).count();
        right as f64 / self.labels.len() as f64
    }

    /// Expected calibration error in fifteen bins, as the literature has it.
    fn calibration_error(&self, temperature: f32) -> f64 {
        let probabilities = calibration::probabilities(&self.logits, CLASSES, temperature);
        calibration::expected_calibration_error(&probabilities, &self.labels, 15)
    }
}

/// Of the digits that were held out from training, so many may be marked "not sure" without need.
const FALSE_ALARMS: f64 = 0.02;

/// Scribbles that the network has never seen: of another seed than those to train on.
const SCRIBBLES: (u32, u32) = (1, 6000);

/// What can be said of the network's certainty, in sentences.
fn certainty(
    network: &mut Simd,
    recipe: Recipe,
    seed: u32,
    mnist: Option<&Dataset>,
    test: Option<&Read>,
    strokes: &Read,
) -> Result<String> {
    let held_out =
        recipe.held_out(mnist).context("a recipe that has a dataset has held something out from it")?;
    let held_out = match held_out.rest {
        None => Read::new(network, &held_out.digits)?,
        Some(rest) => {
            eprintln!("again, without the digits that the temperature is fitted on:");
            Read::new(&mut train(recipe, seed, rest)?, &held_out.digits)?
        }
    };
    let temperature = calibration::fit_temperature(&held_out.logits, &held_out.labels);
    let sure_from = calibration::not_sure_below(&held_out.logits, CLASSES, FALSE_ALARMS);
    let marked = |logits: &[f32]| {
        let marked =
            logits.chunks_exact(CLASSES).filter(|row| calibration::evidence(row) < sure_from).count();
        100.0 * (marked * CLASSES) as f64 / logits.len() as f64
    };
    let images: Vec<u8> =
        (0..SCRIBBLES.1).flat_map(|index| synthetic::scribble(SCRIBBLES.0, index)).collect();
    let scribbles = pollster::block_on(network.predict(&images))?;

    let mut text = format!(
        "temperature {temperature:.3}, fitted on {} held-out digits; expected calibration error without and with it:\n",
        held_out.labels.len()
    );
    let sets = [("MNIST's test set", test), ("drawings", Some(strokes))];
    let sets: Vec<_> = sets.into_iter().filter_map(|(name, set)| Some((name, set?))).collect();
    for (name, set) in &sets {
        let [plain, scaled] =
            [1.0, temperature].map(|temperature| 100.0 * set.calibration_error(temperature));
        writeln!(text, "    {name}: {plain:.2} %, {scaled:.2} %")?;
    }
    writeln!(text, "not sure where the top logit is less than {sure_from:.2} above the mean of all:")?;
    for (name, set) in &sets {
        writeln!(text, "    {name}: {:.1} %", marked(&set.logits))?;
    }
    writeln!(text, "    {} scribbles: {:.1} %", SCRIBBLES.1, marked(&scribbles))?;
    Ok(text)
}

/// Trains a network on this processor.
fn train(recipe: Recipe, seed: u32, dataset: Dataset) -> Result<Simd> {
    let model = recipe.model();
    let simd = Simd::new(&model, model.initial_parameters(seed))?;
    let settings = recipe.settings(seed, dataset.len());
    let mut trainer = Trainer::new(simd, Arc::new(dataset), settings)?;
    let start = Instant::now();
    for epoch in 1..=recipe.epochs() {
        pollster::block_on(trainer.advance(usize::MAX))?;
        eprintln!(
            "epoch {epoch} of {}: {:.2} % of the training images read right, {:.1} s",
            recipe.epochs(),
            100.0 * trainer.epoch_metrics().accuracy(),
            start.elapsed().as_secs_f64()
        );
    }
    Ok(trainer.into_backend())
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
