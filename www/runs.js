import { csv } from "./csv.js";
import { at, Curves } from "./curves.js";
import { save } from "./files.js";
import { MOST_RUNS } from "./history.js";
import { onLanguage, strings, write } from "./language.js";
import * as number from "./number.js";
import { picture } from "./picture.js";
import { difference, summary } from "./run-name.js";
import { TimeTables } from "./time-tables.js";
import { Zoom } from "./zoom.js";

/** @typedef {import("./history.js").Run} Run */

/** Steps that a point of the curves is the mean of, by the place of the slider. */
const WINDOWS = [1, 3, 10, 30, 100, 300, 1000];
/** How lines that are not the newest run's look, so that they differ without colour too. */
const LOOKS = ["--ink", "--ink-soft"].flatMap((stroke) => [[], [9, 4], [2, 3], [9, 3, 2, 3]].map((dash) => ({ stroke, dash })));
/** While a run goes on, curves and numbers follow it this often. */
const FOLLOW_MS = 100;
/** A key that is held down moves the cursor faster than anybody listens. */
const SPEAK_MS = 400;

/** The runs of this visit: their curves, what they came to, and where their time went. */
export class Runs {
  /**
   * @param {Document} document
   * @param {import("./history.js").History} history
   * @param {(message: import("./messages.js").ToWorker) => void} send
   */
  constructor(document, history, send) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.root = find("runs");
    this.history = history;
    this.curves = new Curves({ loss: find("runs-loss"), accuracy: find("runs-accuracy") });
    this.smoothing = /** @type {HTMLInputElement} */ (find("smoothing"));
    this.smoothingText = find("smoothing-text");
    this.log = /** @type {HTMLInputElement} */ (find("log-loss"));
    this.where = find("runs-where");
    this.say = find("runs-say");
    this.rows = find("run-rows");
    this.details = find("run-details");
    this.note = find("runs-note");
    this.buttons = Object.fromEntries(
      ["zoom-in", "zoom-out", "zoom-all", "runs-csv", "runs-png"].map((id) => [id, /** @type {HTMLButtonElement} */ (find(id))]),
    );
    this.time = new TimeTables(document, history.settings, send);
    /** How each run is drawn, from when it first is. @type {Map<number, number>} */
    this.looks = new Map();
    /** Runs that are not drawn, by number. @type {Set<number>} */
    this.hidden = new Set();
    /** The run whose epochs are shown; the newest where none is chosen. @type {Run | null} */
    this.chosen = null;
    this.isSeen = false;
    this.isDue = false;
    this.drawn = 0;
    this.speaking = 0;

    const chart = find("runs-chart");
    this.zoom = new Zoom(chart, {
      limits: () => [0, Math.max(1, ...this.shown().map(({ epochs }) => epochs))],
      least: () => 20 / this.finest(),
      box: () => {
        const over = chart.querySelector(".u-over");
        return (over ?? chart).getBoundingClientRect();
      },
      step: () => this.curves.spacing,
      moved: () => this.draw(),
      pointed: (epoch, byKey) => this.point(epoch, byKey),
      selected: (stretch) => this.curves.select(stretch),
    });
    this.smoothing.max = String(WINDOWS.length - 1);
    this.smoothing.addEventListener("input", () => this.draw());
    this.log.addEventListener("change", () => this.draw());
    this.buttons["zoom-in"].addEventListener("click", () => this.zoom.key(new KeyboardEvent("keydown", { key: "+" })));
    this.buttons["zoom-out"].addEventListener("click", () => this.zoom.key(new KeyboardEvent("keydown", { key: "-" })));
    this.buttons["zoom-all"].addEventListener("click", () => this.zoom.all());
    this.buttons["runs-csv"].addEventListener("click", () => this.download("csv"));
    this.buttons["runs-png"].addEventListener("click", () => this.download("png"));

    history.watch(() => this.due());
    const anew = () => {
      this.curves.forget();
      this.due();
    };
    onLanguage(anew);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", anew);
    new ResizeObserver(anew).observe(chart);
    new IntersectionObserver((entries) => {
      this.isSeen = entries[entries.length - 1].isIntersecting;
      if (this.isSeen) this.due();
    }).observe(this.root);
    this.due();
  }

  /** Shows what is new, soon: with a frame, not with every one, and not where nobody sees it. */
  due() {
    if (this.isDue || !this.isSeen) return;
    this.isDue = true;
    setTimeout(
      () =>
        requestAnimationFrame(() => {
          this.isDue = false;
          this.show();
        }),
      Math.max(0, this.drawn + FOLLOW_MS - performance.now()),
    );
  }

  /** Runs that are drawn, the newest last. */
  shown() {
    return this.history.runs.filter(({ id }) => !this.hidden.has(id));
  }

  /** Most steps of an epoch. */
  finest() {
    return Math.max(1, ...this.shown().map(({ log }) => log.stepsPerEpoch));
  }

  /** The newest run is vermilion; every other keeps a look of its own. @param {Run} run @returns {import("./curves.js").Line} */
  line(run) {
    let look = this.looks.get(run.id);
    if (look === undefined) {
      const taken = new Set(this.history.runs.map(({ id }) => this.looks.get(id)));
      look = LOOKS.findIndex((_, index) => !taken.has(index));
      this.looks.set(run.id, look);
    }
    if (run === this.history.runs.at(-1)) return { run, stroke: "--vermilion", dash: [], width: 2 };
    return { run, ...LOOKS[look], width: 1.5 };
  }

  get window() {
    return WINDOWS[Number(this.smoothing.value)];
  }

  /** @returns {import("./curves.js").View} */
  view() {
    return { stretch: this.zoom.stretch, window: this.window, log: this.log.checked };
  }

  /** Everything as it is now. */
  show() {
    const { runs } = this.history;
    this.root.dataset.state = runs.length ? "shown" : "empty";
    for (const control of /** @type {NodeListOf<HTMLButtonElement>} */ (this.root.querySelectorAll(".chart-tools :disabled"))) {
      control.disabled = false;
    }
    if (this.chosen && !runs.includes(this.chosen)) this.chosen = null;
    this.list();
    this.draw();
    this.detail();
  }

  draw() {
    this.drawn = performance.now();
    write(this.smoothingText, () => (this.window === 1 ? strings.runs.each : strings.runs.meanOf(number.count(this.window))));
    const lines = this.shown().map((run) => this.line(run));
    const none = lines.length === 0;
    for (const button of Object.values(this.buttons)) button.disabled = none;
    if (this.zoom.chosen === null) this.buttons["zoom-out"].disabled = this.buttons["zoom-all"].disabled = true;
    this.curves.draw(lines, this.view());
    const [from, to] = this.zoom.stretch;
    this.root.dataset.from = String(from);
    this.root.dataset.to = String(to);
    this.numbers();
  }

  // ---- The table of runs ----

  /** A row a run, the newest first. Rows stay while their runs do, for somebody may be on one with the keyboard. */
  list() {
    const { runs } = this.history;
    const known = new Map([...this.rows.children].map((row) => [Number(/** @type {HTMLElement} */ (row).dataset.run), row]));
    const wanted = [...runs].reverse().map((run) => known.get(run.id) ?? this.row(run));
    for (const row of known.values()) if (!wanted.includes(row)) row.remove();
    wanted.forEach((row, index) => {
      if (this.rows.children[index] !== row) this.rows.insertBefore(row, this.rows.children[index] ?? null);
    });
    for (const run of runs) this.describe(run);
    write(this.note, () => (runs.length === MOST_RUNS ? strings.runs.full(number.count(MOST_RUNS)) : ""));
  }

  /** @param {Run} run */
  row(run) {
    const row = document.createElement("tr");
    row.dataset.run = String(run.id);
    const [show, shown] = [document.createElement("label"), document.createElement("input")];
    shown.type = "checkbox";
    shown.checked = true;
    write(shown, () => strings.runs.show(String(run.id)), "aria-label");
    shown.addEventListener("change", () => {
      if (shown.checked) this.hidden.delete(run.id);
      else this.hidden.add(run.id);
      this.show();
    });
    const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    swatch.setAttribute("viewBox", "0 0 40 8");
    swatch.setAttribute("aria-hidden", "true");
    swatch.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    swatch.firstElementChild?.setAttribute("d", "M0 4H40");
    show.append(shown, swatch);

    const head = document.createElement("th");
    head.scope = "row";
    const choose = document.createElement("button");
    choose.type = "button";
    choose.className = "run-name";
    choose.addEventListener("click", () => {
      this.chosen = run;
      this.show();
    });
    head.append(choose);
    const cells = ["loss", "accuracy", "test-loss", "test-accuracy", "step-ms"].map((name) => {
      const [cell, data] = [document.createElement("td"), document.createElement("data")];
      cell.className = `run-${name}`;
      cell.append(data);
      return cell;
    });
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "run-remove";
    remove.textContent = "×";
    write(remove, () => strings.runs.remove(String(run.id)), "aria-label");
    remove.addEventListener("click", () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      this.history.remove(run);
      this.show();
      /** @type {HTMLElement | null} */ ((next ?? this.root).querySelector(".run-remove"))?.focus();
    });
    const [first, last] = [document.createElement("td"), document.createElement("td")];
    first.append(show);
    last.append(remove);
    row.append(first, head, ...cells, last);
    return row;
  }

  /** What may change in a run's row, but for the numbers at the cursor. @param {Run} run */
  describe(run) {
    const row = this.rowOf(run);
    const { stroke, dash } = this.line(run);
    const path = /** @type {SVGElement} */ (row.querySelector("path"));
    path.setAttribute("stroke-dasharray", dash.join(" "));
    path.setAttribute("class", `stroke${stroke}`);
    const name = /** @type {HTMLElement} */ (row.querySelector(".run-name"));
    write(name, () => strings.runs.named(String(run.id), difference(run, this.history.runs)));
    name.setAttribute("aria-pressed", String(run === this.detailed()));
    const steps = run.log.steps;
    this.put(row, "step-ms", steps ? (1000 * run.seconds) / steps : null, number.three);
  }

  /** @param {Run} run */
  rowOf(run) {
    return /** @type {HTMLElement} */ (this.rows.querySelector(`[data-run="${run.id}"]`));
  }

  /** @param {HTMLElement} row @param {string} name @param {number | null} value @param {(value: number) => string} say */
  put(row, name, value, say) {
    const place = /** @type {HTMLDataElement} */ (row.querySelector(`.run-${name} data`));
    place.value = value === null ? "" : String(value);
    write(place, () => (value === null ? strings.none : say(value)));
  }

  /** The numbers at the cursor; where it is nowhere, those of the last step. */
  numbers() {
    const { cursor } = this.zoom;
    for (const run of this.history.runs) {
      const { log } = run;
      const point = at(run, cursor ?? log.steps / log.stepsPerEpoch, this.window);
      const test = point && log.tests.filter(({ step }) => step <= point.step).at(-1);
      const row = this.rowOf(run);
      if (!row) continue;
      row.dataset.step = String(point?.step ?? "");
      this.put(row, "loss", point?.loss ?? null, number.four);
      this.put(row, "accuracy", point?.accuracy ?? null, number.percent2);
      this.put(row, "test-loss", test?.loss ?? null, number.four);
      this.put(row, "test-accuracy", test?.accuracy ?? null, number.percent2);
    }
    write(this.where, () => (cursor === null ? strings.runs.atEnd : strings.runs.atEpoch(number.plain(Number(cursor.toFixed(3))))));
  }

  /** @param {number | null} epoch @param {boolean} byKey */
  point(epoch, byKey) {
    this.curves.point(epoch);
    this.numbers();
    const run = this.shown().at(-1);
    clearTimeout(this.speaking);
    if (!byKey || epoch === null || !run) return;
    this.speaking = setTimeout(() => {
      const point = at(run, epoch, this.window);
      this.say.textContent = point
        ? strings.runs.say(String(run.id), number.count(point.step), number.four(point.loss), number.percent2(point.accuracy))
        : strings.runs.sayNothing(String(run.id));
    }, SPEAK_MS);
  }

  // ---- One run ----

  detailed() {
    return this.chosen ?? this.history.runs.at(-1) ?? null;
  }

  /** What the chosen run was, and its epochs. */
  detail() {
    const run = this.detailed();
    this.details.hidden = !run;
    this.time.show(run);
    if (!run) return;
    const say = (/** @type {string} */ id, /** @type {() => string} */ text) =>
      write(/** @type {HTMLElement} */ (document.getElementById(id)), text);
    const { log, seconds, computes, digest } = run;
    const last = computes.at(-1);
    say("run-title", () => strings.runs.named(String(run.id), ""));
    say("run-summary", () => summary(run));
    say("run-backend", () => (last ? (last.backend === "gpu" ? strings.webgpu(last.adapter) : strings.processor(strings.backends[last.build], number.count(last.threads), last.threads === 1)) : strings.none));
    say("run-steps", () => strings.stepsIn(number.count(log.steps), number.seconds(seconds)));
    say("run-rate", () => (seconds > 0 ? number.rate(log.sums.count[log.steps] / seconds) : strings.none));
    say("run-digest", () => digest ?? strings.none);

    const rows = /** @type {HTMLTableSectionElement} */ (document.getElementById("run-epochs"));
    const whole = run.epochEnds.length;
    /** @type {HTMLElement} */ (rows.closest(".scroll")).hidden = whole === 0;
    if (rows.dataset.run !== String(run.id)) rows.replaceChildren();
    rows.dataset.run = String(run.id);
    while (rows.children.length < whole) {
      const row = rows.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      row.append(head);
      for (let i = 0; i < 5; i++) row.insertCell();
    }
    run.epochEnds.forEach(({ epoch, loss, accuracy, seconds }, index) => {
      const test = log.tests.find(({ step }) => step === epoch * log.stepsPerEpoch);
      const texts = [
        () => number.count(epoch),
        () => number.four(loss),
        () => number.four(accuracy),
        () => (test ? number.four(test.loss) : strings.none),
        () => (test ? number.four(test.accuracy) : strings.none),
        () => strings.seconds(number.seconds(seconds)),
      ];
      const cells = rows.children[index]?.children ?? [];
      for (const [place, cell] of [...cells].entries()) write(cell, texts[place]);
    });
  }

  // ---- To keep ----

  /** @param {"csv" | "png"} kind */
  async download(kind) {
    const runs = this.shown();
    const button = this.buttons[`runs-${kind}`];
    button.disabled = true;
    try {
      const blob = await (kind === "csv" ? csv(runs, (part) => write(this.note, () => strings.runs.writing(number.percent(part)))) : this.picture(runs));
      const name = `sumi-${runs.length === 1 ? "run" : "runs"}-${runs.map(({ id }) => id).join("-")}.${kind}`;
      save(blob, name);
      write(this.note, () => strings.runs.saved(name));
    } catch (error) {
      write(this.note, () => strings.runs.unsaved(error instanceof Error ? error.message : String(error)));
    }
    button.disabled = false;
  }

  /** @param {Run[]} runs */
  picture(runs) {
    const lines = runs.map((run) => this.line(run));
    const title = strings.runs.title;
    const legend = runs.map((run) => strings.runs.named(String(run.id), summary(run)));
    return picture(this.curves, lines, this.view(), { title, loss: strings.runs.loss(this.smoothingText.textContent ?? ""), accuracy: strings.runs.accuracy(this.smoothingText.textContent ?? ""), legend });
  }
}
