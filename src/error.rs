//! The one [`Error`] of the crate: what the outside world can get wrong, with the facts in it.

/// What the outside world can get wrong. Every message says what, where and what was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file in the place of one of MNIST's four, and not it.
    #[error("{file} is not MNIST's: expected {expected}, found {found}")]
    NotMnist {
        /// Name of the gzip file.
        file: &'static str,
        /// Size or digest of the decompressed file.
        expected: String,
        /// What it is instead.
        found: String,
    },
    /// Images and labels that do not belong together.
    #[error("{images} images but {labels} labels: the two files do not belong together")]
    CountMismatch {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A label outside the classes 0 to 9.
    #[error("label {label} at index {index}: labels are digits from 0 to 9")]
    Label {
        /// The value found.
        label: u8,
        /// Where it was found.
        index: usize,
    },
    /// A dataset with nothing to train on.
    #[error("there are no images to train on")]
    NoImages,
    /// A model that cannot be built.
    #[error("layer {layer}: {reason}")]
    Model {
        /// Index of the layer, from 0.
        layer: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A training setting out of its range.
    #[error("{name} is {value}: {expected}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// The value given.
        value: String,
        /// What would have been right.
        expected: &'static str,
    },
    /// Parameters of another model.
    #[error("{found} parameters for a model that has {expected}")]
    ParameterCount {
        /// `Model::parameter_count`.
        expected: usize,
        /// Number of values given.
        found: usize,
    },
}
