//! How long it takes to open the page, on loopback: until Train can be pressed, until the digits are there, and from the click on Train until
//! the first step is shown.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::places::{Named, Places};

/// Notes when it happens, on the page's own clock, which begins with the navigation.
const WATCH: &str = "
    globalThis.opening = {};
    addEventListener('DOMContentLoaded', () => {
        const note = (name, at = performance.now()) => (opening[name] ??= at);
        new MutationObserver(() => {
            if (!document.querySelector('#train-button').disabled) note('interactive');
            if (document.body.dataset.state === 'ready') note('ready');
            if (document.querySelector('#epoch-rows [data-state=current]')) note('shown');
        }).observe(document.body, { attributes: true, subtree: true });
        addEventListener('click', (event) => note('click', event.timeStamp), { capture: true });
    });
";

/// What is measured, in the order of the table's columns.
pub const TIMES: [&str; 3] = ["interactive", "digits ready", "first step after the click"];

const PATIENCE: Duration = Duration::from_secs(120);

/// Milliseconds of a first visit, with nothing kept, and of the next one.
pub async fn visits(places: &Places) -> Result<[Named; 2]> {
    let browser = &places.browser;
    let url = places.server.url();
    let origin = url.trim_end_matches('/');
    browser.open("about:blank").await?;
    browser.devtools("Network.clearBrowserCache", json!({})).await?;
    browser
        .devtools("Storage.clearDataForOrigin", json!({ "origin": origin, "storageTypes": "all" }))
        .await?;
    let watch = browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    let first = visit(places, &url).await?;
    let next = visit(places, &url).await?;
    browser.devtools("Page.removeScriptToEvaluateOnNewDocument", watch).await?;
    Ok([first, next])
}

async fn visit(places: &Places, url: &str) -> Result<Named> {
    let browser = &places.browser;
    let query = if places.mnist.is_some() { "" } else { "?data=builtin" };
    browser.open(&format!("{url}{query}")).await?;
    browser.wait_for("body[data-state=ready]", PATIENCE).await?;
    browser.click("#train-button").await?;
    browser.wait_for("body[data-state=done]", PATIENCE).await?;
    let script =
        "const { interactive, ready, click, shown } = opening; return [interactive, ready, shown - click]";
    let times: [Option<f64>; 3] = browser.run(script).await?;
    TIMES
        .into_iter()
        .zip(times)
        .map(|(name, ms)| {
            Ok((name.to_owned(), vec![ms.with_context(|| format!("the page was never {name}"))?]))
        })
        .collect()
}
