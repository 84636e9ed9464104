//! Which digits are taken for which.

use super::Answer;
use crate::data::CLASSES;

/// How often each digit was taken for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    /// `[label][digit]`: images of `label` that were taken for `digit`.
    counts: [[u32; CLASSES]; CLASSES],
}

impl Confusion {
    /// Counts the answers.
    pub fn new(answers: &[Answer]) -> Self {
        let mut counts = [[0; CLASSES]; CLASSES];
        for answer in answers {
            counts[usize::from(answer.label)][usize::from(answer.digit)] += 1;
        }
        Confusion { counts }
    }

    /// Row by row: the right digit, and in it the digits that it was taken for.
    pub fn counts(&self) -> &[u32] {
        self.counts.as_flattened()
    }

    /// Of the images of `digit`, the share that was read right (recall); nothing where there are none.
    pub fn recall(&self, digit: usize) -> Option<f32> {
        self.share(digit, self.counts[digit].iter().sum())
    }

    /// Of the images taken for `digit`, the share that it was (precision); nothing where there are none.
    pub fn precision(&self, digit: usize) -> Option<f32> {
        self.share(digit, self.counts.iter().map(|row| row[digit]).sum())
    }

    fn share(&self, digit: usize, whole: u32) -> Option<f32> {
        (whole > 0).then(|| (f64::from(self.counts[digit][digit]) / f64::from(whole)) as f32)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn counts_what_is_taken_for_what() {
        let answer = |(label, digit)| Answer { row: 0, label, digit, probability: 1.0 };
        let answers = [(4, 4), (4, 9), (4, 9), (4, 4), (9, 9), (1, 4)].map(answer);
        let confusion = Confusion::new(&answers);
        let count = |label: usize, digit: usize| confusion.counts()[CLASSES * label + digit];
        assert_eq!((count(4, 4), count(4, 9), count(9, 9), count(1, 4), count(9, 4)), (2, 2, 1, 1, 0));
        assert_eq!(confusion.counts().iter().sum::<u32>(), 6);
        let recalls = [4, 9, 1, 0].map(|digit| confusion.recall(digit));
        assert_eq!(recalls, [Some(0.5), Some(1.0), Some(0.0), None]);
        // Nothing was taken for a 1.
        let precisions = [4, 9, 1].map(|digit| confusion.precision(digit));
        assert_eq!(precisions, [Some(2.0 / 3.0), Some(1.0 / 3.0), None]);
    }
}
