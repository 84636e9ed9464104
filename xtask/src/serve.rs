//! `cargo xtask serve`: the page in a browser, from nothing.

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    install::Install,
    mnist, project,
    server::{self, Data, Headers, Server},
    site,
};

/// The first port that is tried.
const PORT: u16 = 8080;

/// What `cargo xtask serve` can be told.
#[derive(Debug, Args)]
pub struct Options {
    /// Serve on this port; by default 8080, or the next free one
    #[arg(long)]
    port: Option<u16>,
    /// Do not open the browser
    #[arg(long)]
    no_open: bool,
    #[command(flatten)]
    install: Install,
    #[command(flatten)]
    mnist: mnist::Source,
}

/// Builds the site, gets MNIST, serves both on loopback and opens the browser. Ends with Ctrl-C.
pub fn run(options: &Options) -> Result<()> {
    site::build(options.install)?;
    options.mnist.provide(&project::dist())?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the server's threads")?;
    runtime.block_on(async {
        let listener = match options.port {
            // Whoever names a port is going to call on it, so another one is of no use.
            Some(port) => {
                server::listener(Some(port)).await.context("leave out --port to take a free one")?
            }
            None => server::listener_from(PORT).await?,
        };
        let app = server::app(&project::dist(), Data::OfSite, Headers::All);
        let server = Server::listen(listener, app)?;
        println!("\nSumi is at {} (Ctrl-C ends it)", server.url());
        if !options.no_open
            && let Err(error) = open::that_detached(server.url())
        {
            println!("No browser could be opened ({error}): open that address in one.");
        }
        tokio::select! {
            ended = server.wait() => ended,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}
