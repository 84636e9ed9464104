import { DuelChart } from "./duel-chart.js";
import { onLanguage, strings, write } from "./language.js";
import * as number from "./number.js";
import { RunLog } from "./run-log.js";
import { parameterCount, summary } from "./settings.js";

/** @typedef {import("./referee.js").Contender} Contender */

/** Who can be set against whom, by the value of the form's choice. @type {Record<string, [Contender, Contender]>} */
const PAIRS = { gpu: ["gpu", "simd"], reference: ["reference", "simd"], threads: ["single", "simd"] };

/** Multiply-adds of a step's forward pass, beyond which plain loops take longer for each than anybody waits. */
const MOST_WORK = 5e8;

/** Two backends on one task, side by side: the same curve, how far apart they come, and how fast each is. */
export class DuelPanel {
  /**
   * @param {Document} document
   * @param {import("./settings.js").Settings} settings of the run that is ahead or under way: they may change
   * @param {(message: import("./worker.js").ToWorker) => void} send
   */
  constructor(document, settings, send) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.find = find;
    this.root = find("duel");
    this.settings = settings;
    this.send = send;
    this.pair = /** @type {HTMLSelectElement} */ (find("duel-pair"));
    this.length = /** @type {HTMLSelectElement} */ (find("duel-steps"));
    this.button = /** @type {HTMLButtonElement} */ (find("duel-button"));
    this.note = find("duel-note");
    this.of = find("duel-of");
    this.verdict = find("duel-verdict");
    this.chart = new DuelChart(document);
    /** @type {import("./worker.js").Computes | null} */
    this.computes = null;
    /** @type {import("./referee.js").DuelBegun | null} */
    this.begun = null;
    /** @type {[Contender, Contender]} */
    this.contenders = PAIRS.gpu;
    this.logs = [new RunLog(1), new RunLog(1)];
    /** @type {[number, number]} */
    this.ms = [0, 0];
    this.pending = false;

    find("duel-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.root.dataset.state === "running") send({ kind: "end-duel" });
      else this.start();
    });
    this.pair.addEventListener("change", () => this.showSettings());
    this.become("empty");
    this.clear();
    onLanguage(() => this.chart.anew());
    // Where there is no WebGPU in the page, there is none in its worker.
    if (!("gpu" in navigator)) this.without({ kind: self.isSecureContext ? "missing" : "insecure" });
  }

  /** @param {"empty" | "running" | "done" | "stopped" | "interrupted" | "failed"} state */
  become(state) {
    this.root.dataset.state = state;
    const runs = state === "running";
    write(this.button, () => (runs ? strings.duel.stop : strings.duel.start));
    this.pair.disabled = this.length.disabled = runs;
  }

  /** There are digits, and something to compute with: then it can begin. @param {import("./worker.js").Computes} message */
  showComputes(message) {
    this.computes = message;
    this.button.disabled = false;
    const alone = message.threads === 1;
    const option = /** @type {HTMLOptionElement} */ (this.pair.querySelector("[value=threads]"));
    option.disabled = alone;
    if (alone && this.pair.value === "threads") this.pair.value = "reference";
    this.clear();
  }

  /** Other settings, or another pair. */
  showSettings() {
    if (this.root.dataset.state === "running") return;
    write(this.note, () => "");
    this.clear();
  }

  /** Whatever computes has gone: what it had begun will not be finished. */
  end() {
    this.button.disabled = true;
    if (this.root.dataset.state !== "running") return;
    this.become("stopped");
    write(this.note, () => strings.duel.ends.stopped);
  }

  start() {
    const { layers, batch } = this.settings;
    this.clear();
    if (this.contenders.includes("reference") && parameterCount(layers) * batch > MOST_WORK) {
      return write(this.note, () => strings.duel.tooLarge);
    }
    this.become("running");
    write(this.note, () => strings.duel.starting);
    this.send({ kind: "duel", contenders: this.contenders, steps: Number(this.length.value) });
  }

  /** Nothing has been run of the pair that is chosen. */
  clear() {
    if (this.root.dataset.state === "running") return;
    this.contenders = PAIRS[this.pair.value];
    const settings = { ...this.settings };
    // It is as long as is chosen here.
    write(this.of, () => summary(settings, ["epochs"]));
    this.begun = null;
    this.logs = [new RunLog(1), new RunLog(1)];
    this.ms = [0, 0];
    write(this.verdict, () => "");
    for (const side of [0, 1]) this.put("accuracy", side, () => strings.none);
    this.names();
    this.show();
  }

  /** @param {string} name @param {number} side @param {() => string} text */
  put(name, side, text) {
    write(this.find(`duel-${name}-${side}`), text);
  }

  /** Who the two are. */
  names() {
    this.contenders.forEach((contender, side) => {
      const name = () => this.name(contender);
      for (const place of ["name", "key", "bar"]) this.put(place, side, name);
      this.put("backend", side, () => this.backend(contender));
    });
  }

  /** @param {Contender} contender */
  name(contender) {
    if (!this.contenders.includes("single")) return strings.duel.names[contender];
    const threads = contender === "single" ? 1 : (this.computes?.threads ?? 1);
    return strings.duel.threads(number.count(threads), threads === 1);
  }

  /** @param {Contender} contender */
  backend(contender) {
    if (contender === "gpu") {
      // Whether there is one is seen when it begins.
      if (!this.begun) return strings.none;
      const { adapter, software } = this.begun;
      return software ? strings.duel.software(strings.webgpu(adapter)) : strings.webgpu(adapter);
    }
    if (contender === "reference") return strings.duel.loops;
    const threads = contender === "single" ? 1 : (this.computes?.threads ?? 1);
    return strings.processor(strings.backends[this.computes?.build ?? "simd128"], number.count(threads), threads === 1);
  }

  /** @param {import("./referee.js").DuelBegun} message */
  showBegun(message) {
    this.begun = message;
    this.names();
    write(this.note, () => (message.hasPaused ? strings.duel.paused : ""));
    this.show();
  }

  /** @param {import("./referee.js").DuelProgress} message */
  showProgress({ side, losses, correct, counts, ms }) {
    this.logs[side].add(losses, correct, counts);
    this.ms[side] = ms;
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.show();
    });
  }

  /** Numbers and curves as they are now. */
  show() {
    const whole = this.begun?.steps ?? 0;
    this.logs.forEach(({ steps, sums }, side) => {
      const bar = /** @type {HTMLProgressElement} */ (this.find(`duel-progress-${side}`));
      bar.max = whole || 1;
      bar.value = steps;
      // The first step is not timed.
      const step = steps > 1 ? this.ms[side] / (steps - 1) : 0;
      this.put("count", side, () => (whole ? strings.stepOf(number.count(steps), number.count(whole)) : ""));
      this.put("step", side, () => (step ? strings.milliseconds(number.rate(step)) : strings.none));
      this.put("rate", side, () => (step ? number.rate((1000 * sums.count[steps]) / steps / step) : strings.none));
      const last = Math.max(0, steps - 100);
      this.put("loss", side, () => (steps ? number.four(this.logs[side].loss(last, steps)) : strings.none));
    });
    this.chart.show(this.logs, whole);
  }

  /** Largest difference of the two losses in a step, and in which. */
  difference() {
    const [one, other] = this.logs;
    let [largest, at] = [0, 0];
    for (let step = 0; step < Math.min(one.steps, other.steps); step++) {
      const difference = Math.abs(one.losses[step] - other.losses[step]);
      if (difference > largest) [largest, at] = [difference, step + 1];
    }
    return { largest, at };
  }

  /** @param {import("./referee.js").DuelOver} message */
  showOver({ end, weights, accuracy }) {
    this.show();
    this.become(end);
    if (accuracy) accuracy.forEach((value, side) => this.put("accuracy", side, () => number.percent2(value)));
    const { largest, at } = this.difference();
    const steps = this.logs.map((log) => log.steps);
    const [first, second] = this.ms.map((ms, side) => ms / Math.max(1, steps[side] - 1));
    const faster = this.contenders[first < second ? 0 : 1];
    const factor = Math.max(first, second) / Math.min(first, second);
    const data = this.root.dataset;
    [data.loss, data.weight, data.mean] = [String(largest), String(weights?.largest ?? ""), String(weights?.mean ?? "")];
    write(this.note, () => strings.duel.ends[end]);
    write(this.verdict, () => {
      if (!weights) return "";
      const sentences = [
        strings.duel.faster(number.rate(factor), this.name(faster)),
        largest === 0 ? strings.duel.sameLoss : strings.duel.loss(number.rough(largest), number.count(at)),
        weights.largest === 0 ? strings.duel.sameWeights : strings.duel.weights(number.rough(weights.largest), number.rough(weights.mean)),
      ];
      return strings.together(sentences);
    });
  }

  /** @param {import("./referee.js").DuelFailed} message */
  showFailed({ why, message }) {
    this.become("failed");
    if (why) this.without(why);
    else write(this.note, () => strings.duel.failed(message));
  }

  /** There is no GPU: the plain loops take its place. @param {import("./worker.js").Why} why */
  without(why) {
    this.pair.value = "reference";
    this.clear();
    write(this.note, () => strings.together([strings.why[why.kind](why.message ?? "", "", ""), strings.duel.instead]));
  }
}
