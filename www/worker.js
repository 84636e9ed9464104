/**
 * Owns the wasm Session: fetches digits, trains, predicts. It trains in slices, so a drawing is answered while training goes on;
 * only the test at the end, some tens of milliseconds, is one piece.
 *
 * Page → worker:
 * @typedef {{ kind: "start", settings: import("./settings.js").Settings, loadNow: boolean }} Start  comes first, once
 * @typedef {{ kind: "load", source: "mnist" | "builtin" }} Load  fetches or makes digits; again after a failure
 * @typedef {{ kind: "train" | "pause" | "cancel" | "stop" | "reset" }} Control  train also resumes, and starts anew after
 *   the end; cancel takes a Train back that waits for the digits
 * @typedef {{ kind: "predict", id: number, points: Float32Array, lengths: Uint32Array }} Predict  answered with its id
 * @typedef {Start | Load | Control | Predict} ToWorker
 *
 * Worker → page:
 * @typedef {{ kind: "started", build: import("./builds.js").Build }} Started  predictions work from here on
 * @typedef {{ kind: "unsupported", missing: "simd" | "webassembly" }} Unsupported
 * @typedef {"starting" | "waiting" | "loading" | "queued" | "ready" | "training" | "paused" | "evaluating" | "done"
 *   | "stopped" | "failed" | "broken" | "unsupported"} State  queued: loading, and Train was pressed
 * @typedef {{ kind: "state", state: State }} StateMessage
 * @typedef {{ kind: "loading", source: "mnist" | "builtin", done: number, total: number | null }} Loading  bytes or digits
 * @typedef {{ kind: "loaded", source: "mnist" | "builtin", train: number, test: number, cached: boolean }} Loaded
 * @typedef {{ kind: "load-failed", source: "mnist" | "builtin", message: string }} LoadFailed
 * @typedef {{ kind: "cleared" }} Cleared  the network is untrained again
 * @typedef {object} Progress  one slice of steps; loss and accuracy are means over the epoch so far, as Keras prints them
 * @property {"progress"} kind
 * @property {number} epoch from 1
 * @property {number} epochs
 * @property {number} step of the epoch, from 1
 * @property {number} stepsPerEpoch
 * @property {Float32Array} losses of each step
 * @property {Uint32Array} correct of each step
 * @property {Uint32Array} counts digits of each step
 * @property {number} loss
 * @property {number} accuracy
 * @property {number} seconds this epoch has taken, pauses left out
 * @property {number} totalSeconds all epochs have taken
 * @property {number} samplesPerSecond
 * @property {number} stepMs
 * @typedef {{ kind: "epoch", epoch: number, loss: number, accuracy: number, seconds: number }} EpochEnd
 * @typedef {{ kind: "evaluated", loss: number, accuracy: number, seconds: number }} Evaluated  on the test digits
 * @typedef {{ probabilities: Float32Array, logits: Float32Array, image: Uint8Array, steps: number }} Prediction
 * @typedef {{ kind: "prediction", id: number | null, prediction: Prediction | null }} PredictionMessage  no id: the
 *   same drawing read anew by a network that has learnt since; no prediction: no ink
 * @typedef {{ kind: "broken", message: string }} Broken  a bug: nothing works any more
 * @typedef {Started | Unsupported | StateMessage | Loading | Loaded | LoadFailed | Cleared | Progress | EpochEnd
 *   | Evaluated | PredictionMessage | Broken} FromWorker
 */

import { bestBuild } from "./builds.js";

/** Milliseconds of training between two looks at the messages: below a frame, so that predictions keep up with the pen. */
const SLICE_MS = 13;
/** A drawing that lies there is read anew this often while the network learns. */
const REFRESH_MS = 100;
/** Built-in digits are made so many at a time. */
const MAKE_AT_ONCE = 100;

/** @param {FromWorker} message @param {Transferable[]} [transfer] */
const tell = (message, transfer = []) => postMessage(message, { transfer });

/** The wasm module's exports; dist/wasm/simd128/sumi.d.ts describes them. @type {any} */
let sumi;
/** @type {any} */
let session;
/** @type {import("./settings.js").Settings} */
let settings;
/** @type {State} */
let state = "starting";
/** Whether a panic or an error has ended everything. */
let isBroken = false;

/** The drawing that lies on the sheet. @type {{ points: Float32Array, lengths: Uint32Array } | null} */
let drawing = null;
let refreshed = 0;

/** Steps for the next slice; follows the speed that was measured. */
let sliceSteps = 4;
/** Time spent in this epoch, and when the clock was last read; pauses are left out. */
let epochMs = 0;
let totalMs = 0;
let clock = 0;
/** Counts starts and resumes: a loop that wakes up in a later one ends. */
let run = 0;

/** @param {State} next */
function become(next) {
  state = next;
  tell({ kind: "state", state });
}

/** @param {unknown} error */
function broken(error) {
  if (isBroken) return;
  isBroken = true;
  state = "broken";
  tell({ kind: "broken", message: sentence(error) });
}

/** @param {unknown} error */
function sentence(error) {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** @param {Start} message */
async function start({ settings: chosen, loadNow }) {
  settings = chosen;
  const build = bestBuild();
  if (!build) {
    tell({ kind: "unsupported", missing: "simd" });
    return;
  }
  sumi = await import(`./wasm/${build}/sumi.js`);
  try {
    await sumi.default();
  } catch (error) {
    // SIMD came to some browsers before other things that the build needs.
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    tell({ kind: "unsupported", missing: "webassembly" });
    return;
  }
  sumi.onPanic(broken);
  session = new sumi.Session(settings.seed);
  tell({ kind: "started", build });
  if (loadNow) await load(settings.data);
  else become("waiting");
}

/** @param {"mnist" | "builtin"} source */
async function load(source) {
  const queued = state === "waiting" && wanted;
  become(queued ? "queued" : "loading");
  try {
    const digits = source === "builtin" ? await makeDigits() : await fetchDigits();
    session.useDigits(digits);
    tell({ kind: "loaded", source, train: digits.trainCount, test: digits.testCount, cached: digits.cached });
    digits.free(); // The session shares them.
  } catch (error) {
    if (isBroken || error instanceof WebAssembly.RuntimeError) throw error;
    wanted = false;
    tell({ kind: "load-failed", source, message: sentence(error) });
    become("failed");
    return;
  }
  become("ready");
  if (wanted) train();
}

/** Whether Train was pressed before there were digits. */
let wanted = false;

function fetchDigits() {
  const base = new URL("data/", self.location.href).href;
  let told = 0;
  return sumi.fetchMnist(base, (/** @type {number} */ done, /** @type {number | undefined} */ total) => {
    const now = performance.now();
    if (now - told < 50 && done !== total) return;
    told = now;
    tell({ kind: "loading", source: "mnist", done, total: total ?? null });
  });
}

async function makeDigits() {
  const maker = new sumi.DigitMaker();
  const total = maker.total;
  let told = 0;
  for (;;) {
    const made = maker.make(MAKE_AT_ONCE);
    const now = performance.now();
    if (now - told > 50 || made === total) {
      told = now;
      tell({ kind: "loading", source: "builtin", done: made, total });
    }
    if (made === total) return maker.finish();
    await turn();
  }
}

// setTimeout waits 4 ms at least; a message to oneself comes back at once, behind the messages that already wait.
const channel = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();
/** Lets waiting messages be answered. @returns {Promise<void>} */
function turn() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/** Starts, resumes, or starts anew after the end. */
function train() {
  wanted = false;
  if (state === "done" || state === "stopped") reset();
  become("training");
  clock = performance.now();
  guard(slices)();
}

async function slices() {
  run += 1;
  const mine = run;
  while (state === "training" && run === mine) {
    const begun = performance.now();
    const { epoch, step, stepsPerEpoch, losses, correct, counts, loss, accuracy } = session.train(sliceSteps);
    const { epochs } = settings;
    const now = performance.now();
    const stepMs = (now - begun) / losses.length;
    sliceSteps = Math.max(1, Math.min(2 * sliceSteps, Math.round(SLICE_MS / stepMs)));
    epochMs += now - clock;
    totalMs += now - clock;
    clock = now;

    const seconds = epochMs / 1000;
    const trained = counts.length ? (step - 1) * counts[0] + counts[counts.length - 1] : 0;
    tell(
      {
        kind: "progress",
        epoch,
        epochs,
        step,
        stepsPerEpoch,
        losses,
        correct,
        counts,
        loss,
        accuracy,
        seconds,
        totalSeconds: totalMs / 1000,
        // A clock that is coarse on purpose, against fingerprinting, may not have ticked yet.
        samplesPerSecond: seconds > 0 ? trained / seconds : 0,
        stepMs: epochMs / step,
      },
      [losses.buffer, correct.buffer, counts.buffer],
    );
    if (drawing && now - refreshed > REFRESH_MS) answer(null);
    if (step === stepsPerEpoch) {
      tell({ kind: "epoch", epoch, loss, accuracy, seconds });
      epochMs = 0;
      if (epoch === epochs) {
        await evaluate("done");
        return;
      }
    }
    await turn();
  }
}

/** Tests the network, then ends in `end`. @param {"done" | "stopped"} end */
async function evaluate(end) {
  become("evaluating");
  await turn();
  const begun = performance.now();
  const { loss, accuracy } = session.evaluate();
  tell({ kind: "evaluated", loss, accuracy, seconds: (performance.now() - begun) / 1000 });
  if (drawing) answer(null);
  become(end);
}

async function stop() {
  if (state === "training" || state === "paused") await evaluate("stopped");
}

/** Takes a Train back that waited for the digits; if they have just come, what it has begun is undone. */
function cancel() {
  wanted = false;
  if (state === "queued") become("loading");
  else if (state === "training") {
    reset();
    become("ready");
  }
}

/** An untrained network again, from the same seed. */
function reset() {
  session.reset();
  epochMs = totalMs = 0;
  tell({ kind: "cleared" });
  if (drawing) answer(null);
}

/** Reads the drawing. @param {number | null} id */
function answer(id) {
  refreshed = performance.now();
  const prediction = drawing ? (session.predict(drawing.points, drawing.lengths) ?? null) : null;
  tell({ kind: "prediction", id, prediction });
}

/** @param {ToWorker} message */
async function receive(message) {
  switch (message.kind) {
    case "start":
      return start(message);
    case "load":
      if (state === "failed") return load(message.source);
      return;
    case "train":
      if (state === "loading") {
        wanted = true;
        return become("queued");
      }
      if (state === "waiting") {
        wanted = true;
        return load(settings.data);
      }
      if (["ready", "paused", "done", "stopped"].includes(state)) train();
      return;
    case "pause":
      if (state === "training") become("paused");
      return;
    case "cancel":
      return cancel();
    case "stop":
      return stop();
    case "reset":
      if (["training", "paused", "done", "stopped"].includes(state)) {
        reset();
        become("ready");
      }
      return;
    case "predict":
      drawing = message.lengths.length ? message : null;
      return answer(message.id);
  }
}

/**
 * An async function whose errors reach the page.
 * @template {unknown[]} A
 * @param {(...args: A) => unknown} run
 */
function guard(run) {
  return async (/** @type {A} */ ...args) => {
    if (isBroken) return;
    try {
      await run(...args);
    } catch (error) {
      broken(error);
    }
  };
}

const receiveGuarded = guard(receive);
self.addEventListener("message", ({ data }) => receiveGuarded(data));
self.addEventListener("unhandledrejection", ({ reason }) => broken(reason));
