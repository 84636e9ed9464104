import { strings, write } from "./language.js";
import * as number from "./number.js";

/** Above this the seal is firm and the answer has no "or". */
const SURE = 0.8;

/** @typedef {import("./worker.js").Prediction} Prediction */

/** What the network says of the drawing: seal, ten columns, and the 28 × 28 pixels that it sees. */
export class Answer {
  /** @param {Document} document */
  constructor(document) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.root = find("answer");
    this.seal = find("seal");
    this.digit = find("seal-digit");
    this.reading = find("reading");
    this.note = find("reading-note");
    this.caption = find("probabilities-caption");
    this.view = /** @type {HTMLCanvasElement} */ (find("network-view"));
    this.pixels = new ImageData(28, 28);
    const names = /** @type {NodeListOf<HTMLElement>} */ (find("digit-row").querySelectorAll("th[scope=col]"));
    const cells = find("probability-row").querySelectorAll("td");
    this.columns = [...cells].map((cell, digit) => {
      const [value, bar] = /** @type {NodeListOf<HTMLElement>} */ (cell.querySelectorAll(".column > span"));
      return { cell, name: names[digit], bar, value };
    });
    this.show(null);
  }

  /** @param {Prediction | null} prediction nothing where there is no ink */
  show(prediction) {
    const image = prediction?.image;
    for (let i = 0; i < 784; i++) {
      const value = image ? image[i] : 0;
      this.pixels.data.set([value, value, value, 255], 4 * i);
    }
    this.view.getContext("2d")?.putImageData(this.pixels, 0, 0);
    write(this.view, () => (prediction ? strings.inkView : strings.blankView), "aria-label");

    const probabilities = prediction?.probabilities;
    const order = [...this.columns.keys()];
    if (probabilities) order.sort((a, b) => probabilities[b] - probabilities[a]);
    const [first, second] = order;
    this.columns.forEach(({ cell, name, bar, value }, digit) => {
      const p = probabilities ? probabilities[digit] : 0;
      const top = String(Boolean(probabilities) && digit === first);
      write(value, () => (probabilities ? number.hundredths(p) : strings.none));
      bar.style.setProperty("--p", String(p));
      cell.dataset.top = name.dataset.top = top;
    });

    write(this.caption, () => strings.probabilities(prediction?.calibrated ?? false));
    if (!prediction || !probabilities) {
      this.root.dataset.state = "empty";
      this.digit.textContent = "";
      write(this.reading, () => strings.noInk);
      write(this.note, () => "");
      delete this.root.dataset.digit;
      return;
    }
    const p = probabilities[first];
    const untrained = prediction.steps === 0;
    this.root.dataset.digit = String(first);
    if (prediction.notSure) {
      this.root.dataset.state = "not-sure";
      this.digit.textContent = "?";
      write(this.reading, () => strings.notSure);
      write(this.note, () => strings.ifAny(first));
      return;
    }
    this.root.dataset.state = untrained ? "untrained" : p >= SURE ? "sure" : "unsure";
    this.seal.style.setProperty("--firm", String(untrained ? 0 : p));
    this.digit.textContent = String(first);
    const sure = untrained || p >= SURE;
    write(this.reading, () => (sure ? strings.reads(first) : strings.readsPerhaps(first, second)));
    write(this.note, () => (untrained ? strings.untrained : sureness(p)));
  }
}

/** How sure that is, in words; what rounds to 100 % is not certain. @param {number} probability */
export function sureness(probability) {
  return probability >= 0.995 ? strings.verySure(number.percent(0.99)) : strings.sureness(number.percent(probability));
}
