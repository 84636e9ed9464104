//! The way to the first step: what has to come before Train can be pressed, and what need not.

use axum::{
    extract::Request,
    middleware::{self, Next},
};
use xtask::server::{self, Sent};

use super::*;

/// What may have to come before Train can be pressed, but for the digits: HTML, CSS, JavaScript and wasm, in Brotli.
const BUDGET_BYTES: u64 = 250_000;

/// Asks for something as soon as Train can be pressed: a mark among all that the server is asked for.
const MARK: &str = "/train-can-be-pressed";

/// The site on a server that never answers where `is_silent` says so of a path.
async fn serve_but(is_silent: fn(&str) -> bool) -> Server {
    let silence = middleware::from_fn(move |request: Request, next: Next| async move {
        if is_silent(request.uri().path()) {
            std::future::pending::<()>().await;
        }
        next.run(request).await
    });
    let app = server::app(&project::dist(), Data::Absent, Headers::All).layer(silence);
    Server::listen(server::listener(None).await.unwrap(), app).unwrap()
}

/// The bytes are those that the server has sent, to the page and to its workers. In both languages, for each loads its own texts only.
#[tokio::test]
async fn what_training_waits_for_fits_the_budget() {
    let prelude = format!(
        "document.addEventListener('DOMContentLoaded', () => {{
            const button = document.querySelector('#train-button');
            const watch = new MutationObserver(() => {{
                if (button.disabled) return;
                watch.disconnect();
                fetch('{MARK}');
            }});
            watch.observe(button, {{ attributes: true }});
        }});"
    );
    for lang in ["en", "ja"] {
        let server = serve(Data::Absent).await;
        let page = Page::open_from(server, &prelude, &format!("?data=builtin&lang={lang}")).await;
        page.wait_for("#inspector[data-state=shown]").await;
        let sent = page.server.sent();
        let mark = sent.iter().position(|it| it.path == MARK).expect("Train can be pressed by now");
        let (first, later) = sent.split_at(mark);
        let mut bytes = 0;
        println!("What comes before Train can be pressed ({lang}):");
        for Sent { path, bytes: of_file, .. } in first {
            let of_file = of_file.expect("the site's files have a length");
            println!("{of_file:>8} {path}");
            bytes += of_file;
        }
        println!("{bytes:>8} of {BUDGET_BYTES} in all");
        assert!(bytes <= BUDGET_BYTES, "{bytes} bytes are more than {BUDGET_BYTES}: by file, above");

        // What the page can wait for comes later, and only what is asked for.
        let comes = |path: &str| later.iter().any(|it| it.path.ends_with(path));
        for path in ["/uPlot.iife.min.js", "/notebook.js", "/inspector.js"] {
            assert!(comes(path), "{path} should have come after Train could be pressed");
        }
        let other = if lang == "en" { "/strings/ja.js" } else { "/strings/en.js" };
        assert!(sent.iter().all(|it| it.path != other), "{other} came unasked");
    }
}

/// No script and no wasm is needed to see the page: it is painted, whole and readable, and says that it is starting.
#[tokio::test]
async fn the_page_is_painted_before_any_script_or_wasm() {
    for (what, is_silent) in [
        ("scripts", (|path| path.ends_with(".js")) as fn(&str) -> bool),
        ("wasm", |path| path.ends_with(".wasm")),
    ] {
        let page =
            Page { browser: Browser::start_impatient().await.unwrap(), server: serve_but(is_silent).await };
        page.browser.open(&page.server.url()).await.unwrap();
        page.wait_for("footer").await;
        let painted = "return new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().length))
            .observe({ type: 'paint', buffered: true }))";
        assert!(page.browser.run::<u32>(painted).await.unwrap() > 0, "{what}");
        for (selector, words) in [
            ("h1", "Sumi"),
            ("#train-title", "Train"),
            ("#cell-5", "negative logarithm"),
            ("footer", "Japanese for ink"),
        ] {
            assert!(page.text(selector).await.contains(words), "without {what}: {selector}");
        }
        assert_eq!(page.state().await, "starting");
        assert!(!page.browser.find("#train-button").await.unwrap().is_enabled().await.unwrap());
        if what == "wasm" {
            // All that needs none works meanwhile.
            page.click("#language [lang=ja]").await;
            page.wait_for("html[lang=ja]").await;
            page.browser.draw("#canvas", Pointer::Mouse, SEVEN).await.unwrap();
            page.wait_for("#clear-button:enabled").await;
            page.click("#clear-button").await;
            page.wait_for("#clear-button:disabled").await;
        }
    }
}

/// Once the digits are there, all that training needs is there: from the click on, nothing is fetched.
#[tokio::test]
async fn everywhere_nothing_is_fetched_between_the_click_and_the_end() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#inspector[data-state=shown]").await;
    let before = page.server.sent();
    page.train().await;
    let after = page.server.sent();
    assert_eq!(after[before.len()..], [], "fetched while training");
    page.assert_quiet().await;
}

/// A part that does not come is named as missing, and everything else works.
#[tokio::test]
async fn everywhere_a_part_that_does_not_come_is_missed_and_no_more() {
    let folder = copy_of_site();
    for name in ["notebook.js", "vendor/uplot/uPlot.iife.min.js", "strings/ja.js"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let server = Server::start(folder.path(), Data::Absent).await.unwrap();
    let page = Page { browser: Browser::start().await.unwrap(), server };
    page.visit("?data=builtin&epochs=1").await;
    page.wait_for("#missing-part:not([hidden])").await;
    let missing = page.text("#missing-part").await;
    assert!(missing.contains("Load it again") && missing.contains("再読み込み"), "{missing}");
    page.wait_for("#inspector[data-state=shown]").await;
    page.train().await;
    assert_eq!(page.text("#legend-loss").await.parse::<f64>().map(|loss| loss > 0.0), Ok(true));
    page.click("#language [lang=ja]").await;
    // What was there stays.
    page.press(TAB, 1).await;
    assert_eq!(page.attribute("html", "lang").await.as_deref(), Some("en"));
    assert_eq!(page.text("#train-button").await, "Train again");
}
