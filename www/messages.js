/**
 * What the page and its worker say to each other: types, which TypeScript reads and the page never fetches.
 *
 * Page → worker:
 * @typedef {{ kind: "start", settings: import("./settings.js").Settings, loadNow: boolean, pageHasGpu: boolean }} Start  comes
 *   first, once
 * @typedef {{ kind: "load", source: import("./settings.js").Data }} Load  fetches or makes digits; again after a failure
 * @typedef {{ kind: "train" | "step" | "epoch" | "pause" | "cancel" | "stop" | "reset" }} Control  train also resumes, and starts
 *   anew after the end; step trains one step and epoch to an epoch's end, and both leave the run paused; cancel takes a Train back
 *   that waits for the digits
 * @typedef {{ kind: "configure", settings: import("./settings.js").Settings }} Configure  another network or training, from its start;
 *   not on other threads
 * @typedef {{ kind: "change-rate", rate: number }} ChangeRate  another learning rate from the next step on
 * @typedef {{ kind: "predict", id: number, stages: boolean } & import("./sheet.js").Content} Predict  answered with its id, and with the
 *   way to the pixels where `stages`
 * @typedef {{ kind: "compute", backend: import("./settings.js").Settings["backend"] }} Compute  at any time
 * @typedef {{ kind: "inspect", step: number, weight: number | "middle" | "liveliest" }} Inspect  a step, from 1, of the run from its
 *   seed, and a weight, or the one with the largest gradient: in the middle of the image, or anywhere. The newest question counts
 * @typedef {{ kind: "look", look: import("./insight.js").Look }} Look  what is in sight of the sections that look into the network
 * @typedef {import("./profiling.js").Profile} Profile
 * @typedef {import("./lesson.js").Teach} Teach  after a run only, as Unteach
 * @typedef {import("./lesson.js").Unteach} Unteach
 * @typedef {import("./referee.js").Duel | import("./referee.js").EndDuel} DuelControl
 * @typedef {import("./scan.js").Picture} Picture
 * @typedef {{ kind: "recruited", problem: string | null }} Recruited  answers Recruit: the workers are there, or why they are not
 * @typedef {Start | Load | Control | Configure | ChangeRate | Predict | Picture | Compute | Inspect | Look | Profile | DuelControl | Teach | Unteach
 *   | Recruited} ToWorker
 *
 * Worker → page:
 * @typedef {{ kind: "recruit" } & import("./team.js").Recruits} Recruit  asks for workers to compute with, before it has started
 * @typedef {{ kind: "started", build: import("./builds.js").Build, threads: number }} Started  predictions work from here on
 * @typedef {{ kind: "unsupported", missing: "simd" | "webassembly" }} Unsupported
 * @typedef {"starting" | "waiting" | "loading" | "queued" | "ready" | "training" | "paused" | "evaluating" | "done"
 *   | "stopped" | "failed" | "broken" | "unsupported"} State  queued: loading, and Train was pressed
 * @typedef {{ kind: "state", state: State }} StateMessage
 * @typedef {{ kind: "loading", source: "mnist" | "builtin", done: number, total: number | null }} Loading  bytes of the one, or digits
 *   of the other: a mixture has first those, then these
 * @typedef {{ kind: "loaded", source: import("./settings.js").Data, train: number, test: number, cached: boolean }} Loaded
 * @typedef {{ kind: "untrained", description: import("./wasm/simd128/sumi.js").Description, answers: import("./wasm/simd128/sumi.js").Answers } } Untrained  of
 *   the model before its first step: what it is, and what it says of the first training digits
 * @typedef {{ kind: "load-failed", source: import("./settings.js").Data, message: string }} LoadFailed
 * @typedef {{ kind: "cleared" }} Cleared  the network is untrained again
 * @typedef {{ kind: "rate-changed", step: number, rate: number }} RateChanged  from this step on, counted over all epochs
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
 * @property {import("./ledger.js").Spent} spent where the run's time went
 * @typedef {{ kind: "epoch", epoch: number, loss: number, accuracy: number, seconds: number }} EpochEnd
 * @typedef {{ kind: "tested", epoch: number, loss: number, accuracy: number, seconds: number }} Tested  on the test digits, after an
 *   epoch that is not the last: that one's test is Evaluated
 * @typedef {object} Evaluated  on the test digits
 * @property {"evaluated"} kind
 * @property {number} loss
 * @property {number} accuracy
 * @property {number} seconds
 * @property {import("./wasm/simd128/sumi.js").Answers} answers what it says of the first five
 * @property {string} digest SHA-256 of all parameters
 * @property {import("./ledger.js").Spent} spent where the run's time went
 * @typedef {{ kind: "replaying", position: number, step: number }} Replaying  how far the way to an inspected step is
 * @typedef {{ kind: "inspected", view: import("./wasm/simd128/sumi.js").StepView }} Inspected
 * @typedef {{ kind: "sight", sight: import("./insight.js").Sight }} SightMessage
 * @typedef {import("./profiling.js").Profiled} Profiled
 * @typedef {import("./referee.js").DuelBegun | import("./referee.js").DuelProgress | import("./referee.js").DuelOver
 *   | import("./referee.js").DuelFailed} DuelNews
 * @typedef {{ kind: "calibrated" } & import("./wasm/simd128/sumi.js").CalibrationFound} Calibrated  after a run's test, and after a lesson
 * @typedef {import("./lesson.js").Teaching} Teaching
 * @typedef {import("./lesson.js").Taught} Taught
 * @typedef {import("./lesson.js").Untaught} Untaught
 * @typedef {import("./wasm/simd128/sumi.js").Prediction & { image: Uint8Array }} Prediction
 * @typedef {{ kind: "prediction", id: number | null, prediction: Prediction | null, stages: import("./stepper.js").DrawnStages | null }} PredictionMessage
 *   no id: the same ink read anew by a network that has learnt since; no prediction: no ink; stages where they were asked for, and the
 *   samples that they are of
 * @typedef {import("./scan.js").PictureRead} PictureRead
 * @typedef {import("./scan.js").PictureFailed} PictureFailed
 * @typedef {object} Why  why it computes on this
 * @property {"asked" | "faster" | "software" | "missing" | "insecure" | "blocked" | "adapter" | "device" | "failed"} kind
 * @property {string} [message] what the browser or the GPU said
 * @property {number} [simdMs] a step, where both were timed
 * @property {number} [gpuMs]
 * @typedef {object} Alone  why one thread computes where several could
 * @property {"page" | "absent" | "isolation" | "failed"} kind on the page's own thread, which must not wait; the site has no such
 *   build; the page is not isolated; they could not be started
 * @property {string} [message] what the browser said
 * @typedef {object} Computes
 * @property {"computes"} kind
 * @property {"simd" | "gpu"} backend
 * @property {import("./builds.js").Build} build
 * @property {number} threads of the CPU
 * @property {string} adapter the GPU's name, as far as the browser tells it
 * @property {Why} why
 * @property {Alone | null} alone
 * @typedef {{ kind: "elsewhere" }} Elsewhere  the GPU that was asked for is the page's alone: nothing has been done here
 * @typedef {{ kind: "broken", message: string }} Broken  a bug: nothing works any more
 * @typedef {Recruit | Started | Unsupported | StateMessage | Loading | Loaded | Untrained | LoadFailed | Cleared | RateChanged | Progress | EpochEnd
 *   | Tested | Evaluated | Calibrated | Teaching | Taught | Untaught | Replaying | Inspected | Profiled | DuelNews | SightMessage
 *   | PredictionMessage | PictureRead | PictureFailed | Computes | Elsewhere | Broken} FromWorker
 */

export {};
