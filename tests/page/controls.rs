//! One step, one epoch, and a learning rate that changes on the way; and a run that goes on where nobody looks.

use super::*;

/// Which step of the epoch the page has come to.
async fn step(page: &Page) -> u32 {
    let text = page.text("#progress-detail").await;
    text.split(' ')
        .nth(1)
        .and_then(|it| it.replace(',', "").parse().ok())
        .unwrap_or_else(|| panic!("{text:?}"))
}

async fn wait_for_step(page: &Page, step: u32) {
    let begins = format!("step {step} of ");
    page.wait_for_text("#progress-detail", |text| text.starts_with(&begins)).await;
}

#[tokio::test]
async fn one_step_and_one_epoch_leave_the_run_paused() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&epochs=2&batch=512&seed=3").await;
    page.wait_for_state("ready").await;

    // From the start, step by step; by the keyboard too.
    page.click("#step-button").await;
    page.wait_for_state("paused").await;
    wait_for_step(&page, 1).await;
    assert_eq!(page.text("#progress-text").await, "Paused in epoch 1 of 2");
    assert!(page.text("#announce").await.starts_with("Step 1: loss 2."), "{}", page.text("#announce").await);
    page.press(ENTER, 2).await;
    wait_for_step(&page, 3).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((step(&page).await, page.state().await.as_str()), (3, "paused"));

    // To the end of the epoch that it is in; then through the next, which is the last.
    page.click("#epoch-button").await;
    page.wait_for("#epoch-rows tr:nth-child(1)[data-state=done]").await;
    page.wait_for_state("paused").await;
    assert_eq!(page.text("#progress-detail").await, "step 118 of 118");
    page.click("#step-button").await;
    wait_for_step(&page, 1).await;
    assert_eq!(page.text("#progress-text").await, "Paused in epoch 2 of 2");
    page.click("#epoch-button").await;
    page.wait_for_state("done").await;
    let disabled = "#step-button:disabled ~ #epoch-button:disabled";
    page.wait_for(disabled).await;
    let by_steps = page.digest().await;

    // It is the run that it would have been in one piece.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.train().await;
    assert_eq!(page.digest().await, by_steps);

    // While it trains, an epoch's end is where it pauses.
    page.visit("?data=builtin&backend=simd&epochs=100&batch=512&seed=3").await;
    page.wait_for_state("ready").await;
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    page.click("#epoch-button").await;
    page.wait_for_state("paused").await;
    assert_eq!(page.text("#progress-detail").await, "step 118 of 118");
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.assert_quiet().await;
}

#[tokio::test]
async fn a_single_step_may_be_the_last() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&epochs=1&batch=4096").await;
    page.wait_for_state("ready").await;
    for last in 1..15 {
        page.click("#step-button").await;
        wait_for_step(&page, last).await;
    }
    page.click("#step-button").await;
    page.wait_for_state("done").await;
    // 60,000 digits in steps of 4,096: the last has the rest.
    assert_eq!(page.text("#progress-detail").await.split(" steps").next(), Some("15"));
    let stepped = page.digest().await;
    page.train().await;
    assert_eq!(page.digest().await, stepped);
    page.assert_quiet().await;
}

#[tokio::test]
async fn the_learning_rate_changes_while_it_trains() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&epochs=60&batch=100").await;
    page.wait_for_state("ready").await;
    let rate = async || {
        let script = "return document.querySelector('#learning-rate').value";
        page.browser.run::<String>(script).await.unwrap()
    };
    assert_eq!(rate().await, "0.001");

    // Epochs are announced too, so all that is said is kept.
    let listen = "globalThis.said = [];
        const place = document.querySelector('#announce');
        new MutationObserver(() => said.push(place.textContent)).observe(place, { childList: true })";
    page.browser.run::<()>(listen).await.unwrap();

    // Before the first step the run begins with it.
    page.click("#double-button").await;
    page.wait_for_text("#settings-summary", |text| text.contains("Adam 0.002 ")).await;
    assert_eq!(page.query().await, "?lr=0.002&batch=100&epochs=60&data=builtin&backend=simd");
    assert_eq!(page.text("#rate-note").await, "");

    page.click("#train-button").await;
    page.wait_for("#epoch-rows tr:nth-child(1)[data-state=done]").await;
    page.click("#halve-button").await;
    let note = page.wait_for_text("#rate-note", |text| text.starts_with("0.001 since step ")).await;
    let first: u32 = note.rsplit(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert!(first > 600, "{note}");
    let said: Vec<String> = page.browser.run("return said").await.unwrap();
    assert!(said.contains(&format!("Learning rate 0.001 from step {} on.", thousands(first))), "{said:?}");
    assert_eq!(page.state().await, "training");

    // Typed; what cannot be says so, and changes nothing.
    let field = page.browser.find("#learning-rate").await.unwrap();
    for (typed, wrong) in [("2", true), ("nonsense", true), ("", true), ("0.005", false)] {
        // All of it, and something else in its place.
        field
            .send_keys(&format!("{CONTROL}a{RELEASE}{}", if typed.is_empty() { DELETE } else { typed }))
            .await
            .unwrap();
        assert_eq!(field.attr("aria-invalid").await.unwrap().unwrap(), wrong.to_string(), "{typed}");
        assert_eq!(page.text("#rate-note").await.starts_with("It must be a number from"), wrong, "{typed}");
        assert!(page.query().await.starts_with(&format!("?lr=0.002,{first}:0.001&")), "{typed}");
    }
    field.send_keys(ENTER).await.unwrap();
    page.wait_for_text("#rate-note", |text| text.starts_with("0.005 since step ")).await;
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    let query = page.query().await;
    let rates = query.trim_start_matches("?lr=").split('&').next().unwrap();
    let parts: Vec<&str> = rates.split([',', ':']).collect();
    let [_, one, _, two, "0.005"] = parts[..] else { panic!("{query}") };
    assert!(one.parse::<u32>().unwrap() == first && two.parse::<u32>().unwrap() > first, "{query}");

    // Twice at one step: the last counts. And back to what there was: no change at all.
    page.click("#double-button").await;
    page.click("#halve-button").await;
    page.wait_for_text("#rate-note", |text| {
        text == format!("0.005 since step {}", thousands(two.parse().unwrap()))
    })
    .await;
    assert_eq!(page.query().await, query);

    // The replay follows: the step before a change has the old rate, and the step itself the new one.
    page.fill("#inspector-step", first - 1).await;
    page.click("#step-form [type=submit]").await;
    page.wait_for(&format!("#inspector[data-state=shown][data-step='{}']", first - 1)).await;
    assert_eq!(page.update().await["alpha"], 0.002);
    page.click("#next-step").await;
    page.wait_for(&format!("#inspector[data-state=shown][data-step='{first}']")).await;
    assert_eq!(page.update().await["alpha"], 0.001);

    // Starting over repeats it all: the rate is the first again, and says what is to come.
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!((rate().await.as_str(), page.query().await), ("0.002", query));
    assert_eq!(page.text("#rate-note").await, format!("0.001 from step {} on", thousands(first)));
    page.assert_quiet().await;
}

/// 1,234
fn thousands(number: u32) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

#[tokio::test]
async fn a_run_that_diverges_says_so() {
    let query =
        "?data=builtin&backend=simd&epochs=1&optimizer=sgd&lr=1&momentum=0.99&activation=linear&dropout=0";
    let page = Page::open(Data::Absent, query).await;
    page.wait_for_state("ready").await;
    page.train().await;
    assert_eq!(page.text("#test-loss").await, "NaN");
    assert!(page.text("#rate-note").await.contains("no number any more"));
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#rate-note").await, "");
    page.assert_quiet().await;
}

/// With another tab in front, the page is hidden and draws nothing; the run goes on to its end all the same.
#[tokio::test]
async fn a_hidden_tab_trains_on() {
    let page = Page::open(Data::Absent, "?data=builtin&backend=simd&epochs=20").await;
    page.wait_for_state("ready").await;
    // To look at a tab is to bring it to the front, so it tells the other what it does.
    let watch = "const line = new BroadcastChannel('hidden');
        let frames = 0;
        const frame = () => { if (document.hidden) frames += 1; requestAnimationFrame(frame); };
        frame();
        new MutationObserver(() => line.postMessage([document.body.dataset.state, document.hidden, frames]))
            .observe(document.body, { attributes: true, attributeFilter: ['data-state'] })";
    page.browser.run::<()>(watch).await.unwrap();
    page.click("#train-button").await;
    page.wait_for_state("training").await;
    let client = page.browser.client();
    let ours = client.window().await.unwrap();
    let other = client.new_window(true).await.unwrap();
    client.switch_to_window(other.handle).await.unwrap();
    page.visit("bench.html").await;
    let listen = "const line = new BroadcastChannel('hidden');
        return new Promise((resolve) => {
            line.onmessage = ({ data }) => { if (data[0] === 'done') resolve(data); };
        })";
    let (state, hidden, frames): (String, bool, u32) = page.browser.run(listen).await.unwrap();
    assert_eq!((state.as_str(), hidden), ("done", true), "it was looked at");
    assert!(frames <= 1, "{frames} frames were drawn while it was hidden");
    client.switch_to_window(ours).await.unwrap();
    assert_eq!(page.epochs().await.iter().filter(|epoch| epoch[0] > 0.0).count(), 20);
    assert!(page.number("#test-accuracy").await > 0.9);
    page.assert_quiet().await;
}
