import { ARROWS, button, make } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { argmax, paint, picture } from "./pictures.js";

const DIGITS = [...Array(10).keys()];
/** CSS pixels: the least and most that a digit is high on the map, how near a pointer must come to it, and the room around all. */
const GLYPH = { least: 7, most: 11 };
const REACH = 24;
const MARGIN = 14;
/** How far an arrow key goes at least, as a part of the map's width, and with Shift: next to each other lie hundreds. */
const STEP = 0.02;
const STRIDE = 0.12;

/** The test digits where the network sees them: each written where the last hidden layer has it, and what is read as a mark among them. */
export class DigitMap {
  /** @param {import("./insights.js").Insights} insights */
  constructor(insights) {
    this.insights = insights;
    /** What is shown (MapView in sumi.d.ts). @type {any} */
    this.view = null;
    /** Which points: all, or those of one digit. @type {number | null} */
    this.shown = null;
    /** The point that is looked at. @type {number | null} */
    this.point = null;
    /** Where what is read lies. @type {Float32Array | null} */
    this.subject = null;
    /** Asked of the worker, one at a time; what is wanted then comes next. */
    this.asks = 0;
    this.isWaiting = false;
    this.isSpoken = false;
    this.pending = false;
    /** CSS pixels to one on the map, and what lies in the middle of the canvas. */
    this.zoom = 1;
    this.middle = [0, 0];
    /** Points in CSS pixels of the canvas, x and y. */
    this.places = new Float32Array(0);
    /** How many digits of each kind there are, and where they are spread. @type {({ count: number, x: number, y: number, long: number, short: number, angle: number } | null)[]} */
    this.kinds = [];
    /** The points without marks. @type {HTMLCanvasElement} */
    this.base = document.createElement("canvas");

    this.canvas = make("canvas#map");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    write(this.canvas, () => strings.inside.map, "aria-label");
    this.canvas.setAttribute("aria-describedby", "map-help");
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerdown", (event) => this.hover(event));
    this.canvas.addEventListener("keydown", (event) => this.keyDown(event));
    const choices = [null, ...DIGITS].map((digit) => {
      const radio = make("input");
      radio.type = "radio";
      radio.name = "map-digit";
      radio.value = String(digit ?? "all");
      radio.checked = digit === null;
      radio.addEventListener("change", () => {
        this.shown = digit;
        this.paintBase();
      });
      return make("label", radio, digit === null ? make("span", () => strings.inside.allDigits) : make("span", String(digit)));
    });
    this.note = make("p#map-note.quiet.numbers", "");
    this.picture = picture();
    this.words = make("p#map-words", () => strings.inside.noPoint);
    this.look = button("#map-look", () => this.row !== null && insights.lookInside(this.row), () => strings.mistakes.lookInside);
    this.look.disabled = true;
    const heads = [() => strings.page.digit, () => strings.mistakes.columns.of, () => strings.inside.across, () => strings.inside.upward];
    this.centres = DIGITS.map((digit) => {
      const head = make("th", String(digit));
      head.scope = "row";
      const cells = [make("td"), make("td"), make("td")];
      return { row: make("tr", head, ...cells), cells };
    });
    const table = make(
      "table#map-centres.numbers",
      make("caption.visually-hidden", () => strings.inside.centres),
      make("thead", make("tr", ...heads.map((text) => make("th", text)))),
      make("tbody", ...this.centres.map(({ row }) => row)),
    );
    const help = make("p.quiet", () => strings.inside.mapHelp);
    help.id = "map-help";
    const fieldset = make("fieldset#map-digits", make("legend.quiet", () => strings.inside.mapDigits), ...choices);
    this.body = make(
      "div.map",
      make("div.map-sheet", this.canvas),
      make(
        "div.map-side",
        fieldset,
        make("div.one-digit", this.picture, make("div.one-digit-words", this.words, this.look)),
        make("p.quiet.map-key", () => strings.inside.mapKey),
        help,
        this.note,
        make("details", make("summary", () => strings.inside.centres), table),
      ),
    );
    this.none = make("p", () => strings.inside.noMap);
    this.none.hidden = true;
    this.block = make("div#digit-map.block", make("h3", () => strings.inside.mapTitle), make("p.lead", () => strings.inside.mapText), this.body, this.none);
    this.block.dataset.state = "empty";
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paintBase());
  }

  /** Which test digit the point is. */
  get row() {
    return this.point === null || !this.view ? null : this.point * this.view.stride;
  }

  /** @param {import("./insight.js").Map} sight */
  show({ view }) {
    this.body.hidden = view === null;
    this.none.hidden = view !== null;
    this.view = view;
    this.block.dataset.state = view ? "shown" : "none";
    if (!view) return;
    const count = view.labels.length;
    this.block.dataset.points = String(count);
    this.block.dataset.steps = String(view.steps);
    if (this.point !== null && this.point >= count) this.point = null;
    const [x, y] = view.explained;
    Object.assign(this.block.dataset, { x, y });
    write(this.note, () => strings.inside.explained(number.count(count), number.percent1(x), number.percent1(y)));
    this.fillCentres();
    this.lay();
    // What was asked of another network is not answered.
    this.isWaiting = false;
    if (this.point !== null) this.ask();
  }

  /** Where each digit's own lie, on average: what the map says, in numbers. */
  fillCentres() {
    const { labels, places } = this.view;
    const sums = DIGITS.map(() => ({ count: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 }));
    labels.forEach((/** @type {number} */ label, /** @type {number} */ point) => {
      const [sum, x, y] = [sums[label], places[2 * point], places[2 * point + 1]];
      sum.count += 1;
      sum.x += x;
      sum.y += y;
      sum.xx += x * x;
      sum.xy += x * y;
      sum.yy += y * y;
    });
    this.kinds = sums.map(({ count, x, y, xx, xy, yy }) => {
      if (count === 0) return null;
      const [mx, my] = [x / count, y / count];
      // The ellipse that would hold half of them, were they spread normally: its axes are the covariance's.
      const [a, b, c] = [xx / count - mx * mx, xy / count - mx * my, yy / count - my * my];
      const [middle, off] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
      const axis = (/** @type {number} */ variance) => Math.sqrt(Math.max(0, 2 * Math.LN2 * variance));
      return { count, x: mx, y: my, long: axis(middle + off), short: axis(middle - off), angle: Math.atan2(2 * b, a - c) / 2 };
    });
    this.centres.forEach(({ cells }, digit) => {
      const kind = this.kinds[digit];
      write(cells[0], () => number.count(kind?.count ?? 0));
      write(cells[1], () => (kind ? number.two(kind.x) : strings.none));
      write(cells[2], () => (kind ? number.two(kind.y) : strings.none));
    });
  }

  /** @param {import("./insight.js").Reading} sight */
  showSubject({ view }) {
    this.subject = view.place ?? null;
    this.repaint();
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    const ratio = globalThis.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.base]) {
      canvas.width = Math.round(clientWidth * ratio);
      canvas.height = Math.round(clientHeight * ratio);
    }
    this.lay();
  }

  /** Finds each point's place on the canvas: one scale for both directions, so that distances are what they are. */
  lay() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!this.view || !clientWidth) return;
    const { places } = this.view;
    const least = [Infinity, Infinity];
    const most = [-Infinity, -Infinity];
    for (let i = 0; i < places.length; i++) {
      const axis = i % 2;
      if (places[i] < least[axis]) least[axis] = places[i];
      if (places[i] > most[axis]) most[axis] = places[i];
    }
    const room = [clientWidth - 2 * MARGIN, clientHeight - 2 * MARGIN];
    this.zoom = Math.min(...[0, 1].map((axis) => room[axis] / (most[axis] - least[axis] || 1)));
    this.middle = [0, 1].map((axis) => (least[axis] + most[axis]) / 2);
    this.places = new Float32Array(places.length);
    for (let i = 0; i < places.length; i += 2) this.places.set(this.place(places[i], places[i + 1]), i);
    this.paintBase();
  }

  /** A place on the canvas, in CSS pixels. @param {number} x @param {number} y */
  place(x, y) {
    const { clientWidth, clientHeight } = this.canvas;
    return [clientWidth / 2 + this.zoom * (x - this.middle[0]), clientHeight / 2 - this.zoom * (y - this.middle[1])];
  }

  /** Writes every digit in its place. */
  paintBase() {
    const context = this.base.getContext("2d");
    if (!context || !this.view || !this.base.width) return;
    const ratio = this.base.width / this.canvas.clientWidth;
    const style = getComputedStyle(this.canvas);
    const [ink, paper] = [style.color, style.backgroundColor];
    const family = style.fontFamily;
    context.clearRect(0, 0, this.base.width, this.base.height);
    const { clientWidth, clientHeight } = this.canvas;
    const size = Math.min(Math.max(clientWidth / 60, GLYPH.least), GLYPH.most);
    const { labels } = this.view;
    // The more of them lie on one another, the fainter each is.
    const faint = Math.min(0.9, (0.7 * clientWidth * clientHeight) / (labels.length * size * size));
    // Ten small pictures are written ten thousand times.
    const glyphs = DIGITS.map((digit) => {
      const glyph = document.createElement("canvas");
      glyph.width = glyph.height = Math.ceil(size * ratio);
      const pen = /** @type {CanvasRenderingContext2D} */ (glyph.getContext("2d"));
      pen.font = `${size * ratio}px ${family}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = ink;
      pen.fillText(String(digit), glyph.width / 2, glyph.height / 2);
      return glyph;
    });
    const half = glyphs[0].width / 2;
    // Those that are chosen come last, over the others.
    for (const chosen of this.shown === null ? [true] : [false, true]) {
      context.globalAlpha = this.shown === null ? faint : chosen ? 0.8 : faint / 6;
      for (let point = 0; point < labels.length; point++) {
        if (this.shown !== null && (labels[point] === this.shown) !== chosen) continue;
        context.drawImage(glyphs[labels[point]], ratio * this.places[2 * point] - half, ratio * this.places[2 * point + 1] - half);
      }
    }
    // Around half of each kind a line, and in its middle the digit, large, on a rim of paper.
    context.globalAlpha = 1;
    context.font = `600 ${26 * ratio}px ${family}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    this.kinds.forEach((kind, digit) => {
      if (!kind || (this.shown !== null && this.shown !== digit)) return;
      const [x, y] = this.place(kind.x, kind.y);
      context.strokeStyle = ink;
      context.lineWidth = ratio;
      context.beginPath();
      context.ellipse(x * ratio, y * ratio, kind.long * this.zoom * ratio, kind.short * this.zoom * ratio, -kind.angle, 0, 2 * Math.PI);
      context.stroke();
    });
    this.kinds.forEach((kind, digit) => {
      if (!kind || (this.shown !== null && this.shown !== digit)) return;
      const [x, y] = this.place(kind.x, kind.y);
      context.strokeStyle = paper;
      context.lineWidth = 6 * ratio;
      context.strokeText(String(digit), x * ratio, y * ratio);
      context.fillStyle = ink;
      context.fillText(String(digit), x * ratio, y * ratio);
    });
    this.repaint();
  }

  repaint() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  /** The points, the one that is looked at, and the mark of what is read. */
  paint() {
    const context = this.canvas.getContext("2d");
    if (!context || !this.base.width) return;
    const ratio = this.base.width / this.canvas.clientWidth;
    const style = getComputedStyle(this.canvas);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.base, 0, 0);
    context.lineWidth = 2 * ratio;
    if (this.point !== null) {
      context.strokeStyle = style.color;
      context.beginPath();
      context.arc(ratio * this.places[2 * this.point], ratio * this.places[2 * this.point + 1], 9 * ratio, 0, 2 * Math.PI);
      context.stroke();
    }
    if (this.subject && this.view) {
      // What lies beyond all test digits is marked at the edge.
      const [x, y] = this.place(this.subject[0], this.subject[1]);
      const { clientWidth, clientHeight } = this.canvas;
      const [left, top] = [Math.min(Math.max(x, 6), clientWidth - 6), Math.min(Math.max(y, 6), clientHeight - 6)];
      this.block.dataset.mark = `${left.toFixed(1)} ${top.toFixed(1)}`;
      context.fillStyle = context.strokeStyle = style.getPropertyValue("--vermilion");
      for (const [radius, width, colour] of /** @type {const} */ ([[8, 5, style.backgroundColor], [8, 2.5, context.fillStyle]])) {
        context.strokeStyle = colour;
        context.lineWidth = width * ratio;
        context.beginPath();
        context.arc(left * ratio, top * ratio, radius * ratio, 0, 2 * Math.PI);
        context.stroke();
      }
      context.beginPath();
      context.arc(left * ratio, top * ratio, 3 * ratio, 0, 2 * Math.PI);
      context.fill();
    } else delete this.block.dataset.mark;
  }

  /** @param {PointerEvent} event */
  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - this.canvas.clientLeft, event.clientY - box.top - this.canvas.clientTop];
    let [best, nearest] = [/** @type {number | null} */ (null), REACH ** 2];
    this.each((point, left, top) => {
      const distance = (left - x) ** 2 + (top - y) ** 2;
      if (distance < nearest) [best, nearest] = [point, distance];
    });
    if (best !== null) this.select(best, event.type === "pointerdown");
  }

  /** Every point that is shown. @param {(point: number, x: number, y: number) => void} call */
  each(call) {
    const labels = this.view?.labels ?? [];
    for (let point = 0; point < labels.length; point++) {
      if (this.shown === null || labels[point] === this.shown) call(point, this.places[2 * point], this.places[2 * point + 1]);
    }
  }

  /** An arrow goes to the nearest point that way. @param {KeyboardEvent} event */
  keyDown(event) {
    const arrow = ARROWS[event.key];
    if (event.key === "Enter" && this.row !== null) this.insights.lookInside(this.row);
    if (!arrow || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const least = (event.shiftKey ? STRIDE : STEP) * this.canvas.clientWidth;
    const from =
      this.point === null
        ? [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]
        : [this.places[2 * this.point], this.places[2 * this.point + 1]];
    let [best, nearest] = [/** @type {number | null} */ (null), Infinity];
    this.each((point, x, y) => {
      const along = (x - from[0]) * arrow[0] + (y - from[1]) * arrow[1];
      const aside = Math.abs((x - from[0]) * arrow[1] + (y - from[1]) * arrow[0]);
      if (along < least || aside > along || along + aside >= nearest) return;
      [best, nearest] = [point, along + aside];
    });
    if (best !== null) this.select(best, true);
  }

  /** @param {number} point @param {boolean} isSpoken whether it is said what it is */
  select(point, isSpoken) {
    this.isSpoken ||= isSpoken;
    if (point === this.point && !isSpoken) return;
    this.point = point;
    this.repaint();
    this.ask();
  }

  /** Asks what the point is; the newest question counts. */
  ask() {
    if (this.isWaiting || this.row === null) return;
    this.isWaiting = true;
    this.asks += 1;
    this.insights.send({ what: "digit", row: this.row, id: this.asks });
  }

  /** @param {import("./insight.js").Digit} sight */
  showDigit({ row, digits }) {
    this.isWaiting = false;
    if (row !== this.row) return this.ask();
    const { answers } = digits;
    const [label, read] = [answers.labels[0], argmax(answers.probabilities, 0)];
    const probability = answers.probabilities[read];
    paint(this.picture, answers, 0);
    const words = () => strings.inside.point(number.count(row + 1), label, read, number.percent1(probability));
    write(this.words, words);
    this.look.disabled = false;
    Object.assign(this.block.dataset, { row, label });
    if (this.isSpoken) this.insights.say(words());
    this.isSpoken = false;
  }
}
