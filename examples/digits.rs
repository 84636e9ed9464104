//! Sixty built-in digits a class, as a picture to look at:
//!
//! ```text
//! cargo run --release --example digits > digits.pgm
//! ```

use std::io::{self, Write};

use sumi::data::synthetic;

const COLUMNS: usize = 30;

fn main() -> io::Result<()> {
    let digits: Vec<_> = (0..5000).map(|index| synthetic::digit(0, index)).collect();
    let mut picture = format!("P5 {} {} 255\n", COLUMNS * 28, 20 * 28).into_bytes();
    for label in 0..10 {
        let of_label: Vec<_> = digits.iter().filter(|digit| digit.1 == label).collect();
        for row in of_label.chunks_exact(COLUMNS).take(2) {
            for y in 0..28 {
                picture.extend(row.iter().flat_map(|(image, _)| &image[y * 28..][..28]).map(|ink| 255 - ink));
            }
        }
    }
    io::stdout().write_all(&picture)
}
