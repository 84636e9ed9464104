//! Files of drawings as pens leave them: a JSON object a line, in gzip or not.
//!
//! ```text
//! {"label": 8, "strokes": [[[x, y], …], …], "writer": "w17"}
//! ```
//!
//! `strokes` has one list of points for each time the pen was down, x to the right and y down, in any unit; `writer`, a text or a
//! number, may be absent. What the page exports is such a file; a digit that came as a picture has no strokes, and the 784 pixels of `image`.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use sumi::data::{CLASSES, idx};
use sumi::drawing::{Point, rasterise};

/// One digit that somebody has drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// What it is meant to be, `0..=9`.
    pub label: u8,
    /// Who drew it, where the file says so.
    pub writer: Option<String>,
    /// As a network reads it: 28 × 28 pixels, 0 (paper) to 255 (ink).
    pub image: [u8; 784],
}

/// The drawings of a file, in its order; at least one.
///
/// # Errors
/// A sentence that names the file, and the line where there is one: what cannot be read, is not gzip though its name ends in `.gz`, is
/// no such JSON, has a label that is no digit, or has no ink.
pub fn read(file: &Path) -> Result<Vec<Drawing>, String> {
    let name = file.display().to_string();
    let bytes = fs::read(file).map_err(|error| format!("cannot read {name}: {error}"))?;
    parse(&name, bytes)
}

/// [`read`], of the bytes of the file `name`. Blank lines count as lines and hold nothing.
fn parse(name: &str, bytes: Vec<u8>) -> Result<Vec<Drawing>, String> {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = Vec::new();
        GzDecoder::new(&bytes[..])
            .read_to_end(&mut inflated)
            .map_err(|error| format!("{name}: the gzip data is damaged or cut short: {error}"))?;
        inflated
    } else if name.ends_with(".gz") {
        return Err(format!("{name}: its name promises gzip data; found {}", idx::looks_like(&bytes)));
    } else {
        bytes
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        format!("{name}, line {line}: not text in UTF-8")
    })?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let drawings: Vec<Drawing> = lines
        .map(|(number, line)| drawing(line).map_err(|what| format!("{name}, line {number}: {what}")))
        .collect::<Result<_, _>>()?;
    if drawings.is_empty() {
        return Err(format!("{name}: holds no drawing, expected one JSON object a line"));
    }
    Ok(drawings)
}

/// A line of the file; errors say what is wrong with it.
fn drawing(line: &str) -> Result<Drawing, String> {
    #[derive(Deserialize)]
    struct Line {
        label: i64,
        strokes: Vec<Vec<Point>>,
        writer: Option<Value>,
        image: Option<Vec<u8>>,
    }
    let Line { label, strokes, writer, image } = serde_json::from_str(line).map_err(|error| {
        // Its own line is always the first, which is not the file's.
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        format!("column {}: {what}", error.column())
    })?;
    let label = u8::try_from(label)
        .ok()
        .filter(|&label| usize::from(label) < CLASSES)
        .ok_or_else(|| format!("the label is {label}, expected a digit from 0 to 9"))?;
    let image = match (rasterise(&strokes), image) {
        (Some(image), _) => image,
        (None, Some(image)) => {
            let found = image.len();
            image.try_into().map_err(|_| format!("the image has {found} pixels, expected 784"))?
        }
        (None, None) => return Err("the strokes have no point, so there is no ink to read".into()),
    };
    let writer = writer.map(|writer| writer.as_str().map_or_else(|| writer.to_string(), str::to_owned));
    Ok(Drawing { label, writer, image })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A seven, and a dot that somebody calls a one.
    const TWO: &str = r#"{"label": 7, "strokes": [[[0, 0], [60, 0], [20, 100]]], "writer": "ann"}

{"label":1,"strokes":[[[1.5,1.5]],[]],"writer":12,"age":44}
"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What is said of a file of this name and content.
    fn refusal(name: &str, bytes: &[u8]) -> String {
        parse(name, bytes.to_vec()).unwrap_err()
    }

    #[test]
    fn reads_plain_and_gzip_alike() {
        let drawings = parse("two.jsonl", TWO.into()).unwrap();
        let seen: Vec<_> = drawings.iter().map(|it| (it.label, it.writer.as_deref())).collect();
        assert_eq!(seen, [(7, Some("ann")), (1, Some("12"))]);
        assert_eq!(drawings[0].image, rasterise(&[vec![[0.0, 0.0], [60.0, 0.0], [20.0, 100.0]]]).unwrap());
        for name in ["two.jsonl.gz", "two"] {
            assert_eq!(parse(name, gzip(TWO.as_bytes())).unwrap(), drawings);
        }
    }

    /// As the page exports them: strokes come first, for the pen may be drawn better one day.
    #[test]
    fn reads_pixels_where_there_are_no_strokes() {
        let pixels = |count: usize| format!("{:?}", vec![9; count]);
        let line = |strokes: &str, count| {
            let image = pixels(count);
            format!(r#"{{"label":7,"strokes":{strokes},"image":{image},"read":null,"taught":false}}"#)
        };
        let parsed = parse("own.jsonl", [line("[]", 784), line("[[[1,1]]]", 784)].join("\n").into()).unwrap();
        assert_eq!(parsed[0].image, [9; 784]);
        assert_eq!(Some(parsed[1].image), rasterise(&[vec![[1.0, 1.0]]]));
        let error = refusal("own.jsonl", line("[]", 783).as_bytes());
        assert_eq!(error, "own.jsonl, line 1: the image has 783 pixels, expected 784");
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let line = |line: &str| refusal("a.jsonl", format!("{TWO}{line}\n").as_bytes());
        assert_eq!(line("{\"label\": 3,"), "a.jsonl, line 4: column 12: EOF while parsing a value");
        assert_eq!(
            line("[1]"),
            "a.jsonl, line 4: column 3: invalid length 1, expected struct Line with 4 elements"
        );
        assert_eq!(line(r#"{"strokes": []}"#), "a.jsonl, line 4: column 15: missing field `label`");
        assert_eq!(
            line(r#"{"label": 10, "strokes": [[[1, 2]]]}"#),
            "a.jsonl, line 4: the label is 10, expected a digit from 0 to 9"
        );
        assert_eq!(
            line(r#"{"label": -1, "strokes": [[[1, 2]]]}"#),
            "a.jsonl, line 4: the label is -1, expected a digit from 0 to 9"
        );
        for empty in ["[]", "[[], []]"] {
            assert_eq!(
                line(&format!(r#"{{"label": 1, "strokes": {empty}}}"#)),
                "a.jsonl, line 4: the strokes have no point, so there is no ink to read"
            );
        }
    }

    #[test]
    fn says_what_file_it_is_not() {
        assert!(
            read(Path::new("target/no/such.jsonl"))
                .unwrap_err()
                .starts_with("cannot read target/no/such.jsonl: ")
        );
        assert_eq!(
            refusal("a.jsonl.gz", b"{}"),
            "a.jsonl.gz: its name promises gzip data; found the bytes 7b 7d"
        );
        let packed = gzip(TWO.as_bytes());
        assert!(
            refusal("a.jsonl.gz", &packed[..packed.len() / 2])
                .starts_with("a.jsonl.gz: the gzip data is damaged or cut short: ")
        );
        assert_eq!(refusal("a.jsonl", b"{\n\xff"), "a.jsonl, line 2: not text in UTF-8");
        for empty in [&b""[..], b"\n\n"] {
            assert_eq!(
                refusal("a.jsonl", empty),
                "a.jsonl: holds no drawing, expected one JSON object a line"
            );
        }
    }
}
