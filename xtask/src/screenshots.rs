//! `cargo xtask screenshots`: the real page in three widths and both themes, before training, in the middle, trained with a drawn
//! digit in both languages, with all that opens open, and without data. They are for looking at; those of the README are taken on the way.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use crate::{
    browser::{Browser, ColorScheme, Pointer, SEVEN},
    install::Install,
    mnist, project,
    server::{Data, Server},
    site,
};

/// Widths of a phone, a tablet and a desktop, with the heights of their first screens.
const SIZES: [(u32, u32); 3] = [(360, 800), (768, 1024), (1440, 900)];

const THEMES: [(ColorScheme, &str); 2] = [(ColorScheme::Light, "light"), (ColorScheme::Dark, "dark")];

/// Generous: a busy machine is no reason to fail.
const PATIENCE: Duration = Duration::from_secs(180);

/// Nothing that a network could be sure of.
const SCRIBBLE: &[&[(f64, f64)]] = &[
    &[(0.3, 0.3), (0.5, 0.2), (0.7, 0.35), (0.5, 0.5), (0.35, 0.6), (0.6, 0.65)],
    &[(0.5, 0.2), (0.45, 0.5), (0.55, 0.8)],
];

/// What `cargo xtask screenshots` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder for the pictures
    #[arg(long, default_value = "target/screenshots")]
    out: PathBuf,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
    /// Also write the README's: docs/screenshot-*.png and docs/inside-*.png
    #[arg(long)]
    docs: bool,
}

/// Builds the site and takes all pictures.
pub fn run(options: &Options) -> Result<()> {
    if let Err(why) = options.install.japanese_font() {
        println!("Japanese may be boxes: {why:#}");
    }
    site::build(options.install)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start tokio")?;
    runtime.block_on(take(options))
}

async fn take(options: &Options) -> Result<()> {
    let mnist = options.mnist.find()?.context("the pictures are of a page that has MNIST")?;
    let server = Server::start(&project::dist(), Data::Folder(mnist)).await?;
    let browser = Browser::start().await?;
    // Headless Chromium draws scrollbars as wide as no desktop does.
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await?;
    let (width, height) = SIZES[2];
    browser.resize(width, height).await?;
    browser.open(&server.url()).await?;
    browser.wait_for("[data-state=ready]", PATIENCE).await?;
    shoot(&browser, options, "1-before").await?;

    // More epochs than the pictures take.
    browser.open(&format!("{}?epochs=40", server.url())).await?;
    browser.wait_for("[data-state=ready]", PATIENCE).await?;
    browser.click("#train-button").await?;
    browser.draw("#canvas", Pointer::Mouse, SCRIBBLE).await?;
    browser.wait_for("#epoch-rows tr:nth-child(1)[data-state=done]", PATIENCE).await?;
    shoot(&browser, options, "2-training").await?;

    browser.open(&server.url()).await?;
    browser.wait_for("[data-state=ready]", PATIENCE).await?;
    browser.click("#train-button").await?;
    browser.draw("#canvas", Pointer::Pen, SEVEN).await?;
    browser.wait_for("body[data-state=done]", PATIENCE).await?;
    // The sharp edge that a focused sheet has is not what the picture is about.
    let () = browser.run("document.activeElement.blur(); scrollTo(0, 0)").await?;
    shoot(&browser, options, "3-trained").await?;
    // By script: a real pointer would lie on the button in every picture.
    let speak = "document.querySelector(`#language [lang=${args[0]}]`).click()";
    let () = browser.run_with(speak, vec!["ja".into()]).await?;
    shoot(&browser, options, "3-trained-ja").await?;
    let () = browser.run_with(speak, vec!["en".into()]).await?;
    let open = "for (const it of document.querySelectorAll('details')) it.open = args[0]";
    let () = browser.run_with(open, vec![true.into()]).await?;
    browser.wait_for("#set-batch", PATIENCE).await?;
    shoot(&browser, options, "3-trained-open").await?;
    let () = browser.run_with(open, vec![false.into()]).await?;
    if options.docs {
        browser.resize(1280, 930).await?;
        let show = "document.querySelector(args[0]).scrollIntoView({ behavior: 'instant' })";
        for (place, name) in [("body", "screenshot"), ("#inside", "inside")] {
            let () = browser.run_with(show, vec![place.into()]).await?;
            for (scheme, theme) in THEMES {
                browser.set_color_scheme(scheme).await?;
                // What comes into view makes its pictures then.
                tokio::time::sleep(Duration::from_secs(1)).await;
                browser.screenshot(&project::root().join(format!("docs/{name}-{theme}.png"))).await?;
            }
        }
    }

    let server = Server::start(&project::dist(), Data::Absent).await?;
    browser.open(&server.url()).await?;
    browser.wait_for("body[data-state=failed]", PATIENCE).await?;
    shoot(&browser, options, "4-no-data").await
}

/// The page as it stands, in all sizes and themes: its first screen, and the whole of it.
async fn shoot(browser: &Browser, options: &Options, state: &str) -> Result<()> {
    for (scheme, theme) in THEMES {
        browser.set_color_scheme(scheme).await?;
        for (width, height) in SIZES {
            browser.resize(width, height).await?;
            tokio::time::sleep(Duration::from_millis(150)).await;
            browser.screenshot(&options.out.join(format!("{state}-{width}-{theme}-first.png"))).await?;
            let whole: u32 = browser.run("return document.documentElement.scrollHeight").await?;
            browser.resize(width, whole.max(height)).await?;
            tokio::time::sleep(Duration::from_millis(150)).await;
            browser.screenshot(&options.out.join(format!("{state}-{width}-{theme}.png"))).await?;
        }
    }
    println!("{state}: {} pictures in {}", 2 * THEMES.len() * SIZES.len(), options.out.display());
    Ok(())
}
