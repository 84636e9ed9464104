//! How far the page's probabilities can be believed, and what it says to a scribble.

use super::*;

const FOUR: &[Stroke] = &[
    &[(0.42, 0.15), (0.36, 0.32), (0.27, 0.5), (0.26, 0.55), (0.45, 0.55), (0.72, 0.53)],
    &[(0.62, 0.3), (0.6, 0.5), (0.58, 0.7), (0.56, 0.86)],
];
const FIVE: &[Stroke] = &[&[
    (0.7, 0.16),
    (0.55, 0.17),
    (0.37, 0.18),
    (0.35, 0.3),
    (0.33, 0.45),
    (0.48, 0.42),
    (0.63, 0.5),
    (0.67, 0.64),
    (0.58, 0.78),
    (0.44, 0.83),
    (0.3, 0.77),
]];
const SIX: &[Stroke] = &[&[
    (0.6, 0.14),
    (0.46, 0.27),
    (0.36, 0.45),
    (0.32, 0.62),
    (0.37, 0.78),
    (0.5, 0.84),
    (0.63, 0.76),
    (0.66, 0.64),
    (0.58, 0.54),
    (0.45, 0.56),
    (0.35, 0.66),
]];
const EIGHT: &[Stroke] = &[&[
    (0.62, 0.24),
    (0.5, 0.16),
    (0.37, 0.23),
    (0.38, 0.35),
    (0.5, 0.46),
    (0.62, 0.58),
    (0.65, 0.73),
    (0.52, 0.84),
    (0.37, 0.76),
    (0.38, 0.6),
    (0.5, 0.47),
    (0.61, 0.37),
    (0.63, 0.25),
]];
const NINE: &[Stroke] = &[&[
    (0.64, 0.28),
    (0.52, 0.17),
    (0.38, 0.23),
    (0.35, 0.37),
    (0.44, 0.48),
    (0.58, 0.44),
    (0.65, 0.3),
    (0.64, 0.45),
    (0.6, 0.65),
    (0.54, 0.85),
]];
const DIGITS: [&[Stroke]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

/// Two lines down and two across.
const GRID: &[Stroke] = &[
    &[(0.3, 0.1), (0.3, 0.9)],
    &[(0.7, 0.1), (0.7, 0.9)],
    &[(0.1, 0.3), (0.9, 0.3)],
    &[(0.1, 0.7), (0.9, 0.7)],
];
const STAR: &[Stroke] = &[&[(0.5, 0.1), (0.75, 0.9), (0.1, 0.4), (0.9, 0.4), (0.25, 0.9), (0.5, 0.1)]];
/// A pen that wanders about.
const TANGLE: &[Stroke] = &[&[
    (0.2, 0.2),
    (0.8, 0.35),
    (0.3, 0.75),
    (0.5, 0.1),
    (0.85, 0.7),
    (0.15, 0.5),
    (0.7, 0.15),
    (0.45, 0.85),
    (0.25, 0.35),
    (0.9, 0.5),
    (0.4, 0.6),
]];

/// After a run the probabilities are calibrated, a diagram and its table say how well, ten clean digits are read and scribbles are marked.
#[tokio::test]
async fn probabilities_are_calibrated_and_scribbles_are_marked() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=5&seed=1").await;
    page.wait_for("#confidence[data-state=empty]").await;
    page.wait_for_text("#confidence-text", |text| text.starts_with("Once a run is over")).await;
    page.train().await;
    page.wait_for("#confidence[data-state=shown]").await;
    let value = async |id: &str| page.values(&format!("#{id}")).await[0];
    let (temperature, before, after) =
        (value("temperature").await, value("error-before").await, value("error-after").await);
    assert!((0.5..2.0).contains(&temperature), "{temperature}");
    assert!(before > 0.0 && after < before.max(0.02), "{before}, then {after}");
    let marked = value("not-sure").await;
    assert!((0.005..0.06).contains(&marked), "{marked} of the digits are marked");
    assert!(page.text("#confidence-text").await.contains("every second test digit, 5,000 of them"));

    // The table has all the measured digits, twice, and the errors follow from it.
    page.click("#confidence summary").await;
    let cells = page.texts("#reliability-rows td").await;
    assert_eq!(cells.len(), 60);
    for (first, error) in [(0, before), (3, after)] {
        let (mut all, mut sum) = (0.0, 0.0);
        for row in cells.chunks(6) {
            let percent = |text: &str| text.trim_end_matches('%').parse::<f64>().map_or(0.0, |it| it / 100.0);
            let count: f64 = row[first].replace(',', "").parse().unwrap();
            all += count;
            sum += count * (percent(&row[first + 1]) - percent(&row[first + 2])).abs();
        }
        assert_eq!(all, 5000.0);
        // What is written has a digit behind the point: each of both is off by 0.05 % at most.
        assert!((sum / all - error).abs() < 0.001, "{} for {error}", sum / all);
    }
    let circles: u32 =
        page.browser.run("return document.querySelectorAll('#reliability circle').length").await.unwrap();
    assert!(circles >= 10, "{circles} points in the diagram");

    for (digit, strokes) in DIGITS.into_iter().enumerate() {
        let read = page.read(Pointer::Mouse, strokes).await;
        let state = page.attribute("#answer", "data-state").await;
        assert!(state.as_deref() != Some("not-sure"), "{digit}, read as {read}, is marked");
        assert_eq!(read, digit.to_string());
    }
    assert_eq!(
        page.text("#probabilities-caption").await,
        "Probability of each digit, in percent, calibrated"
    );
    for scribble in [GRID, STAR, TANGLE] {
        page.click("#clear-button").await;
        page.wait_for("#answer[data-state=empty]").await;
        page.browser.draw("#canvas", Pointer::Pen, scribble).await.unwrap();
        page.wait_for_text("#announce", |text| text.starts_with("Not sure")).await;
        page.wait_for("#answer[data-state=not-sure]").await;
        assert_eq!(page.text("#seal-digit").await, "?");
        assert_eq!(page.text("#reading").await, "Not sure this is a digit");
    }

    // Another run begins anew, also with this.
    page.click("#reset-button").await;
    page.wait_for("#confidence[data-state=empty]").await;
    page.wait_for("#answer[data-state=untrained]").await;
    assert_eq!(page.text("#probabilities-caption").await, "Probability of each digit, in percent");
    page.assert_quiet().await;
}
