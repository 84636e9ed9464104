//! How a network is cut into strips, one a thread.
//!
//! A strip owns some panels of columns of each hidden layer: its w, its moments, its y and its dz. So its weights stay in its
//! thread's cache, no gradient is summed over threads, and each sum runs in one order, however many strips there are. Of the
//! output layer, which is narrow, it owns the rows that its columns of the layer below are multiplied by, and it computes the
//! logits and the loss of some of the batch's rows.
//!
//! What the others read lies behind an [`RwLock`] of its own. Nobody ever waits for one: barriers see to it that
//! it is free, and [`read`] and [`write`] check that it is.

use std::ops::Range;
use std::sync::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::dense_backward_weights::Gradient;
use super::lag::Lag;
use super::panel::{Classes, LANES, Piece, Row, Tensor, WIDTH, panels, share};
use super::pixels::{Columns, Numbers, PIXEL_PANELS, Rows};
use super::softmax_cross_entropy::Outcome;
use crate::backend::State;
use crate::model::Model;

/// What a thread owns.
#[derive(Debug)]
pub(crate) struct Strip {
    /// The panels of pixels that it prepares for all.
    pub pixel_panels: Range<usize>,
    /// The panels of each hidden layer that are its own.
    pub panels: Vec<Range<usize>>,
    pub hidden: Vec<Hidden>,
    pub output: Output,
    /// The images that it takes in for all, as [`Network::rows`](super::network::Network::rows) shares them out. Two of them: those of the next
    /// batch are taken in while others may still read the last.
    pub rows: [RwLock<Rows>; 2],
    /// The batch's pixels by column. Two of them: who is ahead prepares the next batch while others read the last.
    pub columns: [RwLock<Columns>; 2],
    /// The batch's pixels, where most of them are not zero: `[panel][row]`.
    pub pixels: RwLock<Vec<Row>>,
    pub own: Mutex<Own>,
}

/// What others read of a hidden layer.
#[derive(Debug)]
pub(crate) struct Hidden {
    pub piece: Piece,
    pub parameters: RwLock<Tensor<WIDTH>>,
    /// `[panel][row]`, as is dz.
    pub y: RwLock<Vec<Row>>,
    pub dz: RwLock<Vec<Row>>,
}

/// What others read of the output layer.
#[derive(Debug)]
pub(crate) struct Output {
    pub piece: Piece,
    /// The biases are the first strip's.
    pub parameters: RwLock<Tensor<LANES>>,
    /// Of the rows that this strip computes.
    pub dz: RwLock<Vec<Classes>>,
}

/// What nobody else reads while the strips run.
#[derive(Debug)]
pub(crate) struct Own {
    pub hidden: Vec<Moments<WIDTH>>,
    pub output: Moments<LANES>,
    /// How many of the batch's images have each pixel.
    pub counts: Numbers,
    /// Which pixels' rows of w are to be updated.
    pub lag: Lag,
    /// Of the rows that this strip computes; the last batch's.
    pub logits: Vec<Classes>,
    /// Of all rows of all batches that this strip has computed.
    pub outcomes: Vec<Outcome>,
    /// Room for a gradient.
    pub wide: Gradient<WIDTH>,
    pub narrow: Gradient<LANES>,
}

/// Adam's moments, or SGD's velocities as m, and the gradients where the plan is not fused.
#[derive(Debug)]
pub(crate) struct Moments<const W: usize> {
    pub m: Tensor<W>,
    /// √v: see [`adam`](super::adam).
    pub root_v: Tensor<W>,
    pub gradients: Tensor<W>,
}

impl<const W: usize> Moments<W> {
    pub(crate) fn zeros(piece: &Piece, has_gradients: bool) -> Self {
        let gradients = if has_gradients { Tensor::zeros(piece) } else { Tensor::default() };
        Moments { m: Tensor::zeros(piece), root_v: Tensor::zeros(piece), gradients }
    }
}

impl<const W: usize> Moments<W> {
    /// Whether a pixel's row of w has ever had a gradient.
    pub(crate) fn has_moved(&self, pixel: usize) -> bool {
        let height = PIXEL_PANELS * WIDTH;
        [&self.m, &self.root_v]
            .into_iter()
            .flat_map(|it| it.w.iter().skip(pixel).step_by(height))
            .flatten()
            .any(|&moment| moment != 0.0)
    }

    /// Takes the piece out of all moments.
    pub(crate) fn read(&mut self, piece: &Piece, m: &[f32], v: &[f32]) {
        self.m.read(piece, m);
        self.root_v.read(piece, v);
        let Tensor { w, b } = &mut self.root_v;
        w.as_flattened_mut().iter_mut().chain(b.as_flattened_mut()).for_each(|v| *v = v.sqrt());
    }
}

/// What is read of a strip: a tensor of each of its layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Parameters,
    M,
    RootV,
    Gradients,
}

impl Strip {
    /// Strip `index` of `count` of the model, all zero.
    pub(crate) fn new(model: &Model, index: usize, count: usize, has_gradients: bool) -> Self {
        let (output, hidden) =
            model.layers().split_last().expect("Model::new refuses a model without layers");
        let own_panels: Vec<_> =
            hidden.iter().map(|layer| share(panels(layer.fan_out), index, count)).collect();
        // Where there is no hidden layer there is one strip, and the output layer reads the pixels.
        let below = own_panels.last().cloned().unwrap_or(0..PIXEL_PANELS);
        let pieces = hidden.iter().zip(&own_panels);
        let pieces: Vec<_> = pieces.map(|(layer, panels)| Piece::columns(layer, panels.clone())).collect();
        let output = Piece::rows(output, below, index == 0);
        let own = Own {
            hidden: pieces.iter().map(|piece| Moments::zeros(piece, has_gradients)).collect(),
            output: Moments::zeros(&output, has_gradients),
            counts: Numbers::default(),
            lag: Lag::default(),
            logits: Vec::new(),
            outcomes: Vec::new(),
            wide: [[0.0; WIDTH]; WIDTH],
            narrow: [[0.0; LANES]; WIDTH],
        };
        let hidden = pieces.iter().map(|piece| Hidden {
            piece: *piece,
            parameters: RwLock::new(Tensor::zeros(piece)),
            y: RwLock::default(),
            dz: RwLock::default(),
        });
        Strip {
            pixel_panels: share(PIXEL_PANELS, index, count),
            panels: own_panels,
            hidden: hidden.collect(),
            output: Output {
                piece: output,
                parameters: RwLock::new(Tensor::zeros(&output)),
                dz: RwLock::default(),
            },
            rows: Default::default(),
            columns: Default::default(),
            pixels: RwLock::default(),
            own: Mutex::new(own),
        }
    }

    /// Takes over what it owns of a state.
    pub(crate) fn set(&self, state: &State) {
        let State { parameters, m, v } = state;
        self.set_parameters(parameters);
        let own = &mut *lock(&self.own);
        for (hidden, moments) in self.hidden.iter().zip(&mut own.hidden) {
            moments.read(&hidden.piece, m, v);
        }
        own.output.read(&self.output.piece, m, v);
        own.set_lag();
    }

    /// Takes over what it owns of weights and biases alone.
    pub(crate) fn set_parameters(&self, parameters: &[f32]) {
        for hidden in &self.hidden {
            write(&hidden.parameters).read(&hidden.piece, parameters);
        }
        write(&self.output.parameters).read(&self.output.piece, parameters);
    }

    /// Puts what it owns of a tensor among what the others own; of v the root.
    pub(crate) fn get(&self, which: Which, flat: &mut [f32]) {
        fn own<const W: usize>(moments: &Moments<W>, which: Which) -> &Tensor<W> {
            match which {
                Which::M => &moments.m,
                Which::RootV => &moments.root_v,
                Which::Parameters | Which::Gradients => &moments.gradients,
            }
        }
        let moments = lock(&self.own);
        if which == Which::Parameters {
            for hidden in &self.hidden {
                read(&hidden.parameters).write(&hidden.piece, flat);
            }
            read(&self.output.parameters).write(&self.output.piece, flat);
        } else {
            for (hidden, moments) in self.hidden.iter().zip(&moments.hidden) {
                own(moments, which).write(&hidden.piece, flat);
            }
            own(&moments.output, which).write(&self.output.piece, flat);
        }
    }
}

impl Own {
    /// Which pixels have had a gradient is seen by their moments.
    fn set_lag(&mut self) {
        let Own { hidden, output, lag, .. } = self;
        match hidden.first() {
            Some(moments) => lag.set(|pixel| moments.has_moved(pixel)),
            None => lag.set(|pixel| output.has_moved(pixel)),
        }
    }
}

/// Nobody ever waits for it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.try_lock().expect("a strip runs on one thread at a time")
}

/// To be read by any thread, between two barriers.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.try_read().expect("a barrier lies between who writes and who reads")
}

/// To be written by the thread that owns it, between two barriers.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.try_write().expect("a barrier lies between who reads and who writes")
}
