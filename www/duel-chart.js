import { strings } from "./language.js";
import * as number from "./number.js";
import { ink, uPlot } from "./plot.js";

/** Points of a curve, and dots of differences, across the whole duel. */
const POINTS = 100;
const DOTS = 500;
/** Below the least difference that two losses in f32 can have while they are learning. */
const LEAST = 1e-9;

/** Two curves of the loss, one over the other, and below them how far apart they are in each step. */
export class DuelChart {
  /** @param {Document} document */
  constructor(document) {
    this.boxes = ["duel-losses", "duel-differences"].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
    /** @type {any[]} */
    this.plots = [];
    /** @type {import("./run-log.js").RunLog[]} */
    this.logs = [];
    this.steps = 0;
    new ResizeObserver(() => this.anew()).observe(this.boxes[0]);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.anew());
  }

  /** @param {import("./run-log.js").RunLog[]} logs @param {number} steps that each is to have */
  show(logs, steps) {
    const isSame = this.plots.length > 0 && steps === this.steps;
    this.logs = logs;
    this.steps = steps;
    if (!isSame) return this.anew();
    this.points().forEach((data, index) => this.plots[index].setData(data));
  }

  /** Step and two losses, each the mean of a few; step and difference, the largest of a few. @returns {(number | null)[][][]} */
  points() {
    const [one, other] = this.logs;
    const [most, both] = [Math.max(one.steps, other.steps), Math.min(one.steps, other.steps)];
    /** @type {(number | null)[][]} */
    const losses = [[], [], []];
    for (const [from, to] of this.parts(most, POINTS)) {
      const mean = (/** @type {import("./run-log.js").RunLog} */ log) => (log.steps >= to ? log.loss(from, to) : null);
      [to, mean(one), mean(other)].forEach((value, index) => losses[index].push(value));
    }
    /** @type {(number | null)[][]} */
    const differences = [[], []];
    for (const [from, to] of this.parts(both, DOTS)) {
      let largest = 0;
      for (let step = from; step < to; step++) largest = Math.max(largest, Math.abs(one.losses[step] - other.losses[step]));
      differences[0].push(to);
      differences[1].push(largest || null);
    }
    return [losses, differences];
  }

  /** The steps so far, in so many parts of the whole. @param {number} steps @param {number} count */
  *parts(steps, count) {
    const size = Math.max(1, Math.round(this.steps / count));
    for (let from = 0; from < steps; from += size) yield [from, Math.min(from + size, this.steps)];
  }

  anew() {
    for (const plot of this.plots) plot.destroy();
    this.plots = [];
    if (this.logs.length === 0) return;
    const data = this.points();
    this.plots = this.boxes.map((box, index) => this.make(box, index === 1, data[index]));
  }

  /** @param {HTMLElement} box @param {boolean} isDifference @param {(number | null)[][]} data */
  make(box, isDifference, data) {
    const { colour, axis, grid, line } = ink(box);
    const written = (/** @type {number} */ tick) => (isDifference ? number.power(tick) : number.plain(Number(tick.toPrecision(6))));
    const top = (/** @type {any} */ plot) => Math.max(isDifference ? 1e-6 : 0.5, ...plot.data.slice(1).flat());
    const lines = isDifference
      ? [{ ...line("y", colour("--ink")), paths: () => null, points: { show: true, size: 3, fill: colour("--ink") } }]
      : [line("y", colour("--ink"), 4), line("y", colour("--vermilion"), 2, [5, 5])];
    return new uPlot(
      {
        width: box.clientWidth,
        height: box.clientHeight,
        legend: { show: false },
        padding: [8, 22, 0, 0],
        cursor: { show: false },
        scales: {
          x: { time: false, range: () => [0, this.steps || 1] },
          y: {
            distr: isDifference ? 3 : 1,
            range: (/** @type {any} */ plot) => (isDifference ? [LEAST, 2 * top(plot)] : [0, 1.05 * top(plot)]),
          },
        },
        axes: [
          {
            ...axis,
            grid,
            size: 28,
            space: 70,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 1e6],
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
              ticks.map((tick, place) => (tick === 0 || !this.steps ? "" : place === 1 ? strings.duel.step(number.count(tick)) : number.count(tick))),
          },
          {
            ...axis,
            grid,
            scale: "y",
            size: 56,
            space: 30,
            ...(isDifference && { splits: powers, filter: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks }),
            values: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks.map(written),
          },
        ],
        series: [{}, ...lines],
      },
      data,
      box,
    );
  }
}

/** Powers of ten. @param {any} _ @param {number} __ @param {number} least @param {number} most */
function powers(_, __, least, most) {
  const ticks = [];
  for (let exponent = Math.ceil(Math.log10(least)); 10 ** exponent <= most; exponent += 1) ticks.push(10 ** exponent);
  return ticks;
}
