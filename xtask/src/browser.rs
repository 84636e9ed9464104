//! A real headless browser, driven through WebDriver: what the page tests and the screenshots need of it, and no more. It is Chromium,
//! or where the environment variable `BROWSER` says so, Firefox; what only Chromium can do says so.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use xtask::{browser::Browser, project, server::{Data, Server}};
//!
//! let server = Server::start(&project::dist(), Data::OfSite).await?;
//! let browser = Browser::start().await?;
//! browser.open(&server.url()).await?;
//! let isolated: bool = browser.run("return crossOriginIsolated").await?;
//! # Ok(()) }
//! ```

use std::{
    env,
    io::{BufRead, BufReader},
    mem,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use axum::http::Method;
use clap::ValueEnum;
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{
        Actions, InputSource, MOUSE_BUTTON_LEFT, MouseActions, PenActions, PointerAction, TouchActions,
    },
    elements::Element,
    wd::WebDriverCompatibleCommand,
};
use hyper_util::client::legacy::connect::HttpConnector;
use process_wrap::std::{ChildWrapper, CommandWrap};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::{project, site};

/// How Chromium is started: without a window, with WebGPU on its software adapter, and quiet.
pub const CHROMIUM_FLAGS: [&str; 7] = [
    "--headless=new",
    // Chromium's sandbox cannot be had as root or in most containers, and the only page it opens is ours.
    "--no-sandbox",
    // A container's /dev/shm is often too small for it.
    "--disable-dev-shm-usage",
    "--enable-unsafe-webgpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The environment variable that chooses another browser than Chromium.
pub const BROWSER: &str = "BROWSER";

/// How long a driver may take for anything that is not a wait: a script that hangs shall fail, not hang the tests.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Strokes of a seven as people write it, for [`Browser::draw`].
pub const SEVEN: &[&[(f64, f64)]] = &[&[
    (0.26, 0.22),
    (0.40, 0.205),
    (0.56, 0.20),
    (0.73, 0.205),
    (0.66, 0.34),
    (0.58, 0.48),
    (0.51, 0.62),
    (0.46, 0.74),
    (0.43, 0.84),
]];

/// The browsers that there are drivers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Chromium or Chrome, by chromedriver.
    Chromium,
    /// Firefox, by geckodriver.
    Firefox,
}

impl Kind {
    /// As [`BROWSER`] has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }

    /// What [`BROWSER`] says; Chromium where it says nothing.
    fn chosen() -> Result<Self> {
        let Some(name) = env::var_os(BROWSER) else { return Ok(Self::Chromium) };
        let name = name.to_string_lossy();
        match Self::value_variants().iter().find(|kind| kind.name() == name) {
            Some(kind) => Ok(*kind),
            None => bail!("{BROWSER} is {name}: choose chromium or firefox"),
        }
    }

    /// Its driver, unless an environment variable of the name that comes second says otherwise.
    fn driver(self) -> (&'static str, &'static str) {
        match self {
            Self::Chromium => ("chromedriver", "CHROMEDRIVER"),
            Self::Firefox => ("geckodriver", "GECKODRIVER"),
        }
    }

    /// What its driver prints before the port, and after the words the port itself.
    fn listening(self) -> &'static str {
        match self {
            Self::Chromium => "started successfully on port ",
            Self::Firefox => "Listening on 127.0.0.1:",
        }
    }

    /// How its driver shall start it, without a window, on a profile of its own below `folder`.
    fn capabilities(self, folder: &Path, manner: Manner) -> Value {
        match self {
            Self::Chromium => {
                let mut args = CHROMIUM_FLAGS.map(str::to_owned).to_vec();
                args.push(format!("--user-data-dir={}", folder.join("profile").display()));
                let mut options = json!({ "args": args });
                if let Some(chrome) = env::var_os("CHROME") {
                    options["binary"] = chrome.to_string_lossy().into();
                }
                let mut logs = json!({ "browser": "ALL" });
                if let Manner::Traced(categories) = manner {
                    logs["performance"] = "ALL".into();
                    options["perfLoggingPrefs"] =
                        json!({ "enableNetwork": false, "enablePage": false, "traceCategories": categories });
                }
                json!({ "goog:chromeOptions": options, "goog:loggingPrefs": logs })
            }
            // Its driver makes the profile. Its console comes out with what the driver prints.
            Self::Firefox => {
                let prefs = json!({
                    "devtools.console.stdout.content": true,
                    // What the browser has to say of itself is nothing of the page's.
                    "devtools.console.stdout.chrome": false,
                    // Its panel would take the keyboard from the page.
                    "browser.download.alwaysOpenPanel": false,
                    "browser.download.folderList": 2,
                    "browser.download.dir": project::target().join("tmp"),
                });
                let mut options = json!({ "args": ["-headless"], "prefs": prefs });
                if let Some(firefox) = env::var_os("FIREFOX") {
                    options["binary"] = firefox.to_string_lossy().into();
                }
                json!({ "moz:firefoxOptions": options })
            }
        }
    }
}

/// How a browser is to go about its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Usual,
    Impatient,
    Traced(&'static str),
}

/// The kinds of pointer that draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// A mouse with its left button.
    Mouse,
    /// A pen, as of a tablet.
    Pen,
    /// One finger.
    Touch,
}

/// The two themes of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorScheme {
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

/// One browser with one window and a profile of its own, ended when dropped.
pub struct Browser {
    kind: Kind,
    client: Client,
    // In the order in which they end: the processes first, then the folder that they write to.
    driver: Driver,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts the driver and through it the browser. `CHROMEDRIVER`, `CHROME`, `GECKODRIVER` and `FIREFOX` name executables that are not on
    /// the PATH.
    pub async fn start() -> Result<Self> {
        Self::start_in(Manner::Usual).await
    }

    /// One that waits for no page to load: for pages that never do.
    pub async fn start_impatient() -> Result<Self> {
        Self::start_in(Manner::Impatient).await
    }

    /// One that writes down what it does, of some of Chromium's categories of trace events: for [`trace`](Self::trace).
    pub async fn start_traced(categories: &'static str) -> Result<Self> {
        Self::start_in(Manner::Traced(categories)).await
    }

    async fn start_in(manner: Manner) -> Result<Self> {
        let kind = Kind::chosen()?;
        ensure!(
            kind == Kind::Chromium || !matches!(manner, Manner::Traced(_)),
            "{} writes no trace events",
            kind.name()
        );
        let folder = tempfile::tempdir().context("no temporary folder for the browser's profile")?;
        let driver = Driver::start(kind, folder.path())?;
        let Value::Object(mut capabilities) = kind.capabilities(folder.path(), manner) else {
            unreachable!("capabilities are objects")
        };
        capabilities.insert("timeouts".into(), json!({ "script": SCRIPT_TIMEOUT.as_millis() as u64 }));
        let strategy = if manner == Manner::Impatient { "none" } else { "normal" };
        capabilities.insert("pageLoadStrategy".into(), strategy.into());
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url)
            .await
            .with_context(|| format!("{} could not start {}", kind.driver().0, kind.name()))?;
        Ok(Self { kind, client, driver, _folder: folder })
    }

    /// Which browser it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The WebDriver session, for what has no helper here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page and waits until it has loaded.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("cannot open {url}"))
    }

    /// Runs a script in the page as the body of an async function, and answers what it returns.
    pub async fn run<T: DeserializeOwned>(&self, script: &str) -> Result<T> {
        self.run_with(script, vec![]).await
    }

    /// [`run`](Self::run) with `args`, which the script finds in its array `args`.
    pub async fn run_with<T: DeserializeOwned>(&self, script: &str, args: Vec<Value>) -> Result<T> {
        // Errors come back as text: chromedriver's own report of a rejected promise says little more than "error".
        let wrapped = format!(
            "const args = [...arguments], done = args.pop();
             (async () => {{ {script} }})().then(value => done({{ value: value ?? null }}), \
              error => done({{ error: String(error?.stack ?? error) }}));"
        );
        let mut result =
            self.client.execute_async(&wrapped, args).await.with_context(|| format!("running: {script}"))?;
        ensure!(result["error"].is_null(), "the script threw {}: {script}", result["error"]);
        let value = result["value"].take();
        serde_json::from_value(value).with_context(|| format!("the script returned something else: {script}"))
    }

    /// Waits for an element, say `#train[data-state=done]`. When it does not come, the error has the page's console.
    pub async fn wait_for(&self, selector: &str, timeout: Duration) -> Result<Element> {
        let wait = self.client.wait().at_most(timeout).every(Duration::from_millis(100));
        match wait.for_element(Locator::Css(selector)).await {
            Ok(element) => Ok(element),
            Err(error) => {
                let console = self.console().await.unwrap_or_default().join("\n  ");
                let states = self.states().await.unwrap_or_default();
                Err(error).with_context(|| {
                    format!("no {selector} within {timeout:?}\nstates: {states}\nconsole:\n  {console}")
                })
            }
        }
    }

    /// The text of an element, without the space around it.
    pub async fn text(&self, selector: &str) -> Result<String> {
        Ok(self.find(selector).await?.text().await?.trim().to_owned())
    }

    /// Clicks on an element, scrolling to it first.
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.find(selector).await?.click().await.with_context(|| format!("cannot click on {selector}"))
    }

    /// An element that must be there now.
    pub async fn find(&self, selector: &str) -> Result<Element> {
        self.client.find(Locator::Css(selector)).await.with_context(|| format!("the page has no {selector}"))
    }

    /// Draws strokes on an element by real pointer events. Points are fractions of its box: (0, 0) is its upper left
    /// corner, (1, 1) its lower right.
    pub async fn draw(&self, selector: &str, pointer: Pointer, strokes: &[&[(f64, f64)]]) -> Result<()> {
        let element = self.find(selector).await?;
        let script =
            "document.querySelector(args[0]).scrollIntoView({ block: 'center', behavior: 'instant' })";
        let () = self.run_with(script, vec![selector.into()]).await?;
        let (_, _, width, height) = element.rectangle().await?;
        let mut actions = Vec::new();
        for stroke in strokes {
            for (i, (x, y)) in stroke.iter().enumerate() {
                actions.push(PointerAction::MoveToElement {
                    element: element.clone(),
                    duration: Some(Duration::from_millis(8)),
                    // From the middle of the element, as WebDriver has it.
                    x: ((x - 0.5) * width).round(),
                    y: ((y - 0.5) * height).round(),
                });
                if i == 0 {
                    actions.push(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
                }
            }
            actions.push(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        }
        let id = format!("{pointer:?}");
        let sequence: Actions = match pointer {
            Pointer::Mouse => actions.into_iter().fold(MouseActions::new(id), InputSource::then).into(),
            Pointer::Pen => actions.into_iter().fold(PenActions::new(id), InputSource::then).into(),
            Pointer::Touch => actions.into_iter().fold(TouchActions::new(id), InputSource::then).into(),
        };
        self.client.perform_actions(sequence).await.with_context(|| format!("cannot draw on {selector}"))
    }

    /// Makes the page's viewport `width` × `height` CSS pixels, as no window could be made on a small screen; in Firefox it is the window's,
    /// which is never narrower than 500.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        if self.kind == Kind::Chromium {
            let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            return self.devtools("Emulation.setDeviceMetricsOverride", size).await.map(drop);
        }
        let width = width.max(500);
        let frame: (u32, u32) =
            self.run("return [outerWidth - innerWidth, outerHeight - innerHeight]").await?;
        self.client.set_window_size(width + frame.0, height + frame.1).await?;
        let size: (u32, u32) = self.run("return [innerWidth, innerHeight]").await?;
        ensure!(size == (width, height), "the window is {size:?}, not {width} × {height}");
        Ok(())
    }

    /// Sets the media feature `name`, as in `("prefers-reduced-motion", "reduce")`, and unsets all others.
    pub async fn emulate_media(&self, features: &[(&str, &str)]) -> Result<()> {
        let features: Vec<_> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await.map(drop)
    }

    /// Sets `prefers-color-scheme`.
    pub async fn set_color_scheme(&self, scheme: ColorScheme) -> Result<()> {
        let value = if scheme == ColorScheme::Dark { "dark" } else { "light" };
        self.emulate_media(&[("prefers-color-scheme", value)]).await
    }

    /// Writes a PNG of what the viewport shows.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        let png = self.client.screenshot().await.context("cannot take a screenshot")?;
        site::write_whole(path, &png)
    }

    /// What the page has written to its console since the last call, errors included: of its scripts, and in Chromium also of the network and
    /// of CSP.
    pub async fn console(&self) -> Result<Vec<String>> {
        if self.kind == Kind::Firefox {
            return Ok(self.driver.console());
        }
        let log = self.command("se/log", json!({ "type": "browser" })).await?;
        let line = |entry: &Value| format!("{}: {}", entry["level"], entry["message"]).replace('"', "");
        Ok(log.as_array().into_iter().flatten().map(line).collect())
    }

    /// The trace events since the last call, of a browser that was started for it; their format is that of Chromium's trace viewer.
    pub async fn trace(&self) -> Result<Vec<Value>> {
        let mut log = self.command("se/log", json!({ "type": "performance" })).await?;
        let mut events = Vec::new();
        for entry in log.as_array_mut().into_iter().flatten() {
            let mut message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default())
                .context("the performance log is not what chromedriver writes")?;
            if message["message"]["method"] == "Tracing.dataCollected" {
                events.push(message["message"]["params"].take());
            }
        }
        Ok(events)
    }

    /// A command of the Chrome DevTools protocol, which only Chromium speaks.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value> {
        ensure!(self.kind == Kind::Chromium, "{} has no DevTools command {method}", self.kind.name());
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": params }))
            .await
            .with_context(|| format!("DevTools command {method}"))
    }

    /// Every `data-state` on the page, for errors: where it stands says more than what did not come.
    async fn states(&self) -> Result<String> {
        let script = "return [...document.querySelectorAll('[data-state]')]
            .map(it => `${it.id || it.tagName}=${it.dataset.state}`).join(' ')";
        self.run(script).await
    }

    async fn command(&self, path: &'static str, body: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(Post { path, body }).await?)
    }
}

/// A command beyond the WebDriver standard.
#[derive(Debug)]
struct Post {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Post {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// On Unix this leads the driver's process group. Its input closes when we end, and be it by Ctrl-C or a kill that
/// leaves no time to clean up; then it ends the group, the browser included.
const LEADER: &str = r#""$0" "$@" < /dev/null & exec > /dev/null; cat; kill -KILL 0"#;

/// A driver on a port of its own choice.
///
/// Killed alone it would leave the browser running, so it is in a process group (on Windows a job) that is killed as one.
struct Driver {
    process: Box<dyn ChildWrapper>,
    url: String,
    /// What the page has written, where the driver prints that.
    console: Arc<Mutex<Vec<String>>>,
}

impl Driver {
    /// Starts one whose browser leaves what it leaves in `folder`, for a killed one cleans nothing up.
    fn start(kind: Kind, folder: &Path) -> Result<Self> {
        let (name, variable) = kind.driver();
        let program = env::var_os(variable).map_or(PathBuf::from(name), PathBuf::from);
        let mut command = if cfg!(unix) {
            let mut shell = Command::new("sh");
            shell.args(["-c", LEADER]).arg(&program);
            shell
        } else {
            Command::new(&program)
        };
        command.arg("--port=0").env("TMPDIR", folder);
        if kind == Kind::Firefox {
            // Of several at once, each needs its own; and as root it looks for no home of another's.
            command.arg("--websocket-port=0").env("HOME", folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let missing = || format!("{} does not start: `cargo xtask test` can install it", program.display());
        let mut process = command.spawn().with_context(missing)?;
        let stdout = process.stdout().take().with_context(|| format!("{name} has no output"))?;
        let console = Arc::new(Mutex::new(Vec::new()));
        let mut driver = Self { process, url: String::new(), console: Arc::clone(&console) };
        let mut lines = BufReader::new(stdout).lines();
        for line in &mut lines {
            let line = line.with_context(|| format!("{name}'s output broke off"))?;
            if let Some((_, port)) = line.split_once(kind.listening()) {
                driver.url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                break;
            }
        }
        ensure!(!driver.url.is_empty(), missing());
        // Were nobody to read on, its next line would kill it.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // A part of Firefox, which has nothing to do with the page, misses its maker's server.
                let is_firefox = line.starts_with("console.error: RSLoader");
                if !is_firefox && ["console.", "JavaScript "].iter().any(|start| line.starts_with(start)) {
                    console.lock().expect("whoever reads does not panic").push(line);
                }
            }
        });
        Ok(driver)
    }

    /// The lines of the console since the last call.
    fn console(&self) -> Vec<String> {
        mem::take(&mut *self.console.lock().expect("whoever reads does not panic"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Nothing can be done here about one that has already ended.
        let _ = self.process.kill();
    }
}
