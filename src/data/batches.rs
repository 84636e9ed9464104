//! The order in which an epoch visits the images.

use crate::random::{Purpose, Random};

/// A fresh shuffle of `0..count` for `epoch` (from 0): a function of (seed, epoch) alone, so every backend and
/// every machine visits the same images in the same order.
///
/// Fisher and Yates's shuffle, from the back; each draw takes 64 bits, so its bias is below 2⁻⁴⁰.
pub fn epoch_order(seed: u32, epoch: u32, count: usize) -> Vec<u32> {
    let random = Random::new(seed, Purpose::Shuffle);
    let count = u32::try_from(count).expect("a dataset has fewer than 2^32 images");
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        let [high, low] = random.block(epoch, last);
        let bits = u64::from(high) << 32 | u64::from(low);
        // bits / 2^64 is uniform in [0, 1): this is floor(that × (last + 1)).
        let chosen = (u128::from(bits) * u128::from(last + 1)) >> 64;
        order.swap(last as usize, chosen as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_permutation_that_repeats() {
        let order = epoch_order(1, 0, 1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1000));
        assert_eq!(order, epoch_order(1, 0, 1000));
        assert_ne!(order, epoch_order(1, 1, 1000), "another epoch");
        assert_ne!(order, epoch_order(2, 0, 1000), "another seed");
    }

    #[test]
    fn small_counts() {
        assert!(epoch_order(0, 0, 0).is_empty());
        assert_eq!(epoch_order(0, 0, 1), [0]);
    }

    /// Over many epochs each image comes first about equally often: 5 sigma around n · p.
    #[test]
    fn is_fair() {
        let (count, epochs) = (8, 8000);
        let mut first = [0u32; 8];
        for epoch in 0..epochs {
            first[epoch_order(3, epoch, count)[0] as usize] += 1;
        }
        for hits in first {
            assert!((f64::from(hits) - 1000.0).abs() < 5.0 * (1000.0f64 * 7.0 / 8.0).sqrt(), "{first:?}");
        }
    }
}
