//! Milliseconds a training step, natively. `cargo xtask bench` runs it beside the other places and prints the table:
//!
//! ```text
//! cargo bench --bench step -- BACKEND BATCH HIDDEN STEPS REPEATS
//! ```
//!
//! It trains on MNIST from `MNIST_DIR`, else on built-in digits, and prints one JSON object.

use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;
use std::{env, fs};

use flate2::read::GzDecoder;
use serde_json::json;
use sumi::bench::{Case, ms_per_step};
use sumi::data::{Dataset, idx, mnist, synthetic};

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [backend, batch, hidden, steps, repeats] = args.as_slice() else {
        return Err("usage: cargo bench --bench step -- BACKEND BATCH HIDDEN STEPS REPEATS".into());
    };
    let case = Case {
        backend: backend.parse()?,
        batch: batch.parse()?,
        hidden: hidden.parse()?,
        steps: steps.parse()?,
        repeats: repeats.parse()?,
    };
    let (data, dataset) = match env::var_os("MNIST_DIR") {
        Some(dir) => ("mnist", mnist_train(Path::new(&dir))?),
        None => ("builtin", synthetic::dataset(0, 0, 60_000, |_| {})),
    };
    let epoch = Instant::now();
    let ms = ms_per_step(&case, Rc::new(dataset), || epoch.elapsed().as_secs_f64() * 1e3)?;
    println!(
        "{}",
        json!({
            "backend": backend, "threads": 1, "batch": case.batch, "hidden": case.hidden, "steps": case.steps,
            "data": data, "ms_per_step": ms,
        })
    );
    Ok(())
}

fn mnist_train(dir: &Path) -> Result<Dataset, Box<dyn Error>> {
    let read = |file: mnist::File| -> Result<Vec<u8>, Box<dyn Error>> {
        let path = dir.join(file.name);
        let gzip = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut bytes = Vec::new();
        GzDecoder::new(&gzip[..]).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let (images, labels) = (mnist::TRAIN_IMAGES, mnist::TRAIN_LABELS);
    Ok(idx::dataset(images.name, read(images)?, labels.name, read(labels)?)?)
}
