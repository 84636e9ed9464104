//! Drawings that are no digits, for measuring whether a network knows that it does not know.

use super::Draws;
use crate::data::PIXELS;
use crate::drawing::{self, Point};
use crate::random::{Purpose, Random};

/// Scribble `index` of the endless sequence of `seed`, read as drawings are: 28 × 28 pixels from 0 (paper) to 255 (ink).
///
/// In turn: a tangle, a zigzag, a few straight lines, a spiral, a wave, some curves that mean nothing. Some look like a digit by chance.
pub fn scribble(seed: u32, index: u32) -> [u8; PIXELS] {
    let draws = &mut Draws { random: Random::new(seed, Purpose::Scribble), index, element: 0 };
    let strokes = match index % 6 {
        0 => vec![tangle(draws)],
        1 => vec![zigzag(draws)],
        2 => (0..count(draws, 3, 7)).map(|_| vec![anywhere(draws), anywhere(draws)]).collect(),
        3 => vec![spiral(draws)],
        4 => vec![wave(draws)],
        _ => (0..count(draws, 1, 3))
            .map(|_| (0..count(draws, 4, 8)).map(|_| anywhere(draws)).collect())
            .collect(),
    };
    drawing::rasterise(&strokes).expect("every scribble has points, and they are finite")
}

/// A whole number from `low` up to and without `high`.
fn count(draws: &mut Draws, low: u32, high: u32) -> u32 {
    low + (draws.uniform() * (high - low) as f32) as u32
}

/// From `low` to `high`.
fn between(draws: &mut Draws, low: f32, high: f32) -> f32 {
    low + draws.uniform() * (high - low)
}

fn anywhere(draws: &mut Draws) -> Point {
    [draws.uniform(), draws.uniform()]
}

/// A pen that wanders and forgets where it came from.
fn tangle(draws: &mut Draws) -> Vec<Point> {
    let mut at = [0.5; 2];
    (0..count(draws, 12, 30))
        .map(|_| {
            at = at.map(|coordinate| 0.4 * coordinate + 0.6 * draws.uniform());
            at
        })
        .collect()
}

/// To and fro, from one side to the other.
fn zigzag(draws: &mut Draws) -> Vec<Point> {
    let turns = count(draws, 5, 14);
    let [width, slant] = [between(draws, 0.4, 1.6), between(draws, -0.5, 0.5)];
    let upright = draws.uniform() < 0.5;
    (0..turns)
        .map(|turn| {
            let along = width * turn as f32 / (turns - 1) as f32 + 0.04 * draws.normal();
            let across = (turn % 2) as f32 + 0.08 * draws.normal();
            let point = [along + slant * across, across];
            if upright { point } else { [point[1], point[0]] }
        })
        .collect()
}

/// Two to five turns outwards, flattened a little.
fn spiral(draws: &mut Draws) -> Vec<Point> {
    // The cosine and sine of 30°: twelve samples a turn.
    let (cosine, sine) = (0.866_025_4, 0.5);
    let flat = between(draws, 0.5, 1.0);
    let samples = count(draws, 24, 60);
    let mut direction: Point = [1.0, 0.0];
    (0..samples)
        .map(|sample| {
            direction =
                [cosine * direction[0] - sine * direction[1], sine * direction[0] + cosine * direction[1]];
            let radius = (sample + 3) as f32 * (1.0 + 0.03 * draws.normal());
            [direction[0] * radius, direction[1] * radius * flat]
        })
        .collect()
}

/// Three to six hills beside each other.
fn wave(draws: &mut Draws) -> Vec<Point> {
    let hills = count(draws, 3, 7);
    let height = between(draws, 0.3, 1.5);
    (0..4 * hills)
        .map(|sample| {
            let level = [0.0, 1.0, 0.0, -1.0][sample as usize % 4];
            [sample as f32 / 4.0 + 0.05 * draws.normal(), height * level * (1.0 + 0.1 * draws.normal())]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scribbles_repeat_and_differ() {
        let all: Vec<_> = (0..60).map(|index| scribble(4, index)).collect();
        assert!((0..60).all(|index| scribble(4, index) == all[index as usize]));
        for (nth, image) in all.iter().enumerate() {
            assert!(!all[..nth].contains(image), "{nth}");
            assert!(image.iter().any(|&value| value > 200), "{nth}: no ink");
        }
        assert_ne!(scribble(5, 0), all[0], "another seed");
    }
}
