//! Two backends against each other.

use super::*;

impl Page {
    /// Brings the duel into sight, and waits until it could begin.
    async fn open_duel(&self) {
        let script = "document.querySelector('#duel').scrollIntoView({ behavior: 'instant' })";
        self.browser.run::<()>(script).await.unwrap();
        self.wait_for("#duel-button:enabled").await;
    }

    async fn choose_duel(&self, pair: &str, steps: u32) {
        self.browser.find("#duel-pair").await.unwrap().select_by_value(pair).await.unwrap();
        self.browser.find("#duel-steps").await.unwrap().select_by_value(&steps.to_string()).await.unwrap();
    }

    /// Runs one to its end: how far apart the losses come at most, and the weights at most and on average.
    async fn duel(&self, pair: &str, steps: u32) -> [f64; 3] {
        self.choose_duel(pair, steps).await;
        self.click("#duel-button").await;
        self.wait_for("#duel[data-state=done]").await;
        for side in [0, 1] {
            assert_eq!(self.text(&format!("#duel-count-{side}")).await, format!("step {steps} of {steps}"));
            assert!(self.text(&format!("#duel-step-{side}")).await.ends_with(" ms"));
        }
        // Where losses differ in their seventh digit, four are the same, and so is what is read right.
        assert_eq!(self.text("#duel-loss-0").await, self.text("#duel-loss-1").await);
        let accuracy = |text: String| text.trim_end_matches('%').parse::<f64>().unwrap();
        let [one, other] =
            [self.text("#duel-accuracy-0").await, self.text("#duel-accuracy-1").await].map(accuracy);
        assert!(one > 60.0 && (one - other).abs() < 0.05, "{one} % and {other} %");
        let script = "const { loss, weight, mean } = document.querySelector('#duel').dataset;
            return [loss, weight, mean].map(Number)";
        let apart: [f64; 3] = self.browser.run(script).await.unwrap();
        println!("{pair}, {steps} steps: {apart:?}, {}", self.text("#duel-verdict").await);
        apart
    }
}

/// What `training.rs` bounds natively: the losses within 1e-5, the weights within 1e-5, and on average within 1e-7.
fn check_rounding([loss, weight, mean]: [f64; 3]) {
    assert!(loss > 0.0 && loss < 1e-5, "losses differ by {loss}");
    assert!(weight > 0.0 && weight < 1e-5, "weights differ by {weight}");
    assert!(mean > 0.0 && mean < 1e-7, "weights differ by {mean} on average");
}

#[tokio::test]
async fn everywhere_duel_of_loops_and_simd_differs_by_rounding_and_leaves_the_run_alone() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&backend=simd").await;
    page.wait_for_state("ready").await;
    page.train().await;
    let digest = page.attribute("#notebook", "data-digest").await;
    page.open_duel().await;
    check_rounding(page.duel("reference", 100).await);
    let verdict = page.text("#duel-verdict").await;
    assert!(verdict.contains("times as fast: SIMD on the CPU."), "{verdict}");
    assert_eq!(page.text("#duel-backend-0").await, "Plain loops, 1 thread");
    assert_eq!(page.attribute("#notebook", "data-digest").await, digest);
    page.train().await;
    assert_eq!(page.attribute("#notebook", "data-digest").await, digest, "the duel changes the run");
    page.assert_quiet().await;
}

/// Of any network, by any optimizer.
#[tokio::test]
async fn threads_duel_is_the_same_to_the_last_bit() {
    let query = "?data=builtin&layers=48,20&dropout=0.2,0.3&activation=relu,linear&optimizer=sgd&lr=0.05&momentum=0.8&nesterov=1\
        &batch=96&backend=simd&threads=2";
    let page = Page::open(Data::Absent, query).await;
    page.wait_for_state("ready").await;
    page.open_duel().await;
    let of = page.text("#duel-of").await;
    assert!(of.starts_with("784 → 48 → 20 linear → 10 · ") && of.contains(" · batch 96 · seed 1"), "{of}");
    assert_eq!(page.duel("threads", 500).await, [0.0; 3]);
    assert!(page.text("#duel-backend-1").await.ends_with("2 threads"));
    let verdict = page.text("#duel-verdict").await;
    assert!(verdict.contains("every weight is the same to the last bit"), "{verdict}");

    // Plain loops would take seconds for a step of this.
    page.visit("?data=builtin&layers=1000,1000&batch=1000&backend=simd&threads=1").await;
    page.open_duel().await;
    page.choose_duel("reference", 100).await;
    page.click("#duel-button").await;
    page.wait_for_text("#duel-note", |text| text.starts_with("Plain loops would take too long")).await;
    assert_eq!(page.attribute("#duel", "data-state").await.as_deref(), Some("empty"));
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_duel_follows_the_processors_curve() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&backend=simd").await;
    page.wait_for_state("ready").await;
    page.open_duel().await;
    check_rounding(page.duel("gpu", 100).await);
    let backend = page.text("#duel-backend-0").await;
    assert!(backend.starts_with("WebGPU") && backend.ends_with("(played on the CPU)"), "{backend}");
    page.assert_quiet().await;
}

/// Without a GPU it says why, and something else is offered: in the page, where there is no WebGPU at all, and after a try, where
/// only the worker finds none.
#[tokio::test]
async fn gpu_duel_that_cannot_be_is_explained() {
    for (document, worker, words) in [
        ("delete Navigator.prototype.gpu;", "delete WorkerNavigator.prototype.gpu;", "no WebGPU"),
        ("", "GPU.prototype.requestAdapter = async () => null;", "no GPU"),
    ] {
        let query = "?data=builtin&epochs=1&backend=simd";
        let (page, _folder) = open_with_both(document, worker, Data::Absent, query).await;
        page.wait_for_state("ready").await;
        page.open_duel().await;
        if document.is_empty() {
            page.choose_duel("gpu", 100).await;
            page.click("#duel-button").await;
        }
        let note = page.wait_for_text("#duel-note", |text| text.contains(words)).await;
        assert!(note.contains("Plain loops take its place"), "{note}");
        let pair: String =
            page.browser.run("return document.querySelector('#duel-pair').value").await.unwrap();
        assert_eq!(pair, "reference");
        check_rounding(page.duel("reference", 100).await);
        page.assert_quiet().await;
    }
}

#[tokio::test]
async fn duel_and_run_give_way_to_each_other() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=100&backend=simd").await;
    page.wait_for_state("ready").await;
    page.click("#train-button").await;
    page.wait_for_text("#progress-detail", |text| text.starts_with("step ")).await;
    page.open_duel().await;
    // The run pauses, and goes on by itself.
    page.choose_duel("reference", 100).await;
    page.click("#duel-button").await;
    page.wait_for_text("#duel-note", |text| text.contains("paused")).await;
    page.wait_for("#duel[data-state=done]").await;
    page.wait_for_state("training").await;

    // Who resumes it ends the duel.
    page.choose_duel("reference", 2000).await;
    page.click("#duel-button").await;
    page.wait_for_state("paused").await;
    page.click("#train-button").await;
    page.wait_for("#duel[data-state=interrupted]").await;
    assert_eq!(page.state().await, "training");
    assert!(page.text("#duel-note").await.contains("your run goes on"));

    // And it can be stopped by itself; a run that was paused before stays so.
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    page.open_duel().await;
    page.click("#duel-button").await;
    page.wait_for_text("#duel-count-1", |text| !text.starts_with("step 0 ") && text.starts_with("step "))
        .await;
    page.click("#duel-button").await;
    page.wait_for("#duel[data-state=stopped]").await;
    assert_eq!(page.text("#duel-verdict").await, "");
    assert_eq!(page.state().await, "paused");
    page.assert_quiet().await;
}
