//! Images, labels, and the nonzero pixels of each image.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Pixels of an image: 28 × 28, row by row.
pub const PIXELS: usize = 784;

/// Number of classes: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Labelled images. A pixel is a `u8` from 0 (paper) to 255 (ink); a network reads it as `value / 255`.
///
/// 81 % of MNIST's pixels are zero, so each image's nonzero pixels are listed once, here: a first layer that
/// sums over the list does a fifth of the multiplies, and never has to look for the pixels again.
#[derive(Debug, Clone)]
pub struct Dataset {
    id: u64,
    images: Vec<u8>,
    labels: Vec<u8>,
    /// `starts[i]..starts[i + 1]` is image i's range in `indices` and `values`.
    starts: Vec<u32>,
    indices: Vec<u16>,
    values: Vec<u8>,
}

/// The nonzero pixels of one image, in ascending order of index. Both slices have the same length.
#[derive(Debug, Clone, Copy)]
pub struct Nonzero<'a> {
    /// Which pixel, `0..784`.
    pub indices: &'a [u16],
    /// Its value, `1..=255`.
    pub values: &'a [u8],
}

/// A clone has its original's id, for its images are the same, and they never change.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl Dataset {
    /// `images` holds `labels.len()` images of 784 bytes, one after the other.
    ///
    /// # Errors
    /// [`Error::CountMismatch`] when the two lengths disagree, [`Error::Label`] for a label over 9.
    pub fn new(images: Vec<u8>, labels: Vec<u8>) -> Result<Self, Error> {
        if images.len() != labels.len() * PIXELS {
            return Err(Error::CountMismatch { images: images.len() / PIXELS, labels: labels.len() });
        }
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= CLASSES) {
            return Err(Error::Label { label: labels[index], index });
        }
        let nonzero = images.iter().filter(|&&value| value != 0).count();
        let mut starts = Vec::with_capacity(labels.len() + 1);
        let mut indices = Vec::with_capacity(nonzero);
        let mut values = Vec::with_capacity(nonzero);
        starts.push(0);
        for image in images.chunks_exact(PIXELS) {
            // Most groups of eight pixels are paper, and one comparison says so.
            for (first, group) in (0u16..).step_by(8).zip(image.as_chunks::<8>().0) {
                if u64::from_ne_bytes(*group) == 0 {
                    continue;
                }
                for (index, &value) in (first..).zip(group) {
                    if value != 0 {
                        indices.push(index);
                        values.push(value);
                    }
                }
            }
            let end = u32::try_from(indices.len()).expect("4 billion nonzero pixels do not fit in memory");
            starts.push(end);
        }
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok(Dataset { id, images, labels, starts, indices, values })
    }

    /// The images of `parts`, one part after the other.
    pub fn joined(parts: &[&Dataset]) -> Self {
        let images = parts.iter().flat_map(|part| part.images()).copied().collect();
        let labels = parts.iter().flat_map(|part| part.labels()).copied().collect();
        Dataset::new(images, labels).expect("each part has as many images as labels, and labels are digits")
    }

    /// The images of `rows` alone, which lie within `0..len()`.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let images = self.images[rows.start * PIXELS..rows.end * PIXELS].to_vec();
        Dataset::new(images, self.labels[rows].to_vec()).expect("each image keeps its label")
    }

    /// The images in `rows`, in that order.
    pub fn rows(&self, rows: &[u32]) -> Self {
        let images = rows.iter().flat_map(|&row| self.image(row as usize)).copied().collect();
        let labels = rows.iter().map(|&row| self.labels[row as usize]).collect();
        Dataset::new(images, labels).expect("each image keeps its label")
    }

    /// Tells datasets apart: a GPU keeps the one it has, rather than take it in anew for every call.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images at all.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// All pixels, image after image.
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// All labels, `0..=9`.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The 784 pixels of image `index`.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * PIXELS..][..PIXELS]
    }

    /// The nonzero pixels of image `index`.
    pub fn nonzero(&self, index: usize) -> Nonzero<'_> {
        let range = self.starts[index] as usize..self.starts[index + 1] as usize;
        Nonzero { indices: &self.indices[range.clone()], values: &self.values[range] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_nonzero_pixels() {
        let mut images = vec![0; 2 * PIXELS];
        images[3] = 7;
        images[PIXELS] = 1;
        images[2 * PIXELS - 1] = 255;
        let dataset = Dataset::new(images, vec![4, 9]).unwrap();
        assert_eq!(dataset.len(), 2);
        assert_eq!((dataset.nonzero(0).indices, dataset.nonzero(0).values), (&[3][..], &[7][..]));
        assert_eq!((dataset.nonzero(1).indices, dataset.nonzero(1).values), (&[0, 783][..], &[1, 255][..]));
    }

    #[test]
    fn slices_join_again() {
        let images: Vec<u8> = (0..3 * PIXELS).map(|at| (at % 251) as u8).collect();
        let dataset = Dataset::new(images.clone(), vec![4, 9, 1]).unwrap();
        let (first, rest) = (dataset.slice(0..1), dataset.slice(1..3));
        assert_eq!((first.len(), rest.labels(), dataset.slice(2..2).len()), (1, &[9, 1][..], 0));
        assert_eq!(rest.image(1), dataset.image(2));
        let joined = Dataset::joined(&[&rest, &first]);
        assert_eq!((joined.labels(), joined.image(2)), (&[9, 1, 4][..], dataset.image(0)));
        assert_eq!(joined.nonzero(2).values, dataset.nonzero(0).values);
        assert_ne!(joined.id(), dataset.id());
        assert!(Dataset::joined(&[]).is_empty());
        let picked = dataset.rows(&[2, 0, 2]);
        assert_eq!((picked.labels(), picked.image(1)), (&[1, 4, 1][..], dataset.image(0)));
    }

    #[test]
    fn refuses_what_does_not_belong_together() {
        assert_eq!(
            Dataset::new(vec![0; 2 * PIXELS], vec![0]).unwrap_err(),
            Error::CountMismatch { images: 2, labels: 1 }
        );
        assert_eq!(
            Dataset::new(vec![0; PIXELS], vec![10]).unwrap_err(),
            Error::Label { label: 10, index: 0 }
        );
    }
}
