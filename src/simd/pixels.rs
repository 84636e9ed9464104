//! A batch's pixels: by row as the dataset lists them, by column, or all of them.

use std::hint::black_box;
use std::ops::{BitXor, Deref, Range};

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

/// Where a pixel is not zero: one of a row's, or one of a column's.
///
/// The value comes first: wasm has no address with an offset for what it copies to all lanes.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Entry {
    /// In `(0, 1]`.
    value: f32,
    /// Which pixel of the row, or which row of the column.
    index: u32,
}

/// What a sum over a row or a column takes: values, and what each is a factor of.
#[inline(always)]
fn terms(entries: &[Entry]) -> impl Iterator<Item = (f32, usize)> + Clone {
    entries.iter().map(|entry| (entry.value, entry.index as usize))
}

/// Pixels by row: those of each image that are not zero, in ascending order. MNIST's images are 81 % zeros, and a sum that leaves out zero
/// terms is the same sum.
///
/// They are the dataset's lists, copied, or what augmentation has made of its images: a batch's images lie all over a dataset that no cache
/// holds, and are read once for each panel. Values are numbers here. Kernels are short of loads, and to load a number is two fewer
/// than a byte and its number from [`UNIT`].
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Where each row's entries end.
    ends: Vec<usize>,
    entries: Vec<Entry>,
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

    /// How many rows have each pixel, of all parts of a batch.
    pub(crate) fn count<R: Deref<Target = Rows>>(&mut self, parts: impl Iterator<Item = R>) {
        self.0.fill(0);
        for part in parts {
            part.entries.iter().for_each(|entry| *self.at(entry.index as usize) += 1);
        }
    }
}

impl Rows {
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.entries.clear();
    }

    /// Copies the lists of a batch.
    pub(crate) fn copy(&mut self, batch: Batch<'_>) {
        // Looks at each cache line first and makes nothing of it, so that a processor waits for many at a time.
        let lines = batch.lists().flat_map(|Nonzero { indices, values }| {
            indices.iter().step_by(32).copied().chain(values.iter().step_by(64).map(|&value| value.into()))
        });
        black_box(lines.fold(0, BitXor::bitxor));
        self.clear();
        batch.lists().for_each(|nonzero| self.push(nonzero));
    }

    /// One row more.
    pub(crate) fn push(&mut self, Nonzero { indices, values }: Nonzero<'_>) {
        let entries = indices
            .iter()
            .zip(values)
            .map(|(&index, &value)| Entry { value: UNIT[usize::from(value)], index: u32::from(index) });
        self.entries.extend(entries);
        self.ends.push(self.entries.len());
    }

    /// Number of images.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The nonzero pixels of an image: their values, and which they are.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = (f32, usize)> {
        terms(self.entries(row))
    }

    #[inline(always)]
    fn entries(&self, row: usize) -> &[Entry] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.entries[start..self.ends[row]]
    }
}

/// All pixels of some panels, zeros too, of all parts of a batch: `[panel][row]`.
pub(crate) fn dense<R: Deref<Target = Rows>>(
    parts: impl Iterator<Item = R> + Clone,
    panels: Range<usize>,
    x: &mut Vec<Row>,
) {
    x.clear();
    for panel in panels {
        let pixels = panel * WIDTH..(panel + 1) * WIDTH;
        for part in parts.clone() {
            for row in 0..part.len() {
                let mut all = [0.0; WIDTH];
                for (value, pixel) in terms(within(part.entries(row), &pixels)) {
                    all[pixel % WIDTH] = value;
                }
                x.push(all);
            }
        }
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
    /// Lists the columns of some panels, of all parts of a batch, each in ascending order of row: a counting sort. `counts` says how many
    /// rows have each pixel.
    pub(crate) fn list<R: Deref<Target = Rows>>(
        &mut self,
        counts: &Numbers,
        parts: impl Iterator<Item = R>,
        panels: Range<usize>,
    ) {
        let Columns { pixels, bounds, entries } = self;
        *pixels = panels.start * WIDTH..panels.end * WIDTH;
        // bounds[p + 1] is where the column begins, and moves on to where it ends, which is where the next begins, as its entries come in.
        let mut sum = 0;
        *bounds.at(pixels.start) = 0;
        for pixel in pixels.clone() {
            *bounds.at(pixel + 1) = sum;
            sum += counts.get(pixel);
        }
        entries.resize(sum as usize, Entry::default());
        let mut index = 0;
        for part in parts {
            for row in 0..part.len() {
                for (value, pixel) in terms(within(part.entries(row), pixels)) {
                    let next = bounds.at(pixel + 1);
                    entries[*next as usize] = Entry { value, index };
                    *next += 1;
                }
                index += 1;
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
        terms(&self.entries[range])
    }
}

/// What lies in a range of pixels, of a row's entries.
fn within<'a>(entries: &'a [Entry], pixels: &Range<usize>) -> &'a [Entry] {
    if pixels.len() >= PIXELS {
        return entries;
    }
    let end = |pixel: usize| entries.partition_point(|entry| (entry.index as usize) < pixel);
    &entries[end(pixels.start)..end(pixels.end)]
}

#[cfg(test)]
mod tests {
    use super::super::panel::share;
    use super::*;

    #[test]
    fn columns_are_the_rows_transposed() {
        let images: Vec<u8> = (0..3 * PIXELS).map(|i| if i % 7 < 2 { (i % 256) as u8 } else { 0 }).collect();
        let dataset = Dataset::new(images, vec![0; 3]).unwrap();
        let (mut counts, mut columns) = (Numbers::default(), Columns::default());
        let mut panels = Vec::new();
        for rows in [&[2, 0, 1, 2][..], &[1], &[]] {
            // In two parts, as two threads take them in.
            let parts = [0, 1].map(|part| {
                let mut copied = Rows::default();
                copied.copy(Batch { dataset: &dataset, rows: &rows[share(rows.len(), part, 2)] });
                copied
            });
            assert_eq!(parts[0].len() + parts[1].len(), rows.len());
            counts.count(parts.iter());
            for (part, of) in [(0, 1), (0, 2), (1, 2), (1, 40), (7, 40)] {
                let range = share(PIXEL_PANELS, part, of);
                columns.list(&counts, parts.iter(), range.clone());
                dense(parts.iter(), range.clone(), &mut panels);
                assert_eq!(panels.len(), range.len() * rows.len());
                for pixel in range.start * WIDTH..range.end * WIDTH {
                    let value = |row: u32| {
                        let image = dataset.image(row as usize);
                        f32::from(image.get(pixel).copied().unwrap_or(0)) / 255.0
                    };
                    let all: Vec<f32> = rows.iter().map(|&row| value(row)).collect();
                    let panel = (pixel / WIDTH - range.start) * rows.len();
                    let got: Vec<f32> =
                        (0..rows.len()).map(|row| panels[panel + row][pixel % WIDTH]).collect();
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
