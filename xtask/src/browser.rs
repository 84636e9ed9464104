//! A real headless Chromium, driven through WebDriver: what the page tests and the screenshots need of it, and no more.
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
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use axum::http::Method;
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

use crate::site;

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

/// How long chromedriver may take for anything that is not a wait: a script that hangs shall fail, not hang the tests.
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

/// One Chromium with one window and a profile of its own, ended when dropped.
pub struct Browser {
    client: Client,
    // In the order in which they end: the processes first, then the folder that they write to.
    _driver: Driver,
    _folder: tempfile::TempDir,
}

impl Browser {
    /// Starts chromedriver and through it Chromium. `CHROMEDRIVER` and `CHROME` name executables not on the PATH.
    pub async fn start() -> Result<Self> {
        Self::start_with(true).await
    }

    /// One that waits for no page to load: for pages that never do.
    pub async fn start_impatient() -> Result<Self> {
        Self::start_with(false).await
    }

    async fn start_with(waits_for_load: bool) -> Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder for the browser's profile")?;
        let driver = Driver::start(folder.path())?;
        let mut args = CHROMIUM_FLAGS.map(str::to_owned).to_vec();
        args.push(format!("--user-data-dir={}", folder.path().join("profile").display()));
        let mut options = json!({ "args": args });
        if let Some(chrome) = env::var_os("CHROME") {
            options["binary"] = chrome.to_string_lossy().into();
        }
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "pageLoadStrategy": if waits_for_load { "normal" } else { "none" },
            "timeouts": { "script": SCRIPT_TIMEOUT.as_millis() as u64 },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("the literal above is an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url)
            .await
            .context("chromedriver could not start Chromium")?;
        Ok(Self { client, _driver: driver, _folder: folder })
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

    /// Makes the page's viewport `width` × `height` CSS pixels, as no window could be made on a small screen.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await.map(drop)
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

    /// What the page has written to its console since the last call, errors of the network and of CSP included.
    pub async fn console(&self) -> Result<Vec<String>> {
        let log = self.command("se/log", json!({ "type": "browser" })).await?;
        let line = |entry: &Value| format!("{}: {}", entry["level"], entry["message"]).replace('"', "");
        Ok(log.as_array().into_iter().flatten().map(line).collect())
    }

    /// A command of the Chrome DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value> {
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

/// On Unix this leads chromedriver's process group. Its input closes when we end, and be it by Ctrl-C or a kill that
/// leaves no time to clean up; then it ends the group, Chromium included.
const LEADER: &str = r#""$0" "$@" < /dev/null & exec > /dev/null; cat; kill -KILL 0"#;

/// A chromedriver on a port of its own choice.
///
/// Killed alone it would leave Chromium running, so it is in a process group (on Windows a job) that is killed as one.
struct Driver {
    process: Box<dyn ChildWrapper>,
    url: String,
}

impl Driver {
    /// Starts one whose Chromium leaves what it leaves in `folder`, for a killed one cleans nothing up.
    fn start(folder: &Path) -> Result<Self> {
        let program = env::var_os("CHROMEDRIVER").map_or(PathBuf::from("chromedriver"), PathBuf::from);
        let mut command = if cfg!(unix) {
            let mut shell = Command::new("sh");
            shell.args(["-c", LEADER]).arg(&program);
            shell
        } else {
            Command::new(&program)
        };
        command.arg("--port=0").env("TMPDIR", folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut command = CommandWrap::from(command);
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        let missing = || format!("{} does not start: `cargo xtask test` can install it", program.display());
        let mut process = command.spawn().with_context(missing)?;
        let stdout = process.stdout().take().context("chromedriver has no output")?;
        let mut driver = Self { process, url: String::new() };
        let mut lines = BufReader::new(stdout).lines();
        for line in &mut lines {
            let line = line.context("chromedriver's output broke off")?;
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                driver.url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                break;
            }
        }
        ensure!(!driver.url.is_empty(), missing());
        // Were nobody to read on, its next line would kill it.
        thread::spawn(move || lines.for_each(drop));
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Nothing can be done here about one that has already ended.
        let _ = self.process.kill();
    }
}
