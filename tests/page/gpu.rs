//! WebGPU, on Chromium's software adapter.

use super::*;

/// Counts what the worker asks of WebGPU, and tells it to whoever asks.
const COUNTING: &str = "
    const counts = { steps: 0, dispatches: 0, submits: 0, made: 0, told: 0 };
    const count = (type, method, name) => {
        const call = type.prototype[method];
        type.prototype[method] = function (...args) {
            counts[name] += 1;
            return call.apply(this, args);
        };
    };
    count(GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches');
    count(GPUQueue, 'submit', 'submits');
    for (const method of ['createBuffer', 'createBindGroup', 'createComputePipeline']) count(GPUDevice, method, 'made');
    // A step's uniform takes 256 bytes of the buffer of that name.
    const write = GPUQueue.prototype.writeBuffer;
    GPUQueue.prototype.writeBuffer = function (buffer, offset, data, ...rest) {
        if (buffer.label === 'steps') counts.steps += data.byteLength / 256;
        return write.call(this, buffer, offset, data, ...rest);
    };
    const post = self.postMessage;
    self.postMessage = function (message, ...rest) {
        if (message.kind === 'progress' && message.losses.length > 0) counts.told += 1;
        return post.call(this, message, ...rest);
    };
    const line = new BroadcastChannel('counts');
    line.onmessage = () => line.postMessage(counts);
";

#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
struct Counts {
    steps: usize,
    dispatches: usize,
    submits: usize,
    made: usize,
    /// Messages to the page with steps for its charts.
    told: usize,
}

impl Page {
    async fn counts(&self) -> Counts {
        let script = "const line = new BroadcastChannel('counts');
            const answer = new Promise(resolve => { line.onmessage = ({ data }) => resolve(data); });
            line.postMessage('ask');
            return answer";
        self.browser.run(script).await.unwrap()
    }

    /// Waits for a step of the first epoch.
    async fn wait_for_step(&self, step: usize) {
        let number = |text: &str| text.split(' ').nth(1)?.replace(',', "").parse::<usize>().ok();
        self.wait_for_text("#progress-detail", |text| number(text).is_some_and(|it| it >= step)).await;
    }

    async fn compute_on(&self, backend: &str) {
        self.open_settings().await;
        self.choose("#set-backend", backend).await;
    }
}

/// The README's main job on WebGPU. A software adapter takes half a minute and more for an epoch, so it is a third of one.
#[tokio::test]
#[ignore = "needs MNIST"]
async fn gpu_trains_on_mnist_and_reads_what_is_drawn() {
    let (page, _folder) =
        open_with_worker(COUNTING, Data::Folder(mnist_folder()), "?backend=gpu&epochs=1").await;
    page.wait_for_state("ready").await;
    assert!(page.text("#backend").await.starts_with("WebGPU, "), "{}", page.text("#backend").await);
    page.click("#train-button").await;
    page.wait_for_step(600).await;
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    let (steps, counts) = (page.text("#progress-detail").await, page.counts().await);
    let (loss, accuracy) = (page.number("#test-loss").await, page.number("#test-accuracy").await);
    println!("{steps}, test: loss {loss}, accuracy {accuracy}, {counts:?}");
    assert!(accuracy >= 0.9, "test accuracy {accuracy}");
    assert!(page.text("#backend").await.starts_with("WebGPU, "));
    for (digit, strokes) in [("0", ZERO), ("1", ONE), ("7", SEVEN)] {
        assert_eq!(page.read(Pointer::Mouse, strokes).await, digit);
    }
    page.assert_quiet().await;
}

/// Four dispatches a step, a submit for 25 steps or more, each of them told to the page, and nothing made once training is under way.
#[tokio::test]
async fn gpu_is_asked_little() {
    let query = "?data=builtin&backend=gpu&epochs=1";
    let (page, _folder) = open_with_worker(COUNTING, Data::Absent, query).await;
    page.wait_for_state("ready").await;
    assert!(page.text("#backend").await.starts_with("WebGPU, "), "{}", page.text("#backend").await);
    assert_eq!(page.text("#backend-note").await, "");

    page.click("#train-button").await;
    page.wait_for_step(50).await;
    let early = page.counts().await;
    page.wait_for_step(150).await;
    let counts = page.counts().await;
    assert_eq!(page.state().await, "training");
    println!("{counts:?}, {} a step", page.text("#step-ms").await);
    assert!(counts.steps >= 150 && counts.dispatches <= 4 * counts.steps, "{counts:?}");
    assert!(25 * counts.submits <= counts.steps, "{counts:?}");
    // The charts wait for no more than what is in flight. (A submit is a slice of 40 ms where 25 steps take no longer.)
    assert!(counts.told + 4 >= counts.submits, "{counts:?}");
    assert_eq!(counts.made, early.made, "buffers, bind groups or pipelines are made in the loop");
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_is_left_alone_where_it_is_only_played() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=software]").await;
    assert!(page.text("#backend").await.contains("SIMD"));
    assert!(page.text("#backend-note").await.starts_with("Automatic"));
    page.assert_quiet().await;
}

/// Where a GPU is no software and its steps take less time, it is taken unasked. Here a clock that stands still while the adapter
/// works plays the fast GPU.
#[tokio::test]
async fn gpu_that_is_faster_is_taken_by_itself() {
    let prelude = "
        Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });
        const real = performance.now.bind(performance);
        let still = 0, since = null;
        performance.now = () => (since ?? real()) - still;
        const submit = GPUQueue.prototype.submit;
        GPUQueue.prototype.submit = function (...args) { since ??= real(); return submit.apply(this, args); };
        const map = GPUBuffer.prototype.mapAsync;
        GPUBuffer.prototype.mapAsync = async function (...args) {
            await map.apply(this, args);
            if (since !== null) still += real() - since;
            since = null;
        };
    ";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=faster]").await;
    assert!(page.text("#backend").await.starts_with("WebGPU"), "{}", page.text("#backend").await);
    page.click("#train-button").await;
    page.wait_for_step(50).await;
    page.read(Pointer::Mouse, ZERO).await;
    assert_eq!(page.state().await, "training");
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_and_processor_take_turns_in_one_run() {
    let page = Page::open(Data::Absent, "?data=builtin&epochs=1&backend=simd").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=asked]").await;
    page.train().await;
    let want = page.epochs().await;

    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    page.click("#step-button").await;
    page.wait_for_state("paused").await;
    page.compute_on("gpu").await;
    page.wait_for_text("#backend", |text| text.starts_with("WebGPU")).await;
    page.click("#train-button").await;
    page.wait_for_step(50).await;
    // The drawing is read by weights that come back while training goes on.
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    assert_eq!(page.state().await, "training");
    page.click("#train-button").await;
    page.wait_for_state("paused").await;
    page.compute_on("simd").await;
    page.wait_for_text("#backend", |text| text.contains("SIMD")).await;
    page.click("#train-button").await;
    page.wait_for_state("done").await;
    let got = page.epochs().await;
    assert!((got[0][0] - want[0][0]).abs() < 0.005, "{got:?}, on the processor alone {want:?}");

    // A GPU that has been used begins afresh.
    page.compute_on("gpu").await;
    page.wait_for_text("#backend", |text| text.starts_with("WebGPU")).await;
    page.click("#train-button").await;
    page.wait_for_step(25).await;
    page.click("#reset-button").await;
    page.wait_for_state("ready").await;
    assert_eq!(page.text("#epoch-rows tr:first-child td").await, "–");
    page.assert_quiet().await;
}

/// A deep network by SGD, step by step, with a learning rate that changes: as on the processor. And then another network.
#[tokio::test]
async fn gpu_takes_single_steps_of_any_network() {
    let query = "?data=builtin&epochs=1&batch=1024&layers=24,16&optimizer=sgd&lr=0.1&seed=4";
    let mut losses = Vec::new();
    let page = Page::open(Data::Absent, "").await;
    for backend in ["simd", "gpu"] {
        page.visit(&format!("{query}&backend={backend}")).await;
        page.wait_for_state("ready").await;
        for step in 1..=4 {
            page.click("#step-button").await;
            let begins = format!("Step {step}: loss ");
            let said = page.wait_for_text("#announce", |text| text.starts_with(&begins)).await;
            let loss: f64 = said.trim_start_matches(&begins).trim_end_matches('.').parse().unwrap();
            losses.push(loss);
            if step == 2 {
                page.click("#halve-button").await;
                page.wait_for_text("#rate-note", |text| text == "0.05 since step 3").await;
            }
        }
        assert_eq!(page.text("#progress-detail").await, "step 4 of 59");
        page.click("#epoch-button").await;
        page.wait_for_state("done").await;
        losses.push(page.number("#test-loss").await);
    }
    let (simd, gpu) = losses.split_at(5);
    for (simd, gpu) in simd.iter().zip(gpu) {
        // They are written with four digits.
        assert!((simd - gpu).abs() < 1.5e-4, "{losses:?}");
    }
    assert!(page.text("#backend").await.starts_with("WebGPU"));

    page.open_settings().await;
    page.choose("#set-optimizer", "adam").await;
    page.enter("#set-batch", "2000").await;
    page.click("#apply-button").await;
    page.wait_for_state("ready").await;
    page.click("#epoch-button").await;
    page.wait_for_state("done").await;
    assert!(page.text("#backend").await.starts_with("WebGPU"));
    assert!(page.text("#progress-detail").await.starts_with("30 steps"));
    page.assert_quiet_but(|line| line.contains("/data/") && line.contains("404")).await;
}

/// Whatever is in the way of WebGPU has a sentence, and training goes on without.
#[tokio::test]
async fn gpu_that_cannot_be_had_is_explained() {
    for (why, prelude, words) in [
        ("missing", "delete WorkerNavigator.prototype.gpu;", "no WebGPU"),
        ("adapter", "GPU.prototype.requestAdapter = async () => null;", "no GPU"),
        (
            "blocked",
            "GPU.prototype.requestAdapter = async () => { throw new Error('not here'); };",
            "not here",
        ),
        (
            "insecure",
            "delete WorkerNavigator.prototype.gpu; Object.defineProperty(self, 'isSecureContext', { value: false });",
            "https",
        ),
        (
            "device",
            "GPUAdapter.prototype.requestDevice = async () => { throw new Error('out of devices'); };",
            "out of devices",
        ),
    ] {
        // What workers lack the page could have, and would then be used there.
        let document = if prelude.contains("delete") { "delete Navigator.prototype.gpu;" } else { "" };
        let (page, _folder) =
            open_with_both(document, prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
        page.wait_for_state("ready").await;
        page.wait_for(&format!("#backend-note[data-why={why}]")).await;
        let note = page.text("#backend-note").await;
        assert!(note.contains(words) && note.contains("CPU"), "{note}");
        assert!(page.text("#backend").await.contains("SIMD"));
        if why == "missing" {
            page.train().await;
        }
        page.assert_quiet().await;
    }
}

/// In a browser that keeps WebGPU from workers, the page itself computes, and goes on answering.
#[tokio::test]
async fn gpu_of_the_page_alone_is_used_there() {
    let prelude = "if (!('document' in self)) delete WorkerNavigator.prototype.gpu;";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=asked]").await;
    assert!(page.text("#backend").await.starts_with("WebGPU"), "{}", page.text("#backend").await);
    page.click("#train-button").await;
    page.wait_for_step(100).await;
    page.read(Pointer::Mouse, ZERO).await;
    page.wait_for("#answer[data-state=sure][data-digit='0']").await;
    assert_eq!(page.state().await, "training");
    page.click("#stop-button").await;
    page.wait_for_state("stopped").await;
    // Nor may the page's thread wait for others.
    page.compute_on("simd").await;
    page.wait_for("#backend-note[data-alone=page]").await;
    assert!(page.text("#backend").await.ends_with(", 1 thread"), "{}", page.text("#backend").await);
    page.assert_quiet().await;

    // Nobody asked for it by name: the worker goes on without.
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1").await;
    page.wait_for_state("ready").await;
    page.wait_for("#backend-note[data-why=missing]").await;
    assert!(page.text("#backend").await.contains("SIMD"));
    page.assert_quiet().await;
}

#[tokio::test]
async fn gpu_that_fails_hands_the_run_to_the_processor() {
    let prelude = "
        const open = GPUAdapter.prototype.requestDevice;
        let device, dispatches = 0;
        GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await open.apply(this, args)); };
        const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
        GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...args) {
            dispatches += 1;
            if (dispatches === 1000) device.destroy();
            return dispatch.apply(this, args);
        };
    ";
    let (page, _folder) = open_with_worker(prelude, Data::Absent, "?data=builtin&epochs=1&backend=gpu").await;
    page.wait_for_state("ready").await;
    page.train().await;
    page.wait_for("#backend-note[data-why=failed]").await;
    let note = page.text("#backend-note").await;
    // Whether the readback that failed or the loss of the device is heard of first is the browser's choice.
    assert!(note.contains("The GPU failed") && note.contains("CPU"), "{note}");
    assert!(page.text("#backend").await.contains("SIMD"));
    assert_eq!(
        page.browser
            .run::<u32>("return document.querySelectorAll('#epoch-rows [data-state=done]').length")
            .await
            .unwrap(),
        1
    );
}

// ---- Threads ----
