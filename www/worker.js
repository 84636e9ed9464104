/**
 * Owns the wasm Session: fetches digits, trains, predicts. It trains in slices, so a drawing is answered while training goes on;
 * only a test, some tens of milliseconds after each epoch, is one piece. Where the GPU is asked for and only the page's own thread has
 * WebGPU, the page runs this module itself, with the same messages through a port: those of messages.js.
 *
 * @import { Alone, ChangeRate, Configure, FromWorker, Inspect, Predict, Start, State, Teach, ToWorker, Unteach, Why } from "./messages.js"
 */

import { bestBuild } from "./builds.js";
import { configuration } from "./configuration.js";
import { findGpu } from "./gpu.js";
import { Ledger } from "./ledger.js";
import { paced } from "./pace.js";
import { sentence } from "./sentence.js";
import { obstacle, openWithThreads, usualThreads } from "./team.js";

/**
 * Milliseconds of training in a slice, and its least and most steps. On the processor nothing else happens meanwhile: below a
 * frame, so that predictions keep up with the pen. On the GPU a slice is a submit, and several of them must outlast a readback.
 */
const SLICES = { simd: { ms: 13, least: 1, most: Infinity }, gpu: { ms: 40, least: 25, most: 200 } };
/** A drawing that lies there is read anew this often while the network learns. */
const REFRESH_MS = 100;
/** What the notebook shows: training digits of its first cell, and test digits of its last. */
const SHOWN = { train: 8, test: 5 };
/** Of replaying. */
const REPLAY = { ms: 10, most: 1000 };
/** Built-in digits are made so many at a time. */
const MAKE_AT_ONCE = 100;

/** Whom all this is told: the page. @type {{ postMessage(message: FromWorker, options: { transfer: Transferable[] }): void }} */
let page;
/** @param {FromWorker} message @param {Transferable[]} [transfer] */
const tell = (message, transfer = []) => page.postMessage(message, { transfer });

/** The wasm module's exports. @type {typeof import("./wasm/simd128/sumi.js")} */
let sumi;
/** @type {import("./wasm/simd128/sumi.js").Session} */
let session;
/** @type {import("./settings.js").Settings} */
let settings;
/** @type {State} */
let state = "starting";
/** Whether a panic or an error has ended everything. */
let isBroken = false;

/** What lies on the sheet. @type {import("./wasm/simd128/sumi.js").Ink | null} */
let ink = null;
let refreshed = 0;

/** What the session computes on. @type {"simd" | "gpu"} */
let backend = "simd";
/** @type {import("./builds.js").Build} */
let build;
/** Why it has but one thread, where it might have more. @type {Alone | null} */
let alone = null;
/** Called with the page's answer to Recruit. @type {(problem: string | null) => void} */
let recruited = () => {};
/** What there is of a GPU: its name, or what is in the way. @type {Promise<{ name: string, software: boolean } | Why> | null} */
let gpu = null;

/** Steps for the next slice; follows the speed that was measured. */
let sliceSteps = 4;
/** Time spent in this epoch, and when the clock was last read; pauses are left out. */
let epochMs = 0;
let totalMs = 0;
let clock = 0;
const ledger = new Ledger();
/** Whether the loop runs; it ends by itself when the state is no longer "training". */
let isLooping = false;
/** The step, counted over all epochs, behind which training pauses by itself. */
let goal = Infinity;
/** Counts runs that have been begun: a slice of an earlier one is not told. */
let run = 0;

/** When the session is free again. */
let free = Promise.resolve();
/**
 * The session does one thing at a time: a call waits for those before it.
 * @template T
 * @param {() => T | Promise<T>} call
 */
function exclusively(call) {
  const result = free.then(call);
  free = result.then(
    () => {},
    () => {},
  );
  return result;
}

/** @param {State} next */
function become(next) {
  state = next;
  ledger.run(state === "training" || state === "evaluating");
  tell({ kind: "state", state });
  insight?.work();
}

/** @param {unknown} error */
function broken(error) {
  if (isBroken) return;
  isBroken = true;
  state = "broken";
  tell({ kind: "broken", message: sentence(error) });
}

/** @param {Start} message */
async function start({ settings: chosen, loadNow, pageHasGpu }) {
  settings = chosen;
  // Not for "auto": on the page's thread all else would suffer when the processor turns out to be faster.
  if (settings.backend === "gpu" && pageHasGpu && !("gpu" in navigator)) {
    tell({ kind: "elsewhere" });
    return;
  }
  const best = bestBuild();
  if (!best) {
    tell({ kind: "unsupported", missing: "simd" });
    return;
  }
  build = best;
  if (settings.backend !== "simd") gpu = findGpu();
  const threads = await gather(settings.threads ?? usualThreads());
  if (!threads) {
    sumi = await import(`./wasm/${build}/sumi.js`);
    try {
      await sumi.default();
    } catch (error) {
      // SIMD came to some browsers before other things that the build needs.
      if (!(error instanceof WebAssembly.CompileError)) throw error;
      tell({ kind: "unsupported", missing: "webassembly" });
      return;
    }
  }
  sumi.onPanic(broken);
  session = new sumi.Session(configuration(sumi, settings), threads);
  tell({ kind: "started", build, threads: session.threads });
  if (loadNow) await load(settings.data);
  else become("waiting");
}

/** Opens the build with so many threads, if that can be, and answers what a Session takes of them. @param {number} count */
async function gather(count) {
  if (count === 1) return;
  const kind = obstacle(build);
  if (kind) {
    alone = { kind };
    return;
  }
  try {
    const opened = await openWithThreads(build, count, (recruits) => {
      tell({ kind: "recruit", ...recruits });
      return new Promise((resolve, reject) => {
        recruited = (problem) => (problem === null ? resolve() : reject(new Error(problem)));
      });
    });
    sumi = opened.sumi;
    return opened.threads;
  } catch (error) {
    alone = { kind: "failed", message: sentence(error) };
  }
}

/** @param {import("./settings.js").Data} source */
async function load(source) {
  settings.data = source;
  const queued = state === "waiting" && wanted;
  become(queued ? "queued" : "loading");
  try {
    const digits =
      source === "builtin" ? await make(new sumi.DigitMaker())
      : source === "mnist" ? await fetchDigits()
      : await make(new sumi.MixtureMaker(await fetchDigits()));
    // Others have been asked for meanwhile.
    if (settings.data !== source) return load(settings.data);
    run += 1;
    forgetReplay();
    await exclusively(() => session.useDigits(digits));
    digitCount = digits.trainCount;
    insight?.replaced();
    await choose();
    tell({ kind: "loaded", source, train: digits.trainCount, test: digits.testCount, cached: digits.cached });
    await introduce();
    digits.free(); // The session shares them.
  } catch (error) {
    if (isBroken || error instanceof WebAssembly.RuntimeError) throw error;
    if (settings.data !== source) return load(settings.data);
    wanted = false;
    tell({ kind: "load-failed", source, message: sentence(error) });
    become("failed");
    return;
  }
  become("ready");
  if (wanted) return train();
}

/** Tells of the network before its first step. */
async function introduce() {
  const mine = run;
  const answers = await exclusively(() => session.answer(false, SHOWN.train));
  const description = await exclusively(() => session.describe());
  if (run === mine) tell({ kind: "untrained", description, answers });
}

/** Begins anew with another network or another training, and with other digits where these are others. @param {Configure} message */
async function configure({ settings: next }) {
  const { data } = settings;
  settings = next;
  if (!session) return cleared(); // It will begin with them.
  run += 1;
  forgetReplay();
  // A step takes another time.
  sliceSteps = SLICES[backend].least;
  const made = configuration(sumi, settings);
  const done = exclusively(() => session.configure(made));
  insight?.replaced();
  cleared();
  if (state === "loading" || state === "queued" || state === "waiting") return done;
  if (settings.data !== data || state === "failed") {
    wanted = false;
    return Promise.all([done, load(settings.data)]);
  }
  become("ready");
  await done;
  await introduce();
  // Of another size, another may be the faster.
  if (settings.backend === "auto") await choose();
}

/** @param {ChangeRate} message */
async function changeRate({ rate }) {
  const step = await exclusively(() => session.changeLearningRate(rate));
  inspector?.changeLearningRate(step, rate);
  tell({ kind: "rate-changed", step, rate });
}

/** Whether Train was pressed before there were digits. */
let wanted = false;
/** How many digits there are to train on; none before they are loaded. */
let digitCount = 0;

/** Computes on what was asked for, or on the faster, and tells on which and why. */
async function choose() {
  const asked = settings.backend;
  let adapter = "";
  /** @type {Why} */
  let why = { kind: "asked" };
  let best = /** @type {"simd" | "gpu"} */ ("simd");
  if (asked !== "simd") {
    const found = await (gpu ??= findGpu());
    if ("kind" in found) why = found;
    else if (asked === "auto" && found.software) why = { kind: "software" };
    else {
      adapter = found.name;
      try {
        await exclusively(() => session.openGpu());
        best = "gpu";
        if (asked === "auto") {
          await exclusively(() => session.computeOn("simd"));
          const [simdMs, gpuMs] = await exclusively(() => session.compare());
          if (simdMs < gpuMs) best = "simd";
          why = { kind: "faster", simdMs, gpuMs };
        }
      } catch (error) {
        if (isBug(error)) throw error;
        best = "simd";
        why = { kind: "device", message: sentence(error) };
      }
    }
  }
  if (asked !== settings.backend) return choose();
  try {
    await exclusively(() => session.computeOn(best));
  } catch (error) {
    return abandonGpu(error);
  }
  computes(best, adapter, why);
}

/** @param {"simd" | "gpu"} on @param {string} adapter @param {Why} why */
function computes(on, adapter, why) {
  backend = on;
  sliceSteps = SLICES[on].least;
  tell({ kind: "computes", backend, build, threads: session.threads, adapter, why, alone });
}

/** A panic of ours, and not a GPU that fails. @param {unknown} error */
const isBug = (error) => isBroken || error instanceof WebAssembly.RuntimeError;

/** Goes back to the processor when the GPU has failed, and to the first step: what it had computed is lost. @param {unknown} error */
async function abandonGpu(error) {
  if (backend !== "gpu" || isBug(error)) throw error;
  /** @type {Why} */
  const why = { kind: "failed", message: sentence(error) };
  gpu = Promise.resolve(why);
  await exclusively(() => session.abandonGpu());
  computes("simd", "", why);
  cleared();
}

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

/** Makes digits, some at a time. @param {import("./wasm/simd128/sumi.js").DigitMaker | import("./wasm/simd128/sumi.js").MixtureMaker} maker */
async function make(maker) {
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

/** Starts, resumes, or starts anew after the end. A duel gives way. @param {number} until the step, over all epochs, behind which it pauses */
async function train(until = Infinity) {
  wanted = false;
  duelEnd = "interrupted";
  if (state === "done" || state === "stopped") await reset();
  goal = until;
  become("training");
  clock = performance.now();
  if (isLooping) return;
  isLooping = true;
  try {
    while (state === "training") {
      await slice(sliceSteps);
      await turn();
    }
  } finally {
    isLooping = false;
  }
}

/** @param {number} steps none: waits for those that the GPU has not told of */
async function slice(steps) {
  const mine = run;
  const { epochs } = settings;
  let trained;
  try {
    const room = () => Math.min(steps, Math.max(goal - session.steps, 0));
    trained = await exclusively(() => ledger.book("training", () => session.train(room(), epochs)));
  } catch (error) {
    return abandonGpu(error);
  }
  if (run !== mine) return;
  const { epoch, step, stepsPerEpoch, losses, correct, counts, loss, accuracy } = trained;
  const isEnd = step === stepsPerEpoch;
  // The GPU may be still at it.
  if (losses.length > 0) {
    const now = performance.now();
    sliceSteps = paced(sliceSteps, losses.length, now - clock, SLICES[backend]);
    epochMs += now - clock;
    totalMs += now - clock;
    clock = now;

    const seconds = epochMs / 1000;
    const images = (step - 1) * settings.batch + counts[counts.length - 1];
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
        samplesPerSecond: seconds > 0 ? images / seconds : 0,
        stepMs: epochMs / step,
        spent: ledger.read(),
      },
      [losses.buffer, correct.buffer, counts.buffer],
    );
    if (ink && now - refreshed > REFRESH_MS) await answer(null);
    insight?.changed();
    if (isEnd) {
      tell({ kind: "epoch", epoch, loss, accuracy, seconds });
      epochMs = 0;
      if (epoch < epochs) await test(epoch);
    }
  }
  if (state !== "training" && state !== "paused") return;
  if (isEnd && epoch === epochs) await evaluate("done");
  else if (state === "training" && (epoch - 1) * stepsPerEpoch + step >= goal) become("paused");
}

/** One step, from a pause or as the first. */
async function step() {
  duelEnd = "interrupted";
  if (state === "ready") become("paused");
  goal = Infinity;
  clock = performance.now();
  ledger.run(true);
  await slice(1);
  if (state !== "paused") return;
  await drain();
  ledger.run(false);
}

/** To the end of the epoch that the run is in, or is about to enter. */
async function epoch() {
  const steps = await exclusively(() => session.steps);
  const perEpoch = Math.ceil(digitCount / settings.batch);
  const end = (Math.floor(steps / perEpoch) + 1) * perEpoch;
  if (state === "training") goal = end;
  else if (state === "ready" || state === "paused") await train(end);
}

async function pause() {
  become("paused");
  await drain();
}

/** Tells of the steps that a GPU has not told of: where a run pauses, it is seen where it is. */
async function drain() {
  if (backend === "gpu") await slice(0);
}

/** Tests the network as an epoch's end has left it. The run's clock stands still meanwhile. @param {number} epoch */
async function test(epoch) {
  const mine = run;
  const begun = performance.now();
  let evaluation;
  try {
    evaluation = await exclusively(() => ledger.book("testing", () => session.evaluate()));
  } catch (error) {
    return abandonGpu(error);
  }
  clock = performance.now();
  if (run !== mine) return;
  const { loss, accuracy } = evaluation;
  tell({ kind: "tested", epoch, loss, accuracy, seconds: (clock - begun) / 1000 });
}

/** Tests the network, then ends in `end`. @param {"done" | "stopped"} end */
async function evaluate(end) {
  const mine = run;
  if (state !== "evaluating") become("evaluating");
  await turn();
  const begun = performance.now();
  let evaluation, seconds, answers, digest;
  try {
    evaluation = await exclusively(() => ledger.book("testing", () => session.evaluate()));
    seconds = (performance.now() - begun) / 1000;
    answers = await exclusively(() => session.answer(true, SHOWN.test));
    digest = await exclusively(() => session.digest());
  } catch (error) {
    await abandonGpu(error);
    return become("ready");
  }
  // A GPU's last weights have come with it.
  if (backend === "gpu") insight?.changed();
  if (run !== mine) return;
  const { loss, accuracy } = evaluation;
  tell({ kind: "evaluated", loss, accuracy, seconds, answers, digest, spent: ledger.read() });
  try {
    await calibrate();
  } catch (error) {
    await abandonGpu(error);
    return become("ready");
  }
  if (run === mine) become(end);
}

/** Finds out how far the network's probabilities can be believed, and reads the ink accordingly. */
async function calibrate() {
  const mine = run;
  const found = await exclusively(() => session.calibrate());
  if (run !== mine) return;
  if (found) tell({ kind: "calibrated", ...found });
  if (ink) await answer(null);
}

/** Teaches, or takes back what was taught, once a run is over. @param {Teach | Unteach} message */
async function school(message) {
  if (state !== "done" && state !== "stopped") return;
  const mine = run;
  const { teach, unteach } = await import("./lesson.js");
  const place = { session: () => session, exclusively, turn, isCurrent: () => run === mine, tell };
  try {
    if (message.kind === "teach") await teach(message, place);
    else await unteach(place);
    if (run !== mine) return;
    insight?.changed();
    await calibrate();
  } catch (error) {
    await abandonGpu(error);
    become("ready");
  }
}

async function stop() {
  if (state !== "training" && state !== "paused") return;
  if (state === "paused") clock = performance.now();
  become("evaluating");
  // The test is of the last step that is told.
  const before = backend;
  await slice(0);
  if (backend === before) await evaluate("stopped");
  else become("ready"); // The GPU has failed.
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
  run += 1;
  // The page need not wait for a slice that is under way.
  const done = exclusively(() => session.reset());
  cleared();
  return done;
}

function cleared() {
  epochMs = totalMs = 0;
  ledger.clear();
  tell({ kind: "cleared" });
  insight?.changed();
  if (ink) answerGuarded(null);
}

/** Reads the ink. @param {number | null} id @param {any} [stages] */
async function answer(id, stages = null) {
  refreshed = performance.now();
  const read = async () => ink && { ...(await session.predict(ink)), image: ink.image };
  const prediction = await exclusively(() => ledger.book("reading", read));
  tell({ kind: "prediction", id, prediction, stages });
}

/** Takes the newest ink and reads it. @param {Predict} message */
function predict({ id, samples, lengths, image, stages }) {
  const before = ink;
  ink = image ? sumi.Ink.ofImage(image) : (sumi.Ink.ofStrokes(samples, lengths) ?? null);
  // It may still be being read.
  if (before) exclusively(() => before.free());
  const way = stages ? ink?.stages() : null;
  const answered = answer(id, way && { ...way, samples, sampleLengths: lengths });
  insight?.drawn(ink?.image ?? null);
  return answered;
}

/** What looks into the network, from the first look on. @type {import("./insight.js").Insight | null} */
let insight = null;
/** @type {Promise<import("./insight.js").Insight> | null} */
let looking = null;

/** @param {import("./insight.js").Look} message */
async function look(message) {
  // One promise for all, so that the newest message comes last.
  looking ??= import("./insight.js").then(({ Insight }) => (insight = new Insight(lent, ink?.image ?? null)));
  return (await looking).receive(message);
}

/** What it may use. @type {import("./insight.js").Place} */
const lent = {
  tell: (sight, transfer) => tell({ kind: "sight", sight }, transfer),
  use: (call) => exclusively(() => call(session)),
  turn,
  hasDigits: () => digitCount > 0,
  isTraining: () => state === "training",
  // On one processor a training step is no slower for it, and shall not be called so.
  aside(ms) {
    if (state === "training" && backend === "simd") clock += ms;
  },
};

/** Replays the run on a backend of its own. @type {import("./wasm/simd128/sumi.js").Inspector | null} */
let inspector = null;
/** What is asked of it, until that is answered. @type {Inspect | null} */
let inspected = null;
let isReplaying = false;
/** Steps of replaying in a slice; follows the speed that was measured. */
let replaySteps = 4;

/** Goes to a step in slices, so that training and drawings go on meanwhile. @param {Inspect} message */
async function inspect(message) {
  if (!digitCount) return;
  inspected = message;
  if (isReplaying) return;
  isReplaying = true;
  let told = performance.now();
  try {
    while (inspected) {
      if (!inspector) {
        const mine = run;
        const made = await exclusively(() => session.inspector());
        if (run === mine) inspector = made;
        else made.free();
        continue;
      }
      const { step, weight } = inspected;
      const begun = performance.now();
      const from = inspector.position;
      const isThere = inspector.seek(step, replaySteps);
      const now = performance.now();
      const steps = Math.abs(inspector.position - from);
      if (!isThere) replaySteps = paced(replaySteps, steps, now - begun, REPLAY);
      // On one processor a training step is no slower for it, and shall not be called so.
      if (state === "training" && backend === "simd") clock += now - begun;
      if (isThere) {
        inspected = null;
        const view = inspector.view(chosen(inspector, weight));
        if (view) tell({ kind: "inspected", view });
      } else if (now - told > 50) {
        told = now;
        tell({ kind: "replaying", position: inspector.position, step });
      }
      await turn();
    }
  } finally {
    isReplaying = false;
  }
}

/** What was replayed is of another run. */
function forgetReplay() {
  inspector?.free();
  inspector = inspected = null;
}

/** @param {import("./wasm/simd128/sumi.js").Inspector} inspector @param {Inspect["weight"]} weight */
function chosen(inspector, weight) {
  if (typeof weight === "number") return weight;
  return (weight === "middle" && inspector.liveliest(true)) || (inspector.liveliest(false) ?? 0);
}

/** How the duel is to end before its time. @type {import("./referee.js").DuelOver["end"] | null} */
let duelEnd = null;
let isDuelling = false;

/**
 * Sets two backends against each other, while the run that is under way pauses.
 * @param {import("./referee.js").Duel} message
 * @returns {Promise<boolean>} whether it paused, and shall go on
 */
async function duel({ contenders, steps }) {
  const found = contenders.includes("gpu") ? await (gpu ??= findGpu()) : null;
  if (found && "kind" in found) {
    tell({ kind: "duel-failed", why: found, message: "" });
    return false;
  }
  const hasPaused = state === "training";
  duelEnd = null;
  /** @type {import("./wasm/simd128/sumi.js").Session[]} */
  const twins = [];
  try {
    if (hasPaused) {
      await pause();
    }
    const { referee } = await import("./referee.js");
    for (const contender of contenders) {
      const twin = await exclusively(() => session.twin(contender === "gpu" ? "single" : contender));
      twins.push(twin);
      if (contender !== "gpu") continue;
      await exclusively(() => twin.openGpu());
      await exclusively(() => twin.computeOn("gpu"));
    }
    const whole = steps || twins[0].stepsPerEpoch;
    tell({ kind: "duel-begun", steps: whole, adapter: found?.name ?? "", software: found?.software ?? false, hasPaused });
    // What the processor plays is slow, and no readback is long beside it.
    const gpuSlices = found?.software ? { ...SLICES.gpu, least: SLICES.simd.least } : SLICES.gpu;
    const slices = contenders.map((contender) => (contender === "gpu" ? gpuSlices : SLICES.simd));
    tell(await referee(twins, whole, { exclusively, turn, tell, ended: () => duelEnd, slices }));
  } catch (error) {
    if (isBug(error)) throw error;
    tell({ kind: "duel-failed", why: null, message: sentence(error) });
  } finally {
    for (const twin of twins) twin.free();
  }
  return hasPaused && state === "paused";
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
      if (["ready", "paused", "done", "stopped"].includes(state)) return train();
      return;
    case "step":
      if (state === "ready" || state === "paused") return step();
      return;
    case "epoch":
      if (["ready", "paused", "training"].includes(state)) return epoch();
      return;
    case "configure":
      return configure(message);
    case "change-rate":
      if (["ready", "training", "paused"].includes(state)) return changeRate(message);
      return;
    case "pause":
      if (state === "training") return pause();
      return;
    case "cancel":
      return cancel();
    case "stop":
      return stop();
    case "reset":
      if (["training", "paused", "done", "stopped"].includes(state)) {
        const done = reset();
        become("ready");
        return done;
      }
      return;
    case "compute":
      settings.backend = message.backend;
      if (digitCount) return choose();
      return;
    case "inspect":
      return inspect(message);
    case "look":
      return look(message.look);
    case "duel": {
      if (isDuelling) return;
      isDuelling = true;
      const goesOn = await duel(message);
      isDuelling = false;
      return goesOn ? train(goal) : undefined;
    }
    case "end-duel":
      duelEnd = "stopped";
      return;
    case "profile": {
      const { profile } = await import("./profiling.js");
      const time = (/** @type {number} */ steps) => exclusively(() => session.profile(steps));
      return profile(time, () => run, turn, tell);
    }
    case "teach":
    case "unteach":
      return school(message);
    case "recruited":
      return recruited(message.problem);
    case "predict":
      return predict(message);
    case "picture": {
      const module = await import("./scan.js").catch(() => null);
      if (module) return module.scan(message, sumi.readPicture, tell);
      return tell({ kind: "picture-failed", picture: message.picture, why: "missing" });
    }
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

const answerGuarded = guard(answer);
const receiveGuarded = guard(receive);

/** Answers what comes through `port`: the worker's own, or one end of a channel of the page's. @param {any} port */
export function serve(port) {
  page = port;
  port.addEventListener("message", (/** @type {MessageEvent} */ { data }) => receiveGuarded(data));
  self.addEventListener("unhandledrejection", ({ reason }) => broken(reason));
}

if (!("document" in self)) serve(self);
