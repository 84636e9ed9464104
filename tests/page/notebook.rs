//! The nine cells, the step inspector, and the runs that a run is compared with.

use super::*;

/// The bands beside a visitor's run are those of the recorded seeds.
#[tokio::test]
async fn the_bands_are_what_was_measured() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    let script = "return import('/band.js').then(({ SUMI, KERAS }) => [SUMI, KERAS])";
    let shown: Vec<serde_json::Value> = page.browser.run(script).await.unwrap();
    for (band, file) in shown.iter().zip(["sumi", "keras"]) {
        let path = project::root().join("www/seeds").join(format!("{file}.json"));
        let seeds: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let runs = seeds["runs"].as_array().unwrap();
        assert_eq!(band["seeds"], runs.len(), "{file}");
        for what in ["accuracy", "loss"] {
            let values: Vec<f64> = runs.iter().map(|run| run[what].as_f64().unwrap()).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            for (name, want) in [
                ("mean", mean),
                ("deviation", (squares / (values.len() - 1) as f64).sqrt()),
                ("lowest", values.iter().copied().fold(f64::INFINITY, f64::min)),
                ("highest", values.iter().copied().fold(0.0, f64::max)),
            ] {
                let got = band[what][name].as_f64().unwrap();
                assert!((got - want).abs() <= 0.5001e-4, "{file}: {what}, {name} is {got}, want {want}");
            }
        }
    }
}

/// All nine cells, with what must hold of their numbers. Answers the numbers, for another language to compare.
async fn walk_the_notebook(page: &Page, lang: &str, epochs: usize) -> Vec<Vec<f64>> {
    page.click(&format!("#language [lang={lang}]")).await;
    page.wait_for(&format!("html[lang={lang}]")).await;
    for cell in 1..=6 {
        page.wait_for(&format!("#cell-{cell}[data-state=done]")).await;
    }
    let titles = page.texts("#cells h3").await;
    let (first, seventh) =
        if lang == "en" { ("Load the digits", "Train") } else { ("数字を読み込む", "訓練する") };
    assert!(titles.len() == 9 && titles[0] == first && titles[6] == seventh, "{titles:?}");

    // 1: pictures with ink, and what they are.
    let labels: Vec<usize> =
        page.texts("#samples figcaption").await.iter().map(|it| it.parse().unwrap()).collect();
    let script = "return [...document.querySelectorAll('#samples canvas')].map((it) =>
        it.getContext('2d').getImageData(0, 0, 28, 28).data.filter((value, i) => i % 4 === 3 && value > 128).length)";
    let ink: Vec<usize> = page.browser.run(script).await.unwrap();
    assert!(labels.len() == 8 && ink.iter().all(|&it| (10..500).contains(&it)), "{labels:?}, {ink:?}");
    for shape in page.texts("#train-shape, #test-shape").await {
        assert!(shape.ends_with(",000 × 28 × 28"), "{shape}");
    }
    // 2: as Keras counts.
    let counts = page.texts("#summary-rows td:last-child").await;
    assert_eq!(counts, ["0", "100,480", "0", "1,290"]);
    assert_eq!(page.text("#total-parameters").await, "101,770 (397.54 KB)");
    // 3, 4, 5: logits, their softmax, its loss.
    let logits = page.values("#logits data").await;
    let probabilities = page.values("#untrained-probabilities data").await;
    let sum: f64 = logits.iter().map(|it| it.exp()).sum();
    assert!(logits.len() == 10 && logits.iter().all(|it| it.abs() < 5.0), "{logits:?}");
    for (logit, probability) in logits.iter().zip(&probabilities) {
        assert!((logit.exp() / sum - probability).abs() < 1e-6, "{logits:?}, {probabilities:?}");
    }
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    assert_eq!(page.text("#probability-sum").await, "1.0000");
    let loss = page.values("#untrained-loss").await[0];
    assert!((loss + probabilities[labels[0]].ln()).abs() < 1e-5, "{loss}, {probabilities:?}");
    assert_eq!(page.text("#guess-loss").await, "2.3026");
    assert_eq!(page.text("#original-untrained-loss").await, "3.0234");
    // 6: Keras's Adam.
    let settings = page.texts("#fit-rate, #adam-beta1, #adam-beta2, #adam-epsilon, #fit-batch").await;
    assert_eq!(settings, ["0.001", "0.9", "0.999", "1\u{a0}×\u{a0}10⁻⁷", "32"]);

    // 7, 8, 9: empty before, and live.
    for cell in 7..=9 {
        assert_eq!(page.attribute(&format!("#cell-{cell}"), "data-state").await.unwrap(), "empty");
    }
    assert_eq!(page.texts("#evaluate-loss, #this-accuracy, #digest").await, ["–"; 3]);
    page.click("#train-button").await;
    page.wait_for("#cell-7[data-state=live]").await;
    page.wait_for("#cell-9[data-state=done]").await;
    page.wait_for_state("done").await;
    let lines = page.texts("#fit-log li").await;
    let rows = page.epochs().await;
    assert_eq!(lines.len(), epochs);
    for (index, (line, [loss, accuracy])) in lines.iter().zip(rows).enumerate() {
        let (head, rest) = line.split_once(&format!("Epoch {}/{epochs}", index + 1)).unwrap();
        let (steps, rest) = rest.split_once(&format!(" {} ", "━".repeat(20))).unwrap();
        let (done, all) = steps.split_once('/').unwrap();
        assert!(head.is_empty() && done == all && done.parse::<u32>().is_ok(), "{line}");
        assert!(rest.ends_with(&format!("/step - accuracy: {accuracy:.4} - loss: {loss:.4}")), "{line}");
    }
    let tested = page.values("#evaluate-loss, #evaluate-accuracy").await;
    assert_eq!(page.text("#evaluate-loss").await, page.text("#test-loss").await);
    assert_eq!(page.text("#this-accuracy").await, page.text("#test-accuracy").await);
    assert_eq!(page.texts("#original-loss, #original-accuracy").await, ["0.0786", "0.9763"]);

    let table = page.values("#answer-rows data").await;
    assert_eq!(table.len(), 50);
    let marked = page.texts("#answer-rows td[data-top=true]").await;
    assert_eq!(marked.len(), 5, "one answer an image");
    let reads = page.texts("#answer-reads td").await;
    for image in 0..5 {
        let column: Vec<f64> = table.iter().skip(image).step_by(5).copied().collect();
        assert!((column.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{column:?}");
        let best = (0..10).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap();
        assert_eq!(reads[image], best.to_string());
        let top = format!("#answer-rows tr:nth-child({}) td:nth-child({})", best + 1, image + 2);
        assert_eq!(page.attribute(&top, "data-top").await.unwrap(), "true");
    }
    assert_eq!(page.text("#this-digits").await, reads.join(" "));
    assert_eq!(page.texts("#answer-originals td").await, ["7", "2", "1", "0", "4"]);
    assert_eq!(page.attribute("#notebook", "data-digest").await.unwrap().len(), 64);
    vec![logits, probabilities, vec![loss], tested, table]
}

#[tokio::test]
async fn the_notebook_is_live_in_both_languages() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&seed=3").await;
    let english = walk_the_notebook(&page, "en", 5).await;
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    assert!(page.text("#comparison-note").await.contains("built-in digits"));
    assert!(page.text("#original-evaluation").await.contains("not comparable"));
    assert!(!page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());

    // Reset: the untrained model's numbers stay, the trained one's go.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    let japanese = walk_the_notebook(&page, "ja", 5).await;
    assert_eq!(japanese, english, "the same seed in another language");
    assert!(page.text("#comparison-note").await.contains("内蔵の数字"));
    page.assert_quiet().await;
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn everywhere_the_notebook_is_the_original_run_on_mnist() {
    let page = Page::open(Data::Folder(mnist_folder()), "").await;
    let numbers = walk_the_notebook(&page, "en", 5).await;
    let [loss, accuracy] = numbers[3][..] else { panic!("two numbers") };
    assert!(accuracy >= 0.973 && loss < 0.1, "accuracy {accuracy}, loss {loss}");
    assert_eq!(page.text("#samples figure:first-child figcaption").await, "5");
    assert_eq!(page.texts("#answer-reads td").await, page.texts("#answer-originals td").await);
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "true");
    assert_eq!(page.text("#comparison-note").await, "");
    assert!(page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());

    // A run that is stopped early is no run of the quickstart.
    page.click("#train-button").await;
    page.wait_for("#cell-7[data-state=live]").await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    assert!(page.text("#comparison-note").await.contains("stopped early"));
    assert!(!page.browser.find(".mark-this").await.unwrap().is_displayed().await.unwrap());
    page.click("#reset-button").await;
    page.wait_for("#notebook[data-comparable=true]").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn everywhere_the_inspector_shows_adams_arithmetic_step_by_step() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&seed=4").await;
    let first = page.wait_for_inspected(1).await;
    assert!(first["g"] != 0.0 && first["m0"] == 0.0 && first["v0"] == 0.0, "{first:?}");
    assert!(page.browser.find("#previous-step").await.unwrap().attr("disabled").await.unwrap().is_some());
    assert_eq!(page.texts("#weight-row, #weight-column").await.len(), 2);

    // A step begins where the one before it ended.
    page.click("#next-step").await;
    let second = page.wait_for_inspected(2).await;
    page.click("#next-step").await;
    let third = page.wait_for_inspected(3).await;
    for (before, after) in [(&first, &second), (&second, &third)] {
        assert_eq!([before["m1"], before["v1"], before["w1"]], [after["m0"], after["v0"], after["w0"]]);
    }
    // And back: the same numbers.
    page.click("#previous-step").await;
    assert_eq!(page.wait_for_inspected(2).await, second);
    page.click("#previous-step").await;
    assert_eq!(page.wait_for_inspected(1).await, first);

    // Far on, by the field and Enter, and one back.
    page.fill("#inspector-step", 450).await;
    page.browser.find("#inspector-step").await.unwrap().send_keys(ENTER).await.unwrap();
    let far = page.wait_for_inspected(450).await;
    page.click("#previous-step").await;
    let before = page.wait_for_inspected(449).await;
    assert_eq!([before["m1"], before["v1"], before["w1"]], [far["m0"], far["v0"], far["w0"]]);

    // The batch: each image has its own logits, probabilities and loss.
    let mut seen = Vec::new();
    for image in [1, 2] {
        page.click(&format!("#batch label:nth-child({image}) input")).await;
        let probabilities = page.values("#step-probabilities data").await;
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        let label: usize = page.text(&format!("#batch label:nth-child({image})")).await.parse().unwrap();
        let loss = page.values("#image-loss").await[0];
        assert!((loss + probabilities[label].ln()).abs() < 1e-4, "{loss}, {probabilities:?}");
        seen.push(page.values("#step-logits data").await);
    }
    assert_ne!(seen[0], seen[1]);

    // Another weight: by the fields, by a click on the picture, in the output layer, and the liveliest.
    page.fill("#weight-to", 5).await;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", 406 * 128 + 5)).await;
    page.wait_for_inspected(449).await;
    page.click("#chosen-image").await;
    page.wait_for("#inspector[data-state=shown]").await;
    let script = "const select = document.querySelector('#weight-layer');
        select.value = '1';
        select.dispatchEvent(new Event('change'))";
    page.browser.run::<()>(script).await.unwrap();
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", 100_480 + 50)).await;
    let output = page.wait_for_inspected(449).await;
    page.click("#liveliest").await;
    page.wait_for("#inspector[data-state=shown]:not([data-weight='100530'])").await;
    let liveliest = page.wait_for_inspected(449).await;
    assert!(liveliest["g"].abs() > output["g"].abs(), "{liveliest:?}, {output:?}");

    // In the other language the same numbers, written anew.
    page.click("#language [lang=ja]").await;
    assert_eq!(page.update().await, liveliest);
    page.assert_quiet().await;
}

/// One seed, one backend: the same weights to the last bit, also when steps are looked at meanwhile.
#[tokio::test]
async fn everywhere_a_seed_repeats_a_run_to_the_last_bit() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2&seed=11&backend=simd").await;
    let mut digests = Vec::new();
    for (run, seed) in [11, 11, 12].into_iter().enumerate() {
        page.visit(&format!("?data=builtin&epochs=2&seed={seed}&backend=simd")).await;
        page.wait_for("#inspector[data-state=shown]").await;
        page.click("#train-button").await;
        if run == 1 {
            page.wait_for_state("training").await;
            page.fill("#inspector-step", 300).await;
            page.click("#step-form [type=submit]").await;
            page.wait_for_inspected(300).await;
        }
        page.wait_for_state("done").await;
        digests.push(page.attribute("#notebook", "data-digest").await.unwrap());
    }
    assert_eq!(digests[1], digests[0], "the same seed, other weights");
    assert_ne!(digests[2], digests[0], "another seed, the same weights");
    page.assert_quiet().await;
}

// ---- WebGPU, on Chromium's software adapter ----
