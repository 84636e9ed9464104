//! The bench page.

use super::*;

/// The names of a JSON object's members, in order.
fn names(object: &serde_json::Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

impl Page {
    /// What the bench page has left.
    async fn measured(&self) -> serde_json::Value {
        self.wait_for("#status[data-state=done]").await;
        let json: String =
            self.browser.run("return document.getElementById('result').textContent").await.unwrap();
        serde_json::from_str(&json).unwrap()
    }
}

/// An address that says so measures at once, and leaves what was measured as JSON, in the element and for download.
#[tokio::test]
async fn the_bench_page_measures_what_its_address_asks_for() {
    let query = "bench.html?backend=simd&threads=1&batch=16&hidden=20&steps=3&repeats=4&run=1";
    let page = Page::open(Data::Absent, query).await;
    let measured = page.measured().await;
    let run = &measured["runs"][0];
    for (name, wanted) in [
        ("backend", json!("simd")),
        ("threads", json!(1)),
        ("batch", json!(16)),
        ("hidden", json!(20)),
        ("steps", json!(3)),
        ("dispatches_per_step", json!(null)),
        ("submits_per_step", json!(null)),
        ("encode_ms_per_step", json!(null)),
        ("depth", json!(1)),
        ("adapter", json!(null)),
    ] {
        assert_eq!(run[name], wanted, "{name}");
    }
    let times: Vec<f64> = serde_json::from_value(run["ms_per_step"].clone()).unwrap();
    assert!(times.len() == 4 && times.iter().all(|&ms| ms >= 0.0), "{times:?}");
    assert_eq!(measured["runs"].as_array().unwrap().len(), 1);
    assert_eq!(measured["data"], "builtin");
    let folder = tempfile::tempdir().unwrap();
    let allow = json!({ "behavior": "allow", "downloadPath": folder.path() });
    page.browser.devtools("Browser.setDownloadBehavior", allow).await.unwrap();
    page.click("#download").await;
    let file = folder.path().join("sumi-bench.json");
    let start = Instant::now();
    let downloaded = loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) {
            break json;
        }
        assert!(start.elapsed() < PATIENCE, "no JSON in {}: {text:?}", file.display());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(downloaded, measured);

    // The form goes on from there; each run is a row of the table and of the JSON.
    page.browser.run::<()>("document.querySelector('[name=hidden]').value = 12").await.unwrap();
    page.click("button[value=steps]").await;
    page.wait_for("#runs tbody tr:nth-child(2)").await;
    let measured = page.measured().await;
    assert_eq!(measured["runs"][1]["hidden"], 12);
    assert_eq!(page.text("#runs tbody tr:nth-child(2) td:nth-child(5)").await, "12");
    page.assert_quiet().await;
}

/// With several threads the page makes the other workers, and lets them go.
#[tokio::test]
async fn everywhere_the_bench_page_computes_on_two_threads() {
    let query = "bench.html?threads=2&batch=8&hidden=64&depth=2&steps=20&repeats=2&run=1";
    let page = Page::open(Data::Absent, query).await;
    let measured = page.measured().await;
    let run = &measured["runs"][0];
    assert_eq!((&run["threads"], &run["depth"]), (&json!(2), &json!(2)));
    assert_eq!(run["ms_per_step"].as_array().unwrap().len(), 2);
    // There is only one queue.
    page.visit("bench.html?backend=reference&threads=2&steps=1&repeats=1&run=1").await;
    page.wait_for("#status[data-state=failed]").await;
    assert_eq!(page.text("#status").await, "threads is 2: only the backend simd computes on more than one.");
}

/// The other three buttons, by their addresses.
#[tokio::test]
async fn everywhere_the_bench_page_measures_parts_tasks_and_limits() {
    let page = Page::open(Data::Absent, "bench.html?what=parts&hidden=32&depth=2&steps=5&run=1").await;
    let measured = page.measured().await;
    let parts = &measured["parts"][0];
    assert_eq!(names(parts), ["batch", "build", "depth", "hidden", "ms", "steps"]);
    let parts: Vec<(String, [f64; 1])> = serde_json::from_value(parts["ms"].clone()).unwrap();
    let named: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    assert!(named.contains(&"batch") && named.contains(&"dense_forward 3"), "{named:?}");
    assert!(parts.iter().map(|(_, [ms])| ms).sum::<f64>() > 0.0, "{parts:?}");
    assert_eq!(page.text("#parts tbody tr:last-child td").await, "All of it");

    page.visit("bench.html?what=tasks&repeats=1&run=1").await;
    let measured = page.measured().await;
    let tasks: Vec<(String, [f64; 1])> = serde_json::from_value(measured["tasks"][0]["ms"].clone()).unwrap();
    assert_eq!(tasks.len(), 7);
    assert!(tasks.iter().all(|(_, [ms])| *ms > 0.0), "{tasks:?}");

    page.visit("bench.html?what=ceilings&repeats=1&run=1").await;
    let measured = page.measured().await;
    let ceilings: Vec<(String, [f64; 2])> =
        serde_json::from_value(measured["ceilings"][0]["per_ns"].clone()).unwrap();
    assert!(ceilings.iter().all(|(_, [best, median])| best >= median && *median > 0.0), "{ceilings:?}");
    assert_eq!(ceilings.len(), sumi::bench::ceiling::Resource::all().count());
    assert_eq!(page.text("#ceilings tbody tr:first-child td").await, "Multiply-adds");
    page.assert_quiet().await;
}

/// What an address cannot have is said in a sentence, and nothing is measured.
#[tokio::test]
async fn the_bench_page_refuses_what_it_cannot_measure() {
    let page = Page::open(Data::Absent, "bench.html").await;
    for (query, sentence) in [
        ("batch=0", "The address asks for batch=0: choose a whole number from 1 to 4,096."),
        ("hidden=many", "The address asks for hidden=many: choose a whole number from 1 to 4,096."),
        ("threads=1.5", "The address asks for threads=1.5: choose a whole number from 1 to 64."),
        ("backend=abacus", "The address asks for backend=abacus: choose one of simd, gpu, reference."),
        ("build=fast", "The address asks for build=fast: choose one of relaxed, simd128."),
        ("what=nothing", "The address asks for what=nothing: choose one of steps, parts, tasks, ceilings."),
    ] {
        page.visit(&format!("bench.html?{query}&run=1")).await;
        page.wait_for("#status[data-state=failed]").await;
        assert_eq!(page.text("#status").await, sentence, "{query}");
        let result: String =
            page.browser.run("return document.getElementById('result').textContent").await.unwrap();
        assert_eq!(result, "", "{query}");
        // The form is there for a better choice.
        page.wait_for("button[value=steps]:enabled").await;
    }
    page.assert_quiet().await;
}

/// Nothing sticks out on a phone, with all four tables there.
#[tokio::test]
async fn the_bench_page_fits_a_phone() {
    let page = Page { browser: Browser::start().await.unwrap(), server: serve(Data::Absent).await };
    page.browser.resize(360, 800).await.unwrap();
    for lang in ["en", "ja"] {
        page.visit(&format!("bench.html?hidden=16&steps=2&repeats=2&lang={lang}&run=1")).await;
        for (what, section) in [("parts", "#parts"), ("ceilings", "#ceilings"), ("tasks", "#tasks")] {
            page.measured().await;
            page.click(&format!("button[value={what}]")).await;
            page.wait_for(&format!("{section}:not([hidden])")).await;
        }
        page.measured().await;
        let script = "const { scrollWidth, clientWidth } = document.documentElement; return [scrollWidth, clientWidth]";
        let [content, viewport]: [u32; 2] = page.browser.run(script).await.unwrap();
        assert_eq!(content, viewport, "{lang}");
        if let Some(folder) = env::var_os("SCREENSHOTS") {
            for (name, scheme) in [("light", ColorScheme::Light), ("dark", ColorScheme::Dark)] {
                page.browser.set_color_scheme(scheme).await.unwrap();
                for (width, height) in [(360, 3200), (1440, 2000)] {
                    page.browser.resize(width, height).await.unwrap();
                    let file = format!("bench-{lang}-{name}-{width}.png");
                    page.browser.screenshot(&Path::new(&folder).join(file)).await.unwrap();
                }
            }
            page.browser.resize(360, 800).await.unwrap();
        }
    }
}
