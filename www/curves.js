/**
 * The curves of several runs: loss above, accuracy below, over the same stretch of epochs. What is drawn is a few points a pixel at
 * most, made anew from the runs' sums for every stretch, so a run of a hundred epochs costs no more than one of one.
 *
 * @typedef {object} Line  a run as it is drawn
 * @property {import("./history.js").Run} run
 * @property {string} stroke name of its colour in style.css
 * @property {number[]} dash
 * @property {number} width
 *
 * @typedef {object} View
 * @property {[number, number]} stretch of epochs that is seen
 * @property {number} window steps that a point is the mean of
 * @property {boolean} log whether the loss has a logarithmic scale
 */

import { strings } from "./language.js";
import * as number from "./number.js";
import { ink, uPlot } from "./plot.js";

/** CSS pixels to a point of a line. */
const SPACING = 1.5;
/** A line's first part that no scale is made for where the view begins with it: losses are far higher there. */
const UNSETTLED = 1 / 50;
/** The least loss that a logarithmic scale can show. */
const LEAST = 1e-7;
const QUANTITIES = /** @type {const} */ (["loss", "accuracy"]);

/** @typedef {(typeof QUANTITIES)[number]} Quantity */

/** A run at an epoch: its step there, and the means over the steps up to it; nothing where it has none. @param {import("./history.js").Run} run @param {number} epoch @param {number} window */
export function at({ log }, epoch, window) {
  const step = Math.round(epoch * log.stepsPerEpoch);
  if (step < 1 || step > log.steps) return null;
  const from = Math.max(0, step - window);
  return { step, loss: log.loss(from, step), accuracy: log.accuracy(from, step) };
}

/**
 * Steps of an epoch of the run that has most, and how many of them lie between two points.
 * @param {Line[]} lines
 * @param {Pick<View, "stretch">} view
 * @param {number} width in CSS pixels
 */
function spacing(lines, { stretch: [from, to] }, width) {
  const finest = Math.max(1, ...lines.map(({ run }) => run.log.stepsPerEpoch));
  return [finest, Math.max(1, Math.round(((to - from) * finest * SPACING) / width))];
}

/**
 * What uPlot draws: epochs, and for each line its values and its tests, of the loss and of the accuracy; before them the last line's
 * losses, less smooth.
 * @param {Line[]} lines
 * @param {View} view
 * @param {number} width in CSS pixels
 */
export function points(lines, { stretch: [from, to], window }, width) {
  const [finest, stride] = spacing(lines, { stretch: [from, to] }, width);
  const thin = Math.max(stride, Math.round(window / 10));
  const inside = (/** @type {number} */ epoch) => epoch >= from && epoch <= to;
  const places = new Set(lines.flatMap(({ run }) => run.log.tests.map(({ step }) => step / run.log.stepsPerEpoch)).filter(inside));
  // One more on either side, so that lines run to the edges.
  const first = Math.max(1, Math.floor((from * finest) / stride) * stride);
  for (let step = first; step < to * finest + stride; step += stride) places.add(step / finest);
  const epochs = [...places].sort((a, b) => a - b);

  const empty = () => new Array(epochs.length).fill(null);
  /** @type {Record<Quantity, (number | null)[][]>} */
  const data = { loss: [epochs, empty()], accuracy: [epochs, empty()] };
  lines.forEach(({ run }, index) => {
    const values = { loss: empty(), accuracy: empty() };
    const tests = { loss: empty(), accuracy: empty() };
    const tested = new Map(run.log.tests.map((test) => [test.step, test]));
    let before = 0;
    epochs.forEach((epoch, place) => {
      // A run of larger batches has no step of its own at each.
      const point = at(run, epoch, Math.max(window, Math.round((stride * run.log.stepsPerEpoch) / finest)));
      if (!point || point.step === before) return;
      values.loss[place] = Math.max(point.loss, LEAST);
      values.accuracy[place] = point.accuracy;
      if (index === lines.length - 1) {
        data.loss[1][place] = Math.max(run.log.loss(Math.max(0, point.step - thin), point.step), LEAST);
      }
      const test = tested.get(point.step);
      if (test) [tests.loss[place], tests.accuracy[place]] = [Math.max(test.loss, LEAST), test.accuracy];
      before = point.step;
    });
    for (const quantity of QUANTITIES) data[quantity].push(values[quantity], tests[quantity]);
  });
  return data;
}

/** The scale that suits what is seen. @param {Quantity} quantity @param {(number | null)[][]} data @param {View} view @returns {[number, number]} */
function range(quantity, [epochs, , ...lines], { stretch: [from, to], log }) {
  const whole = from === 0;
  let [least, most] = [Infinity, -Infinity];
  for (const line of lines) {
    line.forEach((value, place) => {
      const epoch = /** @type {number} */ (epochs[place]);
      if (value === null || epoch < from || epoch > to || (whole && epoch < to * UNSETTLED)) return;
      least = Math.min(least, value);
      most = Math.max(most, value);
    });
  }
  if (least > most) return quantity === "accuracy" ? [0.8, 1] : log ? [0.05, 1] : [0, 0.6];
  const room = Math.max((most - least) * 0.06, most * 1e-3);
  if (quantity === "accuracy") return [Math.max(0, least - room), Math.min(1, most + room)];
  if (log) return [least / 1.15, most * 1.15];
  // Seen whole, losses stand on zero.
  return [whole ? 0 : Math.max(0, least - room), most + room];
}

export class Curves {
  /** @param {Record<Quantity, HTMLElement>} boxes */
  constructor(boxes) {
    this.boxes = boxes;
    /** @type {Record<Quantity, any>} */
    this.plots = { loss: null, accuracy: null };
    /** What the plots were made for: with other lines they are made anew. */
    this.made = "";
    /** The epoch under the cursor. @type {number | null} */
    this.cursor = null;
    /** Epochs between two points. */
    this.spacing = 0;
  }

  /** @param {Line[]} lines the one that matters most last @param {View} view */
  draw(lines, view) {
    const made = JSON.stringify([lines.map(({ run, ...look }) => [run.id, look]), view.log]);
    const width = this.boxes.loss.clientWidth;
    const data = points(lines, view, width);
    const [finest, stride] = spacing(lines, view, width);
    this.spacing = stride / finest;
    for (const quantity of QUANTITIES) {
      const box = this.boxes[quantity];
      const plot = this.plots[quantity];
      if (plot && made === this.made) {
        plot.sumi.view = view;
        plot.setData(data[quantity]);
      } else {
        plot?.destroy();
        this.plots[quantity] = make(quantity, box, { width, height: box.clientHeight }, lines, view, data[quantity]);
      }
    }
    this.made = made;
    this.point(this.cursor);
  }

  /** Colours, language or size are others: the next drawing begins anew. */
  forget() {
    this.made = "";
  }

  /** Shows where an epoch is, or nothing. @param {number | null} epoch */
  point(epoch) {
    this.cursor = epoch;
    for (const quantity of QUANTITIES) {
      const plot = this.plots[quantity];
      plot?.setCursor({ left: epoch === null ? -10 : plot.valToPos(epoch, "x"), top: epoch === null ? -10 : 0 });
    }
  }

  /** Marks a stretch that is about to be zoomed to, or nothing. @param {[number, number] | null} stretch */
  select(stretch) {
    for (const quantity of QUANTITIES) {
      const plot = this.plots[quantity];
      if (!plot) continue;
      const [left, right] = (stretch ?? [0, 0]).map((epoch) => plot.valToPos(epoch, "x"));
      const { height } = plot.over.getBoundingClientRect();
      plot.setSelect(stretch ? { left, width: right - left, top: 0, height } : { left: 0, width: 0, top: 0, height: 0 }, false);
    }
  }
}

/** 1, 2 and 5 of each power of ten, or where those are too few, what a straight scale has. @param {any} _ @param {number} __ @param {number} least @param {number} most */
function logTicks(_, __, least, most) {
  const ticks = [];
  const wide = most / least > 8;
  const power = 10 ** Math.floor(Math.log10(wide ? least : (most - least) / 4));
  if (wide) {
    for (let tick = power; tick <= most; tick *= 10) ticks.push(tick, 2 * tick, 5 * tick);
  } else {
    const step = power * ([1, 2, 5].find((it) => (it * power * 5) >= most - least) ?? 10);
    for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) ticks.push(tick);
  }
  return ticks.map((tick) => Number(tick.toPrecision(6))).filter((tick) => tick >= least && tick <= most);
}

/** Listens to nothing. */
const DEAF = Object.fromEntries(
  ["mousedown", "mouseup", "click", "dblclick", "mousemove", "mouseleave", "mouseenter"].map((event) => [event, () => null]),
);

/**
 * One plot.
 * @param {Quantity} quantity
 * @param {HTMLElement} box where it goes
 * @param {{ width: number, height: number }} size in CSS pixels
 * @param {Line[]} lines
 * @param {View} view
 * @param {(number | null)[][]} data
 * @param {number | null} enlarged how much larger all is drawn than on the screen, for a plot that is not to be on the page
 */
export function make(quantity, box, size, lines, view, data, enlarged = null) {
  const scale = enlarged ?? 1;
  const { colour, axis, grid, line, rings } = ink(box, scale);
  const sumi = { view };
  const px = (/** @type {number} */ length) => length * scale;
  const written = (/** @type {number} */ tick) =>
    quantity === "accuracy" ? number.percentPlain(tick) : number.plain(Number(tick.toPrecision(6)));
  const options = {
    width: px(size.width),
    height: px(size.height),
    legend: { show: false },
    padding: [px(8), px(24), 0, 0],
    // All that the pointer and the keys do is zoom.js's.
    cursor: { y: false, points: { size: px(7) }, bind: DEAF, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: () => sumi.view.stretch },
      [quantity]: {
        distr: quantity === "loss" && view.log ? 3 : 1,
        range: (/** @type {any} */ plot) => range(quantity, plot.data, sumi.view),
      },
    },
    axes: [
      {
        ...axis,
        grid,
        size: px(28),
        space: px(56),
        incrs: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50],
        values: (/** @type {any} */ _, /** @type {number[]} */ ticks) =>
          ticks.map((tick, index) => {
            const epoch = number.plain(Number(tick.toPrecision(6)));
            return tick === 0 ? "" : index === (ticks[0] === 0 ? 1 : 0) ? strings.epochTick(epoch) : epoch;
          }),
      },
      {
        ...axis,
        scale: quantity,
        grid,
        size: px(56),
        space: px(30),
        // uPlot's own are for several powers of ten.
        ...(quantity === "loss" && view.log && { splits: logTicks, filter: (/** @type {any} */ _, /** @type {number[]} */ ticks) => ticks }),
        values: (/** @type {any} */ _, /** @type {(number | null)[]} */ ticks) =>
          ticks.map((tick) => (tick === null ? "" : written(tick))),
      },
    ],
    series: [
      {},
      { ...line(quantity, colour("--ink-faint"), 1), spanGaps: true, class: "no-cursor" },
      ...lines.flatMap(({ stroke, dash, width }) => [
        { ...line(quantity, colour(stroke), width, dash), spanGaps: true },
        rings(quantity, colour(stroke)),
      ]),
    ],
    hooks: { draw: [(/** @type {any} */ plot) => name(plot, quantity, lines, colour, scale)] },
  };
  const place = enlarged === null ? box : (/** @type {any} */ _, /** @type {() => void} */ init) => init();
  const plot = new uPlot(options, data, place);
  plot.sumi = sumi;
  return plot;
}

/**
 * Writes each run's number behind its line, one below the other where they end close together.
 * @param {any} plot
 * @param {Quantity} quantity
 * @param {Line[]} lines
 * @param {(name: string) => string} colour
 * @param {number} scale
 */
function name(plot, quantity, lines, colour, scale) {
  const { ctx, data, bbox, sumi } = plot;
  const [, to] = sumi.view.stretch;
  const pixels = (uPlot.pxRatio || 1) * scale;
  const ends = lines.flatMap(({ run, stroke }, index) => {
    const values = data[2 + 2 * index];
    let place = values.length - 1;
    while (place >= 0 && (values[place] === null || data[0][place] > to)) place -= 1;
    if (place < 0) return [];
    const [x, y] = [plot.valToPos(data[0][place], "x", true), plot.valToPos(values[place], quantity, true)];
    return [{ text: String(run.id), stroke, x, y: Math.min(Math.max(y, bbox.top), bbox.top + bbox.height) }];
  });
  ends.sort((a, b) => a.y - b.y);
  ctx.save();
  ctx.font = `600 ${12 * pixels}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  let free = -Infinity;
  for (const { text, stroke, x, y } of ends) {
    const line = Math.max(y, free);
    free = line + 13 * pixels;
    ctx.fillStyle = colour(stroke);
    ctx.fillText(text, x + 6 * pixels, line);
  }
  ctx.restore();
}
