/**
 * Times the parts of a training step, in the worker: some steps of the session's network, on a copy of its own, on one thread of the
 * processor.
 *
 * Page → worker:
 * @typedef {{ kind: "profile" }} Profile  answered with Profiled, several times
 *
 * Worker → page:
 * @typedef {object} Profiled
 * @property {"profiled"} kind
 * @property {{ part: keyof typeof import("./strings/en-panels.js").panels.time.parts, layer: number, ms: number }[]} parts in the order in which
 *   they run, all steps together
 * @property {number} steps
 * @property {boolean} done
 */

import { paced } from "./pace.js";

/** Of a slice, and milliseconds of them all. */
const SLICE = { ms: 12 };
const WHOLE_MS = 400;

/**
 * @param {(steps: number) => Promise<import("./wasm/simd128/sumi.js").PartTime[]>} time the Session's `profile`
 * @param {() => number} network another number, once the session has become another network
 * @param {() => Promise<void>} turn lets waiting messages be answered
 * @param {(message: Profiled) => void} tell
 */
export async function profile(time, network, turn, tell) {
  /** @type {Profiled["parts"]} */
  let parts = [];
  let [slice, steps, told] = [1, 0, performance.now()];
  let before = network();
  for (let spent = 0; spent < WHOLE_MS; ) {
    if (network() !== before) [parts, slice, steps, spent, before] = [[], 1, 0, 0, network()];
    const timed = /** @type {Profiled["parts"]} */ (await time(slice));
    const ms = timed.reduce((sum, part) => sum + part.ms, 0);
    parts = timed.map((part, index) => ({ ...part, ms: part.ms + (parts[index]?.ms ?? 0) }));
    steps += slice;
    spent += Math.max(ms, 0.1);
    slice = paced(slice, slice, ms, SLICE);
    const done = spent >= WHOLE_MS;
    if (done || performance.now() - told > 100) {
      told = performance.now();
      tell({ kind: "profiled", parts, steps, done });
    }
    await turn();
  }
}
