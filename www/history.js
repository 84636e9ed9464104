/**
 * The runs of this visit, as the worker tells of them: what the curves and the tables of runs show. Nothing here draws.
 *
 * @typedef {object} Run
 * @property {number} id from 1, in the order in which they began
 * @property {RunLog} log
 * @property {Readonly<import("./settings.js").Settings>} settings
 * @property {import("./settings.js").Data} source of its digits
 * @property {number} epochs that it has at its end
 * @property {import("./worker.js").EpochEnd[]} epochEnds
 * @property {import("./worker.js").Computes[]} computes what it was computed on, in order
 * @property {import("./ledger.js").Spent} spent where its time went
 * @property {number} seconds of training
 * @property {string | null} digest SHA-256 of its weights, where it has been tested at its end
 */

import { RunLog } from "./run-log.js";
import { withRate } from "./settings.js";

/** How many runs are kept; then the oldest leaves. */
export const MOST_RUNS = 8;
/** And how many steps of all of them together: they take 20 bytes each. */
const MOST_STEPS = 4e6;

export class History {
  /** @param {import("./settings.js").Settings} settings */
  constructor(settings) {
    this.settings = settings;
    /** Oldest first. @type {Run[]} */
    this.runs = [];
    /** The one that goes on or has gone on last; none before its first step. @type {Run | null} */
    this.current = null;
    this.begun = 0;
    /** @type {import("./settings.js").Data} */
    this.source = "mnist";
    /** @type {import("./worker.js").Computes | null} */
    this.computes = null;
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** Calls `listener` after every change. @param {() => void} listener */
  watch(listener) {
    this.listeners.push(listener);
  }

  /** Takes what concerns it, before anything is shown. @param {import("./worker.js").FromWorker} message */
  receive(message) {
    const { current } = this;
    switch (message.kind) {
      case "loaded":
        this.source = message.source;
        this.current = null;
        break;
      case "cleared":
        this.current = null;
        break;
      case "computes":
        this.computes = message;
        if (current && current.computes.at(-1)?.backend !== message.backend) current.computes.push(message);
        break;
      case "rate-changed":
        if (current) current.settings = withRate(current.settings, message.step, message.rate);
        break;
      case "progress":
        this.add(current ?? this.begin(message), message);
        break;
      case "epoch":
        current?.epochEnds.push(message);
        break;
      case "tested":
        current?.log.test(message);
        break;
      case "evaluated":
        current?.log.test(message);
        if (current) Object.assign(current, { digest: message.digest, spent: message.spent });
        break;
      default:
        return;
    }
    this.changed();
  }

  /** @param {import("./worker.js").Progress} message */
  begin({ epochs, stepsPerEpoch }) {
    /** @type {Run} */
    const run = {
      id: (this.begun += 1),
      log: new RunLog(stepsPerEpoch),
      settings: { ...this.settings },
      source: this.source,
      epochs,
      epochEnds: [],
      computes: this.computes ? [this.computes] : [],
      spent: { training: 0, testing: 0, reading: 0, wall: 0 },
      seconds: 0,
      digest: null,
    };
    this.current = run;
    this.runs.push(run);
    return run;
  }

  /** @param {Run} run @param {import("./worker.js").Progress} message */
  add(run, { losses, correct, counts, totalSeconds, spent }) {
    run.log.add(losses, correct, counts);
    run.seconds = totalSeconds;
    run.spent = spent;
    const steps = () => this.runs.reduce((sum, { log }) => sum + log.steps, 0);
    while (this.runs.length > MOST_RUNS || (this.runs.length > 1 && steps() > MOST_STEPS)) this.runs.shift();
  }

  /** Forgets a run; where it still goes on, it does so unseen. @param {Run} run */
  remove(run) {
    this.runs = this.runs.filter((it) => it !== run);
    this.changed();
  }

  changed() {
    for (const listener of this.listeners) listener();
  }
}
