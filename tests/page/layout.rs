//! Nothing jumps, overflows, or lacks a name.

use super::*;

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
                // By script: browsers forgive what shifts just after a press.
                let press = "document.querySelector('#train-button').click()";
                page.train_by(async { page.browser.run::<()>(press).await.unwrap() }).await;
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
async fn everywhere_everything_has_its_place_and_its_name() {
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
        for (const it of document.querySelectorAll('input, select, button, canvas:not([role=img] canvas), [role=img], [role=group], [role=radiogroup]')) {
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
