//! The runs of a visit and their curves.

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
