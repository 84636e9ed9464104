//! A picture of drawings that were read wrong: each one large, as ink on paper; below it small what it is, and in vermilion what it was
//! read as.

use anyhow::{Context, Result};
use png::{BitDepth, ColorType, Encoder};
use sumi::data::synthetic;

/// Rows and columns of a drawing, and by how much it is enlarged.
const SIDE: usize = 28;
const SCALE: usize = 2;

/// Cells in a row, and the most that one picture takes: 3,000 pixels high.
const COLUMNS: usize = 24;
pub const ROOM: usize = 36 * COLUMNS;

/// A cell in pixels: the drawing with room around it, and the two digits below.
const WIDTH: usize = SIDE * SCALE + 4;
const HEIGHT: usize = WIDTH + SIDE / 2 + 8;

type Colour = [u8; 3];
const PAPER: Colour = [0xfb, 0xf8, 0xf1];
const INK: Colour = [0x1c, 0x1a, 0x17];
const VERMILION: Colour = [0xd1, 0x3c, 0x24];

/// The picture of up to [`ROOM`] drawings, each with what it is and what it was read as; a single empty cell without any.
pub fn png(mistakes: &[(&[u8; SIDE * SIDE], [u8; 2])]) -> Result<Vec<u8>> {
    let columns = mistakes.len().clamp(1, COLUMNS);
    let rows = mistakes.len().div_ceil(columns).max(1);
    let mut canvas = Canvas::new(columns * WIDTH, rows * HEIGHT);
    let digits: Vec<_> = (0..10).map(|label| half_size(&digit(label))).collect();
    for (at, (image, names)) in mistakes.iter().enumerate() {
        let (x, y) = (at % columns * WIDTH, at / columns * HEIGHT);
        for row in 0..SIDE * SCALE {
            for column in 0..SIDE * SCALE {
                let ink = image[row / SCALE * SIDE + column / SCALE];
                canvas.blend([x + column + 2, y + row + 2], INK, ink);
            }
        }
        for ((name, colour), right) in names.iter().zip([INK, VERMILION]).zip([8, WIDTH / 2 + 4]) {
            for (pixel, &ink) in digits[usize::from(*name)].iter().enumerate() {
                let (row, column) = (pixel / (SIDE / 2), pixel % (SIDE / 2));
                canvas.blend([x + right + column, y + WIDTH + row], colour, ink);
            }
        }
    }
    canvas.encode()
}

/// A built-in digit that shows `label`.
fn digit(label: u8) -> [u8; SIDE * SIDE] {
    (0..)
        .map(|index| synthetic::digit(0, index))
        .find(|digit| digit.1 == label)
        .expect("each ten hold all digits")
        .0
}

/// The means of two by two pixels.
fn half_size(image: &[u8; SIDE * SIDE]) -> [u8; SIDE * SIDE / 4] {
    std::array::from_fn(|pixel| {
        let (y, x) = (pixel / (SIDE / 2) * 2, pixel % (SIDE / 2) * 2);
        let at = |y: usize, x: usize| u16::from(image[y * SIDE + x]);
        ((at(y, x) + at(y, x + 1) + at(y + 1, x) + at(y + 1, x + 1)) / 4) as u8
    })
}

struct Canvas {
    width: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Canvas { width, pixels: vec![PAPER; width * height] }
    }

    /// Lays `colour` over a pixel, 255 for all of it.
    fn blend(&mut self, [x, y]: [usize; 2], colour: Colour, amount: u8) {
        let under = &mut self.pixels[y * self.width + x];
        let mix = |under: u8, over: u8| {
            let amount = u16::from(amount);
            ((u16::from(under) * (255 - amount) + u16::from(over) * amount) / 255) as u8
        };
        *under = std::array::from_fn(|channel| mix(under[channel], colour[channel]));
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let height = self.pixels.len() / self.width;
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, height as u32);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let mut writer = encoder.write_header().context("the picture's header")?;
        writer.write_image_data(self.pixels.as_flattened()).context("the picture's pixels")?;
        writer.finish().context("the picture's end")?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Width and pixels of a picture.
    fn decoded(bytes: &[u8]) -> (usize, Vec<Colour>) {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, ColorType::Rgb);
        (info.width as usize, pixels.as_chunks::<3>().0.to_vec())
    }

    #[test]
    fn every_mistake_has_its_cell() {
        let mut image = [0; SIDE * SIDE];
        image[3 * SIDE + 5] = 255;
        let (width, pixels) = decoded(&png(&[(&image, [4, 9]); COLUMNS + 1]).unwrap());
        assert_eq!((width, pixels.len() / width), (COLUMNS * WIDTH, 2 * HEIGHT));
        for cell in 0..2 * COLUMNS {
            let at = |x: usize, y: usize| {
                pixels[(cell / COLUMNS * HEIGHT + y) * width + cell % COLUMNS * WIDTH + x]
            };
            let is_there = cell <= COLUMNS;
            assert_eq!(at(2 + 5 * SCALE, 2 + 3 * SCALE) == INK, is_there, "cell {cell}");
            let reddest = (WIDTH..HEIGHT).flat_map(|y| (WIDTH / 2..WIDTH).map(move |x| at(x, y)));
            assert_eq!(reddest.map(|[red, green, _]| red - green).max() > Some(100), is_there, "cell {cell}");
        }
    }

    #[test]
    fn no_mistakes_are_an_empty_cell() {
        let (width, pixels) = decoded(&png(&[]).unwrap());
        assert_eq!(width, WIDTH);
        assert!(pixels.iter().all(|&pixel| pixel == PAPER));
    }
}
