import { onLanguage, strings } from "./language.js";
import * as number from "./number.js";
import { ink, uPlot } from "./plot.js";

/** Points across the whole run: more than a screen has pixels for would only cost time. */
const POINTS = 600;
/** The firm lines are means over so much of an epoch. */
const SMOOTH = 0.15;

/**
 * The curve of loss (left axis) and accuracy (right axis) against epochs, from the first reset on. A step's loss over 32
 * digits is noise as much as signal, so a thin line shows the mean of each few steps and a firm one the mean of more; rings are
 * what the tests after each epoch came to.
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
    /** @type {any} */
    this.plot = null;
    this.epochs = 5;
    /** The run that is shown; none before its first steps. @type {import("./run-log.js").RunLog | null} */
    this.log = null;
    /** Epoch, loss, smooth loss, smooth accuracy, test's loss, test's accuracy. @type {(number | null)[][]} */
    this.data = [[], [], [], [], [], []];

    new ResizeObserver(() => {
      this.plot?.setSize(this.size());
    }).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.build());
    onLanguage(() => {
      this.build();
      this.legend(null);
    });
  }

  /** An empty chart for a run of so many epochs. @param {number} epochs */
  reset(epochs) {
    this.log = null;
    this.epochs = epochs;
    this.data = this.points();
    this.empty.hidden = false;
    this.legend(null);
    this.build();
  }

  /** The run has come farther: shows it with the next frame. @param {import("./history.js").History} history */
  follow({ current }) {
    this.log = current?.log ?? null;
    if (this.pending || !this.log) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.data = this.points();
      if (this.data[0].length === 0) return;
      this.empty.hidden = true;
      this.plot?.setData(this.data);
      // What the pointer is over stays on show while more comes.
      this.legend(this.plot?.cursor.idx ?? null);
    });
  }

  /** Every few steps of each epoch, its last, and where the network was tested. */
  points() {
    /** @type {(number | null)[][]} */
    const data = [[], [], [], [], [], []];
    const { log } = this;
    if (!log) return data;
    const { stepsPerEpoch } = log;
    const bucket = Math.max(1, Math.round((this.epochs * stepsPerEpoch) / POINTS));
    const window = Math.max(bucket, Math.round(SMOOTH * stepsPerEpoch));
    let [before, tested] = [0, 0];
    while (before < log.steps) {
      const epochEnd = (Math.floor(before / stepsPerEpoch) + 1) * stepsPerEpoch;
      const test = log.tests[tested];
      const step = Math.min(before + bucket, epochEnd, test?.step ?? Infinity);
      if (step > log.steps) break;
      const from = Math.max(0, step - window);
      const tests = test?.step === step ? [test.loss, test.accuracy] : [null, null];
      if (test?.step === step) tested += 1;
      const point = [step / stepsPerEpoch, log.loss(before, step), log.loss(from, step), log.accuracy(from, step), ...tests];
      data.forEach((values, index) => values.push(point[index]));
      before = step;
    }
    return data;
  }

  /** Shows the numbers at a point under the pointer, or the newest. @param {number | null} index */
  legend(index) {
    const [epochs, , losses, accuracies] = /** @type {number[][]} */ (this.data);
    const at = index ?? epochs.length - 1;
    this.loss.textContent = at >= 0 ? number.three(losses[at]) : strings.none;
    this.accuracy.textContent = at >= 0 ? number.percent1(accuracies[at]) : strings.none;
    const step = (/** @type {number} */ epoch) => number.count(Math.round(epoch * (this.log?.stepsPerEpoch ?? 0)));
    this.where.textContent = index === null ? "" : strings.stepOf(step(epochs[at]), step(this.epochs));
  }

  size() {
    return { width: Math.max(200, this.box.clientWidth), height: Math.max(100, this.box.clientHeight) };
  }

  build() {
    this.plot?.destroy();
    if (!uPlot) return;
    const { colour, axis, grid, line, rings } = ink(this.box);
    // The first steps are far off every scale that suits the rest: leave the first fiftieth out of it.
    const settled = (/** @type {number} */ index) => {
      const values = /** @type {number[]} */ (this.data[index]);
      return values.slice(Math.min(values.length - 1, Math.ceil(POINTS / 50)));
    };
    const upper = () => Math.min(3, Math.max(0.6, ...settled(2).map((v) => Math.ceil(10 * v) / 10)));
    const lower = () => Math.max(0, Math.min(0.8, ...settled(3).map((v) => Math.floor(10 * v) / 10)));

    this.plot = new uPlot(
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
          line("loss", colour("--ink-faint"), 1),
          line("loss", colour("--ink")),
          line("accuracy", colour("--vermilion")),
          rings("loss", colour("--ink")),
          rings("accuracy", colour("--vermilion")),
        ],
        hooks: { setLegend: [(/** @type {any} */ plot) => this.legend(plot.cursor.idx ?? null)] },
      },
      this.data,
      this.box,
    );
  }
}
