//! The kernels behind [`Ops`]: plain tensors in and out.

use fearless_simd::Level;

use super::dropout::Dropout;
use super::panel::{LANES, Lanes, Tensor, ZERO, blocks};
use super::pixels::Pixels;
use super::{
    Parameters, adam, dense_backward_input, dense_backward_weights, dense_forward, dense_update,
    softmax_cross_entropy,
};
use crate::backend::{Adam, State};
use crate::data::{Dataset, PIXELS};
use crate::metrics::Metrics;
use crate::model::Layer;
use crate::ops::{Between, Input, Ops};
use crate::random::{Purpose, Random};
use crate::reference::Masks;

/// The SIMD kernels, at one instruction set.
#[derive(Debug, Clone, Copy)]
pub struct SimdOps {
    level: Level,
}

impl SimdOps {
    /// One for each instruction set that this machine has.
    pub fn all() -> Vec<Self> {
        let best = Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let levels = [
            best.as_sse2().map(Level::Sse2),
            best.as_sse4_2().map(Level::Sse4_2),
            best.as_avx2().map(Level::Avx2),
            best.as_avx512().map(Level::Avx512),
        ];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        let levels = [Some(best)];
        levels.into_iter().flatten().map(|level| SimdOps { level }).collect()
    }

    /// The instruction set.
    pub fn level(&self) -> Level {
        self.level
    }

    fn dropout(self, layer: &Layer, masks: Option<Masks>, batch: usize) -> Dropout {
        let mut dropout = Dropout::default();
        if let Some(Masks { seed, step }) = masks
            && layer.dropout_rate > 0.0
        {
            let random = Random::new(seed, Purpose::Dropout { layer: layer.index as u32 });
            dropout.draw(self.level, &random, step, layer.dropout_rate, batch * blocks(layer.fan_out));
        }
        dropout
    }
}

/// Row-major without padding → `[rows][blocks]`.
fn pad(width: usize, flat: &[f32]) -> Vec<Lanes> {
    let mut padded = vec![ZERO; flat.len() / width * blocks(width)];
    for (row, flat) in padded.chunks_mut(blocks(width)).zip(flat.chunks(width)) {
        row.as_flattened_mut()[..width].copy_from_slice(flat);
    }
    padded
}

/// The inverse of [`pad`].
fn trim(width: usize, padded: &[Lanes]) -> Vec<f32> {
    padded.as_flattened().chunks(blocks(width) * LANES).flat_map(|row| &row[..width]).copied().collect()
}

fn lists(images: &[u8]) -> Pixels {
    let dataset = Dataset::new(images.to_vec(), vec![0; images.len() / PIXELS]).expect("labels are digits");
    let mut pixels = Pixels::default();
    pixels.gather(&dataset, 0..dataset.len());
    pixels.transpose();
    pixels
}

/// An [`Input`] in the backend's own layout.
enum Stored {
    Pixels(Pixels),
    Dense(Vec<Lanes>),
}

impl Stored {
    fn new(layer: &Layer, x: Input<'_>) -> Self {
        match x {
            Input::Pixels(x) => Stored::Pixels(lists(x)),
            Input::Dense(x) => Stored::Dense(pad(layer.fan_in, x)),
        }
    }

    fn input(&self) -> super::Input<'_> {
        match self {
            Stored::Pixels(x) => super::Input::Pixels(x),
            Stored::Dense(x) => super::Input::Dense(x),
        }
    }
}

impl Ops for SimdOps {
    async fn dense_forward(
        &mut self,
        layer: &Layer,
        masks: Option<Masks>,
        x: Input<'_>,
        w: &[f32],
        b: &[f32],
    ) -> Vec<f32> {
        let parameters = Tensor::from_flat(layer.fan_in, layer.fan_out, &[w, b].concat());
        let batch = match x {
            Input::Pixels(x) => x.len() / PIXELS,
            Input::Dense(x) => x.len() / layer.fan_in,
        };
        let x = Stored::new(layer, x);
        let dropout = self.dropout(layer, masks, batch);
        let mut y = vec![ZERO; batch * blocks(layer.fan_out)];
        dense_forward::dense_forward(self.level, layer, x.input(), &parameters, &dropout, &mut y);
        trim(layer.fan_out, &y)
    }

    async fn softmax_cross_entropy(
        &mut self,
        classes: usize,
        logits: &[f32],
        labels: &[u8],
    ) -> (Metrics, Vec<f32>) {
        let logits = pad(classes, logits);
        let mut dlogits = vec![ZERO; logits.len()];
        let metrics =
            softmax_cross_entropy::softmax_cross_entropy(self.level, classes, &logits, labels, &mut dlogits);
        (metrics, trim(classes, &dlogits))
    }

    async fn dense_backward_input(
        &mut self,
        Between { layer, below }: Between<'_>,
        masks: Masks,
        dz: &[f32],
        w: &[f32],
        y: &[f32],
    ) -> Vec<f32> {
        let bias = vec![0.0; layer.fan_out];
        let w = Tensor::from_flat(layer.fan_in, layer.fan_out, &[w, &bias].concat()).w;
        let dropout = self.dropout(below, Some(masks), y.len() / layer.fan_in);
        let (dz, y) = (pad(layer.fan_out, dz), pad(layer.fan_in, y));
        let mut dx = vec![ZERO; y.len()];
        dense_backward_input::dense_backward_input(
            self.level,
            (layer, below),
            &dz,
            &w,
            &y,
            &dropout,
            &mut Vec::new(),
            &mut dx,
        );
        trim(layer.fan_in, &dx)
    }

    async fn dense_backward_weights(&mut self, layer: &Layer, x: Input<'_>, dz: &[f32]) -> Vec<f32> {
        let mut gradients = Tensor::zeros(layer.fan_in, layer.fan_out);
        let dz = pad(layer.fan_out, dz);
        let x = Stored::new(layer, x);
        dense_backward_weights::dense_backward_weights(self.level, layer, x.input(), &dz, &mut gradients);
        let mut flat = Vec::new();
        gradients.append_to(layer.fan_in, layer.fan_out, &mut flat);
        flat
    }

    async fn adam(&mut self, layer: &Layer, config: &Adam, step: u32, state: &mut State, gradients: &[f32]) {
        let mut stored = store(layer, state);
        let gradients = Tensor::from_flat(layer.fan_in, layer.fan_out, gradients);
        let Parameters { parameters, m, v, .. } = &mut stored;
        adam::adam(self.level, config, step, parameters, m, v, &gradients);
        *state = fetch(layer, &stored);
    }

    async fn dense_update(
        &mut self,
        layer: &Layer,
        config: &Adam,
        step: u32,
        x: Input<'_>,
        dz: &[f32],
        state: &mut State,
    ) {
        let mut stored = store(layer, state);
        let dz = pad(layer.fan_out, dz);
        let x = Stored::new(layer, x);
        let touched = vec![true; layer.fan_in];
        dense_update::dense_update(self.level, layer, x.input(), &dz, config, step, &touched, &mut stored);
        *state = fetch(layer, &stored);
    }
}

fn store(layer: &Layer, state: &State) -> Parameters {
    let tensor = |flat: &[f32]| Tensor::from_flat(layer.fan_in, layer.fan_out, flat);
    Parameters {
        parameters: tensor(&state.parameters),
        m: tensor(&state.m),
        v: tensor(&state.v),
        gradients: Tensor::default(),
    }
}

fn fetch(layer: &Layer, stored: &Parameters) -> State {
    let flat = |tensor: &Tensor| {
        let mut flat = Vec::new();
        tensor.append_to(layer.fan_in, layer.fan_out, &mut flat);
        flat
    };
    State { parameters: flat(&stored.parameters), m: flat(&stored.m), v: flat(&stored.v) }
}
