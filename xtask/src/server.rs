//! The server of `dist/`, on loopback only: what a static host does, with the headers that the page is written for.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::Path as UrlPath,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Sent with every response.
const HEADERS: [(HeaderName, &str); 5] = [
    // Together these two isolate the page from other origins, without which there is no SharedArrayBuffer.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
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

/// A server in the background, until it is dropped.
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves `dist` on a free port.
    pub async fn start(dist: &Path, data: Data) -> Result<Self> {
        Self::listen(listener(None).await?, dist, data)
    }

    /// Serves `dist` to whoever calls on `listener`.
    pub fn listen(listener: TcpListener, dist: &Path, data: Data) -> Result<Self> {
        let address = listener.local_addr().context("the server has no address")?;
        let app = app(dist, data);
        Ok(Self { address, task: tokio::spawn(async { axum::serve(listener, app).await }) })
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
pub fn app(dist: &Path, data: Data) -> Router {
    let site = Router::new().fallback_service(files(dist));
    let app = match data {
        Data::OfSite => site,
        Data::Folder(folder) => site.nest_service("/data", files(&folder)),
        Data::Absent => site.route("/data/{name}", routing::get(StatusCode::NOT_FOUND)),
        Data::Answer(answer) => site
            .route("/data/{name}", routing::get(async move |UrlPath(name): UrlPath<String>| answer(&name))),
    };
    HEADERS.into_iter().fold(app, |app, (name, value)| {
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
