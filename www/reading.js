import { DIGITS, bars, button, heading, make, picture } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { paint } from "./pictures.js";
import { paintSigned, signedPicture } from "./signed.js";
import { SmallSheet } from "./small-sheet.js";
import { gridOf } from "./units.js";

/** So many of a layer's strongest units are named. */
const STRONGEST = 5;

/** One digit on its way through the network, layer by layer. */
export class Reading {
  /** @param {import("./insights.js").Insights} insights @param {(unit: number) => void} goTo a unit of the first layer */
  constructor(insights, goTo) {
    this.insights = insights;
    this.goTo = goTo;
    this.subject = make("p#subject", "");
    this.back = button("#read-drawing", () => insights.choose(null), () => strings.inside.readDrawing);
    this.sheet = new SmallSheet(insights.sheet);
    this.image = picture();
    this.layers = make("div#layers");
    /** The shape of what is shown in it: units of each hidden layer. @type {string | null} */
    this.shape = null;
    /** @typedef {{ unit: number, name: HTMLElement, value: HTMLElement }} Strong */
    /** @type {{ canvas: HTMLCanvasElement, caption: HTMLElement, list: HTMLElement, strongest: Strong[] }[]} */
    this.figures = [];
    const body = make("tbody#reading-rows");
    this.fill = bars(body, DIGITS.map(String), [true, false]);
    const names = [() => strings.page.digit, () => strings.inside.logit, () => strings.inside.softmax];
    const table = make(
      "table#reading-table.bars.numbers",
      make("caption.visually-hidden", () => strings.inside.outputs),
      make("thead", make("tr", ...names.map((name) => heading("col", name)))),
      body,
    );

    this.block = make(
      "div#digit-reading.block",
      make("h3", () => strings.inside.readingTitle),
      make("p.lead", () => strings.inside.readingText),
      make("div.subject", this.subject, this.back),
      make(
        "div.flow",
        make("div.flow-ink", this.sheet.figure, make("figure.flow-image", this.image, make("figcaption.quiet", () => strings.inside.pixels))),
        this.layers,
        table,
      ),
    );
    this.block.tabIndex = -1;
    this.block.dataset.state = "empty";
    this.fill([null, null], [number.two, number.three]);
    this.back.hidden = true;
  }

  /** @param {import("./insight.js").Reading} sight */
  showReading({ row, label, hasInk, image, view }) {
    const { layers, probabilities, answer } = view;
    const hidden = layers.slice(0, -1);
    this.sheet.paint();
    paint(this.image, { images: image, labels: Uint8Array.of(label ?? answer) }, 0);
    if (row === null) write(this.image, () => strings.inside.yourDrawing, "aria-label");
    write(this.subject, () =>
      row === null ? strings.inside.ofDrawing(answer) : strings.inside.ofTestDigit(number.count(row + 1), label ?? 0, answer),
    );
    this.back.hidden = row === null || !hasInk;
    this.build(hidden.map((/** @type {Float32Array} */ y) => y.length));
    hidden.forEach((/** @type {Float32Array} */ y, /** @type {number} */ index) => this.showLayer(index, y));
    this.fill([layers[layers.length - 1], probabilities], [number.two, number.three], answer);
    this.block.dataset.row = String(row ?? "drawing");
    this.block.dataset.answer = String(answer);
    this.block.dataset.state = "shown";
  }

  /** A picture for each hidden layer. @param {number[]} units */
  build(units) {
    if (this.shape === units.join()) return;
    this.shape = units.join();
    this.figures = units.map((count, index) => {
      const { width, height } = gridOf(count);
      const canvas = signedPicture(width, height);
      canvas.setAttribute("role", "img");
      // Units of the first layer have a picture of what they look for: there they lead.
      const strongest = Array.from({ length: Math.min(STRONGEST, count) }, () => {
        const place = { unit: 0, name: make("span"), value: make("span.quiet") };
        if (index === 0) place.name = button("", () => this.goTo(place.unit));
        return place;
      });
      const places = strongest.map(({ name, value }) => make("span", name, value));
      const list = make("p.strongest-units.numbers", make("span.quiet", () => strings.inside.strongestUnits), ...places);
      return { canvas, caption: make("figcaption"), list, strongest };
    });
    const none = make("p.quiet", () => strings.inside.noHidden);
    const figures = this.figures.map((figure) => make("figure.activations", figure.caption, figure.canvas, figure.list));
    this.layers.replaceChildren(...(figures.length ? figures : [none]));
  }

  /** @param {number} index @param {Float32Array} y */
  showLayer(index, y) {
    const { canvas, caption, strongest } = this.figures[index];
    const most = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const open = y.filter((value) => value > 0).length;
    paintSigned(canvas, y, most);
    const text = () => strings.inside.layer(number.count(index + 1), number.count(y.length), number.count(open));
    write(caption, text);
    write(canvas, text, "aria-label");
    canvas.dataset.open = String(open);
    const order = [...y.keys()].sort((one, other) => y[other] - y[one]);
    strongest.forEach((place, rank) => {
      place.unit = order[rank];
      const { unit } = place;
      write(place.name, () => number.count(unit + 1));
      if (index === 0) write(place.name, () => strings.inside.unit(number.count(unit + 1)), "aria-label");
      write(place.value, () => number.two(y[unit]));
    });
  }
}
