//! How a training step grows with the batch, the width, the depth and the threads: a table and a chart in docs/performance.md.
//!
//! Beside samples a second stands what a thousand multiply-adds cost, counted as if every pixel were ink: it falls as batches grow, for
//! Adam's work does not grow with them, and it must not rise again by more than the caches explain.

use std::{fs, path::Path, thread, time::Instant};

use anyhow::{Context, Result, ensure};
use plotters::prelude::*;

use super::{
    REPEATS, Row, median,
    places::{Place, Places, Size},
    tables,
};
use crate::project;

/// One thing that grows, from a size that stays.
struct Sweep {
    title: &'static str,
    /// What the axis says.
    axis: &'static str,
    points: &'static [usize],
    size: fn(usize) -> Size,
}

const QUICKSTART: Size = Size { threads: 1, batch: 32, hidden: 128, depth: 1 };
const WIDE: Size = Size { threads: 1, batch: 32, hidden: 1024, depth: 2 };

const SWEEPS: [Sweep; 4] = [
    Sweep {
        title: "Batch (128 hidden units)",
        axis: "images a step",
        points: &[8, 32, 128, 512, 1024, 4096],
        size: |batch| Size { batch, ..QUICKSTART },
    },
    Sweep {
        title: "Width (batch 32)",
        axis: "hidden units",
        points: &[32, 128, 512, 1024, 4096],
        size: |hidden| Size { hidden, ..QUICKSTART },
    },
    Sweep {
        title: "Depth (batch 32, 128 units a layer)",
        axis: "hidden layers",
        points: &[1, 2, 3, 4],
        size: |depth| Size { depth, ..QUICKSTART },
    },
    Sweep {
        title: "Batch, wide (2 hidden layers of 1,024)",
        axis: "images a step",
        points: &[8, 32, 128, 512, 4096],
        size: |batch| Size { batch, ..WIDE },
    },
];

/// The sweeps, each with the number of points before it.
fn sweeps() -> impl Iterator<Item = (usize, &'static Sweep)> {
    SWEEPS.iter().scan(0, |next, sweep| Some((std::mem::replace(next, *next + sweep.points.len()), sweep)))
}

/// Multiply-adds of a step, as if every pixel were ink: forward and dw everywhere, dx everywhere but in the first layer.
const fn multiply_adds(Size { batch, hidden, depth, .. }: Size) -> u64 {
    (batch * (2 * 784 * hidden + (depth - 1) * 3 * hidden * hidden + 3 * hidden * 10)) as u64
}

/// As many steps are timed together as make so many multiply-adds, from 2 to 500 of them.
const TOGETHER: u64 = 2_000_000_000;

/// The same where a software adapter plays the GPU: it does some 2 thousand million a second natively, and a fifth of that in Chromium.
const SOFTWARE_TOGETHER: u64 = 100_000_000;

/// What a software adapter is asked for at most in a step: a browser ends a GPU process that is silent for 10 seconds.
const SOFTWARE_MOST: u64 = 500_000_000;

/// Threads of simd: more lines than these no chart can hold.
const MOST_THREADS: usize = 4;

/// One line of the chart: a backend in a place.
struct Line {
    name: String,
    place: Place,
    backend: &'static str,
    threads: usize,
}

/// Measures all of it, prints the tables, and puts them and the chart into docs/.
pub async fn measure(places: &Places, rounds: usize, has_gpu: bool, up_to: u64) -> Result<()> {
    let start = Instant::now();
    let lines = lines(project::dist().join("wasm/relaxed-threads").exists(), has_gpu);
    let mut measured: Vec<Vec<Option<Row>>> = Vec::new();
    for line in &lines {
        let (mut most, mut together) = (up_to, TOGETHER);
        // Only a first run says whether a GPU is one.
        if line.backend == "gpu" {
            let mut first = line.row(QUICKSTART, 2);
            first.measure(places).await?;
            if first.last.adapter.is_none_or(|adapter| adapter.software) {
                (most, together) = (up_to.min(SOFTWARE_MOST), SOFTWARE_TOGETHER);
            }
        }
        let sizes = SWEEPS.iter().flat_map(|sweep| sweep.points.iter().map(|&point| (sweep.size)(point)));
        let row = |size| {
            let steps = (together / multiply_adds(size)).clamp(2, 500) as usize;
            (multiply_adds(size) <= most).then(|| line.row(size, steps))
        };
        measured.push(sizes.map(row).collect());
    }
    for round in 1..=rounds {
        for (line, rows) in lines.iter().zip(&mut measured) {
            println!("round {round} of {rounds}: {} …", line.name);
            for row in rows.iter_mut().flatten() {
                row.measure(places).await?;
            }
        }
    }
    let mut text = format!(
        "Medians of {} timings in {rounds} rounds; in brackets, nanoseconds for a thousand multiply-adds. A dash: left out, where a software adapter would take minutes or `--up-to` says so.\n",
        REPEATS * rounds
    );
    for (first, sweep) in sweeps() {
        let headings: Vec<&str> =
            std::iter::once(sweep.axis).chain(lines.iter().map(|line| line.name.as_str())).collect();
        let cells = |i: usize| {
            let cell = |rows: &Vec<Option<Row>>| rows[first + i].as_ref().map_or("–".into(), cell);
            std::iter::once(sweep.points[i].to_string()).chain(measured.iter().map(cell)).collect::<Vec<_>>()
        };
        let table = tables::table(&headings, (0..sweep.points.len()).map(cells));
        text += &format!("\n**{}**: samples a second\n\n{table}", sweep.title);
    }
    println!("\n{text}");
    for rows in &measured {
        tables::adapters(rows.iter().flatten());
    }
    let docs = project::root().join("docs");
    chart(&docs.join("growth.svg"), &lines, &measured)?;
    fill(&docs.join("performance.md"), &text)?;
    println!(
        "docs/growth.svg and docs/performance.md have them, after {:.0} s.",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

impl Line {
    fn row(&self, size: Size, steps: usize) -> Row {
        Row::new(self.place, self.backend, Size { threads: self.threads, ..size }, steps)
    }
}

/// What there is to compare.
fn lines(has_threads: bool, has_gpu: bool) -> Vec<Line> {
    let line = |place: Place, backend, threads| {
        let threaded = if backend == "simd" {
            format!(", {threads} thread{}", if threads == 1 { "" } else { "s" })
        } else {
            String::new()
        };
        Line { name: format!("{backend}, {}{threaded}", place.name()), place, backend, threads }
    };
    let mut lines = vec![line(Place::Native, "simd", 1), line(Place::Chromium("relaxed"), "simd", 1)];
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for threads in 2..=cores.min(MOST_THREADS) {
        lines.push(line(Place::Native, "simd", threads));
        if has_threads {
            lines.push(line(Place::Chromium("relaxed"), "simd", threads));
        }
    }
    if has_gpu {
        lines.push(line(Place::Native, "gpu", 1));
        lines.push(line(Place::Chromium("relaxed"), "gpu", 1));
    }
    lines
}

fn samples(row: &Row) -> f64 {
    row.size.batch as f64 / median(&row.ms_per_step) * 1e3
}

fn cell(row: &Row) -> String {
    let ns = median(&row.ms_per_step) * 1e6 / multiply_adds(row.size) as f64 * 1e3;
    format!("{} ({ns:.1})", grouped(samples(row).round() as u64))
}

/// 1,234,567
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Puts `text` between the marks of a Markdown file.
fn fill(path: &Path, text: &str) -> Result<()> {
    const MARKS: [&str; 2] =
        ["<!-- growth: written by `cargo xtask bench --growth` -->\n", "<!-- end of growth -->\n"];
    let old = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parts: Option<(&str, &str)> = old.split_once(MARKS[0]);
    let (before, rest) = parts.with_context(|| format!("{} has no {}", path.display(), MARKS[0]))?;
    let (_, after) =
        rest.split_once(MARKS[1]).with_context(|| format!("{} has no {}", path.display(), MARKS[1]))?;
    let picture = "![Samples a second against batch, width and depth](growth.svg)";
    let new = format!("{before}{}\n{picture}\n\n{text}\n{}{after}", MARKS[0], MARKS[1]);
    fs::write(path, new).with_context(|| format!("cannot write {}", path.display()))
}

/// The page's paper and ink, and what they become in the dark.
const PAPER: (RGBColor, &str) = (RGBColor(0xf6, 0xf2, 0xe9), "#15130f");
const INK: (RGBColor, &str) = (RGBColor(0x1e, 0x1a, 0x15), "#ece5d8");
const HAIR: (RGBColor, &str) = (RGBColor(0xdc, 0xd4, 0xc4), "#332e27");

/// Colours of the lines, to be seen on either.
const COLOURS: [RGBColor; 10] = [
    RGBColor(0xc8, 0x4a, 0x31),
    RGBColor(0x3f, 0x7f, 0xa8),
    RGBColor(0xb0, 0x86, 0x2c),
    RGBColor(0x5c, 0x8f, 0x52),
    RGBColor(0x8a, 0x69, 0xa8),
    RGBColor(0x80, 0x78, 0x6a),
    RGBColor(0xc2, 0x6a, 0x8f),
    RGBColor(0x3f, 0x95, 0x8a),
    RGBColor(0x9a, 0x5f, 0x3c),
    RGBColor(0x6b, 0x77, 0xc4),
];

/// One picture a sweep, samples a second against what grows, both in powers.
fn chart(path: &Path, lines: &[Line], measured: &[Vec<Option<Row>>]) -> Result<()> {
    let mut svg = String::new();
    draw(&mut svg, lines, measured).context("cannot draw the chart")?;
    let dark: String = [PAPER, INK, HAIR]
        .map(|(RGBColor(r, g, b), dark)| {
            let light = format!("#{r:02X}{g:02X}{b:02X}");
            format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
        })
        .concat();
    ensure!(
        svg.contains("<svg") && svg.contains("#1E1A15"),
        "the chart has other colours than its style knows"
    );
    let start = svg.find('>').map_or(0, |at| at + 1);
    svg.insert_str(
        start,
        &format!("\n<style>text{{font-family:serif}}@media (prefers-color-scheme:dark){{{dark}}}</style>"),
    );
    fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
}

fn draw(svg: &mut String, lines: &[Line], measured: &[Vec<Option<Row>>]) -> Result<()> {
    let root = SVGBackend::with_string(svg, (960, 760)).into_drawing_area();
    root.fill(&PAPER.0)?;
    let (key, charts) = root.split_vertically(20 * lines.len().div_ceil(2) as u32 + 16);
    for (i, line) in lines.iter().enumerate() {
        let (x, y) = (30 + 460 * (i % 2) as i32, 18 + 20 * (i / 2) as i32);
        key.draw(&PathElement::new([(x, y), (x + 28, y)], COLOURS[i % COLOURS.len()].stroke_width(3)))?;
        key.draw(&Text::new(line.name.clone(), (x + 38, y - 7), ("serif", 15).into_font().color(&INK.0)))?;
    }
    for ((first, sweep), area) in sweeps().zip(charts.split_evenly((2, 2))) {
        let x = |i: usize| sweep.points[i] as f64;
        let count = sweep.points.len();
        let of = |rows: &[Option<Row>]| -> Vec<(f64, f64)> {
            let point = |i| Some((x(i), samples(rows[first + i].as_ref()?)));
            (0..count).filter_map(point).collect()
        };
        let all: Vec<f64> = measured.iter().flat_map(|rows| of(rows)).map(|(_, y)| y).collect();
        if all.is_empty() {
            continue;
        }
        let [least, most] =
            [all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(0.0, f64::max)];
        let ends = 10f64.powf(least.max(1.0).log10().floor())..10f64.powf(most.max(10.0).log10().ceil());
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .margin_right(28)
            .caption(sweep.title, ("serif", 17).into_font().color(&INK.0))
            .x_label_area_size(40)
            .y_label_area_size(80)
            .build_cartesian_2d(
                (x(0)..x(count - 1)).log_scale().with_key_points((0..count).map(x).collect()),
                ends.log_scale(),
            )?;
        chart
            .configure_mesh()
            .axis_style(INK.0)
            .bold_line_style(HAIR.0)
            .light_line_style(PAPER.0)
            .label_style(("serif", 13).into_font().color(&INK.0))
            .x_desc(sweep.axis)
            .y_desc("samples a second")
            .x_label_formatter(&|x| grouped(*x as u64))
            .y_label_formatter(&|y| grouped(*y as u64))
            .draw()?;
        for (i, rows) in measured.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            chart.draw_series(LineSeries::new(of(rows), colour.stroke_width(2)))?;
            chart.draw_series(of(rows).into_iter().map(|at| Circle::new(at, 3, colour.filled())))?;
        }
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiply_adds_by_hand() {
        // 32 · (784 · 128 · 2 + 128 · 10 · 3)
        assert_eq!(multiply_adds(QUICKSTART), 6_545_408);
        assert_eq!(multiply_adds(Size { depth: 2, ..QUICKSTART }), 6_545_408 + 32 * 3 * 128 * 128);
        for sweep in &SWEEPS {
            assert!(sweep.points.is_sorted());
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn the_marked_part_is_replaced_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("performance.md");
        let marked = "before\n<!-- growth: written by `cargo xtask bench --growth` -->\nold\n<!-- end of growth -->\nafter\n";
        fs::write(&path, marked).unwrap();
        for text in ["one", "two"] {
            fill(&path, text).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("before\n") && text.ends_with("after\n") && text.contains("two"));
        assert!(!text.contains("old") && !text.contains("one\n"));
        fs::write(&path, "nothing").unwrap();
        assert!(fill(&path, "three").unwrap_err().to_string().contains("has no <!-- growth"));
    }

    /// Two made-up lines: the second has a gap, and both leave out the last picture.
    #[test]
    fn the_chart_has_every_line_and_both_themes() {
        let line = |name: &str| Line { name: name.into(), place: Place::Native, backend: "simd", threads: 1 };
        let lines = [line("first"), line("second")];
        let row = |ms: f64| {
            let mut row = Row::new(Place::Native, "simd", QUICKSTART, 2);
            row.ms_per_step.push(ms);
            Some(row)
        };
        let count: usize = SWEEPS.iter().map(|sweep| sweep.points.len()).sum();
        let shown = count - SWEEPS[SWEEPS.len() - 1].points.len();
        let measured = [
            (0..count).map(|i| if i < shown { row(0.5) } else { None }).collect::<Vec<_>>(),
            (0..count).map(|i| if i < shown && i != 2 { row(0.1) } else { None }).collect(),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("growth.svg");
        chart(&path, &lines, &measured).unwrap();
        let svg = fs::read_to_string(&path).unwrap();
        assert_eq!(svg.matches("<circle").count(), 2 * shown - 1);
        for text in ["first", "second", "hidden layers", "4,096", "prefers-color-scheme:dark"] {
            assert!(svg.contains(text), "{text}");
        }
    }
}
