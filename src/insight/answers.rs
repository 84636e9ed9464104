//! What a network takes images for, and which of its answers are wrong.

use std::collections::BinaryHeap;

use crate::backend::softmax;
use crate::calibration::top;
use crate::data::CLASSES;

/// What a network takes one image for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The image's place in its dataset.
    pub row: u32,
    /// The right digit.
    pub label: u8,
    /// The digit that it is taken for: the first of the highest logits.
    pub digit: u8,
    /// What softmax gives that digit.
    pub probability: f32,
}

impl Answer {
    /// Whether it is right.
    pub fn is_right(&self) -> bool {
        self.digit == self.label
    }
}

/// The answers to a dataset's images, in their order, from `logits` `[n, 10]`.
pub fn answers(logits: &[f32], labels: &[u8]) -> Vec<Answer> {
    assert_eq!(logits.len(), labels.len() * CLASSES, "every label has a row of logits");
    (0u32..)
        .zip(logits.chunks_exact(CLASSES).zip(labels))
        .map(|(row, (logits, &label))| {
            let (digit, _) = top(logits);
            Answer { row, label, digit: digit as u8, probability: softmax(logits)[digit] }
        })
        .collect()
}

/// The wrong answers, the surest first.
pub fn mistakes(answers: &[Answer]) -> Vec<Answer> {
    sorted(answers, true, |answer| !answer.is_right())
}

/// The answers to images of the digit `label` that were taken for `digit`: of wrong ones the surest first, of right ones the least sure, for
/// these are the ones to look at.
pub fn cell(answers: &[Answer], label: u8, digit: u8) -> Vec<Answer> {
    sorted(answers, label != digit, |answer| answer.label == label && answer.digit == digit)
}

/// Those that are wanted, by probability; equal ones stay in the order of their rows.
fn sorted(answers: &[Answer], surest_first: bool, is_wanted: impl Fn(&Answer) -> bool) -> Vec<Answer> {
    // The bits of numbers that are not negative are in their order. A heap, for a slice's sort is ten times as much wasm.
    let key = |(index, answer): (usize, &Answer)| {
        let bits = answer.probability.to_bits();
        (if surest_first { !bits } else { bits }, index)
    };
    let wanted = answers.iter().enumerate().filter(|(_, answer)| is_wanted(answer));
    let keys: BinaryHeap<(u32, usize)> = wanted.map(key).collect();
    keys.into_sorted_vec().into_iter().map(|(_, index)| answers[index]).collect()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Logits whose largest is `sureness` above the others, which are equal.
    fn logits(digit: usize, sureness: f32) -> [f32; CLASSES] {
        let mut logits = [1.0; CLASSES];
        logits[digit] += sureness;
        logits
    }

    #[test]
    fn an_answer_is_the_digit_with_the_highest_logit() {
        let rows = [logits(3, 2.0), logits(0, 0.0), logits(9, 50.0)].concat();
        let answers = answers(&rows, &[3, 4, 9]);
        let of: Vec<(u32, u8, u8, bool)> =
            answers.iter().map(|it| (it.row, it.label, it.digit, it.is_right())).collect();
        // Of equal ones it is the first.
        assert_eq!(of, [(0, 3, 3, true), (1, 4, 0, false), (2, 9, 9, true)]);
        let e = 2f32.exp();
        for (answer, want) in answers.iter().zip([e / (e + 9.0), 0.1, 1.0]) {
            assert!((answer.probability - want).abs() < 1e-6, "{answer:?}, want {want}");
        }
    }

    #[test]
    fn mistakes_come_with_the_surest_first() {
        let rows = [logits(7, 1.0), logits(7, 3.0), logits(2, 9.0), logits(7, 2.0), logits(7, 3.0)].concat();
        let answers = answers(&rows, &[1, 1, 2, 4, 1]);
        let rows = |answers: Vec<Answer>| answers.iter().map(|it| it.row).collect::<Vec<_>>();
        assert_eq!(rows(mistakes(&answers)), [1, 4, 3, 0]);
        assert_eq!(rows(cell(&answers, 1, 7)), [1, 4, 0]);
        assert_eq!(rows(cell(&answers, 4, 7)), [3]);
        assert_eq!(rows(cell(&answers, 7, 1)), [0u32; 0]);
    }

    #[test]
    fn right_answers_come_with_the_least_sure_first() {
        let rows = [logits(5, 3.0), logits(5, 1.0), logits(5, 2.0)].concat();
        let answers = answers(&rows, &[5, 5, 5]);
        assert!(mistakes(&answers).is_empty());
        let rows: Vec<u32> = cell(&answers, 5, 5).iter().map(|it| it.row).collect();
        assert_eq!(rows, [1, 2, 0]);
    }
}
