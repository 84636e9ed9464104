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
 * @property {{ part: keyof typeof import("./strings/en.js").en.time.parts, layer: number, ms: number }[]} parts in the order in which
 *   they run, all steps together
 * @property {number} steps
 * @property {boolean} done
 */

/** Milliseconds of a slice, and of them all. */
const SLICE_MS = 10;
const WHOLE_MS = 400;

/**
 * @param {import("./wasm/simd128/sumi.js").Profiler} profiler
 * @param {() => Promise<void>} turn lets waiting messages be answered
 * @param {(message: Profiled) => void} tell
 */
export async function profile(profiler, turn, tell) {
  let slice = 1;
  let [spent, told] = [0, performance.now()];
  while (spent < WHOLE_MS) {
    const begun = performance.now();
    profiler.run(slice);
    const ms = performance.now() - begun;
    spent += ms;
    // A clock that is coarse on purpose may not have ticked yet.
    slice = Math.max(1, Math.min(2 * slice, Math.round((slice * SLICE_MS) / Math.max(ms, 0.1))));
    const done = spent >= WHOLE_MS;
    if (done || begun - told > 100) {
      told = begun;
      const parts = /** @type {Profiled["parts"]} */ (profiler.parts());
      tell({ kind: "profiled", parts, steps: profiler.steps, done });
    }
    await turn();
  }
  profiler.free();
}
