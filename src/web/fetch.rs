//! MNIST by fetch: from the page's own origin, with progress, checked, and kept for the next visit.
//!
//! ```text
//! Cache API ┐
//! network   ┴→ gzip bytes → DecompressionStream → IDX bytes → size and SHA-256 → Dataset
//! ```
//!
//! Nothing that comes is trusted: a server may answer 200 with a web page, cut a file short, or send one that inflates without
//! end. A kept copy is checked as what comes from the network is; one that fails is dropped and fetched again.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Blob, Cache, Headers, ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair,
    RequestCache, RequestInit, Response, ResponseInit, WorkerGlobalScope, WritableStream,
};

use crate::Error;
use crate::data::mnist::{FILES, File, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS};
use crate::data::{Dataset, idx};

/// Milliseconds after which a server that sends nothing is given up. Slow ones send something.
const PATIENCE_MS: i32 = 20_000;

/// Where checked files are kept. Another format would take another name.
const CACHE: &str = "sumi-mnist-1";

#[wasm_bindgen]
extern "C" {
    // In web-sys too, but only under a rustc flag of its own, for the standard was young when it came there.
    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &DecompressionStream) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &DecompressionStream) -> WritableStream;
}

/// All of MNIST.
pub(super) struct Mnist {
    pub train: Dataset,
    pub test: Dataset,
    /// Whether all four files were kept from an earlier visit.
    pub cached: bool,
}

/// Fetches, checks and parses the four files in the folder `base`. `progress` hears of bytes as they are sent: how many so far,
/// and of how many where that is known.
pub(super) async fn mnist(base: &str, progress: &dyn Fn(f64, Option<f64>)) -> Result<Mnist, Error> {
    let abort = AbortController::new().map_err(|error| fetch_error(base, &error))?;
    let source = Source { base, abort: &abort, cache: open_cache().await };
    let result = source.files(progress).await;
    if result.is_err() {
        // What is still on its way would only be in the way of another try.
        abort.abort();
    }
    let (files, cached) = result?;
    let [train_images, train_labels, test_images, test_labels] = files;
    let dataset = |images_file: File, images, labels_file: File, labels| {
        idx::dataset(images_file.name, images, labels_file.name, labels)
    };
    Ok(Mnist {
        train: dataset(TRAIN_IMAGES, train_images, TRAIN_LABELS, train_labels)?,
        test: dataset(TEST_IMAGES, test_images, TEST_LABELS, test_labels)?,
        cached,
    })
}

/// A response to read a file from, and whether it was kept from an earlier visit.
struct Answer {
    response: Result<Response, Error>,
    cached: bool,
}

struct Source<'a> {
    base: &'a str,
    abort: &'a AbortController,
    cache: Option<Cache>,
}

impl Source<'_> {
    /// The decompressed bytes of all files, and whether all of them were kept from an earlier visit.
    async fn files(
        &self,
        progress: &dyn Fn(f64, Option<f64>),
    ) -> Result<([Vec<u8>; FILES.len()], bool), Error> {
        // All are asked for at once, so that the total is known before the first has come.
        let mut kept = Vec::new();
        let mut asked = Vec::new();
        for file in &FILES {
            let found = self.kept(file).await;
            asked.push(if found.is_none() { Some(self.ask(file, RequestCache::Default)) } else { None });
            kept.push(found);
        }
        let mut answers = Vec::new();
        for ((file, kept), asked) in FILES.iter().zip(kept).zip(asked) {
            answers.push(match (kept, asked) {
                (Some(response), _) => Answer { response: Ok(response), cached: true },
                (None, Some(asked)) => Answer { response: response(file, asked).await, cached: false },
                (None, None) => unreachable!("what is not kept was asked for"),
            });
        }
        let sizes: Vec<_> = answers.iter().map(|answer| sent_bytes(answer.response.as_ref().ok()?)).collect();
        let total = sizes.iter().copied().sum::<Option<f64>>();

        let mut files = Vec::new();
        let mut done = 0.0;
        let mut cached = true;
        for (file, answer) in FILES.iter().zip(answers) {
            let (bytes, sent, was_cached) =
                self.file(file, answer, &|sent| progress(done + sent, total)).await?;
            files.push(bytes);
            done += sent;
            cached &= was_cached;
        }
        let files = files.try_into().expect("one for each of FILES");
        Ok((files, cached))
    }

    /// One file, from the answer that has come or, where that is not good, from another. Returns also the bytes that were
    /// sent for it, and whether it was the kept copy.
    async fn file(
        &self,
        file: &File,
        answer: Answer,
        progress: &dyn Fn(f64),
    ) -> Result<(Vec<u8>, f64, bool), Error> {
        let mut cached = answer.cached;
        let mut result = self.read(file, answer.response, cached, progress).await;
        if cached && result.is_err() {
            self.drop_kept(file).await;
            cached = false;
            let fresh = response(file, self.ask(file, RequestCache::Default)).await;
            result = self.read(file, fresh, cached, progress).await;
        }
        if result.is_err() {
            // Once more, past the browser's own cache: it may be what is broken.
            let fresh = response(file, self.ask(file, RequestCache::Reload)).await;
            result = self.read(file, fresh, cached, progress).await;
        }
        let (bytes, sent) = result?;
        Ok((bytes, sent, cached))
    }

    /// Reads, inflates and checks a response; keeps what was sent when it is good.
    async fn read(
        &self,
        file: &File,
        response: Result<Response, Error>,
        cached: bool,
        progress: &dyn Fn(f64),
    ) -> Result<(Vec<u8>, f64), Error> {
        let (sent, is_gzip) = receive(file, &response?, progress).await?;
        let stream = sent.stream();
        let idx_stream = if is_gzip {
            let inflater =
                DecompressionStream::new("gzip").map_err(|error| fetch_error(file.name, &error))?;
            stream.pipe_through(&ReadableWritablePair::new(&inflater.readable(), &inflater.writable()))
        } else {
            stream
        };
        let bytes = inflate(file, &idx_stream).await?;
        if !cached {
            self.keep(file, &sent).await;
        }
        Ok((bytes, sent.size()))
    }

    fn address(&self, file: &File) -> String {
        format!("{}{}", self.base, file.name)
    }

    /// Begins to fetch a file.
    fn ask(&self, file: &File, cache: RequestCache) -> JsFuture {
        let init = RequestInit::new();
        init.set_cache(cache);
        init.set_signal(Some(&self.abort.signal()));
        patiently(&scope().fetch_with_str_and_init(&self.address(file), &init).unchecked_into())
    }

    /// The copy kept from an earlier visit.
    async fn kept(&self, file: &File) -> Option<Response> {
        let found = JsFuture::from(self.cache.as_ref()?.match_with_str(&self.address(file))).await.ok()?;
        found.dyn_into().ok()
    }

    /// Keeps a checked file. A browser that has no room, or keeps nothing in private windows, fetches again next time.
    async fn keep(&self, file: &File, sent: &Blob) {
        let Some(cache) = &self.cache else { return };
        let response = || {
            let headers = Headers::new()?;
            headers.set("Content-Length", &(sent.size() as u64).to_string())?;
            let init = ResponseInit::new();
            init.set_headers(&headers);
            Response::new_with_opt_blob_and_init(Some(sent), &init)
        };
        if let Ok(response) = response() {
            let _ = JsFuture::from(cache.put_with_str(&self.address(file), &response)).await;
        }
    }

    async fn drop_kept(&self, file: &File) {
        if let Some(cache) = &self.cache {
            let _ = JsFuture::from(cache.delete_with_str(&self.address(file))).await;
        }
    }
}

/// The worker; or the page, whose scope has the same functions.
fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// What a promise of the network comes to, unless nothing comes for too long.
///
/// It is listened to from now on, not only once it is awaited: one that fails before that would count as unhandled, which
/// is how the page learns of bugs.
fn patiently(promise: &Promise) -> JsFuture {
    let too_long = Promise::new(&mut |_, reject| {
        let seconds = PATIENCE_MS / 1000;
        let error = js_sys::Error::new(&format!("the server sent nothing for {seconds} seconds"));
        // Without timers it waits as long as the browser does.
        let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_1(
            reject.unchecked_ref(),
            PATIENCE_MS,
            &error,
        );
    });
    JsFuture::from(Promise::race(&Array::of2(promise, &too_long)))
}

/// The cache, where there is one: pages that did not come by HTTPS or from this machine have none.
async fn open_cache() -> Option<Cache> {
    let scope = scope();
    let caches = Reflect::get(&scope, &"caches".into()).ok()?;
    if caches.is_undefined() {
        return None;
    }
    let opened = JsFuture::from(scope.caches().ok()?.open(CACHE)).await.ok()?;
    opened.dyn_into().ok()
}

/// What became of a fetch; a status that is not 200 to 299 is an error.
async fn response(file: &File, asked: JsFuture) -> Result<Response, Error> {
    let found = asked.await.map_err(|error| fetch_error(file.name, &error))?;
    let response: Response = found.unchecked_into();
    if response.ok() {
        return Ok(response);
    }
    let reason = format!("the server answered {} {}", response.status(), response.status_text());
    Err(Error::Fetch { file: file.name.to_owned(), reason: reason.trim_end().to_owned() })
}

/// How many bytes a response will have, where the server says so. With a `Content-Encoding` the browser inflates before we
/// count, so the length does not help.
fn sent_bytes(response: &Response) -> Option<f64> {
    let headers = response.headers();
    if headers.get("Content-Encoding").ok()?.is_some() {
        return None;
    }
    // As a whole number: what parses numbers with a point is large.
    let bytes: u32 = headers.get("Content-Length").ok()??.parse().ok()?;
    Some(bytes.into())
}

/// Everything that is sent, and whether it is gzip. IDX bytes pass too: a host that sets `Content-Encoding: gzip` has the
/// browser inflate them.
async fn receive(file: &File, response: &Response, progress: &dyn Fn(f64)) -> Result<(Blob, bool), Error> {
    // Deflate never adds more than 5 bytes to 16 KB; gzip's header and trailer are small.
    let most = file.size_bytes + file.size_bytes / 1000 + 1024;
    let not_gzip =
        |start: &[u8]| Error::NotGzip { file: file.name.to_owned(), found: idx::looks_like(start) };
    let broke_off = |error: &JsValue| Error::Fetch {
        file: file.name.to_owned(),
        reason: format!("the download broke off: {}", message(error)),
    };
    let Some(body) = response.body() else { return Err(not_gzip(&[])) };
    let reader = Reader::new(&body);
    let chunks = Array::new();
    let mut start = Vec::new();
    let mut size = 0;
    while let Some(chunk) = reader.next().await.map_err(|error| broke_off(&error))? {
        size += chunk.length() as usize;
        if start.len() < 16 {
            start.extend(chunk.subarray(0, chunk.length().min(16)).to_vec());
        }
        chunks.push(&chunk);
        progress(size as f64);
        if start.len() >= 4 && !is_gzip(&start) && !is_idx(&start) {
            break;
        }
        if size > most {
            reader.cancel();
            return Err(Error::TooLong { file: file.name.to_owned(), expected_bytes: most as u64 });
        }
    }
    if !is_gzip(&start) && !is_idx(&start) {
        reader.cancel();
        return Err(not_gzip(&start));
    }
    let blob = Blob::new_with_u8_array_sequence(&chunks).map_err(|error| fetch_error(file.name, &error))?;
    Ok((blob, is_gzip(&start)))
}

fn is_gzip(start: &[u8]) -> bool {
    start.starts_with(&[0x1f, 0x8b])
}

/// IDX with elements of type u8.
fn is_idx(start: &[u8]) -> bool {
    start.starts_with(&[0, 0, 8])
}

/// The file's decompressed bytes, no more than there should be, and checked.
async fn inflate(file: &File, stream: &ReadableStream) -> Result<Vec<u8>, Error> {
    let reader = Reader::new(stream);
    let mut bytes: Vec<u8> = Vec::with_capacity(file.size_bytes);
    let mut hash = Sha256::new();
    loop {
        let chunk = reader.next().await.map_err(|error| Error::Inflate {
            file: file.name.to_owned(),
            inflated_bytes: bytes.len() as u64,
            reason: message(&error),
        })?;
        let Some(chunk) = chunk else { break };
        let before = bytes.len();
        let after = before + chunk.length() as usize;
        if after > file.size_bytes {
            reader.cancel();
            let expected_bytes = file.size_bytes as u64;
            return Err(Error::TooLong { file: file.name.to_owned(), expected_bytes });
        }
        bytes.resize(after, 0);
        chunk.copy_to(&mut bytes[before..]);
        // Piece by piece: 47 MB at once would keep the worker from everything else.
        hash.update(&bytes[before..]);
    }
    file.check_digest(bytes.len(), hash)?;
    Ok(bytes)
}

/// A stream of bytes, chunk by chunk.
struct Reader(ReadableStreamDefaultReader);

impl Reader {
    fn new(stream: &ReadableStream) -> Self {
        Reader(stream.get_reader().unchecked_into())
    }

    /// The next chunk, nothing at the end, or what the stream failed with.
    async fn next(&self) -> Result<Option<Uint8Array>, JsValue> {
        let result = patiently(&self.0.read().unchecked_into()).await?;
        if Reflect::get(&result, &"done".into())?.is_truthy() {
            return Ok(None);
        }
        Ok(Some(Reflect::get(&result, &"value".into())?.unchecked_into()))
    }

    /// Lets go of the rest.
    fn cancel(&self) {
        // It may fail, on a stream that has already failed; nobody waits for it.
        drop(JsFuture::from(self.0.cancel()));
    }
}

fn fetch_error(file: &str, error: &JsValue) -> Error {
    Error::Fetch { file: file.to_owned(), reason: message(error) }
}

/// What a JavaScript error says.
fn message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
