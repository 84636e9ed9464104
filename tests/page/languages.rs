//! English and Japanese.

use super::*;

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

/// A switch of language changes every text and nothing else: not the run, and not what is drawn.
#[tokio::test]
async fn everywhere_languages_change_every_text_and_no_run() {
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
    page.wait_for_state("training").await;
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

/// Untranslated on purpose.
const STAYS: &[&str] = &["English", "Sumi", "MNIST", "SIMD", "Adam", "MB"];
