//! The IDX file format, in which MNIST comes.
//!
//! ```text
//! magic    0, 0, element type (0x08 is u8), rank
//! dims     rank × u32, big-endian, slowest first
//! elements row by row
//! ```
//!
//! Source: Yann LeCun's page on MNIST, "The IDX file format". Lengths are checked, in arithmetic that cannot overflow,
//! before anything is allocated or indexed. In every function `file` is the file's name, for the error's sake.

use std::cmp::Ordering;

use super::{CLASSES, Dataset, PIXELS};
use crate::Error;

/// Rows and columns of an image.
const SIDE: u32 = 28;

/// Bytes of the magic number, and of each dimension after it.
const WORD: usize = 4;

/// The byte for elements of type u8, the only one that is read.
const U8: u8 = 0x08;

/// Pixels of all images in an IDX file, 784 bytes an image.
///
/// The vector is `bytes` itself with the header taken off: 47 MB are moved within it, not copied beside it.
///
/// # Errors
/// For anything but a whole IDX file of u8 images of 28 × 28.
pub fn parse_images(file: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let [_, rows, cols] = parse_header(file, &bytes)?;
    if (rows, cols) != (SIDE, SIDE) {
        return Err(Error::ImageSize { file: file.to_owned(), rows, cols });
    }
    bytes.drain(..header_bytes(3));
    Ok(bytes)
}

/// All labels in an IDX file, each from 0 to 9.
///
/// # Errors
/// For anything but a whole IDX file of u8 labels from 0 to 9.
pub fn parse_labels(file: &str, mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let [_] = parse_header(file, &bytes)?;
    bytes.drain(..header_bytes(1));
    if let Some(index) = bytes.iter().position(|&label| usize::from(label) >= CLASSES) {
        return Err(Error::FileLabel { file: file.to_owned(), label: bytes[index], index });
    }
    Ok(bytes)
}

/// The dataset in a file of images and a file of labels.
///
/// # Errors
/// Those of [`parse_images`] and [`parse_labels`], and [`Error::FilesMismatch`] when the two differ in number.
pub fn dataset(
    images_file: &str,
    images: Vec<u8>,
    labels_file: &str,
    labels: Vec<u8>,
) -> Result<Dataset, Error> {
    let images = parse_images(images_file, images)?;
    let labels = parse_labels(labels_file, labels)?;
    if images.len() / PIXELS != labels.len() {
        return Err(Error::FilesMismatch {
            images_file: images_file.to_owned(),
            images: images.len() / PIXELS,
            labels_file: labels_file.to_owned(),
            labels: labels.len(),
        });
    }
    Dataset::new(images, labels)
}

/// An IDX file of u8 elements: the inverse of the parsers.
///
/// `elements` has as many bytes as the product of `dims`, of which there are at most 255.
pub fn encode(dims: &[u32], elements: &[u8]) -> Vec<u8> {
    let rank = u8::try_from(dims.len()).expect("an IDX file has at most 255 dimensions");
    let mut bytes = Vec::with_capacity(header_bytes(dims.len()) + elements.len());
    bytes.extend([0, 0, U8, rank]);
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

/// What data that is not what it should be looks like, in words that end an error message.
///
/// Servers answer a wrong address with a page and status 200, and some hand out gzip files unpacked, or packed twice.
pub fn looks_like(bytes: &[u8]) -> String {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    match bytes {
        [] => "nothing: the file is empty".to_owned(),
        [0x1f, 0x8b, ..] => "gzip data".to_owned(),
        [0, 0, U8, _, ..] => "IDX data, not compressed".to_owned(),
        _ if text.starts_with(b"<") => "what looks like a web page, not data".to_owned(),
        _ => {
            let start: Vec<_> = bytes.iter().take(WORD).map(|byte| format!("{byte:02x}")).collect();
            format!("the bytes {}", start.join(" "))
        }
    }
}

/// The dimensions of an IDX file of u8 elements and rank `RANK` that is neither shorter nor longer than they say.
fn parse_header<const RANK: usize>(file: &str, bytes: &[u8]) -> Result<[u32; RANK], Error> {
    let file = || file.to_owned();
    let truncated =
        |expected_bytes| Error::Truncated { file: file(), expected_bytes, found_bytes: bytes.len() };

    // A page may be shorter than a magic number: what the bytes are comes before how many there are.
    if bytes.iter().take(2).any(|&byte| byte != 0) {
        return Err(Error::NotIdx { file: file(), found: looks_like(bytes) });
    }
    let Some((&[_, _, element_type, rank], rest)) = bytes.split_first_chunk::<WORD>() else {
        return Err(truncated(WORD));
    };
    if element_type != U8 {
        return Err(Error::ElementType { file: file(), found: element_type_name(element_type) });
    }
    if usize::from(rank) != RANK {
        return Err(Error::Rank { file: file(), expected: RANK as u8, found: rank });
    }
    let Some(dims) = rest.get(..RANK * WORD) else {
        return Err(truncated(header_bytes(RANK)));
    };
    let (dims, _) = dims.as_chunks::<WORD>();
    let dims: [u32; RANK] = std::array::from_fn(|i| u32::from_be_bytes(dims[i]));

    let expected_bytes = dims
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim as usize))
        .and_then(|elements| elements.checked_add(header_bytes(RANK)))
        // No vector is longer than isize::MAX bytes.
        .filter(|&expected| isize::try_from(expected).is_ok())
        .ok_or_else(|| Error::Overflow { file: file(), dims: dims.to_vec() })?;
    let found_bytes = bytes.len();
    match found_bytes.cmp(&expected_bytes) {
        Ordering::Less => Err(truncated(expected_bytes)),
        Ordering::Equal => Ok(dims),
        Ordering::Greater => Err(Error::TrailingBytes { file: file(), expected_bytes, found_bytes }),
    }
}

/// Bytes of a header: the magic number and `rank` dimensions.
const fn header_bytes(rank: usize) -> usize {
    WORD + rank * WORD
}

/// The format's element types, by the names that Rust gives them.
fn element_type_name(byte: u8) -> String {
    match byte {
        U8 => "u8".to_owned(),
        0x09 => "i8".to_owned(),
        0x0b => "i16".to_owned(),
        0x0c => "i32".to_owned(),
        0x0d => "f32".to_owned(),
        0x0e => "f64".to_owned(),
        _ => format!("the byte {byte:02x}, which the format does not know"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two images of 28 × 28 that differ.
    fn images() -> Vec<u8> {
        encode(&[2, 28, 28], &(0..2 * PIXELS).map(|i| (i % 251) as u8).collect::<Vec<_>>())
    }

    /// What `parse_images` says of `bytes`: the error and its message.
    fn refusal(bytes: Vec<u8>) -> (Error, String) {
        let error = parse_images("images", bytes).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("images"), "{message}: does not name the file");
        (error, message)
    }

    #[test]
    fn reads_images_and_labels() {
        let dataset = dataset("images", images(), "labels", encode(&[2], &[9, 0])).unwrap();
        assert_eq!(dataset.labels(), [9, 0]);
        assert_eq!(dataset.image(1)[0], (PIXELS % 251) as u8);
        assert!(parse_images("images", encode(&[0, 28, 28], &[])).unwrap().is_empty());
    }

    #[test]
    fn does_not_copy_the_pixels() {
        let bytes = images();
        let place = bytes.as_ptr();
        let pixels = parse_images("images", bytes).unwrap();
        assert_eq!(pixels.as_ptr(), place);
    }

    #[test]
    fn refuses_a_wrong_magic_number() {
        let (error, _) = refusal(b"PK\x03\x04 and so on".to_vec());
        assert_eq!(error, Error::NotIdx { file: "images".into(), found: "the bytes 50 4b 03 04".into() });
        for page in ["<!doctype html><title>404</title>", "\n  <html>", "\u{feff}<?xml version='1.0'?>", "<"]
        {
            let (error, message) = refusal(page.as_bytes().to_vec());
            assert!(matches!(error, Error::NotIdx { .. }), "{page}: {error:?}");
            assert!(message.contains("looks like a web page"), "{page}: {message}");
        }
        assert!(refusal(vec![0x1f, 0x8b, 8, 0]).1.ends_with("found gzip data"));
    }

    #[test]
    fn refuses_other_element_types_by_name() {
        let names = [(0x09, "i8"), (0x0b, "i16"), (0x0c, "i32"), (0x0d, "f32"), (0x0e, "f64")];
        for (byte, name) in names {
            let mut bytes = images();
            bytes[2] = byte;
            assert_eq!(refusal(bytes).0, Error::ElementType { file: "images".into(), found: name.into() });
        }
        let mut bytes = images();
        bytes[2] = 0x0a;
        assert!(refusal(bytes).1.contains("0a"));
    }

    #[test]
    fn refuses_another_rank() {
        assert_eq!(
            refusal(encode(&[2], &[1, 2])).0,
            Error::Rank { file: "images".into(), expected: 3, found: 1 }
        );
        assert_eq!(
            parse_labels("labels", images()).unwrap_err(),
            Error::Rank { file: "labels".into(), expected: 1, found: 3 }
        );
    }

    #[test]
    fn refuses_another_image_size() {
        assert_eq!(
            refusal(encode(&[1, 32, 30], &[0; 960])).0,
            Error::ImageSize { file: "images".into(), rows: 32, cols: 30 }
        );
    }

    #[test]
    fn refuses_every_other_length() {
        let whole = images();
        for found_bytes in 0..whole.len() {
            let expected_bytes = match found_bytes {
                0..4 => 4,
                4..16 => 16,
                _ => whole.len(),
            };
            let cut = parse_images("images", whole[..found_bytes].to_vec()).unwrap_err();
            assert_eq!(cut, Error::Truncated { file: "images".into(), expected_bytes, found_bytes });
        }
        let expected_bytes = whole.len();
        let longer = [whole, vec![0]].concat();
        assert_eq!(
            refusal(longer).0,
            Error::TrailingBytes { file: "images".into(), expected_bytes, found_bytes: expected_bytes + 1 }
        );
    }

    #[test]
    fn refuses_counts_that_overflow() {
        for dims in [[u32::MAX, u32::MAX, u32::MAX], [1 << 31, 1 << 31, 4], [1 << 31, 1 << 31, 2]] {
            assert_eq!(
                refusal(encode(&dims, &[])).0,
                Error::Overflow { file: "images".into(), dims: dims.to_vec() }
            );
        }
    }

    #[test]
    fn refuses_a_label_over_9() {
        assert_eq!(
            parse_labels("labels", encode(&[3], &[0, 9, 10])).unwrap_err(),
            Error::FileLabel { file: "labels".into(), label: 10, index: 2 }
        );
    }

    #[test]
    fn refuses_files_that_differ_in_number() {
        assert_eq!(
            dataset("images", images(), "labels", encode(&[3], &[1, 2, 3])).unwrap_err(),
            Error::FilesMismatch {
                images_file: "images".into(),
                images: 2,
                labels_file: "labels".into(),
                labels: 3
            }
        );
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use proptest::prelude::*;

        use super::*;

        proptest! {
            #[test]
            fn labels_survive_a_round_trip(labels in prop::collection::vec(0u8..10, 0..100)) {
                let bytes = encode(&[labels.len() as u32], &labels);
                prop_assert_eq!(parse_labels("labels", bytes).unwrap(), labels);
            }

            #[test]
            fn images_survive_a_round_trip(count in 0usize..4, fill: u8) {
                let pixels: Vec<_> = (0..count * PIXELS).map(|i| (i as u8).wrapping_mul(fill)).collect();
                let bytes = encode(&[count as u32, 28, 28], &pixels);
                prop_assert_eq!(parse_images("images", bytes).unwrap(), pixels);
            }

            #[test]
            fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
                let _ = parse_images("images", bytes.clone());
                let _ = parse_labels("labels", bytes);
            }

            /// Random bytes hardly ever pass the magic number: these begin with a good one.
            #[test]
            fn no_header_panics(
                element_type in prop_oneof![Just(U8), any::<u8>()],
                rank in 0u8..5,
                rest in prop::collection::vec(prop_oneof![Just(0u8), Just(28), any::<u8>()], 0..64),
            ) {
                let bytes = [vec![0, 0, element_type, rank], rest].concat();
                let _ = parse_images("images", bytes.clone());
                let _ = parse_labels("labels", bytes);
            }
        }
    }
}
