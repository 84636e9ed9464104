//! What `cargo xtask bench` prints: tables that can be pasted into Markdown.

use sumi::bench::{
    ceiling::Resource,
    tasks::PRODUCT_MULTIPLY_ADDS,
    work::{Work, floor},
};

use super::{
    Dissection, Row, Tasks, median, opening,
    places::{Adapter, Named},
};

/// A table: a row of headings, then rows of cells.
pub fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = format!("| {} |\n|{}\n", headings.join(" | "), " --- |".repeat(headings.len()));
    for row in rows {
        table += &format!("| {} |\n", row.join(" | "));
    }
    table
}

fn print(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    print!("{}", table(headings, rows));
}

/// Milliseconds a step, everywhere, with the ratio to the best that the yardsticks do.
pub fn steps(rows: &[Row]) {
    let best = |backend| {
        let medians = rows.iter().filter(|row| row.backend == backend).map(|row| median(&row.ms_per_step));
        medians.reduce(f64::min)
    };
    let (jax, numpy) = (best("jax"), best("numpy"));
    let headings = [
        "backend",
        "place",
        "threads",
        "batch",
        "hidden",
        "ms a step",
        "fastest to slowest",
        "ratio to JAX's best",
        "ratio to NumPy",
        "dispatches a step",
        "submits a step",
        "µs encoding a step",
    ];
    print(
        &headings,
        rows.iter().map(|row| {
            let middle = median(&row.ms_per_step);
            let least = row.ms_per_step.iter().copied().fold(f64::INFINITY, f64::min);
            let most = row.ms_per_step.iter().copied().fold(0.0, f64::max);
            vec![
                row.backend.into(),
                row.place.name(),
                row.size.threads.to_string(),
                row.size.batch.to_string(),
                row.size.hidden.to_string(),
                format!("{middle:.3}"),
                format!("{least:.3} to {most:.3}"),
                optional(jax.map(|it| middle / it), 2),
                optional(numpy.map(|it| middle / it), 2),
                optional(row.last.dispatches_per_step, 0),
                optional(row.last.submits_per_step, 3),
                optional(row.last.encode_ms_per_step.map(|ms| ms * 1e3), 1),
            ]
        }),
    );
    adapters(rows);
}

/// Says which GPU there was in each place.
pub fn adapters<'a>(rows: impl IntoIterator<Item = &'a Row>) {
    let mut places = Vec::new();
    for row in rows {
        if let Some(Adapter { name, software }) = &row.last.adapter
            && !places.contains(&row.place)
        {
            places.push(row.place);
            let kind = if *software { "a software adapter, which is no GPU" } else { "a GPU" };
            println!("\nThe GPU of {}: {name}, {kind}.", row.place.name());
        }
    }
}

/// What the machine can do, a column a place.
pub fn ceilings(dissections: &[Dissection]) {
    let places: Vec<String> = dissections.iter().map(|it| it.place.name()).collect();
    let headings: Vec<&str> = std::iter::once("resource").chain(places.iter().map(String::as_str)).collect();
    let row = |resource: Resource| {
        let rates = dissections.iter().map(|it| it.ceilings.iter().find(|(it, _)| *it == resource));
        let rates = rates.map(|rate| optional(rate.map(|(_, rate)| rate.best), 2));
        std::iter::once(resource.to_string()).chain(rates).collect()
    };
    print(&headings, Resource::all().map(row));
}

/// The parts of a step beside their floors.
pub fn parts(dissection: &Dissection, work: &[(String, Work)]) {
    let (mut whole, mut least) = (0.0, 0.0);
    let mut rows = Vec::new();
    for (part, ms) in &dissection.ms {
        let ms = median(ms);
        let known = work.iter().find(|(it, _)| it == part);
        let (floor_ms, resource) = known.map_or((0.0, None), |(_, work)| floor(work, &dissection.ceilings));
        whole += ms;
        least += floor_ms;
        rows.push(vec![
            part.clone(),
            format!("{:.2}", ms * 1e3),
            format!("{:.2}", floor_ms * 1e3),
            resource.map_or("–".into(), |it| it.to_string()),
            percent(floor_ms / ms),
        ]);
    }
    rows.push(vec![
        "**the step**".into(),
        format!("{:.2}", whole * 1e3),
        format!("{:.2}", least * 1e3),
        String::new(),
        percent(least / whole),
    ]);
    print(&["part", "µs", "floor µs", "short of", "floor ÷ time"], rows);
}

/// What a visitor waits for, and how near the matrix products are to the peak.
pub fn tasks(tasks: &[Tasks], dissections: &[Dissection]) {
    let headings = [
        "place",
        "threads",
        "five epochs and the test, s",
        "evaluate, ms",
        "read an image, ms",
        "read a drawing, ms",
        "512³ forward, of the peak",
        "512³ dx, of the peak",
        "512³ dw, of the peak",
    ];
    print(
        &headings,
        tasks.iter().map(|task| {
            let ms = |name| named(&task.ms, name);
            // The peak of one thread in the same place, times the threads.
            let peak = dissections.iter().find(|it| it.place == task.place).and_then(|it| {
                let (_, rate) = it.ceilings.iter().find(|(it, _)| *it == Resource::MultiplyAdd)?;
                Some(rate.best * task.threads as f64)
            });
            let share = |name| {
                let (ms, peak) = (ms(name)?, peak?);
                Some(PRODUCT_MULTIPLY_ADDS / (ms * 1e6) / peak)
            };
            vec![
                task.place.name(),
                task.threads.to_string(),
                optional(ms("five epochs").map(|ms| ms / 1e3), 2),
                optional(ms("evaluate"), 1),
                optional(ms("predict"), 3),
                optional(ms("read a drawing"), 3),
                share("dense_forward").map_or("–".into(), percent),
                share("dense_backward_input").map_or("–".into(), percent),
                share("dense_backward_weights").map_or("–".into(), percent),
            ]
        }),
    );
}

/// How long the page takes to open, for a visitor who comes first and who comes again.
pub fn opening(visits: &[Named; 2]) {
    let headings = [&["visit"], &opening::TIMES[..]].concat();
    let cells = |visit: &Named| opening::TIMES.map(|name| optional(named(visit, name), 0));
    print(
        &headings,
        ["first", "next"]
            .into_iter()
            .zip(visits)
            .map(|(name, visit)| std::iter::once(name.to_owned()).chain(cells(visit)).collect()),
    );
}

fn named(all: &Named, name: &str) -> Option<f64> {
    all.iter().find(|(it, _)| it == name).map(|(_, numbers)| median(numbers))
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |value| format!("{value:.digits$}"))
}
