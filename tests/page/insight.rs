//! What the network gets wrong, and what is inside it.

use super::*;

use sumi::data::synthetic;

const STEPS_PER_EPOCH: u32 = synthetic::TEST.start.div_ceil(32);
const TESTED: u32 = synthetic::TEST.end - synthetic::TEST.start;

/// Counts the sights that come from the worker.
const COUNT_SIGHTS: &str = "globalThis.sights = 0;
    globalThis.Worker = class extends Worker {
        constructor(...args) {
            super(...args);
            this.addEventListener('message', ({ data }) => { if (data.kind === 'sight') sights += 1; });
        }
    };";

/// A digit in a list, as its button says.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Listed {
    row: u32,
    label: usize,
    digit: usize,
    probability: f64,
}

impl Page {
    async fn scroll_to(&self, selector: &str) {
        let script =
            "document.querySelector(args[0]).scrollIntoView({ block: 'start', behavior: 'instant' })";
        self.browser.run_with::<()>(script, vec![selector.into()]).await.unwrap();
    }

    /// Trains one epoch of built-in digits and shows a part of what is said of the network then.
    async fn trained(query: &str, part: &str) -> Self {
        let page = Page::open(Data::Absent, &format!("?data=builtin&epochs=1&backend=simd{query}")).await;
        page.wait_for_state("ready").await;
        page.train().await;
        page.scroll_to(part).await;
        page
    }

    /// The numbers of the confusion matrix, row by row.
    async fn confusion(&self) -> Vec<u32> {
        let script = "return [...document.querySelectorAll('#confusion button')].map((it) => {
            if (Number(it.textContent || 0) !== Number(it.dataset.count)) throw new Error(`${it.textContent} for ${it.dataset.count}`);
            return Number(it.dataset.count);
        })";
        self.browser.run(script).await.unwrap()
    }

    /// The digits that are listed, and how many there are in all.
    async fn listed(&self) -> (usize, Vec<Listed>) {
        let script = "return [Number(document.querySelector('#list-title').dataset.total),
            [...document.querySelectorAll('#listed li:not([hidden]) button')].map(({ dataset }) =>
                Object.fromEntries(['row', 'label', 'digit', 'probability'].map((name) => [name, Number(dataset[name])])))]";
        self.browser.run(script).await.unwrap()
    }

    /// What a canvas shows: a number for each pixel, by colour and strength.
    async fn painted(&self, selector: &str) -> Vec<u32> {
        let script = "const canvas = document.querySelector(args[0]);
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return [...new Uint32Array(data.buffer)]";
        self.browser.run_with(script, vec![selector.into()]).await.unwrap()
    }

    /// What a canvas shows as soon as its strengths are others than these.
    async fn repainted(&self, selector: &str, before: &[u8]) -> Vec<u8> {
        let start = Instant::now();
        loop {
            let strengths = ink(&self.painted(selector).await);
            if strengths != before {
                return strengths;
            }
            assert!(start.elapsed() < PATIENCE, "{selector} stays as it is");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn data(&self, selector: &str, name: &str) -> String {
        let script = "return document.querySelector(args[0]).dataset[args[1]] ?? ''";
        self.browser.run_with(script, vec![selector.into(), name.into()]).await.unwrap()
    }

    /// Waits until a part's `data-` attribute is something else than it was.
    async fn wait_for_other(&self, selector: &str, name: &str, before: &str) -> String {
        self.wait_for(&format!("{selector}[data-{name}]:not([data-{name}='{before}'])")).await;
        self.data(selector, name).await
    }

    async fn focused(&self) -> String {
        self.browser
            .run("return document.activeElement.ariaLabel ?? document.activeElement.value")
            .await
            .unwrap()
    }
}

/// The alpha of every pixel, as `pictures.js` paints digits: the image itself.
fn ink(painted: &[u32]) -> Vec<u8> {
    painted.iter().map(|pixel| (pixel >> 24) as u8).collect()
}

#[tokio::test]
async fn the_confusion_matrix_adds_up_and_shows_the_digits_behind_its_numbers() {
    let page = Page::trained("&seed=2", "#mistakes").await;
    page.wait_for(&format!("#mistakes[data-state=shown][data-steps='{STEPS_PER_EPOCH}']")).await;
    let counts = page.confusion().await;
    assert_eq!((counts.len(), counts.iter().sum::<u32>()), (100, TESTED));
    let right: u32 = counts.iter().step_by(11).sum();
    let accuracy = page.number("#test-accuracy").await;
    assert_eq!(format!("{:.4}", f64::from(right) / f64::from(TESTED)), format!("{accuracy:.4}"));
    let wrong = TESTED - right;
    assert!(page.text("#mistakes-note").await.starts_with(&format!("{wrong} of 10,000 ")));

    // All mistakes, the surest first.
    let (total, worst) = page.listed().await;
    assert_eq!((total as u32, worst.len()), (wrong, total.min(24)));
    assert!(worst.iter().all(|it| it.label != it.digit), "{worst:?}");
    assert!(worst.is_sorted_by(|one, other| one.probability >= other.probability), "{worst:?}");
    let mut seen = worst.clone();
    if total > 24 {
        page.click("#more-mistakes").await;
        page.wait_for("#listed li:nth-child(25):not([hidden])").await;
        seen = page.listed().await.1;
        assert_eq!((&seen[..24], seen.len()), (&worst[..], total.min(48)));
        assert!(seen.is_sorted_by(|one, other| one.probability >= other.probability), "{seen:?}");
    }
    for listed in &seen {
        assert_eq!(synthetic::digit(0, synthetic::TEST.start + listed.row).1 as usize, listed.label);
    }

    // A number by the mouse: as many digits, of that label, taken for that digit, and with the right pixels.
    let (most, &count) =
        counts.iter().enumerate().filter(|(cell, _)| cell % 11 != 0).max_by_key(|it| it.1).unwrap();
    let (label, digit) = (most / 10, most % 10);
    page.click(&format!("#confusion tbody tr:nth-child({}) td:nth-child({}) button", label + 1, digit + 2))
        .await;
    page.wait_for(&format!("#list-title[data-total='{count}']")).await;
    page.wait_for_text("#list-title", |text| text.starts_with(&format!("{label} taken for {digit}"))).await;
    let (total, listed) = page.listed().await;
    assert_eq!((total as u32, listed.len()), (count, total.min(24)));
    assert!(listed.iter().all(|it| it.label == label && it.digit == digit), "{listed:?}");
    assert!(listed.is_sorted_by(|one, other| one.probability >= other.probability), "{listed:?}");
    let picture = ink(&page.painted("#listed li:first-child canvas").await);
    assert_eq!(picture, synthetic::digit(0, synthetic::TEST.start + listed[0].row).0);

    // By the keyboard: an arrow goes to the next number, Enter chooses it.
    let other = if digit < 9 { digit + 1 } else { digit - 1 };
    page.press(if digit < 9 { RIGHT } else { LEFT }, 1).await;
    assert!(page.focused().await.ends_with(&format!(": {}", counts[10 * label + other])));
    page.press(ENTER, 1).await;
    let count = counts[10 * label + other];
    page.wait_for(&format!("#list-title[data-total='{count}']")).await;
    page.wait_for_text("#announce", |text| text.contains(&format!("{count} digit"))).await;

    // What is right comes with the least sure first.
    page.click("#confusion tbody tr:nth-child(1) td:nth-child(2) button").await;
    page.wait_for(&format!("#list-title[data-total='{}']", counts[0])).await;
    let (_, listed) = page.listed().await;
    assert!(listed.len() == 24 && listed.iter().all(|it| (it.label, it.digit) == (0, 0)));
    assert!(listed.is_sorted_by(|one, other| one.probability <= other.probability), "{listed:?}");

    // One of them, with its ten probabilities.
    page.click("#listed li:nth-child(3) button").await;
    page.wait_for_text("#mistake-words", |text| text.contains(&count_of(listed[2].row + 1))).await;
    let probabilities = page.values("#mistake-probabilities data").await;
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{probabilities:?}");
    assert!((probabilities[0] - listed[2].probability).abs() < 1e-6);
    page.click("#all-mistakes").await;
    page.wait_for(&format!("#list-title[data-total='{wrong}']")).await;

    // Digit by digit, the same numbers.
    for digit in 0..10 {
        let row: Vec<u32> = counts[10 * digit..][..10].to_vec();
        let all: u32 = row.iter().sum();
        let values = page.values(&format!("#classes tbody tr:nth-child({}) data", digit + 1)).await;
        let taken_for: u32 = counts.iter().skip(digit).step_by(10).sum();
        let want = [f64::from(all), f64::from(row[digit]) / f64::from(all), f64::from(all - row[digit])];
        assert!(values.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{values:?}, {want:?}");
        assert!((values[4] - f64::from(row[digit]) / f64::from(taken_for)).abs() < 1e-6, "{values:?}");
        let rival = row[values[3] as usize];
        assert!(row.iter().enumerate().all(|(other, &count)| other == digit || count <= rival), "{row:?}");
    }
    page.assert_quiet().await;
}

/// A digit with its article.
fn a(digit: u8) -> String {
    format!("{} {digit}", if digit == 8 { "an" } else { "a" })
}

/// As the page writes whole numbers in English.
fn count_of(number: u32) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

/// Pictures of weights change while the network learns and the reader looks, and nothing is computed for who does not look.
#[tokio::test]
async fn weights_change_before_your_eyes_and_only_there() {
    let server = serve(Data::Absent).await;
    let page = Page::open_from(server, COUNT_SIGHTS, "?data=builtin&epochs=100&backend=simd").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.browser.run::<u32>("return sights").await.unwrap(), 0, "nobody has looked yet");
    page.scroll_to("#inside").await;
    page.wait_for("#units[data-state=shown]").await;
    let tile = "#units-grid button:nth-child(70) canvas";
    let untrained = ink(&page.painted(tile).await);
    assert!(untrained.iter().any(|&strength| strength > 50), "random weights are something to see");

    page.browser.run::<()>("document.querySelector('#train-button').click()").await.unwrap();
    let early = page.repainted(tile, &untrained).await;
    let late = page.repainted(tile, &early).await;
    assert_eq!(page.state().await, "training");

    // Away: whatever was under way comes to its end, and then there is nothing more.
    page.scroll_to("body").await;
    let script = "return document.querySelectorAll('#epoch-rows tr[data-state=done]').length";
    let epochs: u32 = page.browser.run(script).await.unwrap();
    page.wait_for(&format!("#epoch-rows tr:nth-child({})[data-state=done]", epochs + 2)).await;
    let before: u32 = page.browser.run("return sights").await.unwrap();
    assert!(before > 2, "{before} sights");
    page.wait_for(&format!("#epoch-rows tr:nth-child({})[data-state=done]", epochs + 3)).await;
    assert_eq!(page.browser.run::<u32>("return sights").await.unwrap(), before);

    // Back: it has learnt meanwhile.
    page.scroll_to("#inside").await;
    page.repainted(tile, &late).await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn a_unit_is_shown_at_large() {
    let page = Page::trained("&seed=3", "#inside").await;
    page.wait_for("#units[data-state=shown][data-unit='0']").await;
    assert_eq!(page.texts("#units-grid button:not([hidden])").await.len(), 128);
    page.click("#units-grid button:nth-child(18)").await;
    page.wait_for("#units[data-unit='17']").await;
    assert_eq!(page.text("#unit-name").await, "Unit 18");
    page.press(RIGHT, 1).await;
    page.press(ENTER, 1).await;
    page.wait_for("#units[data-unit='18']").await;
    let columns: u32 = page
        .browser
        .run("return getComputedStyle(document.querySelector('#units-grid')).gridTemplateColumns.split(' ').length")
        .await
        .unwrap();
    page.press(DOWN, 1).await;
    page.press(" ", 1).await;
    page.wait_for(&format!("#units[data-unit='{}']", 18 + columns)).await;
    assert_eq!(page.values("#unit-ways data").await.len(), 10);
    let sums: Vec<f64> =
        page.texts(".strongest figcaption").await.iter().map(|it| it.parse().unwrap()).collect();
    assert!(sums.len() == 8 && sums.is_sorted_by(|one, other| one >= other) && sums[7] > 0.0, "{sums:?}");

    // In its own scale every unit has full colour somewhere.
    let tile = "#units-grid button:nth-child(90) canvas";
    let most = |painted: &[u32]| painted.iter().map(|pixel| pixel >> 24).max().unwrap();
    let shared = page.painted(tile).await;
    page.browser.find("#unit-scale").await.unwrap().select_by_value("own").await.unwrap();
    page.wait_for_text("#units-note", |text| text.contains("own largest")).await;
    let own = page.painted(tile).await;
    assert!(own != shared && most(&own) == 255, "{}", most(&own));
    page.assert_quiet().await;
}

/// The activations and what explains the answer follow the pen; explanations are for any digit, and add up.
#[tokio::test]
async fn what_is_inside_follows_the_pen() {
    let page = Page::trained("&seed=5", "#inside").await;
    // Tall enough for the sheet and the network's inside at once.
    page.browser.resize(1440, 9000).await.unwrap();
    page.scroll_to("body").await;
    // Without ink it is a test digit.
    page.wait_for("#digit-reading[data-state=shown][data-row='0']").await;
    let first = synthetic::digit(0, synthetic::TEST.start);
    assert_eq!(ink(&page.painted(".flow-image canvas").await), first.0);
    assert!(page.text("#subject").await.starts_with(&format!("Test digit 1, {}", a(first.1))));

    let mut seen = Vec::new();
    for strokes in [SEVEN, ONE] {
        let digit = page.read(Pointer::Mouse, strokes).await;
        page.wait_for(&format!("#digit-reading[data-row=drawing][data-answer='{digit}']")).await;
        page.wait_for_text("#subject", |text| text.starts_with("Your drawing")).await;
        assert_eq!(ink(&page.painted(".flow-image canvas").await), page.view().await);
        let rows = page.values("#reading-rows data").await;
        let powers: Vec<f64> = rows.iter().step_by(2).map(|logit| logit.exp()).collect();
        let sum: f64 = powers.iter().sum();
        for (shown, power) in rows.iter().skip(1).step_by(2).zip(&powers) {
            // The largest logits are near 10, so their powers err by 10 times an f32's rounding, and softmax by little more.
            assert!((shown - power / sum).abs() < 1e-5, "{shown}, want {}", power / sum);
        }
        let open: usize = page.data(".activations canvas", "open").await.parse().unwrap();
        let hidden = page.painted(".activations canvas").await;
        assert_eq!(hidden.len(), 128);
        assert!((5..125).contains(&open), "{open} units are open");
        seen.push((hidden, page.painted("#shares").await));
    }
    assert_ne!(seen[0], seen[1]);

    // Another digit to be explained, by the mouse and by the keyboard.
    let answer = page.data("#saliency", "digit").await;
    assert_eq!(answer, page.data("#digit-reading", "answer").await);
    let mut maps = vec![[page.painted("#shares").await, page.painted("#gradient").await]];
    page.click("#explained label:nth-of-type(5)").await;
    page.wait_for("#saliency[data-digit='3']").await;
    maps.push([page.painted("#shares").await, page.painted("#gradient").await]);
    page.press(RIGHT, 1).await;
    page.wait_for("#saliency[data-digit='4']").await;
    maps.push([page.painted("#shares").await, page.painted("#gradient").await]);
    assert!(maps[0] != maps[1] && maps[1] != maps[2]);
    let mut sum = Vec::new();
    for name in ["ink", "biases", "lead"] {
        sum.push(page.data("#saliency", name).await.parse::<f64>().unwrap());
    }
    assert!((sum[0] + sum[1] - sum[2]).abs() < 1e-3, "{sum:?}");
    // Where there is no ink there is no share, and the gradient says what ink would do there.
    let (drawn, [shares, gradient]) = (page.view().await, &maps[2]);
    assert!(drawn.iter().zip(shares).all(|(&ink, share)| ink > 0 || share >> 24 == 0));
    assert!(drawn.iter().zip(gradient).any(|(&ink, gradient)| ink == 0 && gradient >> 24 > 0));

    // The strongest unit leads to its picture.
    let unit = page.text(".strongest-units button").await;
    page.click(".strongest-units button").await;
    page.wait_for(&format!("#units[data-unit='{}']", unit.parse::<u32>().unwrap() - 1)).await;
    assert_eq!(page.text("#unit-name").await, format!("Unit {unit}"));

    // The small sheet beside it is the same sheet.
    page.click(".flow-sheet button").await;
    page.wait_for("#answer[data-state=empty]").await;
    page.wait_for("#digit-reading[data-row='0']").await;
    page.browser.draw("#small-sheet", Pointer::Touch, SEVEN).await.unwrap();
    page.wait_for("#digit-reading[data-row=drawing][data-answer='7']").await;
    page.wait_for("#answer[data-digit='7']").await;
    assert_eq!(ink(&page.painted(".flow-image canvas").await), page.view().await);

    // A mistake instead of the drawing, and back.
    page.wait_for("#mistakes[data-state=shown]").await;
    let row = page.listed().await.1[0].row;
    page.click("#look-inside").await;
    page.wait_for(&format!("#digit-reading[data-row='{row}']")).await;
    page.click("#read-drawing").await;
    page.wait_for("#digit-reading[data-row=drawing]").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn the_map_has_every_test_digit_and_the_drawing() {
    let page = Page::trained("&seed=6", "#inside").await;
    page.wait_for("#inside[data-state=shown]").await;
    page.read(Pointer::Mouse, SEVEN).await;
    page.scroll_to("#digit-map").await;
    page.wait_for(&format!("#digit-map[data-points='{TESTED}'][data-steps='{STEPS_PER_EPOCH}'][data-mark]"))
        .await;
    let mark = page.data("#digit-map", "mark").await;
    let mut explained = Vec::new();
    for axis in ["x", "y"] {
        explained.push(page.data("#digit-map", axis).await.parse::<f64>().unwrap());
    }
    assert!(explained[0] >= explained[1] && explained[1] > 0.01 && explained.iter().sum::<f64>() < 1.0);
    let note = page.text("#map-note").await;
    assert!(note.contains("10,000") && note.contains(&format!("{:.1}%", 100.0 * explained[0])), "{note}");

    // By the keyboard, there and on.
    page.browser.run::<()>("document.querySelector('#map').focus()").await.unwrap();
    page.press(RIGHT, 1).await;
    let first = page.wait_for_other("#digit-map", "row", "").await;
    check_point(&page).await;
    page.wait_for_text("#announce", |text| text.starts_with("Test digit ")).await;
    page.press(UP, 1).await;
    page.wait_for_other("#digit-map", "row", &first).await;
    check_point(&page).await;

    // By the mouse, of one kind of digit alone.
    page.click("#map-digits label:nth-of-type(6)").await;
    let map = page.browser.find("#map").await.unwrap();
    let before = page.data("#digit-map", "row").await;
    for (x, y) in [(-60, 0), (0, -40), (40, 30), (-120, 60), (0, 0)] {
        let to = PointerAction::MoveToElement {
            element: map.clone(),
            duration: Some(Duration::from_millis(10)),
            x: f64::from(x),
            y: f64::from(y),
        };
        page.browser.client().perform_actions(MouseActions::new("mouse".into()).then(to)).await.unwrap();
    }
    page.wait_for_other("#digit-map", "row", &before).await;
    page.wait_for("#digit-map[data-label='4']").await;
    check_point(&page).await;

    // That digit inside; then another drawing, with another mark.
    let row = page.data("#digit-map", "row").await;
    page.click("#map-look").await;
    page.wait_for(&format!("#digit-reading[data-row='{row}']")).await;
    page.read(Pointer::Mouse, ZERO).await;
    page.scroll_to("#digit-map").await;
    let other = page.wait_for_other("#digit-map", "mark", &mark).await;
    assert_ne!(other, mark);
    assert_eq!(page.texts("#map-centres tbody tr").await.len(), 10);
    page.assert_quiet().await;
}

/// The point that is looked at: its picture is the test digit's, and its words name it.
async fn check_point(page: &Page) {
    // The newest question may still be out.
    page.wait_for("#digit-map[data-asking=false]").await;
    let row: u32 = page.data("#digit-map", "row").await.parse().unwrap();
    let (image, label) = synthetic::digit(0, synthetic::TEST.start + row);
    assert_eq!(page.data("#digit-map", "label").await, label.to_string());
    assert_eq!(ink(&page.painted(".map .picture").await), image);
    let words = page.text("#map-words").await;
    assert!(
        words.starts_with(&format!("Test digit {}, {}, read as ", count_of(row + 1), a(label))),
        "{words}"
    );
}

/// Before the first step it can only guess, and the page says so; afterwards it does not.
#[tokio::test]
async fn an_untrained_network_guesses() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&backend=simd").await;
    page.scroll_to("#mistakes").await;
    page.wait_for("#mistakes[data-state=shown][data-steps='0']").await;
    assert!(page.text("#mistakes-note").await.starts_with("Untrained it can only guess"));
    let counts = page.confusion().await;
    let right: u32 = counts.iter().step_by(11).sum();
    assert!(counts.iter().sum::<u32>() == TESTED && right < TESTED / 2, "{right} right");
    page.browser.run::<()>("document.querySelector('#train-button').click()").await.unwrap();
    page.wait_for(&format!("#mistakes[data-steps='{STEPS_PER_EPOCH}']")).await;
    page.wait_for_text("#mistakes-note", |text| text.contains("after 1,875 training steps")).await;
    page.browser.run::<()>("document.querySelector('#reset-button').click()").await.unwrap();
    page.wait_for("#mistakes[data-steps='0']").await;
    page.assert_quiet().await;
}

/// A deep network that learns by SGD, then softmax regression in its place, while all of it is in sight.
#[tokio::test]
async fn any_network_can_be_looked_into() {
    let query = "?data=builtin&backend=simd&layers=150,12&activation=relu,linear&optimizer=sgd";
    let page = Page::open(Data::Absent, query).await;
    page.browser.resize(1440, 9000).await.unwrap();
    page.wait_for_state("ready").await;
    page.scroll_to("#inside").await;
    page.wait_for("#units[data-state=shown]").await;
    page.wait_for(&format!("#digit-map[data-points='{TESTED}'][data-steps='0']")).await;
    let layers = page.texts(".activations figcaption").await;
    assert!(layers.len() == 2 && layers[0].contains("150") && layers[1].contains("12"), "{layers:?}");
    assert!(layers[1].starts_with("Hidden layer 2: "), "{layers:?}");
    // The weights of one unit to the next layer, which has negative activations too.
    assert_eq!(page.painted("#unit-next canvas").await.len(), 12);
    // The first page of them, and the second.
    let shown = "#units-grid button:not([hidden])";
    assert_eq!(page.texts(shown).await.len(), 128);
    page.click("#units-on").await;
    page.wait_for("#units[data-unit='128']").await;
    assert_eq!(page.texts(shown).await.len(), 22);
    page.click("#step-button").await;
    page.wait_for("#mistakes[data-steps='1']").await;
    page.wait_for("#digit-map[data-steps='1']").await;
    page.click("#reset-button").await;

    // Without a hidden layer: ten pictures, and no map.
    page.open_settings().await;
    for rows in [1, 0] {
        page.click("#set-layers .layer:last-child button").await;
        page.wait_for(&format!("#set-layers:not(:has(.layer:nth-child({})))", rows + 1)).await;
    }
    page.wait_for("#digit-map[data-state=none]").await;
    page.wait_for("#units[data-unit='0']").await;
    assert_eq!((page.texts(shown).await.len(), page.text("#unit-name").await), (10, "Output 0".to_string()));
    assert!(page.text("#layers").await.starts_with("There is no hidden layer"));
    page.click("#epoch-button").await;
    page.wait_for_state("paused").await;
    page.wait_for(&format!("#mistakes[data-steps='{STEPS_PER_EPOCH}']")).await;
    let counts = page.confusion().await;
    assert_eq!(counts.iter().sum::<u32>(), TESTED);
    // The lead of a linear network is its ink's and its bias's, to the last digit that is shown.
    page.click("#explained label:nth-of-type(10)").await;
    page.wait_for("#saliency[data-digit='8']").await;
    let mut sum = Vec::new();
    for name in ["ink", "biases", "lead"] {
        sum.push(page.data("#saliency", name).await.parse::<f64>().unwrap());
    }
    assert!((sum[0] + sum[1] - sum[2]).abs() < 1e-3, "{sum:?}");

    // On a phone with a map again, nothing is wider than the page.
    page.click("#reset-button").await;
    page.click("#add-layer").await;
    page.wait_for("#digit-map[data-state=shown][data-steps='0']").await;
    page.click("#digit-map summary").await;
    page.browser.resize(360, 800).await.unwrap();
    // What observes its own size has had its turn a frame later.
    let script = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        return [...document.querySelectorAll('#mistakes *, #inside *')]
            .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > 360)
            .map((it) => it.id || it.className || it.textContent)";
    let wide: Vec<String> = page.browser.run(script).await.unwrap();
    assert!(wide.is_empty(), "{wide:#?}");
    page.assert_quiet().await;
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn the_mistakes_on_mnist_are_those_that_people_know() {
    let page = Page::open(Data::Folder(mnist_folder()), "?backend=simd&epochs=2").await;
    page.wait_for_state("ready").await;
    page.train().await;
    page.scroll_to("#mistakes").await;
    page.wait_for("#mistakes[data-state=shown][data-steps='3750']").await;
    let counts = page.confusion().await;
    let right: u32 = counts.iter().step_by(11).sum();
    assert_eq!(format!("{:.4}", f64::from(right) / 1e4), page.text("#test-accuracy").await);
    // As many of each as MNIST's test set has.
    let labels: Vec<u32> = counts.chunks(10).map(|row| row.iter().sum()).collect();
    assert_eq!(labels, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    let at = |label: usize, digit: usize| counts[10 * label + digit];
    // 4 and 9 look alike, 0 and 1 do not.
    assert!(at(4, 9) + at(9, 4) > at(0, 1) + at(1, 0) + 5, "{counts:?}");
    page.assert_quiet().await;
}
