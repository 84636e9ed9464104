//! A batch's pixels: by row as the dataset lists them, by column, or all of them.

use std::ops::Range;

use super::panel::{Row, WIDTH, panels};
use crate::data::{Dataset, Nonzero, PIXELS};

/// `u8` → `[0, 1]`, exactly as `value / 255` in f32.
pub(crate) const UNIT: [f32; 256] = {
    let mut unit = [0.0; 256];
    let mut value = 0;
    while value < 256 {
        unit[value] = value as f32 / 255.0;
        value += 1;
    }
    unit
};

/// Panels of pixels, the last padded.
pub(crate) const PIXEL_PANELS: usize = panels(PIXELS);

/// A batch of images: x of the first layer, `[rows, 784]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub dataset: &'a Dataset,
    /// The images' rows in the dataset.
    pub rows: &'a [u32],
}

impl Batch<'_> {
    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The label of an image.
    pub(crate) fn label(&self, row: usize) -> u8 {
        self.dataset.labels()[self.rows[row] as usize]
    }

    /// Fraction of pixels that are not zero.
    pub(crate) fn density(&self) -> f32 {
        let nonzero: usize =
            self.rows.iter().map(|&row| self.dataset.nonzero(row as usize).values.len()).sum();
        nonzero as f32 / (self.len() * PIXELS).max(1) as f32
    }

    /// All pixels of some panels, zeros too: `[panel][row]`.
    pub(crate) fn dense(&self, range: Range<usize>, x: &mut Vec<Row>) {
        x.clear();
        for panel in range {
            let first = panel * WIDTH;
            for &row in self.rows {
                let image = self.dataset.image(row as usize);
                let pixels = &image[first..PIXELS.min(first + WIDTH)];
                let mut values = [0.0; WIDTH];
                for (value, &pixel) in values.iter_mut().zip(pixels) {
                    *value = UNIT[usize::from(pixel)];
                }
                x.push(values);
            }
        }
    }
}

/// The batch's pixels by row: each image's that are not zero, in ascending order. MNIST's images are 81 % zeros, and a sum that
/// leaves out zero terms is the same sum.
///
/// They are the dataset's lists, copied: a batch's images lie all over a dataset that no cache holds, and are read once for each panel.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    starts: Vec<u32>,
    indices: Vec<u16>,
    values: Vec<u8>,
}

impl Rows {
    /// Copies the lists of a batch.
    pub(crate) fn copy(&mut self, batch: Batch<'_>) {
        let Rows { starts, indices, values } = self;
        starts.clear();
        indices.clear();
        values.clear();
        starts.push(0);
        for &row in batch.rows {
            let nonzero = batch.dataset.nonzero(row as usize);
            indices.extend_from_slice(nonzero.indices);
            values.extend_from_slice(nonzero.values);
            starts.push(indices.len() as u32);
        }
    }

    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The nonzero pixels of an image.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> Nonzero<'_> {
        let range = self.starts[row] as usize..self.starts[row + 1] as usize;
        Nonzero { indices: &self.indices[range.clone()], values: &self.values[range] }
    }
}

/// Where a pixel is not zero: in which row of the batch, and its value in `(0, 1]`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Entry {
    pub row: u32,
    pub value: f32,
}

/// The batch's pixels by column: for some panels of pixels, the rows in which each is not zero.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Pixel `first + i` has `entries[starts[i]..starts[i + 1]]`.
    first: usize,
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Columns {
    /// Lists the columns of some panels, each in ascending order of row: a counting sort.
    pub(crate) fn list(&mut self, rows: &Rows, range: Range<usize>) {
        let Columns { first, starts, entries } = self;
        let pixels = range.start * WIDTH..PIXELS.min(range.end * WIDTH);
        *first = pixels.start;
        starts.clear();
        starts.resize(range.len() * WIDTH + 2, 0);
        let is_all = pixels == (0..PIXELS);
        let within = |nonzero: Nonzero<'_>| {
            let indices = nonzero.indices;
            if is_all {
                return 0..indices.len();
            }
            let start = indices.partition_point(|&index| usize::from(index) < pixels.start);
            let end = start + indices[start..].partition_point(|&index| usize::from(index) < pixels.end);
            start..end
        };
        // starts[column + 2] counts the column; summed, starts[column + 1] is where it begins, and moves on to where it
        // ends, which is where the next begins, as its entries come in.
        for row in 0..rows.len() {
            let nonzero = rows.row(row);
            for &index in &nonzero.indices[within(nonzero)] {
                starts[usize::from(index) - pixels.start + 2] += 1;
            }
        }
        let mut sum = 0;
        for start in starts.iter_mut() {
            sum += *start;
            *start = sum;
        }
        entries.resize(sum as usize, Entry::default());
        for row in 0..rows.len() {
            let nonzero = rows.row(row);
            let range = within(nonzero);
            for (&index, &value) in nonzero.indices[range.clone()].iter().zip(&nonzero.values[range]) {
                let next = &mut starts[usize::from(index) - pixels.start + 1];
                entries[*next as usize] = Entry { row: row as u32, value: UNIT[usize::from(value)] };
                *next += 1;
            }
        }
    }

    /// The rows in which a pixel is not zero, in ascending order.
    #[inline(always)]
    pub(crate) fn column(&self, pixel: usize) -> &[Entry] {
        let column = pixel - self.first;
        &self.entries[self.starts[column] as usize..self.starts[column + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::super::panel::share;
    use super::*;

    #[test]
    fn columns_are_the_rows_transposed() {
        let images: Vec<u8> = (0..3 * PIXELS).map(|i| if i % 7 < 2 { (i % 256) as u8 } else { 0 }).collect();
        let dataset = Dataset::new(images, vec![0; 3]).unwrap();
        let (mut lists, mut columns) = (Rows::default(), Columns::default());
        let mut dense = Vec::new();
        for rows in [&[2, 0, 1, 2][..], &[1], &[]] {
            let batch = Batch { dataset: &dataset, rows };
            lists.copy(batch);
            assert_eq!(lists.len(), rows.len());
            for (part, parts) in [(0, 1), (0, 2), (1, 2), (1, 40), (7, 40)] {
                let range = share(PIXEL_PANELS, part, parts);
                columns.list(&lists, range.clone());
                batch.dense(range.clone(), &mut dense);
                assert_eq!(dense.len(), range.len() * rows.len());
                for pixel in range.start * WIDTH..range.end * WIDTH {
                    let value = |row: u32| {
                        let image = dataset.image(row as usize);
                        f32::from(image.get(pixel).copied().unwrap_or(0)) / 255.0
                    };
                    let all: Vec<f32> = rows.iter().map(|&row| value(row)).collect();
                    let panel = (pixel / WIDTH - range.start) * rows.len();
                    let got: Vec<f32> =
                        (0..rows.len()).map(|row| dense[panel + row][pixel % WIDTH]).collect();
                    assert_eq!(got, all, "pixel {pixel}");
                    let want: Vec<Entry> = (0..)
                        .zip(all)
                        .filter(|(_, value)| *value != 0.0)
                        .map(|(row, value)| Entry { row, value })
                        .collect();
                    assert_eq!(columns.column(pixel), want, "pixel {pixel}");
                }
            }
        }
    }

    #[test]
    fn density_counts_what_is_not_zero() {
        let mut images = vec![0; 2 * PIXELS];
        images[..PIXELS / 2].fill(9);
        let dataset = Dataset::new(images, vec![0; 2]).unwrap();
        assert_eq!(Batch { dataset: &dataset, rows: &[0] }.density(), 0.5);
        assert_eq!(Batch { dataset: &dataset, rows: &[0, 1, 1, 0] }.density(), 0.25);
        assert_eq!(Batch { dataset: &dataset, rows: &[] }.density(), 0.0);
    }
}
