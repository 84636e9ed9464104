//! How far a network's probabilities can be believed, and when it had better say that it is not sure.
//!
//! A network that is right in 97 of 100 cases may well say "99.9 %" in all of them. Dividing its logits by one number, the temperature,
//! mends most of that and changes no answer (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017). The
//! temperature is fitted on images that the network was not trained on.

use crate::backend::softmax;

/// Bounds of a temperature. Where every answer is right, the likelihood has no maximum: any colder network would fit better still.
const COLDEST: f64 = 0.01;
const HOTTEST: f64 = 100.0;

/// The temperature that makes `logits / temperature` fit `labels` best: the least mean cross-entropy, from 0.01 to 100.
///
/// `logits` is `[n, classes]`, `labels` has n classes. Without any labels it is 1.
pub fn fit_temperature(logits: &[f32], labels: &[u8]) -> f32 {
    if labels.is_empty() {
        return 1.0;
    }
    let classes = classes(logits, labels);
    // In the inverse temperature the loss is convex: its slope, the sum of (expected logit - the label's), rises. Bisection, in logarithms,
    // to f32's precision.
    let slope = |inverse: f64| -> f64 {
        let rows = logits.chunks_exact(classes).zip(labels);
        rows.map(|(row, &label)| expected_logit(row, inverse) - f64::from(row[usize::from(label)])).sum()
    };
    let (mut low, mut high) = (HOTTEST.recip().ln(), COLDEST.recip().ln());
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if slope(middle.exp()) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    ((low + high) / -2.0).exp() as f32
}

/// The mean of the logits, weighed with the probabilities that they have at 1 / temperature = `inverse`.
fn expected_logit(row: &[f32], inverse: f64) -> f64 {
    let max = row.iter().copied().fold(f32::MIN, f32::max);
    let (mut sum, mut weighted) = (0.0, 0.0);
    for &logit in row {
        let weight = (f64::from(logit - max) * inverse).exp();
        sum += weight;
        weighted += weight * f64::from(logit);
    }
    weighted / sum
}

/// Probabilities `[n, classes]` of `logits` `[n, classes]` at a temperature above 0.
pub fn probabilities(logits: &[f32], classes: usize, temperature: f32) -> Vec<f32> {
    let scaled = |row: &[f32]| softmax(&row.iter().map(|logit| logit / temperature).collect::<Vec<_>>());
    logits.chunks_exact(classes).flat_map(scaled).collect()
}

/// Answers that are about as sure: how many, and how sure they and how often right they are on average.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// How many answers.
    pub count: usize,
    /// The mean of their top probabilities; 0 for none.
    pub probability: f64,
    /// The share of right ones; 0 for none.
    pub accuracy: f64,
}

/// Answers by how sure they are, in `bins` of equal width from 0 to 1, a bin's upper end being its own: what a reliability diagram shows.
///
/// `probabilities` is `[n, classes]`, `labels` has n classes.
pub fn reliability(probabilities: &[f32], labels: &[u8], bins: usize) -> Vec<Bin> {
    assert!(bins > 0, "there is at least one bin");
    let mut found = vec![Bin::default(); bins];
    if labels.is_empty() {
        return found;
    }
    let classes = classes(probabilities, labels);
    for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
        let (answer, top) = top(row);
        let bin = &mut found[((f64::from(top) * bins as f64).ceil() as usize).clamp(1, bins) - 1];
        bin.count += 1;
        bin.probability += f64::from(top);
        bin.accuracy += f64::from(u8::from(answer == usize::from(label)));
    }
    // Sums so far.
    for bin in found.iter_mut().filter(|bin| bin.count > 0) {
        bin.probability /= bin.count as f64;
        bin.accuracy /= bin.count as f64;
    }
    found
}

/// How far the top probability is from the share of right answers, on average: `0.0..=1.0`, and 0 without any labels.
///
/// It is the mean gap of [`reliability`]'s bins, weighed with the number of answers in each.
pub fn expected_calibration_error(probabilities: &[f32], labels: &[u8], bins: usize) -> f64 {
    mean_gap(&reliability(probabilities, labels, bins))
}

fn mean_gap(bins: &[Bin]) -> f64 {
    let gap = |bin: &Bin| bin.count as f64 * (bin.probability - bin.accuracy).abs();
    let answers: usize = bins.iter().map(|bin| bin.count).sum();
    bins.iter().map(gap).sum::<f64>() / answers.max(1) as f64
}

/// What was found out about a trained network with digits that it was not trained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// What its logits are to be divided by.
    pub temperature: f32,
    /// The [`evidence`] below which an answer is marked "not sure".
    pub not_sure_below: f32,
    /// Digits that these two were fitted on.
    pub fitted: usize,
    /// The expected calibration error of other digits, as the network has it and with the temperature.
    pub errors: [f64; 2],
    /// Their [`reliability`], as the network has it and with the temperature.
    pub reliability: [Vec<Bin>; 2],
    /// Share of those other digits that are marked "not sure".
    pub not_sure: f64,
}

impl Calibration {
    /// Bins of [`Calibration::reliability`].
    pub const BINS: usize = 10;
    /// Share of the digits, among those that are fitted on, that are marked "not sure" without need.
    pub const RATE: f64 = 0.02;

    /// Fits on every second digit, from the first on, and measures on the others: neither is trained on, and what is measured is not
    /// fitted to. (The halves of MNIST's test set would not do: the first 5,000 are known to be easier.)
    ///
    /// `logits` is `[n, classes]`, `labels` has n classes.
    pub fn of(logits: &[f32], labels: &[u8]) -> Self {
        let classes = if labels.is_empty() { 1 } else { classes(logits, labels) };
        let half = |first: usize| -> (Vec<f32>, Vec<u8>) {
            let rows = logits.chunks_exact(classes).skip(first).step_by(2);
            (rows.flatten().copied().collect(), labels.iter().skip(first).step_by(2).copied().collect())
        };
        let ((fitted, fitted_labels), (others, labels)) = (half(0), half(1));
        let temperature = fit_temperature(&fitted, &fitted_labels);
        let not_sure_below = not_sure_below(&fitted, classes, Self::RATE);
        let reliability = [1.0, temperature].map(|temperature| {
            reliability(&probabilities(&others, classes, temperature), &labels, Self::BINS)
        });
        let not_sure = others.chunks_exact(classes).filter(|row| evidence(row) < not_sure_below).count();
        Calibration {
            temperature,
            not_sure_below,
            fitted: fitted_labels.len(),
            errors: reliability.each_ref().map(|bins| mean_gap(bins)),
            reliability,
            not_sure: not_sure as f64 / labels.len().max(1) as f64,
        }
    }
}

/// What speaks for the answer: by how many nats the largest logit stands above the mean of all.
///
/// It is low where nothing speaks for any class, and where two classes are equally likely. Of drawings that are no digits it finds more than
/// the top probability does, which softmax drives to 1 wherever one class is a little ahead of the rest: `docs/drawings.md` has both.
pub fn evidence(logits: &[f32]) -> f32 {
    let (_, top) = top(logits);
    top - logits.iter().sum::<f32>() / logits.len() as f32
}

/// The evidence below which an answer is marked "not sure": that of the `rate` (0 to 1) least sure of `logits` `[n, classes]`, which are of
/// digits that the network was not trained on. So `rate` is the share of digits that are marked without need.
pub fn not_sure_below(logits: &[f32], classes: usize, rate: f64) -> f32 {
    let mut all: Vec<f32> = logits.chunks_exact(classes).map(evidence).collect();
    all.sort_by(f32::total_cmp);
    all.get((rate * all.len() as f64) as usize).copied().unwrap_or(f32::MIN)
}

/// The class with the largest value, and the value; of equal ones the first, as Keras's argmax has it.
pub fn top(row: &[f32]) -> (usize, f32) {
    row.iter().copied().enumerate().fold((0, f32::MIN), |best, at| if at.1 > best.1 { at } else { best })
}

fn classes(rows: &[f32], labels: &[u8]) -> usize {
    assert!(rows.len().is_multiple_of(labels.len()), "every label has a row, and rows are equally long");
    let classes = rows.len() / labels.len();
    assert!(labels.iter().all(|&label| usize::from(label) < classes), "a label is one of the row's classes");
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Random};

    /// Logits of `count` rows of ten, and labels drawn with just the probabilities that they have at `temperature`.
    fn drawn(count: u32, temperature: f32) -> (Vec<f32>, Vec<u8>) {
        let random = Random::new(7, Purpose::Init);
        let logits: Vec<f32> = (0..count * 10).map(|i| 8.0 * random.uniform(0, i)).collect();
        let labels = probabilities(&logits, 10, temperature)
            .chunks_exact(10)
            .zip(0..)
            .map(|(row, i)| {
                let mut left = random.uniform(1, i);
                row.iter()
                    .position(|p| {
                        left -= p;
                        left < 0.0
                    })
                    .unwrap_or(9) as u8
            })
            .collect();
        (logits, labels)
    }

    fn loss(logits: &[f32], labels: &[u8], temperature: f32) -> f64 {
        let rows = probabilities(logits, 10, temperature);
        rows.chunks_exact(10).zip(labels).map(|(row, &label)| -f64::from(row[usize::from(label)]).ln()).sum()
    }

    #[test]
    fn finds_the_temperature_that_labels_were_drawn_with() {
        for temperature in [0.5, 1.0, 2.5] {
            let (logits, labels) = drawn(20_000, temperature);
            let fitted = fit_temperature(&logits, &labels);
            assert!((fitted / temperature - 1.0).abs() < 0.05, "{fitted} for {temperature}");
            for other in [0.98, 1.02] {
                assert!(loss(&logits, &labels, fitted) < loss(&logits, &labels, fitted * other), "the best");
            }
            let tenfold: Vec<f32> = logits.iter().map(|logit| 10.0 * logit).collect();
            assert!(
                (fit_temperature(&tenfold, &labels) / fitted - 10.0).abs() < 1e-3,
                "it follows the logits"
            );
        }
    }

    #[test]
    fn a_temperature_has_bounds() {
        let right = fit_temperature(&[5.0, 0.0, 1.0, 0.0, 4.0, 1.0], &[0, 1]);
        assert!((right - COLDEST as f32).abs() < 1e-4, "every answer is right: {right}");
        let wrong = fit_temperature(&[5.0, 0.0, 1.0, 0.0, 4.0, 1.0], &[1, 0]);
        assert!((wrong - HOTTEST as f32).abs() < 1e-2, "every answer is wrong: {wrong}");
        assert_eq!(fit_temperature(&[], &[]), 1.0);
        // The largest logits that f32 has hardly overflow.
        assert!(fit_temperature(&[1e30, -1e30, 1e30, -1e30], &[0, 1]).is_finite());
    }

    #[test]
    fn calibration_errors_are_gaps() {
        // In the bin above 0.5: probabilities 0.8 and 0.6, one of two right. In the lower: 0.5, wrong.
        let rows = [0.8, 0.2, 0.4, 0.6, 0.5, 0.5];
        let error = expected_calibration_error(&rows, &[0, 0, 1], 2);
        assert!((error - ((1.4f64 - 1.0).abs() + 0.5) / 3.0).abs() < 1e-6, "{error}");
        // In one bin over- and underconfidence make up for each other.
        let one = expected_calibration_error(&rows, &[0, 0, 1], 1);
        assert!((one - 0.9 / 3.0).abs() < 1e-6, "{one}");
        assert_eq!(expected_calibration_error(&[1.0, 0.0, 0.0, 1.0], &[0, 1], 15), 0.0);
        assert_eq!(expected_calibration_error(&[1.0, 0.0], &[1], 15), 1.0);
        assert_eq!(expected_calibration_error(&[], &[], 15), 0.0);

        let bins = reliability(&rows, &[0, 0, 1], 2);
        assert_eq!(bins[0], Bin { count: 1, probability: 0.5, accuracy: 0.0 });
        assert!((bins[1].probability - 0.7).abs() < 1e-6 && bins[1].count == 2 && bins[1].accuracy == 0.5);
        assert_eq!(reliability(&[], &[], 3), [Bin::default(); 3]);
    }

    /// Only every second row is fitted on: what the others say changes neither temperature nor threshold.
    #[test]
    fn what_is_measured_is_not_fitted_to() {
        let (logits, labels) = drawn(20_000, 2.5);
        let found = Calibration::of(&logits, &labels);
        assert!((found.temperature / 2.5 - 1.0).abs() < 0.05, "{}", found.temperature);
        assert_eq!(found.fitted, 10_000);
        // Ten bins of some 1,000 answers: as below, and twice the scatter for half the answers.
        assert!(found.errors[0] > 0.1 && found.errors[1] < 0.02, "{:?}", found.errors);
        assert!(
            found.reliability.iter().all(|bins| bins.iter().map(|bin| bin.count).sum::<usize>() == 10_000)
        );
        // 2 % of 10,000, and of 10,000 others: the standard deviation is 0.2 %.
        assert!((found.not_sure - Calibration::RATE).abs() < 0.01, "{}", found.not_sure);

        let others_wrong: Vec<u8> = labels
            .iter()
            .enumerate()
            .map(|(row, &label)| if row % 2 == 1 { (label + 1) % 10 } else { label })
            .collect();
        let wrong = Calibration::of(&logits, &others_wrong);
        assert_eq!((wrong.temperature, wrong.not_sure_below), (found.temperature, found.not_sure_below));
        assert!(wrong.errors[1] > 0.1, "{:?}", wrong.errors);
        assert_eq!(Calibration::of(&[], &[]).temperature, 1.0);
    }

    #[test]
    fn the_right_temperature_calibrates() {
        let (logits, labels) = drawn(20_000, 2.5);
        let error =
            |temperature| expected_calibration_error(&probabilities(&logits, 10, temperature), &labels, 15);
        let fitted = fit_temperature(&logits, &labels);
        // Fifteen bins of some 1,300 answers each: a gap's standard deviation is 1.4 % at most, and the mean of their sizes below that.
        assert!(error(fitted) < 0.014, "{}", error(fitted));
        assert!(error(1.0) > 0.1, "{}", error(1.0));
    }

    #[test]
    fn evidence_is_what_stands_above_the_mean() {
        assert_eq!(evidence(&[3.0, -1.0, 1.0, 1.0]), 2.0);
        assert_eq!(evidence(&[4.0; 10]), 0.0);
        let rows: Vec<f32> = (0..100).flat_map(|i| [i as f32, -(i as f32)]).collect();
        let below = not_sure_below(&rows, 2, 0.05);
        assert_eq!(rows.chunks(2).filter(|row| evidence(row) < below).count(), 5);
        assert_eq!(not_sure_below(&rows, 2, 0.0), 0.0);
        assert_eq!(not_sure_below(&[], 2, 0.02), f32::MIN);
    }

    #[test]
    fn the_first_of_the_largest_is_the_answer() {
        assert_eq!(top(&[-3.0, 2.0, 2.0, 1.0]), (1, 2.0));
        assert_eq!(top(&[-3.0, -4.0]), (0, -3.0));
    }
}
