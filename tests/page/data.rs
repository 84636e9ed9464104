//! Fetching digits, from servers that are right, wrong, silent or gone.

use super::*;

/// Whoever asks the browser to save data pays for MNIST only when Train is pressed.
#[tokio::test]
async fn nothing_is_fetched_unasked_where_data_is_to_be_saved() {
    let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
    let save = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
    page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": save })).await.unwrap();
    page.visit("?data=builtin&epochs=1").await;
    page.wait_for_state("waiting").await;
    page.train().await;
    page.assert_quiet().await;
}

/// What the faulty server sends for every file, and how often it was asked for each.
#[derive(Default)]
struct Faulty {
    answer: Mutex<Option<(StatusCode, &'static str, Vec<u8>)>>,
    asked: Mutex<BTreeMap<String, usize>>,
}

impl Faulty {
    /// Serves the fault, or where there is none the files of `folder`.
    fn data(self: &Arc<Self>, folder: Option<PathBuf>) -> Data {
        let this = self.clone();
        Data::answer(move |name| {
            *this.asked.lock().unwrap().entry(name.to_owned()).or_default() += 1;
            if let Some((status, kind, body)) = this.answer.lock().unwrap().clone() {
                return (status, [(header::CONTENT_TYPE, kind)], body).into_response();
            }
            match folder.as_ref().map(|folder| fs::read(folder.join(name))) {
                Some(Ok(bytes)) => bytes.into_response(),
                _ => StatusCode::NOT_FOUND.into_response(),
            }
        })
    }

    fn set(&self, answer: Option<(StatusCode, &'static str, Vec<u8>)>) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or_default()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every way in which a server can be wrong, with what the message must say beside the file's name.
fn faults() -> Vec<(&'static str, (StatusCode, &'static str, Vec<u8>), &'static [&'static str])> {
    const GZIP: &str = "application/gzip";
    let html = b"<!doctype html><title>Welcome</title><p>All requests end here.".repeat(400);
    let noise: Vec<u8> = (0u32..300_000).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let cut = gzip(&noise);
    let mut damaged = gzip(&noise);
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    vec![
        ("a web page with 200", (StatusCode::OK, "text/html", html), &["gzip", "web page"]),
        ("404", (StatusCode::NOT_FOUND, "text/plain", b"no".to_vec()), &["404"]),
        ("500", (StatusCode::INTERNAL_SERVER_ERROR, "text/plain", vec![]), &["500"]),
        ("no gzip", (StatusCode::OK, GZIP, b"digits, surely".to_vec()), &["gzip", "64 69 67 69"]),
        ("nothing", (StatusCode::OK, GZIP, vec![]), &["gzip", "empty"]),
        ("cut short", (StatusCode::OK, GZIP, cut[..cut.len() / 2].to_vec()), &["cut short"]),
        ("damaged", (StatusCode::OK, GZIP, damaged), &["damaged"]),
        ("too small", (StatusCode::OK, GZIP, gzip(&noise)), &["47040016", "300000"]),
        (
            "another digest",
            (StatusCode::OK, GZIP, gzip(&vec![0; TRAIN_IMAGES.size_bytes])),
            &["SHA-256", TRAIN_IMAGES.sha256],
        ),
        (
            "too large",
            (StatusCode::OK, GZIP, gzip(&vec![0; TRAIN_IMAGES.size_bytes + 1])),
            &["47040016", "more"],
        ),
    ]
}

#[tokio::test]
async fn everywhere_every_bad_file_is_named_and_both_ways_on_are_offered() {
    let server = Arc::new(Faulty::default());
    let faults = faults();
    server.set(Some(faults[0].1.clone()));
    let page = Page::open(server.data(None), "").await;
    for (i, (name, answer, words)) in faults.iter().enumerate() {
        if i > 0 {
            server.set(Some(answer.clone()));
            page.click("#retry-button").await;
        }
        let complete =
            |text: &str| text.contains(TRAIN_IMAGES.name) && words.iter().all(|word| text.contains(word));
        let message = page.wait_for_text("#failure-message", complete).await;
        println!("{name}: {message}");
        page.wait_for_state("failed").await;
        for button in ["#retry-button", "#builtin-button"] {
            assert!(
                page.browser.find(button).await.unwrap().is_displayed().await.unwrap(),
                "{name}: {button}"
            );
        }
        assert_eq!(server.asked(TRAIN_IMAGES.name), 2 * (i + 1), "{name}: asked once, and once more");
    }
    // A page without digits can be drawn on nevertheless.
    page.read(Pointer::Mouse, ONE).await;
    page.wait_for("#answer[data-state=untrained]").await;
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("Failed to load")).await;
}

/// A body of which nothing ever comes.
struct Silence;

impl http_body::Body for Silence {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn everywhere_a_server_that_falls_silent_or_goes_away_is_a_failure_like_any_other() {
    let mut page = Page::open(Data::answer(|_| Response::new(Body::new(Silence))), "").await;
    let silent = |text: &str| text.contains("sent nothing for 20 seconds");
    println!("{}", page.wait_for_text("#failure-message", silent).await);
    page.wait_for_state("failed").await;

    // The page's own server ends; where the page came from, nobody answers any more.
    page.server = serve(Data::Absent).await;
    page.click("#retry-button").await;
    // Each browser has words of its own.
    let said = match page.browser.kind() {
        Kind::Chromium => "Failed to fetch",
        Kind::Firefox => "NetworkError",
    };
    let gone = |text: &str| text.contains(TRAIN_IMAGES.name) && text.contains(said);
    println!("{}", page.wait_for_text("#failure-message", gone).await);
    page.wait_for_state("failed").await;
    page.click("#builtin-button").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn everywhere_try_again_works_once_the_server_does_and_the_next_visit_needs_no_network() {
    let server = Arc::new(Faulty::default());
    let refuse = || Some((StatusCode::SERVICE_UNAVAILABLE, "text/plain", Vec::new()));
    server.set(refuse());
    let page = Page::open(server.data(Some(mnist_folder())), "?epochs=1").await;
    page.wait_for_state("failed").await;
    server.set(None);
    page.click("#retry-button").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    assert_eq!(page.text("#progress-detail").await, "");

    // Nothing is asked for on the next visit.
    server.set(refuse());
    let asked = server.asked.lock().unwrap().clone();
    page.visit("?epochs=1").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    assert_eq!(page.text("#progress-detail").await, "kept from last time");
    assert_eq!(*server.asked.lock().unwrap(), asked);
    page.train().await;

    // A kept file that has been damaged is dropped, and that one alone fetched again.
    let damage = "const cache = await caches.open('sumi-mnist-1');
        const address = new URL(`data/${args[0]}`, location.origin).href;
        if (!(await cache.match(address))) throw new Error('it was not kept');
        await cache.put(address, new Response(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3])));";
    page.browser.run_with::<()>(damage, vec![TRAIN_LABELS.name.into()]).await.unwrap();
    server.set(None);
    page.visit("?epochs=1").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    assert_eq!(page.text("#progress-detail").await, "");
    let mut once_more = asked.clone();
    *once_more.get_mut(TRAIN_LABELS.name).unwrap() += 1;
    assert_eq!(*server.asked.lock().unwrap(), once_more);

    // And the good copy is kept in its place.
    server.set(refuse());
    page.visit("?epochs=1").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("503")).await;
}
