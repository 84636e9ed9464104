//! What was read as what.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use sumi::data::CLASSES;

use super::file::Drawing;

/// How often each digit was read as each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// `counts[label][reading]`.
    counts: [[usize; CLASSES]; CLASSES],
}

impl Confusion {
    /// Counts pairs of (label, reading), both `0..=9`.
    pub fn new(pairs: impl Iterator<Item = (u8, u8)>) -> Self {
        let mut counts = [[0; CLASSES]; CLASSES];
        for (label, reading) in pairs {
            counts[usize::from(label)][usize::from(reading)] += 1;
        }
        Confusion { counts }
    }

    fn right(&self) -> usize {
        (0..CLASSES).map(|label| self.counts[label][label]).sum()
    }

    fn drawings(&self) -> usize {
        self.counts.as_flattened().iter().sum()
    }

    /// How many were read wrong.
    pub fn mistakes(&self) -> usize {
        self.drawings() - self.right()
    }

    /// Fraction read right, `0.0..=1.0`.
    pub fn accuracy(&self) -> f64 {
        self.right() as f64 / self.drawings() as f64
    }

    /// Fraction of one digit's drawings that was read right; none where there are no drawings of it.
    pub fn class_accuracy(&self, label: usize) -> Option<f64> {
        let drawings: usize = self.counts[label].iter().sum();
        (drawings > 0).then(|| self.counts[label][label] as f64 / drawings as f64)
    }
}

impl fmt::Display for Confusion {
    /// A row a digit that was drawn, a column a digit that was read; each row's count and accuracy behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drawn   read as 0")?;
        for reading in 1..CLASSES {
            write!(f, "{reading:6}")?;
        }
        writeln!(f, "   drawings  read right")?;
        for (label, row) in self.counts.iter().enumerate() {
            write!(f, "{label:5}{:12}", row[0])?;
            for count in &row[1..] {
                write!(f, "{count:6}")?;
            }
            write!(f, "{:11}", row.iter().sum::<usize>())?;
            match self.class_accuracy(label) {
                Some(accuracy) => writeln!(f, "{:10.2} %", 100.0 * accuracy)?,
                None => writeln!(f, "{:>12}", "–")?,
            }
        }
        Ok(())
    }
}

/// A table of how each writer's drawings were read, the worst first; none where no writer is known.
pub fn by_writer(drawings: &[Drawing], readings: &[u8]) -> Option<String> {
    let mut writers: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (drawing, reading) in drawings.iter().zip(readings) {
        if let Some(writer) = &drawing.writer {
            let [right, all] = writers.entry(writer).or_default();
            *right += usize::from(drawing.label == *reading);
            *all += 1;
        }
    }
    if writers.is_empty() {
        return None;
    }
    let mut rows: Vec<_> =
        writers.into_iter().map(|(writer, [right, all])| (right as f64 / all as f64, all, writer)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut table = String::from("drawings  read right  writer\n");
    for (accuracy, all, writer) in rows {
        writeln!(table, "{all:8}{:10.2} %  {writer}", 100.0 * accuracy).expect("a String takes everything");
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_was_read() {
        let confusion = Confusion::new([(7, 7), (7, 7), (7, 2), (9, 9)].into_iter());
        assert_eq!((confusion.accuracy(), confusion.mistakes()), (0.75, 1));
        assert_eq!(confusion.class_accuracy(7), Some(2.0 / 3.0));
        assert_eq!(confusion.class_accuracy(0), None);
        let table = confusion.to_string();
        let rows: Vec<_> = table.lines().collect();
        assert_eq!(
            rows[0],
            "drawn   read as 0     1     2     3     4     5     6     7     8     9   drawings  read right"
        );
        assert_eq!(
            rows[1],
            "    0           0     0     0     0     0     0     0     0     0     0          0           –"
        );
        assert_eq!(
            rows[8],
            "    7           0     0     1     0     0     0     0     2     0     0          3     66.67 %"
        );
    }

    #[test]
    fn the_worst_read_writer_stands_first() {
        let drawing =
            |writer: Option<&str>| Drawing { label: 3, writer: writer.map(str::to_owned), image: [0; 784] };
        let drawings = [Some("a"), Some("b"), None, Some("b")].map(drawing);
        assert_eq!(
            by_writer(&drawings, &[3, 3, 8, 8]).unwrap(),
            "drawings  read right  writer\n       2     50.00 %  b\n       1    100.00 %  a\n"
        );
        assert_eq!(by_writer(&[drawing(None)], &[3]), None);
    }
}
