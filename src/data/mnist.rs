//! MNIST's four files: their names, sizes and digests. The page's fetch and xtask's download both check against them.

use sha2::{Digest, Sha256};

use crate::Error;

/// One file, as it is after gunzip. The gzip around it differs from mirror to mirror, so it is never what is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// Name of the gzip file, on every mirror and in the page's `data/`.
    pub name: &'static str,
    /// Size of the decompressed file.
    pub size_bytes: usize,
    /// SHA-256 of the decompressed file, in lowercase hex.
    pub sha256: &'static str,
}

/// 60,000 training images.
pub const TRAIN_IMAGES: File = File {
    name: "train-images-idx3-ubyte.gz",
    size_bytes: 47_040_016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
};

/// Their labels.
pub const TRAIN_LABELS: File = File {
    name: "train-labels-idx1-ubyte.gz",
    size_bytes: 60_008,
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
};

/// 10,000 test images.
pub const TEST_IMAGES: File = File {
    name: "t10k-images-idx3-ubyte.gz",
    size_bytes: 7_840_016,
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
};

/// Their labels.
pub const TEST_LABELS: File = File {
    name: "t10k-labels-idx1-ubyte.gz",
    size_bytes: 10_008,
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/// All four.
pub const FILES: [File; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

impl File {
    /// Checks that `bytes`, decompressed, are this file: the size first, for it says more than a digest does.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Error> {
        self.check_digest(bytes.len(), Sha256::new_with_prefix(bytes))
    }

    /// [`File::check`] for bytes that came in pieces: how many there were, and their hash.
    pub fn check_digest(&self, size_bytes: usize, hash: Sha256) -> Result<(), Error> {
        let not_mnist =
            |expected: String, found: String| Error::NotMnist { file: self.name, expected, found };
        if size_bytes != self.size_bytes {
            let decompressed = |n: usize| format!("{n} decompressed bytes");
            return Err(not_mnist(decompressed(self.size_bytes), decompressed(size_bytes)));
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found != self.sha256 {
            return Err(not_mnist(format!("SHA-256 {}", self.sha256), found));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf abc | sha256sum`, the first example of FIPS 180-4's test vectors.
    const ABC: File = File {
        name: "abc.gz",
        size_bytes: 3,
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };

    #[test]
    fn a_file_is_known_by_size_and_digest() {
        assert_eq!(ABC.check(b"abc"), Ok(()));
        let short = ABC.check(b"ab").unwrap_err().to_string();
        assert_eq!(short, "abc.gz is not MNIST's: expected 3 decompressed bytes, found 2 decompressed bytes");
        let other = ABC.check(b"abd").unwrap_err().to_string();
        assert!(other.contains(ABC.sha256) && other.contains("found a52d159f"), "{other}");
    }

    #[test]
    fn sizes_are_those_of_idx_files() {
        let sizes = FILES.map(|file| file.size_bytes);
        assert_eq!(sizes, [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]);
    }
}
