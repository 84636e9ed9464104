/**
 * Measures one thing for the bench page, on MNIST or, where there is none, on built-in digits; then it is done.
 *
 * It is sent the page's form, where `what` says what is measured, and sends
 *   { kind: "recruit", … }            asks for the workers of other threads: see team.js; the page answers as to worker.js
 *   { kind: "measuring", data }       the digits are there: `mnist` or `builtin`
 *   { kind: "done", what, record }    what was measured, as the page's JSON has it
 *   { kind: "failed", message }
 */

import { bestBuild } from "./builds.js";
import { findGpu } from "./gpu.js";
import { sentence } from "./sentence.js";
import { obstacle, openWithThreads } from "./team.js";

/** Why there are no threads, by what is in their way. */
const OBSTACLES = {
  page: "Threads need a worker, and this is none.",
  absent: "This site was built without threads: ask for one.",
  isolation: "This page is not isolated from others, so workers cannot share memory here: ask for one thread.",
};

/** Settles when the page has made the workers, or could not. @type {(problem: string | null) => void} */
let recruited = () => {};

/** @param {Record<string, string>} asked the bench page's form */
async function measure(asked) {
  const { what, backend } = asked;
  const build = /** @type {import("./builds.js").Build | null} */ (asked.build || bestBuild());
  if (!build) throw new Error("This browser has no WebAssembly SIMD.");
  const [threads, batch, hidden, depth, steps, repeats] = ["threads", "batch", "hidden", "depth", "steps", "repeats"].map((name) =>
    Number(asked[name]),
  );
  const { sumi, team } = await open(build, what === "steps" || what === "tasks" ? threads : 1);
  if (what === "ceilings") return { build, per_ns: sumi.measureCeilings(repeats) };

  const digits = await digitsFor(sumi);
  if (what === "parts") return { build, batch, hidden, depth, steps, ms: sumi.timeParts(digits, batch, hidden, depth, steps) };
  if (what === "tasks") return { build, threads, ms: await sumi.timeTasks(digits, team, repeats) };
  const timing = await sumi.timeSteps(digits, team, backend, batch, hidden, depth, steps, repeats);
  const adapter = backend === "gpu" ? await findGpu() : null;
  return { backend, threads, batch, hidden, steps, ...timing, depth, build, adapter };
}

/** The module, and its threads where there are several. @param {import("./builds.js").Build} build @param {number} threads */
async function open(build, threads) {
  if (threads > 1) {
    const inTheWay = obstacle(build);
    if (inTheWay) throw new Error(OBSTACLES[inTheWay]);
    const opened = await openWithThreads(build, threads, recruit, "-bench");
    return { sumi: opened.sumi, team: opened.threads };
  }
  const sumi = await import(`./wasm/${build}-bench/sumi.js`);
  await sumi.default();
  return { sumi, team: undefined };
}

/** Has the page make the workers. @param {import("./team.js").Recruits} recruits @returns {Promise<void>} */
function recruit(recruits) {
  postMessage({ kind: "recruit", ...recruits });
  return new Promise((resolve, reject) => {
    recruited = (problem) => (problem === null ? resolve() : reject(new Error(problem)));
  });
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
  if (data.kind === "recruited") return recruited(data.problem);
  measure(data).then(
    (record) => postMessage({ kind: "done", what: data.what, record }),
    (error) => postMessage({ kind: "failed", message: sentence(error) }),
  );
});
