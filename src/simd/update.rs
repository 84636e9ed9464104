//! One update of rows of weights by their gradients, whichever the formula. Whoever updates rows is compiled once for each formula, so
//! that an update is bare arithmetic.

use fearless_simd::{Level, Simd, dispatch, f32x16};

use super::network;
use super::panel::{Tensor, groups, load};
use super::strip::Moments;
use crate::optimizer::Optimizer;

/// A formula with its settings.
pub(crate) trait Rule: Copy {
    /// What it does in one step.
    type Update<S: Simd>: RowUpdate<S>;

    /// `step` counts from 1.
    fn at<S: Simd>(self, simd: S, step: u32) -> Self::Update<S>;
}

/// A step's update, its constants in registers.
pub(crate) trait RowUpdate<S: Simd> {
    /// Updates a row. The gradient comes in groups of 16 columns.
    fn row<const W: usize>(
        &self,
        w: &mut [f32; W],
        m: &mut [f32; W],
        v: &mut [f32; W],
        gradient: impl IntoIterator<Item = f32x16<S>>,
    );

    /// Updates a row whose gradient is zero.
    ///
    /// Only here do moments fade away, for without gradients they only shrink. They fade to zero: denormal numbers
    /// would cost some processors a hundred cycles each, in every step from then on.
    fn fade<const W: usize>(&self, w: &mut [f32; W], m: &mut [f32; W], v: &mut [f32; W]);
}

/// The same rows of w, m and v, to be updated.
#[derive(Debug)]
pub(crate) struct Rows<'a, const W: usize> {
    pub w: &'a mut [[f32; W]],
    pub m: &'a mut [[f32; W]],
    pub v: &'a mut [[f32; W]],
}

/// One update of what a strip owns of a layer, from the gradients that an unfused plan has left.
pub(crate) fn layer<const W: usize>(
    level: Level,
    step: &network::Step<'_>,
    parameters: &mut Tensor<W>,
    moments: &mut Moments<W>,
) {
    let Moments { m, v, gradients } = moments;
    let optimizer = step.optimizer();
    let w = Rows { w: &mut parameters.w, m: &mut m.w, v: &mut v.w };
    update(level, &optimizer, step.step, w, &gradients.w);
    let b = Rows { w: &mut parameters.b, m: &mut m.b, v: &mut v.b };
    update(level, &optimizer, step.step, b, &gradients.b);
}

/// One update of some rows, each by its row of `gradients`.
pub(crate) fn update<const W: usize>(
    level: Level,
    optimizer: &Optimizer,
    step: u32,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    match *optimizer {
        Optimizer::Adam(adam) => dispatch!(level, simd => all(simd, adam, step, rows, gradients)),
        Optimizer::Sgd(sgd) => dispatch!(level, simd => all(simd, sgd, step, rows, gradients)),
    }
}

#[inline(never)]
fn all<S: Simd, const W: usize>(
    simd: S,
    rule: impl Rule,
    step: u32,
    rows: Rows<'_, W>,
    gradients: &[[f32; W]],
) {
    simd.vectorize(
        #[inline(always)]
        || {
            let update = rule.at(simd, step);
            for (((w, m), v), gradient) in rows.w.iter_mut().zip(rows.m).zip(rows.v).zip(gradients) {
                update.row(w, m, v, groups(gradient).iter().map(|gradient| load(simd, gradient)));
            }
        },
    );
}
