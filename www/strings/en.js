/**
 * Every text of the page in English; ja.js has the same keys. Numbers come formatted from number.js. In `page`, `<name>words</name>`
 * marks an element of index.html by its `data-part`.
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
    reset: "Reset",
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
      "Arrows move the pen, Home, End and the Page keys slantwise, with Shift farther. Space lowers and lifts it. P takes the pen, E the eraser, plus and minus its size. U undoes, R redoes, Delete clears.",
    probabilities: "Probability of each digit, in percent",
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
    computeOn: "Computes on",
    automatic: "automatic",
    gpu: "GPU",
    cpu: "CPU",
    about: "About this page",
    how: "How it works",
    how1:
      "The network sees each digit as 784 numbers, one for each pixel, and answers with ten: how strongly it believes in each digit. At first its weights are random and so are its answers. Training shows it 32 digits at a time, measures how wrong it was (the loss), and moves every weight a little in the direction that would have made it less wrong. Five times through all 60,000 digits are 9,375 such steps.",
    how2:
      "The test at the end uses 10,000 digits that it never saw while training, so it shows what the network has learnt, not what it has memorised. What you draw is treated as MNIST’s digits were: scaled to fit a box of 20 by 20 pixels, then moved so that its centre of mass is in the middle of 28 by 28.",
    how3:
      "Nothing leaves your computer. The network is written in Rust, compiled to WebAssembly, and runs in a background thread of this page; the page talks to no server but the one it came from.",
    model: "Where it comes from",
    modelCaption: "Layers of the network",
    layerColumn: "Layer (type)",
    outputColumn: "Output shape",
    parametersColumn: "Parameters",
    total: "Total parameters",
    origin:
      "It is the model of <quickstart>TensorFlow’s quickstart for beginners</quickstart>, with the same optimiser (Adam), the same batches of 32, the same five epochs and the same digits: <mnist>MNIST</mnist>, by Yann LeCun, Corinna Cortes and Christopher Burges.",
    footer:
      "<sumi>Sumi</sumi> is Japanese for ink, as on brush and paper. The address of this page may end in <seed>?seed=7</seed>, <epochs>?epochs=10</epochs>, <backend>?backend=gpu</backend>, <threads>?threads=2</threads>, <data>?data=builtin</data> or <lang>?lang=ja</lang>; the same seed trains the same network. <bench>How fast is a step here?</bench>",
    loadTitle: "Load the digits",
    load:
      "Handwritten digits to learn from and others to be tested with, each 28 × 28 pixels. Dividing by 255 turns their grey levels into numbers from 0 to 1.",
    buildTitle: "Build the model",
    build:
      "Flatten lays the pixels out in one row of 784. A layer of 128 units looks at all of them, dropout switches a fifth of these units off in each training step, and ten outputs stand for the ten digits.",
    untrainedTitle: "Ask it untrained",
    untrained:
      "For each digit the model returns one logit: a score that may be any number. Its weights are still random, so the scores of the first training digit mean nothing yet.",
    softmaxTitle: "Scores become probabilities",
    softmax:
      "Softmax turns the ten logits into probabilities: each between 0 and 1, all together 1.",
    lossCellTitle: "Measure how wrong it is",
    lossCell:
      "The loss is the negative logarithm of the probability that the right digit was given. Who guesses gives each digit about 1/10, and so has a loss near ln 10.",
    compileTitle: "Compile",
    compile:
      "Which optimizer moves the weights, which loss it lowers, and what is reported on the way.",
    fitTitle: "Train",
    fit:
      "All training digits, epoch by epoch, in a new order each time. After every batch the weights move; loss and accuracy are means over the epoch so far.",
    evaluateTitle: "Evaluate",
    evaluate:
      "How the trained model does on test digits, none of which it has seen while training.",
    probabilitiesCellTitle: "Ask for probabilities",
    probabilitiesCell:
      "With a softmax behind it the model returns probabilities. These are the first five test digits, one a column; the highest probability is what it reads.",
    stepper: "Your drawing, step by step",
    stepperLead: "How it becomes the 28 × 28 pixels that the network reads: as MNIST’s digits were made",
    stageStrokes: "Strokes",
    stageStrokesView: "The strokes, with the points of the pen",
    stageEmpty: "Draw a digit above: it is shown here.",
    stageBox: "Box",
    stageBoxView: "The box around the strokes",
    stageBoxText: "The smallest box that holds them: where and how large they are is left behind.",
    stageScaled: "Scaled",
    stageScaledView: "Smooth curves and their ink in a box of 20 by 20 pixels",
    stageScaledText: "The longer side becomes 20 pixels, and only then the pen gets its width.",
    stageCentred: "Centred",
    stageCentredView: "The 28 by 28 pixels, with the way of the centre of mass",
    stageCentredText: "Whole pixels take the ink’s centre of mass to the middle of pixel 14.",
    notebook: "The notebook",
    notebookLead: "TensorFlow’s quickstart, cell by cell, with what the network in this page answers",
    comparison: "This run beside the original and the spread of other seeds",
    untrainedLossColumn: "Untrained loss",
    testLossColumn: "Test loss",
    testAccuracyColumn: "Test accuracy",
    firstDigitsColumn: "First five read",
    thisRun: "This run",
    originalRun: "Original run",
    trainable: "Trainable",
    logits: "Ten logits",
    tenProbabilities: "Ten probabilities",
    sum: "Sum",
    guess: "A guess, ln 10",
    optimizer: "Optimizer",
    learningRate: "Learning rate α",
    metrics: "Metrics",
    batchSize: "Batch",
    seed: "Seed",
    fitLog: "Progress of each epoch",
    digest: "Fingerprint of the trained weights (SHA-256)",
    answersCaption: "Probability of each digit for the first five test digits",
    runs: "Runs",
    runsLead: "Every run of this visit, step by step, to look into and to compare",
    smoothing: "Smoothing",
    logLoss: "Logarithmic loss",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomAll: "All",
    runsChart: "Curves of the runs; the table below holds the numbers",
    runsEmpty: "Press Train, and the run’s curves are here. Then change something, train again, and compare.",
    runsHelp:
      "Drag over a stretch to zoom in, double-click for all of it; or pinch, or Ctrl and the wheel. Keys: arrows move the cursor, + and − zoom, 0 shows all.",
    runsCaption: "Loss and accuracy of each run at the cursor, or at its last step",
    runColumn: "Run",
    stepMsColumn: "Ms a step",
    downloadCsv: "Numbers as CSV",
    downloadPng: "Curves as PNG",
    trained: "Trained",
    runEpochsCaption: "The run’s epochs: training’s loss and accuracy, and those of the test after each",
    spent: "Where the run’s time went",
    parts: "Where a step’s time goes",
    partsText: "The parts of a training step on one thread of the CPU, timed on a network of their own.",
    together: "Together",
    profile: "Time the parts",
    duel: "Two backends",
    duelLead: "The same network from the same seed, trained twice: the same curve, but for rounding, and another speed",
    duelPair: "Compare",
    duelGpu: "the GPU with the CPU",
    duelReference: "plain loops with SIMD",
    duelThreads: "one thread with all",
    duelLength: "over",
    steps100: "100 steps",
    steps500: "500 steps",
    steps2000: "2,000 steps",
    wholeEpoch: "a whole epoch",
    differences: "Difference of the two losses in a step: a dot, or none where they are equal",
    lossOfLast: "Loss, the last 100 steps",
    inspector: "One step, in numbers",
    inspectorLead: "Any step of this run, replayed beside it on the CPU from the same seed",
    previous: "Previous",
    next: "Next",
    stepField: "Step",
    show: "Show",
    inspectorEmpty: "Shown as soon as the digits are here",
    batch: "The batch and what is said of it",
    batchText: "The first images of the batch with their labels. Choose one to see its ten logits, dropout included, and the probabilities that softmax makes of them.",
    batchImages: "Images of the batch",
    imageLoss: "Loss of this image",
    batchLoss: "Loss of the batch, the mean",
    weight: "One weight and Adam’s update of it",
    chosenImage: "The chosen image, with the weight’s pixel",
    weightLayer: "Weight of",
    hiddenLayer: "the hidden layer",
    outputLayer: "the output layer",
    pixelRow: "Pixel row",
    pixelColumn: "Pixel column",
    fromUnit: "From unit",
    liveliest: "The one with the largest gradient",
    gradientText: "The gradient: how much the batch’s loss would rise if the weight did",
    mText: "m follows the gradient, smoothed",
    vText: "v follows its square: how large gradients are of late",
    rateText: "Both begin at zero; the step size makes up for it",
    wText: "The weight moves against the gradient, by at most about α",
    benchTitle: "Sumi · how fast is it here?",
    benchHeading: "How fast is it here?",
    benchLead:
      "One step is forward, loss, backward and Adam on one batch; the page trains the quickstart in 9,375 of them. After a warm-up, <repeats>repeats</repeats> runs of <steps>steps</steps> steps each are timed in a worker. Compare medians: anything else that this machine does makes some runs slower. <back>Back to the page</back>",
    benchBackend: "Backend",
    benchBuild: "Build",
    benchBest: "best here",
    benchThreads: "Threads",
    benchBatch: "Batch",
    benchHidden: "Hidden units",
    benchDepth: "Hidden layers",
    benchSteps: "Steps",
    benchRepeats: "Repeats",
    benchMeasure: "Measure steps",
    benchMeasureParts: "Part by part",
    benchMeasureTasks: "Whole tasks",
    benchMeasureCeilings: "Limits of this processor",
    benchStepsHeading: "Training steps",
    benchMedian: "Median ms a step",
    benchRange: "Fastest to slowest",
    benchRate: "Images a second",
    benchDispatches: "Dispatches a step",
    benchSubmits: "Submits a step",
    benchEncode: "Ms encoding a step",
    benchPartsHeading: "The parts of a step",
    benchPartsNote: "Each on the processor, in the order in which they run, on average over the steps.",
    benchPart: "Part",
    benchMs: "Ms",
    benchShare: "Share",
    benchTasksHeading: "Whole tasks",
    benchTasksNote:
      "What a visitor waits for, on the processor; and the products of a layer of 512 units behind one of 512, on a batch of 512.",
    benchTask: "Task",
    benchMedianMs: "Median ms",
    benchCeilingsHeading: "Limits of this processor",
    benchCeilingsNote:
      "In this browser’s engine, on one thread: what small loops reach that do one thing only. No kernel can be faster.",
    benchResource: "What",
    benchPerSecond: "Thousand million a second",
    benchMedianShort: "Median",
    benchRecord: "For the record",
    benchBrowser: "Browser",
    benchCores: "Processor cores",
    benchAdapter: "GPU",
    benchData: "Digits",
    benchDownload: "Download as JSON",
    benchJson: "As JSON",
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

  /** @param {string} train */
  mnist: (train) => `MNIST, ${train} digits`,
  kept: "kept from last time",
  /** @param {string} train */
  builtin: (train) => `Built-in digits, not MNIST: ${train}`,
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
  /** Why it computes on this. @type {Record<import("../worker.js").Why["kind"], (message: string, simdMs: string, gpuMs: string) => string>} */
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
  /** Why one thread computes. @type {Record<import("../worker.js").Alone["kind"], (message: string) => string>} */
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
  /** @param {string} percent */
  sureness: (percent) => `${percent} sure`,
  /** @param {string} percent */
  verySure: (percent) => `over ${percent} sure`,
  blankView: "Nothing drawn: the network sees nothing",
  inkView: "The drawing as 28 by 28 pixels, white on black",

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
    cleared: "Sheet cleared.",
    blank: "The sheet is blank.",
    tools: { pen: "Pen.", eraser: "Eraser." },
    /** @param {string} column @param {string} row of 28 squares each */
    place: (column, row) => `Column ${column}, row ${row} of 28.`,
    penDown: "Pen down.",
    penUp: "Pen up.",
    reset: "Reset: the network is untrained again.",
  },

  badSetting: {
    /** @param {string} value @param {string} standard */
    seed: (value, standard) =>
      `The address asks for seed “${value}”, but a seed is a whole number from 0 to 4,294,967,295. Seed ${standard} is used.`,
    /** @param {string} value @param {string} standard */
    epochs: (value, standard) =>
      `The address asks for “${value}” epochs, but they are a whole number from 1 to 100. ${standard} are used.`,
    /** @param {string} value */
    threads: (value) =>
      `The address asks for “${value}” threads, but they are a whole number from 1 to 16. As many as suit this machine are used.`,
    /** @param {string} value @param {string} standard */
    data: (value, standard) => `The address asks for data “${value}”, but there is only mnist and builtin. ${standard} is used.`,
    /** @param {string} value @param {string} standard */
    backend: (value, standard) =>
      `The address asks for backend “${value}”, but there is only auto, gpu and simd. ${standard} is used.`,
    /** @param {string} value @param {string} standard */
    lang: (value, standard) => `The address asks for language “${value}”, but there is only en and ja. ${standard} is used.`,
  },

  notebook: {
    noPicture: "No digit yet",
    /** @param {number} label */
    picture: (label) => `A handwritten ${label}`,
    waits: "Shown as soon as the digits are here",
    /** @param {number} label @param {string} probability */
    labelled: (label, probability) => `the right digit, ${label}, is given ${probability}`,
    originalApart: "Original run (not comparable)",
    builtinNote: "This run is on built-in digits and the others are on MNIST: their numbers cannot be compared.",
    stoppedNote: "This run was stopped early: after training, its numbers cannot be compared with the others.",
    /** @param {string} epochs @param {string} others @param {boolean} one */
    epochsNote: (epochs, others, one) =>
      `This run has ${epochs} ${one ? "epoch" : "epochs"} and the others have ${others}: after training, their numbers cannot be compared.`,
    /** @param {string} seeds */
    sumiSeeds: (seeds) => `Sumi, ${seeds} seeds`,
    /** @param {string} seeds */
    kerasSeeds: (seeds) => `Keras, ${seeds} seeds`,
    /** @param {string} original @param {string | null} run */
    band: (original, run) =>
      `Test accuracies on one line: the original run’s ${original}${run ? `, this run’s ${run}` : ""}, and the range of other seeds.`,
  },

  runs: {
    title: "Sumi: loss and accuracy",
    /** @param {string} smoothing */
    loss: (smoothing) => `Loss, ${smoothing}; rings: on the test digits`,
    /** @param {string} smoothing */
    accuracy: (smoothing) => `Accuracy, ${smoothing}; rings: on the test digits`,
    each: "each step by itself",
    /** @param {string} steps */
    meanOf: (steps) => `mean of ${steps} steps`,
    comma: ", ",
    /** @param {string} id @param {string} difference */
    named: (id, difference) => (difference ? `Run ${id}: ${difference}` : `Run ${id}`),
    source: { mnist: "MNIST", builtin: "built-in digits" },
    /** @param {string} epochs @param {boolean} one */
    epochs: (epochs, one) => `${epochs} ${one ? "epoch" : "epochs"}`,
    /** @param {string} seed */
    seed: (seed) => `seed ${seed}`,
    backend: { simd: "CPU", gpu: "GPU" },
    /** One after the other. @param {string[]} backends */
    then: (backends) => backends.join(", then "),
    /** @param {string} threads @param {boolean} one */
    threads: (threads, one) => `${threads} ${one ? "thread" : "threads"}`,
    /** @param {string} id */
    show: (id) => `Show run ${id}`,
    /** @param {string} id */
    remove: (id) => `Remove run ${id}`,
    atEnd: "At the last step",
    /** @param {string} epoch */
    atEpoch: (epoch) => `At epoch ${epoch}`,
    /** @param {string} most */
    full: (most) => `The last ${most} runs are kept; a new one takes the oldest’s place.`,
    /** @param {string} id @param {string} step @param {string} loss @param {string} accuracy */
    say: (id, step, loss, accuracy) => `Run ${id}, step ${step}: loss ${loss}, accuracy ${accuracy}.`,
    /** @param {string} id */
    sayNothing: (id) => `Run ${id} has no step here.`,
    /** @param {string} percent */
    writing: (percent) => `Writing: ${percent}`,
    /** @param {string} name */
    saved: (name) => `Saved as ${name}.`,
    /** @param {string} detail */
    unsaved: (detail) => `It could not be saved. The browser says: ${detail}`,
  },

  time: {
    spent: { training: "Training steps", testing: "Tests", reading: "Reading drawings" },
    /** @param {string} us */
    microseconds: (us) => `${us} µs`,
    rest: "Everything else",
    profiling: "Timing …",
    /** @param {string} steps */
    profiled: (steps) => `Mean of ${steps} steps`,
    /** Parts of a step, as src/bench/mod.rs names them. */
    parts: {
      batch: () => "Listing the batch’s ink",
      /** @param {string} layer */
      dense_forward: (layer) => `Layer ${layer}: forward`,
      softmax_cross_entropy: () => "Softmax and loss",
      /** @param {string} layer */
      dense_backward_input: (layer) => `Layer ${layer}: gradient of its input`,
      /** @param {string} layer */
      dense_update: (layer) => `Layer ${layer}: gradient and update`,
    },
  },

  duel: {
    start: "Start",
    stop: "Stop",
    starting: "Starting …",
    names: { gpu: "GPU", simd: "SIMD on the CPU", single: "SIMD", reference: "Plain loops" },
    /** @param {string} threads @param {boolean} one */
    threads: (threads, one) => `SIMD, ${threads} ${one ? "thread" : "threads"}`,
    loops: "Plain loops, 1 thread",
    /** @param {string} backend */
    software: (backend) => `${backend} (played on the CPU)`,
    paused: "Your run is paused meanwhile.",
    instead: "Plain loops take its place here.",
    /** @param {string} detail what the program says, in English */
    failed: (detail) => `It could not be finished. ${detail}`,
    ends: {
      done: "Done.",
      stopped: "Stopped: both are compared once they have run all steps.",
      interrupted: "Ended, for your run goes on.",
    },
    /** @param {string} step */
    step: (step) => `step ${step}`,
    /** @param {string} factor @param {string} fast */
    faster: (factor, fast) => `${factor} times as fast: ${fast}.`,
    /** @param {string} largest @param {string} step */
    loss: (largest, step) => `The losses differ by at most ${largest}, in step ${step}.`,
    sameLoss: "The losses are the same to the last bit in every step.",
    /** @param {string} largest @param {string} mean */
    weights: (largest, mean) => `At the end, the weights differ by at most ${largest}, and by ${mean} on average.`,
    sameWeights: "At the end, every weight is the same to the last bit.",
  },

  inspector: {
    /** @param {string} steps */
    ofSteps: (steps) => `of ${steps}`,
    /** @param {string} position @param {string} step */
    replaying: (position, step) => `Replaying: at step ${position} on the way to ${step}`,
    /** @param {string} epoch @param {string} count */
    where: (epoch, count) => `Epoch ${epoch}, a batch of ${count}`,
    /** @param {string} row @param {number} label @param {number} read */
    image: (row, label, read) => `Training digit number ${row}, labelled ${label}; its highest logit is that of ${read}.`,
    toUnit: "To unit",
    toDigit: "To digit",
    noGradient:
      "Its gradient is exactly zero in this step: the pixel is blank in all of the batch, or the unit was closed or dropped wherever it is not.",
  },

  stepper: {
    /** @param {string} strokes @param {string} points @param {boolean} one */
    strokes: (strokes, points, one) => `${strokes} ${one ? "stroke" : "strokes"}: the pen was seen at ${points} points.`,
    /** @param {string} width @param {string} height of the sheet's */
    box: (width, height) => `${width} of the sheet wide, ${height} high: place and size are left behind.`,
    /** @param {string} sheet @param {string} side @param {string} pen all in pixels */
    scaled: (sheet, side, pen) =>
      `The longer side of the ink is ${side} pixels (a sheet would be ${sheet}). The pen is ${pen} wide, however large you draw.`,
    /** @param {string} pen in pixels */
    dot: (pen) => `A dot has no side to scale. The pen is ${pen} pixels wide.`,
    /** @param {string} x @param {string} y in pixels @param {string[]} moves */
    centred: (x, y, moves) =>
      `Centre of mass ${x} across, ${y} down: ${moves.length ? `moved ${moves.join(" and ")}, into` : "it stays in"} pixel 14.`,
    moves: {
      /** @param {string} pixels */
      left: (pixels) => `${pixels} left`,
      /** @param {string} pixels */
      right: (pixels) => `${pixels} right`,
      /** @param {string} pixels */
      up: (pixels) => `${pixels} up`,
      /** @param {string} pixels */
      down: (pixels) => `${pixels} down`,
    },
  },

  /** The bench page. */
  bench: {
    ready: "Ready.",
    fetching: "Getting the digits …",
    measuring: { mnist: "Measuring on MNIST …", builtin: "Measuring on built-in digits …" },
    done: "Done.",
    /** @param {string} detail what the program says, in English */
    failed: (detail) => detail,
    /** @param {string} name @param {string} value @param {string} least @param {string} most */
    badNumber: (name, value, least, most) =>
      `The address asks for ${name}=${value}: choose a whole number from ${least} to ${most}.`,
    /** @param {string} name @param {string} value @param {string} choices */
    badChoice: (name, value, choices) => `The address asks for ${name}=${value}: choose one of ${choices}.`,
    /** @param {string} fastest @param {string} slowest */
    range: (fastest, slowest) => `${fastest} to ${slowest}`,
    together: "All of it",
    tasks: {
      "five epochs": "Train five epochs and test",
      evaluate: "Read all test digits",
      predict: "Read one image",
      "read a drawing": "Read a drawing, from the pen’s points on",
      dense_forward: "512 × 512 × 512: forward",
      dense_backward_input: "512 × 512 × 512: gradient of the input",
      dense_backward_weights: "512 × 512 × 512: gradient of the weights",
    },
    resources: {
      "multiply-add": "Multiply-adds",
      divide: "Divisions",
      "square root": "Square roots",
      integer: "Integer operations",
    },
    /** @param {string} size in KiB */
    read: (size) => `Bytes read out of ${size} KiB`,
    /** @param {string} size in KiB */
    update: (size) => `Bytes changed in place in ${size} KiB`,
    /** @param {string} name @param {boolean} software */
    adapter: (name, software) => (software ? `${name}, which the processor plays` : name),
    noAdapter: "not asked",
    digits: { mnist: "MNIST", builtin: "built in" },
  },
};
