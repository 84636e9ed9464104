//! Robust to handwriting: the switch, what it sets, and training on changed images.

use super::{settings::digest_of, *};

/// Runs the steps one by one, and answers their losses as they are told.
async fn losses(page: &Page, steps: u32) -> Vec<f64> {
    let mut losses = Vec::new();
    for step in 1..=steps {
        page.click("#step-button").await;
        let prefix = format!("Step {step}: loss ");
        let text = page.wait_for_text("#announce", |text| text.starts_with(&prefix)).await;
        losses.push(text[prefix.len()..].trim_end_matches('.').parse().unwrap());
    }
    losses
}

/// The switch sets all that the recipe has, and back; what it sets can be changed piece by piece, and is in the address, which repeats
/// the run.
#[tokio::test]
async fn the_switch_sets_the_recipe() {
    let page = Page::open(Data::Absent, "?data=builtin&batch=500&backend=simd").await;
    page.wait_for_state("ready").await;
    page.open_settings().await;
    page.click("#set-robust").await;
    page.wait_for_text("#settings-summary", |text| {
        text == "784 → 512 → 10 · dropout 0.2 · Adam 0.001 → 0 · batch 500 · 7 epochs · seed 1 · MNIST and built-in digits · augmented"
    })
    .await;
    let recipe = "?layers=512&decay=1&batch=500&epochs=7&data=mixed&augment=1&backend=simd";
    assert_eq!(page.query().await, recipe);
    assert_eq!(page.epoch_rows().await, 7);

    // There is no MNIST here: then it is built-in digits, which the recipe has not; all else stays.
    page.wait_for_state("failed").await;
    page.click("#builtin-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.query().await, recipe.replace("mixed", "builtin"));
    page.wait_for("#set-robust:not(:checked)").await;
    page.wait_for("#set-augment:checked").await;
    page.click("#set-robust").await;
    page.wait_for("#set-robust:checked").await;
    page.click("#set-robust").await;
    page.wait_for_text("#settings-summary", |text| {
        text == "784 → 128 → 10 · dropout 0.2 · Adam 0.001 · batch 500 · 5 epochs · seed 1 · MNIST"
    })
    .await;
    assert_eq!(page.query().await, "?batch=500&backend=simd");
    page.choose("#set-data", "builtin").await;
    page.wait_for("body[data-state=ready][data-source=builtin]").await;

    // Piece by piece.
    page.enter("#set-layers .layer:nth-child(1) label:nth-child(1) input", "40").await;
    page.enter("#set-epochs", "1").await;
    page.click("#set-decay").await;
    page.wait_for_text("#rate-note", |text| text == "falls to 0 by the last step").await;
    page.click("#set-augment").await;
    let query = "?layers=40&decay=1&batch=500&epochs=1&data=builtin&augment=1&backend=simd";
    assert_eq!(page.query().await, query);
    assert_eq!(
        page.text("#fit-code").await,
        "# every second image of each batch changed\nmodel.fit(x_train, y_train, epochs=1,\n  batch_size=500)"
    );
    let code = page.text("#compile-code").await;
    assert!(code.contains(".PolynomialDecay(\n        0.001, 120, 0.0)"), "{code}");
    page.train().await;
    let digest = page.digest().await;
    let url = page.server.url();
    // With another number of threads, too.
    assert_eq!(digest_of(&page.server, &format!("{url}{query}&threads=1")).await, digest);
    for other in ["decay=1&", "&augment=1"] {
        assert_ne!(
            digest_of(&page.server, &format!("{url}{}", query.replace(other, ""))).await,
            digest,
            "{other}"
        );
    }
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("404")).await;
}

/// The GPU changes the images as the processor does: the first losses are the same, and others than those of images as they are.
#[tokio::test]
async fn gpu_changes_the_same_images() {
    let mut told = Vec::new();
    for query in ["augment=1&backend=gpu", "augment=1&backend=simd", "backend=simd"] {
        let page = Page::open(Data::Absent, &format!("?data=builtin&decay=1&epochs=1&{query}")).await;
        page.wait_for_state("ready").await;
        told.push(losses(&page, 4).await);
        page.assert_quiet().await;
    }
    // They are told with four digits behind the point.
    let differ =
        |one: &[f64], other: &[f64]| one.iter().zip(other).all(|(one, other)| (one - other).abs() > 1.5e-4);
    assert!(told[0].iter().zip(&told[1]).all(|(gpu, simd)| (gpu - simd).abs() < 1.5e-4), "{told:?}");
    assert!(differ(&told[1], &told[2]), "{told:?}");
}

/// MNIST's digits, built-in ones and scribbles together; tested on MNIST's.
#[tokio::test]
#[ignore = "needs MNIST"]
async fn digits_are_mixed() {
    let query = "?layers=32&lr=0.01&decay=1&batch=512&epochs=1&data=mixed&augment=1&backend=simd";
    let page = Page::open(Data::Folder(mnist_folder()), query).await;
    page.wait_for("body[data-state=ready][data-source=mixed]").await;
    assert_eq!(page.text("#dataset").await, "MNIST, built-in digits and scribbles: 119,000");
    assert_eq!(page.text("#train-shape").await, "119,000 × 28 × 28");
    assert_eq!(page.text("#test-shape").await, "10,000 × 28 × 28");
    page.train().await;
    // 233 steps: what a network that has seen scribbles and changed digits comes to on MNIST's own.
    assert!(page.number("#test-accuracy").await > 0.9);
    assert_eq!(page.attribute("#notebook", "data-comparable").await.unwrap(), "false");
    let digest = page.digest().await;
    page.visit(query).await;
    page.wait_for("body[data-state=ready][data-source=mixed]").await;
    page.train().await;
    assert_eq!(page.digest().await, digest);

    // And MNIST alone again.
    page.open_settings().await;
    page.choose("#set-data", "mnist").await;
    page.click("#apply-button").await;
    page.wait_for("body[data-state=ready][data-source=mnist]").await;
    assert_eq!(page.text("#dataset").await, "MNIST, 60,000 digits");
    page.assert_quiet().await;
}
