/** The texts of what lies below the first screen, and of the bench page, in English: they come after what training needs. */

/** A digit with its article. @param {number} digit */
const a = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

export const panels = {
  page: {
    about: "About this page",
    how1:
      "The network sees each digit as 784 numbers, one for each pixel, and answers with ten: how strongly it believes in each digit. At first its weights are random and so are its answers. Training shows it some digits at a time, in the quickstart 32, measures how wrong it was (the loss), and moves every weight a little in the direction that would have made it less wrong. Five times through all 60,000 digits are 9,375 such steps.",
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
      "<sumi>Sumi</sumi> is Japanese for ink, as on brush and paper. The address of this page holds its settings: the same address trains the same network. <bench>How fast is a step here?</bench>",
    loadTitle: "Load the digits",
    load:
      "Handwritten digits to learn from and others to be tested with, each 28 × 28 pixels. Dividing by 255 turns their grey levels into numbers from 0 to 1.",
    buildTitle: "Build the model",
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
    handwritingLead: "Digits of yours, kept in this browser alone, from which the network learns your hand",
    ownEmpty:
      "Draw a digit, then press what it was: below its probability, or on the keyboard. It is kept here. Ten are a good beginning, above all of what is misread.",
    exportOwn: "Export",
    importOwn: "Import",
    teach: "Teach it",
    unteach: "Take the lesson back",
    lessonText:
      "A lesson is 300 steps or more, once a run is over: four of your digits in each, among 28 that it was trained on, so that it does not forget those. Another run begins without it.",
    ownCaption: "What is read right before the lesson and after it",
    readRight: "Read right",
    beforeLesson: "Before",
    afterLesson: "After the lesson",
    inLesson: "Your digits in the lesson",
    atFirstSight: "Your digits at first sight",
    handHonest:
      "At first sight is as each was read when you drew it, before any lesson could have it: what to expect of your next digit. The row above it flatters, for it was taught these very digits.",
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
    momentum: "Momentum μ",
    metrics: "Metrics",
    batchSize: "Batch",
    seed: "Seed",
    fitLog: "Progress of each epoch",
    digest: "Fingerprint of the trained weights (SHA-256)",
    answersCaption: "Probability of each digit for the first five test digits",
    mistakesLead: "The test digits, none of which it learns from: what each is, and what it is taken for",
    insideLead: "What its units look for, what they say to a digit, and why it is read so",
    confidenceLead: "Of all answers that are 90% sure, are 90% right?",
    reliability: "How often answers are right, by how sure they are; the table holds the numbers",
    asItIs: "as it is",
    calibrated: "calibrated",
    temperature: "Temperature",
    errorBefore: "Calibration error, as it is",
    errorAfter: "Calibrated",
    markedNotSure: "Digits marked “not sure”",
    notSureText:
      "The seal says “not sure” where the highest logit stands so little above the mean of all ten that only 2% of the digits fitted on are as low. Many scribbles are; some still pass for digits.",
    reliabilityNumbers: "The diagram’s numbers",
    reliabilityCaption: "Answers by how sure they are: how many, their mean probability, and the share of right ones",
    digits: "Digits",
    meanProbability: "Sure",
    rightShare: "Right",
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
    weight: "One weight and its update",
    chosenImage: "The chosen image, with the weight’s pixel",
    weightLayer: "Weight of",
    pixelRow: "Pixel row",
    pixelColumn: "Pixel column",
    fromUnit: "From unit",
    liveliest: "The one with the largest gradient",
    gradientText: "The gradient: how much the batch’s loss would rise if the weight did",
    mText: "m follows the gradient, smoothed",
    vText: "v follows its square: how large gradients are of late",
    rateText: "Both begin at zero; the step size makes up for it",
    wText: "The weight moves against the gradient, by at most about α",
    velocityText: "The velocity keeps a part of itself, and the gradient pulls it downhill",
    sgdText: "The weight moves by its velocity",
    nesterovText: "The weight moves to where the velocity would take it one step on (Nesterov)",
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
    settingsNote: "This run has other settings than the original: their numbers cannot be compared.",
    /** @param {string} widths @param {number} layers @param {boolean} dropout */
    build: (widths, layers, dropout) => {
      if (layers === 0) {
        return "Flatten lays the pixels out in one row of 784, and ten outputs, one for each digit, look at all of them: softmax regression.";
      }
      const hidden = layers === 1 ? `A layer of ${widths} units looks at all of them` : `Layers of ${widths} units look at them, one behind the other`;
      const off = dropout ? "dropout switches a part of these units off in each training step, " : "";
      return `Flatten lays the pixels out in one row of 784. ${hidden}, ${off}and ten outputs stand for the ten digits.`;
    },
    and: " and ",
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
    /** @param {string} steps @param {string} settings */
    profiled: (steps, settings) => `Mean of ${steps} steps of ${settings}`,
    /** Parts of a step, as src/bench/mod.rs names them. */
    parts: {
      augment: () => "Varying the batch",
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
    tooLarge: "Plain loops would take too long with this network and these batches. Choose smaller ones in the settings, or another pair.",
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
    /** @param {string} index @param {boolean} only */
    hiddenLayer: (index, only) => (only ? "the hidden layer" : `hidden layer ${index}`),
    outputLayer: "the output layer",
    toUnit: "To unit",
    toDigit: "To digit",
    noGradient:
      "Its gradient is exactly zero in this step: its input is zero in all of the batch, or its unit was closed or dropped wherever it is not.",
  },

  mistakes: {
    matrix: "Rows: what a digit is. Columns: what it is taken for. Choose a number to see the digits behind it.",
    /** @param {number} label @param {number} digit @param {string} count */
    cell: (label, digit, count) => (label === digit ? `${label} read right: ${count}` : `${label} taken for ${digit}: ${count}`),
    /** @param {string} wrong @param {string} total @param {string} right @param {string} steps @param {boolean} untrained */
    summary: (wrong, total, right, steps, untrained) =>
      untrained
        ? `Untrained it can only guess: ${wrong} of ${total} test digits are read wrong, ${right} right.`
        : `${wrong} of ${total} test digits are read wrong, ${right} right, after ${steps} training steps.`,
    none: "Mistakes",
    /** @param {string} total @param {number} count */
    list: (total, count) => (count === 1 ? "The one mistake" : `All ${total} mistakes, the surest first`),
    /** @param {number} label @param {number} digit @param {string} total @param {number} count */
    cellList: (label, digit, total, count) => {
      const what = label === digit ? `${label} read right` : `${label} taken for ${digit}`;
      const order = count < 2 ? "" : label === digit ? ", the least sure first" : ", the surest first";
      return `${what}: ${total} ${count === 1 ? "digit" : "digits"}${order}`;
    },
    all: "All mistakes",
    /** @param {string} count */
    more: (count) => `Show ${count} more`,
    /** @param {number} label @param {number} digit @param {string} percent */
    tile: (label, digit, percent) => (label === digit ? percent : `${label}→${digit} ${percent}`),
    /** @param {string} row @param {number} label @param {number} digit @param {string} percent */
    digit: (row, label, digit, percent) =>
      `Test digit ${row}, ${a(label)}, ${label === digit ? "read right" : `taken for ${digit}`}, ${percent} sure`,
    nothingHere: "There is no such digit.",
    /** @param {string} row @param {number} label @param {string} percent */
    rightWords: (row, label, percent) => `Test digit ${row} is ${a(label)}, and is read as one: ${percent} sure.`,
    /** @param {string} row @param {number} label @param {number} digit @param {string} percent @param {string} right */
    wrongWords: (row, label, digit, percent, right) =>
      `Test digit ${row} is ${a(label)}. The network is ${percent} sure that it is ${a(digit)}; for the ${label} it leaves ${right}.`,
    lookInside: "See why, inside",
    classes: "Digit by digit",
    columns: {
      digit: "Digit",
      of: "Test digits",
      right: "Read right",
      wrong: "Read wrong",
      takenFor: "Mostly as",
      precision: "Right when it says so",
    },
    /** @param {number} digit @param {string} count */
    takenFor: (digit, count) => `${digit} (${count})`,
  },

  inside: {
    follows: "It follows the training while it is in sight, and reads along with your pen.",
    unitsTitle: "What each unit looks for",
    unitsText:
      "A unit of the first layer has a weight for each of the 784 pixels: here they are as a picture. Where it is vermilion, ink raises the unit’s sum; where it has the colour of this text, ink lowers it. The bar under a picture says how strongly the unit answers to what is read below. The rim keeps its random start, for there digits have no ink.",
    units: "Units of the first layer",
    scale: "Full colour",
    sharedScale: "the same for all",
    ownScale: "each unit’s largest weight",
    /** @param {string} weight */
    sharedFull: (weight) => `Full colour is a weight of ±${weight} or more, three times what is usual in this layer.`,
    ownFull: "Full colour is each unit’s own largest weight, so strengths cannot be compared.",
    /** @param {string} first @param {string} last @param {string} total */
    pageOf: (first, last, total) => `${first} to ${last} of ${total}`,
    /** @param {string} unit */
    unit: (unit) => `Unit ${unit}`,
    /** @param {number} digit */
    digitUnit: (digit) => `Output ${digit}`,
    /** @param {string} name */
    unitPicture: (name) => `${name}: the weights of its 784 pixels`,
    bias: "Bias",
    openFor: "Sum above zero for",
    /** @param {string} percent */
    openShare: (percent) => `${percent} of the test digits`,
    strongest: "Answers most strongly to",
    toDigits: "Its weights to the ten digits",
    /** @param {string} count @param {string} full */
    toUnits: (count, full) => `Its weights to the ${count} units of the next layer, full colour ±${full}`,
    isClass: "This network has no hidden layer: each picture is a digit’s own, and its sum is the digit’s logit.",

    readingTitle: "One digit on its way through",
    readingText:
      "Each layer makes new numbers of those before it, until ten are left. A square is a unit: the stronger its colour, the larger its number.",
    readDrawing: "Back to the drawing",
    yourDrawing: "Your drawing, as the network sees it",
    /** @param {number} answer */
    ofDrawing: (answer) => `Your drawing, read as ${answer}.`,
    /** @param {string} row @param {number} label @param {number} answer */
    ofTestDigit: (row, label, answer) =>
      `Test digit ${row}, ${a(label)}, read as ${answer}. Draw, and your own digit takes its place.`,
    drawHere: "Draw here too",
    pixels: "784 pixels",
    /** @param {string} index @param {string} units @param {string} open */
    layer: (index, units, open) => `Hidden layer ${index}: ${open} of ${units} units above zero`,
    strongestUnits: "The strongest units",
    noHidden: "There is no hidden layer: the logits come straight from the pixels.",
    outputs: "Logit of each digit, and what softmax makes of it",
    logit: "Logit",
    softmax: "Softmax",

    saliencyTitle: "Which pixels made it say so",
    saliencyText:
      "Softmax sees only by how much a digit’s logit leads. So this takes the lead apart: the digit’s logit less the mean of the other nine. It is the sum of what each pixel’s ink adds, and of what the biases add.",
    explain: "What speaks for",
    itsAnswer: "its answer",
    /** @param {number} digit @param {string} lead @param {string} ink @param {string} biases */
    lead: (digit, lead, ink, biases) => `Lead of ${digit}: ${lead} = ${ink} by the ink ${biases} by the biases`,
    shares: "The ink that is there",
    sharesText: "Vermilion speaks for the digit, the colour of this text against it: gradient times ink.",
    gradient: "More ink anywhere",
    gradientText: "Where another drop would help, and where it would hurt: the gradient alone.",
    /** @param {string} value */
    full: (value) => `Full colour: ±${value}`,
    /** @param {number} digit */
    sharesPicture: (digit) => `What each pixel’s ink adds to the lead of ${digit}`,
    /** @param {number} digit */
    gradientPicture: (digit) => `The gradient of the lead of ${digit} by each pixel`,

    mapTitle: "A map of the test digits",
    mapText:
      "The last hidden layer turns each digit into as many numbers as it has units. Seen from where they differ most (their first two principal components), digits that the network takes for alike lie close together. Training pulls them apart.",
    map: "Map of the test digits",
    mapHelp: "Point at a digit, or use the arrow keys, with Shift for long ways; Enter looks inside.",
    mapDigits: "Show",
    allDigits: "all",
    mapKey: "What is read above",
    noPoint: "Point at a digit on the map to see it.",
    /** @param {string} row @param {number} label @param {number} digit @param {string} percent */
    point: (row, label, digit, percent) => `Test digit ${row}, ${a(label)}, read as ${digit}: ${percent}.`,
    /** @param {string} count @param {string} across @param {string} upward */
    explained: (count, across, upward) =>
      `${count} test digits. Of all that differs between them, ${across} lies along the map’s width and ${upward} along its height.`,
    centres: "The middle of each digit’s own, as a table",
    across: "Across",
    upward: "Upward",
    noMap: "A map needs a hidden layer, and this network has none.",
  },

  stepper: {
    /** Instead of Strokes and Box, where it is a picture. */
    picture: "Picture",
    pictureView: "The picture, with a box around its digit",
    ink: "Ink",
    inkView: "The ink that was found in the picture, in its box",
    /** @param {boolean} dark @param {boolean} others */
    found: (dark, others) =>
      `A digit, ${dark ? "darker" : "lighter"} than its ground.${others ? " Other things in the picture are left out." : ""}`,
    /** @param {string} width @param {string} height in pixels of the picture */
    inkBox: (width, height) => `What differs from its ground by more than half as much as ink does: ${width} × ${height} pixels.`,
    /** @param {string} side @param {string} pen in pixels */
    scaledPicture: (side, pen) => `The longer side becomes ${side} pixels; its strokes are ${pen} wide then.`,
    /** @param {string} side @param {string} found @param {string} pen in pixels */
    rescaledPicture: (side, found, pen) =>
      `The longer side becomes ${side} pixels. Its strokes would be ${found} wide and are made ${pen}, nearer to MNIST’s.`,
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

  confidence: {
    empty: "Once a run is over, half of the test digits say how far its probabilities can be believed.",
    /** @param {string} fitted @param {string} measured */
    how: (fitted, measured) =>
      `The logits are divided by one number, the temperature, which changes no answer. Training may use every training digit, so none of those can tell: the temperature fits every second test digit, ${fitted} of them, and the figures are of the other ${measured}. What you draw is read with it.`,
    across: "how sure it is",
    up: "how often it is right",
    /** @param {string} low @param {string} high */
    bin: (low, high) => `${low} – ${high}`,
  },

  handwriting: {
    /** @param {number} label @param {string} count @param {boolean} one */
    kept: (label, count, one) => `Kept as a ${label}: ${count} ${one ? "digit" : "digits"} of your hand.`,
    /** @param {string} detail */
    unkept: (detail) => `Here until the page closes, for the browser could not keep it: ${detail}`,
    notKept: "This browser keeps nothing for the page: your digits are gone when it closes, unless you export them.",
    /** @param {string} most */
    full: (most) => `There is room for ${most} digits. Delete some first.`,
    teaching: "The lesson goes on …",
    again: "Teach it again",
    /** @param {string} right @param {string} all @param {string} accuracy */
    taught: (right, all, accuracy) => `Taught: it reads ${right} of your ${all} now, and ${accuracy} of the test digits. Draw on and see.`,
    untaught: "The lesson is taken back: the network is as its run has left it.",
    /** @param {number} label @param {number} read */
    misread: (label, read) => `${label}, read ${read}`,
    /** @param {number} label */
    delete: (label) => `Delete this ${label}`,
    /** @param {number} label */
    deleted: (label) => `A ${label} is deleted.`,
    /** @param {number} label */
    deletedTaught: (label) => `A ${label} is deleted. What was learnt of it goes with the next lesson, or with this one taken back.`,
    /** @param {string} count */
    sure: (count) => `Really delete all ${count}`,
    cleared: "All are deleted.",
    clearedTaught: "All are deleted. What was learnt of them is there until the lesson is taken back.",
    /** @param {string} count */
    showAll: (count) => `Show all ${count}`,
    /** @param {string} fresh @param {string} known */
    imported: (fresh, known) => `Digits that came: ${fresh}. There already: ${known}.`,
    /** @param {string} name @param {string} line */
    badLine: (name, line) =>
      `${name}, line ${line}: expected a JSON object with "label" from 0 to 9 and "image" of 784 numbers from 0 to 255, as Export writes it. Nothing was taken.`,
    /** @param {string} name */
    nothing: (name) => `${name} holds no digit.`,
    /** @param {string} name */
    tooLarge: (name) => `${name} is too large to be a file of digits.`,
    /** @param {string} name @param {string} detail */
    unread: (name, detail) => `${name} could not be read. The browser says: ${detail}`,
    testRow: {
      /** @param {string} count */
      mnist: (count) => `MNIST’s ${count} test digits`,
      /** @param {string} count */
      builtin: (count) => `The ${count} built-in test digits`,
    },
    /** @param {string} right @param {string} all */
    of: (right, all) => `${right} of ${all}`,
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
