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
    /// No adapter, or one below WebGPU's default limits, or no device from it.
    #[error("no GPU: {reason}")]
    NoGpu {
        /// What the platform says.
        reason: String,
    },
    /// A GPU that failed while it worked: lost, out of memory, or a bug of ours.
    #[error("the GPU failed: {reason}")]
    GpuFailed {
        /// What the platform says.
        reason: String,
    },
    /// A thread that could not be started.
    #[error("no thread could be started: {reason}")]
    NoThread {
        /// What the system says.
        reason: String,
    },
    /// A picture without pixels, with too many, or with other bytes than those of its pixels.
    #[error(
        "a picture of {width} × {height} pixels in {bytes} bytes: expected 1 to 4096 each way, and 4 bytes a pixel"
    )]
    PictureSize {
        /// Pixels in a row.
        width: usize,
        /// Pixels in a column.
        height: usize,
        /// Bytes that came with them.
        bytes: usize,
    },
    /// A picture in which nothing stands out.
    #[error("nothing stands out in the picture: a digit must be clearly darker or lighter than its ground")]
    EvenPicture,
    /// A picture of other things than a digit.
    #[error("nothing in the picture looks like a written digit: choose one where a single digit is large")]
    NoDigit,
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
    /// A file could not be fetched at all.
    #[error("{file} could not be fetched: {reason}")]
    Fetch {
        /// The file's name or address.
        file: String,
        /// What the network, the server or the browser said.
        reason: String,
    },
    /// A file that should be gzip and is not.
    #[error("{file}: expected gzip data, which begins with the bytes 1f 8b; found {found}")]
    NotGzip {
        /// The file's name.
        file: String,
        /// What it looks like instead, in words: [`looks_like`](crate::data::idx::looks_like).
        found: String,
    },
    /// Gzip data that is damaged or cut short.
    #[error("{file}: the gzip data is damaged or cut short, after {inflated_bytes} bytes: {reason}")]
    Inflate {
        /// The file's name.
        file: String,
        /// Decompressed bytes that came before the damage.
        inflated_bytes: u64,
        /// What the decompressor said.
        reason: String,
    },
    /// A download or a decompression that went on past the expected size, and was stopped there.
    #[error("{file}: expected {expected_bytes} bytes, found more")]
    TooLong {
        /// The file's name.
        file: String,
        /// The size it should have.
        expected_bytes: u64,
    },
    /// A file that is no IDX file: its magic number does not begin with two zero bytes and a known element type.
    #[error("{file}: expected an IDX file, whose magic number begins with the bytes 00 00; found {found}")]
    NotIdx {
        /// The file's name.
        file: String,
        /// What it looks like instead, in words: [`looks_like`](crate::data::idx::looks_like).
        found: String,
    },
    /// An IDX file of another element type.
    #[error("{file}: expected elements of type u8, found {found}")]
    ElementType {
        /// The file's name.
        file: String,
        /// The type by name, or its byte where the format knows none.
        found: String,
    },
    /// An IDX file of another number of dimensions.
    #[error("{file}: expected {expected} dimensions, found {found}")]
    Rank {
        /// The file's name.
        file: String,
        /// 3 for images, 1 for labels.
        expected: u8,
        /// What the header says.
        found: u8,
    },
    /// Images that are not 28 × 28.
    #[error("{file}: expected images of 28 × 28 pixels, found {rows} × {cols}")]
    ImageSize {
        /// The file's name.
        file: String,
        /// Rows of an image.
        rows: u32,
        /// Columns of an image.
        cols: u32,
    },
    /// Dimensions whose product is more than this machine can address.
    #[error("{file}: the header promises dimensions of {dims:?}, more than this machine can address")]
    Overflow {
        /// The file's name.
        file: String,
        /// The dimensions in the header.
        dims: Vec<u32>,
    },
    /// A file that ends before the size its header promises, or within the header itself.
    #[error("{file} is cut short: expected {expected_bytes} bytes, found {found_bytes}")]
    Truncated {
        /// The file's name.
        file: String,
        /// The size that the header promises; while the header is cut short, what is needed to read on.
        expected_bytes: usize,
        /// The size that it has.
        found_bytes: usize,
    },
    /// A file that goes on after the size its header promises.
    #[error("{file} has bytes left over: expected {expected_bytes} bytes, found {found_bytes}")]
    TrailingBytes {
        /// The file's name.
        file: String,
        /// The size that the header promises.
        expected_bytes: usize,
        /// The size that it has.
        found_bytes: usize,
    },
    /// A label outside the classes 0 to 9, in a file.
    #[error("{file}: expected labels from 0 to 9, found {label} at index {index}")]
    FileLabel {
        /// The file's name.
        file: String,
        /// The value found.
        label: u8,
        /// Where it was found, counting labels from 0.
        index: usize,
    },
    /// A file of images and a file of labels that do not belong together.
    #[error(
        "{images_file} has {images} images, but {labels_file} has {labels} labels: expected as many of both"
    )]
    FilesMismatch {
        /// Name of the file of images.
        images_file: String,
        /// Number of images.
        images: usize,
        /// Name of the file of labels.
        labels_file: String,
        /// Number of labels.
        labels: usize,
    },
}
