//! The site: everything under `dist/` but `dist/data/`, which is [`mnist`](crate::mnist)'s.
//!
//! It is first put together in memory, so that a build that fails leaves the site that is being served as it was; then
//! only what has changed is compressed and written, so that a second build takes no time.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result};

use crate::{compress, install::Install, project, wasm};

/// The folder in the site that is not built but fetched.
pub const DATA: &str = "data";

/// A file beside each that compresses well: its suffix and what makes it.
const TWINS: [(&str, Compress); 2] = [("br", compress::brotli), ("gz", compress::gzip)];

type Compress = fn(&[u8]) -> Result<Vec<u8>>;

/// Files by their path in the site.
#[derive(Debug, Default)]
pub struct Site(BTreeMap<PathBuf, Vec<u8>>);

/// Builds every wasm variant and writes the whole site to `dist/`. Where Rust's own source cannot be had it has no threads, and the page
/// does with one.
pub fn build(install: Install) -> Result<()> {
    build_where(install, |_| true)
}

/// [`build`] with some of the variants.
pub fn build_where(install: Install, is_wanted: impl Fn(&wasm::Variant) -> bool) -> Result<()> {
    install.wasm_target()?;
    let std_source = install.std_source();
    if let Err(why) = &std_source {
        println!("Building without threads: {why:#}");
    }
    let can_be_built = |variant: &&wasm::Variant| !variant.has_threads || std_source.is_ok();
    let variants: Vec<_> =
        wasm::VARIANTS.iter().filter(|variant| is_wanted(variant)).filter(can_be_built).collect();
    let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
    println!("Building the wasm variants {}", names.join(", "));
    // Side by side, for the longest part of a release build, optimising it as one unit, is one thread's.
    let folders: Vec<_> = thread::scope(|scope| {
        let build = |variant: &&wasm::Variant| {
            let variant = **variant;
            // The bench's first: in a run of the tests it has just been built, and each build throws away the other's library.
            scope.spawn(move || Ok([variant.build(true)?, variant.build(false)?]))
        };
        let builds: Vec<_> = variants.iter().map(build).collect();
        builds
            .into_iter()
            .map(|it| it.join().expect("a build answers, and does not panic"))
            .collect::<Result<_>>()
    })?;
    let mut site = Site::default();
    for (name, [bench, page]) in names.iter().zip(folders) {
        site.add(&page, Path::new("wasm").join(name))?;
        site.add(&bench, Path::new("wasm").join(format!("{name}-bench")))?;
    }
    // So that the page asks for none that is not there.
    let variants = format!("/** The builds beside this file. */\nexport const VARIANTS = {names:?};\n");
    site.0.insert(PathBuf::from("wasm/variants.js"), variants.into());
    site.add(&project::root().join("www"), PathBuf::new())?;
    // A copy of the site is a copy of the program, and takes its licences along.
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let text =
            fs::read(project::root().join(licence)).with_context(|| format!("cannot read {licence}"))?;
        site.0.insert(PathBuf::from(format!("{licence}.txt")), text);
    }
    let written = site.write(&project::dist())?;
    site.report(&project::dist(), written)
}

impl Site {
    /// Adds all files below `folder`, as they shall lie below `into` in the site.
    pub fn add(&mut self, folder: &Path, into: PathBuf) -> Result<()> {
        for path in files_below(folder)? {
            let name = path.strip_prefix(folder).expect("it was found below the folder");
            let mut bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            // Others' licences stand in comments.
            if name.extension().is_some_and(|it| it == "js" || it == "css") && !name.starts_with("vendor") {
                bytes = without_comments(&String::from_utf8(bytes)?).into_bytes();
            }
            self.0.insert(into.join(name), bytes);
        }
        Ok(())
    }

    /// Makes `dist` hold exactly this site, leaving `dist/data/` alone. Answers how many files it wrote.
    pub fn write(&self, dist: &Path) -> Result<usize> {
        let changed: Vec<_> =
            self.0.iter().filter(|(path, bytes)| !is_current(&dist.join(path), bytes)).collect();
        // All that takes long or can fail comes before the first change to what is being served.
        let twins = changed.iter().map(|(path, bytes)| twins(path, bytes)).collect::<Result<Vec<_>>>()?;
        for ((path, bytes), twins) in changed.iter().zip(twins) {
            let path = dist.join(path);
            // No twin of other bytes may ever lie beside a file, or a browser would be sent the wrong one.
            for (suffix, _) in TWINS {
                remove_if_there(&twin_path(&path, suffix))?;
            }
            write_whole(&path, bytes)?;
            for (suffix, twin) in twins {
                write_whole(&twin_path(&path, suffix), &twin)?;
            }
        }
        self.remove_strays(dist)?;
        Ok(changed.len())
    }

    /// Removes what earlier builds have left and this one no longer has.
    fn remove_strays(&self, dist: &Path) -> Result<()> {
        for path in files_below(dist)? {
            let name = path.strip_prefix(dist).expect("it was found below dist");
            let is_twin = TWINS.iter().any(|(suffix, _)| name.extension().is_some_and(|it| it == *suffix));
            let original = if is_twin { name.with_extension("") } else { name.to_owned() };
            if !name.starts_with(DATA) && !self.0.contains_key(name) && !self.0.contains_key(&original) {
                remove_if_there(&path)?;
            }
        }
        Ok(())
    }

    /// Prints the sizes of what weighs most: the wasm and its JavaScript, and the rest of the page in one line.
    fn report(&self, dist: &Path, written: usize) -> Result<()> {
        let size = |path: &Path| fs::metadata(path).map_or(0, |it| it.len());
        let mut page = [0, 0];
        println!("{:36}{:>12}{:>12}", "", "bytes", "brotli");
        for (path, bytes) in &self.0 {
            let [raw, sent] = [bytes.len() as u64, size(&twin_path(&dist.join(path), "br"))];
            if path.extension().is_some_and(|it| it == "wasm") {
                println!("{:36}{raw:>12}{sent:>12}", path.display());
            } else if !path.to_string_lossy().ends_with(".d.ts") {
                page = [page[0] + raw, page[1] + if sent == 0 { raw } else { sent }];
            }
        }
        println!("{:36}{:>12}{:>12}", "everything else", page[0], page[1]);
        println!("{} files in {}, {written} of them new", self.0.len(), dist.display());
        Ok(())
    }
}

fn twins(path: &Path, bytes: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    if !compress::is_worthwhile(path) {
        return Ok(Vec::new());
    }
    TWINS.iter().map(|(suffix, make)| Ok((*suffix, make(bytes)?))).collect()
}

/// Whether `path` holds these bytes already, and its twins stand beside it.
fn is_current(path: &Path, bytes: &[u8]) -> bool {
    let has_twins = || TWINS.iter().all(|(suffix, _)| twin_path(path, suffix).exists());
    fs::read(path).is_ok_and(|found| found == bytes) && (!compress::is_worthwhile(path) || has_twins())
}

/// `sumi.js` → `sumi.js.br`
fn twin_path(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Writes a file at once or not at all: beside its place first, then renamed into it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = twin_path(path, "part");
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(&partial, bytes)?;
        fs::rename(&partial, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// All files below a folder, sorted; none when it is not there.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if folder.exists() {
        let listing = || format!("cannot list {}", folder.display());
        for entry in fs::read_dir(folder).with_context(listing)? {
            let path = entry.with_context(listing)?.path();
            if path.is_dir() { files.extend(files_below(&path)?) } else { files.push(path) }
        }
        files.sort();
    }
    Ok(files)
}

/// A script or stylesheet without the comments that have lines to themselves, a third of what a first visit would fetch of it. Their lines
/// stay, empty, so that an error names the source's.
fn without_comments(script: &str) -> String {
    let mut is_inside = false;
    let mut code = String::with_capacity(script.len());
    for line in script.split_inclusive('\n') {
        let text = line.trim();
        let begins = !is_inside && text.starts_with("/*");
        if begins || is_inside {
            is_inside = !text.contains("*/");
            // Of a type before code, all is kept.
            if begins && !is_inside && !text.ends_with("*/") {
                code.push_str(line);
                continue;
            }
        } else if !text.starts_with("//") {
            code.push_str(line);
            continue;
        }
        code.push('\n');
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_come_without_comments_and_with_every_line() {
        let script = "/**\n * @param {string} ink\n */\nexport function draw(ink) {\n  // Why.\n  /** @type {number} */ (of(ink)); // here\n\
            \n  /* one line */\n  return `//${ink}`;\n}\n";
        let code = "\n\n\nexport function draw(ink) {\n\n  /** @type {number} */ (of(ink)); // here\n\n\n  return `//${ink}`;\n}\n";
        assert_eq!(without_comments(script), code);
        // As wasm-bindgen writes it.
        let glue = "/**\n * Adds.\n */\nf() {\n    /** One. */\n    return a /** here */;\n}\n";
        assert_eq!(without_comments(glue), "\n\n\nf() {\n\n    return a /** here */;\n}\n");
        assert_eq!(without_comments(""), "");
    }

    fn site(files: &[(&str, &str)]) -> Site {
        Site(files.iter().map(|(path, text)| (path.into(), text.as_bytes().to_vec())).collect())
    }

    #[test]
    fn only_what_changed_is_written_and_strays_go() {
        let dist = tempfile::tempdir().unwrap();
        let dist = dist.path();
        let first = site(&[("index.html", "<p>one</p>"), ("wasm/old.js", "1"), ("icon.png", "png")]);
        assert_eq!(first.write(dist).unwrap(), 3);
        assert_eq!(first.write(dist).unwrap(), 0);
        write_whole(&dist.join("data/train.gz"), b"data").unwrap();

        let second = site(&[("index.html", "<p>two</p>"), ("icon.png", "png")]);
        assert_eq!(second.write(dist).unwrap(), 1);
        let left: Vec<_> =
            files_below(dist).unwrap().iter().map(|it| it.strip_prefix(dist).unwrap().to_owned()).collect();
        let expected = ["data/train.gz", "icon.png", "index.html", "index.html.br", "index.html.gz"];
        assert_eq!(left, expected.map(PathBuf::from));
    }

    #[test]
    fn a_missing_twin_is_made_again() {
        let dist = tempfile::tempdir().unwrap();
        let site = site(&[("main.js", "let x;")]);
        site.write(dist.path()).unwrap();
        fs::remove_file(dist.path().join("main.js.br")).unwrap();
        assert_eq!(site.write(dist.path()).unwrap(), 1);
        assert!(dist.path().join("main.js.br").exists());
    }

    #[test]
    fn twins_inflate_to_their_original() {
        let text = "ink on paper ".repeat(100);
        let mut inflated = String::new();
        io::Read::read_to_string(
            &mut brotli::Decompressor::new(&compress::brotli(text.as_bytes()).unwrap()[..], 4096),
            &mut inflated,
        )
        .unwrap();
        assert_eq!(inflated, text);
        inflated.clear();
        let gzip = compress::gzip(text.as_bytes()).unwrap();
        io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&gzip[..]), &mut inflated).unwrap();
        assert_eq!(inflated, text);
    }
}
