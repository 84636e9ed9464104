//! Browsers that lack something, and what breaks all the same.

use super::*;

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

#[tokio::test]
async fn what_breaks_in_the_worker_is_shown() {
    for (session, words) in [
        ("export default () => { throw new Error('no such wasm'); }", "no such wasm"),
        ("this is no JavaScript", "Unexpected"),
        (
            "let listener;
             export default async () => {};
             export const onPanic = (it) => { listener = it; };
             export class Configuration { dense() {} adam() {} }
             export class Ink { static ofStrokes() { return new Ink(); } }
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
