/** Measures one case for the bench page, on MNIST or, where there is none, on built-in digits; then it is done. */

import { bestBuild } from "./builds.js";
import { findGpu } from "./gpu.js";

/** @param {Record<string, string>} asked the bench page's form */
async function measure({ backend, build, batch, hidden, steps, repeats }) {
  const chosen = build || bestBuild();
  if (!chosen) throw new Error("This browser has no WebAssembly SIMD.");
  const sumi = await import(`./wasm/${chosen}-bench/sumi.js`);
  await sumi.default();
  let digits;
  let data = "mnist";
  try {
    digits = await sumi.fetchMnist(new URL("data/", self.location.href).href, () => {});
  } catch {
    data = "builtin";
    const maker = new sumi.DigitMaker();
    maker.make(maker.total);
    digits = maker.finish();
  }
  postMessage({ kind: "measuring", data });
  const sizes = { batch: Number(batch), hidden: Number(hidden), steps: Number(steps), repeats: Number(repeats) };
  const timing = await sumi.timeSteps(digits, backend, 1, sizes.batch, sizes.hidden, 1, sizes.steps, sizes.repeats);
  const run = {
    backend,
    build: chosen,
    threads: 1,
    batch: sizes.batch,
    hidden: sizes.hidden,
    steps: sizes.steps,
    ...timing,
    adapter: backend === "gpu" ? await findGpu() : null,
  };
  postMessage({ kind: "done", run, data });
}

addEventListener("message", ({ data }) => {
  measure(data).catch((error) => postMessage({ kind: "failed", message: error.message ?? String(error) }));
});
