//! For those who read the page with their ears, go through it with their keys, or need to see it clearly.

use super::*;

/// The rules of WCAG 2.2, levels A and AA, that a program can judge.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// What is drawn on what, and how far the two must differ: text 4.5 times (WCAG 1.4.3), edges and marks 3 times (1.4.11).
const CONTRASTS: [(&str, &[&str], f64); 4] = [
    ("--ink", &["--paper", "--sheet"], 4.5),
    ("--ink-soft", &["--paper", "--sheet"], 4.5),
    ("--vermilion", &["--paper", "--sheet"], 4.5),
    ("--edge", &["--paper", "--sheet"], 3.0),
];

impl Page {
    /// Whatever axe-core has to say of the page as it stands.
    async fn assert_accessible(&self, state: &str) {
        let mut problems = Vec::new();
        // Nothing that both languages and both themes have in common need be judged four times.
        for (lang, scheme, theme) in [("ja", "light", ColorScheme::Light), ("en", "dark", ColorScheme::Dark)]
        {
            self.click(&format!("#language [lang={lang}]")).await;
            self.wait_for(&format!("html[lang={lang}]")).await;
            self.browser.set_color_scheme(theme).await.unwrap();
            let script = "const { violations } = await axe.run({ runOnly: args[0], resultTypes: ['violations'] });
                return violations.flatMap(({ id, nodes }) =>
                    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`))";
            let found: Vec<String> = self.browser.run_with(script, vec![json!(RULES)]).await.unwrap();
            problems.extend(found.into_iter().map(|problem| format!("{state}, {lang}, {scheme}: {problem}")));
        }
        assert!(problems.is_empty(), "{problems:#?}");
    }

    /// Presses Tab once, and answers what `script` returns then.
    async fn tab_on(&self, script: &str) -> bool {
        self.press(TAB, 1).await;
        self.browser.run(script).await.unwrap()
    }

    /// Opens all that can be opened.
    async fn open_all(&self) {
        self.browser
            .run::<()>("for (const it of document.querySelectorAll('details')) it.open = true")
            .await
            .unwrap();
        self.wait_for("#set-batch").await;
    }
}

/// The page without data, before a run, in it and after it, with all its parts open.
#[tokio::test]
async fn axe_finds_nothing_in_any_state() {
    let path = env::var_os("AXE").expect("`cargo xtask test page` says where axe-core lies");
    let axe = fs::read_to_string(path).unwrap();
    let page = Page::open_from(serve(Data::Absent).await, &axe, "?lang=en&epochs=100&batch=4").await;
    page.wait_for_state("failed").await;
    page.wait_for("#inspector[data-state]").await;
    page.open_all().await;
    page.assert_accessible("failed").await;

    page.click("#builtin-button").await;
    page.wait_for_state("ready").await;
    page.wait_for("#inspector[data-state=shown]").await;
    page.assert_accessible("ready").await;

    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.browser.draw("#canvas", Pointer::Mouse, SEVEN).await.unwrap();
    page.wait_for("#answer[data-digit]").await;
    page.assert_accessible("training").await;

    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    page.assert_accessible("stopped").await;
}

/// The colours that the page is made of, in pairs as they come.
#[tokio::test]
async fn colours_can_be_told_apart_in_both_themes() {
    let page = Page::open(Data::Absent, "").await;
    for (scheme, theme) in [("light", ColorScheme::Light), ("dark", ColorScheme::Dark)] {
        page.browser.set_color_scheme(theme).await.unwrap();
        for (name, grounds, least) in CONTRASTS {
            for ground in grounds {
                let script = "const luminance = (name) => {
                        const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
                        const linear = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
                            .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
                        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
                    };
                    const [a, b] = args.map(luminance);
                    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)";
                let contrast: f64 =
                    page.browser.run_with(script, vec![json!(name), json!(ground)]).await.unwrap();
                assert!(
                    contrast >= least,
                    "{scheme}: {name} on {ground} is {contrast}, which is below {least}"
                );
            }
        }
    }
}

/// Tab goes through everything that can be used, in the page's order, and shows where it is. The links below the first screen lead to the
/// sections, each to its own.
#[tokio::test]
async fn everywhere_tab_reaches_everything_and_shows_where_it_is() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&batch=512").await;
    page.wait_for_state("ready").await;
    page.wait_for("#inspector[data-state=shown]").await;
    // By script: Tab would go on from where a real pointer was.
    page.browser.run::<()>("document.querySelector('#train-button').click()").await.unwrap();
    page.wait_for_state("done").await;
    page.open_all().await;
    // Panels are filled when they come into view.
    for section in ["#mistakes", "#inside", "#digit-reading", "#runs"] {
        page.wait_for(section).await;
        let scroll = "document.querySelector(args[0]).scrollIntoView()";
        page.browser.run_with::<()>(scroll, vec![section.into()]).await.unwrap();
        page.wait_for(&format!("{section}[data-state=shown]")).await;
    }
    page.browser.run::<()>("scrollTo(0, 0)").await.unwrap();
    let usable = "const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')];
        const isItsGroups = (it) => {
            const group = all.filter(({ type, name }) => type === 'radio' && name === it.name);
            return it === (group.find(({ checked }) => checked) ?? group[0]);
        };
        const usable = all.filter((it) => it.checkVisibility() && it.tabIndex >= 0 && !it.disabled && (it.type !== 'radio' || isItsGroups(it)));
        const say = (element) => element.outerHTML.slice(0, 120);
        window.reached ??= new Set();";
    let step = format!("{usable}
        const it = document.activeElement, before = window.before;
        if (before?.isConnected && !(before.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING)) throw new Error(`Tab goes back from ${{say(before)}} to ${{say(it)}}`);
        // A hidden field shows it on what it stands beside; and what scrolls by itself is stopped at, too.
        const isMarked = !usable.includes(it) || [it, it.nextElementSibling].some((place) => {{
            const {{ outlineStyle, outlineWidth }} = place ? getComputedStyle(place) : {{}};
            return outlineStyle && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        }});
        if (!isMarked) throw new Error(`nothing shows that Tab is at ${{say(it)}}`);
        const {{ top, bottom }} = it.getBoundingClientRect();
        if (bottom <= 0 || top >= innerHeight) throw new Error(`Tab is out of sight, at ${{say(it)}}`);
        window.reached.add(it);
        window.before = it;
        return it === usable.at(-1)");
    let mut stops = 0;
    while !page.tab_on(&step).await {
        stops += 1;
        assert!(stops < 300, "Tab goes round and round");
    }
    assert!(stops > 40, "there are but {stops} things to use");
    let missed: Vec<String> = page
        .browser
        .run(&format!("{usable} return usable.filter((it) => !window.reached.has(it)).map(say)"))
        .await
        .unwrap();
    assert!(missed.is_empty(), "Tab passes {missed:#?}");

    let script = "const links = [...document.querySelectorAll('#contents a')];
        const sections = [...document.querySelectorAll('main section:not(.panel)')];
        return [links.map((it) => it.hash.slice(1)), sections.map((it) => it.id).filter((id) => id !== 'model'),
            links.filter((it) => it.textContent !== document.querySelector(`${it.hash} h2`).textContent).map((it) => it.hash)]";
    let [links, sections, misnamed]: [Vec<String>; 3] = page.browser.run(script).await.unwrap();
    assert_eq!(links, sections);
    assert!(misnamed.is_empty(), "{misnamed:?}");
    page.click("#contents [href='#notebook']").await;
    let top: f64 = page
        .browser
        .run("return document.querySelector('#notebook').getBoundingClientRect().top")
        .await
        .unwrap();
    assert!(top.abs() < 100.0, "the notebook is at {top}");
}

/// However short the epochs are, a voice has time for what it is told.
#[tokio::test]
async fn everywhere_epochs_are_announced_no_faster_than_they_can_be_spoken() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=100&batch=1024&layers=8").await;
    page.wait_for_state("ready").await;
    page.wait_for("#inspector[data-state=shown]").await;
    let script = "window.said = [];
        const live = '[aria-live=polite], [aria-live=assertive], [role=status], [role=alert], [role=log], output:not([aria-live=off])';
        new MutationObserver((records) => {
            const places = new Set(records.map(({ target }) => (target.nodeType === 1 ? target : target.parentElement)?.closest(live)));
            for (const place of places) if (place?.checkVisibility()) said.push([performance.now(), place.textContent.trim()]);
        }).observe(document.body, { subtree: true, childList: true, characterData: true })";
    page.browser.run::<()>(script).await.unwrap();
    page.click("#train-button").await;
    // Two of them at least, as seldom as they are.
    let epochs = "return said.filter(([, text]) => text.startsWith('Epoch')).length";
    let start = Instant::now();
    while page.browser.run::<usize>(epochs).await.unwrap() < 2 && page.state().await != "done" {
        assert!(start.elapsed() < PATIENCE, "no epochs are announced");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let said: Vec<(f64, String)> = page.browser.run("return said").await.unwrap();
    for pair in said.windows(2) {
        let [(before, _), (after, text)] = pair else { unreachable!("pairs are of two") };
        assert!(after - before >= 3000.0 || !text.starts_with("Epoch"), "{said:?}");
    }
    let rows: usize = page
        .browser
        .run("return document.querySelectorAll('#epoch-rows tr[data-state=done]').length")
        .await
        .unwrap();
    assert!(said.len() <= 2 + rows, "{said:?}");
}
