/**
 * Measures one thing for the bench page, on MNIST or, where there is none, on built-in digits; then it is done.
 *
 * It is sent the page's form, where `what` says what is measured, and sends
 *   { kind: "measuring", data }       the digits are there: `mnist` or `builtin`
 *   { kind: "done", what, record }    what was measured, as the page's JSON has it
 *   { kind: "failed", message }
 */

import { bestBuild } from "./builds.js";
import { findGpu } from "./gpu.js";
import { sentence } from "./sentence.js";

/** @param {Record<string, string>} asked the bench page's form */
async function measure(asked) {
  const { what, backend } = asked;
  const build = asked.build || bestBuild();
  if (!build) throw new Error("This browser has no WebAssembly SIMD.");
  const [threads, batch, hidden, depth, steps, repeats] = ["threads", "batch", "hidden", "depth", "steps", "repeats"].map((name) =>
    Number(asked[name]),
  );
  const sumi = await import(`./wasm/${build}-bench/sumi.js`);
  await sumi.default();
  if (what === "ceilings") return { build, per_ns: sumi.measureCeilings(repeats) };

  const digits = await digitsFor(sumi);
  if (what === "parts") {
    const ms = sumi.timeParts(digits, threads, batch, hidden, depth, steps);
    return { build, threads, batch, hidden, depth, steps, ms };
  }
  if (what === "tasks") return { build, threads, ms: await sumi.timeTasks(digits, threads, repeats) };
  const timing = await sumi.timeSteps(digits, backend, threads, batch, hidden, depth, steps, repeats);
  const adapter = backend === "gpu" ? await findGpu() : null;
  return { backend, threads, batch, hidden, steps, ...timing, depth, build, adapter };
}

/** @param {any} sumi */
async function digitsFor(sumi) {
  try {
    const digits = await sumi.fetchMnist(new URL("data/", self.location.href).href, () => {});
    postMessage({ kind: "measuring", data: "mnist" });
    return digits;
  } catch {
    postMessage({ kind: "measuring", data: "builtin" });
    const maker = new sumi.DigitMaker();
    maker.make(maker.total);
    return maker.finish();
  }
}

addEventListener("message", ({ data }) => {
  measure(data).then(
    (record) => postMessage({ kind: "done", what: data.what, record }),
    (error) => postMessage({ kind: "failed", message: sentence(error) }),
  );
});
