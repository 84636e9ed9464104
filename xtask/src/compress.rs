//! Brotli and gzip twins of the site's files, as small as they come: they are made once and sent often.

use std::{io::Write, path::Path};

use anyhow::Result;

/// The kinds of file that shrink; images and gzip files have been through it.
const KINDS: [&str; 9] = ["css", "html", "js", "json", "svg", "ts", "txt", "wasm", "webmanifest"];

/// Whether `path` is of a kind that gains from compression.
pub fn is_worthwhile(path: &Path) -> bool {
    path.extension().is_some_and(|extension| KINDS.iter().any(|kind| extension == *kind))
}

/// `bytes` in Brotli, at its highest quality and with its largest window for the web.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let (quality, window_bits, buffer_bytes) = (11, 22, 1 << 16);
    let mut writer = brotli::CompressorWriter::new(Vec::new(), buffer_bytes, quality, window_bits);
    writer.write_all(bytes)?;
    Ok(writer.into_inner())
}

/// `bytes` in gzip, for the browsers and proxies that lack Brotli.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
