//! The tools of the sheet: eraser, undo and redo, size, pressure; by pointer and by key.

use super::*;

const LEVEL: &[Stroke] = &[&[(0.15, 0.5), (0.35, 0.5), (0.65, 0.5), (0.85, 0.5)]];
const UPRIGHT: &[Stroke] = &[&[(0.5, 0.2), (0.5, 0.8)]];
const CORNER: &[Stroke] = &[&[(0.02, 0.02), (0.1, 0.02)]];

impl Page {
    /// Does something, and answers the network's view once what lies on the sheet then has been read.
    async fn view_after(&self, act: impl Future<Output = ()>) -> Vec<u8> {
        // It is said aloud when the newest ink has been read.
        self.browser.run::<()>("document.querySelector('#announce').textContent = ''").await.unwrap();
        act.await;
        self.wait_for_text("#announce", |text| text.starts_with("It reads")).await;
        self.view().await
    }

    async fn draw(&self, strokes: &[Stroke]) {
        self.browser.draw("#canvas", Pointer::Mouse, strokes).await.unwrap();
    }

    async fn clear(&self) {
        self.click("#clear-button").await;
        self.wait_for("#answer[data-state=empty]").await;
    }

    /// Whether a button can be pressed.
    async fn is_enabled(&self, selector: &str) -> bool {
        self.browser.find(selector).await.unwrap().is_enabled().await.unwrap()
    }

    /// Moves a pen over the sheet, pressed as hard as the third number says, 0 to 1.
    async fn press_pen(&self, samples: &[(f64, f64, f64)]) {
        let script = "const canvas = document.querySelector('#canvas');
            canvas.scrollIntoView({ block: 'center', behavior: 'instant' });
            const { left, top, width } = canvas.getBoundingClientRect();
            return [left, top, width]";
        let [left, top, width]: [f64; 3] = self.browser.run(script).await.unwrap();
        let last = samples.len() - 1;
        for (i, &(x, y, force)) in samples.iter().enumerate() {
            let kind = if i == 0 { "mousePressed" } else { "mouseMoved" };
            let event = |kind: &str| {
                json!({
                    "type": kind, "x": (left + x * width).round(), "y": (top + y * width).round(), "force": force,
                    "pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1,
                })
            };
            self.browser.devtools("Input.dispatchMouseEvent", event(kind)).await.unwrap();
            if i == last {
                self.browser.devtools("Input.dispatchMouseEvent", event("mouseReleased")).await.unwrap();
            }
        }
    }
}

fn ink(view: &[u8]) -> f64 {
    view.iter().map(|&value| f64::from(value) / 255.0).sum()
}

/// Columns that have more ink than the rim of a stroke, in runs.
fn runs(view: &[u8]) -> Vec<Vec<usize>> {
    let inked = (0..28).filter(|x| (0..28).any(|y| view[28 * y + x] > 64)).collect::<Vec<_>>();
    inked.chunk_by(|a, b| a + 1 == *b).map(<[usize]>::to_vec).collect()
}

#[tokio::test]
async fn everywhere_an_eraser_cuts_strokes_and_undo_mends_them() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    for button in ["#undo-button", "#redo-button", "#clear-button"] {
        assert!(!page.is_enabled(button).await, "{button} with a blank sheet");
    }
    let whole = page.view_after(page.draw(LEVEL)).await;
    assert_eq!(runs(&whole).len(), 1);

    // Across the stroke: a gap, whose ends are round.
    page.click("#tool label:last-child").await;
    let cut = page.view_after(page.draw(UPRIGHT)).await;
    let pieces = runs(&cut);
    assert_eq!(pieces.len(), 2, "{pieces:?}");
    assert!(pieces.iter().all(|piece| piece.len() >= 6), "{pieces:?}");
    // Where there is no ink it takes none, and that is no step to undo.
    page.browser.draw("#canvas", Pointer::Mouse, CORNER).await.unwrap();
    assert!(!page.is_enabled("#redo-button").await);
    assert!(page.view_after(page.click("#undo-button")).await == whole);
    assert!(page.view_after(page.click("#redo-button")).await == cut);
    // In one go over all of it, by a finger: a blank sheet is read as nothing.
    page.browser.draw("#canvas", Pointer::Touch, &[&[(0.1, 0.5), (0.9, 0.5)]]).await.unwrap();
    page.wait_for("#answer[data-state=empty]").await;
    assert_eq!(page.probabilities().await, None);
    assert!(!page.is_enabled("#clear-button").await);
    assert!(page.view_after(page.click("#undo-button")).await == cut);

    // Ink that comes after a step back leaves nothing to redo; and clearing can be undone.
    page.view_after(page.click("#undo-button")).await;
    page.click("#tool label:first-child").await;
    let cross = page.view_after(page.draw(UPRIGHT)).await;
    assert!(!page.is_enabled("#redo-button").await);
    page.clear().await;
    assert!(page.view_after(page.click("#undo-button")).await == cross);
    page.assert_quiet().await;
}

/// A dot is where an eraser's touch shows best: all of it goes.
#[tokio::test]
async fn an_eraser_takes_a_dot_that_it_touches() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    let line = page.view_after(page.draw(&[&[(0.3, 0.3), (0.3, 0.8)]])).await;
    page.view_after(page.draw(&[&[(0.8, 0.8)]])).await;
    page.click("#tool label:last-child").await;
    // Beside its middle, and over its edge.
    assert!(page.view_after(page.draw(&[&[(0.86, 0.8)]])).await == line);
    page.assert_quiet().await;
}

#[tokio::test]
async fn size_and_pressure_reach_the_pixels() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    let usual = page.view_after(page.draw(LEVEL)).await;
    // By the slider's own keys: 1.2, then 1.4 times as wide, and no wider.
    let mut views = vec![usual.clone()];
    for size in ["1.2", "1.4"] {
        page.clear().await;
        page.browser.find("#pen-size").await.unwrap().send_keys(RIGHT).await.unwrap();
        let value: String =
            page.browser.run("return document.querySelector('#pen-size').value").await.unwrap();
        assert_eq!(value, size);
        views.push(page.view_after(page.draw(LEVEL)).await);
    }
    for (view, wider) in [1.2, 1.4].iter().enumerate() {
        let ratio = ink(&views[view + 1]) / ink(&usual);
        assert!((ratio / wider - 1.0).abs() < 0.05, "{wider} times the width, {ratio} times the ink");
    }
    page.browser.find("#pen-size").await.unwrap().send_keys(&format!("{LEFT}{LEFT}")).await.unwrap();

    let press = async |force: f64| {
        page.clear().await;
        page.view_after(page.press_pen(&[0.15, 0.35, 0.65, 0.85].map(|x| (x, 0.5, force)))).await
    };
    assert!(press(0.5).await == usual, "half pressed, a pen is as wide as a mouse");
    let [light, hard] = [press(0.1).await, press(0.9).await].map(|view| ink(&view) / ink(&usual));
    assert!((0.8..0.9).contains(&light) && (1.1..1.2).contains(&hard), "{light}, {hard}");

    // Within a stroke: thin where it begins, wide where it ends.
    page.clear().await;
    let swelling: Vec<_> = (1..16).map(|i| (0.1 + 0.05 * f64::from(i), 0.5, f64::from(i) / 15.0)).collect();
    let view = page.view_after(page.press_pen(&swelling)).await;
    let column = |x: usize| (0..28).map(|y| f64::from(view[28 * y + x])).sum::<f64>();
    let [first, last] = [6, 21].map(column);
    assert!(last > 1.2 * first, "{first} at the beginning, {last} at the end");
    page.assert_quiet().await;
}

/// A hand that comes down before the pen leaves nothing, and takes nothing.
#[tokio::test]
async fn a_pen_has_precedence_over_the_hand() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    let line = [(0.3, 0.5, 0.5), (0.7, 0.5, 0.5)];
    let alone = page.view_after(page.press_pen(&line)).await;
    page.clear().await;

    let script = "const { left, top, width } = document.querySelector('#canvas').getBoundingClientRect();
        return [left + 0.9 * width, top + 0.9 * width]";
    let [x, y]: [f64; 2] = page.browser.run(script).await.unwrap();
    let hand = json!({ "type": "touchStart", "touchPoints": [{ "x": x, "y": y }] });
    page.browser.devtools("Input.dispatchTouchEvent", hand).await.unwrap();
    page.wait_for("#answer[data-digit]").await;
    let with_hand = async {
        page.press_pen(&line).await;
        let up = json!({ "type": "touchEnd", "touchPoints": [] });
        page.browser.devtools("Input.dispatchTouchEvent", up).await.unwrap();
    };
    assert!(page.view_after(with_hand).await == alone);
    page.click("#undo-button").await;
    page.wait_for("#answer[data-state=empty]").await;
    page.assert_quiet().await;
}

/// Hands and systems interrupt strokes, screens change under them, and keys are pressed on the way.
#[tokio::test]
async fn nothing_is_lost_or_left_when_a_stroke_is_interrupted() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    let line = page.view_after(page.draw(UPRIGHT)).await;
    let script = "const canvas = document.querySelector('#canvas');
        const { left, top, width } = canvas.getBoundingClientRect();
        return [left, top, width]";
    let [left, top, width]: [f64; 3] = page.browser.run(script).await.unwrap();
    let at = |x: f64, y: f64| (left + x * width, top + y * width);

    // The heel of a hand that the system takes back leaves nothing, not even a step.
    let touch = async |kind: &str, points: &[(f64, f64)]| {
        let points: Vec<_> = points.iter().map(|&(x, y)| json!({ "x": x, "y": y, "id": 1 })).collect();
        let event = json!({ "type": kind, "touchPoints": points });
        page.browser.devtools("Input.dispatchTouchEvent", event).await.unwrap();
    };
    touch("touchStart", &[at(0.7, 0.5)]).await;
    touch("touchMove", &[at(0.9, 0.9)]).await;
    touch("touchCancel", &[]).await;
    assert!(page.view_after(async { page.draw(&[&[(0.2, 0.2)]]).await }).await != line);
    assert!(page.view_after(page.click("#undo-button")).await == line);

    // A key that undoes takes the stroke that is being drawn, and what the pen still does is no ink.
    let mouse = async |kind: &str, (x, y): (f64, f64)| {
        let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        page.browser.devtools("Input.dispatchMouseEvent", event).await.unwrap();
    };
    mouse("mousePressed", at(0.2, 0.8)).await;
    mouse("mouseMoved", at(0.5, 0.8)).await;
    page.press("u", 1).await;
    mouse("mouseMoved", at(0.8, 0.8)).await;
    mouse("mouseReleased", at(0.8, 0.8)).await;
    assert!(page.view_after(page.draw(&[&[(0.2, 0.2)]])).await != line);
    assert!(page.view_after(page.click("#undo-button")).await == line);

    // A zoom and another width leave the samples, and so the pixels, as they are; the sheet is as sharp as the screen.
    mouse("mousePressed", at(0.3, 0.2)).await;
    mouse("mouseMoved", at(0.6, 0.2)).await;
    let metrics = json!({ "width": 400, "height": 900, "deviceScaleFactor": 2.5, "mobile": false });
    page.browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await.unwrap();
    mouse("mouseReleased", at(0.6, 0.2)).await;
    page.click("#language [lang=ja]").await;
    page.click("#language [lang=en]").await;
    let sharp = "const canvas = document.querySelector('#canvas');
        return canvas.width === Math.round(2.5 * canvas.clientWidth)";
    let start = Instant::now();
    while !page.browser.run::<bool>(sharp).await.unwrap() {
        assert!(start.elapsed() < PATIENCE, "the sheet is not as sharp as the screen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await.unwrap();
    assert!(page.view_after(page.click("#undo-button")).await == line);
    page.assert_quiet().await;
}

/// All tools by key, on the squares of a grid, with a place that is spoken when the cursor rests.
#[tokio::test]
async fn everywhere_the_keyboard_has_every_tool() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    page.tab_to("canvas").await;
    // From column 14, row 7: with Shift four squares at a time; slantwise; not beyond the sheet.
    let shifted = |key: &str| format!("{SHIFT}{key}{SHIFT}");
    let control = |key: &str| format!("{CONTROL}{key}{CONTROL}");
    page.press(&shifted(LEFT), 2).await;
    page.press(DOWN, 7).await;
    page.wait_for_text("#announce", |text| text == "Column 6, row 14 of 28.").await;
    page.press(" ", 1).await;
    page.wait_for_text("#announce", |text| text == "Pen down.").await;
    page.press(&shifted(RIGHT), 4).await;
    let line = page.view_after(page.press(" ", 1)).await;
    assert_eq!(runs(&line)[0].len(), 20);

    // The eraser, back and up, comes down across the line.
    page.press("e", 1).await;
    page.wait_for_text("#announce", |text| text == "Eraser.").await;
    assert!(page.browser.find("input[value=eraser]").await.unwrap().is_selected().await.unwrap());
    page.press(HOME, 5).await;
    page.press(LEFT, 7).await;
    page.press(" ", 1).await;
    page.press(PAGE_DOWN, 9).await;
    let cut = page.view_after(page.press(" ", 1)).await;
    assert_eq!(runs(&cut).len(), 2);

    for (back, forth) in [
        ("u".to_owned(), "r".to_owned()),
        (control("z"), control("y")),
        (control("z"), control(&shifted("z"))),
    ] {
        assert!(page.view_after(page.press(&back, 1)).await == line, "{back:?} undoes nothing");
        assert!(page.view_after(page.press(&forth, 1)).await == cut, "{forth:?} redoes nothing");
    }

    page.press("p", 1).await;
    page.press("+", 1).await;
    page.wait_for_text("#announce", |text| text == "Pen of 120% of the usual width").await;
    page.press("-", 2).await;
    page.wait_for_text("#announce", |text| text == "Pen of 80% of the usual width").await;
    page.press(DELETE, 1).await;
    page.wait_for("#answer[data-state=empty]").await;
    page.wait_for_text("#announce", |text| text == "Sheet cleared.").await;
    assert!(page.view_after(page.press("u", 1)).await == cut);
    // Keys that mean nothing here do what they do elsewhere.
    page.press(TAB, 1).await;
    let focused: String = page.browser.run("return document.activeElement.name").await.unwrap();
    assert_eq!(focused, "tool");
    page.assert_quiet().await;
}
