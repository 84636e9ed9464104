//! The drawing on its way to the pixels, step by step.

use super::*;

impl Page {
    /// One of the stepper's numbers, or several.
    async fn stage(&self, name: &str) -> Vec<f64> {
        let numbers = self.attribute("#stepper", name).await.unwrap_or_default();
        numbers.split(',').map(|it| it.parse().unwrap_or_else(|_| panic!("{name} is {numbers:?}"))).collect()
    }
}

/// Four pictures and their numbers follow the pen, and are those of the pixels that the network reads.
#[tokio::test]
async fn the_steps_are_those_of_the_pixels() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for("#backend:not(:empty)").await;
    page.browser.resize(1440, 2000).await.unwrap();
    assert_eq!(page.attribute("#stepper", "data-state").await.as_deref(), Some("empty"));
    assert_eq!(page.text("#strokes-note").await, "Draw a digit above: it is shown here.");

    page.browser.draw("#canvas", Pointer::Mouse, SEVEN).await.unwrap();
    page.wait_for("#stepper[data-state=shown]").await;
    let has_all = |text: &str| text.starts_with("1 stroke: the pen was seen at 9 points");
    page.wait_for_text("#strokes-note", has_all).await;
    // The seven's own corners, to a few of the whole pixels that a mouse moves by.
    let bounds = page.stage("data-bounds").await;
    for (found, drawn) in bounds.iter().zip([0.26, 0.20, 0.73, 0.84]) {
        assert!((found - drawn).abs() < 0.01, "{bounds:?}");
    }
    let [wide, high] = [bounds[2] - bounds[0], bounds[3] - bounds[1]];
    let said = format!(
        "{:.0}% of the sheet wide, {:.0}% high: place and size are left behind.",
        100.0 * wide,
        100.0 * high
    );
    assert_eq!(page.text("#box-note").await, said);
    // 16.75 pixels between the middles of the pen at both ends, where curves do not swing out farther than the points.
    let scale = page.stage("data-scale").await[0];
    assert!((scale * high / 16.75 - 1.0).abs() < 0.02, "{scale}");
    assert!(page.text("#scaled-note").await.contains("is 20 pixels"));

    // The centre of mass and the shift lead to where the network's view has it.
    let (mass, shift) = (page.stage("data-centre-of-mass").await, page.stage("data-shift").await);
    let view = page.view().await;
    let total: f64 = view.iter().map(|&value| f64::from(value)).sum();
    for (axis, of) in [(0, (|i| i % 28) as fn(usize) -> usize), (1, |i| i / 28)] {
        let moment: f64 =
            view.iter().enumerate().map(|(i, &value)| (of(i) as f64 + 0.5) * f64::from(value)).sum();
        assert!((mass[axis] + shift[axis] - moment / total).abs() < 1e-3, "{mass:?} {shift:?}");
        assert!((moment / total - 14.5).abs() <= 0.5, "axis {axis}: {}", moment / total);
    }
    let down = shift[1];
    assert!(down > 0.0, "a seven is heavy above, and moves down: {shift:?}");
    assert!(page.text("#centred-note").await.contains(&format!("{down} down, into pixel 14")));

    // Each picture has ink, and its own accent.
    for stage in ["strokes", "box", "scaled", "centred"] {
        let script = "const canvas = document.querySelector(`#stage-${args[0]}`);
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let [ink, red] = [0, 0];
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] > 0) ink += 1;
                if (data[i + 3] > 128 && data[i] > 2 * data[i + 1] && data[i] > 128) red += 1;
            }
            return [ink, red]";
        let [ink, red]: [u32; 2] = page.browser.run_with(script, vec![stage.into()]).await.unwrap();
        assert!(ink > 500 && red > 20, "{stage}: {ink} pixels of ink, {red} of vermilion");
    }

    // A second stroke follows; in Japanese, too; then a blank sheet.
    page.browser.draw("#canvas", Pointer::Touch, &[&[(0.4, 0.5), (0.9, 0.5)]]).await.unwrap();
    page.wait_for_text("#strokes-note", |text| text.starts_with("2 strokes")).await;
    page.wait_for_text("#box-note", |text| text.starts_with("64%") || text.starts_with("65%")).await;
    page.click("#language [lang=ja]").await;
    page.wait_for_text("#strokes-note", |text| text.starts_with("2画")).await;
    page.click("#clear-button").await;
    page.wait_for("#stepper[data-state=empty]").await;
    page.click("#language [lang=en]").await;
    page.wait_for_text("#strokes-note", |text| text.starts_with("Draw a digit")).await;

    // A dot has no side.
    page.browser.draw("#canvas", Pointer::Mouse, &[&[(0.4, 0.5)]]).await.unwrap();
    page.wait_for_text("#scaled-note", |text| text.starts_with("A dot has no side to scale.")).await;
    page.assert_quiet().await;
}

/// What has been drawn out of sight is there once it comes into view.
#[tokio::test]
async fn the_steps_are_there_when_they_come_into_view() {
    let page = Page::open(Data::Absent, "?data=builtin").await;
    page.wait_for("#backend:not(:empty)").await;
    page.browser.resize(360, 640).await.unwrap();
    page.read(Pointer::Touch, SEVEN).await;
    assert_eq!(page.attribute("#stepper", "data-state").await.as_deref(), Some("empty"));
    page.browser.run::<()>("document.querySelector('#stepper').scrollIntoView()").await.unwrap();
    page.wait_for("#stepper[data-state=shown]").await;
    page.assert_quiet().await;
}
