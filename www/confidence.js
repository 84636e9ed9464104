import { heading, make } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";

/** Units of the picture: its plot is square, with room for its words. */
const [LEFT, TOP, SIDE] = [44, 12, 300];
/** Radius of a bin with all answers, and of one with hardly any. */
const [LARGEST, SMALLEST] = [14, 3];

/** @typedef {{ count: number, probability: number, accuracy: number }} Bin */

/** How far the network's probabilities can be believed: a reliability diagram and its numbers. */
export class Confidence {
  /** @param {Document} document */
  constructor(document) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.root = find("confidence");
    this.diagram = /** @type {any} */ (find("reliability"));
    this.rows = find("reliability-rows");
    this.values = Object.fromEntries(
      ["temperature", "error-before", "error-after", "not-sure"].map((id) => [id, /** @type {HTMLDataElement} */ (find(id))]),
    );
    this.text = find("confidence-text");
    this.clear();
  }

  /** No run has been tested yet. */
  clear() {
    this.root.dataset.state = "empty";
    for (const value of Object.values(this.values)) {
      value.value = "";
      write(value, () => strings.none);
    }
    write(this.text, () => strings.confidence.empty);
    this.draw([], []);
    this.list([], []);
  }

  /** @param {import("./messages.js").Calibrated} message */
  show(message) {
    const { temperature, fitted, measured, errorBefore, errorAfter, notSure } = message;
    const [before, after] = [message.before, message.after].map(bins);
    this.root.dataset.state = "shown";
    this.put("temperature", temperature, number.three);
    this.put("error-before", errorBefore, number.percent2);
    this.put("error-after", errorAfter, number.percent2);
    this.put("not-sure", notSure, number.percent1);
    write(this.text, () => strings.confidence.how(number.count(fitted), number.count(measured)));
    this.draw(before, after);
    this.list(before, after);
  }

  /** @param {string} id @param {number} value @param {(value: number) => string} format */
  put(id, value, format) {
    const data = this.values[id];
    data.value = String(value);
    write(data, () => format(value));
  }

  /** @param {Bin[]} before @param {Bin[]} after */
  draw(before, after) {
    const all = before.reduce((sum, { count }) => sum + count, 0);
    /** @param {Bin[]} bins @param {string} name */
    const series = (bins, name) => {
      const points = bins.filter(({ count }) => count > 0).map((bin) => ({ ...bin, x: LEFT + SIDE * bin.probability, y: TOP + SIDE * (1 - bin.accuracy) }));
      const line = svg("polyline", { class: name, points: points.map(({ x, y }) => `${x},${y}`).join(" ") });
      const circles = points.map(({ x, y, count }) =>
        svg("circle", { class: name, cx: x, cy: y, r: Math.max(SMALLEST, LARGEST * Math.sqrt(count / all)) }),
      );
      return [line, ...circles];
    };
    const [right, bottom] = [LEFT + SIDE, TOP + SIDE];
    const halves = [0, 0.5, 1];
    this.diagram.replaceChildren(
      svg("rect", { x: LEFT, y: TOP, width: SIDE, height: SIDE }),
      svg("line", { x1: LEFT, y1: bottom, x2: right, y2: TOP }),
      ...halves.map((at) => label(LEFT + SIDE * at, bottom + 20, "middle", () => number.percent(at))),
      ...halves.map((at) => label(LEFT - 6, bottom - SIDE * at + 5, "end", () => number.percent(at))),
      label(LEFT + SIDE / 2, bottom + 42, "middle", () => strings.confidence.across),
      label(LEFT + 8, TOP + 20, "start", () => strings.confidence.up),
      ...series(before, "before"),
      ...series(after, "after"),
    );
  }

  /** @param {Bin[]} before @param {Bin[]} after */
  list(before, after) {
    const cell = (/** @type {() => string} */ text) => make("td", text);
    const three = (/** @type {Bin} */ { count, probability, accuracy }) => [
      cell(() => number.count(count)),
      cell(() => (count ? number.percent1(probability) : strings.none)),
      cell(() => (count ? number.percent1(accuracy) : strings.none)),
    ];
    this.rows.replaceChildren(
      ...before.map((bin, index) => {
        const ends = [index, index + 1].map((end) => end / before.length);
        const name = () => strings.confidence.bin(number.percent(ends[0]), number.percent(ends[1]));
        return make("tr", heading("row", name), ...three(bin), ...three(after[index]));
      }),
    );
  }
}

/** @param {Float32Array} flat @returns {Bin[]} */
function bins(flat) {
  return Array.from({ length: flat.length / 3 }, (_, bin) => {
    const [count, probability, accuracy] = flat.subarray(3 * bin);
    return { count, probability, accuracy };
  });
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

/** @param {number} x @param {number} y @param {string} anchor @param {() => string} text */
function label(x, y, anchor, text) {
  const element = svg("text", { x, y, "text-anchor": anchor });
  write(element, text);
  return element;
}
