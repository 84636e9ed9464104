//! The visitor's own digits, and the lesson that is made of them.

use super::*;

/// A 7 with a long serif, and a foot that curls to the right: as this hand writes them, `moved` a little each time.
fn odd_seven(moved: f64) -> Vec<(f64, f64)> {
    let shape = [
        (0.24, 0.38),
        (0.26, 0.16),
        (0.45, 0.18),
        (0.72, 0.16),
        (0.62, 0.4),
        (0.51, 0.62),
        (0.46, 0.8),
        (0.6, 0.87),
        (0.8, 0.8),
    ];
    shape
        .iter()
        .zip(0..)
        .map(|(&(x, y), i)| (x + moved * f64::from(i % 3 - 1), y + moved * f64::from(i % 2)))
        .collect()
}

impl Page {
    async fn draw_seven(&self, moved: f64) {
        let stroke: &[_] = &odd_seven(moved);
        self.browser.draw("#canvas", Pointer::Mouse, &[stroke]).await.unwrap();
        self.wait_for("#digit-row button:enabled").await;
    }

    /// What is said of a row of the table: before and after, as shares; none where there is a dash.
    async fn row(&self, id: &str) -> Vec<Option<f64>> {
        let script = "return [...document.querySelectorAll(`#${args[0]} data`)].map((it) => it.value)";
        let values: Vec<String> = self.browser.run_with(script, vec![id.into()]).await.unwrap();
        values.iter().map(|it| it.parse().ok()).collect()
    }

    /// How many digits IndexedDB has.
    async fn kept(&self) -> usize {
        let script = "return new Promise((resolve, reject) => {
            const open = indexedDB.open('sumi');
            open.onerror = () => reject(open.error);
            open.onsuccess = () => {
                const count = open.result.transaction('own-digits').objectStore('own-digits').count();
                count.onsuccess = () => { open.result.close(); resolve(count.result); };
            };
        })";
        self.browser.run(script).await.unwrap()
    }
}

/// Odd 7s are kept, by click and by key, and survive a reload; a lesson reads other ones of that hand and costs the test digits next to
/// nothing; they go out, are deleted, and come in again.
#[tokio::test]
async fn odd_sevens_are_kept_taught_and_read() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&seed=1").await;
    page.wait_for("#import-button:enabled").await;
    assert_eq!(page.attribute("#handwriting", "data-state").await.as_deref(), Some("empty"));
    assert!(page.browser.find("#digit-row button:disabled").await.is_ok(), "there is no ink yet");
    page.train().await;
    assert!(page.browser.find("#teach-button:disabled").await.is_ok(), "there is nothing to teach");

    let moves = [0.0, 0.008, 0.016, 0.024, 0.032, 0.04];
    for (index, moved) in moves.into_iter().enumerate() {
        page.draw_seven(moved).await;
        if index % 2 == 0 {
            page.click("#digit-row th:nth-child(9) button").await;
        } else {
            let canvas = page.browser.find("#canvas").await.unwrap();
            canvas.send_keys("7").await.unwrap();
        }
        page.wait_for(&format!("#handwriting[data-count='{}']", index + 1)).await;
        page.wait_for("#answer[data-state=empty]").await;
    }
    assert_eq!(page.text("#label-kept").await, "Kept as a 7: 6 digits of your hand.");
    assert_eq!(page.text("#announce").await, "Kept as a 7: 6 digits of your hand.");
    let unread = page.row("own-first").await[0].unwrap();
    assert!(unread < 0.7, "these are not so odd: {unread} are read");

    // They are there after a reload, and the network is not.
    page.visit("?data=builtin&epochs=1&seed=1").await;
    page.wait_for("#handwriting[data-count='6'][data-state=untaught]").await;
    assert_eq!(page.kept().await, 6);
    page.train().await;
    let test = page.row("own-test").await[0].unwrap();
    page.click("#teach-button").await;
    page.wait_for("#handwriting[data-state=taught]").await;
    let row = page.row("own-test").await;
    assert_eq!(row[0], Some(test), "the lesson begins with the run's network");
    assert!(row[1].unwrap() > test - 0.01, "{row:?}");
    let taught = page.row("own-taught").await;
    assert_eq!((taught[0], taught[1]), (Some(unread), Some(1.0)));

    // Other ones are read, and one that is labelled counts as at first sight after a lesson.
    for moved in [0.012, 0.02, 0.036] {
        page.draw_seven(moved).await;
        page.wait_for("#answer[data-digit='7']").await;
        page.click("#clear-button").await;
    }
    page.draw_seven(0.028).await;
    page.wait_for("#answer[data-digit='7']").await;
    page.browser.find("#canvas").await.unwrap().send_keys("7").await.unwrap();
    page.wait_for("#handwriting[data-count='7']").await;
    assert_eq!(page.row("own-first").await, [Some(unread), Some(1.0)]);

    // Taken back, what is read is as it was; taught again without a digit, what the digit taught is not built upon.
    page.click("#unteach-button").await;
    page.wait_for("#handwriting[data-state=untaught]").await;
    assert_eq!(page.row("own-test").await, [Some(test), None]);
    page.click("#own-digits li:first-child button").await;
    page.wait_for("#handwriting[data-count='6']").await;
    page.click("#teach-button").await;
    page.wait_for("#handwriting[data-state=taught]").await;
    assert_eq!((page.row("own-test").await, page.row("own-taught").await), (row, taught));

    // Out, as text; gone after a question; in again, once.
    let text: String = page
        .browser
        .run(
            "const { OwnDigits } = await import('./own-digits.js'); return (await OwnDigits.open()).toText()",
        )
        .await
        .unwrap();
    assert_eq!(text.lines().count(), 6);
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((line["label"].as_u64(), line["image"].as_array().unwrap().len()), (Some(7), 784));
    assert_eq!(line["strokes"][0].as_array().unwrap().len(), 9);
    page.click("#delete-button").await;
    assert_eq!(page.text("#delete-button").await, "Really delete all 6");
    page.click("#delete-button").await;
    page.wait_for("#handwriting[data-count='0']").await;
    assert_eq!(page.kept().await, 0);
    let folder = tempfile::tempdir().unwrap();
    for (name, content, says) in [
        ("mine.jsonl", text.clone(), "Digits that came: 6. There already: 0."),
        ("mine.jsonl", text.clone(), "Digits that came: 0. There already: 6."),
        ("bad.jsonl", format!("{text}{{\"label\": 12}}\n"), "bad.jsonl, line 7: expected a JSON object"),
        ("none.jsonl", "\n".into(), "none.jsonl holds no digit."),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        page.browser.find("#import-file").await.unwrap().send_keys(path.to_str().unwrap()).await.unwrap();
        page.wait_for_text("#own-note", |text| text.starts_with(says)).await;
    }
    assert_eq!(page.attribute("#handwriting", "data-count").await.as_deref(), Some("6"));

    // Another run begins without the lesson, and with the digits.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.wait_for("#handwriting[data-state=untaught][data-count='6']").await;
    assert!(
        page.browser.find("#teach-button:disabled").await.is_ok(),
        "an untrained network has learnt nothing yet"
    );
    page.assert_quiet().await;
}

/// A browser that keeps nothing says so, and the digits are there meanwhile.
#[tokio::test]
async fn own_digits_need_no_database() {
    let prelude = "Object.defineProperty(globalThis, 'indexedDB', { value: { open() { throw new Error('none here'); } } });";
    let page = Page::open_from(serve(Data::Absent).await, prelude, "?data=builtin&lang=ja").await;
    page.wait_for("#import-button:enabled").await;
    assert!(page.text("#own-note").await.starts_with("このブラウザーは保存を許していません"));
    page.wait_for("#backend:not(:empty)").await;
    page.draw_seven(0.0).await;
    page.browser.find("#canvas").await.unwrap().send_keys("7").await.unwrap();
    page.wait_for("#handwriting[data-count='1']").await;
    assert_eq!(page.text("#label-kept").await, "7として保存しました。あなたの数字は1個です。");
    page.assert_quiet_but(|line| line.contains("none here")).await;
}
