//! Threads, and the lack of them.

use super::*;

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
async fn threads_everywhere_train_and_drawings_are_read_meanwhile() {
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
async fn threads_everywhere_change_nothing_in_the_weights() {
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
