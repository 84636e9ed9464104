import { strings, write } from "./language.js";
import * as number from "./number.js";
import { RANGES, numberIn, rateAt, rangeText } from "./settings.js";

/** @typedef {import("./worker.js").State} State */

/** In which states each may be used. @type {Record<"step" | "epoch" | "rate", State[]>} */
const ALLOWED = {
  step: ["ready", "paused"],
  epoch: ["ready", "paused", "training"],
  rate: ["ready", "paused", "training"],
};

/** Below the curve: one step, one epoch, and the learning rate, which may change at any time. */
export class Controls {
  /**
   * @param {Document} document
   * @param {import("./settings.js").Settings} settings
   * @param {(message: import("./worker.js").Control | import("./worker.js").ChangeRate) => void} send
   */
  constructor(document, settings, send) {
    const find = (/** @type {string} */ id) => document.getElementById(id);
    const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (find(id));
    this.settings = settings;
    this.send = send;
    this.step = button("step-button");
    this.epoch = button("epoch-button");
    this.rate = /** @type {HTMLInputElement} */ (find("learning-rate"));
    this.factors = /** @type {const} */ ([[button("halve-button"), 0.5], [button("double-button"), 2]]);
    this.note = /** @type {HTMLElement} */ (find("rate-note"));
    /** The step that comes next, counted over all epochs. */
    this.next = 1;
    this.mayChange = false;
    /** Whether the loss has gone beyond all numbers. */
    this.hasDiverged = false;
    /** What has been asked for and not been answered yet. @type {number | null} */
    this.asked = null;

    this.step.addEventListener("click", () => send({ kind: "step" }));
    this.epoch.addEventListener("click", () => send({ kind: "epoch" }));
    for (const [button, factor] of this.factors) button.addEventListener("click", () => this.change(this.current() * factor));
    this.rate.addEventListener("input", () => this.fill());
    this.rate.addEventListener("change", () => {
      const rate = numberIn(this.rate.value, RANGES.lr);
      if (rate !== null && rate !== this.current()) this.change(rate);
    });
    this.rate.addEventListener("blur", () => this.fill());
    this.show("starting");
  }

  /** The learning rate of the next step. */
  current() {
    return this.asked ?? rateAt(this.settings, this.next);
  }

  /** @param {number} rate */
  change(rate) {
    this.asked = rate;
    this.rate.value = String(rate);
    this.fill();
    this.send({ kind: "change-rate", rate });
  }

  /** @param {State} state */
  show(state) {
    this.step.disabled = !ALLOWED.step.includes(state);
    this.epoch.disabled = !ALLOWED.epoch.includes(state);
    this.mayChange = ALLOWED.rate.includes(state);
    // A question that came too late has no answer.
    if (!this.mayChange) this.asked = null;
    this.fill();
  }

  /** @param {import("./worker.js").Progress} message */
  showProgress({ epoch, stepsPerEpoch, step, losses }) {
    this.follow((epoch - 1) * stepsPerEpoch + step + 1);
    if (this.hasDiverged || Number.isFinite(losses.at(-1) ?? 0)) return;
    this.hasDiverged = true;
    this.fill();
  }

  /** Back to before the first step. */
  clear() {
    this.hasDiverged = false;
    this.next = 1;
    this.fill();
  }

  /** The run has come to another step. @param {number} next the step that comes next */
  follow(next) {
    const passed = (/** @type {number} */ at) => this.settings.rateChanges.filter(({ step }) => step <= at).length;
    const before = passed(this.next);
    this.next = next;
    if (passed(next) !== before) this.fill();
  }

  /** The worker has it. @param {import("./worker.js").RateChanged} message */
  showChange({ rate }) {
    if (rate === this.asked) this.asked = null;
    this.fill();
  }

  /** The learning rate, and where it changes. What is being typed stays. */
  fill() {
    const current = this.current();
    const typing = document.activeElement === this.rate;
    if (!typing) this.rate.value = String(current);
    const isWrong = numberIn(this.rate.value, RANGES.lr) === null;
    this.rate.setAttribute("aria-invalid", String(isWrong));
    this.rate.disabled = !this.mayChange;
    for (const [button, factor] of this.factors) {
      button.disabled = !this.mayChange || numberIn(String(current * factor), RANGES.lr) === null;
    }
    const { optimizer, rateChanges } = this.settings;
    const ahead = rateChanges.find(({ step }) => step > this.next);
    const behind = rateChanges.at(-1);
    write(this.note, () => {
      if (isWrong) return strings.settings.must(rangeText(RANGES.lr));
      if (this.hasDiverged) return strings.settings.diverged;
      if (ahead) return strings.settings.rateFrom(number.plain(ahead.rate), number.count(ahead.step));
      if (behind) return strings.settings.rateSince(number.plain(behind.rate), number.count(behind.step));
      return optimizer.name === "adam" && optimizer.decay ? strings.settings.falling : "";
    });
  }
}
