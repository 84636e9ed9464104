//! MNIST for the page: from a folder, from the cache, or from the first mirror that answers.
//!
//! No file is used before its digest is checked, and none stands under its name before it is whole: a download goes to
//! `NAME.part`, is taken up again from there, and is renamed only when its decompressed bytes are the right ones.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom},
    path::{self, Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use etcetera::BaseStrategy;
use flate2::read::GzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use sumi::data::{
    Dataset, idx,
    mnist::{FILES, File, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS},
};
use ureq::{
    Agent,
    http::{Response, StatusCode, header},
};

use crate::site;

/// Where the four files may be had, under their own names; the first that answers is taken.
const MIRRORS: [&str; 3] = [
    "https://cdn.jsdelivr.net/gh/fgnt/mnist@master/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
];

/// How often a download that breaks off is taken up again before the next mirror is asked.
const RESUMES: u32 = 3;

/// Where MNIST shall come from.
#[derive(Debug, Clone, Default, Args)]
pub struct Source {
    /// Take MNIST's four .gz files from this folder
    #[arg(long = "mnist", value_name = "DIR", env = "MNIST_DIR")]
    dir: Option<PathBuf>,
    /// Download MNIST from here instead of from the built-in mirrors (may be repeated)
    #[arg(long = "mirror", value_name = "URL")]
    mirrors: Vec<String>,
}

impl Source {
    /// A folder that holds all four files, checked. Where none are to be had it says why and answers none, for the page
    /// has built-in digits; a folder that was named and does not hold them is an error.
    pub fn find(&self) -> Result<Option<PathBuf>> {
        if let Some(dir) = &self.dir {
            let checked = FILES.iter().try_for_each(|file| check(&dir.join(file.name), file));
            checked.context("the folder given by --mnist or MNIST_DIR does not hold MNIST")?;
            // Whoever is told of it may run in another folder.
            let dir = path::absolute(dir).with_context(|| format!("cannot find {}", dir.display()))?;
            return Ok(Some(dir));
        }
        let found = self.cached();
        if let Err(error) = &found {
            eprintln!("No MNIST: {error:#}.");
            eprintln!(
                "Built-in digits take its place where they can. A folder with MNIST's four .gz files can be named: --mnist DIR"
            );
        }
        Ok(found.ok())
    }

    /// Puts the four files, where there are any, into the site.
    pub fn provide(&self, dist: &Path) -> Result<()> {
        let Some(found) = self.find()? else { return Ok(()) };
        let data = dist.join(site::DATA);
        for file in &FILES {
            let bytes =
                fs::read(found.join(file.name)).with_context(|| format!("cannot read {}", file.name))?;
            let place = data.join(file.name);
            if !fs::read(&place).is_ok_and(|it| it == bytes) {
                site::write_whole(&place, &bytes)?;
            }
        }
        println!("MNIST from {} is in {}", found.display(), data.display());
        Ok(())
    }

    /// The cache, filled from the mirrors.
    ///
    /// It is the platform's own (`~/.cache/sumi` on Linux) rather than in `target/`: MNIST never changes, and one
    /// download shall last through `cargo clean` and serve every checkout.
    fn cached(&self) -> Result<PathBuf> {
        let base =
            etcetera::choose_base_strategy().context("this account has no home folder to keep it in")?;
        let cache = base.cache_dir().join("sumi").join("mnist");
        let built_in = || MIRRORS.map(str::to_owned).to_vec();
        let mirrors = if self.mirrors.is_empty() { built_in() } else { self.mirrors.clone() };
        fill(&cache, &FILES, &mirrors)?;
        Ok(cache)
    }
}

/// MNIST's training and test set, from a folder that [`Source::find`] has found.
pub fn read(folder: &Path) -> Result<(Dataset, Dataset)> {
    let read = |file: File| -> Result<Vec<u8>> {
        let path = folder.join(file.name);
        inflate(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?, &file)
    };
    let set = |images: File, labels: File| -> Result<Dataset> {
        Ok(idx::dataset(images.name, read(images)?, labels.name, read(labels)?)?)
    };
    Ok((set(TRAIN_IMAGES, TRAIN_LABELS)?, set(TEST_IMAGES, TEST_LABELS)?))
}

/// Checks that the gzip file at `path` holds what `file` says.
fn check(path: &Path, file: &File) -> Result<()> {
    let gzip = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    inflate(&gzip, file).and_then(|bytes| Ok(file.check(&bytes)?)).with_context(|| path.display().to_string())
}

/// Decompresses no further than shows that the file is too long.
fn inflate(gzip: &[u8], file: &File) -> Result<Vec<u8>> {
    let beginning = || String::from_utf8_lossy(&gzip[..gzip.len().min(40)]).into_owned();
    ensure!(gzip.starts_with(&[0x1f, 0x8b]), "{}: expected gzip, found {:?}…", file.name, beginning());
    let mut bytes = Vec::with_capacity(file.size_bytes + 1);
    let mut decoder = GzDecoder::new(gzip).take(file.size_bytes as u64 + 1);
    decoder.read_to_end(&mut bytes).with_context(|| {
        format!(
            "{}: expected {} decompressed bytes, found {}, then the gzip breaks off",
            file.name,
            file.size_bytes,
            bytes.len()
        )
    })?;
    Ok(bytes)
}

/// Downloads into `cache` what it does not hold yet.
fn fill(cache: &Path, files: &[File], mirrors: &[String]) -> Result<()> {
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let missing: Vec<_> = files.iter().filter(|file| check(&cache.join(file.name), file).is_err()).collect();
    let mut problems = Vec::new();
    // A mirror that has failed once is not asked for the other files: each may take its time to fail.
    let mut mirrors = mirrors.iter();
    let mut mirror = mirrors.next();
    for file in missing {
        loop {
            let Some(from) = mirror else { bail!("no mirror has it ({})", problems.join("; ")) };
            match download(from, file, cache) {
                Ok(()) => break,
                Err(error) => problems.push(format!("{from}: {error:#}")),
            }
            mirror = mirrors.next();
        }
    }
    Ok(())
}

/// Downloads one file from one mirror, going on from where an earlier attempt broke off.
fn download(mirror: &str, file: &File, cache: &Path) -> Result<()> {
    let part = cache.join(format!("{}.part", file.name));
    let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
    let mut resumes = 0;
    loop {
        let resumed = part.exists();
        if let Arrived::InPart(error) = fetch(&url, file, &part)? {
            ensure!(resumes < RESUMES, "{} broke off {} times: {error}", file.name, resumes + 1);
            resumes += 1;
            continue;
        }
        let checked = check(&part, file);
        if checked.is_ok() {
            return fs::rename(&part, cache.join(file.name)).context("cannot rename the download");
        }
        fs::remove_file(&part).context("cannot remove the bad download")?;
        // What was taken up may have been begun at another mirror, whose gzip differs: once more, from nothing.
        if !resumed {
            return checked;
        }
    }
}

/// How much of a file lies in its `.part`.
enum Arrived {
    Whole,
    InPart(io::Error),
}

/// Appends to `part` what it lacks. An error is a mirror that cannot be reached or does not have the file.
fn fetch(url: &str, file: &File, part: &Path) -> Result<Arrived> {
    let have = fs::metadata(part).map_or(0, |it| it.len());
    // `identity`, for what counts is the file as it lies there; a server may otherwise unpack it on the way.
    let mut request = agent().get(url).header(header::ACCEPT_ENCODING, "identity");
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call()?;
    let from = match response.status() {
        StatusCode::OK => 0, // Also the answer of a server that knows no ranges.
        StatusCode::PARTIAL_CONTENT if begins_at(&response, have) => have,
        // Either all of it has arrived before, or what has arrived is something else: the digest will tell.
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => return Ok(Arrived::Whole),
        status => bail!("{} for {}", status, file.name),
    };
    let open = fs::OpenOptions::new().create(true).write(true).truncate(from == 0).open(part);
    let mut output = open.with_context(|| format!("cannot write {}", part.display()))?;
    output.seek(SeekFrom::Start(from))?;
    let rest = response.body().content_length();
    let progress = progress(file, from, rest);
    // MNIST's gzip is far smaller than what is in it, and none is much larger: what goes on for longer is not MNIST.
    let limit = (file.size_bytes as u64 + 1024).saturating_sub(from);
    let mut input = progress.wrap_read(response.into_body().into_reader()).take(limit);
    let copied = io::copy(&mut input, &mut output);
    progress.finish_and_clear();
    Ok(match copied {
        Err(error) => Arrived::InPart(error),
        Ok(copied) if rest.is_some_and(|rest| copied < rest.min(limit)) => Arrived::InPart(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("{copied} bytes of {rest:?}"),
        )),
        Ok(_) => Arrived::Whole,
    })
}

/// Whether a partial response is the part that was asked for: `Content-Range: bytes 100-199/200`.
fn begins_at<T>(response: &Response<T>, start: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|it| it.to_str().ok());
    range.is_some_and(|it| it.starts_with(&format!("bytes {start}-")))
}

/// Gives up on a mirror that is silent, but not on one that is slow.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(Duration::from_secs(10)))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(20)))
        .timeout_per_read(Some(Duration::from_secs(20)))
        .user_agent("sumi-xtask")
        .build()
        .into()
}

fn progress(file: &File, from: u64, rest: Option<u64>) -> ProgressBar {
    let style = "{msg:28} {bar:30} {bytes:>10} of {total_bytes:10} {bytes_per_sec}";
    let style = ProgressStyle::with_template(style).expect("the template is right");
    let bar = ProgressBar::new(from + rest.unwrap_or_default()).with_style(style).with_message(file.name);
    bar.set_position(from);
    bar
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::{TcpListener, TcpStream},
        sync::{Arc, Mutex},
        thread,
    };

    use tempfile::TempDir;

    use super::*;
    use crate::compress;

    /// A stand-in for MNIST: long enough to break off in, and hard to compress.
    fn digits() -> (File, Vec<u8>) {
        let mut x = 1u32;
        // Xorshift (Marsaglia 2003).
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            x as u8
        })
        .take(20_000)
        .collect();
        let sha256 = sha256_hex(&bytes);
        (
            File { name: "digits.gz", size_bytes: bytes.len(), sha256: sha256.leak() },
            compress::gzip(&bytes).unwrap(),
        )
    }

    /// The digest as the table's own check reports it, so that the test has no second way to make one.
    fn sha256_hex(bytes: &[u8]) -> String {
        let unknown = File { name: "", size_bytes: bytes.len(), sha256: "" };
        let report = unknown.check(bytes).unwrap_err().to_string();
        report.rsplit(' ').next().unwrap().to_owned()
    }

    /// A server that answers each request, given the first byte asked for, with raw bytes, and then hangs up. It notes
    /// the requests that it had.
    struct Mirror {
        url: String,
        requests: Arc<Mutex<Vec<Option<usize>>>>,
    }

    impl Mirror {
        fn new(answer: impl Fn(Option<usize>) -> Vec<u8> + Send + 'static) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/some/folder", listener.local_addr().unwrap());
            let requests = Arc::new(Mutex::new(Vec::new()));
            let log = requests.clone();
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let mut stream = stream.unwrap();
                    let from = first_byte_asked_for(&stream);
                    log.lock().unwrap().push(from);
                    stream.write_all(&answer(from)).unwrap();
                }
            });
            Self { url, requests }
        }

        fn requests(&self) -> Vec<Option<usize>> {
            self.requests.lock().unwrap().clone()
        }
    }

    fn first_byte_asked_for(stream: &TcpStream) -> Option<usize> {
        let lines = BufReader::new(stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
        let lines: Vec<_> = lines.map(|line| line.to_ascii_lowercase()).collect();
        assert!(lines[0].starts_with("get /some/folder/digits.gz "), "{}", lines[0]);
        assert!(lines.contains(&"accept-encoding: identity".to_owned()), "{lines:?}");
        let range = lines.iter().find_map(|line| line.strip_prefix("range: bytes="))?;
        range.trim_end_matches('-').parse().ok()
    }

    /// A response whose header promises `body`, of which only `sent` bytes follow.
    fn response(status: &str, header: &str, body: &[u8], sent: usize) -> Vec<u8> {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{header}Connection: close\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body[..sent]].concat()
    }

    fn whole(body: &[u8]) -> Vec<u8> {
        response("200 OK", "Content-Type: application/gzip\r\n", body, body.len())
    }

    fn part(body: &[u8], from: usize) -> Vec<u8> {
        let range = format!("Content-Range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
        response("206 Partial Content", &range, &body[from..], body.len() - from)
    }

    fn fill_from(mirrors: &[&Mirror], file: File) -> (TempDir, Result<()>) {
        let cache = tempfile::tempdir().unwrap();
        let urls: Vec<_> = mirrors.iter().map(|mirror| mirror.url.clone()).collect();
        let filled = fill(cache.path(), &[file], &urls);
        (cache, filled)
    }

    fn names(cache: &TempDir) -> Vec<String> {
        let names = fs::read_dir(cache.path()).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_good_file_is_downloaded_once() {
        let (file, gzip) = digits();
        let mirror = Mirror::new(move |_| whole(&gzip));
        let (cache, filled) = fill_from(&[&mirror], file);
        filled.unwrap();
        assert_eq!(names(&cache), ["digits.gz"]);
        fill(cache.path(), &[file], std::slice::from_ref(&mirror.url)).unwrap();
        assert_eq!(mirror.requests(), [None], "the second time the cache has it");
    }

    #[test]
    fn a_download_that_breaks_off_is_taken_up_again() {
        let (file, gzip) = digits();
        let mirror = Mirror::new(move |from| match from {
            None => response("200 OK", "", &gzip, 5000),
            Some(from) => part(&gzip, from),
        });
        let (cache, filled) = fill_from(&[&mirror], file);
        filled.unwrap();
        assert_eq!(mirror.requests(), [None, Some(5000)]);
        assert_eq!(names(&cache), ["digits.gz"]);
    }

    #[test]
    fn a_download_that_another_run_began_is_taken_up() {
        let (file, gzip) = digits();
        let cache = tempfile::tempdir().unwrap();
        fs::write(cache.path().join("digits.gz.part"), &gzip[..700]).unwrap();
        let mirror = Mirror::new(move |from| part(&gzip, from.unwrap()));
        fill(cache.path(), &[file], std::slice::from_ref(&mirror.url)).unwrap();
        assert_eq!(mirror.requests(), [Some(700)]);
    }

    #[test]
    fn a_server_without_ranges_sends_it_from_the_start() {
        let (file, gzip) = digits();
        let mirror = Mirror::new(move |from| match from {
            None => response("200 OK", "", &gzip, 5000),
            Some(_) => whole(&gzip),
        });
        let (cache, filled) = fill_from(&[&mirror], file);
        filled.unwrap();
        assert_eq!(mirror.requests(), [None, Some(5000)]);
        assert_eq!(names(&cache), ["digits.gz"]);
    }

    #[test]
    fn a_part_that_belongs_to_other_bytes_is_dropped() {
        let (file, gzip) = digits();
        let cache = tempfile::tempdir().unwrap();
        fs::write(cache.path().join("digits.gz.part"), [7; 600]).unwrap();
        let mirror = Mirror::new(move |from| from.map_or_else(|| whole(&gzip), |from| part(&gzip, from)));
        fill(cache.path(), &[file], std::slice::from_ref(&mirror.url)).unwrap();
        assert_eq!(mirror.requests(), [Some(600), None]);
        assert_eq!(names(&cache), ["digits.gz"]);
    }

    #[test]
    fn a_part_that_is_whole_needs_no_more_than_a_name() {
        let (file, gzip) = digits();
        let cache = tempfile::tempdir().unwrap();
        fs::write(cache.path().join("digits.gz.part"), &gzip).unwrap();
        let mirror = Mirror::new(|_| response("416 Range Not Satisfiable", "", b"", 0));
        fill(cache.path(), &[file], std::slice::from_ref(&mirror.url)).unwrap();
        assert_eq!(names(&cache), ["digits.gz"]);
    }

    #[test]
    fn one_that_breaks_off_again_and_again_is_left() {
        let (file, gzip) = digits();
        let mirror = Mirror::new(move |from| {
            let from = from.unwrap_or(0);
            let range = format!("Content-Range: bytes {from}-{}/{}\r\n", gzip.len() - 1, gzip.len());
            response("206 Partial Content", &range, &gzip[from..], 10)
        });
        let (cache, filled) = fill_from(&[&mirror], file);
        let error = filled.unwrap_err().to_string();
        assert!(error.contains("digits.gz broke off 4 times"), "{error}");
        assert_eq!(mirror.requests(), [None, Some(10), Some(20), Some(30)]);
        assert_eq!(names(&cache), ["digits.gz.part"], "the next run goes on from there");
    }

    #[test]
    fn the_first_mirror_that_has_it_is_taken() {
        let (file, gzip) = digits();
        let missing = Mirror::new(|_| response("404 Not Found", "", b"no such file", 12));
        let html = Mirror::new(|_| whole(b"<!doctype html><title>Welcome to the hotel's network</title>"));
        let other = compress::gzip(&[3; 20_000]).unwrap();
        let other = Mirror::new(move |_| whole(&other));
        let long = compress::gzip(&[3; 30_000]).unwrap();
        let long = Mirror::new(move |_| whole(&long));
        let short = gzip[..gzip.len() / 2].to_vec();
        let short = Mirror::new(move |_| whole(&short));
        let good = Mirror::new(move |_| whole(&gzip));
        // Nobody listens here any more.
        let mut gone = Mirror::new(|_| Vec::new());
        gone.url = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());

        let bad = [&missing, &html, &other, &long, &short, &gone];
        let (cache, filled) = fill_from(&bad, file);
        let error = filled.unwrap_err().to_string();
        for reason in [
            "404 Not Found for digits.gz",
            "expected gzip, found \"<!doctype html>",
            "expected SHA-256",
            "found 20001 decompressed bytes",
            "then the gzip breaks off",
            "refused",
        ] {
            assert!(error.contains(reason), "{reason:?} is not in: {error}");
        }
        assert_eq!(names(&cache), Vec::<String>::new(), "a bad download leaves nothing");

        let (cache, filled) = fill_from(&[&bad[..], &[&good]].concat(), file);
        filled.unwrap();
        assert_eq!(names(&cache), ["digits.gz"]);
    }

    #[test]
    fn a_bad_file_in_a_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILES[0].name), compress::gzip(b"short").unwrap()).unwrap();
        let source = Source { dir: Some(dir.path().to_owned()), mirrors: vec![] };
        let error = format!("{:#}", source.find().unwrap_err());
        assert!(error.contains("train-images-idx3-ubyte.gz is not MNIST's: expected 47040016"), "{error}");
        assert!(
            error.contains("found 5 decompressed bytes") && error.contains(dir.path().to_str().unwrap()),
            "{error}"
        );
    }
}
