//! The real page in a real browser. `cargo xtask test page` builds the site and runs this; see tests/README.md.

use xtask::{
    browser::Browser,
    project,
    server::{Data, Server},
    wasm::VARIANTS,
};

/// The site that is tested: built by `cargo xtask build`, with `/data/` as the test wants it.
async fn serve(data: Data) -> Server {
    let dist = project::dist();
    assert!(
        dist.join("wasm").exists(),
        "dist/ has no site: run `cargo xtask build`, or `cargo xtask test page`"
    );
    Server::start(&dist, data).await.unwrap()
}

#[tokio::test]
async fn the_page_is_isolated_and_every_wasm_variant_starts() {
    let server = serve(Data::Absent).await;
    let browser = Browser::start().await.unwrap();
    browser.open(&server.url()).await.unwrap();
    let isolated: bool = browser.run("return crossOriginIsolated").await.unwrap();
    assert!(isolated, "without isolation there is no SharedArrayBuffer");
    for variant in VARIANTS {
        let script = "const module = await import(`/wasm/${args[0]}/sumi.js`);
            return (await module.default()).memory instanceof WebAssembly.Memory";
        let starts: bool = browser.run_with(script, vec![variant.name.into()]).await.unwrap();
        assert!(starts, "the wasm variant {} does not start", variant.name);
    }
}
