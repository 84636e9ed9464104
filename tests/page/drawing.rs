//! Drawing: pointers, keys, and the answer that follows the pen.

use super::*;

/// The ten numbers change while the pen is down and the network trains.
#[tokio::test]
async fn everywhere_the_answer_follows_the_pen_while_training_goes_on() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=100").await;
    page.wait_for_state("ready").await;

    // Ink that lies still is read anew as the network learns.
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=untrained]").await;
    page.click("#train-button").await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    page.click("#clear-button").await;
    page.wait_for("#answer[data-state=empty]").await;

    let canvas = page.browser.find("#canvas").await.unwrap();
    page.browser
        .run::<()>("document.querySelector('#canvas').scrollIntoView({ block: 'center' })")
        .await
        .unwrap();
    let (_, _, width, height) = canvas.rectangle().await.unwrap();
    let to = |(x, y): (f64, f64)| PointerAction::MoveToElement {
        element: canvas.clone(),
        duration: Some(Duration::from_millis(10)),
        x: ((x - 0.5) * width).round(),
        y: ((y - 0.5) * height).round(),
    };
    let mut seen = Vec::new();
    let down = PointerAction::Down { button: MOUSE_BUTTON_LEFT };
    let start = MouseActions::new("pen".into()).then(to(SEVEN[0][0])).then(down);
    page.browser.client().perform_actions(start).await.unwrap();
    for part in SEVEN[0][1..].chunks(3) {
        let stroke =
            part.iter().fold(MouseActions::new("pen".into()), |stroke, &point| stroke.then(to(point)));
        page.browser.client().perform_actions(stroke).await.unwrap();
        page.wait_for("#answer[data-digit]").await;
        // The pen is down still, and training goes on.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(page.state().await, "training");
        seen.push((page.probabilities().await.unwrap(), page.view().await));
    }
    assert!(seen.windows(2).all(|pair| pair[0].1 != pair[1].1), "the view does not follow the pen");
    let best = |p: &[f64]| p.iter().copied().fold(f64::MIN, f64::max);
    assert!(
        seen.windows(2).any(|pair| pair[0].0 != pair[1].0),
        "the answer does not follow the pen: {seen:?}"
    );
    assert!(seen.iter().all(|(p, _)| best(p) > 10.0 && (p.iter().sum::<f64>() - 100.0).abs() < 1.0));
    let up = PointerAction::Up { button: MOUSE_BUTTON_LEFT };
    page.browser.client().perform_actions(MouseActions::new("pen".into()).then(up)).await.unwrap();
    assert_eq!(page.state().await, "training");
    page.assert_quiet().await;
}

#[tokio::test]
async fn everywhere_all_works_by_keyboard() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=2").await;
    page.wait_for_state("ready").await;
    page.tab_to("train-button").await;
    page.press(ENTER, 1).await;
    page.wait_for_state("done").await;
    assert_eq!(page.browser.run::<String>("return document.activeElement.id").await.unwrap(), "train-button");

    // A seven: across from left to right, then down to the left.
    page.tab_to("canvas").await;
    page.press(LEFT, 7).await;
    page.press(" ", 1).await;
    page.press(RIGHT, 12).await;
    for _ in 0..5 {
        page.press(DOWN, 3).await;
        page.press(LEFT, 1).await;
    }
    page.press(" ", 1).await;
    page.wait_for_text("#announce", |text| text.starts_with("It reads")).await;
    page.wait_for("#answer[data-digit='7']").await;

    // A second stroke, taken back; then all of it.
    let view = page.view().await;
    page.press(" ", 1).await;
    page.press(UP, 5).await;
    page.press(" ", 1).await;
    page.wait_for("#answer[data-digit]").await;
    page.press("u", 1).await;
    let start = Instant::now();
    while page.view().await != view {
        assert!(start.elapsed() < PATIENCE, "undo leaves another drawing");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.press(DELETE, 1).await;
    page.wait_for("#answer[data-state=empty]").await;
    assert_eq!(page.probabilities().await, None);
    assert!(page.view().await.iter().all(|&value| value == 0));

    // On to the end of the page without being caught anywhere.
    page.press(TAB, 1).await;
    let focused: String = page.browser.run("return document.activeElement.id").await.unwrap();
    assert_ne!(focused, "canvas");
    page.assert_quiet().await;
}

#[tokio::test]
async fn everywhere_mouse_pen_and_finger_draw_alike() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for_state("ready").await;
    // What comes late may still move what is there; and at the new width Firefox moves once more, at the first drawing or before it.
    page.wait_for("#inspector[data-state=shown]").await;
    page.browser.resize(360, 800).await.unwrap();
    page.read(Pointer::Mouse, SEVEN).await;
    let mut views = Vec::new();
    // Firefox's driver has no pen.
    let has_pen = page.browser.kind() == Kind::Chromium;
    let pen = if has_pen { Pointer::Pen } else { Pointer::Mouse };
    for pointer in [Pointer::Mouse, pen, Pointer::Touch] {
        page.read(pointer, SEVEN).await;
        let scrolled: f64 = page.browser.run("return scrollY").await.unwrap();
        let view = page.view().await;
        assert!(view.iter().any(|&value| value > 200), "{pointer:?} leaves no ink");
        views.push((view, scrolled));
    }
    assert_eq!(views[1], views[0], "the pen draws unlike the mouse");
    assert_eq!(views[2], views[0], "the finger draws unlike the mouse, or scrolls the page");

    // The ink stays where the sheet grows, and a stroke taken back was the last.
    page.browser.resize(1440, 900).await.unwrap();
    page.browser.draw("#canvas", Pointer::Touch, &[&[(0.3, 0.5), (0.7, 0.5)]]).await.unwrap();
    let start = Instant::now();
    while page.view().await == views[0].0 {
        assert!(start.elapsed() < PATIENCE, "the bar of the seven is not seen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.click("#undo-button").await;
    let start = Instant::now();
    while page.view().await != views[0].0 {
        assert!(start.elapsed() < PATIENCE, "resizing has changed the ink");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    page.click("#clear-button").await;
    page.wait_for("#answer[data-state=empty]").await;
    page.assert_quiet().await;
}
