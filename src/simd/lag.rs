//! Which pixels' rows of w lag behind, and by how many updates.
//!
//! A pixel that no image of a batch has gets no gradient: only its moments fade, and move its weights a little further. Nothing reads these
//! weights before an image has the pixel again. So such updates wait, and are made together once the row is in registers: the same
//! operations in the same order, whenever that is. The last step of a run leaves nothing behind. A pixel that has never had a gradient has
//! no moments, and its updates are exactly nothing.

use std::ops::Range;

use super::panel::WIDTH;
use super::pixels::{Columns, Numbers, PIXEL_PANELS};

/// A row that has had no gradient yet.
const NEVER: u32 = u32::MAX;

/// The rows' standing, and what is to be done with them in this step.
#[derive(Debug)]
pub(crate) struct Lag {
    /// How many updates of this run each pixel's row has had.
    done: Vec<u32>,
    /// Pixels that have a gradient.
    gradients: Vec<u16>,
    fades: Vec<Fade>,
}

/// Updates without a gradient, which a pixel's row has to make up for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Fade {
    pub pixel: u16,
    /// The first of them, counted from the run's first. The last is this step's.
    pub from: u32,
}

impl Default for Lag {
    fn default() -> Self {
        let pixels = PIXEL_PANELS * WIDTH;
        Lag {
            done: vec![NEVER; pixels],
            gradients: Vec::with_capacity(pixels),
            fades: Vec::with_capacity(pixels),
        }
    }
}

impl Lag {
    /// Takes in which pixels have had a gradient.
    pub(crate) fn set(&mut self, has_moments: impl Fn(usize) -> bool) {
        for (pixel, done) in self.done.iter_mut().enumerate() {
            *done = if has_moments(pixel) { 0 } else { NEVER };
        }
    }

    /// A run begins, and no row lags behind.
    pub(crate) fn begin(&mut self) {
        self.done.iter_mut().filter(|done| **done != NEVER).for_each(|done| *done = 0);
    }

    /// Lists what the run's update `index` does, where `columns` says which pixels have a gradient in some panels of them. Of those that have none, only
    /// those that the next step has are brought up to date; all of them where there is no next.
    pub(crate) fn list(&mut self, index: u32, columns: &Columns, next: Option<&Numbers>) {
        let pixels = columns.pixels();
        let [mut gradients, mut fades] = [self.gradients.len(), self.fades.len()];
        // Written whether they count or not: which do cannot be foreseen.
        self.gradients.resize(gradients + pixels.len(), 0);
        self.fades.resize(fades + pixels.len(), Fade::default());
        for (pixel, done) in pixels.clone().zip(&mut self.done[pixels]) {
            let has_gradient = columns.has(pixel);
            let is_wanted = next.is_none_or(|next| next.get(pixel) > 0);
            let pixel = pixel as u16;
            let fades_on = !has_gradient & (*done != NEVER) & is_wanted;
            self.gradients[gradients] = pixel;
            gradients += usize::from(has_gradient);
            self.fades[fades] = Fade { pixel, from: *done };
            fades += usize::from(fades_on);
            *done = if has_gradient | fades_on { index + 1 } else { *done };
        }
        self.gradients.truncate(gradients);
        self.fades.truncate(fades);
    }

    /// Forgets the last step's lists.
    pub(crate) fn clear(&mut self) {
        self.gradients.clear();
        self.fades.clear();
    }

    /// Every pixel has a gradient, as where the first layer reads all of them.
    pub(crate) fn all(&mut self, index: u32) {
        self.done.fill(index + 1);
    }

    /// The pixels that have a gradient, of a range.
    pub(crate) fn gradients(&self, pixels: Range<usize>) -> &[u16] {
        let at = |end: usize| self.gradients.partition_point(|&pixel| usize::from(pixel) < end);
        &self.gradients[at(pixels.start)..at(pixels.end)]
    }

    /// The rows that fade.
    pub(crate) fn fades(&self) -> &[Fade] {
        &self.fades
    }
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use super::super::pixels::{Batch, Rows};
    use super::*;
    use crate::data::{Dataset, PIXELS};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Three images: pixel 3 is in all, 4 in the first, 40 in the second.
    fn dataset() -> Dataset {
        let mut images = vec![0; 3 * PIXELS];
        for (image, pixel) in [(0, 3), (1, 3), (2, 3), (0, 4), (1, 40)] {
            images[image * PIXELS + pixel] = 9;
        }
        Dataset::new(images, vec![0; 3]).unwrap()
    }

    fn rows(dataset: &Dataset, images: &[u32]) -> Rows {
        let mut rows = Rows::default();
        rows.copy(Batch { dataset, rows: images });
        rows
    }

    fn counts(dataset: &Dataset, images: &[u32]) -> Numbers {
        let mut counts = Numbers::default();
        counts.count(once(&rows(dataset, images)));
        counts
    }

    fn columns(dataset: &Dataset, images: &[u32]) -> Columns {
        let mut columns = Columns::default();
        columns.list(&counts(dataset, images), once(&rows(dataset, images)), 0..PIXEL_PANELS);
        columns
    }

    #[test]
    fn a_row_waits_until_it_is_wanted() {
        let dataset = dataset();
        let mut lag = Lag::default();
        // A batch an image: what the update lists, given what comes next.
        let mut list = |index, image: u32, next: Option<u32>| {
            lag.clear();
            lag.list(
                index,
                &columns(&dataset, &[image]),
                next.map(|next| counts(&dataset, &[next])).as_ref(),
            );
            (lag.gradients(0..PIXELS).to_vec(), lag.fades().to_vec())
        };
        let fade = |pixel, from| Fade { pixel, from };
        // Pixel 4 has its first gradient; the next image has none of it, so it waits, twice.
        assert_eq!(list(0, 0, Some(1)), (vec![3, 4], vec![]));
        assert_eq!(list(1, 1, Some(2)), (vec![3, 40], vec![]));
        // The next image has it: the updates 1 and 2 are made up for. 40 waits on.
        assert_eq!(list(2, 2, Some(0)), (vec![3], vec![fade(4, 1)]));
        assert_eq!(list(3, 0, Some(0)), (vec![3, 4], vec![]));
        // Nothing is left behind at the end.
        assert_eq!(list(4, 1, None), (vec![3, 40], vec![fade(4, 4)]));
        lag.begin();
        lag.clear();
        lag.list(0, &columns(&dataset, &[2]), None);
        assert_eq!(lag.fades(), [fade(4, 0), fade(40, 0)], "a new run counts from 0");
    }

    #[test]
    fn only_what_has_moved_fades() {
        let mut lag = Lag::default();
        lag.set(|pixel| pixel == 5);
        let columns = columns(&dataset(), &[]);
        lag.list(0, &columns, None);
        assert!(lag.gradients(0..PIXELS).is_empty());
        assert_eq!(lag.fades(), [Fade { pixel: 5, from: 0 }]);
        // Where all pixels are read, all have moved.
        lag.all(1);
        lag.clear();
        lag.list(2, &columns, None);
        assert_eq!(lag.fades().len(), PIXEL_PANELS * WIDTH);
        assert!(lag.gradients(0..PIXELS).is_empty());
    }
}
