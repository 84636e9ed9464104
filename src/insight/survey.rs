//! What a network makes of every image of a dataset: its logits, and what its last hidden layer says.

use std::sync::Arc;

use crate::Error;
use crate::data::{CLASSES, Dataset};
use crate::model::Model;
use crate::simd::{EVALUATION_BATCH, Simd};

/// Numbers of the last hidden layer that are kept: 32 MB. All of 10,000 images for up to 838 units; of wider layers, evenly chosen ones.
const KEPT: usize = 1 << 23;

/// Reads a dataset, some images at a time, with a copy of a network's parameters: training may go on meanwhile.
///
/// It computes as [`Simd`]'s evaluation does, in the same batches, so what it finds adds up to what that reports, to the last image.
#[derive(Debug)]
pub struct Survey {
    dataset: Arc<Dataset>,
    reader: Simd,
    /// Units of the last hidden layer; none where there is no hidden layer.
    width: usize,
    /// Every so many images the last hidden layer is kept.
    stride: usize,
    logits: Vec<f32>,
    hidden: Vec<f32>,
}

impl Survey {
    /// Before the first image.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when the parameters are another model's.
    pub fn new(model: &Model, parameters: Vec<f32>, dataset: Arc<Dataset>) -> Result<Self, Error> {
        let layers = model.layers();
        let width = layers.len().checked_sub(2).map_or(0, |last_hidden| layers[last_hidden].fan_out);
        let stride = (dataset.len() * width).div_ceil(KEPT).max(1);
        let reader = Simd::new(model, parameters)?;
        Ok(Survey { dataset, reader, width, stride, logits: Vec::new(), hidden: Vec::new() })
    }

    /// Before the first image again, with other parameters of the same model.
    ///
    /// # Errors
    /// [`Error::ParameterCount`] when they are another model's.
    pub fn restart(&mut self, parameters: &[f32]) -> Result<(), Error> {
        self.logits.clear();
        self.hidden.clear();
        self.reader.set_parameters(parameters)
    }

    /// Reads up to `batches` batches of 128 more, and says whether all have been read.
    pub fn advance(&mut self, batches: usize) -> bool {
        for _ in 0..batches {
            let first = self.read() as u32;
            let rows: Vec<u32> = (first..self.dataset.len() as u32).take(EVALUATION_BATCH).collect();
            if rows.is_empty() {
                break;
            }
            self.reader.read(&self.dataset, &rows);
            self.logits.extend(self.reader.logits());
            if self.width > 0 {
                let activations = self.reader.last_hidden();
                for (row, activations) in rows.iter().zip(activations.chunks_exact(self.width)) {
                    if (*row as usize).is_multiple_of(self.stride) {
                        self.hidden.extend(activations);
                    }
                }
            }
        }
        self.read() == self.dataset.len()
    }

    /// How many images have been read.
    pub fn read(&self) -> usize {
        self.logits.len() / CLASSES
    }

    /// Of the images that have been read: `[read, 10]`.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// What the last hidden layer says of every [`stride`](Self::stride)th of them: `[ceil(read / stride), width]`.
    pub fn hidden(&self) -> &[f32] {
        &self.hidden
    }

    /// Units of the last hidden layer; 0 where there is no hidden layer.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Every so many images the last hidden layer is kept: 1 where there is room for all.
    pub fn stride(&self) -> usize {
        self.stride
    }
}
