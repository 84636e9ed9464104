//! What a run is made of: chosen in a form, kept in the address, and followed by all that the page shows.

use super::*;

/// Reads what the page has copied.
async fn copied_link(page: &Page) -> String {
    let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    page.browser.devtools("Browser.grantPermissions", permissions).await.unwrap();
    page.click("#copy-button").await;
    page.wait_for_text("#copy-note", |text| text.starts_with("Copied")).await;
    page.browser.run("return navigator.clipboard.readText()").await.unwrap()
}

/// Opens a link in a browser that has never seen the page, trains, and answers the weights' digest.
pub(crate) async fn digest_of(server: &Server, link: &str) -> String {
    let query = link.strip_prefix(&server.url()).expect("a link to this page");
    let browser = Browser::start().await.unwrap();
    let page = Page { browser, server: serve(Data::Absent).await };
    page.visit(query).await;
    page.wait_for_state("ready").await;
    page.train().await;
    page.digest().await
}

/// A deep network by SGD, put together in the form, whose learning rate is changed while it trains: its link has it all.
#[tokio::test]
async fn a_link_repeats_a_run_to_the_last_bit() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    page.open_settings().await;
    page.enter("#set-layers .layer:nth-child(1) label:nth-child(1) input", "48").await;
    page.click("#add-layer").await;
    page.enter("#set-layers .layer:nth-child(2) label:nth-child(1) input", "20").await;
    page.choose("#set-layers .layer:nth-child(2) select", "linear").await;
    page.enter("#set-layers .layer:nth-child(2) label:nth-child(3) input", "0.3").await;
    assert_eq!(page.text("#parameter-count").await, "38,870 parameters");
    page.choose("#set-optimizer", "sgd").await;
    page.enter("#set-lr", "0.05").await;
    page.enter("#set-momentum", "0.8").await;
    page.click("#set-nesterov").await;
    page.enter("#set-batch", "50").await;
    page.enter("#set-epochs", "2").await;
    page.enter("#set-seed", "9").await;
    let query = "?layers=48,20&dropout=0.2,0.3&activation=relu,linear&optimizer=sgd&lr=0.05&momentum=0.8&nesterov=1\
        &batch=50&epochs=2&seed=9&data=builtin";
    assert_eq!(page.query().await, query);
    assert_eq!(
        page.text("#settings-summary").await,
        "784 → 48 → 20 linear → 10 · dropout 0.2, 0.3 · SGD 0.05 · Nesterov momentum 0.8 · batch 50 · 2 epochs · seed 9 · \
         built-in digits"
    );

    page.click("#train-button").await;
    page.wait_for("#epoch-rows tr:nth-child(1):is([data-state=current], [data-state=done])").await;
    page.click("#halve-button").await;
    page.wait_for_text("#rate-note", |text| text.starts_with("0.025 since step ")).await;
    page.wait_for_state("done").await;
    let link = copied_link(&page).await;
    // What computed it is named, for its last bits depend on that.
    assert!(
        link.contains("&lr=0.05,") && link.contains(":0.025&") && link.ends_with("&backend=simd"),
        "{link}"
    );
    let digest = page.digest().await;
    assert_eq!(digest_of(&page.server, &link).await, digest, "{link}");
    // Without the change it is another run.
    let unchanged = format!("{}{query}&backend=simd", page.server.url());
    assert_ne!(digest_of(&page.server, &unchanged).await, digest);
    page.assert_quiet().await;
}

/// Adam with settings of its own, changed at a pause, on softmax regression; the address itself repeats it too.
#[tokio::test]
async fn the_address_repeats_a_run_too() {
    let query = "?layers=none&lr=0.01,400:0.002&beta1=0.5&beta2=0.9&epsilon=0.001&batch=96&epochs=1&data=builtin&backend=simd";
    let page = Page::open(Data::Absent, query).await;
    page.wait_for_state("ready").await;
    page.click("#step-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step 1 ")).await;
    page.click("#double-button").await;
    // A change of one's own takes the place of what was to come.
    page.wait_for_text("#rate-note", |text| text == "0.02 since step 2").await;
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    let (address, digest) = (page.query().await, page.digest().await);
    assert_eq!(address, query.replace("400:0.002", "2:0.02"));
    assert_eq!(digest_of(&page.server, &format!("{}{address}", page.server.url())).await, digest);
    page.assert_quiet().await;
}

/// Before a run a change holds at once; while there is one it waits for the next.
#[tokio::test]
async fn changes_hold_at_once_or_wait_for_the_next_run() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&epochs=1&lang=en").await;
    page.wait_for_state("ready").await;
    page.open_settings().await;
    page.wait_for("#settings-form[data-state=used]").await;
    assert_eq!(page.text("#settings-note").await, "Changes hold at once.");
    page.enter("#set-batch", "64").await;
    assert!(page.query().await.contains("batch=64"));
    page.wait_for_text("#fit-batch", |text| text == "64").await;
    page.train().await;
    let first = page.digest().await;

    // Now there is a run.
    page.enter("#set-seed", "2").await;
    page.wait_for("#settings-form[data-state=waiting]").await;
    assert!(!page.query().await.contains("seed"), "it waits");
    assert_eq!((page.state().await.as_str(), page.digest().await), ("done", first.clone()));
    page.click("#discard-button").await;
    page.wait_for("#settings-form[data-state=used]").await;
    page.train().await;
    assert_eq!(page.digest().await, first, "discarded");

    // Train again begins what waits; so does Start over, and so does the form.
    page.enter("#set-seed", "2").await;
    page.train().await;
    assert!(page.query().await.contains("seed=2"));
    let second = page.digest().await;
    assert_ne!(second, first);
    page.enter("#set-seed", "1").await;
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert!(!page.query().await.contains("seed"));
    page.train().await;
    assert_eq!(page.digest().await, first);
    page.enter("#set-seed", &format!("2{ENTER}")).await;
    page.wait_for_state("ready").await;
    assert!(page.query().await.contains("seed=2"));
    assert_eq!(page.text("#test-accuracy").await, "–");

    // In the midst of one, too, which goes on until then.
    page.enter("#set-epochs", "50").await;
    page.click("#train-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    page.enter("#set-batch", "32").await;
    page.wait_for("#settings-form[data-state=waiting]").await;
    assert_eq!(page.state().await, "training");
    page.click("#apply-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.epoch_rows().await, 50);
    let focused: String = page.browser.run("return document.activeElement.tagName").await.unwrap();
    assert_eq!(focused, "SUMMARY", "the focus stays in the section");

    // Back to the quickstart: nothing is left in the address but the language.
    page.click("#quickstart-button").await;
    page.wait_for_text("#settings-summary", |text| {
        text == "784 → 128 → 10 · dropout 0.2 · Adam 0.001 · batch 32 · 5 epochs · seed 1 · MNIST"
    })
    .await;
    assert_eq!(page.query().await, "?lang=en");
    // There is no MNIST here.
    page.wait_for_state("failed").await;
    page.click("#builtin-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.query().await, "?data=builtin&lang=en");
    let value = "return document.querySelector('#set-data').value";
    assert_eq!(page.browser.run::<String>(value).await.unwrap(), "builtin");
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("404")).await;
}

/// What cannot be says what could, and changes nothing.
#[tokio::test]
async fn fields_say_what_they_take() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    page.open_settings().await;
    for (field, bad, good, range) in [
        ("#set-lr", "2", "0.5", "a number from 1 × 10⁻⁶ to 1"),
        ("#set-beta2", "1", "0.99", "a number from 0 to 0.99999"),
        ("#set-batch", "5000", "500", "a whole number from 1 to 4,096"),
        ("#set-epochs", "0", "1", "a whole number from 1 to 100"),
        ("#set-seed", "4294967296", "7", "a whole number from 0 to 4,294,967,295"),
        ("#set-threads", "17", "", "a whole number from 1 to 16"),
        ("#set-layers .layer label:nth-child(1) input", "4097", "40", "a whole number from 1 to 4,096"),
        ("#set-layers .layer label:nth-child(3) input", "1", "0.5", "a number from 0 to 0.95"),
    ] {
        let before = page.query().await;
        page.enter(field, bad).await;
        page.wait_for("#settings-form[data-state=wrong]").await;
        assert_eq!(page.attribute(field, "aria-invalid").await.unwrap(), "true", "{field}");
        let help = page.attribute(field, "aria-describedby").await.unwrap();
        let text = page.text(&format!("#{help}")).await.replace('\u{a0}', " ");
        assert_eq!(text, format!("It must be {range}."));
        assert_eq!(page.query().await, before, "{field}");
        page.enter(field, good).await;
        page.wait_for("#settings-form[data-state=used]").await;
        assert_eq!(page.attribute(field, "aria-invalid").await.unwrap(), "false", "{field}");
    }
    let query = page.query().await;
    assert_eq!(query, "?layers=40&dropout=0.5&lr=0.5&beta2=0.99&batch=500&epochs=1&seed=7&data=builtin");

    // Four layers at most, and no more parameters than fit; each row goes by its own button, and the focus to a neighbour.
    for rows in 2..=4 {
        page.click("#add-layer").await;
        page.wait_for(&format!("#set-layers .layer:nth-child({rows})")).await;
    }
    page.wait_for("#add-layer:disabled").await;
    page.enter("#set-layers .layer:nth-child(1) label:nth-child(1) input", "3000").await;
    page.enter("#set-layers .layer:nth-child(2) label:nth-child(1) input", "3000").await;
    page.wait_for("#settings-form[data-state=wrong]").await;
    let count = page.text("#parameter-count").await;
    assert!(count.contains("parameters: at most 4,000,000 fit here."), "{count}");
    assert_eq!(page.text("#settings-note").await, "Nothing is changed while something above cannot be.");
    for rows in (0..4).rev() {
        page.click("#set-layers .layer:last-child button").await;
        page.wait_for(&format!("#set-layers:not(:has(.layer:nth-child({})))", rows + 1)).await;
    }
    let focused: String = page.browser.run("return document.activeElement.id").await.unwrap();
    assert_eq!(focused, "add-layer");
    page.wait_for_text("#settings-summary", |text| text.starts_with("784 → 10 · Adam 0.5")).await;
    assert_eq!(page.text("#parameter-count").await, "7,850 parameters");
    page.assert_quiet().await;
}

/// The notebook's code and numbers are those of the settings, and it says where they cannot be compared.
#[tokio::test]
#[ignore = "needs MNIST"]
async fn the_notebook_follows_the_settings() {
    let page = Page::open(Data::Folder(mnist_folder()), "?backend=simd").await;
    page.wait_for("#cell-6[data-state=done]").await;
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "true");
    page.open_settings().await;
    page.click("#add-layer").await;
    page.choose("#set-optimizer", "sgd").await;
    page.enter("#set-batch", "64").await;
    page.enter("#set-epochs", "1").await;
    page.wait_for_text("#fit-batch", |text| text == "64").await;
    assert_eq!(
        page.text("#build-code").await,
        "model = tf.keras.models.Sequential([\n  tf.keras.layers.Flatten(input_shape=(28, 28)),\n  \
         tf.keras.layers.Dense(128, activation='relu'),\n  tf.keras.layers.Dropout(0.2),\n  \
         tf.keras.layers.Dense(64, activation='relu'),\n  tf.keras.layers.Dropout(0.2),\n  tf.keras.layers.Dense(10)\n])\n\
         model.summary()"
    );
    assert!(page.text("#build-text").await.contains("Layers of 128 and 64 units"));
    let counts = page.texts("#summary-rows td:last-child").await;
    assert_eq!(counts, ["0", "100,480", "0", "8,256", "0", "650"]);
    assert_eq!(page.attribute("#total-parameters", "data-value").await.unwrap(), "109386");
    assert_eq!(
        page.text("#compile-code").await,
        "model.compile(\n  optimizer=tf.keras.optimizers.SGD(\n    momentum=0.9),\n  loss=loss_fn, metrics=['accuracy'])"
    );
    assert_eq!(page.texts("#fit-optimizer, #fit-rate, #sgd-momentum").await, ["SGD", "0.01", "0.9"]);
    assert!(!page.browser.find("#adam-beta1").await.unwrap().is_displayed().await.unwrap());
    assert_eq!(page.text("#fit-code").await, "model.fit(x_train, y_train, epochs=1,\n  batch_size=64)");
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    assert!(page.text("#comparison-note").await.contains("other settings than the original"));
    assert!(page.text("#original-untrained").await.contains("not comparable"));

    page.click("#train-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    page.click("#double-button").await;
    page.wait_for_text("#fit-rate", |text| text.starts_with("0.01, 0.02 from step ")).await;
    page.wait_for_state("done").await;
    let line = page.text("#fit-log li").await;
    assert!(line.contains("938/938"), "{line}");
    let code = page.text("#compile-code").await;
    let query = page.query().await;
    let step: u32 = query.split("lr=0.01,").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    let schedule = format!("[{}], [0.01, 0.02])", step - 2);
    assert!(code.contains(".PiecewiseConstantDecay(") && code.contains(&schedule), "{code}");
    assert!(page.number("#test-accuracy").await > 0.85);

    // Other digits, and these again.
    page.choose("#set-data", "builtin").await;
    page.click("#apply-button").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;
    page.choose("#set-data", "mnist").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    page.click("#quickstart-button").await;
    page.wait_for("#notebook[data-comparable=true]").await;
    assert_eq!(page.query().await, "");
    page.assert_quiet().await;
}

/// SGD's arithmetic, with and without Nesterov, in any layer of a deep network; and softmax regression, which has one.
#[tokio::test]
async fn the_inspector_shows_any_network_and_sgd() {
    let base = "?data=builtin&epochs=1&layers=30,20&optimizer=sgd&lr=0.1,3:0.02&momentum=0.8";
    let page = Page::open(Data::Absent, base).await;
    for nesterov in [false, true] {
        page.visit(&format!("{base}&nesterov={}", u8::from(nesterov))).await;
        let mut velocity = 0.0;
        for step in 1..=4 {
            page.wait_for(&format!("#inspector[data-state=shown][data-step='{step}']")).await;
            let at = page.update().await;
            let rate = if step < 3 { 0.1 } else { 0.02 };
            assert_eq!([at["alpha"], at["momentum"], at["m0"]], [rate, 0.8, velocity], "step {step}");
            let close = |got: f64, want: f64, terms: f64| {
                assert!((got - want).abs() <= 4.0 * f64::from(f32::EPSILON) * terms, "step {step}: {at:?}");
            };
            let (g, m1) = (at["g"], at["m1"]);
            close(m1, 0.8 * at["m0"] - rate * g, at["m0"].abs() + (rate * g).abs());
            let moved = if nesterov { 0.8 * m1 - rate * g } else { m1 };
            close(at["w1"], at["w0"] + moved, at["w0"].abs() + m1.abs() + (rate * g).abs());
            velocity = m1;
            page.click("#next-step").await;
        }
        assert_ne!(velocity, 0.0);
    }
    page.wait_for("#inspector[data-state=shown][data-step='5']").await;

    // From layer to layer, by the units where they meet.
    let layers = page.texts("#weight-layer option").await;
    assert_eq!(layers, ["hidden layer 1", "hidden layer 2", "the output layer"]);
    page.fill("#weight-to", 7).await;
    let first = 406 * 30 + 7;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{first}']")).await;
    page.choose("#weight-layer", "1").await;
    let second = 785 * 30 + 7 * 20;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{second}']")).await;
    page.fill("#weight-to", 11).await;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", second + 11)).await;
    page.choose("#weight-layer", "2").await;
    let output = 785 * 30 + 31 * 20 + 11 * 10;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{output}']")).await;
    page.choose("#weight-layer", "1").await;
    page.wait_for(&format!("#inspector[data-state=shown][data-weight='{}']", second - 140 + 11)).await;

    // One layer, from pixels to digits.
    page.visit("?data=builtin&epochs=1&layers=none").await;
    page.wait_for_inspected(1).await;
    assert_eq!(page.texts("#weight-layer option").await, ["the output layer"]);
    assert_eq!(page.text("#weight-to-name").await, "To digit");
    assert!(page.browser.find("#weight-row").await.unwrap().is_displayed().await.unwrap());
    page.click("#next-step").await;
    page.wait_for_inspected(2).await;
    page.assert_quiet().await;
}

/// The keyboard reaches the form and all in it.
#[tokio::test]
async fn the_form_is_the_keyboards_too() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    page.tab_to("copy-button").await;
    page.press(TAB, 1).await;
    page.press(ENTER, 1).await;
    page.wait_for("#settings-details[open] #settings-form[data-state=used]").await;
    // The switch; units, activation, dropout, its button; then the one that adds a layer.
    page.press(TAB, 1).await;
    let focused = async || page.browser.run::<String>("return document.activeElement.id").await.unwrap();
    assert_eq!(focused().await, "set-robust");
    page.press(TAB, 5).await;
    assert_eq!(focused().await, "add-layer");
    page.press(ENTER, 1).await;
    page.wait_for("#set-layers .layer:nth-child(2)").await;
    page.wait_for_text("#settings-summary", |text| text.starts_with("784 → 128 → 64 → 10")).await;
    page.tab_to("set-optimizer").await;
    page.press(DOWN, 1).await;
    page.wait_for_text("#settings-summary", |text| text.contains("SGD 0.01 · momentum 0.9")).await;
    page.tab_to("set-epochs").await;
    page.press(UP, 1).await;
    page.wait_for_text("#settings-summary", |text| text.contains("6 epochs")).await;
    page.tab_to("quickstart-button").await;
    page.assert_quiet().await;
}

/// The form fits, in both languages, from the narrowest screen on.
#[tokio::test]
async fn the_form_fits_every_screen() {
    let page = Page::open(Data::Absent, "?data=builtin&optimizer=sgd&lr=0.1,2000:0.01").await;
    for width in [320, 360, 768, 1440] {
        page.browser.resize(width, 900).await.unwrap();
        for lang in ["en", "ja"] {
            page.visit(&format!("?data=builtin&optimizer=sgd&lr=0.1,2000:0.01&layers=128,64&lang={lang}"))
                .await;
            page.wait_for_state("ready").await;
            page.open_settings().await;
            page.enter("#set-batch", "0").await;
            page.wait_for("#settings-form[data-state=wrong]").await;
            let script = "const out = [...document.querySelectorAll('#settings *, #train *')]
                    .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > args[0]);
                return [document.documentElement.scrollWidth, out.map((it) => it.id || it.className || it.textContent)]";
            let (wide, out): (u32, Vec<String>) =
                page.browser.run_with(script, vec![width.into()]).await.unwrap();
            assert!(wide <= width && out.is_empty(), "{lang}, {width}: {wide} wide, {out:#?}");
        }
    }
    page.assert_quiet().await;
}
