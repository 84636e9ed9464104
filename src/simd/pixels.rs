//! A batch's nonzero pixels, by row and by column.

use crate::data::{Dataset, PIXELS};

/// `u8` → `[0, 1]`, exactly as `value / 255` in f32.
const UNIT: [f32; 256] = {
    let mut unit = [0.0; 256];
    let mut value = 0;
    while value < 256 {
        unit[value] = value as f32 / 255.0;
        value += 1;
    }
    unit
};

/// A nonzero pixel: which column (by rows) or which row (by columns), and its value in `(0, 1]`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub index: u32,
    pub value: f32,
}

/// x of the first layer, `[batch, 784]`, as lists of what is not zero. MNIST's images are 81 % zeros, and a sum that
/// leaves out zero terms is the same sum.
#[derive(Debug, Default)]
pub(crate) struct Pixels {
    rows: Lists,
    columns: Lists,
}

/// List i is `entries[starts[i]..starts[i + 1]]`.
#[derive(Debug, Default)]
struct Lists {
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Lists {
    fn get(&self, index: usize) -> &[Entry] {
        &self.entries[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}

impl Pixels {
    /// Takes the lists of some images of the dataset.
    pub(crate) fn gather(&mut self, dataset: &Dataset, rows: impl Iterator<Item = usize>) {
        let Lists { starts, entries } = &mut self.rows;
        starts.clear();
        starts.push(0);
        entries.clear();
        for row in rows {
            let nonzero = dataset.nonzero(row);
            let pixels = nonzero.indices.iter().zip(nonzero.values);
            entries.extend(
                pixels.map(|(&index, &value)| Entry {
                    index: u32::from(index),
                    value: UNIT[usize::from(value)],
                }),
            );
            starts.push(entries.len() as u32);
        }
    }

    /// Makes the columns' lists from the rows', each in ascending order of row: a counting sort.
    pub(crate) fn transpose(&mut self) {
        let Lists { starts, entries } = &mut self.columns;
        starts.clear();
        starts.resize(PIXELS + 2, 0);
        entries.resize(self.rows.entries.len(), Entry::default());
        // starts[column + 2] counts the column; summed, starts[column + 1] is where it begins, and moves on to where it
        // ends, which is where the next begins, as its entries come in.
        for entry in &self.rows.entries {
            starts[entry.index as usize + 2] += 1;
        }
        let mut sum = 0;
        for start in starts.iter_mut() {
            sum += *start;
            *start = sum;
        }
        for row in 0..self.rows.starts.len() - 1 {
            for entry in self.rows.get(row) {
                let next = &mut starts[entry.index as usize + 1];
                entries[*next as usize] = Entry { index: row as u32, value: entry.value };
                *next += 1;
            }
        }
    }

    /// Remembers which columns have an entry.
    pub(crate) fn mark(&self, touched: &mut [bool]) {
        for (column, touched) in touched.iter_mut().enumerate() {
            *touched |= !self.column(column).is_empty();
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.starts.len() - 1
    }

    /// The pixels of row `row`, in ascending order of column.
    pub(crate) fn row(&self, row: usize) -> &[Entry] {
        self.rows.get(row)
    }

    /// The rows in which pixel `column` is not zero, in ascending order; after [`Pixels::transpose`].
    pub(crate) fn column(&self, column: usize) -> &[Entry] {
        self.columns.get(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_rows_transposed() {
        let images: Vec<u8> = (0..3 * PIXELS).map(|i| if i % 7 < 2 { (i % 256) as u8 } else { 0 }).collect();
        let dataset = Dataset::new(images.clone(), vec![0; 3]).unwrap();
        let mut pixels = Pixels::default();
        for rows in [&[2, 0, 1, 2][..], &[1], &[]] {
            pixels.gather(&dataset, rows.iter().copied());
            pixels.transpose();
            assert_eq!(pixels.len(), rows.len());
            let mut x = vec![[0.0; PIXELS]; rows.len()];
            for (row, x) in x.iter_mut().enumerate() {
                pixels.row(row).iter().for_each(|entry| x[entry.index as usize] = entry.value);
            }
            for (x, &row) in x.iter().zip(rows) {
                assert!(x.iter().zip(dataset.image(row)).all(|(&x, &p)| x == f32::from(p) / 255.0));
            }
            for column in 0..PIXELS {
                let want: Vec<(u32, f32)> =
                    (0..).zip(&x).map(|(row, x)| (row, x[column])).filter(|(_, x)| *x != 0.0).collect();
                let got: Vec<(u32, f32)> =
                    pixels.column(column).iter().map(|entry| (entry.index, entry.value)).collect();
                assert_eq!(got, want, "column {column}");
            }
        }
    }
}
