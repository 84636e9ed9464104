//! Real files, and what is learnt from them: for the tests and benches that have them.

use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use flate2::read::GzDecoder;
use sumi::data::{Dataset, idx, mnist};
use sumi::recipe::Recipe;
use sumi::simd::Simd;
use sumi::trainer::Trainer;

/// MNIST's training and test set, from the folder that `MNIST_DIR` names.
pub fn mnist() -> Result<(Dataset, Dataset), Box<dyn Error>> {
    let dir = env::var_os("MNIST_DIR").ok_or("MNIST_DIR names no folder with MNIST's four files")?;
    let read = |file: mnist::File| -> Result<Vec<u8>, Box<dyn Error>> {
        let bytes = gunzip(&Path::new(&dir).join(file.name))?;
        file.check(&bytes)?;
        Ok(bytes)
    };
    let set = |images: mnist::File, labels: mnist::File| -> Result<Dataset, Box<dyn Error>> {
        Ok(idx::dataset(images.name, read(images)?, labels.name, read(labels)?)?)
    };
    Ok((set(mnist::TRAIN_IMAGES, mnist::TRAIN_LABELS)?, set(mnist::TEST_IMAGES, mnist::TEST_LABELS)?))
}

/// What is in a gzip file.
pub fn gunzip(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let gzip = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    GzDecoder::new(&gzip[..])
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes)
}

/// A network, trained as `recipe` has it on its dataset.
pub fn trained(recipe: Recipe, dataset: Arc<Dataset>, seed: u32) -> Result<Simd, Box<dyn Error>> {
    let model = recipe.model();
    let simd = Simd::new(&model, model.initial_parameters(seed))?;
    let settings = recipe.settings(seed, dataset.len());
    let mut trainer = Trainer::new(simd, dataset, settings)?;
    for _ in 0..recipe.epochs() {
        pollster::block_on(trainer.advance(usize::MAX))?;
    }
    Ok(trainer.into_backend())
}
