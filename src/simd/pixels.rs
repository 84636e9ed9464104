//! A batch's pixels: by row as the dataset lists them, by column, or all of them.

use std::ops::{Deref, Range};

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

    /// Fraction of pixels that are not zero, before any augmentation.
    pub(crate) fn density(&self) -> f32 {
        let nonzero: usize = self.lists().map(|nonzero| nonzero.values.len()).sum();
        nonzero as f32 / (self.len() * PIXELS).max(1) as f32
    }

    /// All pixels of an image.
    pub(crate) fn image(&self, row: usize) -> &[u8] {
        self.dataset.image(self.rows[row] as usize)
    }

    /// The nonzero pixels of an image.
    pub(crate) fn nonzero(&self, row: usize) -> Nonzero<'_> {
        self.dataset.nonzero(self.rows[row] as usize)
    }

    fn lists(&self) -> impl Iterator<Item = Nonzero<'_>> {
        self.rows.iter().map(|&row| self.dataset.nonzero(row as usize))
    }
}

/// The nonzero pixels of some images, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// Where each image's end.
    ends: Vec<u32>,
    indices: Vec<u16>,
    values: Vec<u8>,
}

impl Lists {
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.indices.clear();
        self.values.clear();
    }

    /// One image more.
    pub(crate) fn push(&mut self, Nonzero { indices, values }: Nonzero<'_>) {
        self.indices.extend_from_slice(indices);
        self.values.extend_from_slice(values);
        self.ends.push(self.indices.len() as u32);
    }

    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// An image's.
    #[inline(always)]
    pub(crate) fn get(&self, row: usize) -> Nonzero<'_> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] as usize };
        let range = start..self.ends[row] as usize;
        Nonzero { indices: &self.indices[range.clone()], values: &self.values[range] }
    }
}

/// Where a pixel is not zero.
///
/// The value comes first: wasm has no address with an offset for what it copies to all lanes.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Entry {
    /// In `(0, 1]`.
    value: f32,
    /// In which row of the batch.
    row: u32,
}

/// The batch's pixels by row: each image's that are not zero, in ascending order. MNIST's images are 81 % zeros, and a sum that
/// leaves out zero terms is the same sum.
///
/// They are the dataset's lists, copied: a batch's images lie all over a dataset that no cache holds, and are read once for each panel.
/// Or what augmentation has made of them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    lists: Lists,
    /// How many lists have each pixel.
    counts: Numbers,
}

/// A number for each pixel. Their number is a power of two, so that no index is out of range and none is checked.
#[derive(Debug)]
pub(crate) struct Numbers([u32; PIXELS.next_power_of_two()]);

impl Default for Numbers {
    fn default() -> Self {
        Numbers([0; _])
    }
}

impl Numbers {
    #[inline(always)]
    pub(crate) fn get(&self, pixel: usize) -> u32 {
        self.0[pixel % self.0.len()]
    }

    #[inline(always)]
    fn at(&mut self, pixel: usize) -> &mut u32 {
        let Numbers(numbers) = self;
        &mut numbers[pixel % numbers.len()]
    }
}

impl Rows {
    /// Copies the lists of a batch.
    pub(crate) fn copy(&mut self, batch: Batch<'_>) {
        self.lists.clear();
        batch.lists().for_each(|nonzero| self.lists.push(nonzero));
    }

    /// Copies lists that have been made for the batch, part by part.
    pub(crate) fn gather<L: Deref<Target = Lists>>(&mut self, parts: impl Iterator<Item = L>) {
        self.lists.clear();
        for part in parts {
            (0..part.len()).for_each(|row| self.lists.push(part.get(row)));
        }
    }

    /// All pixels of some panels, zeros too: `[panel][row]`.
    pub(crate) fn dense(&self, panels: Range<usize>, x: &mut Vec<Row>) {
        x.clear();
        for panel in panels {
            let pixels = panel * WIDTH..(panel + 1) * WIDTH;
            for row in 0..self.len() {
                let Nonzero { indices, values } = within(self.lists.get(row), &pixels);
                let mut all = [0.0; WIDTH];
                for (&index, &value) in indices.iter().zip(values) {
                    all[usize::from(index) % WIDTH] = UNIT[usize::from(value)];
                }
                x.push(all);
            }
        }
    }

    fn count(&mut self) {
        let Rows { lists, counts } = self;
        counts.0.fill(0);
        lists.indices.iter().for_each(|&index| *counts.at(usize::from(index)) += 1);
    }

    /// How many lists have each pixel, once [`Columns::list`] has counted them.
    pub(crate) fn counts(&self) -> &Numbers {
        &self.counts
    }

    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.lists.len()
    }

    /// The nonzero pixels of an image: their values, and which they are.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (f32, usize)> {
        let Nonzero { indices, values } = self.lists.get(row);
        indices.iter().zip(values).map(|(&index, &value)| (UNIT[usize::from(value)], usize::from(index)))
    }
}

/// The batch's pixels by column: for some panels of pixels, the rows in which each is not zero.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pixels: Range<usize>,
    /// Pixel p has `entries[bounds[p]..bounds[p + 1]]`.
    bounds: Numbers,
    entries: Vec<Entry>,
}

impl Columns {
    /// Lists the columns of some panels, each in ascending order of row: a counting sort.
    pub(crate) fn list(&mut self, rows: &mut Rows, panels: Range<usize>) {
        rows.count();
        let Columns { pixels, bounds, entries } = self;
        *pixels = panels.start * WIDTH..panels.end * WIDTH;
        // bounds[p + 1] is where the column begins, and moves on to where it ends, which is where the next begins, as its entries come in.
        let mut sum = 0;
        *bounds.at(pixels.start) = 0;
        for pixel in pixels.clone() {
            *bounds.at(pixel + 1) = sum;
            sum += rows.counts.get(pixel);
        }
        entries.resize(sum as usize, Entry::default());
        for index in 0..rows.len() {
            let Nonzero { indices, values } = within(rows.lists.get(index), pixels);
            for (&pixel, &value) in indices.iter().zip(values) {
                let next = bounds.at(usize::from(pixel) + 1);
                entries[*next as usize] = Entry { value: UNIT[usize::from(value)], row: index as u32 };
                *next += 1;
            }
        }
    }

    /// The pixels of the panels, padding too.
    pub(crate) fn pixels(&self) -> Range<usize> {
        self.pixels.clone()
    }

    /// Whether a pixel is not zero in any row.
    #[inline(always)]
    pub(crate) fn has(&self, pixel: usize) -> bool {
        self.bounds.get(pixel) < self.bounds.get(pixel + 1)
    }

    /// The rows in which a pixel is not zero, in ascending order: its value there, and which they are.
    #[inline(always)]
    pub(crate) fn column(&self, pixel: usize) -> impl Iterator<Item = (f32, usize)> + Clone {
        let range = self.bounds.get(pixel) as usize..self.bounds.get(pixel + 1) as usize;
        self.entries[range].iter().map(|entry| (entry.value, entry.row as usize))
    }
}

/// What lies in a range of pixels.
fn within<'a>(nonzero: Nonzero<'a>, pixels: &Range<usize>) -> Nonzero<'a> {
    let Nonzero { indices, values } = nonzero;
    if pixels.len() >= PIXELS {
        return nonzero;
    }
    let start = indices.partition_point(|&index| usize::from(index) < pixels.start);
    let end = start + indices[start..].partition_point(|&index| usize::from(index) < pixels.end);
    Nonzero { indices: &indices[start..end], values: &values[start..end] }
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
                columns.list(&mut lists, range.clone());
                lists.dense(range.clone(), &mut dense);
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
                    let want: Vec<_> = all.into_iter().zip(0..).filter(|(value, _)| *value != 0.0).collect();
                    assert_eq!(columns.column(pixel).collect::<Vec<_>>(), want, "pixel {pixel}");
                    assert_eq!(columns.has(pixel), !want.is_empty(), "pixel {pixel}");
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
