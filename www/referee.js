/**
 * Sets two backends against each other, in the worker: each on a network of its own that begins like the session's. They take turns
 * and never run together, so that neither slows the other and a turn's time is its own.
 *
 * Page → worker:
 * @typedef {"gpu" | "simd" | "single" | "reference"} Contender  single: simd on one thread; reference: the plain loops
 * @typedef {{ kind: "duel", contenders: [Contender, Contender], steps: number }} Duel  no steps: a whole epoch. A run that is under way
 *   pauses meanwhile
 * @typedef {{ kind: "end-duel" }} EndDuel
 *
 * Worker → page:
 * @typedef {{ kind: "duel-begun", steps: number, adapter: string, software: boolean, hasPaused: boolean }} DuelBegun  hasPaused: the
 *   visitor's run, which goes on at the end
 * @typedef {object} DuelProgress  a slice of one side's steps
 * @property {"duel-progress"} kind
 * @property {0 | 1} side
 * @property {Float32Array} losses
 * @property {Uint32Array} correct
 * @property {Uint32Array} counts
 * @property {number} ms all its turns so far, but for its first step, which also compiles and uploads
 * @typedef {object} DuelOver
 * @property {"duel-over"} kind
 * @property {"done" | "stopped" | "interrupted"} end interrupted: the visitor's run goes on
 * @property {{ largest: number, mean: number } | null} weights how far apart, once both have run all steps
 * @property {[number, number] | null} accuracy of each on the test digits, likewise
 * @typedef {{ kind: "duel-failed", why: import("./messages.js").Why | null, message: string }} DuelFailed  why: there is no GPU
 */

import { paced } from "./pace.js";

/** How long a side's turn is. On the GPU, a turn's end waits for a readback: it must be long beside that. */
const TURN_MS = 400;
/** More than any duel has: its steps are counted here. */
const EPOCHS = 2 ** 32 - 1;

/**
 * @param {import("./wasm/simd128/sumi.js").Session[]} twins two that begin alike
 * @param {number} steps
 * @param {object} place
 * @param {<T>(call: () => T | Promise<T>) => Promise<T>} place.exclusively one call at a time
 * @param {() => Promise<void>} place.turn lets waiting messages be answered
 * @param {(message: DuelProgress, transfer: Transferable[]) => void} place.tell
 * @param {() => DuelOver["end"] | null} place.ended whether it is to end
 * @param {{ ms: number, least: number, most: number }[]} place.slices of each side
 * @returns {Promise<DuelOver>}
 */
export async function referee(twins, steps, { exclusively, turn, tell, ended, slices }) {
  const sides = /** @type {const} */ ([0, 1]).map((side) => ({
    side,
    session: twins[side],
    limits: slices[side],
    told: 0,
    ms: 0,
    slice: slices[side].least,
  }));
  /** @typedef {typeof sides[0]} Side */

  /** Some steps of one side; none: waits for those that have not been told. @param {Side} it @param {number} count */
  const train = async (it, count) => {
    const { session } = it;
    const slice = await exclusively(() => session.train(Math.min(count, steps - session.steps), EPOCHS));
    it.told += slice.losses.length;
    return slice;
  };
  /** @param {Side} it @param {Awaited<ReturnType<typeof train>>} slice */
  const report = ({ side, ms }, { losses, correct, counts }) => {
    if (losses.length === 0) return;
    tell({ kind: "duel-progress", side, losses, correct, counts, ms }, [losses.buffer, correct.buffer, counts.buffer]);
  };
  /** @param {Side} it */
  const takeTurn = async (it) => {
    let clock = performance.now();
    const end = clock + TURN_MS;
    let isOver = false;
    while (!isOver && it.told < steps && !ended()) {
      isOver = clock >= end;
      const slice = await train(it, isOver ? 0 : it.slice);
      const [now, count] = [performance.now(), slice.losses.length];
      it.ms += now - clock;
      if (count > 0) it.slice = paced(it.slice, count, now - clock, it.limits);
      clock = now;
      report(it, slice);
      await turn();
    }
  };

  for (const it of sides) {
    report(it, await train(it, 1));
    report(it, await train(it, 0));
  }
  while (sides.some(({ told }) => told < steps) && !ended()) {
    for (const it of sides) await takeTurn(it);
  }
  const end = ended();
  if (end) return { kind: "duel-over", end, weights: null, accuracy: null };
  const [one, other] = twins;
  const weights = distance(await exclusively(() => one.fetchParameters()), await exclusively(() => other.fetchParameters()));
  const [first, second] = [await exclusively(() => one.evaluate()), await exclusively(() => other.evaluate())];
  return { kind: "duel-over", end: "done", weights, accuracy: [first.accuracy, second.accuracy] };
}

/** The largest and the mean difference. @param {Float32Array} one @param {Float32Array} other */
function distance(one, other) {
  let [largest, sum] = [0, 0];
  one.forEach((value, index) => {
    const difference = Math.abs(value - other[index]);
    largest = Math.max(largest, difference);
    sum += difference;
  });
  return { largest, mean: sum / one.length };
}
