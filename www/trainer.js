import { Chart } from "./chart.js";
import { onLanguage, strings, write } from "./language.js";
import * as number from "./number.js";
import { DIGITS } from "./settings.js";

/**
 * @typedef {import("./worker.js").State} State
 * @typedef {import("./settings.js").Settings} Settings
 */

/** Where each state leaves the buttons: [which label of the main one, may it be pressed, stop, reset]. */
const BUTTONS = /** @type {Record<State, [keyof typeof strings.buttons, boolean, boolean, boolean]>} */ ({
  starting: ["train", false, false, false],
  waiting: ["train", true, false, false],
  loading: ["train", true, false, false],
  queued: ["cancel", true, false, false],
  ready: ["train", true, false, false],
  training: ["pause", true, true, true],
  paused: ["resume", true, true, true],
  evaluating: ["pause", true, false, false],
  done: ["again", true, false, true],
  stopped: ["again", true, false, true],
  failed: ["train", false, false, false],
  broken: ["train", false, false, false],
  unsupported: ["train", false, false, false],
});

/** The column of the epochs' table that has the test after each. */
const TEST = 3;

/** Milliseconds that an epoch keeps silent after whatever was spoken: a sentence takes some seconds, and epochs may be short. */
const SAY_MS = 4000;

/** The left panel: buttons, progress, curve, epochs, speed. It shows what the worker says and decides nothing. */
export class TrainPanel {
  /**
   * @param {Document} document
   * @param {Settings} settings
   * @param {import("./history.js").History} history which has heard of everything first
   */
  constructor(document, settings, history) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.body = document.body;
    this.settings = settings;
    this.history = history;
    this.main = /** @type {HTMLButtonElement} */ (find("train-button"));
    this.stop = /** @type {HTMLButtonElement} */ (find("stop-button"));
    this.reset = /** @type {HTMLButtonElement} */ (find("reset-button"));
    this.dataset = find("dataset");
    this.headline = find("headline-number");
    this.headlineText = find("headline-text");
    this.progress = /** @type {HTMLProgressElement} */ (find("progress"));
    this.progressText = find("progress-text");
    this.progressDetail = find("progress-detail");
    this.scroll = find("epoch-scroll");
    this.rows = find("epoch-rows");
    this.testRow = find("test-row");
    this.testCount = find("test-count");
    this.samples = find("samples-per-second");
    this.stepMs = find("step-ms");
    this.backend = find("backend");
    this.backendNote = find("backend-note");
    this.failure = find("failure");
    this.failureTitle = find("failure-title");
    this.failureMessage = find("failure-message");
    this.retry = find("retry-button");
    this.builtin = find("builtin-button");
    this.reload = find("reload-button");
    this.announce = find("announce");
    this.saidAt = 0;
    // What was said was said in the other language.
    onLanguage(() => this.say(""));
    this.chart = new Chart(document);

    this.counts = { train: DIGITS[settings.data], test: 10000 };
    this.epoch = 1;
    this.trainSeconds = 0;
    /** @type {State} */
    this.state = "starting";
    /** @type {import("./worker.js").Progress | null} */
    this.latest = null;
    this.pending = false;
    /** Where the digits came from, if that is worth saying. @type {(() => string) | null} */
    this.origin = null;
    this.nameDigits(settings.data);
    this.clear();
  }

  /** Which digits, and how many. @param {Settings["data"]} source */
  nameDigits(source) {
    const { train } = this.counts;
    write(this.dataset, () => strings.dataset[source](number.count(train)));
  }

  /** Back to before the first step. */
  clear() {
    const { epochs } = this.settings;
    this.latest = null;
    this.epoch = 1;
    this.trainSeconds = 0;
    this.chart.reset(epochs);
    this.rows.replaceChildren(
      ...Array.from({ length: epochs }, (_, index) => {
        const row = document.createElement("tr");
        row.dataset.state = "ahead";
        const head = document.createElement("th");
        head.scope = "row";
        write(head, () => number.count(index + 1));
        row.append(head, ...[0, 1, 2, 3].map(() => document.createElement("td")));
        for (const cell of row.querySelectorAll("td")) write(cell, () => strings.none);
        return row;
      }),
    );
    // A long run scrolls, and what scrolls must be within the keyboard's reach.
    this.scroll.toggleAttribute("data-long", epochs > 6);
    if (epochs > 6) this.scroll.tabIndex = 0;
    else this.scroll.removeAttribute("tabindex");
    for (const cell of this.testRow.querySelectorAll("td[id]")) write(cell, () => strings.none);
    this.testRow.dataset.state = "ahead";
    write(this.headline, () => "");
    const { train } = this.counts;
    write(this.headlineText, () => strings.headlineReady(number.count(train), number.count(epochs), epochs === 1));
    write(this.samples, () => strings.none);
    write(this.stepMs, () => strings.none);
  }

  /** @param {State} state */
  show(state) {
    const before = this.state;
    this.state = state;
    this.body.dataset.state = state;
    const focused = document.activeElement;
    const [label, pressable, stop, reset] = BUTTONS[state];
    write(this.main, () => strings.buttons[label]);
    this.main.disabled = !pressable;
    this.stop.disabled = !stop;
    this.reset.disabled = !reset;

    if (state === "ready") {
      const { origin } = this;
      this.setProgress(() => strings.ready, origin, 0);
      if (before === "loading" || before === "queued") this.say(strings.say.ready(number.count(this.counts.train)));
      else if (before !== "starting") this.say(strings.say.reset);
    } else if (state === "training") {
      write(this.progressText, this.where(this.epoch, false));
      this.say(strings.say.training);
    } else if (state === "paused") {
      write(this.progressText, this.where(this.epoch, true));
      this.say(strings.say.paused);
    } else if (state === "starting") this.setProgress(() => strings.starting, null, null);
    else if (state === "waiting") this.setProgress(() => strings.waiting, null, 0);
    else if (state === "evaluating") write(this.progressText, () => strings.evaluating);
    else if (state === "done") this.setProgress(() => strings.done, this.summary(), 1);
    else if (state === "stopped") this.setProgress(() => strings.stopped, this.summary(), this.progress.value);
    else if (state === "failed") this.setProgress(() => strings.failed, null, 0);
    else if (state === "broken") write(this.progressText, () => strings.broken);
    else if (state === "unsupported") this.setProgress(() => strings.unsupported, null, 0);
    if (!["failed", "broken", "unsupported"].includes(state)) this.failure.hidden = true;

    // A button that goes away under the keyboard hands the focus on.
    if (focused instanceof HTMLButtonElement && (focused.disabled || !focused.offsetParent)) this.main.focus();
  }

  /** How much was trained, in what time. */
  summary() {
    const [steps, seconds] = [this.history.current?.log.steps ?? 0, this.trainSeconds];
    return () => strings.stepsIn(number.count(steps), number.seconds(seconds));
  }

  /** Which epoch of how many. @param {number} epoch @param {boolean} paused */
  where(epoch, paused) {
    const { epochs } = this.settings;
    return () => (paused ? strings.pausedIn : strings.epochOf)(number.count(epoch), number.count(epochs));
  }

  /**
   * @param {() => string} text
   * @param {(() => string) | null} detail
   * @param {number | null} part of the way, nothing where it cannot be known
   */
  setProgress(text, detail, part) {
    write(this.progressText, text);
    write(this.progressDetail, detail ?? (() => ""));
    if (part === null) this.progress.removeAttribute("value");
    else this.progress.value = part;
  }

  /** @param {import("./worker.js").Loading} message */
  showLoading({ source, done, total }) {
    const queued = this.state === "queued";
    const part = total ? done / total : null;
    if (source === "builtin") {
      const text = () => (queued ? strings.makingQueued : strings.making);
      this.setProgress(text, () => strings.digitsMade(number.count(done), number.count(total ?? 0)), part);
    } else {
      const text = () => (queued ? strings.fetchingQueued : strings.fetching);
      const detail = () =>
        total
          ? strings.megabytes(number.one(done / 1e6), number.one(total / 1e6))
          : strings.megabytesSoFar(number.one(done / 1e6));
      this.setProgress(text, detail, part);
    }
  }

  /** @param {import("./worker.js").Loaded} message */
  showLoaded({ source, train, test, cached }) {
    this.counts = { train, test };
    this.nameDigits(source);
    this.origin = cached ? () => strings.kept : null;
    this.body.dataset.source = source;
    write(this.testCount, () => strings.testCount(number.count(test)));
    this.clear();
  }

  /** Steps as they come: the curve at once, the numbers with the next frame. @param {import("./worker.js").Progress} message */
  showProgress(message) {
    this.chart.follow(this.history);
    this.latest = message;
    this.trainSeconds = message.totalSeconds;
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      const { latest } = this;
      if (!latest || !["training", "paused"].includes(this.state)) return;
      this.epoch = latest.epoch;
      const done = (latest.epoch - 1) * latest.stepsPerEpoch + latest.step;
      this.setProgress(
        this.where(latest.epoch, this.state === "paused"),
        () => strings.stepOf(number.count(latest.step), number.count(latest.stepsPerEpoch)),
        done / (latest.epochs * latest.stepsPerEpoch),
      );
      write(this.headline, () => number.percent1(latest.accuracy));
      write(this.headlineText, () => strings.headlineTraining);
      this.fillEpoch(latest.epoch, latest, "current");
      write(this.samples, () => number.rate(latest.samplesPerSecond));
      write(this.stepMs, () => strings.milliseconds(number.three(latest.stepMs)));
    });
  }

  /** The end of an epoch; spoken too, unless something just was. @param {import("./worker.js").EpochEnd} message */
  showEpoch(message) {
    this.fillEpoch(message.epoch, message, "done");
    const epochs = number.count(this.settings.epochs);
    const epoch = number.count(message.epoch);
    if (performance.now() - this.saidAt < SAY_MS) return;
    this.say(strings.say.epoch(epoch, epochs, number.percent1(message.accuracy), number.four(message.loss)));
  }

  /**
   * @param {number} epoch from 1
   * @param {{ loss: number, accuracy: number, seconds: number }} metrics
   * @param {"current" | "done"} state
   */
  fillEpoch(epoch, metrics, state) {
    const row = /** @type {HTMLTableRowElement | undefined} */ (this.rows.children[epoch - 1]);
    if (!row || (row.dataset.state === "done" && state === "current")) return;
    this.fill(row, metrics);
    if (row.dataset.state === "ahead" && this.scroll.hasAttribute("data-long")) {
      // Not scrollIntoView: that would move the page too, under somebody who draws.
      this.scroll.scrollTop = row.offsetTop - this.scroll.clientHeight / 2;
    }
    row.dataset.state = state;
  }

  /** The test after an epoch. @param {import("./worker.js").Tested | import("./worker.js").Evaluated} message */
  showTested({ accuracy }) {
    this.chart.follow(this.history);
    const { steps = 0, stepsPerEpoch = 1 } = this.history.current?.log ?? {};
    // A run that was stopped in mid-epoch is tested there too; its row is not to be taken for a whole epoch's.
    const row = this.rows.children[steps / stepsPerEpoch - 1];
    if (row) write(row.children[TEST], () => number.four(accuracy));
  }

  /** @param {Pick<import("./worker.js").Started, "build" | "threads">} message */
  showStarted({ build, threads }) {
    write(this.backend, () => strings.processor(strings.backends[build], number.count(threads), threads === 1));
  }

  /** @param {import("./worker.js").Computes} message */
  showComputes(message) {
    const { backend, adapter, why } = message;
    if (backend === "gpu") write(this.backend, () => strings.webgpu(adapter));
    else this.showStarted(message);
    // The GPU's own threads are not what is meant.
    const alone = backend === "simd" ? message.alone : null;
    const ms = (/** @type {number | undefined} */ value) => strings.milliseconds(number.three(value ?? 0));
    write(this.backendNote, () => {
      const sentences = [strings.why[why.kind](why.message ?? "", ms(why.simdMs), ms(why.gpuMs))];
      if (alone) sentences.push(strings.alone[alone.kind](alone.message ?? ""));
      return strings.together(sentences.filter(Boolean));
    });
    this.backendNote.dataset.why = why.kind;
    this.backendNote.dataset.alone = alone?.kind ?? "";
  }

  /** @param {import("./worker.js").Evaluated} message */
  showEvaluated(message) {
    const { accuracy } = message;
    this.showTested(message);
    this.fill(this.testRow, message);
    this.testRow.dataset.state = "done";
    const { test } = this.counts;
    // Nothing that comes late may write over it.
    this.latest = null;
    write(this.headline, () => number.percent1(accuracy));
    write(this.headlineText, () => strings.headlineDone(number.count(test)));
    this.say(strings.say.tested(number.percent1(accuracy), number.count(test)));
  }

  /** A row of the table, but for its test. @param {HTMLElement} row @param {{ loss: number, accuracy: number, seconds: number }} metrics */
  fill({ children }, { loss, accuracy, seconds }) {
    write(children[1], () => number.four(loss));
    write(children[2], () => number.four(accuracy));
    write(children[4], () => strings.seconds(number.seconds(seconds)));
  }

  /**
   * @param {() => string} title
   * @param {() => string} message
   * @param {"data" | "reload" | "none"} offer
   */
  showFailure(title, message, offer) {
    write(this.failureTitle, title);
    write(this.failureMessage, message);
    this.retry.hidden = this.builtin.hidden = offer !== "data";
    this.reload.hidden = offer !== "reload";
    this.failure.hidden = false;
  }

  /** @param {string} text for those who listen to the page */
  say(text) {
    this.announce.textContent = text;
    this.saidAt = performance.now();
  }
}
