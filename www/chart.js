import { onLanguage, strings } from "./language.js";
import * as number from "./number.js";

/** Points across the whole run: more than a screen has pixels for would only cost time. */
const POINTS = 600;

/**
 * The curve of loss (left axis) and accuracy (right axis) against epochs, from the first reset on. A step's loss over 32
 * digits is noise as much as signal, so a thin line shows the mean of each few steps and a firm one the running average.
 */
export class Chart {
  /** @param {Document} document */
  constructor(document) {
    this.box = /** @type {HTMLElement} */ (document.getElementById("chart"));
    this.empty = /** @type {HTMLElement} */ (document.getElementById("chart-empty"));
    this.loss = /** @type {HTMLOutputElement} */ (document.getElementById("legend-loss"));
    this.accuracy = /** @type {HTMLOutputElement} */ (document.getElementById("legend-accuracy"));
    this.where = /** @type {HTMLElement} */ (document.getElementById("legend-where"));
    this.pending = false;
    /** What draws: uPlot, once it is there. @type {any} */
    this.uPlot = null;
    /** @type {any} */
    this.plot = null;
    this.epochs = 5;
    this.stepsPerEpoch = 1875;
    /** Steps to a point. */
    this.bucket = 1;
    /** Steps so far. */
    this.step = 0;
    /** What has been added since the last point. */
    this.sums = { loss: 0, correct: 0, count: 0, steps: 0 };
    this.average = { loss: NaN, accuracy: NaN };
    /** Epoch, loss, smooth loss, smooth accuracy. @type {[number[], number[], number[], number[]]} */
    this.data = [[], [], [], []];

    new ResizeObserver(() => {
      this.plot?.setSize(this.size());
    }).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.build());
    onLanguage(() => {
      this.build();
      this.legend(null);
    });
  }

  /** Draws what there is, and what comes. @param {any} uPlot */
  begin(uPlot) {
    this.uPlot = uPlot;
    this.build();
  }

  /**
   * An empty chart for a run of so many epochs.
   * @param {number} epochs
   * @param {number} stepsPerEpoch
   */
  reset(epochs, stepsPerEpoch) {
    this.epochs = epochs;
    this.stepsPerEpoch = stepsPerEpoch;
    this.bucket = Math.max(1, Math.round((epochs * stepsPerEpoch) / POINTS));
    this.step = 0;
    this.sums = { loss: 0, correct: 0, count: 0, steps: 0 };
    this.average = { loss: NaN, accuracy: NaN };
    this.data = [[], [], [], []];
    this.empty.hidden = false;
    this.legend(null);
    this.build();
  }

  /**
   * Adds steps as they come.
   * @param {Float32Array} losses mean loss of each step
   * @param {Uint32Array} correct how many digits of each step were read right
   * @param {Uint32Array} counts how many digits each step had
   */
  add(losses, correct, counts) {
    for (let i = 0; i < losses.length; i++) {
      this.step += 1;
      this.sums.loss += losses[i];
      this.sums.correct += correct[i];
      this.sums.count += counts[i];
      this.sums.steps += 1;
      if (this.sums.steps < this.bucket && this.step < this.epochs * this.stepsPerEpoch) continue;

      const loss = this.sums.loss / this.sums.steps;
      const accuracy = this.sums.correct / this.sums.count;
      // The running average starts as a plain mean, then forgets: a fortieth of an epoch weighs about a sixth.
      const points = this.data[0].length;
      const weight = Math.max(1 / (points + 1), Math.min(1, 12 / (POINTS / this.epochs)));
      const { average } = this;
      average.loss = points ? average.loss + weight * (loss - average.loss) : loss;
      average.accuracy = points ? average.accuracy + weight * (accuracy - average.accuracy) : accuracy;
      this.data[0].push(this.step / this.stepsPerEpoch);
      this.data[1].push(loss);
      this.data[2].push(average.loss);
      this.data[3].push(average.accuracy);
      this.sums = { loss: 0, correct: 0, count: 0, steps: 0 };
    }
    if (this.pending || this.data[0].length === 0) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      if (this.data[0].length === 0) return;
      this.empty.hidden = true;
      this.plot?.setData(this.data);
      // What the pointer is over stays on show while more comes.
      this.legend(this.plot?.cursor.idx ?? null);
    });
  }

  /** Shows the numbers at a point under the pointer, or the newest. @param {number | null} index */
  legend(index) {
    const at = index ?? this.data[0].length - 1;
    const known = at >= 0;
    this.loss.textContent = known ? number.three(this.data[2][at]) : strings.none;
    this.accuracy.textContent = known ? number.percent1(this.data[3][at]) : strings.none;
    const step = Math.round(this.data[0][at] * this.stepsPerEpoch);
    const steps = number.count(this.epochs * this.stepsPerEpoch);
    this.where.textContent = index === null ? "" : strings.stepOf(number.count(step), steps);
  }

  size() {
    return { width: Math.max(200, this.box.clientWidth), height: Math.max(100, this.box.clientHeight) };
  }

  build() {
    this.plot?.destroy();
    if (!this.uPlot) return;
    const style = getComputedStyle(this.box);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const font = `13px ${style.fontFamily}`;
    const axis = { stroke: colour("--ink-soft"), font, ticks: { show: false }, gap: 6 };
    const grid = { stroke: colour("--hair"), width: 1 };
    // The first steps are far off every scale that suits the rest: leave the first fiftieth out of it.
    const settled = (/** @type {number[]} */ values) => values.slice(Math.min(values.length - 1, Math.ceil(POINTS / 50)));
    const upper = () => Math.min(3, Math.max(0.6, ...settled(this.data[2]).map((v) => Math.ceil(10 * v) / 10)));
    const lower = () => Math.max(0, Math.min(0.8, ...settled(this.data[3]).map((v) => Math.floor(10 * v) / 10)));

    this.plot = new this.uPlot(
      {
        ...this.size(),
        legend: { show: false },
        padding: [8, 0, 0, 0],
        cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
        scales: {
          x: { time: false, range: () => [0, this.epochs] },
          loss: { range: () => [0, upper()] },
          accuracy: { range: () => [lower(), 1] },
        },
        axes: [
          {
            ...axis,
            grid,
            size: 28,
            incrs: [1, 2, 5, 10, 20, 50],
            space: 42,
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
              ticks.map((tick, i) => (tick === 0 ? "" : i === 1 ? strings.epochTick(number.count(tick)) : number.count(tick))),
          },
          { ...axis, scale: "loss", grid, size: 36, space: 40, incrs: [0.1, 0.2, 0.5, 1] },
          {
            ...axis,
            stroke: colour("--vermilion"),
            scale: "accuracy",
            side: 1,
            grid: { show: false },
            size: 50,
            space: 40,
            incrs: [0.05, 0.1, 0.2, 0.5],
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => number.percent(tick)),
          },
        ],
        series: [
          {},
          { scale: "loss", stroke: colour("--ink-faint"), width: 1, points: { show: false } },
          { scale: "loss", stroke: colour("--ink"), width: 2, points: { show: false } },
          { scale: "accuracy", stroke: colour("--vermilion"), width: 2, points: { show: false } },
        ],
        hooks: { setLegend: [(/** @type {any} */ plot) => this.legend(plot.cursor.idx ?? null)] },
      },
      this.data,
      this.box,
    );
  }
}
