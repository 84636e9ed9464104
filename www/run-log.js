/**
 * What one run tells, step by step. Sums are kept beside the steps, so the mean over any stretch of them is one subtraction: that is
 * all the smoothing there is, and a chart of a long run is drawn as fast as one of a short run.
 *
 * @typedef {object} Test  of the network on digits that it does not train on
 * @property {number} step after which
 * @property {number} loss
 * @property {number} accuracy
 */

export class RunLog {
  /** @param {number} stepsPerEpoch */
  constructor(stepsPerEpoch) {
    this.stepsPerEpoch = stepsPerEpoch;
    /** Steps so far. */
    this.steps = 0;
    /** Mean loss of each step. */
    this.losses = new Float32Array(0);
    /** Of the first n steps, at n: the digits' losses, the digits read right, the digits. */
    this.sums = { loss: new Float64Array(1), correct: new Uint32Array(1), count: new Uint32Array(1) };
    /** In order. @type {Test[]} */
    this.tests = [];
  }

  /**
   * Takes steps as they come.
   * @param {Float32Array} losses mean loss of each step
   * @param {Uint32Array} correct how many digits of each step were read right
   * @param {Uint32Array} counts how many digits each step had
   */
  add(losses, correct, counts) {
    this.reserve(this.steps + losses.length);
    const { sums } = this;
    this.losses.set(losses, this.steps);
    for (let i = 0; i < losses.length; i++) {
      const [before, after] = [this.steps, this.steps + 1];
      sums.loss[after] = sums.loss[before] + losses[i] * counts[i];
      sums.correct[after] = sums.correct[before] + correct[i];
      sums.count[after] = sums.count[before] + counts[i];
      this.steps = after;
    }
  }

  /** Makes room, and twice as much as there was, so that this is seldom. @param {number} steps */
  reserve(steps) {
    if (steps <= this.losses.length) return;
    const room = Math.max(steps, 2 * this.losses.length, 1024);
    const grown = (/** @type {any} */ array, /** @type {number} */ length) => {
      const larger = new array.constructor(length);
      larger.set(array);
      return larger;
    };
    const { loss, correct, count } = this.sums;
    this.losses = grown(this.losses, room);
    this.sums = { loss: grown(loss, room + 1), correct: grown(correct, room + 1), count: grown(count, room + 1) };
  }

  /** Of the network as it is now; once is enough. @param {{ loss: number, accuracy: number }} test */
  test({ loss, accuracy }) {
    if (this.steps > (this.tests.at(-1)?.step ?? 0)) this.tests.push({ step: this.steps, loss, accuracy });
  }

  /** Mean loss over the steps after `from` up to `to`, in which each digit weighs the same. @param {number} from @param {number} to */
  loss(from, to) {
    const { loss, count } = this.sums;
    // A single step's own, to the last bit.
    return to - from === 1 ? this.losses[from] : (loss[to] - loss[from]) / (count[to] - count[from]);
  }

  /** Fraction read right in the steps after `from` up to `to`. @param {number} from @param {number} to */
  accuracy(from, to) {
    const { correct, count } = this.sums;
    return (correct[to] - correct[from]) / (count[to] - count[from]);
  }
}
