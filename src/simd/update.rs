//! Updates of rows of weights by their gradients, whichever the formula. Whoever updates rows is compiled once for each formula, so
//! that an update is bare arithmetic.

use fearless_simd::{Level, Simd, dispatch, f32x16};

use super::lag::{Fade, Lag};
use super::panel::{LANES, Tensor, WIDTH, groups, groups_mut, load};
use super::pixels::PIXEL_PANELS;
use super::strip::Moments;
use crate::optimizer::Optimizer;

/// The updates of a run, up to one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule<'a> {
    pub optimizer: Optimizer,
    /// Adam's t of the first.
    pub first_step: u32,
    /// [`Optimizer::rate`] of each; the last is the one to be made.
    pub rates: &'a [f32],
}

/// A formula with its settings.
pub(crate) trait Rule: Copy {
    /// What it does in one step.
    type Update<S: Simd>: RowUpdate<S>;

    /// With a step's [`Optimizer::rate`].
    fn at<S: Simd>(self, simd: S, rate: f32) -> Self::Update<S>;
}

/// A step's update, its constants in registers.
pub(crate) trait RowUpdate<S: Simd> {
    /// Updates 16 columns by their gradient.
    fn columns(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        root_v: &mut [f32; LANES],
        gradient: f32x16<S>,
    );

    /// Updates a row by its gradient, of which the second half counts where the row has one.
    #[inline(always)]
    fn row<const W: usize>(
        &self,
        w: &mut [f32; W],
        m: &mut [f32; W],
        root_v: &mut [f32; W],
        [gradient0, gradient1]: [f32x16<S>; 2],
    ) {
        // No loop: it would keep the gradient in memory.
        match (groups_mut(w), groups_mut(m), groups_mut(root_v)) {
            ([w], [m], [root_v]) => self.columns(w, m, root_v, gradient0),
            ([w0, w1], [m0, m1], [root_v0, root_v1]) => {
                self.columns(w0, m0, root_v0, gradient0);
                self.columns(w1, m1, root_v1, gradient1);
            }
            _ => unreachable!("a row is 16 or 32 columns"),
        }
    }

    /// Updates 16 columns whose gradients are zero, once for each rate and Adam's t: that of the step is not asked for.
    ///
    /// Only here do moments fade away, for without gradients they only shrink. Every [`CLEARED_EVERY`] steps they become zero where they have
    /// nearly faded.
    fn fade(
        &self,
        w: &mut [f32; LANES],
        m: &mut [f32; LANES],
        root_v: &mut [f32; LANES],
        updates: impl Iterator<Item = (f32, u32)>,
    );
}

/// Denormal numbers would cost some processors a hundred cycles each, in every step from then on. From [`NEARLY_FADED`], where it is taken for
/// zero, Adam's m needs 180 steps to get there.
pub(crate) const CLEARED_EVERY: u32 = 64;

/// What is smaller may be cleared: it has long stopped to move a weight.
pub(crate) const NEARLY_FADED: f32 = 1e-30;

/// The same rows of w, m and √v, to be updated.
#[derive(Debug)]
pub(crate) struct Rows<'a, const W: usize> {
    pub w: &'a mut [[f32; W]],
    pub m: &'a mut [[f32; W]],
    pub root_v: &'a mut [[f32; W]],
}

/// One update of what a strip owns of a layer, from the gradients that an unfused plan has left. `lag` says which rows have one, where
/// the layer reads lists of pixels.
pub(crate) fn layer<const W: usize>(
    level: Level,
    schedule: Schedule<'_>,
    parameters: &mut Tensor<W>,
    moments: &mut Moments<W>,
    lag: Option<&Lag>,
) {
    let Moments { m, root_v, gradients } = moments;
    let rows = Rows { w: &mut parameters.w, m: &mut m.w, root_v: &mut root_v.w };
    match lag {
        None => update(level, schedule, rows, &gradients.w),
        Some(lag) => {
            let Rows { w, m, root_v } = rows;
            for &pixel in lag.gradients(0..PIXEL_PANELS * WIDTH) {
                for row in (usize::from(pixel)..w.len()).step_by(PIXEL_PANELS * WIDTH) {
                    let range = row..row + 1;
                    let rows = Rows {
                        w: &mut w[range.clone()],
                        m: &mut m[range.clone()],
                        root_v: &mut root_v[range.clone()],
                    };
                    update(level, schedule, rows, &gradients.w[range]);
                }
            }
            fade(level, schedule, Rows { w, m, root_v }, PIXEL_PANELS * WIDTH, lag.fades());
        }
    }
    let rows = Rows { w: &mut parameters.b, m: &mut m.b, root_v: &mut root_v.b };
    update(level, schedule, rows, &gradients.b);
}

/// One update of some rows, each by its row of `gradients`.
pub(crate) fn update<const W: usize>(
    level: Level,
    schedule: Schedule<'_>,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    let rate = schedule.rate();
    match schedule.optimizer {
        Optimizer::Adam(adam) => dispatch!(level, simd => all(simd, adam, rate, rows, gradients)),
        Optimizer::Sgd(sgd) => dispatch!(level, simd => all(simd, sgd, rate, rows, gradients)),
    }
}

#[inline(never)]
fn all<S: Simd, const W: usize>(
    simd: S,
    rule: impl Rule,
    rate: f32,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let update = rule.at(simd, rate);
            for (((w, m), root_v), gradient) in rows.w.iter_mut().zip(rows.m).zip(rows.root_v).zip(gradients)
            {
                let columns =
                    groups_mut(w).iter_mut().zip(groups_mut(m)).zip(groups_mut(root_v)).zip(groups(gradient));
                for (((w, m), root_v), gradient) in columns {
                    update.columns(w, m, root_v, load(simd, gradient));
                }
            }
        },
    );
}

/// Updates that some pixels' rows have to make up for, in panels of `height` rows.
pub(crate) fn fade<const W: usize>(
    level: Level,
    schedule: Schedule<'_>,
    rows: Rows<'_, W>,
    height: usize,
    fades: &[Fade],
) {
    match schedule.optimizer {
        Optimizer::Adam(adam) => dispatch!(level, simd => faded(simd, adam, schedule, rows, height, fades)),
        Optimizer::Sgd(sgd) => dispatch!(level, simd => faded(simd, sgd, schedule, rows, height, fades)),
    }
}

#[inline(never)]
fn faded<S: Simd, const W: usize>(
    simd: S,
    rule: impl Rule,
    schedule: Schedule<'_>,
    rows: Rows<'_, W>,
    height: usize,
    fades: &[Fade],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let update = rule.at(simd, schedule.rate());
            for &Fade { pixel, from } in fades {
                let (rates, first_step) = (&schedule.rates[from as usize..], schedule.first_step + from);
                // A loop is as long as the one before it, which a processor foresees.
                for row in (usize::from(pixel)..rows.w.len()).step_by(height) {
                    let w = groups_mut(&mut rows.w[row]).iter_mut();
                    let moments =
                        groups_mut(&mut rows.m[row]).iter_mut().zip(groups_mut(&mut rows.root_v[row]));
                    for (w, (m, root_v)) in w.zip(moments) {
                        update.fade(w, m, root_v, rates.iter().copied().zip(first_step..));
                    }
                }
            }
        },
    );
}

impl Schedule<'_> {
    /// Of the update to be made.
    pub(crate) fn rate(&self) -> f32 {
        *self.rates.last().expect("a schedule ends with the update to be made")
    }
}
