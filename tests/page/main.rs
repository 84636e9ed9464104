//! The real page in a real browser. `cargo xtask test page` builds the site and runs this; what needs MNIST is ignored
//! unless there is some (`--mnist DIR`, or `MNIST_DIR`).
//!
//! The hooks that these tests hold on to, and that the page therefore keeps:
//!
//! | hook | what it is |
//! | --- | --- |
//! | `body[data-state]` | `starting`, `waiting`, `loading`, `queued`, `ready`, `training`, `paused`, `evaluating`, `done`, `stopped`, `failed`, `broken`, `unsupported` |
//! | `body[data-source]` | once digits are there: `mnist`, `builtin` or `mixed` |
//! | `#train-button` `#stop-button` `#reset-button` | Train, Pause, Resume or Train again; Stop; Start over |
//! | `#step-button` `#epoch-button` `#learning-rate` `#halve-button` `#double-button` `#rate-note` | one step, one epoch; the learning rate of the next step, and where it changes |
//! | `#dataset` `#progress-text` `#progress-detail` `#progress` | which digits; how far, in words, in numbers and as a bar |
//! | `#headline-number` | accuracy, of the epoch while training and of the test at the end |
//! | `#epoch-rows tr[data-state]` | a row an epoch (`ahead`, `current`, `done`): loss, accuracy, accuracy on the test digits, time |
//! | `#test-row[data-state]` `#test-loss` `#test-accuracy` | the test (`ahead`, `done`) |
//! | `#samples-per-second` `#step-ms` `#backend` | speed, and what computes |
//! | `#backend-note[data-why][data-alone]` | why what computes does, and `asked` where there is nothing to say; why one thread computes where several could |
//! | `#failure` `#failure-message` `#retry-button` `#builtin-button` `#reload-button` | what went wrong, and the ways on |
//! | `#address-notice` | what the address asked for and cannot have |
//! | `#contents` | links to the sections below the first screen |
//! | `#settings-summary` `#copy-button` `#copy-note` | the settings in one line; the link that repeats the run |
//! | `#settings-details` `#settings-form[data-state]` | the form, once it is opened: `used`, `waiting` for the next run, `wrong` |
//! | `#set-batch` and the like, `#set-layers .layer` | a setting's field; a hidden layer's row |
//! | `#set-robust` | the switch that sets all that the robust recipe has |
//! | `#apply-button` `#discard-button` `#quickstart-button` `#settings-note` `#parameter-count` | what the form does, and what it says |
//! | `#canvas` `#clear-button` `#undo-button` `#redo-button` | the sheet |
//! | `input[name=tool]` `#pen-size` | pen or eraser; the pen's width, of the usual one's |
//! | `#picture-file` `#picture-note` | a picture in place of strokes, and what is said of it |
//! | `#stepper[data-state][data-source][data-bounds][data-scale][data-centre-of-mass][data-shift]` | the way to the pixels: `empty`, `shown`; from `strokes` or a `picture`; and its numbers, with commas between them |
//! | `#answer[data-state][data-digit]` | `empty`, `untrained`, `not-sure` that it is a digit, `unsure` which one, `sure`, and the digit read |
//! | `#reading` `#probability-row td` `#network-view` | the answer in words, ten percentages, 28 × 28 pixels |
//! | `#digit-row button` `#label-kept` | what the drawing was; what was kept last |
//! | `#handwriting[data-state][data-count]` | own digits: `empty`, `untaught`, `teaching`, `taught`; how many |
//! | `#own-digits li[data-label]` `#teach-button` `#unteach-button` `#import-file` `#delete-button` `#own-note` | each of them; what is done with them; what it says |
//! | `#own-test` `#own-taught` `#own-first` | read right before the lesson and after it: test digits, own ones in the lesson, own ones at first sight |
//! | `#confidence[data-state]` `#temperature` `#error-before` `#error-after` `#not-sure` `#reliability-rows` | `empty`, `shown`; calibration and its numbers |
//! | `#announce` | what a screen reader is told |
//! | `html[data-started]` | the page's scripts have run: what they listen to, they hear |
//! | `html[lang]` `#language button[lang]` | the language that the page is in, and its switch |
//! | `#cell-1` to `#cell-9[data-state]` | the notebook's cells: `empty`, `live`, `done` |
//! | `#notebook[data-digest][data-comparable]` | SHA-256 of the weights after the test; whether the original's numbers are of the same task |
//! | `#inspector[data-state][data-step][data-weight]` | `empty`, `seeking`, `shown`; which step and weight |
//! | `#mistakes[data-state][data-steps]` | `empty`, `shown`; what the network had learnt from |
//! | `#confusion button[data-count]` | the confusion matrix, row by row |
//! | `#list-title[data-total]` `#listed button[data-row][data-label][data-digit][data-probability]` | the digits that are listed, and how many there are |
//! | `#inside[data-state]` `#units[data-state][data-unit]` | `empty`, `shown`; the unit at large |
//! | `#digit-reading[data-row][data-answer]` `#saliency[data-digit][data-lead][data-ink][data-biases]` | what is read, a test digit's row or `drawing`; what explains its answer |
//! | `#digit-map[data-points][data-steps][data-x][data-y][data-row][data-label][data-asking][data-mark]` | the map, what its axes explain, the point that is looked at, whether another is asked for, and where the mark of what is read lies |
//! | `#runs[data-state][data-from][data-to]` | `empty`, `shown`; which epochs the curves show |
//! | `#run-rows [data-run][data-step]` | a row a run, by its number; at which of its steps its numbers are |
//! | `#spent-rows tr[data-ms]` `#part-rows tr[data-ms]` `#profile-note[data-state]` | where time goes: of a run, and of a step's parts (`running`, `done`) |
//! | `#duel[data-state][data-loss][data-weight][data-mean]` | `empty`, `running`, `done`, `stopped`, `interrupted`, `failed`; how far apart two backends come: losses at most, weights at most and on average |
//! | `#duel-of` | the settings that both have |
//! | `data[value]` | a number as it is, beside its text; in the inspector `data-value` says which |

mod accessibility;
mod bench;
mod confidence;
mod controls;
mod data;
mod draw_tools;
mod drawing;
mod duel;
mod failures;
mod gpu;
mod insight;
mod languages;
mod layout;
mod loading;
mod notebook;
mod pictures;
mod robust;
mod runs;
mod settings;
mod stepper;
mod tasks;
mod teach;
mod threads;
mod training;

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
    browser::{Browser, ColorScheme, Kind, Pointer, SEVEN},
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

    /// Opens the page and waits until its scripts have run.
    async fn visit(&self, query: &str) {
        self.browser.open(&format!("{}{query}", self.server.url())).await.unwrap();
        self.wait_for("html[data-started]").await;
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
        self.train_by(self.click("#train-button")).await;
    }

    /// Has a run begun, and waits for the end of its test.
    async fn train_by(&self, press: impl Future<Output = ()>) {
        // Where a run is done already, another one must begin first, and may be over before anybody looks.
        let hook = "delete document.documentElement.dataset.trained;
            let began = false;
            new MutationObserver((_, observer) => {
                const { state } = document.body.dataset;
                began ||= state !== 'done';
                if (!began || state !== 'done') return;
                observer.disconnect();
                document.documentElement.dataset.trained = '';
            }).observe(document.body, { attributes: true });";
        self.browser.run::<()>(hook).await.unwrap();
        press.await;
        self.wait_for("html[data-trained]").await;
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
            for (const it of document.querySelectorAll('#inspector [data-rule]:not([hidden]) li:not([hidden]) data[data-value]')) {
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

    /// Opens the form of settings.
    async fn open_settings(&self) {
        if self.attribute("#settings-details", "open").await.is_none() {
            self.click("#settings-details summary").await;
        }
        self.wait_for("#settings-form[data-state]").await;
    }

    /// Types into a field of the form, in place of what is there, and leaves it.
    async fn enter(&self, selector: &str, text: &str) {
        let field = self.browser.find(selector).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(&format!("{text}{TAB}")).await.unwrap();
    }

    /// Chooses from a list, as a click on it does.
    async fn choose(&self, selector: &str, value: &str) {
        self.browser.find(selector).await.unwrap().select_by_value(value).await.unwrap();
    }

    /// The query of the address as it is now.
    async fn query(&self) -> String {
        self.browser.run("return location.search").await.unwrap()
    }

    async fn digest(&self) -> String {
        self.attribute("#notebook", "data-digest").await.expect("a run that has been tested")
    }

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

// As WebDriver writes keys.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const END: &str = "\u{e010}";
const LEFT: &str = "\u{e012}";
const UP: &str = "\u{e013}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const DELETE: &str = "\u{e017}";
const RELEASE: &str = "\u{e000}";
const HOME: &str = "\u{e011}";
const PAGE_DOWN: &str = "\u{e00f}";
const SHIFT: &str = "\u{e008}";
const CONTROL: &str = "\u{e009}";

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
