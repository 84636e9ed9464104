import { strings, write } from "./language.js";
import * as number from "./number.js";
import { summary } from "./settings.js";

/** What the worker does while a run goes on. @type {("training" | "testing" | "reading")[]} */
const KINDS = ["training", "testing", "reading"];

/** Where time goes: that of a run, and that of a training step. */
export class TimeTables {
  /**
   * @param {Document} document
   * @param {import("./settings.js").Settings} settings of the run that is ahead or under way: they may change
   * @param {(message: import("./worker.js").ToWorker) => void} send
   */
  constructor(document, settings, send) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.settings = settings;
    this.spent = /** @type {HTMLTableSectionElement} */ (find("spent-rows"));
    this.parts = /** @type {HTMLTableSectionElement} */ (find("part-rows"));
    this.total = find("part-total");
    this.note = find("profile-note");
    this.button = /** @type {HTMLButtonElement} */ (find("profile-button"));
    this.button.addEventListener("click", () => {
      this.button.disabled = true;
      write(this.note, () => strings.time.profiling);
      send({ kind: "profile" });
    });
  }

  /** Of a run, pauses left out. @param {import("./history.js").Run | null} run */
  show(run) {
    this.button.disabled = !run || this.isProfiling;
    if (!run) return;
    const { spent } = run;
    const rest = Math.max(0, spent.wall - KINDS.reduce((sum, kind) => sum + spent[kind], 0));
    fill(this.spent, [...KINDS.map((kind) => ({ name: () => strings.time.spent[kind], ms: spent[kind] })), { name: () => strings.time.rest, ms: rest }]);
  }

  get isProfiling() {
    return this.note.dataset.state === "running";
  }

  /** @param {import("./profiling.js").Profiled} message */
  showProfile({ parts, steps, done }) {
    this.note.dataset.state = done ? "done" : "running";
    this.button.disabled = !done;
    const rows = parts.map(({ part, layer, ms }) => ({
      name: () => strings.time.parts[part](number.count(layer)),
      ms: ms / steps,
    }));
    fill(this.parts, rows);
    const whole = rows.reduce((sum, { ms }) => sum + ms, 0);
    write(this.total, () => duration(whole));
    const settings = { ...this.settings };
    write(this.note, () => strings.time.profiled(number.count(steps), summary(settings, ["epochs", "seed", "data"])));
  }

  /** Whatever computes has gone: what it had begun will not be finished. */
  end() {
    this.note.dataset.state = "";
    write(this.note, () => "");
  }
}

/** In the unit that suits it. @param {number} ms */
function duration(ms) {
  if (ms >= 1000) return strings.seconds(number.seconds(ms / 1000));
  return ms < 1 ? strings.time.microseconds(number.rate(1000 * ms)) : strings.milliseconds(number.rate(ms));
}

/**
 * A row each, with its share as a number and as a bar.
 * @param {HTMLTableSectionElement} body
 * @param {{ name: () => string, ms: number }[]} rows
 */
function fill(body, rows) {
  const whole = rows.reduce((sum, { ms }) => sum + ms, 0);
  while (body.children.length > rows.length) body.lastElementChild?.remove();
  rows.forEach(({ name, ms }, index) => {
    let row = /** @type {HTMLTableRowElement | undefined} */ (body.children[index]);
    if (!row) {
      row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      row.append(head);
      for (let cell = 0; cell < 2; cell++) row.insertCell();
      row.cells[2].className = "share";
      row.cells[2].append(document.createElement("span"));
    }
    const part = whole > 0 ? ms / whole : 0;
    write(row.cells[0], name);
    row.dataset.ms = String(ms);
    write(row.cells[1], () => duration(ms));
    write(/** @type {Element} */ (row.cells[2].firstElementChild), () => number.percent1(part));
    row.cells[2].style.setProperty("--p", String(part));
  });
}
