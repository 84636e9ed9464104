/** Measures one case for the bench page, on MNIST or, where there is none, on built-in digits; then it is done. */

import { bestBuild } from "./builds.js";

/** @param {Record<string, string>} asked the bench page's form */
async function measure({ backend, build, batch, hidden, steps, repeats }) {
  const chosen = build || bestBuild();
  if (!chosen) throw new Error("This browser has no WebAssembly SIMD.");
  const sumi = await import(`./wasm/${chosen}/sumi.js`);
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
  const ms = await sumi.msPerStep(digits, backend, Number(batch), Number(hidden), Number(steps), Number(repeats));
  const run = {
    backend,
    build: chosen,
    threads: 1,
    batch: Number(batch),
    hidden: Number(hidden),
    steps: Number(steps),
    ms_per_step: [...ms],
  };
  postMessage({ kind: "done", run, data });
}

addEventListener("message", ({ data }) => {
  measure(data).catch((error) => postMessage({ kind: "failed", message: error.message ?? String(error) }));
});
