import { DIGITS, bars, button, make, picture, rove } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { paint } from "./pictures.js";
import { paintSigned, signedPicture } from "./signed.js";

/** So many units are shown at a time: all of the quickstart's. */
const PAGE = 128;
const PIXELS = 784;

/** What each unit of the first layer looks for, as a picture of its weights; and one of them at large. */
export class Units {
  /** @param {import("./insights.js").Insights} insights */
  constructor(insights) {
    this.insights = insights;
    this.first = 0;
    this.chosen = 0;
    /** How many units there are, and how many layers. */
    this.total = PAGE;
    this.layers = 2;

    this.scale = make("select#unit-scale");
    for (const own of [false, true]) {
      const option = make("option", () => (own ? strings.inside.ownScale : strings.inside.sharedScale));
      option.value = own ? "own" : "shared";
      this.scale.append(option);
    }
    this.scale.addEventListener("change", () => insights.tell());
    this.where = make("output.quiet.numbers");
    this.where.setAttribute("aria-live", "off");
    this.pager = make(
      "div.buttons",
      (this.back = button("#units-back", () => this.turn(-PAGE), () => strings.page.previous)),
      (this.on = button("#units-on", () => this.turn(PAGE), () => strings.page.next)),
    );
    this.note = make("p#units-note.quiet.numbers", "");
    this.grid = make("div#units-grid");
    this.grid.setAttribute("role", "group");
    write(this.grid, () => strings.inside.units, "aria-label");
    this.tiles = Array.from({ length: PAGE }, (_, index) => {
      const canvas = signedPicture();
      const tile = button("", () => this.choose(this.first + index), canvas);
      tile.setAttribute("aria-pressed", "false");
      this.grid.append(tile);
      return { tile, canvas };
    });
    const columns = () => getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    rove(this.grid, this.tiles.map(({ tile }) => tile), columns);

    // One unit at large.
    this.picture = signedPicture();
    this.picture.setAttribute("role", "img");
    this.name = make("h4#unit-name", "");
    this.bias = make("data");
    this.open = make("span");
    this.strongest = Array.from({ length: 8 }, () => {
      const [canvas, caption] = [picture(), make("figcaption")];
      return { figure: make("figure", canvas, caption), canvas, caption };
    });
    const body = make("tbody");
    const ways = bars(body, DIGITS.map(String), [true]);
    this.toDigits = make("table#unit-ways.bars.numbers", make("caption.quiet", () => strings.inside.toDigits), body);
    this.fillWays = ways;
    this.toUnits = make("figure#unit-next.picture-of-many");
    this.toClass = make("p.quiet", () => strings.inside.isClass);
    const fact = (/** @type {() => string} */ name, /** @type {HTMLElement} */ value) => make("div", make("dt", name), make("dd", value));
    const facts = make(
      "dl.facts.numbers",
      fact(() => strings.inside.bias, this.bias),
      fact(() => strings.inside.openFor, this.open),
    );
    const figures = make("div.strongest", ...this.strongest.map(({ figure }) => figure));
    const detail = make(
      "div.unit",
      make("div.unit-head", this.picture, make("div", this.name, facts)),
      make("div.unit-ways", this.toDigits, this.toUnits, this.toClass),
      make("div.unit-strongest", make("p.quiet", () => strings.inside.strongest), figures),
    );
    const controls = make("div.units-controls", make("label", () => strings.inside.scale, this.scale), this.where, this.pager);
    this.block = make(
      "div#units.block",
      make("h3", () => strings.inside.unitsTitle),
      make("p.lead", () => strings.inside.unitsText),
      make("div.units", make("div", controls, this.grid, this.note), detail),
    );
    this.block.tabIndex = -1;
    this.block.dataset.state = "empty";
    this.label();
  }

  /** What of it the worker keeps up to date. @returns {import("./insight.js").Watched["units"]} */
  wanted() {
    return { first: this.first, count: PAGE, own: this.scale.value === "own", chosen: this.chosen };
  }

  /** @param {number} by */
  turn(by) {
    const last = Math.floor((this.total - 1) / PAGE) * PAGE;
    this.first = Math.min(Math.max(this.first + by, 0), last);
    this.chosen = this.first;
    this.insights.tell();
  }

  /** @param {number} unit */
  choose(unit) {
    this.chosen = unit;
    this.insights.tell();
    this.insights.say(this.unitName(unit));
  }

  /** Takes the reader to a unit. @param {number} unit */
  goTo(unit) {
    this.first = Math.floor(unit / PAGE) * PAGE;
    this.choose(unit);
    this.insights.go("units");
  }

  /** A unit's name: that of its digit, where it stands for one. @param {number} unit */
  unitName(unit) {
    return this.layers === 1 ? strings.inside.digitUnit(unit) : strings.inside.unit(number.count(unit + 1));
  }

  /** @param {import("./insight.js").Units} sight */
  show({ layers, total, first, pictures, unit }) {
    this.total = total;
    this.layers = layers;
    // A smaller network than before may have no such page.
    if (this.first >= total) return this.turn(0);
    // Another page has been asked for since.
    if (first !== this.first) return;
    this.chosen = Math.min(this.chosen, total - 1);
    const shown = Math.min(PAGE, total - first);
    if (this.labelled !== [first, total, layers].join()) this.label();
    this.tiles.forEach(({ tile, canvas }, index) => {
      if (index < shown) paintSigned(canvas, pictures.pixels, 127, PIXELS * index);
      tile.setAttribute("aria-pressed", String(first + index === unit.index));
    });
    const own = this.scale.value === "own";
    write(this.note, () => (own ? strings.inside.ownFull : strings.inside.sharedFull(number.two(pictures.full[0]))));
    this.showUnit(unit);
    this.block.dataset.state = "shown";
  }

  /** What the tiles are called, and how many there are. */
  label() {
    const { first, total } = this;
    this.labelled = [first, total, this.layers].join();
    const shown = Math.min(PAGE, total - first);
    this.tiles.forEach(({ tile }, index) => {
      tile.hidden = index >= shown;
      if (index < shown) write(tile, () => this.unitName(first + index), "aria-label");
    });
    this.grid.dataset.few = String(total <= 10);
    this.pager.hidden = total <= PAGE;
    this.back.disabled = first === 0;
    this.on.disabled = first + PAGE >= total;
    write(this.where, () => strings.inside.pageOf(number.count(first + 1), number.count(first + shown), number.count(total)));
  }

  /** @param {import("./insight.js").UnitView} unit */
  showUnit(unit) {
    const { index, picture, bias, outgoing, open, strongest, sums } = unit;
    write(this.name, () => this.unitName(index));
    paintSigned(this.picture, picture.pixels, 127);
    write(this.picture, () => strings.inside.unitPicture(this.unitName(index)), "aria-label");
    this.bias.value = String(bias);
    write(this.bias, () => number.three(bias));
    write(this.open, () => strings.inside.openShare(number.percent1(open / strongest.total)));
    const isDeep = this.layers > 2;
    this.toDigits.hidden = this.layers !== 2;
    this.toUnits.hidden = !isDeep;
    this.toClass.hidden = this.layers > 1;
    if (this.layers === 2) this.fillWays([outgoing], [number.three]);
    if (isDeep) this.showNext(outgoing);
    this.strongest.forEach(({ figure, canvas, caption }, place) => {
      figure.hidden = place >= strongest.rows.length;
      if (figure.hidden) return;
      paint(canvas, strongest.answers, place);
      write(caption, () => number.two(sums[place]));
    });
    this.block.dataset.unit = String(index);
  }

  /** Weights to the units of a next hidden layer. @param {Float32Array} outgoing */
  showNext(outgoing) {
    const { width, height } = gridOf(outgoing.length);
    const canvas = signedPicture(width, height);
    const most = outgoing.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    paintSigned(canvas, outgoing, most);
    canvas.setAttribute("role", "img");
    const text = () => strings.inside.toUnits(number.count(outgoing.length), number.two(most));
    write(canvas, text, "aria-label");
    this.toUnits.replaceChildren(make("figcaption.quiet", text), canvas);
  }

  /** How strongly each unit answers to what is read, from 0 to 1: the bar under its picture. @param {import("./insight.js").Reading} sight */
  showReading({ view }) {
    /** @type {Float32Array} */
    const activations = view.layers[0];
    const most = activations.reduce((most, y) => Math.max(most, y), 0) || 1;
    this.tiles.forEach(({ tile }, index) => {
      tile.style.setProperty("--part", String(Math.max(0, activations[this.first + index] ?? 0) / most));
    });
  }
}

/** How many units stand in a row and how many rows there are, where each is a pixel. @param {number} units */
export function gridOf(units) {
  const width = units <= 16 ? units : 2 ** Math.round(Math.log2(Math.sqrt(2 * units)));
  return { width, height: Math.ceil(units / width) };
}
