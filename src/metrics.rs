//! Loss and accuracy, as sums that can be added.

use std::iter::Sum;
use std::ops::AddAssign;

/// Sums over examples. A mean over any set of batches is their sums added, then divided: Keras's running mean over an
/// epoch, in which every example weighs the same, also those of a short last batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Metrics {
    /// Sum of the examples' losses, in nats.
    pub loss_sum: f64,
    /// How many were classified right.
    pub correct: u32,
    /// How many there were.
    pub count: u32,
}

impl Metrics {
    /// Mean loss in nats; 0 for no examples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / f64::from(self.count.max(1))
    }

    /// Fraction classified right, `0.0..=1.0`; 0 for no examples.
    pub fn accuracy(&self) -> f64 {
        f64::from(self.correct) / f64::from(self.count.max(1))
    }
}

impl AddAssign for Metrics {
    fn add_assign(&mut self, other: Self) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.count += other.count;
    }
}

impl Sum for Metrics {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Metrics::default(), |mut total, metrics| {
            total += metrics;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_weighs_the_same() {
        let total: Metrics = [
            Metrics { loss_sum: 32.0, correct: 16, count: 32 },
            Metrics { loss_sum: 0.0, correct: 8, count: 8 },
        ]
        .into_iter()
        .sum();
        assert_eq!((total.loss(), total.accuracy()), (0.8, 0.6));
        assert_eq!((Metrics::default().loss(), Metrics::default().accuracy()), (0.0, 0.0));
    }
}
