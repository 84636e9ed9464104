//! What a network says of single batches, layer by layer: for who wants to see more than logits.

use std::sync::Arc;

use super::network::Run;
use super::panel::WIDTH;
use super::strip::{Which, read};
use super::{EVALUATION_BATCH, Simd};
use crate::Error;
use crate::backend::check_count;
use crate::data::Dataset;

impl Simd {
    /// Reads up to 128 images without dropout, on the caller's thread alone: an image takes less time than to wake the others.
    pub(crate) fn read(&mut self, dataset: &Dataset, rows: &[u32]) {
        assert!(rows.len() <= EVALUATION_BATCH, "one batch");
        let plan = Arc::clone(&self.evaluation);
        let run = Run { plan: &plan, dataset, order: rows, batch: EVALUATION_BATCH, training: None };
        self.network.run(run, 0..self.network.strips.len(), &|| (), &mut |_| ());
    }

    /// What the last hidden layer said of the last batch: `[n, units]`, and nothing where there is no hidden layer.
    pub(crate) fn last_hidden(&self) -> Vec<f32> {
        let [.., layer, _] = self.network.model.layers() else { return Vec::new() };
        let mut activations = Vec::new();
        for strip in &self.network.strips {
            let (panels, y) = (strip.panels[layer.index].clone(), read(&strip.hidden[layer.index].y));
            if panels.is_empty() {
                continue;
            }
            let n = y.len() / panels.len();
            activations.resize(n * layer.fan_out, 0.0);
            for (panel, rows) in panels.zip(y.chunks_exact(n)) {
                let columns = panel * WIDTH..layer.fan_out.min((panel + 1) * WIDTH);
                for (row, y) in activations.chunks_exact_mut(layer.fan_out).zip(rows) {
                    row[columns.clone()].copy_from_slice(&y[..columns.len()]);
                }
            }
        }
        activations
    }

    /// Takes weights and biases alone, for a network that only reads: moments stay as they are.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub(crate) fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), Error> {
        check_count(parameters.len(), self.network.model.parameter_count())?;
        self.network.strips.iter().for_each(|strip| strip.set_parameters(parameters));
        Ok(())
    }

    /// Weights and biases, without their moments.
    pub(crate) fn parameters(&self) -> Vec<f32> {
        self.gather(Which::Parameters)
    }
}
