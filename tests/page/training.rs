//! Training: the one button, its states, and the settings of the address.

use super::*;

#[tokio::test]
async fn the_page_is_isolated_and_every_wasm_variant_starts() {
    let server = serve(Data::Absent).await;
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url()).await.unwrap();
    let isolated: bool = browser.run("return crossOriginIsolated").await.unwrap();
    assert!(isolated, "without isolation there is no SharedArrayBuffer");
    for variant in
        VARIANTS.iter().filter(|it| project::dist().join("wasm").join(it.name).join("sumi.js").exists())
    {
        let script = "const module = await import(`/wasm/${args[0]}/sumi.js`);
            return (await module.default()).memory instanceof WebAssembly.Memory";
        let starts: bool = browser.run_with(script, vec![variant.name.into()]).await.unwrap();
        assert!(starts, "the wasm variant {} does not start", variant.name);
    }
}

#[tokio::test]
#[ignore = "needs MNIST"]
async fn everywhere_trains_on_mnist_and_reads_what_is_drawn() {
    let page = Page::open(Data::Folder(mnist_folder()), "").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#dataset").await, "MNIST, 60,000 digits");

    // Before training: an answer, and a word that nothing is behind it.
    page.read(Pointer::Mouse, SEVEN).await;
    page.wait_for("#answer[data-state=untrained]").await;

    page.train().await;
    let epochs = page.epochs().await;
    println!("epochs: {epochs:?}");
    assert_eq!(epochs.len(), 5);
    assert!(epochs.windows(2).all(|pair| pair[1][0] < pair[0][0]), "the loss does not fall: {epochs:?}");
    assert!(epochs[4][0] < epochs[0][0] / 2.0, "the loss hardly falls: {epochs:?}");
    let (loss, accuracy) = (page.number("#test-loss").await, page.number("#test-accuracy").await);
    println!("test: loss {loss}, accuracy {accuracy}");
    assert!(accuracy >= 0.973, "test accuracy {accuracy}");
    assert!(loss < 0.1, "test loss {loss}");
    assert_eq!(page.text("#headline-number").await, format!("{:.1}%", 100.0 * accuracy));
    assert_eq!(
        page.browser
            .run::<u32>("return document.querySelectorAll('#epoch-rows [data-state=done]').length")
            .await
            .unwrap(),
        5
    );

    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("2", TWO), ("3", THREE), ("7", SEVEN)] {
        let read = page.read(Pointer::Mouse, strokes).await;
        println!("{digit} is read as {read}: {:?}", page.probabilities().await);
        assert_eq!(read, digit);
    }
    page.assert_quiet().await;
}

#[tokio::test]
async fn everywhere_without_data_it_trains_on_built_in_digits() {
    let page = Page::open(Data::Absent, "").await;
    page.wait_for_state("failed").await;
    let message = page.text("#failure-message").await;
    assert!(message.contains(TRAIN_IMAGES.name) && message.contains("404"), "{message}");
    assert!(page.browser.find("#retry-button").await.unwrap().is_displayed().await.unwrap());
    assert!(page.browser.find("#train-button").await.unwrap().attr("disabled").await.unwrap().is_some());

    page.click("#builtin-button").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;
    let dataset = page.text("#dataset").await;
    assert!(dataset.contains("Built-in digits, not MNIST"), "{dataset}");
    assert!(!page.browser.find("#failure").await.unwrap().is_displayed().await.unwrap());

    page.train().await;
    let accuracy = page.number("#test-accuracy").await;
    println!("test accuracy on built-in digits: {accuracy}");
    // They are made to vary more than MNIST's do.
    assert!(accuracy >= 0.92, "test accuracy on built-in digits {accuracy}");
    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("3", THREE), ("7", SEVEN)] {
        let read = page.read(Pointer::Mouse, strokes).await;
        assert_eq!(read, digit, "{:?}", page.probabilities().await);
    }
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("404")).await;
}

#[tokio::test]
async fn everywhere_pauses_resumes_stops_resets_and_repeats_a_seed() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=3&seed=7").await;
    page.wait_for_state("ready").await;

    // Pause holds still; Resume goes on to the end.
    page.click("#train-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    assert_eq!(page.text("#train-button").await, "Pause");
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let held = page.text("#progress-detail").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(page.text("#progress-detail").await, held);
    assert_eq!(page.text("#train-button").await, "Resume");
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    let first = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(first.0.len(), 3);

    // Reset: nothing is left of the run.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#test-accuracy").await, "–");
    assert_eq!(page.text("#epoch-rows tr:first-child td").await, "–");
    assert_eq!(page.text("#headline-number").await, "");

    // The same seed without a pause: the same numbers.
    page.train().await;
    let again = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(again, first, "the same seed, another run");

    // Stop tests what there is; Train again begins from the start.
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    assert_ne!(page.text("#test-accuracy").await, first.2);
    assert_eq!(page.text("#train-button").await, "Train again");
    page.train().await;
    let third = (page.epochs().await, page.text("#test-loss").await, page.text("#test-accuracy").await);
    assert_eq!(third, first, "the same seed after a stop, another run");

    // Another seed, other numbers. Reset in the middle of training works too.
    page.visit("?data=builtin&epochs=1&seed=8").await;
    page.wait_for_state("ready").await;
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.train().await;
    assert_ne!(page.epochs().await[0], first.0[0]);
    page.assert_quiet().await;
}

/// The button still says Pause while the network is tested: a click then comes too late, and must not begin anew.
#[tokio::test]
async fn a_pause_that_comes_too_late_does_nothing() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    let click_late = "new MutationObserver(() => {
            if (document.body.dataset.state !== 'evaluating') return;
            document.body.dataset.clickedLate = 'yes';
            document.getElementById('train-button').click();
        }).observe(document.body, { attributes: true, attributeFilter: ['data-state'] });";
    page.browser.run::<()>(click_late).await.unwrap();
    page.train().await;
    page.wait_for("body[data-clicked-late]").await;
    let accuracy = page.text("#test-accuracy").await;
    // The worker has answered this before it would have begun anything.
    page.read(Pointer::Mouse, ONE).await;
    assert_eq!((page.state().await.as_str(), page.text("#test-accuracy").await), ("done", accuracy));
}

#[tokio::test]
async fn everywhere_train_may_be_pressed_before_the_digits_are_there() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("loading").await;
    page.click("#train-button").await;
    page.wait_for_state("queued").await;
    page.click("#train-button").await;
    page.wait_for_state("loading").await;
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    page.assert_quiet().await;
}

/// To leave a page whose threads are just starting crashes Chromium now and then.
const STARTED: &str = "body:not([data-state=starting])";

#[tokio::test]
async fn everywhere_an_address_that_makes_no_sense_is_answered_plainly() {
    let page = Page::open(Data::Absent, "?seed=-1&epochs=lots&data=cats").await;
    let notice = page.text("#address-notice").await;
    for words in [
        "seed=“-1”",
        "a whole number from 0 to 4,294,967,295. 1 is used",
        "epochs=“lots”",
        "a whole number from 1 to 100. 5 is used",
        "data=“cats”",
        "one of mnist, builtin, mixed. mnist is used",
    ] {
        assert!(notice.contains(words), "{words} is not in {notice:?}");
    }
    assert_eq!(page.epoch_rows().await, 5);
    page.wait_for_state("failed").await;

    for junk in [
        "?seed=4294967296",
        "?seed=1.5",
        "?seed=",
        "?epochs=0",
        "?epochs=101",
        "?epochs=5e1",
        "?data=%3Cb%3E",
        "?backend=tpu",
        "?threads=0",
        "?threads=17",
        "?threads=two",
        "?layers=128,",
        "?layers=0",
        "?layers=4097",
        "?layers=8,8,8,8,8",
        "?layers=2000,2000",
        "?dropout=1",
        "?dropout=0.2,0.2",
        "?activation=tanh",
        "?optimizer=rmsprop",
        "?lr=0",
        "?lr=0.1,0.2",
        "?lr=0.1,5:0.2,5:0.3",
        "?lr=0.1,1:0.2",
        "?momentum=0.5",
        "?optimizer=sgd&momentum=1",
        "?optimizer=sgd&beta1=0.9",
        "?optimizer=sgd&nesterov=yes",
        "?beta2=1",
        "?epsilon=0",
        "?batch=0",
        "?batch=4097",
    ] {
        page.visit(junk).await;
        page.wait_for(STARTED).await;
        assert!(page.browser.find("#address-notice").await.unwrap().is_displayed().await.unwrap(), "{junk}");
        assert_eq!(page.epoch_rows().await, 5, "{junk}");
    }
    for good in [
        "",
        "?threads=16",
        "?seed=0",
        "?seed=4294967295&epochs=100",
        "?data=builtin&unknown=1",
        "?layers=none&dropout=0.3",
        "?layers=1,4096,8&dropout=0,0.95,0.5&activation=relu,linear,relu",
        "?lr=1e-6,2:1,3:0.5&beta1=0&beta2=0.99999&epsilon=1e-10&batch=4096",
        "?optimizer=sgd&momentum=0&nesterov=1&lr=.5",
    ] {
        page.visit(good).await;
        page.wait_for(STARTED).await;
        assert!(!page.browser.find("#address-notice").await.unwrap().is_displayed().await.unwrap(), "{good}");
    }
    page.visit("?epochs=12").await;
    assert_eq!(page.epoch_rows().await, 12);
}
