/** Every text that scripts put on the page; index.html holds the rest. Numbers come formatted from number.js. */
export const strings = {
  train: "Train",
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  trainAgain: "Train again",

  starting: "Starting",
  fetching: "Fetching MNIST",
  fetchingQueued: "Fetching MNIST, then training starts",
  making: "Making digits",
  makingQueued: "Making digits, then training starts",
  /** @param {string} done @param {string} total */
  megabytes: (done, total) => `${done} of ${total} MB`,
  /** @param {string} done */
  megabytesSoFar: (done) => `${done} MB`,
  /** @param {string} done @param {string} total */
  digitsMade: (done, total) => `${done} of ${total}`,
  ready: "Ready",
  waiting: "Press Train to fetch the digits",
  /** @param {string} epoch @param {string} epochs */
  epochOf: (epoch, epochs) => `Epoch ${epoch} of ${epochs}`,
  /** @param {string} epoch @param {string} epochs */
  pausedIn: (epoch, epochs) => `Paused in epoch ${epoch} of ${epochs}`,
  /** @param {string} step @param {string} steps */
  stepOf: (step, steps) => `step ${step} of ${steps}`,
  /** @param {string} steps @param {string} seconds */
  stepsIn: (steps, seconds) => `${steps} steps in ${seconds} s`,
  /** @param {string} epoch */
  epochTick: (epoch) => `epoch ${epoch}`,
  evaluating: "Testing",
  done: "Trained",
  stopped: "Stopped",
  failed: "No digits to train on",
  broken: "Stopped by an error",
  unsupported: "Cannot train in this browser",

  /** @param {string} train @param {string} epochs @param {boolean} one */
  headlineReady: (train, epochs, one) =>
    one ? `${train} digits, once` : `${train} digits, ${epochs} times over`,
  headlineTraining: "of the training digits read right",
  /** @param {string} test */
  headlineDone: (test) => `of ${test} new digits read right`,

  mnist: (/** @type {string} */ train) => `MNIST, ${train} digits`,
  kept: "kept from last time",
  builtin: (/** @type {string} */ train) => `Built-in digits, not MNIST: ${train}`,
  testCount: (/** @type {string} */ test) => `${test} new digits`,

  fetchFailed: "MNIST could not be fetched",
  makeFailed: "The built-in digits could not be made",
  noWorker: "The training worker could not start.",
  badMessage: "A message from the training worker could not be read.",
  brokenTitle: "Something broke in the training code",
  /** @param {string} message */
  brokenMessage: (message) => `${message} Reload the page to start afresh.`,
  unsupportedTitle: "This browser cannot train here",
  /** @param {string} missing */
  unsupportedMessage: (missing) =>
    `It lacks ${missing}. Chrome 96, Edge 96, Firefox 114, Safari 16.4 and anything newer can train in this page.`,
  lacks: {
    webassembly: "WebAssembly as it is today",
    simd: "WebAssembly SIMD",
    worker: "module workers",
    decompression: "DecompressionStream",
  },

  /** @param {string} seconds */
  seconds: (seconds) => `${seconds} s`,
  /** @param {string} ms */
  milliseconds: (ms) => `${ms} ms`,
  backends: {
    relaxed: "SIMD, fused multiply-add",
    simd128: "SIMD",
  },
  /** @param {string} adapter */
  webgpu: (adapter) => (adapter ? `WebGPU, ${adapter}` : "WebGPU"),
  /** Why it computes on this. @type {Record<import("./worker.js").Why["kind"], (message: string, simdMs: string, gpuMs: string) => string>} */
  why: {
    asked: () => "",
    faster: (_, simd, gpu) => `Automatic: ${simd} a step on the CPU against ${gpu} on the GPU.`,
    software: () => "Automatic: this browser only plays a GPU on the CPU, which is slower.",
    missing: () => "This browser has no WebGPU, so the CPU computes.",
    insecure: () => "WebGPU needs a secure address (https), so the CPU computes.",
    blocked: (message) => `WebGPU is blocked here, so the CPU computes. The browser says: ${message}`,
    adapter: () => "WebGPU finds no GPU here, so the CPU computes.",
    device: (message) => `The GPU could not be used, so the CPU computes. It says: ${message}`,
    failed: (message) => `The GPU failed. The network is untrained again, and the CPU computes. It says: ${message}`,
  },
  none: "–",

  noInk: "No ink yet",
  /** @param {number} digit */
  reads: (digit) => `It reads ${digit}`,
  /** @param {number} first @param {number} second */
  readsPerhaps: (first, second) => `${first}, or is it ${second}?`,
  untrained: "It has learnt nothing yet: this is a guess.",
  /** @param {string} percent */
  sureness: (percent) => `${percent} sure`,
  verySure: "over 99\u00a0% sure",
  blankView: "Nothing drawn: the network sees nothing",
  inkView: "The drawing as 28 by 28 pixels, white on black",

  drawAny: "Any digit, 0 to 9",
  drawNow: "Now draw: any digit, 0 to 9",

  /** What the live region says: once an epoch, and at the ends. */
  say: {
    /** @param {string} train */
    ready: (train) => `Ready: ${train} digits loaded.`,
    training: "Training.",
    paused: "Paused.",
    /** @param {string} epoch @param {string} epochs @param {string} accuracy @param {string} loss */
    epoch: (epoch, epochs, accuracy, loss) => `Epoch ${epoch} of ${epochs}: accuracy ${accuracy}, loss ${loss}.`,
    /** @param {string} accuracy @param {string} test */
    tested: (accuracy, test) => `Test: ${accuracy} of ${test} new digits read right. Now draw a digit.`,
    /** @param {number} digit @param {string} sureness */
    reading: (digit, sureness) => `It reads ${digit}, ${sureness}.`,
    cleared: "Sheet cleared.",
    penDown: "Pen down.",
    penUp: "Pen up.",
    reset: "Reset: the network is untrained again.",
  },

  badSetting: {
    /** @param {string} value @param {number} standard */
    seed: (value, standard) =>
      `The address asks for seed “${value}”, but a seed is a whole number from 0 to 4,294,967,295. Seed ${standard} is used.`,
    /** @param {string} value @param {number} standard */
    epochs: (value, standard) =>
      `The address asks for “${value}” epochs, but they are a whole number from 1 to 100. ${standard} are used.`,
    /** @param {string} value @param {string} standard */
    data: (value, standard) => `The address asks for data “${value}”, but there is only mnist and builtin. ${standard} is used.`,
    /** @param {string} value @param {string} standard */
    backend: (value, standard) =>
      `The address asks for backend “${value}”, but there is only auto, gpu and simd. ${standard} is used.`,
  },
};
