import { button as makeButton, make, picture } from "./dom.js";
import { askFor, save } from "./files.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { BadLine, MOST } from "./own-digits.js";
import { argmax, paint } from "./pictures.js";
import { sentence } from "./sentence.js";

/** Digits that are shown before all are asked for. */
const SHOWN = 60;
/** A file with more bytes than this is none of ours. */
const MOST_BYTES = 64e6;

/** @typedef {import("./own-digits.js").OwnDigit} OwnDigit */
/** @typedef {{ prediction: import("./messages.js").Prediction, strokes: import("./sheet.js").Content }} Drawn */

/** The visitor's own digits, the lesson that is made of them, and how they are read before it and after it. */
export class Handwriting {
  /**
   * @param {Document} document
   * @param {import("./own-digits.js").OwnDigits} own
   * @param {object} events
   * @param {(message: import("./lesson.js").Teach | import("./lesson.js").Unteach) => void} events.send
   * @param {() => Promise<Drawn | null>} events.drawn what lies on the sheet, once the newest ink has been read
   * @param {() => void} events.clear makes room for the next drawing
   * @param {(text: string) => void} events.say to who does not see it
   */
  constructor(document, own, { send, drawn, clear, say }) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (find(id));
    this.own = own;
    this.drawn = drawn;
    this.clearSheet = clear;
    this.say = say;
    this.root = find("handwriting");
    this.list = find("own-digits");
    this.empty = find("own-empty");
    this.labelKept = find("label-kept");
    this.note = find("own-note");
    this.lesson = /** @type {HTMLProgressElement} */ (find("lesson"));
    this.teachButton = button("teach-button");
    this.unteachButton = button("unteach-button");
    this.exportButton = button("export-button");
    this.deleteButton = button("delete-button");
    this.allButton = button("own-all-button");
    this.labels = /** @type {HTMLButtonElement[]} */ ([...find("digit-row").querySelectorAll("button")]);
    const cells = (/** @type {string} */ id) => /** @type {HTMLElement[]} */ ([...find(id).children]);
    this.rows = { test: cells("own-test"), taught: cells("own-taught"), first: cells("own-first") };

    /** @type {import("./messages.js").State} */
    this.state = "starting";
    this.isTeaching = false;
    /** Accuracy on the test digits, as the run has left it. @type {number | null} */
    this.accuracy = null;
    this.testCount = 0;
    this.isMnist = true;
    /** The last lesson, and what its digits were. @type {(import("./lesson.js").Taught & { labels: Uint8Array }) | null} */
    this.taught = null;
    this.lastLabels = new Uint8Array(0);
    this.showsAll = false;
    this.asksToDelete = false;

    this.labels.forEach((label, digit) => label.addEventListener("click", () => this.label(digit)));
    find("canvas").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
      event.preventDefault();
      this.label(Number(event.key));
    });
    this.teachButton.addEventListener("click", () => this.teach());
    this.unteachButton.addEventListener("click", () => send({ kind: "unteach" }));
    this.send = send;
    this.allButton.addEventListener("click", () => {
      this.showsAll = true;
      this.show();
    });
    this.exportButton.addEventListener("click", () => this.export());
    askFor(button("import-button"), /** @type {HTMLInputElement} */ (find("import-file")), ([file]) => this.import(file));
    this.deleteButton.addEventListener("click", () => this.deleteAll());
    this.deleteButton.addEventListener("blur", () => this.ask(false));
    this.ask(false);
    this.show();
    if (!own.isKept) this.tell(() => strings.handwriting.notKept);
  }

  // ---- What the drawing was ----

  /** Whether there is a drawing that has been read. @param {boolean} isThere */
  enable(isThere) {
    for (const label of this.labels) label.disabled = !isThere;
  }

  /** @param {number} label */
  async label(label) {
    const drawn = await this.drawn();
    if (!drawn) return this.say(strings.say.blank);
    if (this.own.digits.length >= MOST) return this.tell(() => strings.handwriting.full(number.count(MOST)));
    const { image, probabilities, steps } = drawn.prediction;
    const read = steps > 0 ? argmax(probabilities, 0) : null;
    this.clearSheet();
    await this.add([{ label, image, strokes: points(drawn.strokes), read, taught: this.taught !== null }]);
    const said = () => strings.handwriting.kept(label, number.count(this.own.digits.length), this.own.digits.length === 1);
    write(this.labelKept, said);
    this.say(said());
  }

  /** @param {OwnDigit[]} digits */
  async add(digits) {
    try {
      await this.own.add(digits);
    } catch (error) {
      this.tell(() => strings.handwriting.unkept(sentence(error)));
    }
    this.show();
  }

  // ---- The lesson ----

  teach() {
    const { digits } = this.own;
    const images = new Uint8Array(784 * digits.length);
    digits.forEach(({ image }, index) => images.set(image, 784 * index));
    this.lastLabels = Uint8Array.from(digits, ({ label }) => label);
    this.isTeaching = true;
    this.send({ kind: "teach", images, labels: this.lastLabels });
    this.tell(() => strings.handwriting.teaching);
    this.show();
  }

  /** @param {import("./lesson.js").Teaching} message */
  showTeaching({ step, steps }) {
    this.lesson.value = step / steps;
  }

  /** @param {import("./lesson.js").Taught} message */
  showTaught(message) {
    this.isTeaching = false;
    this.taught = { ...message, labels: this.lastLabels };
    const [right, all] = [this.right(message.after.read), this.lastLabels.length];
    this.tell(() => strings.handwriting.taught(number.count(right), number.count(all), number.percent2(message.after.accuracy)));
    this.show();
  }

  showUntaught() {
    this.taught = null;
    this.tell(() => strings.handwriting.untaught);
    this.show();
  }

  /** Another run begins: what was taught is gone, and the digits stay. */
  clear() {
    this.isTeaching = false;
    this.taught = null;
    this.accuracy = null;
    this.show();
  }

  /** @param {import("./messages.js").State} state */
  showState(state) {
    this.state = state;
    this.show();
  }

  /** @param {import("./messages.js").Loaded} message */
  showLoaded({ source, test }) {
    this.isMnist = source !== "builtin";
    this.testCount = test;
    this.show();
  }

  /** @param {import("./messages.js").Evaluated} message */
  showEvaluated({ accuracy }) {
    this.accuracy = accuracy;
    this.show();
  }

  /** How many of the lesson's digits were read right. @param {Uint8Array} read */
  right(read) {
    return this.lastLabels.reduce((sum, label, index) => sum + Number(read[index] === label), 0);
  }

  // ---- To keep, and to be rid of ----

  export() {
    const name = "sumi-handwriting.jsonl";
    save(new Blob([this.own.toText()], { type: "application/jsonl" }), name);
    this.tell(() => strings.runs.saved(name));
  }

  /** @param {File} file */
  async import(file) {
    if (file.size > MOST_BYTES) return this.tell(() => strings.handwriting.tooLarge(file.name));
    let found;
    try {
      found = this.own.fromText(await file.text());
    } catch (error) {
      if (error instanceof BadLine) return this.tell(() => strings.handwriting.badLine(file.name, number.count(error.line)));
      return this.tell(() => strings.handwriting.unread(file.name, sentence(error)));
    }
    const { fresh, known } = found;
    if (this.own.digits.length + fresh.length > MOST) return this.tell(() => strings.handwriting.full(number.count(MOST)));
    if (fresh.length + known === 0) return this.tell(() => strings.handwriting.nothing(file.name));
    await this.add(fresh);
    this.tell(() => strings.handwriting.imported(number.count(fresh.length), number.count(known)));
  }

  /** @param {OwnDigit} digit @param {HTMLElement} item */
  async delete(digit, item) {
    const next = item.nextElementSibling ?? item.previousElementSibling;
    await this.own.delete(/** @type {number} */ (digit.id));
    this.show();
    (next?.isConnected ? next.querySelector("button") : this.teachButton)?.focus();
    this.tell(() => (this.taught ? strings.handwriting.deletedTaught(digit.label) : strings.handwriting.deleted(digit.label)));
  }

  /** At the second press: the first asks. */
  async deleteAll() {
    if (!this.asksToDelete) return this.ask(true);
    this.ask(false);
    await this.own.clear();
    this.showsAll = false;
    this.show();
    this.tell(() => (this.taught ? strings.handwriting.clearedTaught : strings.handwriting.cleared));
  }

  /** @param {boolean} asks */
  ask(asks) {
    this.asksToDelete = asks;
    write(this.deleteButton, () => (asks ? strings.handwriting.sure(number.count(this.own.digits.length)) : strings.page.deleteAll));
  }

  // ---- On the page ----

  /** @param {() => string} text */
  tell(text) {
    write(this.note, text);
  }

  show() {
    const { digits } = this.own;
    const none = digits.length === 0;
    const isOver = this.state === "done" || this.state === "stopped";
    this.root.dataset.state = this.isTeaching ? "teaching" : this.taught ? "taught" : none ? "empty" : "untaught";
    this.root.dataset.count = String(digits.length);
    this.empty.hidden = !none;
    this.teachButton.disabled = none || !isOver || this.isTeaching;
    write(this.teachButton, () => (this.taught ? strings.handwriting.again : strings.page.teach));
    this.unteachButton.disabled = !this.taught || !isOver || this.isTeaching;
    this.exportButton.disabled = this.deleteButton.disabled = none;
    this.lesson.hidden = !this.isTeaching;
    if (!this.isTeaching) this.lesson.value = 0;
    this.showDigits();
    this.showTable();
  }

  /** The newest first. Items stay while their digits do, for somebody may be on one with the keyboard. */
  showDigits() {
    const { digits } = this.own;
    const shown = [...(this.showsAll ? digits : digits.slice(-SHOWN))].reverse();
    const known = new Map([...this.list.children].map((item) => [/** @type {HTMLElement} */ (item).dataset.id, item]));
    const items = shown.map((digit) => known.get(String(digit.id)) ?? this.item(digit));
    const isSame = items.length === this.list.children.length && items.every((item, index) => item === this.list.children[index]);
    if (!isSame) this.list.replaceChildren(...items);
    this.allButton.hidden = shown.length === digits.length;
    write(this.allButton, () => strings.handwriting.showAll(number.count(digits.length)));
  }

  /** @param {OwnDigit} digit */
  item(digit) {
    const { image, label, read } = digit;
    const canvas = picture();
    paint(canvas, { images: image, labels: Uint8Array.of(label) }, 0);
    const isWrong = read !== null && read !== label;
    const text = make("span", () => (isWrong ? strings.handwriting.misread(label, read) : String(label)));
    text.toggleAttribute("data-wrong", isWrong);
    const remove = makeButton("", () => this.delete(digit, item), "×");
    write(remove, () => strings.handwriting.delete(label), "aria-label");
    const item = make("li", canvas, remove, text);
    Object.assign(item.dataset, { id: digit.id, label });
    return item;
  }

  showTable() {
    const { test, taught, first } = this.rows;
    const lesson = this.taught;
    write(test[0], () => strings.handwriting.testRow[this.isMnist ? "mnist" : "builtin"](number.count(this.testCount)));
    const [before, after] = lesson ? [lesson.before.accuracy, lesson.after.accuracy] : [this.accuracy, null];
    [before, after].forEach((accuracy, index) => fill(test[index + 1], accuracy, () => number.percent2(accuracy ?? 0)));

    const count = this.lastLabels.length;
    [lesson?.before, lesson?.after].forEach((reading, index) => {
      const right = reading ? this.right(reading.read) : 0;
      fill(taught[index + 1], reading ? right / count : null, () => strings.handwriting.of(number.count(right), number.count(count)));
    });

    [false, true].forEach((isTaught, index) => {
      const seen = this.own.digits.filter(({ read, taught }) => read !== null && taught === isTaught);
      const right = seen.filter(({ read, label }) => read === label).length;
      const share = seen.length ? right / seen.length : null;
      fill(first[index + 1], share, () => strings.handwriting.of(number.count(right), number.count(seen.length)));
    });
  }
}

/** A number in a cell of the table; a dash for none. @param {HTMLElement} cell @param {number | null} value @param {() => string} text */
function fill(cell, value, text) {
  const data = /** @type {HTMLDataElement} */ (cell.firstElementChild);
  data.value = value === null ? "" : String(value);
  write(data, () => (value === null ? strings.none : text()));
}

/** Strokes as x and y. @param {import("./sheet.js").Content} strokes @returns {[number, number][][]} */
function points({ samples, lengths }) {
  let at = 0;
  const rounded = (/** @type {number} */ value) => Math.round(1e4 * value) / 1e4;
  return Array.from(lengths, (length) =>
    Array.from({ length }, () => {
      at += 3;
      return /** @type {[number, number]} */ ([rounded(samples[at - 3]), rounded(samples[at - 2])]);
    }),
  );
}
