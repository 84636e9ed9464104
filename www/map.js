import { ARROWS, DIGITS, button, digitChoices, heading, make, picture } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { argmax, paint } from "./pictures.js";

/** CSS pixels: the least and most that a digit is high on the map, how near a pointer must come to it, and the room around all. */
const GLYPH = { least: 7, most: 11 };
const REACH = 24;
const MARGIN = 14;
/** So many digits are written in a frame. */
const AT_ONCE = 2000;
/** How far an arrow key goes at least, as a part of the map's width, and with Shift: next to each other lie hundreds. */
const STEP = 0.02;
const STRIDE = 0.12;

/** The test digits where the network sees them: each written where the last hidden layer has it, and what is read as a mark among them. */
export class DigitMap {
  /** @param {import("./insights.js").Insights} insights */
  constructor(insights) {
    this.insights = insights;
    /** What is shown. @type {import("./insight.js").MapView | null} */
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
    /** Width and height of the canvas in CSS pixels; so many of them to one of the map, and where the map's origin is. */
    this.size = [0, 0];
    this.zoom = 1;
    this.offset = [0, 0];
    /** Points in CSS pixels of the canvas, x and y. */
    this.places = new Float32Array(0);
    /**
     * How many digits of each kind there are, and where they are spread.
     * @type {({ count: number, x: number, y: number, long: number, short: number, angle: number } | null)[]}
     */
    this.kinds = [];
    /** Counts paintings: the newest is finished. */
    this.painting = 0;

    this.canvas = make("canvas#map");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    write(this.canvas, () => strings.inside.map, "aria-label");
    this.canvas.setAttribute("aria-describedby", "map-help");
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerdown", (event) => this.hover(event));
    this.canvas.addEventListener("keydown", (event) => this.keyDown(event));
    const choices = digitChoices("map-digit", "all", () => strings.inside.allDigits, (digit) => {
      this.shown = digit;
      this.paint();
    });
    this.ring = make("span.map-ring");
    this.drop = make("span.map-drop");
    this.ring.hidden = this.drop.hidden = true;
    this.note = make("p#map-note.quiet.numbers", "");
    this.picture = picture();
    this.words = make("p#map-words", () => strings.inside.noPoint);
    this.look = button("#map-look", () => this.row !== null && insights.lookInside(this.row), () => strings.mistakes.lookInside);
    this.look.disabled = true;
    const names = [() => strings.page.digit, () => strings.mistakes.columns.of, () => strings.inside.across, () => strings.inside.upward];
    const heads = names.map((name) => heading("col", name));
    this.centres = DIGITS.map((digit) => {
      const cells = [make("td"), make("td"), make("td")];
      return { row: make("tr", heading("row", String(digit)), ...cells), cells };
    });
    const table = make(
      "table#map-centres.numbers",
      make("caption.visually-hidden", () => strings.inside.centres),
      make("thead", make("tr", ...heads)),
      make("tbody", ...this.centres.map(({ row }) => row)),
    );
    const help = make("p.quiet", () => strings.inside.mapHelp);
    help.id = "map-help";
    const fieldset = make("fieldset#map-digits", make("legend.quiet", () => strings.inside.mapDigits), ...choices);
    this.body = make(
      "div.map",
      make("div.map-sheet", this.canvas, this.ring, this.drop),
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
    this.block = make(
      "div#digit-map.block",
      make("h3", () => strings.inside.mapTitle),
      make("p.lead", () => strings.inside.mapText),
      this.body,
      this.none,
    );
    this.block.dataset.state = "empty";
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
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
    this.fillCentres(view);
    this.lay();
    // What was asked of another network is not answered.
    this.isWaiting = false;
    if (this.point !== null) this.ask();
  }

  /** Where each digit's own lie, on average: what the map says, in numbers. @param {import("./insight.js").MapView} view */
  fillCentres({ labels, places }) {
    const sums = DIGITS.map(() => ({ count: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 }));
    labels.forEach((label, point) => {
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
  showReading({ view }) {
    this.subject = view.place ?? null;
    this.mark();
  }

  /** Moves the marks to what is read and to the point that is looked at. */
  mark() {
    const put = (/** @type {HTMLElement} */ mark, /** @type {number} */ x, /** @type {number} */ y) => {
      mark.style.setProperty("--x", `${x}px`);
      mark.style.setProperty("--y", `${y}px`);
      mark.hidden = false;
    };
    this.ring.hidden = this.point === null;
    if (this.point !== null) put(this.ring, this.places[2 * this.point], this.places[2 * this.point + 1]);
    this.drop.hidden = !this.subject || !this.view;
    if (!this.subject || !this.view) {
      delete this.block.dataset.mark;
      return;
    }
    // What lies beyond all test digits is marked at the edge.
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(value, 6), most - 6);
    const [x, y] = this.place(this.subject[0], this.subject[1]);
    const [left, top] = [within(x, this.size[0]), within(y, this.size[1])];
    put(this.drop, left, top);
    this.block.dataset.mark = `${left.toFixed(1)} ${top.toFixed(1)}`;
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    this.size = [clientWidth, clientHeight];
    this.lay();
  }

  /** Finds each point's place on the canvas: one scale for both directions, so that distances are what they are. */
  lay() {
    const [width, height] = this.size;
    if (!this.view || !width) return;
    const { places } = this.view;
    const least = [Infinity, Infinity];
    const most = [-Infinity, -Infinity];
    for (let i = 0; i < places.length; i++) {
      const axis = i % 2;
      if (places[i] < least[axis]) least[axis] = places[i];
      if (places[i] > most[axis]) most[axis] = places[i];
    }
    this.zoom = Math.min((width - 2 * MARGIN) / (most[0] - least[0] || 1), (height - 2 * MARGIN) / (most[1] - least[1] || 1));
    this.offset = [width / 2 - (this.zoom * (least[0] + most[0])) / 2, height / 2 + (this.zoom * (least[1] + most[1])) / 2];
    this.places = new Float32Array(places.length);
    for (let i = 0; i < places.length; i += 2) {
      this.places[i] = this.offset[0] + this.zoom * places[i];
      this.places[i + 1] = this.offset[1] - this.zoom * places[i + 1];
    }
    this.mark();
    this.paint();
  }

  /** A place on the canvas, in CSS pixels. @param {number} x @param {number} y */
  place(x, y) {
    return [this.offset[0] + this.zoom * x, this.offset[1] - this.zoom * y];
  }

  /** Writes every digit in its place, some of them a frame, on a canvas that nobody sees until it is finished. */
  async paint() {
    const mine = (this.painting += 1);
    const [width, height] = this.size;
    if (!this.view || !width) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const sheet = document.createElement("canvas");
    sheet.width = Math.round(width * ratio);
    sheet.height = Math.round(height * ratio);
    const context = /** @type {CanvasRenderingContext2D} */ (sheet.getContext("2d"));
    const { color: ink, backgroundColor: paper, fontFamily } = getComputedStyle(this.canvas);
    const { places, shown } = this;
    const { labels } = this.view;
    const size = Math.min(Math.max(width / 60, GLYPH.least), GLYPH.most);
    const ready = (/** @type {CanvasRenderingContext2D} */ pen, /** @type {number} */ weight, /** @type {number} */ pixels) => {
      pen.font = `${weight} ${pixels * ratio}px ${fontFamily}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      pen.fillStyle = ink;
    };
    // Ten small pictures are written ten thousand times.
    const glyphs = DIGITS.map((digit) => {
      const glyph = document.createElement("canvas");
      glyph.width = glyph.height = Math.ceil(size * ratio);
      const pen = /** @type {CanvasRenderingContext2D} */ (glyph.getContext("2d"));
      ready(pen, 400, size);
      pen.fillText(String(digit), glyph.width / 2, glyph.height / 2);
      return glyph;
    });
    const half = glyphs[0].width / 2;
    // The more of them lie on one another, the fainter each is. Those that are chosen come last, over the others.
    const faint = Math.min(0.9, (0.7 * width * height) / (labels.length * size * size));
    const isChosen = (/** @type {number} */ point) => shown === null || labels[point] === shown;
    const points = [...labels.keys()];
    const order = shown === null ? points : [...points.filter((point) => !isChosen(point)), ...points.filter(isChosen)];
    for (let first = 0; first < order.length; first += AT_ONCE) {
      if (first > 0) await new Promise(requestAnimationFrame);
      if (this.painting !== mine) return;
      for (const point of order.slice(first, first + AT_ONCE)) {
        context.globalAlpha = shown === null ? faint : isChosen(point) ? 0.8 : faint / 6;
        context.drawImage(glyphs[labels[point]], ratio * places[2 * point] - half, ratio * places[2 * point + 1] - half);
      }
    }
    // Around half of each kind a line, and in its middle the digit, large, on a rim of paper.
    context.globalAlpha = 1;
    ready(context, 600, 26);
    const kinds = this.kinds.flatMap((kind, digit) => (kind && (shown ?? digit) === digit ? [{ ...kind, digit }] : []));
    context.strokeStyle = ink;
    context.lineWidth = ratio;
    for (const { x, y, long, short, angle } of kinds) {
      const [left, top] = this.place(x, y);
      context.beginPath();
      context.ellipse(left * ratio, top * ratio, long * this.zoom * ratio, short * this.zoom * ratio, -angle, 0, 2 * Math.PI);
      context.stroke();
    }
    context.strokeStyle = paper;
    context.lineWidth = 6 * ratio;
    for (const { x, y, digit } of kinds) {
      const [left, top] = this.place(x, y);
      context.strokeText(String(digit), left * ratio, top * ratio);
      context.fillText(String(digit), left * ratio, top * ratio);
    }
    this.canvas.width = sheet.width;
    this.canvas.height = sheet.height;
    this.canvas.getContext("2d")?.drawImage(sheet, 0, 0);
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
    const least = (event.shiftKey ? STRIDE : STEP) * this.size[0];
    const from =
      this.point === null
        ? [this.size[0] / 2, this.size[1] / 2]
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
    this.mark();
    this.ask();
  }

  /** Asks what the point is; the newest question counts. */
  ask() {
    if (this.isWaiting || this.row === null) return;
    this.isWaiting = true;
    this.block.dataset.asking = "true";
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
    Object.assign(this.block.dataset, { row, label, asking: "false" });
    if (this.isSpoken) this.insights.say(words());
    this.isSpoken = false;
  }
}
