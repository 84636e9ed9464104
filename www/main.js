import { Answer, sureness } from "./answer.js";
import { Controls } from "./controls.js";
import { Desk } from "./desk.js";
import { History } from "./history.js";
import { strings, write } from "./language.js";
import { fetchLater, later } from "./later.js";
import * as number from "./number.js";
import { loadUPlot } from "./plot.js";
import { sentence } from "./sentence.js";
import { settingsFrom, summary, withRate } from "./settings.js";
import { SettingsPanel } from "./settings-panel.js";
import { recruit } from "./team.js";
import { TrainPanel } from "./trainer.js";

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @typedef {import("./settings.js").Settings} Settings */

const { settings, problems } = settingsFrom(location.search);
if (problems.length) {
  const notice = find("address-notice");
  write(notice, () => problems.map((problem) => problem()).join(" "));
  notice.hidden = false;
}

const history = new History(settings);
const panel = new TrainPanel(document, settings, history);
const answer = new Answer(document);
const settingsPanel = new SettingsPanel(document, settings, { apply, compute });
/** Whether the next progress is a step that was asked for by itself. */
let speakStep = false;
const controls = new Controls(document, settings, (message) => {
  speakStep = message.kind === "step";
  send(message);
});

// What draws the curve, and the panels below the first screen, in the order in which they come.
later(loadUPlot).then(() => panel.chart.build());
/** How a drawing becomes pixels. @type {import("./stepper.js").Stepper | null} */
let stepper = null;
later(async () => {
  const { Stepper } = await import("./stepper.js");
  stepper = new Stepper(document, () => ask());
});
/** The visitor's own digits. @type {import("./handwriting.js").Handwriting | null} */
let hand = null;
const handwriting = later(async () => {
  const [{ Handwriting }, { OwnDigits }] = await Promise.all([import("./handwriting.js"), import("./own-digits.js")]);
  const own = await OwnDigits.open();
  hand = new Handwriting(document, own, { send, drawn, clear: () => sheet.clear(), say: (text) => panel.say(text) });
  hand.enable(Boolean(shown));
  return hand;
});
const notebook = later(async () => {
  const { Notebook } = await import("./notebook.js");
  return new Notebook(document, settings);
});
const confidence = later(async () => {
  const { Confidence } = await import("./confidence.js");
  return new Confidence(document);
});
const runs = later(async () => {
  const { Runs } = await import("./runs.js");
  await loadUPlot();
  return new Runs(document, history, send);
});
const duel = later(async () => {
  const { DuelPanel } = await import("./duel.js");
  await loadUPlot();
  return new DuelPanel(document, settings, send);
});
const inspector = later(async () => {
  const { Inspector } = await import("./inspector.js");
  return new Inspector(document, settings, (question) => send({ kind: "inspect", ...question }));
});
const insights = later(async () => {
  const { Insights } = await import("./insights.js");
  return new Insights(document, (look) => send({ kind: "look", look }), (text) => panel.say(text), sheet);
});

/** What trains and predicts, nearly always in a worker; messages are listed at the top of worker.js. @type {Worker | MessagePort | null} */
let worker = null;
/** @param {import("./worker.js").ToWorker} message */
const send = (message) => worker?.postMessage(message);
/** The workers that compute with it. @type {ReturnType<typeof recruit> | null} */
let team = null;
/** Ends them all. */
function dismiss() {
  team?.dismiss();
  if (worker instanceof Worker) worker.terminate();
  else worker?.close();
  worker = null;
  duel.then((it) => it.end());
  runs.then((it) => it.time.end());
}

// ---- Drawing: one question at a time is out, and the newest ink is asked next. ----

let asked = 0;
let answered = 0;
let stale = false;
let started = false;
/** A picture that has been brought and not been read yet: perhaps nothing can do so yet, or no longer. @type {import("./scan.js").Picture | null} */
let unread = null;
/** @type {import("./worker.js").Prediction | null} */
let shown = null;
let speakNext = false;

const desk = new Desk(document, {
  changed() {
    if (sheet.blank) {
      show(null);
      stepper?.show(null);
    }
    ask();
  },
  finished() {
    speakNext = true;
    ask();
  },
  brought(picture, file) {
    unread = { kind: "picture", picture, file };
    if (started) send(unread);
    return panel.state !== "broken" && panel.state !== "unsupported";
  },
  say: (text) => panel.say(text),
});
const { sheet } = desk;

function ask() {
  if (!started) return;
  if (asked !== answered) {
    stale = true;
    return;
  }
  stale = false;
  asked += 1;
  send({ kind: "predict", id: asked, stages: stepper?.isSeen ?? false, ...sheet.read() });
}

/** Called once the newest ink has been read. @type {(() => void)[]} */
const readers = [];

/** What lies on the sheet, once the newest ink has been read; nothing for no ink. */
async function drawn() {
  if (asked !== answered || stale) await new Promise((resolve) => readers.push(() => resolve(null)));
  return shown && { prediction: shown, strokes: sheet.read() };
}

/** @param {import("./worker.js").Prediction | null} prediction */
function show(prediction) {
  shown = prediction;
  hand?.enable(Boolean(prediction));
  answer.show(prediction);
}

/** @param {import("./worker.js").PredictionMessage} message */
function onPrediction({ id, prediction, stages }) {
  // Without an id it is the same ink read anew, by a network that has learnt since.
  if (id !== null) answered = id;
  if (!sheet.blank) {
    show(prediction);
    if (sheet.picture) stepper?.showPicture(sheet.picture);
    else if (stages) stepper?.show(stages);
  }
  if (stale) return ask();
  if (asked === answered) for (const reader of readers.splice(0)) reader();
  if (id !== null && speakNext && shown) {
    speakNext = false;
    const best = shown.probabilities.indexOf(Math.max(...shown.probabilities));
    panel.say(shown.notSure ? strings.say.notSure(best) : strings.say.reading(best, sureness(shown.probabilities[best])));
  }
}

// ---- Training ----

panel.main.addEventListener("click", () => {
  // What the button says, not what the worker has come to by now: a late "Pause" must not train anew.
  if (panel.state === "training") send({ kind: "pause" });
  else if (panel.state === "queued") send({ kind: "cancel" });
  else if (panel.state !== "evaluating") {
    // A new run begins with what waits for it.
    const next = panel.state === "done" || panel.state === "stopped" ? settingsPanel.pending() : null;
    if (next) apply(next, true);
    else send({ kind: "train" });
  }
});
panel.stop.addEventListener("click", () => send({ kind: "stop" }));
panel.reset.addEventListener("click", () => {
  const next = settingsPanel.pending();
  if (next) apply(next);
  else send({ kind: "reset" });
});
find("retry-button").addEventListener("click", () => send({ kind: "load", source: settings.data }));
find("builtin-button").addEventListener("click", () => send({ kind: "load", source: "builtin" }));
find("reload-button").addEventListener("click", () => location.reload());

// ---- Settings: one object that all panels have, changed here alone. ----

/** @param {Partial<Settings>} changes */
function change(changes) {
  Object.assign(settings, changes);
  settingsPanel.follow();
  notebook.then((it) => it.showSettings());
  duel.then((it) => it.showSettings());
  controls.fill();
}

/** Whether the worker that is starting is to train as soon as it can. */
let trainSoon = false;

/** Starts anew with other settings. @param {Settings} next @param {boolean} train whether to train at once */
function apply(next, train = false) {
  const needsOtherThreads = next.threads !== settings.threads;
  change(next);
  panel.say(strings.say.settings(summary(settings)));
  if (needsOtherThreads) {
    // Threads share a worker's memory from its beginning: another worker, and the digits again, out of the cache.
    trainSoon = train;
    dismiss();
    started = false;
    asked = answered = 0;
    inspector.then((it) => it.enable(false));
    start();
    return;
  }
  send({ kind: "configure", settings });
  if (train) send({ kind: "train" });
}

/** @param {Settings["backend"]} backend */
function compute(backend) {
  change({ backend });
  send({ kind: "compute", backend });
}

/** @param {() => string} message */
function broken(message) {
  if (panel.state === "broken") return;
  dismiss();
  started = false;
  panel.show("broken");
  fetchLater();
  panel.showFailure(() => strings.brokenTitle, () => strings.brokenMessage(message()), "reload");
}

/** @param {keyof typeof strings.lacks} missing */
function unsupported(missing) {
  panel.show("unsupported");
  fetchLater();
  panel.showFailure(
    () => strings.unsupportedTitle,
    () => strings.unsupportedMessage(strings.lacks[missing]),
    "none",
  );
}

/** Makes the workers that are asked for. @param {import("./worker.js").Recruit} message */
async function gather(message) {
  team = recruit(message, (problem) => broken(() => problem));
  let problem = null;
  try {
    await team.ready;
  } catch (error) {
    team.dismiss();
    problem = sentence(error);
  }
  send({ kind: "recruited", problem });
}

/** @param {import("./worker.js").FromWorker} message */
function onMessage(message) {
  history.receive(message);
  switch (message.kind) {
    case "recruit":
      gather(message);
      break;
    case "started":
      started = true;
      panel.showStarted(message);
      if (!sheet.blank) ask();
      if (unread) send(unread);
      break;
    case "computes":
      panel.showComputes(message);
      settingsPanel.showComputes(message.backend);
      duel.then((it) => it.showComputes(message));
      break;
    case "elsewhere":
      computeHere();
      break;
    case "unsupported":
      unsupported(message.missing);
      break;
    case "state":
      // Before the panel, which hands the focus on where a button goes away under it.
      controls.show(message.state);
      settingsPanel.show(message.state);
      panel.show(message.state);
      handwriting.then((it) => it.showState(message.state));
      // Train can be pressed by now.
      fetchLater();
      if (trainSoon && (message.state === "loading" || message.state === "waiting")) {
        trainSoon = false;
        send({ kind: "train" });
      }
      write(find("draw-note"), () => (message.state === "done" ? strings.drawNow : strings.drawAny));
      break;
    case "loading":
      panel.showLoading(message);
      break;
    case "loaded":
      if (settings.data !== message.source) change({ data: message.source });
      panel.showLoaded(message);
      handwriting.then((it) => it.showLoaded(message));
      notebook.then((it) => it.showLoaded(message));
      break;
    case "untrained":
      notebook.then((it) => it.showUntrained(message));
      inspector.then((it) => it.begin(message, panel.counts.train));
      break;
    case "load-failed": {
      const { source } = message;
      panel.showFailure(
        () => (source === "builtin" ? strings.makeFailed : strings.fetchFailed),
        () => strings.loadFailed(message.message),
        "data",
      );
      break;
    }
    case "cleared":
      panel.clear();
      handwriting.then((it) => it.clear());
      confidence.then((it) => it.clear());
      notebook.then((it) => it.clear());
      controls.clear();
      settingsPanel.clear();
      break;
    case "rate-changed": {
      const { step, rate } = message;
      change(withRate(settings, step, rate));
      controls.showChange(message);
      inspector.then((it) => it.showChange(step));
      panel.say(strings.say.rate(number.plain(rate), number.count(step)));
      break;
    }
    case "progress":
      panel.showProgress(message);
      notebook.then((it) => it.showProgress(message));
      controls.showProgress(message);
      if (speakStep) {
        speakStep = false;
        panel.say(strings.say.step(number.count(controls.next - 1), number.four(message.losses[message.losses.length - 1])));
      }
      break;
    case "epoch":
      panel.showEpoch(message);
      notebook.then((it) => it.showEpoch(message));
      break;
    case "tested":
      panel.showTested(message);
      break;
    case "evaluated":
      panel.showEvaluated(message);
      handwriting.then((it) => it.showEvaluated(message));
      notebook.then((it) => it.showEvaluated(message));
      break;
    case "calibrated":
      confidence.then((it) => it.show(message));
      break;
    case "teaching":
      handwriting.then((it) => it.showTeaching(message));
      break;
    case "taught":
      handwriting.then((it) => it.showTaught(message));
      break;
    case "untaught":
      handwriting.then((it) => it.showUntaught());
      break;
    case "duel-begun":
      duel.then((it) => it.showBegun(message));
      break;
    case "duel-progress":
      duel.then((it) => it.showProgress(message));
      break;
    case "duel-over":
      duel.then((it) => it.showOver(message));
      break;
    case "duel-failed":
      duel.then((it) => it.showFailed(message));
      break;
    case "profiled":
      runs.then((it) => it.time.showProfile(message));
      break;
    case "replaying":
      inspector.then((it) => it.showReplaying(message));
      break;
    case "inspected":
      inspector.then((it) => it.show(message));
      break;
    case "sight":
      insights.then((it) => it.show(message.sight));
      break;
    case "prediction":
      onPrediction(message);
      break;
    case "picture-read":
    case "picture-failed":
      if (message.picture === unread?.picture) unread = null;
      desk.showPicture(message);
      break;
    case "broken":
      broken(() => message.message);
      break;
  }
}

/**
 * Starts the worker; nothing where workers cannot be modules (Firefox before 114, Safari before 15): such a browser does not
 * look at `type`.
 */
function startWorker() {
  let knowsModules = false;
  const options = {
    name: "sumi",
    get type() {
      knowsModules = true;
      return /** @type {const} */ ("module");
    },
  };
  const started = new Worker(new URL("worker.js", import.meta.url), options);
  if (knowsModules) return started;
  started.terminate();
  return null;
}

/** Listens to what trains and predicts, and has it begin. @param {Worker | MessagePort} place */
function begin(place) {
  worker = place;
  // A worker and a port have these in common, but no type.
  const target = /** @type {EventTarget} */ (place);
  target.addEventListener("message", (event) => onMessage(/** @type {MessageEvent} */ (event).data));
  target.addEventListener("error", (event) => {
    event.preventDefault();
    broken(() => /** @type {ErrorEvent} */ (event).message || strings.noWorker);
  });
  target.addEventListener("messageerror", () => broken(() => strings.badMessage));
  const { connection, gpu } = /** @type {any} */ (navigator);
  send({ kind: "start", settings, loadNow: !connection?.saveData, pageHasGpu: Boolean(gpu) });
}

/** Computes on this thread, in slices: for a GPU that this browser keeps from workers. */
async function computeHere() {
  dismiss();
  try {
    const { serve } = await import("./worker.js");
    const { port1, port2 } = new MessageChannel();
    serve(port2);
    begin(port1);
    port1.start();
    port2.start();
  } catch (error) {
    broken(() => String(error));
  }
}

function start() {
  const place = typeof Worker === "function" ? startWorker() : null;
  if (place) begin(place);
  else unsupported("worker");
}

if (typeof WebAssembly !== "object") unsupported("webassembly");
else if (typeof DecompressionStream !== "function") unsupported("decompression");
else {
  // Undefined where the browser does not know what that is.
  if (self.crossOriginIsolated !== false || settings.threads === 1) start();
  else {
    // What has been drawn by then is not thrown away.
    const isolated = import("./isolate.js").then(({ isolate }) => isolate(() => sheet.blank));
    isolated.then(start, start);
  }
}
