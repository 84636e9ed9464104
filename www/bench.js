/**
 * The bench page: measures in a worker what its form says, and shows it as tables and as JSON.
 *
 * The form can be filled in by the address, and `run=1` starts at once:
 * bench.html?backend=simd&threads=1&batch=32&hidden=128&depth=1&steps=500&repeats=5&what=steps&run=1
 * `what` is `steps`, `parts`, `tasks` or `ceilings`; the element `result` then holds all that was measured, as JSON.
 *
 * @typedef {object} Run
 * @property {string} backend
 * @property {number} threads
 * @property {number} batch
 * @property {number} hidden units of each hidden layer
 * @property {number} steps
 * @property {number[]} ms_per_step one a repeat
 * @property {number | null} dispatches_per_step of the GPU's queue, as the next two
 * @property {number | null} submits_per_step
 * @property {number | null} encode_ms_per_step
 * @property {number} depth hidden layers
 * @property {string} build
 * @property {{ name: string, software: boolean } | null} adapter
 *
 * @typedef {[string, number[]][]} Named numbers by name, in order
 */

import { loadPanelTexts, strings, write } from "./language.js";
import * as number from "./number.js";
import { sentence } from "./sentence.js";
import { recruit } from "./team.js";

await loadPanelTexts();

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const status = /** @type {HTMLOutputElement} */ (document.getElementById("status"));
const result = /** @type {HTMLPreElement} */ (document.getElementById("result"));
const runs = /** @type {HTMLTableElement} */ (document.getElementById("runs"));
const download = /** @type {HTMLAnchorElement} */ (document.getElementById("download"));
const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("button"));

/** All that has been measured, as the JSON has it. */
const measured = {
  /** @type {Run[]} */
  runs: [],
  /** @type {{ ms: Named }[]} */
  parts: [],
  /** @type {{ ms: Named }[]} */
  tasks: [],
  /** @type {{ per_ns: Named }[]} */
  ceilings: [],
  /** @type {"mnist" | "builtin" | null} */
  data: null,
  browser: navigator.userAgent,
  cores: navigator.hardwareConcurrency,
  isolated: crossOriginIsolated,
};

/** @param {string} state @param {() => string} text */
function say(state, text) {
  status.dataset.state = state;
  write(status, text);
  for (const button of buttons) button.disabled = state === "busy";
}

/** @param {string} what */
function measure(what) {
  say("busy", () => strings.bench.fetching);
  const worker = new Worker("bench-worker.js", { type: "module" });
  /** The workers of its other threads. @type {ReturnType<typeof recruit> | null} */
  let team = null;
  const end = () => {
    worker.terminate();
    team?.dismiss();
  };
  const fail = (/** @type {string} */ message) => {
    end();
    say("failed", () => strings.bench.failed(message));
  };
  worker.onmessage = ({ data }) => {
    switch (data.kind) {
      case "recruit":
        team = recruit(data, fail);
        team.ready.then(
          () => worker.postMessage({ kind: "recruited", problem: null }),
          (error) => worker.postMessage({ kind: "recruited", problem: sentence(error) }),
        );
        break;
      case "measuring":
        measured.data = data.data;
        say("busy", () => strings.bench.measuring[/** @type {"mnist" | "builtin"} */ (data.data)]);
        break;
      case "done":
        end();
        show[/** @type {keyof typeof show} */ (data.what)](data.record);
        record();
        say("done", () => strings.bench.done);
        break;
      case "failed":
        fail(data.message);
    }
  };
  worker.onerror = (event) => fail(event.message || strings.noWorker);
  worker.postMessage({ ...Object.fromEntries(new FormData(form)), what });
}

/** What becomes of each kind of measurement: kept for the JSON, and shown. */
const show = {
  /** @param {Run} run */
  steps(run) {
    measured.runs.push(run);
    // Columns that only a GPU has.
    runs.toggleAttribute("data-gpu", measured.runs.some((run) => run.adapter));
    const { median, range } = spread(run.ms_per_step);
    add(section("steps"), [
      () => run.backend,
      () => run.build,
      () => number.count(run.threads),
      () => number.count(run.batch),
      () => number.count(run.hidden),
      () => number.count(run.depth),
      () => number.rate(median),
      range,
      () => number.rate((1000 * run.batch) / median),
      () => optional(run.dispatches_per_step),
      () => optional(run.submits_per_step),
      () => optional(run.encode_ms_per_step),
    ]);
  },

  /** @param {{ ms: Named }} parts */
  parts(parts) {
    measured.parts.push(parts);
    const rows = section("parts", true);
    const sum = parts.ms.reduce((sum, [, [ms]]) => sum + ms, 0);
    for (const [name, [ms]] of parts.ms) add(rows, [() => name, () => number.rate(ms), () => number.percent(ms / sum)]);
    add(rows, [() => strings.bench.together, () => number.rate(sum), () => number.percent(1)]);
  },

  /** @param {{ ms: Named }} tasks */
  tasks(tasks) {
    measured.tasks.push(tasks);
    const rows = section("tasks", true);
    for (const [name, times] of tasks.ms) {
      const { median, range } = spread(times);
      add(rows, [() => strings.bench.tasks[/** @type {"evaluate"} */ (name)] ?? name, () => number.rate(median), range]);
    }
  },

  /** @param {{ per_ns: Named }} ceilings */
  ceilings(ceilings) {
    measured.ceilings.push(ceilings);
    const rows = section("ceilings", true);
    for (const [name, [best, median]] of ceilings.per_ns) {
      add(rows, [() => resource(name), () => number.rate(best), () => number.rate(median)]);
    }
  },
};

/** @param {string} name as in src/bench/ceiling.rs */
function resource(name) {
  const [, stream, size] = /^(read|update) (\d+) KiB$/.exec(name) ?? [];
  if (stream === "read") return strings.bench.read(number.count(Number(size)));
  if (stream === "update") return strings.bench.update(number.count(Number(size)));
  return strings.bench.resources[/** @type {"divide"} */ (name)] ?? name;
}

/** The table of a section, shown from now on. @param {string} id @param {boolean} anew without what it has shown so far */
function section(id, anew = false) {
  const element = /** @type {HTMLElement} */ (document.getElementById(id));
  element.hidden = false;
  const rows = /** @type {HTMLTableSectionElement} */ (element.querySelector("tbody"));
  if (anew) rows.replaceChildren();
  return rows;
}

/** @param {HTMLTableSectionElement} rows @param {(() => string)[]} cells */
function add(rows, cells) {
  const row = rows.insertRow();
  for (const cell of cells) write(row.insertCell(), cell);
}

/** @param {number[]} times */
function spread(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2,
    range: () => strings.bench.range(number.rate(sorted[0]), number.rate(sorted[sorted.length - 1])),
  };
}

/** @param {number | null} value */
const optional = (value) => (value === null ? "–" : number.rate(value));

/** Writes what there is, for people and for programs. */
function record() {
  section("output");
  const text = (/** @type {string} */ id, /** @type {() => string} */ said) =>
    write(/** @type {HTMLElement} */ (document.getElementById(id)), said);
  const gpu = measured.runs.filter((run) => run.adapter).at(-1)?.adapter;
  text("browser", () => measured.browser);
  text("cores", () => number.count(measured.cores));
  text("adapter", () => (gpu ? strings.bench.adapter(gpu.name || "?", gpu.software) : strings.bench.noAdapter));
  text("data", () => (measured.data ? strings.bench.digits[measured.data] : "–"));
  result.textContent = JSON.stringify(measured, null, 2);
  URL.revokeObjectURL(download.href);
  download.href = URL.createObjectURL(new Blob([result.textContent], { type: "application/json" }));
}

/** Fills in the form. @param {URLSearchParams} asked @returns {(() => string) | null} what the address has that the form does not take */
function fill(asked) {
  for (const [name, value] of asked) {
    const field = form.elements.namedItem(name);
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) continue;
    if (field instanceof HTMLInputElement) {
      const [least, most] = [Number(field.min), Number(field.max)];
      if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
        return () => strings.bench.badNumber(name, value, number.count(least), number.count(most));
      }
      field.value = value;
      continue;
    }
    field.value = value;
    // A value that is none of its options leaves it without any.
    if (field.value === value) continue;
    const known = [...field.options].map((option) => option.value);
    field.selectedIndex = 0;
    return () => strings.bench.badChoice(name, value, known.filter(Boolean).join(", "));
  }
  const what = asked.get("what") ?? "steps";
  const known = [...buttons].map((button) => button.value);
  return known.includes(what) ? null : () => strings.bench.badChoice("what", what, known.join(", "));
}

const asked = new URLSearchParams(location.search);
const wrong = fill(asked);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  measure(/** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "steps");
});
if (wrong) say("failed", wrong);
else if (asked.get("run") === "1") measure(asked.get("what") ?? "steps");
else say("ready", () => strings.bench.ready);
