/**
 * Every text of the page in English; ja.js has the same keys. What lies below the first screen has its texts in
 * en-panels.js. Numbers come formatted from number.js. In `page`, `<name>words</name>` marks an element of index.html by its `data-part`.
 */
export const en = {
  /** What index.html says before any script runs: its `data-text`, `data-label` and `data-content` name these. */
  page: {
    title: "Sumi: watch a small network learn to read digits",
    description:
      "The TensorFlow beginner quickstart, living in a web page: trains on MNIST in your browser and reads what you draw.",
    tagline: "A small neural network learns to read handwritten digits, here in this page.",
    language: "Language",
    train: "Train",
    stop: "Stop",
    startOver: "Start over",
    oneStep: "One step",
    oneEpoch: "One epoch",
    rateField: "Learning rate",
    halve: "÷ 2: halve the learning rate",
    double: "× 2: double the learning rate",
    loss: "loss",
    accuracy: "accuracy",
    chart: "Loss and accuracy while training; the table of epochs holds the numbers.",
    chartEmpty: "The loss falls and the accuracy rises here, step by step.",
    retry: "Try again",
    useBuiltin: "Use built-in digits",
    reload: "Reload",
    draw: "Draw",
    sheet: "Sheet to draw a digit on",
    drawHint: "Draw a digit here",
    dropHint: "or drop or paste a picture of one",
    picture: "Picture",
    pictureFile: "A picture of a digit",
    view: "The network’s view",
    clear: "Clear",
    undo: "Undo",
    redo: "Redo",
    tool: "Tool",
    pen: "Pen",
    eraser: "Eraser",
    size: "Size",
    drawKeys: "Keys",
    drawHelp:
      "Arrows move the pen, Home, End and the Page keys slantwise, with Shift farther. Space lowers and lifts it. P takes the pen, E the eraser, plus and minus its size. U undoes, R redoes, Delete clears, Ctrl+V pastes a picture. A digit says what it was.",
    probability: "Probability",
    digit: "Digit",
    epochs: "Epochs",
    epochsCaption: "Loss and accuracy of each epoch, accuracy on the test digits after it, and the test at the end",
    epochColumn: "Epoch",
    lossColumn: "Loss",
    accuracyColumn: "Accuracy",
    timeColumn: "Time",
    test: "Test",
    rate: "Digits a second",
    step: "A step",
    backend: "Computed by",
    contents: "On this page",
    settings: "Settings",
    change: "Change",
    copyLink: "Copy link",
    how: "How it works",
    stepper: "Your drawing, step by step",
    labelNote: "What was it? Press its digit, and the drawing joins <hand>your handwriting</hand>.",
    handwriting: "Your handwriting",
    deleteAll: "Delete all",
    notebook: "The notebook",
    mistakes: "What it gets wrong",
    inside: "Inside the network",
    confidence: "How sure is sure?",
    runs: "Runs",
    duel: "Two backends",
    inspector: "One step, in numbers",
  },

  /** What the main button says. */
  buttons: {
    train: "Train",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    again: "Train again",
  },

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

  dataset: {
    /** @param {string} train */
    mnist: (train) => `MNIST, ${train} digits`,
    /** @param {string} train */
    builtin: (train) => `Built-in digits, not MNIST: ${train}`,
    /** @param {string} train */
    mixed: (train) => `MNIST, built-in digits and scribbles: ${train}`,
  },
  kept: "kept from last time",
  /** @param {string} test */
  testCount: (test) => `${test} new digits`,

  fetchFailed: "MNIST could not be fetched",
  makeFailed: "The built-in digits could not be made",
  /** Why digits could not be had. @param {string} detail what the program says, in English */
  loadFailed: (detail) => detail,
  noWorker: "The training worker could not start.",
  badMessage: "A message from the training worker could not be read.",
  brokenTitle: "Something broke in the training code",
  /** @param {string} detail what the program says, in English */
  brokenMessage: (detail) => `${detail} Reload the page to start afresh.`,
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
  /** @param {string} backend @param {string} threads @param {boolean} one */
  processor: (backend, threads, one) => `${backend}, ${threads} ${one ? "thread" : "threads"}`,
  /** @param {string} adapter */
  webgpu: (adapter) => (adapter ? `WebGPU, ${adapter}` : "WebGPU"),
  /** Why it computes on this. @type {Record<import("../messages.js").Why["kind"], (message: string, simdMs: string, gpuMs: string) => string>} */
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
  /** Why one thread computes. @type {Record<import("../messages.js").Alone["kind"], (message: string) => string>} */
  alone: {
    page: () => "On the page’s own thread there is only this one.",
    absent: () => "This copy of the page was built without threads, so one thread computes.",
    isolation: () => "The server does not isolate the page (COOP and COEP), as threads need, so one thread computes.",
    failed: (message) => `Threads could not be started, so one computes. The browser says: ${message}`,
  },
  /** Sentences one after the other. @param {string[]} sentences */
  together: (sentences) => sentences.join(" "),
  none: "–",

  noInk: "No ink yet",
  /** @param {number} digit */
  reads: (digit) => `It reads ${digit}`,
  /** @param {number} first @param {number} second */
  readsPerhaps: (first, second) => `${first}, or is it ${second}?`,
  untrained: "Untrained: this is a guess.",
  notSure: "Not sure this is a digit",
  /** @param {number} digit */
  ifAny: (digit) => `If it is one: ${digit}`,
  /** @param {boolean} calibrated @returns {string} */
  probabilities: (calibrated) => (calibrated ? "Probability of each digit, in percent, calibrated" : "Probability of each digit, in percent"),
  /** @param {string} percent */
  sureness: (percent) => `${percent} sure`,
  /** @param {string} percent */
  verySure: (percent) => `over ${percent} sure`,
  blankView: "Nothing drawn: the network sees nothing",
  inkView: "The drawing as 28 by 28 pixels, white on black",

  picture: {
    none: "There is no picture in that. A file can be chosen, dropped or pasted, and a part of the screen can be copied and pasted.",
    reading: "Reading the picture …",
    read: "The picture lies on the sheet.",
    others: "There are several things in the picture: the one in the box is read.",
    whole: "A picture cannot be erased in part. Clear takes it away, and so does a stroke of the pen.",
    /** @type {Record<import("../scan.js").Obstacle | "idle", string>} */
    failed: {
      empty: "This file is empty. Choose another.",
      type: "This is no picture that can be opened here. PNG, JPEG, WebP and GIF can, unless they are damaged or of gigantic size.",
      large: "This file is over 50 MB. A photo of a few megabytes has more than enough detail.",
      missing: "The part of the page that reads pictures could not be fetched. Try again when there is a connection.",
      idle: "Nothing here can read a picture now: see what is said beside Train.",
      noise:
        "This browser gives noise instead of pixels, as a guard against tracking, so pictures cannot be read here. Drawing needs none of that, and works.",
      even: "Nothing stands out in this picture: the digit must be clearly darker or lighter than what is around it.",
      nothing: "Nothing in this picture looks like a written digit. Take one where a single digit is large.",
    },
  },
  /** @param {string} percent of the usual pen's width */
  penSize: (percent) => `Pen of ${percent} of the usual width`,
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
    /** @param {number} digit */
    notSure: (digit) => `Not sure this is a digit. If it is one, ${digit}.`,
    cleared: "Sheet cleared.",
    blank: "The sheet is blank.",
    tools: { pen: "Pen.", eraser: "Eraser." },
    /** @param {string} column @param {string} row of 28 squares each */
    place: (column, row) => `Column ${column}, row ${row} of 28.`,
    penDown: "Pen down.",
    penUp: "Pen up.",
    reset: "Started over: the network is untrained again.",
    /** @param {string} step @param {string} loss */
    step: (step, loss) => `Step ${step}: loss ${loss}.`,
    /** @param {string} rate @param {string} step */
    rate: (rate, step) => `Learning rate ${rate} from step ${step} on.`,
    /** @param {string} summary */
    settings: (summary) => `Settings: ${summary}.`,
  },

  /** What a run is made of, in the address and in the form. */
  settings: {
    /** @param {string} least @param {string} most */
    whole: (least, most) => `a whole number from ${least} to ${most}`,
    /** @param {string} least @param {string} most */
    between: (least, most) => `a number from ${least} to ${most}`,
    /** @param {string} choices */
    oneOf: (choices) => `one of ${choices}`,
    /** @param {string} range of one */
    each: (range) => `${range}, once for all hidden layers or once for each`,
    /** @param {string} most @param {string} parameters */
    widths: (most, parameters) =>
      `up to four whole numbers from 1 to ${most}, such as 128,64, or none, for at most ${parameters} parameters in all`,
    /** @param {string} range of one */
    rates: (range) => `${range}, and behind it may follow others with the steps that they begin at, such as 0.001,1875:0.0005`,
    /** @param {string} name @param {string} value @param {string} range @param {string} standard */
    bad: (name, value, range, standard) =>
      `The address says ${name}=“${value}”, which must be ${range}. ${standard} is used instead.`,
    /** @param {string} name @param {string} optimizer */
    misplaced: (name, optimizer) => `The address sets ${name}, which acts only with optimizer=${optimizer}.`,
    fitting: "What suits this machine",
    /** @param {string} range */
    must: (range) => `It must be ${range}.`,
    /** @param {string} least @param {string} most */
    range: (least, most) => `${least} – ${most}`,
    optimizers: { adam: "Adam", sgd: "SGD" },
    data: { mnist: "MNIST", builtin: "built-in digits", mixed: "MNIST and built-in digits" },
    augmented: "augmented",
    falling: "falls to 0 by the last step",
    /** @param {string} units */
    linear: (units) => `${units} linear`,
    /** @param {string} rates */
    dropoutOf: (rates) => `dropout ${rates}`,
    /** @param {string} momentum @param {boolean} nesterov */
    momentumOf: (momentum, nesterov) => `${nesterov ? "Nesterov momentum" : "momentum"} ${momentum}`,
    /** @param {string} batch */
    batchOf: (batch) => `batch ${batch}`,
    /** @param {string} epochs @param {boolean} one */
    epochsOf: (epochs, one) => `${epochs} ${one ? "epoch" : "epochs"}`,
    /** @param {string} seed */
    seedOf: (seed) => `seed ${seed}`,
    /** @param {string} rate @param {string} step */
    rateFrom: (rate, step) => `${rate} from step ${step} on`,
    /** @param {string} rate @param {string} step */
    rateSince: (rate, step) => `${rate} since step ${step}`,
    diverged: "The loss is no number any more. Start over with a lower learning rate.",
    copied: "Copied: it repeats this run.",
    copiedMixed: "Copied. This run changed what computes it on the way, so the link repeats it but for rounding.",
    byHand: "Copy it from here:",

    columns: { network: "The network", training: "How it learns", course: "How long", place: "On what" },
    layersHelp:
      "Hidden layers, between 784 pixels and ten digits. With none it is softmax regression. Dropout switches that part of a layer’s units off in each training step.",
    addLayer: "Add a layer",
    /** @param {string} index */
    layer: (index) => `Hidden layer ${index}`,
    /** @param {string} index */
    removeLayer: (index) => `Remove hidden layer ${index}`,
    units: "Units",
    activation: "Activation",
    dropout: "Dropout",
    /** @param {string} count */
    parameters: (count) => `${count} parameters`,
    /** @param {string} count @param {string} most */
    tooMany: (count, most) => `${count} parameters: at most ${most} fit here.`,
    automatic: "automatic",
    choices: {
      adam: "Adam",
      sgd: "SGD with momentum",
      mnist: "MNIST",
      builtin: "built-in digits",
      mixed: "MNIST, built-in, scribbles",
      auto: "automatic",
      gpu: "GPU",
      simd: "CPU",
    },
    fields: {
      robust: {
        name: "Robust to handwriting",
        help: "Reads 98 % of strangers’ drawings where the quickstart reads 91 %, and takes some ten times as long. A wider layer learns from MNIST’s digits, from built-in ones for the shapes that MNIST lacks, and from scribbles, which have it unsure of what is no digit; every second image is changed a little. It sets what it needs below.",
      },
      optimizer: { name: "Optimizer", help: "Adam finds each weight’s step by itself. SGD takes the gradient as it is, with momentum." },
      lr: { name: "Learning rate", help: "How far a step goes. Too high and the loss jumps, too low and it creeps." },
      decay: { name: "Falls to zero", help: "In a straight line, by the last step." },
      momentum: { name: "Momentum", help: "What the velocity keeps of itself in a step; 0 for none." },
      nesterov: { name: "Nesterov", help: "Momentum that looks one step ahead." },
      beta1: { name: "β₁", help: "What the mean of the gradients keeps of itself in a step." },
      beta2: { name: "β₂", help: "What the mean of their squares keeps of itself." },
      epsilon: { name: "ε", help: "Keeps a step from being divided by zero." },
      batch: { name: "Batch", help: "Digits a step. More make fewer and steadier steps." },
      epochs: { name: "Epochs", help: "How often it goes through all training digits." },
      seed: { name: "Seed", help: "All chance comes from it: first weights, order, dropout." },
      data: { name: "Digits", help: "MNIST is real handwriting; the built-in digits are drawn here. With both, the test is MNIST’s." },
      augment: {
        name: "Augmentation",
        help: "Every second image is moved, turned, stretched, slanted, bent, and drawn thicker or thinner: a little, and anew in each step.",
      },
      backend: { name: "Computes on", help: "May change at any time: the run goes on." },
      threads: { name: "Threads", help: "Of the CPU. Any number gives the same run." },
    },
    apply: "Start over with these",
    discard: "Discard changes",
    reset: "Reset to quickstart",
    notes: {
      used: "Changes hold at once.",
      run: "The run goes on as it is: what you change waits for the next.",
      waiting: "These wait for the next run: Start over or Train again begins it, too.",
      wrong: "Nothing is changed while something above cannot be.",
    },
  },

  /** @param {string} percent */
  over: (percent) => `over ${percent}`,
  /** @param {string} percent */
  under: (percent) => `under ${percent}`,

};
