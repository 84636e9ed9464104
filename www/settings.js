/** What a run is made of, and how an address says it: the same address, the same run. */

import { isLanguage, language, strings } from "./language.js";
import * as number from "./number.js";

/**
 * @typedef {object} Layer  a hidden one
 * @property {number} units
 * @property {boolean} relu or linear
 * @property {number} dropout the rate of the dropout behind it
 *
 * @typedef {{ name: "adam", learningRate: number, beta1: number, beta2: number, epsilon: number, decay: boolean }
 *   | { name: "sgd", learningRate: number, momentum: number, nesterov: boolean }} Optimizer
 *
 * @typedef {"mnist" | "builtin" | "mixed"} Data  mixed: MNIST's digits with built-in ones and scribbles
 *
 * @typedef {{ step: number, rate: number }} RateChange  another learning rate, from a step on
 *
 * @typedef {object} Settings  whoever changes one replaces it: what is in them is never changed
 * @property {Layer[]} layers
 * @property {Optimizer} optimizer
 * @property {RateChange[]} rateChanges in order, the first after step 1
 * @property {number} batch digits a step
 * @property {number} epochs how often training goes through the training digits
 * @property {number} seed everything random comes from it: first weights, shuffles, dropout
 * @property {Data} data
 * @property {boolean} augment whether every second image of a batch is changed a little
 * @property {"auto" | "gpu" | "simd"} backend what computes; auto: the faster
 * @property {number | null} threads of the CPU; null: as many as suit this machine
 *
 * @typedef {{ least: number, most: number, whole?: boolean }} Range  both ends are in it
 */

/** @type {<N extends string>(ranges: Record<N, Range>) => Readonly<Record<N, Range>>} */
const ranges = Object.freeze;

/** What numbers may be. */
export const RANGES = ranges({
  units: { least: 1, most: 4096, whole: true },
  dropout: { least: 0, most: 0.95 },
  lr: { least: 1e-6, most: 1 },
  momentum: { least: 0, most: 0.999 },
  beta1: { least: 0, most: 0.999 },
  beta2: { least: 0, most: 0.99999 },
  epsilon: { least: 1e-10, most: 0.1 },
  batch: { least: 1, most: 4096, whole: true },
  epochs: { least: 1, most: 100, whole: true },
  seed: { least: 0, most: 2 ** 32 - 1, whole: true },
  threads: { least: 1, most: 16, whole: true },
});
/** Hidden layers, and weights and biases of all layers, that a network may have. */
export const MOST = Object.freeze({ layers: 4, parameters: 4e6 });

/** How each optimizer is set where nobody says. @type {Readonly<{ adam: Optimizer, sgd: Optimizer }>} */
export const OPTIMIZERS = Object.freeze({
  adam: { name: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: false },
  sgd: { name: "sgd", learningRate: 0.01, momentum: 0.9, nesterov: false },
});

/** The quickstart's own. @type {Readonly<Settings>} */
export const QUICKSTART = Object.freeze({
  layers: [{ units: 128, relu: true, dropout: 0.2 }],
  optimizer: OPTIMIZERS.adam,
  rateChanges: [],
  batch: 32,
  epochs: 5,
  seed: 1,
  data: "mnist",
  augment: false,
  backend: "auto",
  threads: null,
});

/**
 * What is other in a network that reads strangers' handwriting: src/recipe.rs says the same, and docs/drawings.md what each part is
 * worth.
 */
export const ROBUST = Object.freeze({
  layers: [{ units: 512, relu: true, dropout: 0.2 }],
  optimizer: { ...OPTIMIZERS.adam, decay: true },
  rateChanges: [],
  epochs: 7,
  data: "mixed",
  augment: true,
});

/** The settings with those of the robust recipe, or with the quickstart's in their place. @param {Settings} settings @param {boolean} robust */
export function withRobust(settings, robust) {
  const from = robust ? ROBUST : QUICKSTART;
  const names = /** @type {(keyof typeof ROBUST)[]} */ (Object.keys(ROBUST));
  return /** @type {Settings} */ ({ ...settings, ...Object.fromEntries(names.map((name) => [name, from[name]])) });
}

/** @param {Settings} settings */
export const isRobust = (settings) => same({ ...settings }, withRobust(settings, true));

/** How many digits there are to train on, wherever they come from. @type {Readonly<Record<Data, number>>} */
export const DIGITS = Object.freeze({ mnist: 60000, builtin: 60000, mixed: 119000 });
const SOURCES = /** @type {Data[]} */ (Object.keys(DIGITS));

const PIXELS = 784;
const CLASSES = 10;

/** Weights and biases of each layer, the output too. @param {Pick<Layer, "units">[]} layers */
export function parametersOf(layers) {
  const widths = [PIXELS, ...layers.map(({ units }) => units), CLASSES];
  return widths.slice(1).map((width, index) => (widths[index] + 1) * width);
}

/** @param {Pick<Layer, "units">[]} layers */
export const parameterCount = (layers) => parametersOf(layers).reduce((sum, count) => sum + count, 0);

/** The learning rate at a step, from 1. @param {Pick<Settings, "optimizer" | "rateChanges">} settings @param {number} step */
export function rateAt({ optimizer, rateChanges }, step) {
  return rateChanges.filter((change) => change.step <= step).at(-1)?.rate ?? optimizer.learningRate;
}

/**
 * The settings with another learning rate from a step on: those that were to come later are forgotten. `Settings` in trainer.rs does
 * the same.
 * @param {Settings} settings @param {number} step @param {number} rate
 * @returns {Settings}
 */
export function withRate(settings, step, rate) {
  if (step <= 1) return { ...settings, optimizer: { ...settings.optimizer, learningRate: rate }, rateChanges: [] };
  const earlier = { ...settings, rateChanges: settings.rateChanges.filter((change) => change.step < step) };
  return rateAt(earlier, step) === rate ? earlier : { ...earlier, rateChanges: [...earlier.rateChanges, { step, rate }] };
}

/** Whether two are the same, all through. @param {unknown} one @param {unknown} other */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A number as people write it, where it is in its range; nothing else. @param {string} text @param {Range} range */
export function numberIn(text, { least, most, whole }) {
  const form = whole ? /^\d{1,10}$/ : /^(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i;
  const value = form.test(text.trim()) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

/** What a range is, in words. @param {Range} range */
export function rangeText({ least, most, whole }) {
  return whole
    ? strings.settings.whole(number.count(least), number.count(most))
    : strings.settings.between(number.plain(least), number.plain(most));
}

/**
 * The settings that an address asks for, the quickstart's where it asks for none, and for each that makes no sense what to say of it.
 * @param {string} search the address's query, as in `location.search`
 * @returns {{ settings: Settings, problems: (() => string)[] }}
 */
export function settingsFrom(search) {
  const query = new URLSearchParams(search);
  /** @type {(() => string)[]} */
  const problems = [];

  /**
   * What the address says of a setting, if it says something that `read` can use.
   * @template T
   * @param {string} name
   * @param {T} standard
   * @param {(text: string) => T | null} read
   * @param {() => string} range
   * @param {() => string} say what the standard is
   */
  const setting = (name, standard, read, range, say = () => String(standard)) => {
    const text = query.get(name);
    if (text === null) return standard;
    const value = read(text);
    if (value === null) problems.push(() => strings.settings.bad(name, shortened(text), range(), say()));
    return value ?? standard;
  };
  /** @param {keyof typeof RANGES} name @param {number} standard */
  const numeric = (name, standard) =>
    setting(name, standard, (text) => numberIn(text, RANGES[name]), () => rangeText(RANGES[name]), () => number.plain(standard));
  /** @template {string} T @param {string} name @param {readonly T[]} choices @param {T} standard */
  const choice = (name, choices, standard) =>
    setting(name, standard, (text) => choices.find((it) => it === text) ?? null, () => strings.settings.oneOf(choices.join(", ")));
  /** @param {string} name */
  const flag = (name) => choice(name, /** @type {const} */ (["0", "1"]), "0") === "1";
  /**
   * One for all hidden layers, or one each.
   * @template T
   * @param {string} name
   * @param {T} standard
   * @param {(text: string) => T | null} read
   * @param {() => string} range
   */
  const each = (name, standard, read, range) => {
    const list = (/** @type {string} */ text) => {
      const values = text.split(",").map(read);
      if (values.includes(null) || (values.length !== 1 && values.length !== units.length)) return null;
      return units.map((_, index) => /** @type {T} */ (values[index] ?? values[0]));
    };
    return setting(name, units.map(() => standard), list, () => strings.settings.each(range()), () => String(standard));
  };

  const [hidden] = QUICKSTART.layers;
  const units = setting("layers", [hidden.units], widths, () =>
    strings.settings.widths(number.count(RANGES.units.most), number.count(MOST.parameters)),
  );
  const dropout = each("dropout", hidden.dropout, (text) => numberIn(text, RANGES.dropout), () => rangeText(RANGES.dropout));
  const activation = each("activation", "relu", (text) => (text === "relu" || text === "linear" ? text : null), () =>
    strings.settings.oneOf("relu, linear"),
  );
  const layers = units.map((width, index) => ({ units: width, relu: activation[index] === "relu", dropout: dropout[index] }));

  const name = choice("optimizer", /** @type {const} */ (["adam", "sgd"]), QUICKSTART.optimizer.name);
  const standard = OPTIMIZERS[name];
  const rates = setting(
    "lr",
    [{ step: 1, rate: standard.learningRate }],
    learningRates,
    () => strings.settings.rates(rangeText(RANGES.lr)),
    () => number.plain(standard.learningRate),
  );
  const learningRate = rates[0].rate;
  /** @type {Optimizer} */
  let optimizer;
  if (standard.name === "adam") {
    for (const other of ["momentum", "nesterov"]) {
      if (query.has(other)) problems.push(() => strings.settings.misplaced(other, "sgd"));
    }
    const [beta1, beta2, epsilon] = /** @type {const} */ (["beta1", "beta2", "epsilon"]).map((it) => numeric(it, standard[it]));
    optimizer = { name: "adam", learningRate, beta1, beta2, epsilon, decay: flag("decay") };
  } else {
    for (const other of ["beta1", "beta2", "epsilon", "decay"]) {
      if (query.has(other)) problems.push(() => strings.settings.misplaced(other, "adam"));
    }
    const momentum = numeric("momentum", standard.momentum);
    optimizer = { name: "sgd", learningRate, momentum, nesterov: flag("nesterov") };
  }

  const lang = query.get("lang");
  const used = language;
  const settings = {
    layers,
    optimizer,
    rateChanges: rates.slice(1),
    batch: numeric("batch", QUICKSTART.batch),
    epochs: numeric("epochs", QUICKSTART.epochs),
    seed: numeric("seed", QUICKSTART.seed),
    data: choice("data", SOURCES, QUICKSTART.data),
    augment: flag("augment"),
    backend: choice("backend", /** @type {const} */ (["auto", "gpu", "simd"]), QUICKSTART.backend),
    threads: setting(
      "threads",
      /** @type {number | null} */ (QUICKSTART.threads),
      (text) => numberIn(text, RANGES.threads),
      () => rangeText(RANGES.threads),
      () => strings.settings.fitting,
    ),
  };
  if (lang !== null && !isLanguage(lang)) {
    problems.push(() => strings.settings.bad("lang", shortened(lang), strings.settings.oneOf("en, ja"), used));
  }
  return { settings, problems };
}

/** `128,64`, or `none`: hidden layers that make a network. @param {string} text */
function widths(text) {
  if (text === "none") return [];
  const units = text.split(",").map((width) => numberIn(width, RANGES.units) ?? NaN);
  const layers = units.map((width) => ({ units: width }));
  const fits = units.length <= MOST.layers && parameterCount(layers) <= MOST.parameters;
  return fits ? units : null;
}

/** `0.001,1875:0.0005`: a learning rate, and others with the steps that they begin at. @param {string} text @returns {RateChange[] | null} */
function learningRates(text) {
  const rates = text.split(",").map((part, index) => {
    const [step, rate] = index ? part.split(":", 2) : ["1", part];
    return { step: numberIn(step, { least: 1, most: 2 ** 32 - 1, whole: true }) ?? NaN, rate: numberIn(rate ?? "", RANGES.lr) ?? NaN };
  });
  const good = rates.every(({ step, rate }, index) => rate > 0 && step > (rates[index - 1]?.step ?? 0));
  return good ? rates : null;
}

/**
 * The query of an address that asks for these settings: what differs from the quickstart, and whatever else the address has.
 * @param {Settings} settings
 * @param {string} search the address's query so far
 */
export function queryOf(settings, search) {
  const { layers, optimizer, rateChanges } = settings;
  /** @type {string[]} */
  const parts = [];
  const known = ["layers", "dropout", "activation", "optimizer", "lr", "beta1", "beta2", "epsilon", "decay", "momentum", "nesterov"];
  const say = (/** @type {string} */ name, /** @type {unknown} */ value, /** @type {unknown} */ standard) => {
    if (String(value) !== String(standard)) parts.push(`${name}=${value}`);
  };
  // One for all where they are alike.
  const each = (/** @type {unknown[]} */ values) => (values.every((value) => value === values[0]) ? values.slice(0, 1) : values);
  const [hidden] = QUICKSTART.layers;
  say("layers", layers.map(({ units }) => units).join() || "none", hidden.units);
  if (layers.length) {
    say("dropout", each(layers.map(({ dropout }) => dropout)), hidden.dropout);
    say("activation", each(layers.map(({ relu }) => (relu ? "relu" : "linear"))), "relu");
  }
  const standard = OPTIMIZERS[optimizer.name];
  say("optimizer", optimizer.name, QUICKSTART.optimizer.name);
  const changes = rateChanges.map(({ step, rate }) => `${step}:${rate}`);
  say("lr", [optimizer.learningRate, ...changes], standard.learningRate);
  if (optimizer.name === "adam" && standard.name === "adam") {
    for (const name of /** @type {const} */ (["beta1", "beta2", "epsilon"])) say(name, optimizer[name], standard[name]);
    say("decay", Number(optimizer.decay), 0);
  } else if (optimizer.name === "sgd" && standard.name === "sgd") {
    say("momentum", optimizer.momentum, standard.momentum);
    say("nesterov", Number(optimizer.nesterov), 0);
  }
  for (const name of /** @type {const} */ (["batch", "epochs", "seed", "data", "augment", "backend", "threads"])) {
    known.push(name);
    const value = settings[name];
    say(name, typeof value === "boolean" ? Number(value) : value, name === "augment" ? 0 : QUICKSTART[name]);
  }
  for (const [name, value] of new URLSearchParams(search)) {
    if (!known.includes(name)) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  // Commas and colons may stand in a query as they are, and are read more easily so.
  return parts.length ? `?${parts.join("&")}` : "";
}

/** The settings in words, piece by piece; some have no say. @param {Settings} settings */
export function pieces({ layers, optimizer, rateChanges, batch, epochs, seed, data, augment }) {
  const widths = layers.map(({ units, relu }) => (relu ? number.count(units) : strings.settings.linear(number.count(units))));
  const dropout = [...new Set(layers.map(({ dropout }) => number.plain(dropout)))];
  const falls = optimizer.name === "adam" && optimizer.decay;
  const rates = [optimizer.learningRate, ...rateChanges.map(({ rate }) => rate), ...(falls ? [0] : [])].map(number.plain);
  // Keras's own go without saying.
  const moments = /** @type {const} */ (["beta1", "beta2", "epsilon"])
    .filter((name) => optimizer.name === "adam" && optimizer[name] !== /** @type {any} */ (OPTIMIZERS.adam)[name])
    .map((name) => `${strings.settings.fields[name].name} ${number.plain(/** @type {any} */ (optimizer)[name])}`)
    .join(", ");
  return {
    network: [number.count(PIXELS), ...widths, number.count(CLASSES)].join(" → "),
    dropout: layers.some(({ dropout }) => dropout > 0) ? strings.settings.dropoutOf(dropout.join(", ")) : "",
    optimizer: `${strings.settings.optimizers[optimizer.name]} ${rates.join(" → ")}`,
    momentum: optimizer.name === "sgd" ? strings.settings.momentumOf(number.plain(optimizer.momentum), optimizer.nesterov) : moments,
    batch: strings.settings.batchOf(number.count(batch)),
    epochs: strings.settings.epochsOf(number.count(epochs), epochs === 1),
    seed: strings.settings.seedOf(String(seed)),
    data: strings.settings.data[data],
    augment: augment ? strings.settings.augmented : "",
  };
}

/** The settings in one line. @param {Settings} settings @param {(keyof ReturnType<typeof pieces>)[]} without pieces that do not matter there */
export function summary(settings, without = []) {
  const said = pieces(settings);
  for (const piece of without) said[piece] = "";
  return Object.values(said).filter(Boolean).join(" · ");
}

/** @param {string} text */
function shortened(text) {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}
