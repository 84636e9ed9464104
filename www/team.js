/**
 * Several threads on one training step: workers that run the same module on the same memory. The worker that leads opens the module
 * (`openWithThreads`), and its page makes the others (`recruit`), for it is the page that must hear when one of them fails: by then
 * the leader may be asleep, waiting for what will never come.
 *
 * @typedef {object} Recruits  what a worker needs to join
 * @property {import("./builds.js").Build} build
 * @property {WebAssembly.Module} module compiled once for all
 * @property {WebAssembly.Memory} memory
 * @property {number} count of threads, with the leader
 * @property {"" | "-bench"} suffix of the folder: the page's build, or the bench page's
 *
 * @typedef {{ kind: "ready" } | { kind: "failed", message: string }} FromMember
 */

import { VARIANTS } from "./wasm/variants.js";

/** Longer than this no worker takes to start, on any network that is worth waiting for. */
const PATIENCE_MS = 15000;

/**
 * How many threads to use where nobody says. The quickstart's 128 hidden units lie in four panels of 32 columns, so two threads or
 * four share them evenly. Up to seven processors that is two: the page's own thread wants one, and on a phone most are slow.
 */
export function usualThreads() {
  const processors = navigator.hardwareConcurrency || 1;
  if (processors < 2) return 1;
  return processors < 8 ? 2 : 4;
}

/** What is in the way of threads here, as far as can be seen without trying. @param {import("./builds.js").Build} build */
export function obstacle(build) {
  if ("document" in globalThis) return "page";
  if (!VARIANTS.includes(`${build}-threads`)) return "absent";
  return self.crossOriginIsolated ? null : "isolation";
}

/**
 * Opens a build on shared memory and gathers its threads, in the worker that leads them.
 * @param {import("./builds.js").Build} build
 * @param {number} count
 * @param {(recruits: Recruits) => Promise<void>} recruit has the page make the others; settles when they are there
 * @param {Recruits["suffix"]} suffix
 * @returns {Promise<{ sumi: typeof import("./wasm/simd128/sumi.js"), threads: import("./wasm/simd128/sumi.js").Threads }>} the
 *   module, and what a Session takes
 */
export async function openWithThreads(build, count, recruit, suffix = "") {
  const folder = `./wasm/${build}-threads${suffix}`;
  const [sumi, module] = await Promise.all([
    import(`${folder}/sumi.js`),
    WebAssembly.compileStreaming(fetch(new URL(`${folder}/sumi_bg.wasm`, import.meta.url))),
  ]);
  const { memory } = await sumi.default({ module_or_path: module });
  const threads = new sumi.Threads(count);
  await recruit({ build, suffix, module, memory, count });
  return { sumi, threads };
}

/**
 * Makes the workers that a leader asks for. In its page.
 * @param {Recruits} recruits
 * @param {(message: string) => void} onFailure is told when one fails later on: then the leader waits for ever
 * @returns {{ ready: Promise<void>, dismiss: () => void }} ready fails where one cannot start
 */
export function recruit({ count, ...needs }, onFailure) {
  /** @type {Worker[]} */
  const workers = [];
  let isReady = false;
  const start = (/** @type {number} */ index) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL("team-worker.js", import.meta.url), { type: "module", name: `sumi ${index}` });
      workers.push(worker);
      const fail = (/** @type {string} */ message) => (isReady ? onFailure(message) : reject(new Error(message)));
      worker.addEventListener("message", ({ data }) => (data.kind === "ready" ? resolve(data) : fail(data.message)));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        fail(event.message || "A thread's worker could not be loaded.");
      });
      worker.addEventListener("messageerror", () => fail("A thread's worker was sent what it could not read."));
      worker.postMessage(needs);
      setTimeout(() => reject(new Error("A thread's worker did not start in time.")), PATIENCE_MS);
    });
  const ready = Promise.all(Array.from({ length: count - 1 }, (_, index) => start(index + 1))).then(() => {
    isReady = true;
  });
  return { ready, dismiss: () => workers.forEach((worker) => worker.terminate()) };
}
