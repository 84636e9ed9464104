import { DIGITS, button, heading, make, picture, rove, ten } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { argmax, clear, paint, tenPlaces } from "./pictures.js";

/** So many digits are listed at first, and so many more each time. */
const LISTED = 24;

/** Which test digits are taken for which, those that are chosen of them, and one with its probabilities. */
export class Mistakes {
  /** @param {Document} document @param {import("./insights.js").Insights} insights */
  constructor(document, insights) {
    this.insights = insights;
    this.root = /** @type {HTMLElement} */ (document.getElementById("mistakes"));
    this.note = /** @type {HTMLElement} */ (document.getElementById("mistakes-note"));
    /** Whose digits are listed; nothing: all mistakes. @type {import("./insight.js").Cell | null} */
    this.cell = null;
    this.count = LISTED;
    /** The test digit that is chosen to be looked at; nothing: the first that is listed. @type {number | null} */
    this.chosen = null;
    /** The one that is. @type {number | null} */
    this.row = null;
    /** What is listed. @type {import("./insight.js").TestDigits | null} */
    this.digits = null;
    /** Whether somebody has chosen, and is to hear what is listed then. */
    this.isAsked = false;

    const { matrix, cells } = this.buildMatrix();
    const { table, rows } = this.buildClasses();
    this.cells = cells;
    this.classes = rows;
    this.title = make("h3#list-title", "");
    this.all = button("#all-mistakes", () => this.choose(null), () => strings.mistakes.all);
    this.list = make("ol#listed");
    /** @type {{ item: HTMLLIElement, button: HTMLButtonElement, canvas: HTMLCanvasElement, caption: HTMLElement }[]} */
    this.tiles = [];
    this.more = button("#more-mistakes", () => this.showMore());
    this.picture = picture();
    this.words = make("p#mistake-words", "");
    const look = () => this.row !== null && insights.lookInside(this.row);
    this.look = button("#look-inside", look, () => strings.mistakes.lookInside);
    const probabilities = ten("mistake-probabilities");
    write(probabilities, () => strings.page.tenProbabilities, "aria-label");
    this.probabilities = tenPlaces(probabilities);
    const one = make("div.one-digit", this.picture, make("div.one-digit-words", this.words, this.look), probabilities);
    const listed = make("div.listed", make("div.listed-head", this.title, this.all), one, this.list, this.more);
    const body = make("div#mistakes-body", make("div.column-of", matrix, table), listed);
    this.root.querySelector(".reserved")?.replaceWith(body);
    this.showList();
    insights.watch(body, () => ({ mistakes: { cell: this.cell, count: this.count } }));
  }

  /** Ten rows of ten buttons: arrows go from one to the next. */
  buildMatrix() {
    const cells = DIGITS.flatMap((label) =>
      DIGITS.map((digit) => {
        const cell = button("", () => this.choose({ label, digit }));
        cell.dataset.right = String(label === digit);
        cell.setAttribute("aria-pressed", "false");
        return cell;
      }),
    );
    const rows = DIGITS.map((label) =>
      make("tr", heading("row", String(label)), ...DIGITS.map((digit) => make("td", cells[10 * label + digit]))),
    );
    const corner = make("td");
    const matrix = make(
      "table#confusion.numbers",
      make("caption.quiet", () => strings.mistakes.matrix),
      make("thead", make("tr", corner, ...DIGITS.map((digit) => heading("col", String(digit))))),
      make("tbody", ...rows),
    );
    rove(matrix, cells, () => 10);
    return { matrix, cells };
  }

  /** How well each digit is read: a table with bars in it. */
  buildClasses() {
    const keys = /** @type {const} */ (["digit", "of", "right", "wrong", "takenFor", "precision"]);
    const heads = keys.map((key) => heading("col", () => strings.mistakes.columns[key]));
    const rows = DIGITS.map((digit) => {
      const [of, right, wrong, takenFor, precision] = ["of", "right", "wrong", "takenFor", "precision"].map(() => make("data"));
      const rod = make("span.rod");
      const cells = [make("td", of), make("td", right), make("td", rod, wrong), make("td", takenFor), make("td", precision)];
      const row = make("tr", heading("row", String(digit)), ...cells);
      return { row, rod, of, right, wrong, takenFor, precision };
    });
    for (const { of, right, wrong, takenFor, precision } of rows) {
      for (const place of [of, right, wrong, takenFor, precision]) write(place, () => strings.none);
    }
    const caption = make("caption", () => strings.mistakes.classes);
    const table = make("table#classes.numbers", caption, make("thead", make("tr", ...heads)), make("tbody", ...rows.map(({ row }) => row)));
    return { table, rows };
  }

  /** @param {import("./insight.js").Sight} sight */
  show(sight) {
    if (sight.what !== "mistakes") return;
    this.digits = sight.digits;
    this.showCounts(sight.view);
    // A list that has been asked for before another was chosen is out of date.
    const { cell } = this;
    if (cell?.label === sight.cell?.label && cell?.digit === sight.cell?.digit) this.showList();
  }

  /** @param {import("./insight.js").ConfusionView} view */
  showCounts({ steps, counts, recalls, precisions }) {
    const at = (/** @type {number} */ label, /** @type {number} */ digit) => counts[10 * label + digit];
    const sum = (/** @type {(digit: number) => number} */ of) => DIGITS.reduce((total, digit) => total + of(digit), 0);
    const total = sum((label) => sum((digit) => at(label, digit)));
    const right = sum((digit) => at(digit, digit));
    const most = Math.max(1, ...counts.filter((/** @type {number} */ _, /** @type {number} */ index) => index % 11 !== 0));
    this.cells.forEach((cell, index) => {
      const [label, digit, count] = [Math.floor(index / 10), index % 10, counts[index]];
      if (cell.dataset.count !== String(count)) {
        cell.dataset.count = String(count);
        cell.textContent = count ? String(count) : "";
        write(cell, () => strings.mistakes.cell(label, digit, String(count)), "aria-label");
      }
      // By the root: a single mistake shall be seen beside dozens.
      const part = (label === digit ? recalls[digit] || 0 : Math.sqrt(count / most)).toFixed(2);
      if (cell.style.getPropertyValue("--part") !== part) cell.style.setProperty("--part", part);
    });

    const worst = Math.max(Number.MIN_VALUE, ...DIGITS.map((digit) => 1 - recalls[digit] || 0));
    this.classes.forEach(({ rod, of, right, wrong, takenFor, precision }, digit) => {
      const all = sum((other) => at(digit, other));
      const others = DIGITS.filter((other) => other !== digit);
      const rival = others.reduce((best, other) => (at(digit, other) > at(digit, best) ? other : best));
      const put = (/** @type {HTMLDataElement} */ place, /** @type {number} */ value, /** @type {(value: number) => string} */ say) => {
        place.value = String(value);
        write(place, () => (Number.isNaN(value) ? strings.none : say(value)));
      };
      put(of, all, number.count);
      put(right, recalls[digit], number.percent1);
      put(wrong, all - at(digit, digit), number.count);
      put(precision, precisions[digit], number.percent1);
      put(takenFor, at(digit, rival) ? rival : NaN, () => strings.mistakes.takenFor(rival, number.count(at(digit, rival))));
      rod.style.setProperty("--part", String((1 - recalls[digit] || 0) / worst));
    });

    write(this.note, () =>
      strings.mistakes.summary(number.count(total - right), number.count(total), number.percent2(right / total), number.count(steps), steps === 0),
    );
    this.root.dataset.steps = String(steps);
    this.root.dataset.state = "shown";
  }

  /** @param {import("./insight.js").Cell | null} cell */
  choose(cell) {
    this.cell = cell;
    this.count = LISTED;
    this.chosen = null;
    this.isAsked = true;
    this.cells.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(cell !== null && index === 10 * cell.label + cell.digit));
    });
    this.insights.tell();
  }

  showMore() {
    this.count += LISTED;
    this.insights.tell();
  }

  /** What is chosen, as far as it is listed. */
  showList() {
    const { digits, cell } = this;
    const total = digits?.total ?? 0;
    const title = () =>
      !digits
        ? strings.mistakes.none
        : cell === null
          ? strings.mistakes.list(number.count(total), total)
          : strings.mistakes.cellList(cell.label, cell.digit, number.count(total), total);
    write(this.title, title);
    this.title.dataset.total = String(total);
    this.all.hidden = cell === null;
    const rows = digits?.rows ?? [];
    while (this.tiles.length < rows.length) this.tiles.push(this.buildTile(this.tiles.length));
    this.tiles.forEach(({ item, button, canvas, caption }, index) => {
      item.hidden = index >= rows.length;
      if (item.hidden || !digits) return;
      const { label, read, probability } = at(digits, index);
      paint(canvas, digits.answers, index);
      write(caption, () => strings.mistakes.tile(label, read, number.percent(Math.min(probability, 0.99))));
      // The button's name is what its picture and its caption say.
      write(canvas, () => strings.mistakes.digit(number.count(rows[index] + 1), label, read, sure(probability)), "aria-label");
      Object.assign(button.dataset, { row: rows[index], label, digit: read, probability });
    });
    this.more.hidden = rows.length >= total;
    write(this.more, () => strings.mistakes.more(number.count(Math.min(LISTED, total - rows.length))));
    this.showDigit();
    if (this.isAsked && digits) this.insights.say(title());
    this.isAsked = false;
  }

  /** @param {number} index */
  buildTile(index) {
    const [canvas, caption] = [picture(), make("span")];
    const press = () => {
      this.chosen = this.digits?.rows[index] ?? null;
      this.showDigit();
      this.insights.say(this.words.textContent ?? "");
    };
    const tile = button("", press, canvas, caption);
    const item = make("li", tile);
    this.list.append(item);
    return { item, button: tile, canvas, caption };
  }

  /** The digit that is looked at, with what it is given. */
  showDigit() {
    const { digits } = this;
    const rows = [...(digits?.rows ?? [])];
    // What is no longer among them gives way to the first.
    const index = Math.max(0, this.chosen === null ? 0 : rows.indexOf(this.chosen));
    const found = rows.length > 0;
    this.row = found ? rows[index] : null;
    this.tiles.forEach(({ button }, other) => button.setAttribute("aria-pressed", String(found && other === index)));
    this.look.disabled = !found;
    if (!digits || !found) {
      clear(this.picture);
      this.probabilities(null, number.three);
      write(this.words, () => (digits ? strings.mistakes.nothingHere : strings.none));
      return;
    }
    paint(this.picture, digits.answers, index);
    const { label, read, probability } = at(digits, index);
    const row = rows[index];
    const given = digits.answers.probabilities.subarray(10 * index, 10 * index + 10);
    write(this.words, () =>
      label === read
        ? strings.mistakes.rightWords(number.count(row + 1), label, sure(probability))
        : strings.mistakes.wrongWords(number.count(row + 1), label, read, sure(probability), sure(given[label])),
    );
    this.probabilities(given, number.three, read);
    this.words.dataset.row = String(row);
  }
}

/** Label, answer and probability of what is listed there. @param {import("./insight.js").TestDigits} digits @param {number} index */
function at({ answers: { labels, probabilities } }, index) {
  const read = argmax(probabilities, index);
  return { label: labels[index], read, probability: probabilities[10 * index + read] };
}

/** What rounds to 100 % is not certain, nor what rounds to 0 % impossible. @param {number} probability */
function sure(probability) {
  if (probability < 0.0005) return strings.under(number.percent1(0.001));
  return probability >= 0.9995 ? strings.over(number.percent1(0.999)) : number.percent1(probability);
}
