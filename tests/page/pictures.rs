//! Pictures of digits in place of strokes: chosen, dropped and pasted.

use super::*;

/// Gives the tone of a place on a sheet of 1 × 1.
type Tones<'a> = &'a dyn Fn(f64, f64) -> f64;

/// A seven in ink on paper, with a lamp on its left; to the right of the sheet's middle by `right`.
fn seven(right: f64) -> impl Fn(f64, f64) -> f64 {
    move |x, y| {
        let away = |[from, to]: [(f64, f64); 2]| {
            let along = (to.0 - from.0, to.1 - from.1);
            let t = ((x - from.0) * along.0 + (y - from.1) * along.1) / (along.0.powi(2) + along.1.powi(2));
            let t = t.clamp(0.0, 1.0);
            (x - from.0 - t * along.0).hypot(y - from.1 - t * along.1)
        };
        let corners = [(0.35, 0.25), (0.62, 0.24), (0.47, 0.78)].map(|(x, y)| (x + right, y));
        let distance = corners.windows(2).map(|line| away([line[0], line[1]])).fold(1.0, f64::min);
        let light = 1.0 - 0.5 * x;
        light * if distance < 0.025 { 50.0 } else { 235.0 }
    }
}

/// A square picture as a BMP file: three bytes a pixel, from the bottom up.
fn bmp(side: u32, tones: Tones) -> Vec<u8> {
    assert!(side.is_multiple_of(4), "rows are padded to four bytes");
    let header = 54 + 3 * side * side;
    let mut bytes = b"BM".to_vec();
    for word in [header, 0, 54, 40, side, side, 24 << 16 | 1, 0, 0, 2835, 2835, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    let place = |at: u32| (f64::from(at) + 0.5) / f64::from(side);
    for y in (0..side).rev() {
        bytes.extend((0..side).flat_map(|x| [tones(place(x), place(y)) as u8; 3]));
    }
    bytes
}

impl Page {
    /// Chooses a file, as its dialog would.
    async fn choose_picture(&self, file: &Path) {
        let input = self.browser.find("#picture-file").await.unwrap();
        input.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Drops a file on something.
    async fn drop_on(&self, selector: &str, file: &Path) {
        let script = "const element = document.querySelector(args[0]);
            element.scrollIntoView({ block: 'center', behavior: 'instant' });
            const { left, top, width, height } = element.getBoundingClientRect();
            return [left + width / 2, top + height / 2]";
        let [x, y]: [f64; 2] = self.browser.run_with(script, vec![selector.into()]).await.unwrap();
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": [file], "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            self.browser.devtools("Input.dispatchDragEvent", event).await.unwrap();
        }
    }

    /// Pastes what the clipboard has where the focus is.
    async fn paste(&self) {
        let key = |kind: &str, commands: &[&str]| {
            json!({
                "type": kind, "modifiers": 2, "key": "v", "code": "KeyV", "windowsVirtualKeyCode": 86,
                "commands": commands,
            })
        };
        // Which keys paste is the browser's shell's to know, and it is not there.
        self.browser.devtools("Input.dispatchKeyEvent", key("rawKeyDown", &["paste"])).await.unwrap();
        self.browser.devtools("Input.dispatchKeyEvent", key("keyUp", &[])).await.unwrap();
    }

    async fn wait_for_note(&self, part: &str) {
        self.wait_for_text("#picture-note:not([hidden])", |text| text.contains(part)).await;
    }
}

#[tokio::test]
async fn a_picture_is_read_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let dark = write("dark.bmp", &bmp(240, &seven(0.0)));
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    // Before anything is there that could read it, it waits.
    page.choose_picture(&dark).await;
    page.wait_for("#answer[data-state=untrained]").await;
    page.wait_for_state("ready").await;
    page.train().await;
    page.wait_for("#answer[data-digit='7']").await;
    assert!(page.browser.find("#draw-hint").await.unwrap().text().await.unwrap().is_empty());

    // The stepper's numbers are those of the picture.
    page.browser.run::<()>("document.querySelector('#stepper').scrollIntoView()").await.unwrap();
    page.wait_for("#stepper[data-source=picture]").await;
    let bounds = page.attribute("#stepper", "data-bounds").await.unwrap();
    for (found, drawn) in bounds.split(',').zip([0.325, 0.215, 0.645, 0.805]) {
        let found: f64 = found.parse().unwrap();
        assert!((found / 240.0 - drawn).abs() < 0.02, "{bounds}");
    }
    assert_eq!(page.text("#strokes-note").await, "A digit, darker than its ground.");
    assert_eq!(page.text("#stage-strokes-title").await, "Picture");

    // It comes and goes as strokes do; a pen begins a new sheet, and an eraser says why it does nothing.
    let seen = page.view().await;
    for (button, state) in [
        ("undo", "empty"),
        ("redo", "sure"),
        ("clear", "empty"),
        ("undo", "sure"),
        ("redo", "empty"),
        ("undo", "sure"),
    ] {
        page.click(&format!("#{button}-button")).await;
        match state {
            "empty" => page.wait_for("#answer[data-state=empty]").await,
            _ => page.wait_for("#answer[data-digit='7']").await,
        }
    }
    page.click("#tool label:last-child").await;
    page.browser.draw("#canvas", Pointer::Mouse, ONE).await.unwrap();
    page.wait_for_note("A picture cannot be erased in part.").await;
    assert!(page.view().await == seen);
    page.click("#tool label:first-child").await;
    page.browser.draw("#canvas", Pointer::Mouse, ONE).await.unwrap();
    page.wait_for("#answer[data-digit='1']").await;
    page.browser.run::<()>("document.querySelector('#stepper').scrollIntoView()").await.unwrap();
    page.wait_for("#stepper[data-source=strokes]").await;
    page.click("#undo-button").await;
    page.wait_for("#answer[data-digit='7']").await;
    assert!(page.view().await == seen);
    page.assert_quiet().await;
}

#[tokio::test]
async fn pictures_are_dropped_and_pasted_or_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;

    // In chalk, dropped beside the sheet, where a browser would otherwise leave the page; and another thing in it.
    let chalk =
        write("chalk.bmp", &bmp(320, &|x, y| 255.0 - seven(0.15)(x, y).min(seven(-0.25)(1.5 * x, 1.5 * y))));
    page.drop_on("#train-title", &chalk).await;
    page.wait_for_note("There are several things in the picture: the one in the box is read.").await;
    page.wait_for("#answer[data-digit]").await;
    assert!(
        !page
            .browser
            .run::<bool>("return document.querySelector('.sheet').hasAttribute('data-drop')")
            .await
            .unwrap()
    );
    let chalk = page.view().await;

    // What cannot be read says why, and leaves the sheet as it is.
    let huge = folder.path().join("huge.png");
    fs::File::create(&huge).unwrap().set_len(50_000_001).unwrap();
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M1 1h6v6'/></svg>";
    let blob = |x: f64, y: f64| if (x - 0.5).hypot(y - 0.5) < 0.3 { 30.0 } else { 220.0 };
    for (file, why) in [
        (write("empty.png", &[]), "This file is empty."),
        (write("notes.txt", b"a digit, in words"), "This is no picture that can be opened here."),
        (write("cut.bmp", &bmp(240, &seven(0.0))[..40]), "This is no picture that can be opened here."),
        (write("drawn.svg", svg.as_bytes()), "This is no picture that can be opened here."),
        (huge, "This file is over 50 MB."),
        (write("even.bmp", &bmp(40, &|_, _| 200.0)), "Nothing stands out in this picture"),
        (write("blob.bmp", &bmp(240, &blob)), "Nothing in this picture looks like a written digit."),
    ] {
        page.choose_picture(&file).await;
        page.wait_for_note(why).await;
        assert!(page.view().await == chalk, "{file:?} changes the sheet");
    }
    page.click("#language [lang=ja]").await;
    page.wait_for_note("この画像には手書きの数字らしいものがありません。").await;
    page.click("#language [lang=en]").await;

    // From the clipboard, while the network trains; on a ground that is not there.
    let copy = "const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 200;
        const context = canvas.getContext('2d');
        context.lineWidth = 12;
        context.strokeStyle = 'white';
        context.ellipse(100, 100, 50, 75, 0, 0, 7);
        context.stroke();
        const blob = await new Promise((resolve) => canvas.toBlob(resolve));
        await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })])";
    let granted = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.browser.devtools("Browser.grantPermissions", granted).await.unwrap();
    let user = json!({ "expression": format!("(async () => {{ {copy} }})()"), "awaitPromise": true, "userGesture": true });
    let copied = page.browser.devtools("Runtime.evaluate", user).await.unwrap();
    assert!(copied.get("exceptionDetails").is_none(), "{copied}");
    page.click("#train-button").await;
    page.browser.run::<()>("document.querySelector('#canvas').focus()").await.unwrap();
    page.paste().await;
    page.wait_for_state("done").await;
    page.wait_for("#answer[data-digit='0']").await;
    page.wait_for_text("#announce", |text| !text.is_empty()).await;
    assert!(page.view().await != chalk);

    // Text is no picture where a picture is meant, and none of the sheet's business elsewhere.
    let text = json!({
        "expression": "navigator.clipboard.writeText('7')", "awaitPromise": true, "userGesture": true,
    });
    page.browser.devtools("Runtime.evaluate", text).await.unwrap();
    page.paste().await;
    page.wait_for_note("There is no picture in that.").await;
    page.click("#clear-button").await;
    page.wait_for("#answer[data-state=empty]").await;
    page.open_settings().await;
    page.click("#set-seed").await;
    page.paste().await;
    let seed: String = page.browser.run("return document.querySelector('#set-seed').value").await.unwrap();
    assert!(seed.contains('7'), "{seed}");
    assert!(page.browser.run::<bool>("return document.querySelector('#picture-note').hidden").await.unwrap());
    page.assert_quiet().await;
}
