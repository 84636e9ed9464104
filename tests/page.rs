//! The real page in a real browser. `cargo xtask test page` builds the site and runs this; what needs MNIST is ignored
//! unless there is some (`--mnist DIR`, or `MNIST_DIR`).
//!
//! The hooks that these tests hold on to, and that the page therefore keeps:
//!
//! | hook | what it is |
//! | --- | --- |
//! | `body[data-state]` | `starting`, `waiting`, `loading`, `queued`, `ready`, `training`, `paused`, `evaluating`, `done`, `stopped`, `failed`, `broken`, `unsupported` |
//! | `body[data-source]` | once digits are there: `mnist` or `builtin` |
//! | `#train-button` `#stop-button` `#reset-button` | Train, Pause, Resume or Train again; Stop; Reset |
//! | `#dataset` `#progress-text` `#progress-detail` `#progress` | which digits; how far, in words, in numbers and as a bar |
//! | `#headline-number` | accuracy, of the epoch while training and of the test at the end |
//! | `#epoch-rows tr[data-state]` | a row an epoch (`ahead`, `current`, `done`): loss, accuracy, time |
//! | `#test-row[data-state]` `#test-loss` `#test-accuracy` | the test (`ahead`, `done`) |
//! | `#samples-per-second` `#step-ms` `#backend` | speed, and what computes |
//! | `#compute-on` `#backend-note[data-why][data-alone]` | the choice of what computes; why it is what it is, and `asked` where there is nothing to say; why one thread computes where several could |
//! | `#failure` `#failure-message` `#retry-button` `#builtin-button` `#reload-button` | what went wrong, and the ways on |
//! | `#address-notice` | what the address asked for and cannot have |
//! | `#canvas` `#clear-button` `#undo-button` | the sheet |
//! | `#answer[data-state][data-digit]` | `empty`, `untrained`, `unsure`, `sure`, and the digit read |
//! | `#reading` `#probability-row td` `#network-view` | the answer in words, ten percentages, 28 × 28 pixels |
//! | `#announce` | what a screen reader is told |
//! | `html[lang]` `#language button[lang]` | the language that the page is in, and its switch |
//! | `#cell-1` to `#cell-9[data-state]` | the notebook's cells: `empty`, `live`, `done` |
//! | `#notebook[data-digest][data-comparable]` | SHA-256 of the weights after the test; whether the original's numbers are of the same task |
//! | `#inspector[data-state][data-step][data-weight]` | `empty`, `seeking`, `shown`; which step and weight |
//! | `data[value]` | a number as it is, beside its text; in the inspector `data-value` says which |

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    http::header,
    response::{IntoResponse, Response},
};
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use serde_json::json;
use sumi::data::mnist::{TRAIN_IMAGES, TRAIN_LABELS};
use xtask::{
    browser::{Browser, ColorScheme, Pointer, SEVEN},
    project,
    server::{Data, Headers, Server},
    wasm::VARIANTS,
};

/// How long anything may take. Nothing here measures speed: a busy machine is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(240);

type Stroke = &'static [(f64, f64)];

const ONE: &[Stroke] = &[&[(0.54, 0.15), (0.52, 0.3), (0.5, 0.45), (0.48, 0.6), (0.46, 0.75), (0.45, 0.85)]];
const TWO: &[Stroke] = &[&[
    (0.3, 0.32),
    (0.35, 0.22),
    (0.47, 0.17),
    (0.6, 0.2),
    (0.66, 0.3),
    (0.62, 0.42),
    (0.52, 0.56),
    (0.4, 0.7),
    (0.29, 0.83),
    (0.45, 0.82),
    (0.6, 0.82),
    (0.74, 0.83),
]];
const THREE: &[Stroke] = &[&[
    (0.33, 0.2),
    (0.47, 0.16),
    (0.61, 0.2),
    (0.64, 0.31),
    (0.56, 0.42),
    (0.44, 0.47),
    (0.57, 0.5),
    (0.67, 0.6),
    (0.65, 0.74),
    (0.52, 0.84),
    (0.38, 0.84),
    (0.3, 0.77),
]];
const ZERO: &[Stroke] = &[&[
    (0.5, 0.17),
    (0.38, 0.22),
    (0.31, 0.36),
    (0.29, 0.52),
    (0.33, 0.7),
    (0.43, 0.82),
    (0.54, 0.83),
    (0.65, 0.74),
    (0.7, 0.56),
    (0.69, 0.38),
    (0.62, 0.23),
    (0.5, 0.17),
]];

/// The site that is tested: built by `cargo xtask build`, with `/data/` as the test wants it.
async fn serve(data: Data) -> Server {
    let dist = project::dist();
    assert!(
        dist.join("wasm").exists(),
        "dist/ has no site: run `cargo xtask build`, or `cargo xtask test page`"
    );
    Server::start(&dist, data).await.unwrap()
}

/// MNIST's folder: the tests that ask for it are ignored unless xtask has found one.
fn mnist_folder() -> PathBuf {
    env::var_os("MNIST_DIR").expect("`cargo xtask test page --mnist DIR` names MNIST's folder").into()
}

/// The page in a browser of its own.
struct Page {
    browser: Browser,
    server: Server,
}

impl Page {
    async fn open(data: Data, query: &str) -> Self {
        let page = Self { browser: Browser::start().await.unwrap(), server: serve(data).await };
        page.visit(query).await;
        page
    }

    /// With `prelude` before everything that the page itself does.
    async fn open_from(server: Server, prelude: &str, query: &str) -> Self {
        let page = Self { browser: Browser::start().await.unwrap(), server };
        let source = json!({ "source": prelude });
        page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await.unwrap();
        page.visit(query).await;
        page
    }

    async fn visit(&self, query: &str) {
        self.browser.open(&format!("{}{query}", self.server.url())).await.unwrap();
    }

    async fn wait_for(&self, selector: &str) {
        self.browser.wait_for(selector, PATIENCE).await.unwrap();
    }

    async fn wait_for_state(&self, state: &str) {
        self.wait_for(&format!("body[data-state={state}]")).await;
    }

    async fn click(&self, selector: &str) {
        self.browser.click(selector).await.unwrap();
    }

    async fn text(&self, selector: &str) -> String {
        self.browser.text(selector).await.unwrap()
    }

    /// Waits until an element's text is what it should be.
    async fn wait_for_text(&self, selector: &str, wanted: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let text = self.text(selector).await;
            if wanted(&text) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "{selector} is still {text:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn state(&self) -> String {
        self.browser.run("return document.body.dataset.state").await.unwrap()
    }

    /// Presses Train and waits for the end of the test.
    async fn train(&self) {
        self.click("#train-button").await;
        self.wait_for_state("done").await;
    }

    async fn number(&self, selector: &str) -> f64 {
        let text = self.text(selector).await;
        text.parse().unwrap_or_else(|_| panic!("{selector} is {text:?}, no number"))
    }

    async fn epoch_rows(&self) -> usize {
        self.browser.run("return document.querySelectorAll('#epoch-rows tr').length").await.unwrap()
    }

    /// Loss and accuracy of every epoch, all of which are over.
    async fn epochs(&self) -> Vec<[f64; 2]> {
        let script = "return [...document.querySelectorAll('#epoch-rows tr')]
            .map(row => [...row.querySelectorAll('td')].slice(0, 2).map(cell => Number(cell.textContent)))";
        self.browser.run(script).await.unwrap()
    }

    /// The ten percentages; none where there is no ink.
    async fn probabilities(&self) -> Option<Vec<f64>> {
        let script = "return [...document.querySelectorAll('#probability-row td')].map(cell => Number(cell.textContent))";
        let numbers: Vec<Option<f64>> = self.browser.run(script).await.unwrap();
        assert_eq!(numbers.len(), 10);
        numbers.into_iter().collect()
    }

    /// The network's view: one byte a pixel.
    async fn view(&self) -> Vec<u8> {
        let script = "const view = document.querySelector('#network-view');
            return [...view.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)";
        self.browser.run(script).await.unwrap()
    }

    /// Clears the sheet, draws on it, and answers what is read once the last ink has been.
    async fn read(&self, pointer: Pointer, strokes: &[Stroke]) -> String {
        self.browser.run::<()>("document.querySelector('#clear-button').click()").await.unwrap();
        self.wait_for("#answer[data-state=empty]").await;
        self.browser.run::<()>("document.querySelector('#announce').textContent = ''").await.unwrap();
        self.browser.draw("#canvas", pointer, strokes).await.unwrap();
        // It is said aloud when the pen is up and the newest ink has been read.
        self.wait_for_text("#announce", |text| text.starts_with("It reads")).await;
        self.browser.run("return document.querySelector('#answer').dataset.digit").await.unwrap()
    }

    /// Presses a key so many times, wherever the focus is.
    async fn press(&self, key: &str, times: usize) {
        for _ in 0..times {
            let focused = self.browser.client().active_element().await.unwrap();
            focused.send_keys(key).await.unwrap();
        }
    }

    /// Tabs on to an element.
    async fn tab_to(&self, id: &str) {
        for _ in 0..40 {
            self.press(TAB, 1).await;
            let focused: String = self.browser.run("return document.activeElement.id").await.unwrap();
            if focused == id {
                return;
            }
        }
        panic!("Tab does not get to #{id}");
    }

    /// The console has nothing to say: no errors, no violations of the content security policy.
    async fn assert_quiet(&self) {
        self.assert_quiet_but(|_| false).await;
    }

    async fn assert_quiet_but(&self, expected: impl Fn(&str) -> bool) {
        let lines = self.browser.console().await.unwrap();
        // Our own reading of the network's view.
        let is_ours = |line: &str| line.contains("willReadFrequently");
        let others: Vec<_> = lines.iter().filter(|line| !is_ours(line) && !expected(line)).collect();
        assert!(others.is_empty(), "the console says {others:#?}");
    }
}

// As WebDriver writes keys.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const LEFT: &str = "\u{e012}";
const UP: &str = "\u{e013}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const DELETE: &str = "\u{e017}";

#[tokio::test]
async fn the_page_is_isolated_and_every_wasm_variant_starts() {
    let server = serve(Data::Absent).await;
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url()).await.unwrap();
    let isolated: bool = browser.run("return crossOriginIsolated").await.unwrap();
    assert!(isolated, "without isolation there is no SharedArrayBuffer");
    for variant in
        VARIANTS.iter().filter(|it| project::dist().join("wasm").join(it.name).join("sumi.js").exists())
    {
        let script = "const module = await import(`/wasm/${args[0]}/sumi.js`);
            return (await module.default()).memory instanceof WebAssembly.Memory";
        let starts: bool = browser.run_with(script, vec![variant.name.into()]).await.unwrap();
        assert!(starts, "the wasm variant {} does not start", variant.name);
    }
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn trains_on_mnist_and_reads_what_is_drawn() {
    let page = Page::open(Data::Folder(mnist_folder()), "").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#dataset").await, "MNIST, 60,000 digits");

    // Before training: an answer, and a word that nothing is behind it.
    page.read(Pointer::Mouse, SEVEN).await;
    page.wait_for("#answer[data-state=untrained]").await;

    page.train().await;
    let epochs = page.epochs().await;
    println!("epochs: {epochs:?}");
    assert_eq!(epochs.len(), 5);
    assert!(epochs.windows(2).all(|pair| pair[1][0] < pair[0][0]), "the loss does not fall: {epochs:?}");
    assert!(epochs[4][0] < epochs[0][0] / 2.0, "the loss hardly falls: {epochs:?}");
    let (loss, accuracy) = (page.number("#test-loss").await, page.number("#test-accuracy").await);
    println!("test: loss {loss}, accuracy {accuracy}");
    assert!(accuracy >= 0.973, "test accuracy {accuracy}");
    assert!(loss < 0.1, "test loss {loss}");
    assert_eq!(page.text("#headline-number").await, format!("{:.1}%", 100.0 * accuracy));
    assert_eq!(
        page.browser
            .run::<u32>("return document.querySelectorAll('#epoch-rows [data-state=done]').length")
            .await
            .unwrap(),
        5
    );

    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("2", TWO), ("3", THREE), ("7", SEVEN)] {
        let read = page.read(Pointer::Mouse, strokes).await;
        println!("{digit} is read as {read}: {:?}", page.probabilities().await);
        assert_eq!(read, digit);
    }
    page.assert_quiet().await;
}

#[tokio::test]
async fn without_data_it_trains_on_built_in_digits() {
    let page = Page::open(Data::Absent, "").await;
    page.wait_for_state("failed").await;
    let message = page.text("#failure-message").await;
    assert!(message.contains(TRAIN_IMAGES.name) && message.contains("404"), "{message}");
    assert!(page.browser.find("#retry-button").await.unwrap().is_displayed().await.unwrap());
    assert!(page.browser.find("#train-button").await.unwrap().attr("disabled").await.unwrap().is_some());

    page.click("#builtin-button").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;
    let dataset = page.text("#dataset").await;
    assert!(dataset.contains("Built-in digits, not MNIST"), "{dataset}");
    assert!(!page.browser.find("#failure").await.unwrap().is_displayed().await.unwrap());

    page.train().await;
    let accuracy = page.number("#test-accuracy").await;
    println!("test accuracy on built-in digits: {accuracy}");
    // They are made to vary more than MNIST's do.
    assert!(accuracy >= 0.92, "test accuracy on built-in digits {accuracy}");
    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("3", THREE), ("7", SEVEN)] {
        let read = page.read(Pointer::Mouse, strokes).await;
        assert_eq!(read, digit, "{:?}", page.probabilities().await);
    }
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("404")).await;
}

/// The ten numbers change while the pen is down and the network trains.
#[tokio::test]
async fn the_answer_follows_the_pen_while_training_goes_on() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=100").await;
    page.wait_for_state("ready").await;

    // Ink that lies still is read anew as the network learns.
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=untrained]").await;
    page.click("#train-button").await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    page.click("#clear-button").await;
    page.wait_for("#answer[data-state=empty]").await;

    let canvas = page.browser.find("#canvas").await.unwrap();
    let (_, _, width, height) = canvas.rectangle().await.unwrap();
    let to = |(x, y): (f64, f64)| PointerAction::MoveToElement {
        element: canvas.clone(),
        duration: Some(Duration::from_millis(10)),
        x: ((x - 0.5) * width).round(),
        y: ((y - 0.5) * height).round(),
    };
    let mut seen = Vec::new();
    let down = PointerAction::Down { button: MOUSE_BUTTON_LEFT };
    let start = MouseActions::new("pen".into()).then(to(SEVEN[0][0])).then(down);
    page.browser.client().perform_actions(start).await.unwrap();
    for part in SEVEN[0][1..].chunks(3) {
        let stroke =
            part.iter().fold(MouseActions::new("pen".into()), |stroke, &point| stroke.then(to(point)));
        page.browser.client().perform_actions(stroke).await.unwrap();
        page.wait_for("#answer[data-digit]").await;
        // The pen is down still, and training goes on.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(page.state().await, "training");
        seen.push((page.probabilities().await.unwrap(), page.view().await));
    }
    assert!(seen.windows(2).all(|pair| pair[0].1 != pair[1].1), "the view does not follow the pen");
    let best = |p: &[f64]| p.iter().copied().fold(f64::MIN, f64::max);
    assert!(
        seen.windows(2).any(|pair| pair[0].0 != pair[1].0),
        "the answer does not follow the pen: {seen:?}"
    );
    assert!(seen.iter().all(|(p, _)| best(p) > 10.0 && (p.iter().sum::<f64>() - 100.0).abs() < 1.0));
    let up = PointerAction::Up { button: MOUSE_BUTTON_LEFT };
    page.browser.client().perform_actions(MouseActions::new("pen".into()).then(up)).await.unwrap();
    assert_eq!(page.state().await, "training");
    page.assert_quiet().await;
}

#[tokio::test]
async fn pauses_resumes_stops_resets_and_repeats_a_seed() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=3&seed=7").await;
    page.wait_for_state("ready").await;

    // Pause holds still; Resume goes on to the end.
    page.click("#train-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    assert_eq!(page.text("#train-button").await, "Pause");
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let held = page.text("#progress-detail").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(page.text("#progress-detail").await, held);
    assert_eq!(page.text("#train-button").await, "Resume");
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    let first = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(first.0.len(), 3);

    // Reset: nothing is left of the run.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#test-accuracy").await, "–");
    assert_eq!(page.text("#epoch-rows tr:first-child td").await, "–");
    assert_eq!(page.text("#headline-number").await, "");

    // The same seed without a pause: the same numbers.
    page.train().await;
    let again = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(again, first, "the same seed, another run");

    // Stop tests what there is; Train again begins from the start.
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    assert_ne!(page.text("#test-accuracy").await, first.2);
    assert_eq!(page.text("#train-button").await, "Train again");
    page.train().await;
    let third = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(third, first, "the same seed after a stop, another run");

    // Another seed, other numbers. Reset in the middle of training works too.
    page.visit("?data=builtin&epochs=1&seed=8").await;
    page.wait_for_state("ready").await;
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.train().await;
    assert_ne!(page.epochs().await[0], first.0[0]);
    page.assert_quiet().await;
}

/// The button still says Pause while the network is tested: a click then comes too late, and must not begin anew.
#[tokio::test]
async fn a_pause_that_comes_too_late_does_nothing() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    let click_late = "new MutationObserver(() => {
            if (document.body.dataset.state !== 'evaluating') return;
            document.body.dataset.clickedLate = 'yes';
            document.getElementById('train-button').click();
        }).observe(document.body, { attributes: true, attributeFilter: ['data-state'] });";
    page.browser.run::<()>(click_late).await.unwrap();
    page.train().await;
    page.wait_for("body[data-clicked-late]").await;
    let accuracy = page.text("#test-accuracy").await;
    // The worker has answered this before it would have begun anything.
    page.read(Pointer::Mouse, ONE).await;
    assert_eq!((page.state().await.as_str(), page.text("#test-accuracy").await), ("done", accuracy));
}

#[tokio::test]
async fn train_may_be_pressed_before_the_digits_are_there() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("loading").await;
    page.click("#train-button").await;
    page.wait_for_state("queued").await;
    page.click("#train-button").await;
    page.wait_for_state("loading").await;
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    page.assert_quiet().await;
}

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

#[tokio::test]
async fn everything_works_by_keyboard() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2").await;
    page.wait_for_state("ready").await;
    page.tab_to("train-button").await;
    page.press(ENTER, 1).await;
    page.wait_for_state("done").await;
    assert_eq!(page.browser.run::<String>("return document.activeElement.id").await.unwrap(), "train-button");

    // A seven: across from left to right, then down to the left.
    page.tab_to("canvas").await;
    page.press(LEFT, 7).await;
    page.press(" ", 1).await;
    page.press(RIGHT, 12).await;
    for _ in 0..5 {
        page.press(DOWN, 3).await;
        page.press(LEFT, 1).await;
    }
    page.press(" ", 1).await;
    page.wait_for_text("#announce", |text| text.starts_with("It reads")).await;
    page.wait_for("#answer[data-digit='7']").await;

    // A second stroke, taken back; then all of it.
    let view = page.view().await;
    page.press(" ", 1).await;
    page.press(UP, 5).await;
    page.press(" ", 1).await;
    page.wait_for("#answer[data-digit]").await;
    page.press("u", 1).await;
    let start = Instant::now();
    while page.view().await != view {
        assert!(start.elapsed() < PATIENCE, "undo leaves another drawing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.press(DELETE, 1).await;
    page.wait_for("#answer[data-state=empty]").await;
    assert_eq!(page.probabilities().await, None);
    assert!(page.view().await.iter().all(|&value| value == 0));

    // On to the end of the page without being caught anywhere.
    page.press(TAB, 1).await;
    let focused: String = page.browser.run("return document.activeElement.id").await.unwrap();
    assert_ne!(focused, "canvas");
    page.assert_quiet().await;
}

#[tokio::test]
async fn mouse_pen_and_finger_draw_alike() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for("#backend:not(:empty)").await;
    page.browser.resize(360, 800).await.unwrap();
    let mut views = Vec::new();
    for pointer in [Pointer::Mouse, Pointer::Pen, Pointer::Touch] {
        page.read(pointer, SEVEN).await;
        let scrolled: f64 = page.browser.run("return scrollY").await.unwrap();
        let view = page.view().await;
        assert!(view.iter().any(|&value| value > 200), "{pointer:?} leaves no ink");
        views.push((view, scrolled));
    }
    assert_eq!(views[1], views[0], "the pen draws unlike the mouse");
    assert_eq!(views[2], views[0], "the finger draws unlike the mouse, or scrolls the page");

    // The ink stays where the sheet grows, and a stroke taken back was the last.
    page.browser.resize(1440, 900).await.unwrap();
    page.browser.draw("#canvas", Pointer::Touch, &[&[(0.3, 0.5), (0.7, 0.5)]]).await.unwrap();
    let start = Instant::now();
    while page.view().await == views[0].0 {
        assert!(start.elapsed() < PATIENCE, "the bar of the seven is not seen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.click("#undo-button").await;
    let start = Instant::now();
    while page.view().await != views[0].0 {
        assert!(start.elapsed() < PATIENCE, "resizing has changed the ink");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.click("#clear-button").await;
    page.wait_for("#answer[data-state=empty]").await;
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
async fn every_bad_file_is_named_and_both_ways_on_are_offered() {
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
async fn a_server_that_falls_silent_or_goes_away_is_a_failure_like_any_other() {
    let mut page = Page::open(Data::answer(|_| Response::new(Body::new(Silence))), "").await;
    let silent = |text: &str| text.contains("sent nothing for 20 seconds");
    println!("{}", page.wait_for_text("#failure-message", silent).await);
    page.wait_for_state("failed").await;

    // The page's own server ends; where the page came from, nobody answers any more.
    page.server = serve(Data::Absent).await;
    page.click("#retry-button").await;
    let gone = |text: &str| text.contains(TRAIN_IMAGES.name) && text.contains("Failed to fetch");
    println!("{}", page.wait_for_text("#failure-message", gone).await);
    page.wait_for_state("failed").await;
    page.click("#builtin-button").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn try_again_works_once_the_server_does_and_the_next_visit_needs_no_network() {
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

#[tokio::test]
async fn an_address_that_makes_no_sense_is_answered_plainly() {
    let page = Page::open(Data::Absent, "?seed=-1&epochs=lots&data=cats").await;
    let notice = page.text("#address-notice").await;
    for words in ["“-1”", "“lots”", "“cats”", "Seed 1 is used", "5 are used", "mnist is used"] {
        assert!(notice.contains(words), "{words} is not in {notice:?}");
    }
    assert_eq!(page.epoch_rows().await, 5);
    page.wait_for_state("failed").await;

    for junk in [
        "?seed=4294967296",
        "?seed=1.5",
        "?seed=",
        "?epochs=0",
        "?epochs=101",
        "?epochs=5e1",
        "?data=%3Cb%3E",
        "?backend=tpu",
        "?threads=0",
        "?threads=17",
        "?threads=two",
    ] {
        page.visit(junk).await;
        assert!(page.browser.find("#address-notice").await.unwrap().is_displayed().await.unwrap(), "{junk}");
        assert_eq!(page.epoch_rows().await, 5, "{junk}");
    }
    for good in ["", "?threads=16", "?seed=0", "?seed=4294967295&epochs=100", "?data=builtin&unknown=1"] {
        page.visit(good).await;
        assert!(!page.browser.find("#address-notice").await.unwrap().is_displayed().await.unwrap(), "{good}");
    }
    page.visit("?epochs=12").await;
    assert_eq!(page.epoch_rows().await, 12);
}

/// The page's own files of a kind, by their path in `www/`; not those of its vendors, and not its texts.
fn sources(extension: &str) -> BTreeMap<String, String> {
    let folder = project::root().join("www");
    let paths = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| path.extension().is_some_and(|it| it == extension));
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

/// Both languages have the same texts, taking the same parameters; every text is used, and every one that is used is there; and
/// what stands in the HTML before any script runs is the English.
#[tokio::test]
async fn every_text_is_there_in_both_languages_and_used() {
    let page = Page::open(Data::Absent, "").await;
    let script = r#"
        const [scripts, pages] = args;
        const { en } = await import('/strings/en.js');
        const { ja } = await import('/strings/ja.js');
        const problems = [];

        // A text by its path, and how many parameters it takes; nothing where it is a plain text.
        const flat = (texts, path = '') => Object.entries(texts).flatMap(([key, text]) =>
            typeof text === 'object' ? flat(text, `${path}${key}.`) : [[path + key, text]]);
        const kind = (text) => (typeof text === 'function' ? `${text.length} parameters` : 'a text');
        const [english, japanese] = [new Map(flat(en)), new Map(flat(ja))];
        for (const [path, text] of english) {
            if (!japanese.has(path)) problems.push(`ja has no ${path}`);
            // A language may leave out what it has no use for, at the end.
            else if (typeof text !== typeof japanese.get(path)) problems.push(`${path} is ${kind(text)}, in ja ${kind(japanese.get(path))}`);
            if (text === '' || japanese.get(path) === '') problems.push(`${path} is empty`);
            const names = (text) => (typeof text === 'string' ? [...text.matchAll(/<(\w+)>/g)].map((it) => it[1]).sort().join() : '');
            if (names(text) !== names(japanese.get(path))) problems.push(`${path} marks other elements in ja`);
        }
        for (const path of japanese.keys()) if (!english.has(path)) problems.push(`en has no ${path}`);

        const used = new Set();
        const use = (path, where) => {
            const found = [...english.keys()].filter((it) => it === path || it.startsWith(`${path}.`));
            if (found.length === 0) problems.push(`${where} uses ${path}, which there is not`);
            return found;
        };
        for (const [name, text] of Object.entries(scripts)) {
            for (const [, path, all] of text.matchAll(/\bstrings((?:\.\w+)+)(\[)?/g)) {
                const found = use(path.slice(1), name);
                if (all || found.length === 1) for (const each of found) used.add(each);
            }
        }
        for (const [name, text] of Object.entries(pages)) {
            const parsed = new DOMParser().parseFromString(text, 'text/html');
            const plain = (text) => text.replace(/\s+/g, ' ').trim();
            for (const [attribute, said] of [
                ['data-text', (it) => it.textContent],
                ['data-label', (it) => it.getAttribute('aria-label')],
                ['data-content', (it) => it.getAttribute('content')],
            ]) {
                for (const element of parsed.querySelectorAll(`[${attribute}]`)) {
                    const key = element.getAttribute(attribute);
                    for (const each of use(`page.${key}`, name)) used.add(each);
                    const want = (en.page[key] ?? '').replace(/<\/?\w+>/g, '');
                    if (plain(said(element) ?? '') !== want) problems.push(`${name} has ${plain(said(element))} for ${key}: ${want}`);
                    if (attribute !== 'data-text') continue;
                    for (const part of element.querySelectorAll('[data-part]')) {
                        const words = `<${part.dataset.part}>${plain(part.textContent)}</${part.dataset.part}>`;
                        if (!en.page[key].includes(words)) problems.push(`${key} has no ${words}`);
                    }
                }
            }
        }
        for (const path of english.keys()) if (!used.has(path)) problems.push(`nobody uses ${path}`);
        return problems;
    "#;
    let args = vec![json!(sources("js")), json!(sources("html"))];
    let problems: Vec<String> = page.browser.run_with(script, args).await.unwrap();
    assert!(problems.is_empty(), "{problems:#?}");
}

impl Page {
    /// Every text and label that the page shows; code, symbols and what Keras prints left out.
    async fn shown(&self) -> Vec<String> {
        let script = "const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const texts = [];
            while (walker.nextNode()) {
                const { parentElement, data } = walker.currentNode;
                if (data.trim() && parentElement.checkVisibility() && !parentElement.closest('code, i, sub, #fit-log, #summary-rows')) texts.push(data.trim());
            }
            const labels = [...document.querySelectorAll('[aria-label]')].map((it) => it.getAttribute('aria-label'));
            return [document.title, ...texts, ...labels]";
        self.browser.run(script).await.unwrap()
    }
}

/// The bands beside a visitor's run are those of the recorded seeds.
#[tokio::test]
async fn the_bands_are_what_was_measured() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    let script = "return import('/band.js').then(({ SUMI, KERAS }) => [SUMI, KERAS])";
    let shown: Vec<serde_json::Value> = page.browser.run(script).await.unwrap();
    for (band, file) in shown.iter().zip(["sumi", "keras"]) {
        let path = project::root().join("www/seeds").join(format!("{file}.json"));
        let seeds: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let runs = seeds["runs"].as_array().unwrap();
        assert_eq!(band["seeds"], runs.len(), "{file}");
        for what in ["accuracy", "loss"] {
            let values: Vec<f64> = runs.iter().map(|run| run[what].as_f64().unwrap()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            for (name, want) in [
                ("mean", mean),
                ("deviation", (squares / (values.len() - 1) as f64).sqrt()),
                ("lowest", values.iter().copied().fold(f64::INFINITY, f64::min)),
                ("highest", values.iter().copied().fold(0.0, f64::max)),
            ] {
                let got = band[what][name].as_f64().unwrap();
                assert!((got - want).abs() <= 0.5001e-4, "{file}: {what}, {name} is {got}, want {want}");
            }
        }
    }
}

/// A switch of language changes every text and nothing else: not the run, and not what is drawn.
#[tokio::test]
async fn languages_change_every_text_and_no_run() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=100").await;
    page.wait_for("html[lang=en]").await;
    page.wait_for_state("ready").await;
    page.read(Pointer::Mouse, ZERO).await;
    page.click("#train-button").await;
    page.wait_for("#epoch-rows tr:nth-child(1)[data-state=done]").await;
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    let english = page.shown().await;
    let loss = page.text("#epoch-rows td").await;

    page.click("#language [lang=ja]").await;
    page.wait_for("html[lang=ja]").await;
    assert_eq!(page.state().await, "paused");
    assert_eq!(page.text("#epoch-rows td").await, loss);
    assert_eq!(page.text("#train-button").await, "再開");
    assert!(page.text("#progress-text").await.starts_with("一時停止中"));
    let japanese = page.shown().await;
    // Words that stay: names, units, code, and what Keras prints.
    let is_japanese = |text: &str| text.chars().any(|it| ('\u{3040}'..'\u{a000}').contains(&it));
    let stays = |text: &str| {
        !text.chars().any(|it| it.is_ascii_lowercase()) || STAYS.iter().any(|it| text.contains(it))
    };
    let left: Vec<_> =
        japanese.iter().filter(|text| english.contains(text) && !is_japanese(text) && !stays(text)).collect();
    assert!(left.is_empty(), "still English: {left:#?}");

    // On with the run; and back, to the letter.
    page.click("#train-button").await;
    page.wait_for("#epoch-rows tr:nth-child(2)[data-state=done]").await;
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    page.click("#language [lang=en]").await;
    page.wait_for("html[lang=en]").await;
    let back = page.shown().await;
    assert!(!back.iter().any(|text| is_japanese(text) && text != "日本語"), "still Japanese: {back:#?}");
    assert_eq!(page.text("#train-button").await, "Resume");

    // What was chosen is kept for the next visit; the address has the last word.
    page.click("#language [lang=ja]").await;
    page.visit("?data=builtin").await;
    page.wait_for("html[lang=ja]").await;
    assert_eq!(
        page.browser.client().title().await.unwrap(),
        "Sumi(墨): 小さなネットワークが数字の読み方を学ぶ"
    );
    page.visit("?data=builtin&lang=en").await;
    page.wait_for("html[lang=en]").await;
    page.visit("?data=builtin&lang=xx").await;
    page.wait_for("html[lang=ja]").await;
    assert!(page.text("#address-notice").await.contains("「xx」"));
    page.assert_quiet().await;

    // The bench page speaks it too, also of what it has measured.
    page.visit("bench.html?steps=2&repeats=1&run=1").await;
    page.wait_for("html[lang=ja]").await;
    assert_eq!(page.text("h1").await, "ここではどれくらい速い?");
    page.wait_for("#status[data-state=done]").await;
    assert_eq!(page.text("#status").await, "終わりました。");
    assert!(page.text("#runs tbody").await.contains(" ～ "));
}

/// Of what has been neither chosen nor asked for, the browser's languages decide: the first that there is.
#[tokio::test]
async fn languages_come_from_the_browser() {
    for (browsers, wanted) in [("ja-JP,en", "ja"), ("fr,ja,en", "ja"), ("en-GB,ja", "en"), ("fr", "en")] {
        let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
        let languages = json!({ "userAgent": "", "acceptLanguage": browsers });
        page.browser.devtools("Emulation.setUserAgentOverride", languages).await.unwrap();
        page.visit("").await;
        page.wait_for(&format!("html[lang={wanted}]")).await;
    }
}

/// The names of a JSON object's members, in order.
fn names(object: &serde_json::Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

impl Page {
    /// What the bench page has left.
    async fn measured(&self) -> serde_json::Value {
        self.wait_for("#status[data-state=done]").await;
        let json: String =
            self.browser.run("return document.getElementById('result').textContent").await.unwrap();
        serde_json::from_str(&json).unwrap()
    }
}

/// An address that says so measures at once, and leaves what was measured as JSON, in the element and for download.
#[tokio::test]
async fn the_bench_page_measures_what_its_address_asks_for() {
    let query = "bench.html?backend=simd&threads=1&batch=16&hidden=20&steps=3&repeats=4&run=1";
    let page = Page::open(Data::Absent, query).await;
    let measured = page.measured().await;
    let run = &measured["runs"][0];
    for (name, wanted) in [
        ("backend", json!("simd")),
        ("threads", json!(1)),
        ("batch", json!(16)),
        ("hidden", json!(20)),
        ("steps", json!(3)),
        ("dispatches_per_step", json!(null)),
        ("submits_per_step", json!(null)),
        ("encode_ms_per_step", json!(null)),
        ("depth", json!(1)),
        ("adapter", json!(null)),
    ] {
        assert_eq!(run[name], wanted, "{name}");
    }
    let times: Vec<f64> = serde_json::from_value(run["ms_per_step"].clone()).unwrap();
    assert!(times.len() == 4 && times.iter().all(|&ms| ms >= 0.0), "{times:?}");
    assert_eq!(measured["runs"].as_array().unwrap().len(), 1);
    assert_eq!(measured["data"], "builtin");
    let folder = tempfile::tempdir().unwrap();
    let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
    page.browser.devtools("Browser.setDownloadBehavior", allow).await.unwrap();
    page.click("#download").await;
    let file = folder.path().join("sumi-bench.json");
    let start = Instant::now();
    let downloaded = loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) {
            break json;
        }
        assert!(start.elapsed() < PATIENCE, "no JSON in {}: {text:?}", file.display());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(downloaded, measured);

    // The form goes on from there; each run is a row of the table and of the JSON.
    page.browser.run::<()>("document.querySelector('[name=hidden]').value = 12").await.unwrap();
    page.click("button[value=steps]").await;
    page.wait_for("#runs tbody tr:nth-child(2)").await;
    let measured = page.measured().await;
    assert_eq!(measured["runs"][1]["hidden"], 12);
    assert_eq!(page.text("#runs tbody tr:nth-child(2) td:nth-child(5)").await, "12");
    page.assert_quiet().await;
}

/// With several threads the page makes the other workers, and lets them go.
#[tokio::test]
async fn the_bench_page_computes_on_two_threads() {
    let query = "bench.html?threads=2&batch=8&hidden=64&depth=2&steps=20&repeats=2&run=1";
    let page = Page::open(Data::Absent, query).await;
    let measured = page.measured().await;
    let run = &measured["runs"][0];
    assert_eq!((&run["threads"], &run["depth"]), (&json!(2), &json!(2)));
    assert_eq!(run["ms_per_step"].as_array().unwrap().len(), 2);
    // There is only one queue.
    page.visit("bench.html?backend=reference&threads=2&steps=1&repeats=1&run=1").await;
    page.wait_for("#status[data-state=failed]").await;
    assert_eq!(page.text("#status").await, "threads is 2: only the backend simd computes on more than one.");
}

/// The other three buttons, by their addresses.
#[tokio::test]
async fn the_bench_page_measures_parts_tasks_and_limits() {
    let page = Page::open(Data::Absent, "bench.html?what=parts&hidden=32&depth=2&steps=5&run=1").await;
    let measured = page.measured().await;
    let parts = &measured["parts"][0];
    assert_eq!(names(parts), ["batch", "build", "depth", "hidden", "ms", "steps"]);
    let parts: Vec<(String, [f64; 1])> = serde_json::from_value(parts["ms"].clone()).unwrap();
    let named: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    assert!(named.contains(&"batch") && named.contains(&"dense_forward 3"), "{named:?}");
    assert!(parts.iter().map(|(_, [ms])| ms).sum::<f64>() > 0.0, "{parts:?}");
    assert_eq!(page.text("#parts tbody tr:last-child td").await, "All of it");

    page.visit("bench.html?what=tasks&repeats=1&run=1").await;
    let measured = page.measured().await;
    let tasks: Vec<(String, [f64; 1])> = serde_json::from_value(measured["tasks"][0]["ms"].clone()).unwrap();
    assert_eq!(tasks.len(), 7);
    assert!(tasks.iter().all(|(_, [ms])| *ms > 0.0), "{tasks:?}");

    page.visit("bench.html?what=ceilings&repeats=1&run=1").await;
    let measured = page.measured().await;
    let ceilings: Vec<(String, [f64; 2])> =
        serde_json::from_value(measured["ceilings"][0]["per_ns"].clone()).unwrap();
    assert!(ceilings.iter().all(|(_, [best, median])| best >= median && *median > 0.0), "{ceilings:?}");
    assert_eq!(ceilings.len(), sumi::bench::ceiling::Resource::all().count());
    assert_eq!(page.text("#ceilings tbody tr:first-child td").await, "Multiply-adds");
    page.assert_quiet().await;
}

/// What an address cannot have is said in a sentence, and nothing is measured.
#[tokio::test]
async fn the_bench_page_refuses_what_it_cannot_measure() {
    let page = Page::open(Data::Absent, "bench.html").await;
    for (query, sentence) in [
        ("batch=0", "The address asks for batch=0: choose a whole number from 1 to 4,096."),
        ("hidden=many", "The address asks for hidden=many: choose a whole number from 1 to 4,096."),
        ("threads=1.5", "The address asks for threads=1.5: choose a whole number from 1 to 64."),
        ("backend=abacus", "The address asks for backend=abacus: choose one of simd, gpu, reference."),
        ("build=fast", "The address asks for build=fast: choose one of relaxed, simd128."),
        ("what=nothing", "The address asks for what=nothing: choose one of steps, parts, tasks, ceilings."),
    ] {
        page.visit(&format!("bench.html?{query}&run=1")).await;
        page.wait_for("#status[data-state=failed]").await;
        assert_eq!(page.text("#status").await, sentence, "{query}");
        let result: String =
            page.browser.run("return document.getElementById('result').textContent").await.unwrap();
        assert_eq!(result, "", "{query}");
        // The form is there for a better choice.
        page.wait_for("button[value=steps]:enabled").await;
    }
    page.assert_quiet().await;
}

/// Nothing sticks out on a phone, with all four tables there.
#[tokio::test]
async fn the_bench_page_fits_a_phone() {
    let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
    page.browser.resize(360, 800).await.unwrap();
    for lang in ["en", "ja"] {
        page.visit(&format!("bench.html?hidden=16&steps=2&repeats=2&lang={lang}&run=1")).await;
        for (what, section) in [("parts", "#parts"), ("ceilings", "#ceilings"), ("tasks", "#tasks")] {
            page.measured().await;
            page.click(&format!("button[value={what}]")).await;
            page.wait_for(&format!("{section}:not([hidden])")).await;
        }
        page.measured().await;
        let script = "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]";
        let [content, viewport]: [u32; 2] = page.browser.run(script).await.unwrap();
        assert_eq!(content, viewport, "{lang}");
        if let Some(folder) = env::var_os("SCREENSHOTS") {
            for (name, scheme) in [("light", ColorScheme::Light), ("dark", ColorScheme::Dark)] {
                page.browser.set_color_scheme(scheme).await.unwrap();
                for (width, height) in [(360, 3200), (1440, 2000)] {
                    page.browser.resize(width, height).await.unwrap();
                    let file = format!("bench-{lang}-{name}-{width}.png");
                    page.browser.screenshot(&Path::new(&folder).join(file)).await.unwrap();
                }
            }
            page.browser.resize(360, 800).await.unwrap();
        }
    }
}

/// Untranslated on purpose.
const STAYS: &[&str] = &["English", "Sumi", "MNIST", "SIMD", "Adam", "MB"];

/// Whatever the browser lacks is named, with the browsers that have it.
#[tokio::test]
async fn an_unsupported_browser_is_told_what_it_lacks() {
    for (missing, word) in [
        ("delete globalThis.WebAssembly", "WebAssembly"),
        ("delete globalThis.DecompressionStream", "DecompressionStream"),
        ("delete globalThis.Worker", "module workers"),
    ] {
        let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
        let source = json!({ "source": missing });
        page.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await.unwrap();
        page.visit("").await;
        page.wait_for_state("unsupported").await;
        let message = page.text("#failure-message").await;
        assert!(message.contains(word) && message.contains("Firefox"), "{message}");
        page.assert_quiet().await;
    }
}

/// The site as it is, to be changed.
fn copy_of_site() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            let is_twin = Path::new(&name).extension().is_some_and(|it| it == "br" || it == "gz");
            if entry.path().is_dir() {
                copy(&entry.path(), &to.join(name));
            } else if !is_twin {
                fs::copy(entry.path(), to.join(name)).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&project::dist(), folder.path());
    folder
}

/// The site as it is, but for a Session of the test's own.
fn site_with_session(script: &str) -> tempfile::TempDir {
    let folder = copy_of_site();
    for variant in fs::read_dir(folder.path().join("wasm")).unwrap() {
        let path = variant.unwrap().path();
        if path.is_dir() {
            fs::write(path.join("sumi.js"), script).unwrap();
        }
    }
    folder
}

#[tokio::test]
async fn what_breaks_in_the_worker_is_shown() {
    for (session, words) in [
        ("export default () => { throw new Error('no such wasm'); }", "no such wasm"),
        ("this is no JavaScript", "Unexpected"),
        (
            "let listener;
             export default async () => {};
             export const onPanic = (it) => { listener = it; };
             export class Session {
                 predict() { listener('panicked at src/simd/mod.rs'); throw new WebAssembly.RuntimeError('unreachable'); }
             }
             export const fetchMnist = () => new Promise(() => {});",
            "panicked at src/simd/mod.rs",
        ),
    ] {
        let folder = site_with_session(session);
        let server = Server::start(folder.path(), Data::Absent).await.unwrap();
        let page = Page { browser: Browser::start().await.unwrap(), server };
        page.visit("").await;
        if session.contains("panic") {
            page.wait_for_state("loading").await;
            page.browser.draw("#canvas", Pointer::Mouse, ONE).await.unwrap();
        }
        page.wait_for_state("broken").await;
        let title = page.text("#failure-title").await;
        let message = page.text("#failure-message").await;
        assert!(title.contains("Something broke in the training code"), "{title}");
        assert!(message.contains(words) && message.contains("Reload"), "{message}");
        assert!(page.browser.find("#reload-button").await.unwrap().is_displayed().await.unwrap());
    }
}

// ---- The notebook and the step inspector ----

impl Page {
    /// The values of all `data` elements that a selector finds.
    async fn values(&self, selector: &str) -> Vec<f64> {
        let script = "return [...document.querySelectorAll(args[0])].map((it) => it.value)";
        let values: Vec<String> = self.browser.run_with(script, vec![selector.into()]).await.unwrap();
        values.iter().map(|it| it.parse().unwrap_or_else(|_| panic!("{selector}: {it:?}"))).collect()
    }

    async fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(args[0])].map((it) => it.textContent.trim())";
        self.browser.run_with(script, vec![selector.into()]).await.unwrap()
    }

    async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.browser.find(selector).await.unwrap().attr(name).await.unwrap()
    }

    /// The numbers of the update that the inspector shows, by name; a number that stands there twice is the same.
    async fn update(&self) -> BTreeMap<String, f64> {
        let script = "const values = {};
            for (const it of document.querySelectorAll('#inspector data[data-value]')) {
                const { value } = it.dataset;
                if ((values[value] ?? it.value) !== it.value) throw new Error(`two values of ${value}`);
                if (!it.textContent.match(/[0-9]/)) throw new Error(`${value} is written ${it.textContent}`);
                values[value] = it.value;
            }
            return values";
        let values: BTreeMap<String, String> = self.browser.run(script).await.unwrap();
        values.into_iter().map(|(name, value)| (name, value.parse().unwrap())).collect()
    }

    /// Waits for a step to be shown, and checks its arithmetic.
    async fn wait_for_inspected(&self, step: u32) -> BTreeMap<String, f64> {
        self.wait_for(&format!("#inspector[data-state=shown][data-step='{step}']")).await;
        let update = self.update().await;
        check_adam(&update, step);
        update
    }

    /// Types a number into a field and leaves it.
    async fn fill(&self, selector: &str, number: u32) {
        let field = self.browser.find(selector).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(&format!("{number}{TAB}")).await.unwrap();
    }
}

/// The page's values are f32, so each line of the update holds within a few roundings of its terms.
fn check_adam(update: &BTreeMap<String, f64>, step: u32) {
    let at = |name: &str| update[name];
    let close = |name: &str, want: f64, terms: f64| {
        let (got, tolerance) =
            (at(name), 4.0 * f64::from(f32::EPSILON) * terms + f64::from(f32::MIN_POSITIVE));
        assert!((got - want).abs() <= tolerance, "step {step}: {name} is {got}, want {want} ± {tolerance}");
    };
    assert_eq!(at("t"), f64::from(step));
    assert_eq!([at("alpha"), at("beta1"), at("beta2"), at("epsilon")], [1e-3, 0.9, 0.999, 1e-7]);
    let (g, m1, v1) = (at("g"), at("m1"), at("v1"));
    close("m1", 0.9 * at("m0") + 0.1 * g, at("m0").abs() + g.abs());
    close("v1", 0.999 * at("v0") + 0.001 * g * g, at("v0") + g * g);
    // As f32 has them, the betas are up to 3e-8 off 0.9 and 0.999: of 1 - 0.999 that is 3e-5.
    let rate = 1e-3 * (1.0 - 0.999f64.powi(step as i32)).sqrt() / (1.0 - 0.9f64.powi(step as i32));
    assert!((at("rate") / rate - 1.0).abs() < 3e-5, "step {step}: rate {}, want {rate}", at("rate"));
    let moved = at("rate") * m1 / (v1.sqrt() + 1e-7);
    close("w1", at("w0") - moved, at("w0").abs() + moved.abs());
}

/// All nine cells, with what must hold of their numbers. Answers the numbers, for another language to compare.
async fn walk_the_notebook(page: &Page, lang: &str, epochs: usize) -> Vec<Vec<f64>> {
    page.click(&format!("#language [lang={lang}]")).await;
    page.wait_for(&format!("html[lang={lang}]")).await;
    for cell in 1..=6 {
        page.wait_for(&format!("#cell-{cell}[data-state=done]")).await;
    }
    let titles = page.texts("#cells h3").await;
    let (first, seventh) =
        if lang == "en" { ("Load the digits", "Train") } else { ("数字を読み込む", "訓練する") };
    assert!(titles.len() == 9 && titles[0] == first && titles[6] == seventh, "{titles:?}");

    // 1: pictures with ink, and what they are.
    let labels: Vec<usize> =
        page.texts("#samples figcaption").await.iter().map(|it| it.parse().unwrap()).collect();
    let script = "return [...document.querySelectorAll('#samples canvas')].map((it) =>
        it.getContext('2d').getImageData(0, 0, 28, 28).data.filter((value, i) => i % 4 === 3 && value > 128).length)";
    let ink: Vec<usize> = page.browser.run(script).await.unwrap();
    assert!(labels.len() == 8 && ink.iter().all(|&it| (10..500).contains(&it)), "{labels:?}, {ink:?}");
    for shape in page.texts("#train-shape, #test-shape").await {
        assert!(shape.ends_with(",000 × 28 × 28"), "{shape}");
    }
    // 2: as Keras counts.
    let counts = page.texts("#summary-rows td:last-child").await;
    assert_eq!(counts, ["0", "100,480", "0", "1,290"]);
    assert_eq!(page.text("#total-parameters").await, "101,770 (397.54 KB)");
    // 3, 4, 5: logits, their softmax, its loss.
    let logits = page.values("#logits data").await;
    let probabilities = page.values("#untrained-probabilities data").await;
    let sum: f64 = logits.iter().map(|it| it.exp()).sum();
    assert!(logits.len() == 10 && logits.iter().all(|it| it.abs() < 5.0), "{logits:?}");
    for (logit, probability) in logits.iter().zip(&probabilities) {
        assert!((logit.exp() / sum - probability).abs() < 1e-6, "{logits:?}, {probabilities:?}");
    }
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    assert_eq!(page.text("#probability-sum").await, "1.0000");
    let loss = page.values("#untrained-loss").await[0];
    assert!((loss + probabilities[labels[0]].ln()).abs() < 1e-5, "{loss}, {probabilities:?}");
    assert_eq!(page.text("#guess-loss").await, "2.3026");
    assert_eq!(page.text("#original-untrained-loss").await, "3.0234");
    // 6: Keras's Adam.
    let settings = page.texts("#adam-rate, #adam-beta1, #adam-beta2, #adam-epsilon, #fit-batch").await;
    assert_eq!(settings, ["0.001", "0.9", "0.999", "1\u{a0}×\u{a0}10⁻⁷", "32"]);

    // 7, 8, 9: empty before, and live.
    for cell in 7..=9 {
        assert_eq!(page.attribute(&format!("#cell-{cell}"), "data-state").await.unwrap(), "empty");
    }
    assert_eq!(page.texts("#evaluate-loss, #this-accuracy, #digest").await, ["–"; 3]);
    page.click("#train-button").await;
    page.wait_for("#cell-7[data-state=live]").await;
    page.wait_for("#cell-9[data-state=done]").await;
    page.wait_for_state("done").await;
    let lines = page.texts("#fit-log li").await;
    let rows = page.epochs().await;
    assert_eq!(lines.len(), epochs);
    for (index, (line, [loss, accuracy])) in lines.iter().zip(rows).enumerate() {
        let (head, rest) = line.split_once(&format!("Epoch {}/{epochs}", index + 1)).unwrap();
        let (steps, rest) = rest.split_once(&format!(" {} ", "━".repeat(20))).unwrap();
        let (done, all) = steps.split_once('/').unwrap();
        assert!(head.is_empty() && done == all && done.parse::<u32>().is_ok(), "{line}");
        assert!(rest.ends_with(&format!("/step - accuracy: {accuracy:.4} - loss: {loss:.4}")), "{line}");
    }
    let tested = page.values("#evaluate-loss, #evaluate-accuracy").await;
    assert_eq!(page.text("#evaluate-loss").await, page.text("#test-loss").await);
    assert_eq!(page.text("#this-accuracy").await, page.text("#test-accuracy").await);
    assert_eq!(page.texts("#original-loss, #original-accuracy").await, ["0.0786", "0.9763"]);

    let table = page.values("#answer-rows data").await;
    assert_eq!(table.len(), 50);
    let marked = page.texts("#answer-rows td[data-top=true]").await;
    assert_eq!(marked.len(), 5, "one answer an image");
    let reads = page.texts("#answer-reads td").await;
    for image in 0..5 {
        let column: Vec<f64> = table.iter().skip(image).step_by(5).copied().collect();
        assert!((column.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{column:?}");
        let best = (0..10).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap();
        assert_eq!(reads[image], best.to_string());
        let top = format!("#answer-rows tr:nth-child({}) td:nth-child({})", best + 1, image + 2);
        assert_eq!(page.attribute(&top, "data-top").await.unwrap(), "true");
    }
    assert_eq!(page.text("#this-digits").await, reads.join(" "));
    assert_eq!(page.texts("#answer-originals td").await, ["7", "2", "1", "0", "4"]);
    assert_eq!(page.attribute("#notebook", "data-digest").await.unwrap().len(), 64);
    vec![logits, probabilities, vec![loss], tested, table]
}

#[tokio::test]
async fn the_notebook_is_live_in_both_languages() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&seed=3").await;
    let english = walk_the_notebook(&page, "en", 5).await;
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    assert!(page.text("#comparison-note").await.contains("built-in digits"));
    assert!(page.text("#original-evaluation").await.contains("not comparable"));
    assert!(!page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());

    // Reset: the untrained model's numbers stay, the trained one's go.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    let japanese = walk_the_notebook(&page, "ja", 5).await;
    assert_eq!(japanese, english, "the same seed in another language");
    assert!(page.text("#comparison-note").await.contains("内蔵の数字"));
    page.assert_quiet().await;
}

/// In both languages and all widths: nothing wider than the page, and nothing that moves under the reader while digits load and the
/// network trains. (A shift counts by how much of the screen moves, and how far; 0.1 is what browsers call good.)
#[tokio::test]
async fn nothing_jumps_or_overflows() {
    let watch = "globalThis.shifts = [];
        new PerformanceObserver((list) => {
            for (const it of list.getEntries()) {
                if (it.hadRecentInput) continue;
                const nodes = it.sources.map(({ node }) => node?.id || node?.className || node?.parentElement?.id || node?.nodeName);
                shifts.push([it.value, nodes.join(' ')]);
            }
        }).observe({ type: 'layout-shift', buffered: true });";
    for (width, height) in [(360, 800), (768, 1024), (1440, 900)] {
        let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
        page.browser
            .devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": watch }))
            .await
            .unwrap();
        page.browser.resize(width, height).await.unwrap();
        for lang in ["en", "ja"] {
            // The second time the page comes in the language that was asked for before.
            page.visit(&format!("?data=builtin&epochs=1&lang={lang}")).await;
            page.wait_for("#inspector[data-state=shown]").await;
            for place in ["#train-button", "#cell-7", "#cell-9"] {
                let scroll = "document.querySelector(args[0]).scrollIntoView({ block: 'center' })";
                page.browser.run_with::<()>(scroll, vec![place.into()]).await.unwrap();
                // At the second place a run goes on; at the third, another.
                page.browser.run::<()>("shifts.length = 0").await.unwrap();
                page.browser.run::<()>("document.querySelector('#train-button').click()").await.unwrap();
                page.wait_for("body:not([data-state=done])").await;
                page.wait_for_state("done").await;
                let shifts: Vec<(f64, String)> = page.browser.run("return shifts").await.unwrap();
                let sum: f64 = shifts.iter().map(|it| it.0).sum();
                assert!(sum < 0.02, "{lang}, {width} wide, at {place}: {sum} by {shifts:#?}");
            }
            let script = "const wide = document.documentElement.scrollWidth;
                const out = [...document.body.querySelectorAll('*')].filter((it) => it.getBoundingClientRect().right > args[0]);
                return [wide, out.map((it) => it.id || `${it.className} ${it.textContent}`.slice(0, 60))]";
            let (wide, out): (u32, Vec<String>) =
                page.browser.run_with(script, vec![width.into()]).await.unwrap();
            assert!(wide <= width, "{lang}: {wide} wide on a screen of {width}, by {out:#?}");
        }
        page.assert_quiet().await;
    }
}

/// Headings go down one level at a time, ids are unique, and every control and picture has a name.
#[tokio::test]
async fn everything_has_its_place_and_its_name() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for("#inspector[data-state=shown]").await;
    let script = "const problems = [];
        let level = 0;
        for (const it of document.querySelectorAll('h1, h2, h3, h4')) {
            const next = Number(it.tagName[1]);
            if (next > level + 1) problems.push(`${it.id || it.textContent} is an h${next} after an h${level}`);
            level = next;
        }
        const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
        for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`two are called ${id}`);
        for (const it of document.querySelectorAll('input, select, button, canvas:not(#chart canvas), [role=img], [role=group], [role=radiogroup]')) {
            const labels = [...(it.labels ?? [])].map((label) => label.textContent + (label.querySelector('canvas')?.ariaLabel ?? ''));
            const name = it.getAttribute('aria-label') || labels.join('') || (it.tagName === 'BUTTON' ? it.textContent : '');
            if (!name.trim()) problems.push(`${it.tagName} ${it.id} has no name`);
        }
        for (const it of document.querySelectorAll('[aria-labelledby]')) {
            const name = document.getElementById(it.getAttribute('aria-labelledby'));
            if (!name?.textContent.trim()) problems.push(`${it.id} is named by nothing`);
        }
        return problems";
    let problems: Vec<String> = page.browser.run(script).await.unwrap();
    assert!(problems.is_empty(), "{problems:#?}");
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn the_notebook_is_the_original_run_on_mnist() {
    let page = Page::open(Data::Folder(mnist_folder()), "").await;
    let numbers = walk_the_notebook(&page, "en", 5).await;
    let [loss, accuracy] = numbers[3][..] else { panic!("two numbers") };
    assert!(accuracy >= 0.973 && loss < 0.1, "accuracy {accuracy}, loss {loss}");
    assert_eq!(page.text("#samples figure:first-child figcaption").await, "5");
    assert_eq!(page.texts("#answer-reads td").await, page.texts("#answer-originals td").await);
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "true");
    assert_eq!(page.text("#comparison-note").await, "");
    assert!(page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());

    // A run that is stopped early is no run of the quickstart.
    page.click("#train-button").await;
    page.wait_for("#cell-7[data-state=live]").await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    assert!(page.text("#comparison-note").await.contains("stopped early"));
    assert!(!page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());
    page.click("#reset-button").await;
    page.wait_for("#notebook[data-comparable=true]").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn the_inspector_shows_adams_arithmetic_step_by_step() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&seed=4").await;
    let first = page.wait_for_inspected(1).await;
    assert!(first["g"] != 0.0 && first["m0"] == 0.0 && first["v0"] == 0.0, "{first:?}");
    assert!(page.browser.find("#previous-step").await.unwrap().attr("disabled").await.unwrap().is_some());
    assert_eq!(page.texts("#weight-row, #weight-column").await.len(), 2);

    // A step begins where the one before it ended.
    page.click("#next-step").await;
    let second = page.wait_for_inspected(2).await;
    page.click("#next-step").await;
    let third = page.wait_for_inspected(3).await;
    for (before, after) in [(&first, &second), (&second, &third)] {
        assert_eq!([before["m1"], before["v1"], before["w1"]], [after["m0"], after["v0"], after["w0"]]);
    }
    // And back: the same numbers.
    page.click("#previous-step").await;
    assert_eq!(page.wait_for_inspected(2).await, second);
    page.click("#previous-step").await;
    assert_eq!(page.wait_for_inspected(1).await, first);

    // Far on, by the field and Enter, and one back.
    page.fill("#inspector-step", 450).await;
    page.browser.find("#inspector-step").await.unwrap().send_keys(ENTER).await.unwrap();
    let far = page.wait_for_inspected(450).await;
    page.click("#previous-step").await;
    let before = page.wait_for_inspected(449).await;
    assert_eq!([before["m1"], before["v1"], before["w1"]], [far["m0"], far["v0"], far["w0"]]);

    // The batch: each image has its own logits, probabilities and loss.
    let mut seen = Vec::new();
    for image in [1, 2] {
        page.click(&format!("#batch label:nth-child({image}) input")).await;
        let probabilities = page.values("#step-probabilities data").await;
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        let label: usize = page.text(&format!("#batch label:nth-child({image})")).await.parse().unwrap();
        let loss = page.values("#image-loss").await[0];
        assert!((loss + probabilities[label].ln()).abs() < 1e-4, "{loss}, {probabilities:?}");
        seen.push(page.values("#step-logits data").await);
    }
    assert_ne!(seen[0], seen[1]);

    // Another weight: by the fields, by a click on the picture, in the output layer, and the liveliest.
    page.fill("#weight-to", 5).await;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", 406 * 128 + 5)).await;
    page.wait_for_inspected(449).await;
    page.click("#chosen-image").await;
    page.wait_for("#inspector[data-state=shown]").await;
    let script = "const select = document.querySelector('#weight-layer');
        select.value = '1';
        select.dispatchEvent(new Event('change'))";
    page.browser.run::<()>(script).await.unwrap();
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", 100_480 + 50)).await;
    let output = page.wait_for_inspected(449).await;
    page.click("#liveliest").await;
    page.wait_for("#inspector[data-state=shown]:not([data-weight='100530'])").await;
    let liveliest = page.wait_for_inspected(449).await;
    assert!(liveliest["g"].abs() > output["g"].abs(), "{liveliest:?}, {output:?}");

    // In the other language the same numbers, written anew.
    page.click("#language [lang=ja]").await;
    assert_eq!(page.update().await, liveliest);
    page.assert_quiet().await;
}

/// One seed, one backend: the same weights to the last bit, also when steps are looked at meanwhile.
#[tokio::test]
async fn a_seed_repeats_a_run_to_the_last_bit() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&seed=11&backend=simd").await;
    let mut digests = Vec::new();
    for (run, seed) in [11, 11, 12].into_iter().enumerate() {
        page.visit(&format!("?data=builtin&epochs=2&seed={seed}&backend=simd")).await;
        page.wait_for("#inspector[data-state=shown]").await;
        page.click("#train-button").await;
        if run == 1 {
            page.wait_for_state("training").await;
            page.fill("#inspector-step", 300).await;
            page.click("#step-form [type=submit]").await;
            page.wait_for_inspected(300).await;
        }
        page.wait_for_state("done").await;
        digests.push(page.attribute("#notebook", "data-digest").await.unwrap());
    }
    assert_eq!(digests[1], digests[0], "the same seed, other weights");
    assert_ne!(digests[2], digests[0], "another seed, the same weights");
    page.assert_quiet().await;
}

// ---- WebGPU, on Chromium's software adapter ----

/// The page with `prelude` before everything else that its worker does. The folder is the site's.
async fn open_with_worker(prelude: &str, data: Data, query: &str) -> (Page, tempfile::TempDir) {
    open_with_both("", prelude, data, query).await
}

/// Likewise, and with `document_prelude` before everything that the page itself does.
async fn open_with_both(
    document_prelude: &str,
    prelude: &str,
    data: Data,
    query: &str,
) -> (Page, tempfile::TempDir) {
    let folder = copy_of_site();
    put_before(folder.path(), "worker.js", prelude);
    let server = Server::start(folder.path(), data).await.unwrap();
    (Page::open_from(server, document_prelude, query).await, folder)
}

/// Puts a few lines before a file of the site.
fn put_before(site: &Path, name: &str, prelude: &str) {
    let path = site.join(name);
    let script = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{prelude}\n{script}")).unwrap();
}

/// Counts what the worker asks of WebGPU, and tells it to whoever asks.
const COUNTING: &str = "
    const counts = { steps: 0, dispatches: 0, submits: 0, made: 0, told: 0 };
    const count = (type, method, name) => {
        const call = type.prototype[method];
        type.prototype[method] = function (...args) {
            counts[name] += 1;
            return call.apply(this, args);
        };
    };
    count(GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches');
    count(GPUQueue, 'submit', 'submits');
    for (const method of ['createBuffer', 'createBindGroup', 'createComputePipeline']) count(GPUDevice, method, 'made');
    // A step's uniform takes 256 bytes of the buffer of that name.
    const write = GPUQueue.prototype.writeBuffer;
    GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...rest) {
        if (buffer.label === 'steps') counts.steps += data.byteLength / 256;
        return write.call(this, buffer, offset, data, ...rest);
    };
    const post = self.postMessage;
    self.postMessage = function (message, ...rest) {
        if (message.kind === 'progress' && message.losses.length > 0) counts.told += 1;
        return post.call(this, message, ...rest);
    };
    const line = new BroadcastChannel('counts');
    line.onmessage = () => line.postMessage(counts);
";

#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
struct Counts {
    steps: usize,
    dispatches: usize,
    submits: usize,
    made: usize,
    /// Messages to the page with steps for its charts.
    told: usize,
}

impl Page {
    async fn counts(&self) -> Counts {
        let script = "const line = new BroadcastChannel('counts');
            const answer = new Promise(resolve => { line.onmessage = ({ data }) => resolve(data); });
            line.postMessage('ask');
            return answer";
        self.browser.run(script).await.unwrap()
    }

    /// Waits for a step of the first epoch.
    async fn wait_for_step(&self, step: usize) {
        let number = |text: &str| text.split(' ').nth(1)?.replace(',', "").parse::<usize>().ok();
        self.wait_for_text("#progress-detail", |text| number(text).is_some_and(|it| it >= step)).await;
    }

    async fn compute_on(&self, backend: &str) {
        let script = "const select = document.querySelector('#compute-on');
            select.value = args[0];
            select.dispatchEvent(new Event('change'))";
        let () = self.browser.run_with(script, vec![backend.into()]).await.unwrap();
    }
}

/// The README's main job on WebGPU: half a minute an epoch in a software adapter, so it is one epoch.
#[tokio::test]
#[ignore = "needs MNIST"]
async fn gpu_trains_on_mnist_and_reads_what_is_drawn() {
    let (page, _folder) =
        open_with_worker(COUNTING, Data::Folder(mnist_folder()), "?backend=gpu&epochs=1").await;
    page.wait_for_state("ready").await;
    assert!(page.text("#backend").await.starts_with("WebGPU, "), "{}", page.text("#backend").await);
    page.train().await;
    let (epochs, counts) = (page.epochs().await, page.counts().await);
    let (loss, accuracy) = (page.number("#test-loss").await, page.number("#test-accuracy").await);
    println!("{epochs:?}, test: loss {loss}, accuracy {accuracy}, {counts:?}");
    assert!(accuracy >= 0.95, "test accuracy {accuracy}");
    assert!(page.text("#backend").await.starts_with("WebGPU, "));
    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("7", SEVEN)] {
        assert_eq!(page.read(Pointer::Mouse, strokes).await, digit);
    }
    page.assert_quiet().await;
}

/// Four dispatches a step, a submit for 25 steps or more, each of them told to the page, and nothing made once training is under way.
#[tokio::test]
async fn gpu_is_asked_little() {
    let query = "?data=builtin&backend=gpu&epochs=1";
    let (page, _folder) = open_with_worker(COUNTING, Data::Absent, query).await;
    page.wait_for_state("ready").await;
    assert!(page.text("#backend").await.starts_with("WebGPU, "), "{}", page.text("#backend").await);
    assert_eq!(page.text("#backend-note").await, "");

    page.click("#train-button").await;
    page.wait_for_step(50).await;
    let early = page.counts().await;
    page.wait_for_step(150).await;
    let counts = page.counts().await;
    assert_eq!(page.state().await, "training");
    println!("{counts:?}, {} a step", page.text("#step-ms").await);
    assert!(counts.steps >= 150 && counts.dispatches <= 4 * counts.steps, "{counts:?}");
    assert!(25 * counts.submits <= counts.steps, "{counts:?}");
    // The charts wait for no more than what is in flight. (A submit is a slice of 40 ms where 25 steps take no longer.)
    assert!(counts.told + 4 >= counts.submits, "{counts:?}");
    assert_eq!(counts.made, early.made, "buffers, bind groups or pipelines are made in the loop");
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_is_left_alone_where_it_is_only_played() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=software]").await;
    assert!(page.text("#backend").await.contains("SIMD"));
    assert!(page.text("#backend-note").await.starts_with("Automatic"));
    page.assert_quiet().await;
}

/// Where a GPU is no software and its steps take less time, it is taken unasked. Here a clock that stands still while the adapter
/// works plays the fast GPU.
#[tokio::test]
async fn gpu_that_is_faster_is_taken_by_itself() {
    let prelude = "
        Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });
        const real = performance.now.bind(performance);
        let still = 0, since = null;
        performance.now = () => (since ?? real()) - still;
        const submit = GPUQueue.prototype.submit;
        GPUQueue.prototype.submit = function (...args) { since ??= real(); return submit.apply(this, args); };
        const map = GPUBuffer.prototype.mapAsync;
        GPUBuffer.prototype.mapAsync = async function (...args) {
            await map.apply(this, args);
            if (since !== null) still += real() - since;
            since = null;
        };
    ";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=faster]").await;
    assert!(page.text("#backend").await.starts_with("WebGPU"), "{}", page.text("#backend").await);
    page.click("#train-button").await;
    page.wait_for_step(50).await;
    page.read(Pointer::Mouse, ZERO).await;
    assert_eq!(page.state().await, "training");
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_and_processor_take_turns_in_one_run() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&backend=simd").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=asked]").await;
    page.train().await;
    let want = page.epochs().await;

    page.click("#train-button").await;
    page.compute_on("gpu").await;
    page.wait_for_text("#backend", |text| text.starts_with("WebGPU")).await;
    page.wait_for_step(50).await;
    // The drawing is read by weights that come back while training goes on.
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    assert_eq!(page.state().await, "training");
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    page.compute_on("simd").await;
    page.wait_for_text("#backend", |text| text.contains("SIMD")).await;
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    let got = page.epochs().await;
    assert!((got[0][0] - want[0][0]).abs() < 0.005, "{got:?}, on the processor alone {want:?}");

    // A GPU that has been used begins afresh.
    page.compute_on("gpu").await;
    page.wait_for_text("#backend", |text| text.starts_with("WebGPU")).await;
    page.click("#train-button").await;
    page.wait_for_step(25).await;
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#epoch-rows tr:first-child td").await, "–");
    page.assert_quiet().await;
}

/// Whatever is in the way of WebGPU has a sentence, and training goes on without.
#[tokio::test]
async fn gpu_that_cannot_be_had_is_explained() {
    for (why, prelude, words) in [
        ("missing", "delete WorkerNavigator.prototype.gpu;", "no WebGPU"),
        ("adapter", "GPU.prototype.requestAdapter = async () => null;", "no GPU"),
        (
            "blocked",
            "GPU.prototype.requestAdapter = async () => { throw new Error('not here'); };",
            "not here",
        ),
        (
            "insecure",
            "delete WorkerNavigator.prototype.gpu; Object.defineProperty(self, 'isSecureContext', { value: false });",
            "https",
        ),
        (
            "device",
            "GPUAdapter.prototype.requestDevice = async () => { throw new Error('out of devices'); };",
            "out of devices",
        ),
    ] {
        // What workers lack the page could have, and would then be used there.
        let document = if prelude.contains("delete") { "delete Navigator.prototype.gpu;" } else { "" };
        let (page, _folder) =
            open_with_both(document, prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
        page.wait_for_state("ready").await;
        page.wait_for(&format!("#backend-note[data-why={why}]")).await;
        let note = page.text("#backend-note").await;
        assert!(note.contains(words) && note.contains("CPU"), "{note}");
        assert!(page.text("#backend").await.contains("SIMD"));
        if why == "missing" {
            page.train().await;
        }
        page.assert_quiet().await;
    }
}

/// In a browser that keeps WebGPU from workers, the page itself computes, and goes on answering.
#[tokio::test]
async fn gpu_of_the_page_alone_is_used_there() {
    let prelude = "if (!('document' in self)) delete WorkerNavigator.prototype.gpu;";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=asked]").await;
    assert!(page.text("#backend").await.starts_with("WebGPU"), "{}", page.text("#backend").await);
    page.click("#train-button").await;
    page.wait_for_step(100).await;
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    assert_eq!(page.state().await, "training");
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    // Nor may the page's thread wait for others.
    page.compute_on("simd").await;
    page.wait_for("#backend-note[data-alone=page]").await;
    assert!(page.text("#backend").await.ends_with(", 1 thread"), "{}", page.text("#backend").await);
    page.assert_quiet().await;

    // Nobody asked for it by name: the worker goes on without.
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=missing]").await;
    assert!(page.text("#backend").await.contains("SIMD"));
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_that_fails_hands_the_run_to_the_processor() {
    let prelude = "
        const open = GPUAdapter.prototype.requestDevice;
        let device, dispatches = 0;
        GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await open.apply(this, args)); };
        const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
        GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...args) {
            dispatches += 1;
            if (dispatches === 1000) device.destroy();
            return dispatch.apply(this, args);
        };
    ";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
    page.wait_for_state("ready").await;
    page.train().await;
    page.wait_for("#backend-note[data-why=failed]").await;
    let note = page.text("#backend-note").await;
    // Whether the readback that failed or the loss of the device is heard of first is the browser's choice.
    assert!(note.contains("The GPU failed") && note.contains("CPU"), "{note}");
    assert!(page.text("#backend").await.contains("SIMD"));
    assert_eq!(
        page.browser
            .run::<u32>("return document.querySelectorAll('#epoch-rows [data-state=done]').length")
            .await
            .unwrap(),
        1
    );
}

// ---- Threads ----

/// What a host that cannot isolate the page answers, with what the test changes of the site.
async fn open_not_isolated(
    change: impl FnOnce(&Path),
    prelude: &str,
    query: &str,
) -> (Page, tempfile::TempDir) {
    let folder = copy_of_site();
    change(folder.path());
    let server = Server::start_with(folder.path(), Data::Absent, Headers::NotIsolated).await.unwrap();
    (Page::open_from(server, &format!("{COUNTING_LOADS}\n{prelude}"), query).await, folder)
}

/// Counts how often the tab has loaded the page.
const COUNTING_LOADS: &str = "sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1;";

impl Page {
    async fn is_isolated(&self) -> bool {
        self.browser.run("return crossOriginIsolated").await.unwrap()
    }

    async fn loads(&self) -> u32 {
        self.browser.run("return Number(sessionStorage.loads)").await.unwrap()
    }

    /// One thread computes, for the reason `alone`, and the page says so with these words.
    async fn assert_alone(&self, alone: &str, words: &str) {
        self.wait_for(&format!("#backend-note[data-alone={alone}]")).await;
        let (backend, note) = (self.text("#backend").await, self.text("#backend-note").await);
        assert!(backend.contains("SIMD") && backend.ends_with(", 1 thread"), "{backend}");
        assert!(note.contains(words), "{words} is not in {note:?}");
    }
}

#[tokio::test]
async fn threads_train_and_drawings_are_read_meanwhile() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&threads=2&epochs=100").await;
    page.wait_for_state("ready").await;
    let backend = page.text("#backend").await;
    assert!(backend.starts_with("SIMD") && backend.ends_with(", 2 threads"), "{backend}");
    assert_eq!(page.text("#backend-note").await, "");
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.browser.draw("#canvas", Pointer::Mouse, ZERO).await.unwrap();
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    assert_eq!(page.state().await, "training");
    page.wait_for("#epoch-rows tr[data-state=done]").await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    let accuracy = page.number("#test-accuracy").await;
    assert!(accuracy >= 0.88, "test accuracy on built-in digits {accuracy}");
    assert_eq!(page.read(Pointer::Mouse, SEVEN).await, "7");
    page.assert_quiet().await;
}

/// The weights are the same to the last bit, however many share the work. With one it is a build without threads, too.
#[tokio::test]
async fn threads_change_nothing_in_the_weights() {
    let page = Page::open(Data::Absent, "").await;
    let mut digests = Vec::new();
    for threads in 1..=3 {
        let query = format!("?data=builtin&backend=simd&epochs=1&seed=11&threads={threads}");
        page.visit(&query).await;
        page.wait_for_state("ready").await;
        let backend = page.text("#backend").await;
        assert!(backend.contains(&format!(", {threads} thread")), "{backend}");
        page.train().await;
        digests.push(page.attribute("#notebook", "data-digest").await.unwrap());
    }
    assert_eq!(digests[1], digests[0], "two threads, other weights");
    assert_eq!(digests[2], digests[0], "three threads, other weights");
}

#[tokio::test]
async fn threads_follow_the_machine() {
    for (processors, threads) in [(1, "1 thread"), (2, "2 threads"), (6, "2 threads"), (8, "4 threads")] {
        let prelude = format!(
            "Object.defineProperty(navigator, 'hardwareConcurrency', {{ get: () => {processors} }});"
        );
        let (page, _folder) =
            open_with_worker(&prelude, Data::Absent, "?data=builtin&backend=simd&epochs=1").await;
        page.wait_for_text("#backend", |text| text.starts_with("SIMD")).await;
        let backend = page.text("#backend").await;
        assert!(backend.ends_with(&format!(", {threads}")), "{processors} processors: {backend}");
        page.assert_quiet().await;
    }
}

/// Whatever is in the way of a thread's worker, one thread trains.
#[tokio::test]
async fn threads_that_cannot_start_are_done_without() {
    let missing: fn(&Path) = |site| fs::remove_file(site.join("team-worker.js")).unwrap();
    let throwing: fn(&Path) = |site| put_before(site, "team-worker.js", "throw new Error('out of luck');");
    let lost: fn(&Path) = |site| put_before(site, "team-worker.js", "WebAssembly.instantiate = undefined;");
    let memory: fn(&Path) = |site| {
        put_before(
            site,
            "worker.js",
            "WebAssembly.Memory = class { constructor() { throw new RangeError('too much'); } };",
        );
    };
    for (change, words) in [
        (missing, "could not be loaded"),
        (throwing, "out of luck"),
        (lost, "The browser says"),
        (memory, "too much"),
    ] {
        let folder = copy_of_site();
        change(folder.path());
        let server = Server::start(folder.path(), Data::Absent).await.unwrap();
        let page = Page { browser: Browser::start().await.unwrap(), server };
        page.visit("?data=builtin&backend=simd&epochs=1&threads=3").await;
        page.wait_for_state("ready").await;
        page.assert_alone("failed", words).await;
        page.train().await;
        page.assert_quiet_but(|line| line.contains("team-worker.js")).await;
    }
}

#[tokio::test]
async fn threads_that_the_site_has_not_are_not_asked_for() {
    let folder = copy_of_site();
    fs::write(folder.path().join("wasm/variants.js"), "export const VARIANTS = ['simd128', 'relaxed'];")
        .unwrap();
    for variant in VARIANTS.iter().filter(|variant| variant.has_threads) {
        // Not every one of them need be there in the first place (`--exhaustive`).
        let _ = fs::remove_dir_all(folder.path().join("wasm").join(variant.name));
    }
    let server = Server::start(folder.path(), Data::Absent).await.unwrap();
    let page = Page { browser: Browser::start().await.unwrap(), server };
    page.visit("?data=builtin&backend=simd&threads=2").await;
    page.wait_for_state("ready").await;
    page.assert_alone("absent", "without threads").await;
    page.assert_quiet().await;
}

/// While the others compute, the worker that leads them may be asleep: the page hears of it without it.
#[tokio::test]
async fn threads_that_fail_later_break_the_run_and_not_the_page() {
    let folder = copy_of_site();
    let path = folder.path().join("team-worker.js");
    let script = fs::read_to_string(&path).unwrap();
    let failing = script.replace("sumi.joinThreads()", "{ throw new Error('a thread is gone'); }");
    assert_ne!(failing, script);
    fs::write(&path, failing).unwrap();
    let server = Server::start(folder.path(), Data::Absent).await.unwrap();
    let page = Page { browser: Browser::start().await.unwrap(), server };
    page.visit("?data=builtin&backend=simd&threads=2").await;
    page.wait_for_state("broken").await;
    let message = page.text("#failure-message").await;
    assert!(message.contains("a thread is gone") && message.contains("Reload"), "{message}");
    assert!(page.browser.find("#reload-button").await.unwrap().is_displayed().await.unwrap());
}

#[tokio::test]
async fn threads_work_where_the_host_isolates_nothing() {
    let query = "?data=builtin&backend=simd&epochs=1&threads=2&seed=5";
    let (page, _folder) = open_not_isolated(|_| (), "", query).await;
    page.wait_for_state("ready").await;
    assert!(page.is_isolated().await, "the service worker isolates it");
    assert_eq!(page.loads().await, 2);
    let search: String = page.browser.run("return location.search").await.unwrap();
    assert_eq!(search, query);
    assert!(page.text("#backend").await.ends_with(", 2 threads"), "{}", page.text("#backend").await);
    page.train().await;
    // The next visit is isolated from the start.
    page.visit(query).await;
    page.wait_for_state("ready").await;
    assert!(page.is_isolated().await);
    assert_eq!(page.loads().await, 3);
    page.assert_quiet().await;
}

/// Where a service worker cannot be had, or does nothing, the page is loaded anew at most once, and trains.
#[tokio::test]
async fn threads_are_done_without_where_nothing_isolates_the_page() {
    let none: fn(&Path) = |_| ();
    let missing: fn(&Path) = |site| fs::remove_file(site.join("isolate-worker.js")).unwrap();
    let idle: fn(&Path) = |site| fs::write(site.join("isolate-worker.js"), "").unwrap();
    for (change, prelude, loads) in [
        (none, "delete Navigator.prototype.serviceWorker;", 1),
        (none, "Storage.prototype.setItem = () => { throw new Error('not in this window'); };", 1),
        (missing, "", 1),
        (idle, "", 2),
    ] {
        let (page, _folder) = open_not_isolated(change, prelude, "?data=builtin&backend=simd").await;
        page.wait_for_state("ready").await;
        assert!(!page.is_isolated().await);
        page.assert_alone("isolation", "COOP").await;
        assert_eq!(page.loads().await, loads);
        // Of the one that is missing.
        page.assert_quiet_but(|line| line.contains("when fetching the script")).await;
    }
}

/// A drawing is worth more than threads.
#[tokio::test]
async fn threads_do_not_cost_a_drawing() {
    let prelude = "
        const register = ServiceWorkerContainer.prototype.register;
        ServiceWorkerContainer.prototype.register = async function (...args) {
            await new Promise((resolve) => { window.release = resolve; });
            return register.apply(this, args);
        };
    ";
    let (page, _folder) = open_not_isolated(|_| (), prelude, "?data=builtin&backend=simd&epochs=1").await;
    page.browser.draw("#canvas", Pointer::Mouse, SEVEN).await.unwrap();
    page.browser.run::<()>("window.release()").await.unwrap();
    page.wait_for_state("ready").await;
    page.assert_alone("isolation", "COOP").await;
    page.wait_for("#answer[data-digit]:not([data-digit=''])").await;
    assert_eq!(page.loads().await, 1);
    page.assert_quiet().await;
}
