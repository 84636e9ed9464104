/**
 * The bench page: measures in a worker what its form says, and shows the times as a table and as JSON.
 *
 * The form can be filled in by the address, and `run=1` starts at once:
 * bench.html?backend=simd&batch=32&hidden=128&steps=500&repeats=5&run=1
 *
 * @typedef {object} Run
 * @property {string} backend
 * @property {string} build
 * @property {number} threads
 * @property {number} batch
 * @property {number} hidden
 * @property {number} steps
 * @property {number[]} ms_per_step one a repeat
 * @property {number | null} dispatches_per_step of the GPU's queue, as the next two
 * @property {number | null} submits_per_step
 * @property {number | null} encode_ms_per_step
 * @property {{ name: string, software: boolean } | null} adapter
 */

import { startLanguage, strings, write } from "./language.js";
import * as number from "./number.js";

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const status = /** @type {HTMLOutputElement} */ (document.getElementById("status"));
const table = /** @type {HTMLTableElement} */ (document.getElementById("runs"));
const result = /** @type {HTMLPreElement} */ (document.getElementById("result"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

/** @type {Run[]} */
const runs = [];

/** @param {string} state @param {() => string} text */
function say(state, text) {
  status.dataset.state = state;
  write(status, text);
  button.disabled = state === "busy";
}

function measure() {
  const asked = Object.fromEntries(new FormData(form));
  say("busy", () => strings.bench.fetching);
  const worker = new Worker("bench-worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.kind === "measuring") return say("busy", () => strings.bench.measuring[data.data]);
    if (data.kind === "done") {
      runs.push(data.run);
      show(data);
      say("done", () => strings.bench.done);
    } else {
      say("failed", () => strings.bench.failed(data.message));
    }
    worker.terminate();
  };
  worker.onerror = (event) => say("failed", () => event.message ?? strings.noWorker);
  worker.postMessage(asked);
}

/** @param {number | null} value */
const optional = (value) => (value === null ? "–" : number.rate(value));

/** @param {{ run: Run, data: string }} done */
function show({ run, data }) {
  const times = [...run.ms_per_step].sort((a, b) => a - b);
  const middle = times.length / 2;
  const median = (times[Math.floor(middle)] + times[Math.ceil(middle) - 1]) / 2;
  const cells = [
    () => run.backend,
    () => run.build,
    () => number.count(run.batch),
    () => number.count(run.hidden),
    () => number.rate(median),
    () => strings.bench.range(number.rate(times[0]), number.rate(times[times.length - 1])),
    () => optional(run.dispatches_per_step),
    () => optional(run.submits_per_step),
    () => optional(run.encode_ms_per_step),
  ];
  const row = table.tBodies[0].insertRow();
  for (const cell of cells) write(row.insertCell(), cell);
  table.hidden = false;
  result.textContent = JSON.stringify({ runs, data, browser: navigator.userAgent }, null, 2);
}

startLanguage();
say("ready", () => strings.bench.ready);
const asked = new URLSearchParams(location.search);
for (const [name, value] of asked) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  measure();
});
if (asked.get("run") === "1") {
  if (form.reportValidity()) measure();
  else say("failed", () => strings.bench.badNumber);
}
