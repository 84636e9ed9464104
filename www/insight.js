/**
 * Looks into the network, in the worker, for the sections "What it gets wrong" and "Inside the network"; loaded when one of them comes
 * into sight. The page says what it sees of them; here that is kept up to date in slices, from copies of the network's weights: at once
 * while the network stands still, at a humane rate while it learns, and not at all where nobody looks.
 *
 * Page → worker, in messages of kind "look":
 * @typedef {object} Watched  what is in sight, and what is chosen there; the newest counts
 * @property {{ cell: Cell | null, count: number } | null} mistakes  how many are listed of one cell, or of all mistakes
 * @property {{ first: number, count: number, own: boolean, chosen: number } | null} units  of the first layer; own: each in its own scale
 * @property {{ digit: number | null } | null} reading  of the subject; the digit that is explained, or what it is taken for
 * @property {boolean} map
 * @typedef {{ label: number, digit: number }} Cell  what is, and what it is taken for
 * @typedef {{ what: "watch" } & Watched} Watch
 * @typedef {{ what: "subject", row: number | null }} Choose  a test digit is what is read, or the drawing; new ink makes it the drawing
 * @typedef {{ what: "digit", row: number, id: number }} Ask  what the last survey says of a test digit
 * @typedef {{ what: "shown" }} Shown  answers each sight, once it is on the screen
 * @typedef {Watch | Choose | Ask | Shown} Look
 *
 * Worker → page, in messages of kind "sight":
 * @typedef {import("./wasm/simd128/sumi.js").ConfusionView} ConfusionView
 * @typedef {import("./wasm/simd128/sumi.js").TestDigits} TestDigits
 * @typedef {import("./wasm/simd128/sumi.js").UnitPictures} UnitPictures
 * @typedef {import("./wasm/simd128/sumi.js").UnitView} UnitView
 * @typedef {import("./wasm/simd128/sumi.js").InsideView} InsideView
 * @typedef {import("./wasm/simd128/sumi.js").MapView} MapView
 * @typedef {{ what: "mistakes", view: ConfusionView, cell: Cell | null, digits: TestDigits }} Mistakes
 * @typedef {{ what: "digit", row: number, digits: TestDigits }} Digit
 * @typedef {{ what: "units", layers: number, total: number, first: number, pictures: UnitPictures, unit: UnitView }} Units
 * @typedef {{ what: "reading", row: number | null, label: number | null, hasInk: boolean, image: Uint8Array, view: InsideView }} Reading  of
 *   a test digit, or of the drawing; and whether there is one
 * @typedef {{ what: "map", view: MapView | null }} Map  nothing where no layer is hidden
 * @typedef {Mistakes | Digit | Units | Reading | Map} Sight
 */

/**
 * What the worker lends.
 * @typedef {object} Place
 * @property {(sight: Sight, transfer?: Transferable[]) => void} tell
 * @property {<T>(call: (session: import("./wasm/simd128/sumi.js").Session) => T) => Promise<T>} use the session, when it is free
 * @property {() => Promise<void>} turn lets waiting messages be answered
 * @property {() => boolean} hasDigits
 * @property {() => boolean} isTraining
 * @property {(ms: number) => void} aside takes time off what training is said to take
 */

/**
 * Something that is kept up to date. It is out of date when another thing is chosen, or when what it is made of has changed.
 * @typedef {object} Part
 * @property {() => string | null} choice nothing where it is not in sight, or cannot be had yet
 * @property {() => number} version of what it is made of
 * @property {(isFirst: boolean) => boolean | Promise<boolean>} work one slice; whether it was the last
 * @property {number} everyMs how often it is renewed while the network learns
 * @property {string | null} shown its choice when it was last begun
 * @property {number} from its version then
 * @property {number} begun when that was
 * @property {number} spentMs how long it took
 * @property {boolean} isUnderWay
 */

import { paced } from "./pace.js";

/** Of reading test digits. */
const SLICE = { ms: 10 };
/** While the network learns, a part takes one millisecond in so many. */
const SHARE = 10;
/** So many sights may be on their way: a page that is slower than this would else fall behind, further and further. */
const AHEAD = 3;
/** How many of the test digits that a unit answers to most strongly are shown. */
const STRONGEST = 8;

export class Insight {
  /** @param {Place} place @param {Uint8Array | null} drawing 28 × 28 pixels, if there is ink */
  constructor(place, drawing) {
    this.place = place;
    this.drawing = drawing;
    /** The test digit that is read, and the drawing where there is none. @type {number | null} */
    this.row = null;
    /** @type {Watched} */
    this.watched = { mistakes: null, units: null, reading: null, map: false };
    /** What the page waits to hear of. @type {Ask | null} */
    this.asked = null;
    /** What looks into the session's network; none before the first look. @type {import("./wasm/simd128/sumi.js").Insight | null} */
    this.insight = null;
    /** Whether that is of another network, or of other digits. */
    this.isStale = false;
    /** Counts changes of the network, and which of them its weights were last copied at. */
    this.version = 0;
    this.copied = -1;
    /** Counts drawings, and surveys that came to their end. */
    this.ink = 0;
    this.surveys = 0;
    this.isSurveying = false;
    /** Batches of test digits in a slice; follows the speed that was measured. */
    this.batches = 4;
    this.isWorking = false;
    /** Sights that the page has not shown yet. */
    this.unshown = 0;
    this.parts = this.makeParts();
  }

  /** What is kept up to date; what takes longest comes last. @returns {Part[]} */
  makeParts() {
    /** @param {Part["choice"]} choice @param {Part["version"]} version @param {Part["work"]} work @param {number} everyMs @returns {Part} */
    const part = (choice, version, work, everyMs) => {
      return { choice, version, work, everyMs, shown: null, from: -1, begun: 0, spentMs: 0, isUnderWay: false };
    };
    const network = () => this.version;
    const surveys = () => this.surveys;
    /** @param {unknown[]} chosen */
    const key = (...chosen) => (chosen[0] ? JSON.stringify(chosen) : null);
    return [
      part(() => key(this.watched.reading, this.row, this.ink), network, () => this.read(), 100),
      part(() => key(this.surveys && this.watched.mistakes), surveys, () => this.listMistakes(), 0),
      part(() => key(this.surveys && this.asked), surveys, () => this.answer(), 0),
      part(() => key(this.watched.units), network, () => this.depict(), 250),
      part(() => key(this.surveys && !this.isSurveying && this.watched.map), surveys, (isFirst) => this.chart(isFirst), 0),
      part(() => key(this.watched.mistakes !== null || this.watched.map), network, (isFirst) => this.survey(isFirst), 1000),
    ];
  }

  /** @param {Look} look */
  receive(look) {
    if (look.what === "watch") this.watched = look;
    else if (look.what === "subject") this.row = look.row;
    else if (look.what === "digit") this.asked = look;
    else this.unshown -= 1;
    return this.work();
  }

  /** The ink on the sheet. @param {Uint8Array | null} drawing 28 × 28 pixels, nothing where it is blank */
  drawn(drawing) {
    this.drawing = drawing;
    if (drawing) this.row = null;
    this.ink += 1;
    return this.work();
  }

  /** The network has learnt. */
  changed() {
    this.version += 1;
    return this.work();
  }

  /** There is another network, or there are other digits. */
  replaced() {
    this.isStale = true;
    this.isSurveying = false;
    this.surveys = 0;
    this.row = this.asked = null;
    this.parts = this.makeParts();
    return this.changed();
  }

  /** Brings what is in sight up to date, slice by slice: at once where the network stands still. */
  async work() {
    if (this.isWorking) return;
    this.isWorking = true;
    try {
      for (let part = this.due(); part; part = this.due()) {
        const now = performance.now();
        const isFirst = !part.isUnderWay;
        if (isFirst) Object.assign(part, { shown: part.choice(), from: part.version(), begun: now, spentMs: 0 });
        part.isUnderWay = !(await part.work(isFirst));
        const ms = performance.now() - now;
        part.spentMs += ms;
        this.place.aside(ms);
        await this.place.turn();
      }
    } finally {
      this.isWorking = false;
    }
  }

  /** What is to be done next, if anything is. @returns {Part | undefined} */
  due() {
    if (!this.place.hasDigits() || this.unshown >= AHEAD) return;
    const now = performance.now();
    return this.parts.find((part) => {
      const choice = part.choice();
      if (choice === null) return false;
      if (part.isUnderWay || choice !== part.shown) return true;
      if (part.version() === part.from) return false;
      return !this.place.isTraining() || now - part.begun >= Math.max(part.everyMs, SHARE * part.spentMs);
    });
  }

  /** Copies the network's weights, if they have changed. */
  async copy() {
    const { version } = this;
    if (this.isStale) {
      this.insight?.free();
      this.insight = null;
      this.isStale = false;
    }
    const before = this.insight;
    const insight = before ?? (await this.place.use((session) => session.insight()));
    if (before && this.copied !== version) insight.renew(await this.place.use((session) => session.parameters()));
    this.copied = version;
    this.insight = insight;
    return insight;
  }

  /** @param {Sight} sight @param {Transferable[]} [transfer] */
  tell(sight, transfer) {
    this.unshown += 1;
    this.place.tell(sight, transfer);
  }

  async read() {
    const insight = await this.copy();
    const { drawing } = this;
    // Without a drawing it is the first test digit.
    const row = this.row ?? (drawing ? null : 0);
    const image = row === null ? /** @type {Uint8Array} */ (drawing) : insight.image(row);
    const label = row === null ? null : insight.label(row);
    const view = insight.read(image, this.watched.reading?.digit ?? undefined);
    this.tell({ what: "reading", row, label, hasInk: drawing !== null, image, view });
    return true;
  }

  async depict() {
    const { units } = this.watched;
    const insight = await this.copy();
    if (!units) return true;
    const { first, count, own, chosen } = units;
    const { layers, units: total } = insight;
    const pictures = insight.pictures(first, count, own);
    const unit = insight.unit(Math.min(chosen, total - 1), own, STRONGEST);
    this.tell({ what: "units", layers, total, first, pictures, unit }, [pictures.pixels.buffer]);
    return true;
  }

  /** Reads the test digits, some at a time. @param {boolean} isFirst */
  async survey(isFirst) {
    const insight = isFirst ? await this.copy() : this.insight;
    if (!insight) return true;
    if (isFirst) insight.beginSurvey();
    this.isSurveying = true;
    const begun = performance.now();
    const isThrough = insight.survey(this.batches);
    this.batches = paced(this.batches, this.batches, performance.now() - begun, SLICE);
    if (isThrough) {
      this.isSurveying = false;
      this.surveys += 1;
    }
    return isThrough;
  }

  listMistakes() {
    const { insight, watched } = this;
    if (!insight || !watched.mistakes) return true;
    const { cell, count } = watched.mistakes;
    const digits = insight.list(cell?.label, cell?.digit, count);
    this.tell({ what: "mistakes", view: insight.confusion(), cell, digits });
    return true;
  }

  answer() {
    const { insight, asked } = this;
    if (!insight || !asked) return true;
    const { row } = asked;
    this.asked = null;
    this.tell({ what: "digit", row, digits: insight.show(Uint32Array.of(row), 1) });
    return true;
  }

  /** Draws the map, a round at a time. @param {boolean} isFirst */
  chart(isFirst) {
    const { insight } = this;
    if (!insight) return true;
    if (isFirst && !insight.beginMap()) {
      this.tell({ what: "map", view: null });
      return true;
    }
    if (!insight.chart()) return false;
    const view = insight.map();
    if (view) this.tell({ what: "map", view }, [view.places.buffer]);
    // The drawing has a place on it now.
    this.ink += 1;
    return true;
  }
}
