/**
 * Where a run's time goes, by the worker's clock.
 *
 * @typedef {object} Spent  milliseconds since the run began, pauses left out
 * @property {number} training in steps; on the GPU that is waiting for it
 * @property {number} testing after each epoch
 * @property {number} reading drawings
 * @property {number} wall all of it; the rest goes to messages, and to whatever else the machine does
 */

/** @returns {Spent} */
const nothing = () => ({ training: 0, testing: 0, reading: 0, wall: 0 });

export class Ledger {
  constructor() {
    this.sums = nothing();
    /** When the clock was last read while it ran. @type {number | null} */
    this.since = null;
  }

  /** A new run. */
  clear() {
    this.sums = nothing();
  }

  /** The run goes on, or it does not. @param {boolean} runs */
  run(runs) {
    this.read();
    this.since = runs ? performance.now() : null;
  }

  /** Does something, and books its time if the run goes on. @template T @param {keyof Spent} what @param {() => T | Promise<T>} work */
  async book(what, work) {
    const begun = performance.now();
    const result = await work();
    if (this.since !== null) this.sums[what] += performance.now() - begun;
    return result;
  }

  /** The sums so far. @returns {Spent} */
  read() {
    if (this.since !== null) {
      const now = performance.now();
      this.sums.wall += now - this.since;
      this.since = now;
    }
    return { ...this.sums };
  }
}
