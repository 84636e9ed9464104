//! The server of `dist/`, on loopback only: what a static host does, with the headers that the page is written for.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Path as UrlPath, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Together these two isolate the page from other origins, without which there is no SharedArrayBuffer.
const ISOLATION: [(HeaderName, &str); 2] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
];

/// Sent with every response.
const HEADERS: [(HeaderName, &str); 3] = [
    // The page talks to its own origin alone. Images may also be drawn by itself.
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Keep, but ask each time whether it is still current: after a build, a reload shows the new page.
    (header::CACHE_CONTROL, "no-cache"),
];

/// What answers under `/data/`. Tests ask for the faulty ones.
#[derive(Clone)]
pub enum Data {
    /// The site's own `dist/data/`.
    OfSite,
    /// Another folder.
    Folder(PathBuf),
    /// Nothing: every file is missing.
    Absent,
    /// Whatever the function makes of the file's name.
    Answer(Arc<dyn Fn(&str) -> Response + Send + Sync>),
}

impl Data {
    /// [`Data::Answer`] from a closure.
    pub fn answer<R: IntoResponse>(answer: impl Fn(&str) -> R + Send + Sync + 'static) -> Self {
        Self::Answer(Arc::new(move |name| answer(name).into_response()))
    }
}

/// Which headers it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headers {
    /// All that the page is written for.
    All,
    /// All but the two that isolate it, as a static host that cannot be told to.
    NotIsolated,
}

/// What was sent for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The path that was asked for, without the query.
    pub path: String,
    /// What the server answered.
    pub status: StatusCode,
    /// Bytes of the body as they were sent, compressed or not; nothing where that is only known at its end.
    pub bytes: Option<u64>,
}

/// A server in the background, until it is dropped.
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Server {
    /// Serves `dist` on a free port.
    pub async fn start(dist: &Path, data: Data) -> Result<Self> {
        Self::start_with(dist, data, Headers::All).await
    }

    /// Likewise, with other headers.
    pub async fn start_with(dist: &Path, data: Data, headers: Headers) -> Result<Self> {
        Self::listen(listener(None).await?, app(dist, data, headers))
    }

    /// Serves an [`app`] to whoever calls on `listener`.
    pub fn listen(listener: TcpListener, app: Router) -> Result<Self> {
        let address = listener.local_addr().context("the server has no address")?;
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sent);
        let app = app.layer(middleware::from_fn(move |request: Request, next: Next| {
            let log = Arc::clone(&log);
            async move {
                let path = request.uri().path().to_owned();
                let response = next.run(request).await;
                let status = response.status();
                // Of what the browser has already the length is told, but not sent.
                let length = response.headers().get(header::CONTENT_LENGTH);
                let length = length.and_then(|it| it.to_str().ok()?.parse().ok());
                let bytes = if status == StatusCode::NOT_MODIFIED { Some(0) } else { length };
                log.lock().expect("whoever logs does not panic").push(Sent { path, status, bytes });
                response
            }
        }));
        Ok(Self { address, task: tokio::spawn(async { axum::serve(listener, app).await }), sent })
    }

    /// All that it has sent so far, in the order of the answers. Caches answer nothing here: what a browser already has costs nothing.
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("whoever logs does not panic").clone()
    }

    /// Where the page is: `http://127.0.0.1:8080/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits until the server ends, which it does only when it fails.
    pub async fn wait(mut self) -> Result<()> {
        (&mut self.task).await.context("the server panicked")?.context("the server failed")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The whole server, as a function from request to response.
///
/// The gzip files of MNIST go out as they are, with no `Content-Encoding`, for their `.gz` is part of their name: the
/// page inflates them. Only files that have a twin are sent compressed.
pub fn app(dist: &Path, data: Data, headers: Headers) -> Router {
    let site = Router::new().fallback_service(files(dist));
    let app = match data {
        Data::OfSite => site,
        Data::Folder(folder) => site.nest_service("/data", files(&folder)),
        Data::Absent => site.route("/data/{name}", routing::get(StatusCode::NOT_FOUND)),
        Data::Answer(answer) => site
            .route("/data/{name}", routing::get(async move |UrlPath(name): UrlPath<String>| answer(&name))),
    };
    let isolation = if headers == Headers::All { &ISOLATION[..] } else { &[] };
    HEADERS.iter().chain(isolation).cloned().fold(app, |app, (name, value)| {
        app.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

fn files(folder: &Path) -> ServeDir {
    ServeDir::new(folder).precompressed_br().precompressed_gzip()
}

/// Listens on loopback: on `port` and no other when one is given, else on a free one that the system picks.
pub async fn listener(port: Option<u16>) -> Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))
        .await
        .with_context(|| format!("cannot listen on 127.0.0.1:{}", port.unwrap_or(0)))
}

/// Listens on the first free port from `first` on.
pub async fn listener_from(first: u16) -> Result<TcpListener> {
    for port in first..=u16::MAX {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => continue,
            result => return result.with_context(|| format!("cannot listen on 127.0.0.1:{port}")),
        }
    }
    anyhow::bail!("no free port from {first} on")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use axum::{
        body::{Body, to_bytes},
        http::Request,
        response::Html,
    };
    use tower::ServiceExt;

    use super::*;
    use crate::compress;

    const PAGE: &str = "<!doctype html><p>ink on paper</p>";

    /// A site with a page, a wasm with a Brotli twin, a gzip in `data/`, and a secret beside it.
    fn site() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let dist = folder.path().join("dist");
        fs::create_dir_all(dist.join("data")).unwrap();
        fs::write(folder.path().join("secret.txt"), "not yours").unwrap();
        fs::write(dist.join("index.html"), PAGE).unwrap();
        fs::write(dist.join("main.js"), "let x").unwrap();
        fs::write(dist.join("sumi.wasm"), "\0asm").unwrap();
        fs::write(dist.join("sumi.wasm.br"), "brotli").unwrap();
        fs::write(dist.join("data/train.gz"), compress::gzip(b"digits").unwrap()).unwrap();
        (folder, dist)
    }

    async fn get(app: Router, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = headers.iter().fold(Request::get(path), |it, (name, value)| it.header(*name, *value));
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn body(response: Response) -> Vec<u8> {
        to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn every_response_has_the_headers() {
        let (_folder, dist) = site();
        for (path, status) in
            [("/", 200), ("/data/train.gz", 200), ("/nothing", 404), ("/data/nothing.gz", 404)]
        {
            for data in [Data::OfSite, Data::Folder(dist.join("data"))] {
                let response = get(app(&dist, data, Headers::All), path, &[]).await;
                assert_eq!(response.status(), status, "{path}");
                for (name, value) in HEADERS.into_iter().chain(ISOLATION) {
                    assert_eq!(response.headers()[&name], value, "{path}: {name}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_host_that_isolates_nothing_sends_the_rest() {
        let (_folder, dist) = site();
        let response = get(app(&dist, Data::OfSite, Headers::NotIsolated), "/", &[]).await;
        assert!(HEADERS.iter().all(|(name, value)| response.headers()[name] == value));
        assert!(ISOLATION.iter().all(|(name, _)| !response.headers().contains_key(name)));
    }

    #[tokio::test]
    async fn files_have_their_types_and_folders_their_page() {
        let (_folder, dist) = site();
        for (path, kind) in [
            ("/", "text/html"),
            ("/index.html", "text/html"),
            ("/main.js", "text/javascript"),
            ("/sumi.wasm", "application/wasm"),
            ("/data/train.gz", "application/gzip"),
        ] {
            let response = get(app(&dist, Data::OfSite, Headers::All), path, &[]).await;
            assert_eq!(response.headers()["content-type"], kind, "{path}");
        }
        assert_eq!(body(get(app(&dist, Data::OfSite, Headers::All), "/", &[]).await).await, PAGE.as_bytes());
    }

    #[tokio::test]
    async fn twins_are_sent_to_those_who_can_read_them() {
        let (_folder, dist) = site();
        let response =
            get(app(&dist, Data::OfSite, Headers::All), "/sumi.wasm", &[("accept-encoding", "gzip, br")])
                .await;
        assert_eq!(response.headers()["content-encoding"], "br");
        assert_eq!(response.headers()["content-type"], "application/wasm");
        assert_eq!(body(response).await, b"brotli");
        let response = get(app(&dist, Data::OfSite, Headers::All), "/sumi.wasm", &[]).await;
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(body(response).await, b"\0asm");
    }

    #[tokio::test]
    async fn data_stays_gzip_for_the_page_to_inflate() {
        let (_folder, dist) = site();
        let response =
            get(app(&dist, Data::OfSite, Headers::All), "/data/train.gz", &[("accept-encoding", "gzip, br")])
                .await;
        assert!(!response.headers().contains_key("content-encoding"));
        assert_eq!(body(response).await, compress::gzip(b"digits").unwrap());
    }

    #[tokio::test]
    async fn nothing_outside_the_site_is_served() {
        let (_folder, dist) = site();
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/data/../../secret.txt",
            "/data/..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "//secret.txt",
            "/data/%2e%2e/%2e%2e/secret.txt",
        ] {
            for data in [Data::OfSite, Data::Folder(dist.join("data"))] {
                let response = get(app(&dist, data, Headers::All), path, &[]).await;
                assert!(response.status().is_client_error(), "{path}: {}", response.status());
                assert_ne!(body(response).await, b"not yours", "{path}");
            }
        }
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_sent_again() {
        let (_folder, dist) = site();
        let first = get(app(&dist, Data::OfSite, Headers::All), "/", &[]).await;
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let second = get(app(&dist, Data::OfSite, Headers::All), "/", &[("if-none-match", &tag)]).await;
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn a_test_decides_what_data_there_is() {
        let (_folder, dist) = site();
        let absent = get(app(&dist, Data::Absent, Headers::All), "/data/train.gz", &[]).await;
        assert_eq!(absent.status(), StatusCode::NOT_FOUND);
        let welcome = Data::answer(|name| Html(format!("Welcome, {name}")));
        let answer = get(app(&dist, welcome, Headers::All), "/data/train.gz", &[]).await;
        assert_eq!(body(answer).await, b"Welcome, train.gz");
    }

    #[tokio::test]
    async fn a_taken_port_is_passed_over() {
        let taken = listener(None).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(listener_from(port).await.unwrap().local_addr().unwrap().port() > port);
        let error = listener(Some(port)).await.unwrap_err().to_string();
        assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    }
}
