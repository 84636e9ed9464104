//! The runs of a visit and their curves.

use fantoccini::actions::{Actions, KeyAction, KeyActions, TouchActions, WheelAction, WheelActions};

use super::*;

impl Page {
    /// Accuracy on the test digits after each epoch.
    async fn epoch_tests(&self) -> Vec<f64> {
        let script = "return [...document.querySelectorAll('#epoch-rows td:nth-child(4)')]
            .map((it) => Number(it.textContent))";
        self.browser.run(script).await.unwrap()
    }
}

/// The test after an epoch sees what a run of so many epochs comes to, and changes nothing in the run.
#[tokio::test]
async fn each_epoch_is_tested_as_a_run_of_its_own_would_be() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=3&seed=5&backend=simd").await;
    page.wait_for_state("ready").await;
    page.train().await;
    let tests = page.epoch_tests().await;
    assert_eq!(tests.len(), 3);
    assert_eq!(tests[2], page.number("#test-accuracy").await);
    for epochs in [1, 2] {
        page.visit(&format!("?data=builtin&epochs={epochs}&seed=5&backend=simd")).await;
        page.wait_for_state("ready").await;
        page.train().await;
        assert_eq!(page.number("#test-accuracy").await, tests[epochs - 1], "after {epochs} epochs");
    }
    page.assert_quiet().await;
}

impl Page {
    /// The epochs that the curves show.
    async fn stretch(&self) -> [f64; 2] {
        let script =
            "const { from, to } = document.querySelector('#runs').dataset; return [Number(from), Number(to)]";
        self.browser.run(script).await.unwrap()
    }

    async fn wait_for_stretch(&self, wanted: impl Fn([f64; 2]) -> bool) -> [f64; 2] {
        let start = Instant::now();
        loop {
            let stretch = self.stretch().await;
            if wanted(stretch) {
                return stretch;
            }
            assert!(start.elapsed() < PATIENCE, "the curves still show {stretch:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The numbers of a run's row, as they are: loss, accuracy, the test's loss and accuracy, milliseconds a step.
    async fn run_numbers(&self, id: u32) -> Vec<Option<f64>> {
        let script = "return [...document.querySelectorAll(`#run-rows [data-run='${args[0]}'] data`)].map((it) => it.value)";
        let values: Vec<String> = self.browser.run_with(script, vec![id.into()]).await.unwrap();
        values.iter().map(|it| it.parse().ok()).collect()
    }

    /// Which of the theme's colours the curves of the loss have.
    async fn colours(&self) -> Vec<String> {
        let script = "const canvas = document.querySelector('#runs-loss canvas');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const style = getComputedStyle(canvas);
            const has = (name) => {
                const [r, g, b] = style.getPropertyValue(name).match(/[0-9a-f]{2}/g).map((it) => parseInt(it, 16));
                for (let i = 0; i < data.length; i += 4)
                    if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) return true;
                return false;
            };
            return ['--vermilion', '--ink'].filter(has)";
        self.browser.run(script).await.unwrap()
    }

    /// Presses a button that saves a file, and answers its name. The file is the page's `saved`.
    async fn save(&self, button: &str) -> String {
        let hook = "window.saving = new Promise((resolve) => {
                const [url, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click];
                URL.createObjectURL = (blob) => url((window.saved = blob));
                HTMLAnchorElement.prototype.click = function () {
                    URL.createObjectURL = url;
                    HTMLAnchorElement.prototype.click = click;
                    click.call(this);
                    resolve(this.download);
                };
            })";
        self.browser.run::<()>(hook).await.unwrap();
        self.click(button).await;
        self.browser.run("return window.saving").await.unwrap()
    }

    /// Waits until the page scrolls no more.
    async fn wait_for_rest(&self) {
        let script = "const frame = () => new Promise(requestAnimationFrame);
            for (let still = 0, before = scrollY; still < 10; before = scrollY) {
                await frame();
                still = scrollY === before ? still + 1 : 0;
            }";
        self.browser.run::<()>(script).await.unwrap();
    }
}

/// Brings the curves into sight, and waits until they are drawn.
async fn open_runs(page: &Page) {
    let script = "document.querySelector('#runs').scrollIntoView({ behavior: 'instant' })";
    page.browser.run::<()>(script).await.unwrap();
    page.wait_for("#runs[data-state=shown] .u-over").await;
}

#[tokio::test]
async fn everywhere_runs_are_overlaid_hidden_and_removed() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&backend=simd").await;
    page.wait_for_state("ready").await;
    page.train().await;
    let first = page.text("#test-accuracy").await;
    // With larger batches, and stopped early.
    page.open_settings().await;
    page.enter("#set-batch", "64").await;
    page.wait_for("#settings-form[data-state=waiting]").await;
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.wait_for("#epoch-rows tr:nth-child(1)[data-state=done]").await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    open_runs(&page).await;
    page.wait_for("#run-rows [data-run='2']").await;
    assert_eq!(page.texts("#run-rows .run-name").await, ["Run 2: batch 64", "Run 1: batch 32"]);
    // The newest is vermilion, and the one before has become ink.
    assert_eq!(page.colours().await, ["--vermilion", "--ink"]);
    let numbers = page.run_numbers(1).await;
    assert_eq!(format!("{:.4}", numbers[3].unwrap()), first);
    assert!(numbers.iter().all(|it| it.is_some_and(|it| it > 0.0)), "{numbers:?}");
    // Both are seen over epochs, of which each has steps of its own.
    let steps = |id: u32| format!("#run-rows [data-run='{id}']");
    let first_steps = page.attribute(&steps(1), "data-step").await.unwrap();
    assert_ne!(page.attribute(&steps(2), "data-step").await, Some(first_steps));

    // What a run was, and its epochs.
    page.click("#run-rows [data-run='1'] .run-name").await;
    page.wait_for("#run-rows [data-run='1'] .run-name[aria-pressed=true]").await;
    let summary = page.text("#run-summary").await;
    let settings = "784 → 128 → 10, dropout 0.2, Adam 0.001, batch 32, 2 epochs, seed 1, built-in digits, ";
    assert!(summary.starts_with(settings), "{summary}");
    let cells = page.texts("#run-epochs tr:nth-child(2) td").await;
    assert_eq!(cells[3], first);
    assert_eq!(page.text("#run-digest").await.len(), 64);
    assert!(page.text("#run-backend").await.contains("SIMD"));

    // Hidden from the curves, not from the table.
    page.click("#run-rows [data-run='2'] input").await;
    page.wait_for("#runs-csv:enabled").await;
    assert_eq!(page.colours().await, ["--ink"]);
    page.click("#run-rows [data-run='1'] input").await;
    page.wait_for("#runs-csv:disabled").await;
    assert!(page.colours().await.is_empty());
    page.click("#run-rows [data-run='2'] input").await;
    page.wait_for("#runs-csv:enabled").await;
    assert_eq!(page.save("#runs-csv").await, "sumi-run-2.csv");

    // By keyboard: the focus goes on to the next, and at last nothing is left.
    page.browser.run::<()>("document.querySelector('#run-rows .run-remove').focus()").await.unwrap();
    page.press(ENTER, 1).await;
    page.wait_for("#run-rows:not(:has([data-run='2']))").await;
    assert_eq!(page.texts("#run-rows .run-name").await, ["Run 1"]);
    page.press(ENTER, 1).await;
    page.wait_for("#runs[data-state=empty]").await;
    assert!(page.browser.find("#runs-empty").await.unwrap().is_displayed().await.unwrap());
    assert!(!page.browser.find("#run-details").await.unwrap().is_displayed().await.unwrap());
    page.assert_quiet().await;
}

#[tokio::test]
async fn curves_are_zoomed_by_pointer_wheel_fingers_and_keys() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&backend=simd").await;
    page.wait_for_state("ready").await;
    page.train().await;
    open_runs(&page).await;
    assert_eq!(page.stretch().await, [0.0, 2.0]);

    // Drag over the second quarter.
    page.browser
        .draw("#runs-loss .u-over", Pointer::Mouse, &[&[(0.25, 0.5), (0.4, 0.5), (0.5, 0.5)]])
        .await
        .unwrap();
    let [from, to] = page.wait_for_stretch(|it| it != [0.0, 2.0]).await;
    assert!((from - 0.5).abs() < 0.02 && (to - 1.0).abs() < 0.02, "{from} to {to}");
    page.click("#zoom-all").await;
    assert_eq!(page.stretch().await, [0.0, 2.0]);
    assert!(page.attribute("#zoom-all", "disabled").await.is_some());

    // A wheel with Ctrl keeps what is under it where it is; without, it is the page's.
    for control in [false, true] {
        open_runs(&page).await;
        let script = "const over = document.querySelector('#runs-loss .u-over').getBoundingClientRect();
            return [Math.round(over.left + over.width / 2), Math.round(over.top + 9)]";
        let (x, y): (i64, i64) = page.browser.run(script).await.unwrap();
        let scroll = WheelAction::Scroll { duration: None, x, y, delta_x: 0, delta_y: -300 };
        let duration = Duration::from_millis(20);
        let wheel = WheelActions::new("wheel".to_owned()).then(WheelAction::Pause { duration }).then(scroll);
        let first = if control {
            KeyAction::Down { value: CONTROL.chars().next().unwrap() }
        } else {
            KeyAction::Pause { duration }
        };
        let key = KeyActions::new("key".to_owned()).then(first);
        page.browser.client().perform_actions(Actions::from(key).and(wheel)).await.unwrap();
        page.browser.client().release_actions().await.unwrap();
        if !control {
            assert_eq!(page.stretch().await, [0.0, 2.0]);
            page.wait_for_rest().await;
        }
    }
    let [from, to] = page.wait_for_stretch(|it| it != [0.0, 2.0]).await;
    assert!(to - from < 1.5 && ((from + to) / 2.0 - 1.0).abs() < 0.02, "{from} to {to}");

    // Two fingers that part.
    let over = page.browser.find("#runs-loss .u-over").await.unwrap();
    page.click("#zoom-all").await;
    let (_, _, width, _) = over.rectangle().await.unwrap();
    let finger = |name: &str, from: f64, to: f64| {
        let at = |x: f64, ms: u64| PointerAction::MoveToElement {
            element: over.clone(),
            duration: Some(Duration::from_millis(ms)),
            x: ((x - 0.5) * width).round(),
            y: 0.0,
        };
        TouchActions::new(name.to_owned())
            .then(at(from, 0))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(at(to, 100))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT })
    };
    let fingers = Actions::from(finger("one", 0.4, 0.2)).and(finger("other", 0.6, 0.8));
    page.browser.client().perform_actions(fingers).await.unwrap();
    let [from, to] = page.wait_for_stretch(|it| it != [0.0, 2.0]).await;
    assert!((to - from - 2.0 / 3.0).abs() < 0.1 && ((from + to) / 2.0 - 1.0).abs() < 0.05, "{from} to {to}");

    // Keys: the cursor goes along, + and − zoom at it, 0 shows all.
    page.browser.run::<()>("document.querySelector('#runs-chart').focus()").await.unwrap();
    page.press("0", 1).await;
    assert_eq!(page.stretch().await, [0.0, 2.0]);
    page.press(END, 1).await;
    page.press(LEFT, 2).await;
    page.wait_for_text("#runs-say", |text| text.starts_with("Run 1, step ")).await;
    page.press("+", 1).await;
    let [from, to] = page.stretch().await;
    assert!((to - from - 1.0).abs() < 0.01 && to > 1.9, "{from} to {to}");
    page.press("-", 1).await;
    assert_eq!(page.stretch().await, [0.0, 2.0]);
    page.press("+", 3).await;
    page.press(HOME, 1).await;
    assert_eq!(page.stretch().await[0], 0.0, "what is seen follows the cursor");
    page.press(ESCAPE, 1).await;
    assert_eq!(page.stretch().await, [0.0, 2.0]);
    page.assert_quiet().await;
}

#[tokio::test]
async fn everywhere_csv_has_the_numbers_under_the_cursor_and_png_the_curves() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&backend=simd").await;
    page.wait_for_state("ready").await;
    page.train().await;
    open_runs(&page).await;
    assert_eq!(page.save("#runs-csv").await, "sumi-run-1.csv");
    let csv: String = page.browser.run("return window.saved.text()").await.unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("run,epoch,step,loss,accuracy,test_loss,test_accuracy"));
    let rows: Vec<Vec<Option<f64>>> =
        lines.map(|line| line.split(',').map(|it| it.parse().ok()).collect()).collect();
    assert_eq!(rows.len(), 2 * 1875);
    for (index, row) in rows.iter().enumerate() {
        let (step, epoch) = (index + 1, index / 1875 + 1);
        assert_eq!(row[..3], [Some(1.0), Some(epoch as f64), Some(step as f64)]);
        assert!(row[3].unwrap() > 0.0 && (0.0..=1.0).contains(&row[4].unwrap()), "{row:?}");
        assert_eq!(
            row[5].is_some() && row[6].is_some(),
            step % 1875 == 0,
            "tests are at the ends of epochs: {row:?}"
        );
    }
    // An epoch's accuracy is the mean of its steps', of 32 digits each, and its test is the table's.
    let epochs = page.epochs().await;
    for (epoch, steps) in rows.chunks(1875).enumerate() {
        let accuracy = steps.iter().map(|row| row[4].unwrap()).sum::<f64>() / 1875.0;
        assert!((accuracy - epochs[epoch][1]).abs() < 6e-5, "{accuracy}, the table has {:?}", epochs[epoch]);
        assert_eq!(
            format!("{:.4}", steps[1874][6].unwrap()),
            page.texts("#epoch-rows td:nth-child(4)").await[epoch]
        );
    }

    // Each step by itself, where the pointer is.
    page.browser.run::<()>("document.querySelector('#smoothing').focus()").await.unwrap();
    page.press(HOME, 1).await;
    page.wait_for_text("#smoothing-text", |text| text == "each step by itself").await;
    page.browser.draw("#runs-loss .u-over", Pointer::Mouse, &[&[(0.3, 0.5)]]).await.unwrap();
    page.wait_for_text("#runs-where", |text| text.starts_with("At epoch 0.")).await;
    let step: usize = page.attribute("#run-rows [data-run='1']", "data-step").await.unwrap().parse().unwrap();
    assert!(step.abs_diff(1125) <= 5, "{step}");
    let numbers = page.run_numbers(1).await;
    // The file has as many digits as tell one f32 from another.
    assert_eq!(numbers[0].unwrap() as f32, rows[step - 1][3].unwrap() as f32);
    assert!((numbers[1].unwrap() - rows[step - 1][4].unwrap()).abs() < 1e-8);
    assert_eq!(numbers[2], None, "nothing has been tested by then");
    // And the mean of a hundred.
    page.browser.run::<()>("document.querySelector('#smoothing').focus()").await.unwrap();
    page.press(RIGHT, 4).await;
    page.wait_for_text("#smoothing-text", |text| text == "mean of 100 steps").await;
    page.browser.draw("#runs-loss .u-over", Pointer::Mouse, &[&[(0.7, 0.5)]]).await.unwrap();
    page.wait_for_text("#runs-where", |text| text.starts_with("At epoch 1.")).await;
    let step: usize = page.attribute("#run-rows [data-run='1']", "data-step").await.unwrap().parse().unwrap();
    let numbers = page.run_numbers(1).await;
    let mean = rows[step - 100..step].iter().map(|row| row[3].unwrap()).sum::<f64>() / 100.0;
    assert!((numbers[0].unwrap() - mean).abs() < 1e-7, "{numbers:?}, the mean of the file's is {mean}");
    assert!((numbers[2].unwrap() - rows[1874][5].unwrap()).abs() < 1e-8, "{numbers:?}");

    assert_eq!(page.save("#runs-png").await, "sumi-run-1.png");
    let script = "const image = await createImageBitmap(window.saved);
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, image.width, image.height);
        const colours = new Set(new Uint32Array(data.buffer)).size;
        return [window.saved.type, image.width, image.height, colours, document.querySelector('#runs-loss').clientWidth]";
    let (kind, width, height, colours, curve): (String, u32, u32, u32, u32) =
        page.browser.run(script).await.unwrap();
    assert_eq!((kind.as_str(), width), ("image/png", 2 * (curve + 48)));
    assert!(height > 800 && colours > 20, "{height} high, in {colours} colours");
    page.assert_quiet().await;
}

#[tokio::test]
async fn time_is_accounted_for() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&backend=simd").await;
    page.wait_for_state("ready").await;
    page.read(Pointer::Mouse, ONE).await;
    page.train().await;
    open_runs(&page).await;
    let script = "return [...document.querySelectorAll(`${args[0]} tr`)].map((row) => [row.cells[0].textContent, Number(row.dataset.ms)])";
    let spent: Vec<(String, f64)> = page.browser.run_with(script, vec!["#spent-rows".into()]).await.unwrap();
    let names: Vec<_> = spent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Training steps", "Tests", "Reading drawings", "Everything else"]);
    assert!(spent[..3].iter().all(|(_, ms)| *ms > 0.0), "{spent:?}");
    // Training is most of it, and the parts are of the whole.
    assert!(spent[0].1 > spent[1].1 + spent[2].1, "{spent:?}");

    let digest = page.text("#run-digest").await;
    page.click("#profile-button").await;
    page.wait_for("#profile-note[data-state=done]").await;
    let parts: Vec<(String, f64)> = page.browser.run_with(script, vec!["#part-rows".into()]).await.unwrap();
    let names: Vec<_> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = [
        "Listing the batch’s ink",
        "Layer 1: forward",
        "Layer 2: forward",
        "Softmax and loss",
        "Layer 2: gradient of its input",
        "Layer 2: gradient and update",
        "Layer 1: gradient and update",
    ];
    assert_eq!(names, wanted);
    assert!(parts.iter().all(|(_, ms)| *ms > 0.0), "{parts:?}");
    // It ran on a network of its own.
    page.train().await;
    assert_eq!(page.text("#run-digest").await, digest);
    page.assert_quiet().await;
}
