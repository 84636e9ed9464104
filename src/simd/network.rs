//! The Ops of a plan, run on the strips of a network: what each strip does in each Op, and where all of them must meet.

use std::ops::{Deref, Range};

use fearless_simd::Level;

use super::Part;
use super::dropout::Dropout;
use super::panel::share;
use super::pixels::{Batch, Rows};
use super::softmax_cross_entropy::Outcome;
use super::strip::{Own, Strip, lock, read, write};
use super::update::Schedule;
use super::{
    augment, dense_backward_input, dense_backward_weights, dense_forward, dense_update, pixels,
    softmax_cross_entropy, update,
};
use crate::augment::Augmentation;
use crate::backend::Steps;
use crate::data::Dataset;
use crate::metrics::Metrics;
use crate::model::{Layer, Model};
use crate::optimizer::Optimizer;
use crate::plan::Op;

/// Where at least this fraction of a batch's pixels is not zero, to look for the zeros costs more than it saves. A step of 128 units on random
/// pixels (`timeParts` in Chromium, relaxed SIMD, Zen 5), by lists and by all pixels: 169 and 314 µs where 30 % are not zero, 223 and 311
/// for 45 %, 265 and 310 for 60 %, 321 and 315 for 75 %.
pub(crate) const DENSE: f32 = 0.7;

/// A network, cut into strips.
#[derive(Debug)]
pub(crate) struct Network {
    pub level: Level,
    pub model: Model,
    pub strips: Vec<Strip>,
}

/// What a plan is run on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub plan: &'a [Op],
    pub dataset: &'a Dataset,
    /// The images' rows in the dataset, batch after batch.
    pub order: &'a [u32],
    /// Images a batch.
    pub batch: usize,
    /// What a training plan needs to know beside them.
    pub training: Option<Training>,
}

/// What training is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Training {
    pub seed: u32,
    /// The first batch's step, from 1.
    pub first_step: u32,
    pub optimizer: Optimizer,
}

impl Training {
    pub(crate) fn of(steps: &Steps<'_>) -> Self {
        Training { seed: steps.seed, first_step: steps.first_step, optimizer: steps.optimizer }
    }
}

/// One batch of a [`Run`].
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub batch: Batch<'a>,
    /// Number of images.
    pub n: usize,
    /// Whether the first layer reads all pixels, zeros too.
    pub is_dense: bool,
    /// How its images are changed, where they are.
    augmentation: Option<&'a Augmentation>,
    /// Which of two lists is this batch's.
    pub parity: usize,
    /// Which batch of the run it is, from 0.
    index: u32,
    /// [`Optimizer::rate`] of the run's steps up to this.
    rates: &'a [f32],
    training: Option<Training>,
}

impl<'a> Step<'a> {
    fn new(run: &Run<'a>, rates: &'a [f32], index: u32, rows: &'a [u32]) -> Self {
        let batch = Batch { dataset: run.dataset, rows };
        let augmentation = run.plan.iter().find_map(|op| match op {
            Op::Augment { augmentation } => Some(augmentation),
            _ => None,
        });
        Step {
            batch,
            n: rows.len(),
            is_dense: batch.density() >= DENSE,
            augmentation,
            parity: index as usize % 2,
            index,
            rates: rates.get(..=index as usize).unwrap_or_default(),
            training: run.training,
        }
    }

    /// The dropout behind a layer; none where nothing is trained.
    pub(crate) fn dropout(&self, layer: &Layer) -> Option<Dropout> {
        let Training { seed, first_step, .. } = self.training?;
        Dropout::new(layer, seed, first_step + self.index)
    }

    /// The update, and those before it.
    pub(crate) fn schedule(&self) -> Schedule<'a> {
        let Training { optimizer, first_step, .. } =
            self.training.expect("only a training plan has this Op, and train says by what");
        Schedule { optimizer, first_step, rates: self.rates }
    }
}

impl Network {
    /// Runs a plan on each batch, for the strips `mine`. Whoever runs other strips must run the same, on a thread of its own, and `meet`
    /// waits for all of them. `observe` is told what has just been done.
    pub(crate) fn run(
        &self,
        run: Run<'_>,
        mine: Range<usize>,
        meet: &dyn Fn(),
        observe: &mut dyn FnMut(Part),
    ) {
        let mut strips: Vec<_> = mine.map(|index| (index, lock(&self.strips[index].own))).collect();
        for (_, own) in &mut strips {
            own.outcomes.clear();
            own.outcomes.reserve(run.order.len());
            own.lag.begin();
        }
        let rates: Vec<f32> =
            run.training.map_or_else(Vec::new, |Training { optimizer, first_step, .. }| {
                let batches = run.order.len().div_ceil(run.batch) as u32;
                (first_step..first_step + batches).map(|step| optimizer.rate(step)).collect()
            });
        let mut steps = (0u32..)
            .zip(run.order.chunks(run.batch))
            .map(|(index, rows)| Step::new(&run, &rates, index, rows))
            .peekable();
        // Whether the first layer's forward pass has been run in the step before.
        let mut is_begun = false;
        while let Some(step) = steps.next() {
            // Who is still at this batch's update needs its pixels.
            let following = steps.peek().copied();
            let next = following.as_ref().filter(|next| !step.is_dense && !next.is_dense);
            let was_begun = std::mem::take(&mut is_begun);
            let mut take_in = |step: &Step<'_>| {
                strips.iter().for_each(|(index, _)| self.take_in(*index, step));
                observe(
                    step.augmentation
                        .map_or(Part::Batch, |&augmentation| Part::Op(Op::Augment { augmentation })),
                );
            };
            if step.index == 0 {
                take_in(&step);
                meet();
            }
            // All meet before it is used in any case.
            following.iter().for_each(take_in);
            if !was_begun {
                strips.iter_mut().for_each(|(index, own)| self.prepare(*index, own, &step));
                observe(Part::Batch);
            }
            for op in run.plan {
                match (op, next) {
                    // It has been done in the step before.
                    (Op::Augment { .. }, _) => {}
                    (Op::DenseForward { layer, .. }, _) if layer.index == 0 && was_begun => continue,
                    (Op::DenseUpdate { layer, .. }, Some(next))
                        if layer.index == 0 && !self.is_output(layer) =>
                    {
                        self.meet_before(op, &step, meet);
                        strips.iter_mut().for_each(|(index, own)| self.prepare(*index, own, next));
                        observe(Part::Batch);
                        for (index, own) in &mut strips {
                            self.list_pixels(own, &step, true);
                            dense_update::then_forward(
                                self,
                                layer,
                                &self.strips[*index],
                                own,
                                [&step, next],
                                observe,
                            );
                        }
                        is_begun = true;
                    }
                    _ => {
                        self.meet_before(op, &step, meet);
                        strips.iter_mut().for_each(|(index, own)| self.op(op, *index, own, &step));
                        observe(Part::Op(*op));
                    }
                }
            }
            if self.ends_together(&step) {
                meet();
            }
        }
    }

    /// All meet before an Op that reads what other strips have written since they last met, or writes what they may still be reading.
    fn meet_before(&self, op: &Op, step: &Step<'_>, meet: &dyn Fn()) {
        let is_deep = self.model.layers().len() > 2;
        let must = match op {
            Op::DenseForward { layer, .. } => layer.index > 0 || step.is_dense,
            Op::DenseBackwardInput { .. } | Op::OutputLayer { .. } => true,
            // Others have just read w of a layer between two others; of the output layer they read other rows.
            Op::Adam { layer } | Op::Sgd { layer } => 0 < layer.index && !self.is_output(layer),
            // And the first layer's update ends with writing y, which the update above it reads.
            Op::DenseUpdate { layer, .. } => is_deep && !self.is_output(layer),
            Op::Augment { .. } | Op::SoftmaxCrossEntropy { .. } | Op::DenseBackwardWeights { .. } => false,
        };
        if must {
            meet();
        }
    }

    /// Whether the next batch begins by writing what others may still be reading: y in an evaluation, all pixels in an update.
    fn ends_together(&self, step: &Step<'_>) -> bool {
        step.training.is_none() || step.is_dense
    }

    pub(crate) fn is_output(&self, layer: &Layer) -> bool {
        layer.index + 1 == self.model.layers().len()
    }

    /// The rows of a batch whose logits and loss a strip computes.
    pub(crate) fn rows(&self, index: usize, n: usize) -> Range<usize> {
        share(n, index, self.strips.len())
    }

    /// Sums of loss and hits of each batch of the last [`run`](Self::run) of all strips.
    pub(crate) fn metrics(&self, run: Run<'_>) -> Vec<Metrics> {
        let owns: Vec<_> = self.strips.iter().map(|strip| lock(&strip.own)).collect();
        let mut left: Vec<&[Outcome]> = owns.iter().map(|own| &own.outcomes[..]).collect();
        let mut metrics = Vec::with_capacity(run.order.len().div_ceil(run.batch));
        for rows in run.order.chunks(run.batch) {
            let of_strip = |(index, left): (usize, &mut &[Outcome])| {
                let (these, rest) = left.split_at(self.rows(index, rows.len()).len());
                *left = rest;
                these.to_vec()
            };
            metrics.push(Outcome::sum(left.iter_mut().enumerate().flat_map(of_strip)));
        }
        metrics
    }

    /// Takes in a strip's share of the batch's images, for all: as they are, or changed.
    fn take_in(&self, index: usize, step: &Step<'_>) {
        let taken = &mut write(&self.strips[index].rows[step.parity]);
        let share = self.rows(index, step.n);
        let (Some(augmentation), Some(Training { seed, first_step, .. })) =
            (step.augmentation, step.training)
        else {
            return taken.copy(Batch { rows: &step.batch.rows[share], ..step.batch });
        };
        taken.clear();
        for row in share {
            match augmentation.warp(seed, first_step + step.index, row) {
                Some(warp) => augment::augment(self.level, &warp, step.batch.image(row), taken),
                None => taken.push(step.batch.nonzero(row)),
            }
        }
    }

    /// The batch's pixels by row, strip by strip.
    fn parts(&self, step: &Step<'_>) -> impl Iterator<Item = impl Deref<Target = Rows>> + Clone {
        let parity = step.parity;
        self.strips.iter().map(move |strip| read(&strip.rows[parity]))
    }

    /// Makes a strip's share of the batch's pixels by column, or of all its pixels.
    fn prepare(&self, index: usize, own: &mut Own, step: &Step<'_>) {
        let strip = &self.strips[index];
        let panels = strip.pixel_panels.clone();
        if step.is_dense {
            return pixels::dense(self.parts(step), panels, &mut write(&strip.pixels));
        }
        if step.training.is_some() {
            own.counts.count(self.parts(step));
            write(&strip.columns[step.parity]).list(&own.counts, self.parts(step), panels);
        }
    }

    /// Lists the rows of w that the first layer's update changes: what the next batch does not read may wait, where there is a next.
    fn list_pixels(&self, own: &mut Own, step: &Step<'_>, has_next: bool) {
        let Own { counts, lag, .. } = own;
        lag.clear();
        if step.is_dense {
            return lag.all(step.index);
        }
        for other in &self.strips {
            lag.list(step.index, &read(&other.columns[step.parity]), has_next.then_some(&*counts));
        }
    }

    fn op(&self, op: &Op, index: usize, own: &mut Own, step: &Step<'_>) {
        let strip = &self.strips[index];
        if let Op::Adam { layer } | Op::Sgd { layer } | Op::DenseUpdate { layer, .. } = op
            && layer.index == 0
        {
            self.list_pixels(own, step, false);
        }
        match op {
            Op::DenseForward { layer, .. } if self.is_output(layer) => {
                dense_forward::output(self, index, own, step)
            }
            Op::DenseForward { layer, .. } => dense_forward::hidden(self, layer, strip, step),
            Op::SoftmaxCrossEntropy { layer } => softmax_cross_entropy::output(self, layer, index, own, step),
            Op::DenseBackwardInput { layer, below } => {
                dense_backward_input::below(self, layer, below, strip, step);
            }
            Op::Augment { .. } => unreachable!("run passes it over"),
            Op::OutputLayer { .. } => unreachable!("Simd's plans have it in three Ops"),
            Op::DenseBackwardWeights { layer } => {
                let Own { hidden, output, wide, narrow, .. } = own;
                if self.is_output(layer) {
                    dense_backward_weights::output(self, index, step, narrow, &mut output.gradients);
                } else {
                    let gradients = &mut hidden[layer.index].gradients;
                    dense_backward_weights::hidden(self, layer, strip, step, wide, gradients);
                }
            }
            Op::Adam { layer } | Op::Sgd { layer } => {
                let Own { hidden, output, lag, .. } = own;
                let lag = (layer.index == 0 && !step.is_dense).then_some(&*lag);
                if self.is_output(layer) {
                    let parameters = &mut write(&strip.output.parameters);
                    update::layer(self.level, step.schedule(), parameters, output, lag);
                } else {
                    let parameters = &mut write(&strip.hidden[layer.index].parameters);
                    update::layer(self.level, step.schedule(), parameters, &mut hidden[layer.index], lag);
                }
            }
            Op::DenseUpdate { layer, .. } if self.is_output(layer) => {
                dense_update::output(self, index, own, step)
            }
            Op::DenseUpdate { layer, .. } => dense_update::hidden(self, layer, strip, own, step),
        }
    }
}
