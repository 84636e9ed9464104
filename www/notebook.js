import { KERAS, ORIGINAL, SUMI } from "./band.js";
import { buildCode, compileCode, fitCode } from "./keras.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { argmax, clear, paint, tenPlaces } from "./pictures.js";
import { QUICKSTART, same } from "./settings.js";

/** Characters of a progress bar in Keras. */
const BAR = 20;

/**
 * The quickstart's nine cells, with this run's outputs: everything here comes from the worker.
 */
export class Notebook {
  /**
   * @param {Document} document
   * @param {import("./settings.js").Settings} settings
   */
  constructor(document, settings) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.find = find;
    this.settings = settings;
    this.root = find("notebook");
    this.log = find("fit-log");
    this.summary = find("summary-rows");
    this.logits = tenPlaces(find("logits"));
    this.probabilities = tenPlaces(find("untrained-probabilities"));
    /** Digits of the first cell. */
    this.samples = [...find("samples").children].map((figure) => {
      const [canvas, caption] = /** @type {[HTMLCanvasElement, HTMLElement]} */ ([...figure.children]);
      clear(canvas);
      return { canvas, caption };
    });
    this.table = this.findTable();
    /** Digits to train on. */
    this.count = 0;
    /** @type {import("./settings.js").Data} */
    this.source = settings.data;
    this.showSettings();
    this.buildComparison();
    this.showUntrained(null);
    this.clear();
  }

  /** @param {number} cell from 1 @param {"empty" | "live" | "done"} state */
  become(cell, state) {
    this.find(`cell-${cell}`).dataset.state = state;
  }

  /** The code, as the settings have it, and what they are. */
  showSettings() {
    const { settings } = this;
    const { layers, optimizer, rateChanges } = settings;
    write(this.find("build-code"), () => buildCode(settings));
    write(this.find("compile-code"), () => compileCode(settings));
    write(this.find("fit-code"), () => fitCode(settings));
    write(this.find("build-text"), () => {
      const widths = layers.map(({ units }) => number.count(units));
      const last = widths.pop() ?? "";
      const listed = widths.length ? [widths.join(", "), last].join(strings.notebook.and) : last;
      return strings.notebook.build(listed, layers.length, layers.some(({ dropout }) => dropout > 0));
    });
    write(this.find("fit-optimizer"), () => {
      const name = strings.settings.optimizers[optimizer.name];
      return optimizer.name === "sgd" && optimizer.nesterov ? `${name}, Nesterov` : name;
    });
    write(this.find("fit-rate"), () =>
      [
        number.plain(optimizer.learningRate),
        ...rateChanges.map(({ step, rate }) => strings.settings.rateFrom(number.plain(rate), number.count(step))),
        ...(optimizer.name === "adam" && optimizer.decay ? [strings.settings.falling] : []),
      ].join(", "),
    );
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-rule]"))) {
      place.hidden = place.dataset.rule !== optimizer.name;
    }
    this.compare(this.source);
  }

  /** Back to before the first step: what the untrained network says stays. */
  clear() {
    const { epochs, batch } = this.settings;
    this.steps = Math.ceil(this.count / batch);
    this.lines = Array.from({ length: epochs }, (_, index) => {
      const item = document.createElement("li");
      const head = document.createElement("span");
      const line = document.createElement("span");
      const bar = document.createElement("span");
      head.textContent = `Epoch ${index + 1}/${epochs}`;
      line.className = "progress-line";
      bar.className = "bar-done";
      const [done, rest, time, metrics] = ["", "━".repeat(BAR), "", ""].map((text) => document.createTextNode(text));
      const [ahead, tail] = [document.createElement("span"), document.createElement("span")];
      ahead.className = "bar-ahead";
      ahead.append(rest);
      tail.className = "progress-metrics";
      tail.append(metrics);
      bar.append(done);
      const count = document.createTextNode(this.steps ? `${"0".padStart(String(this.steps).length)}/${this.steps} ` : "");
      line.append(count, bar, ahead, time, tail);
      item.append(head, line);
      item.dataset.state = "ahead";
      return { item, count, done, rest, time, metrics };
    });
    this.log.replaceChildren(...this.lines.map(({ item }) => item));
    this.log.toggleAttribute("data-long", epochs > 6);
    if (epochs > 6) this.log.tabIndex = 0;
    else this.log.removeAttribute("tabindex");
    this.become(7, "empty");
    this.showEvaluated(null);
  }

  /** @param {import("./worker.js").Loaded} message */
  showLoaded({ source, train, test }) {
    this.count = train;
    const shape = (/** @type {number} */ count) => () => `${number.count(count)} × 28 × 28`;
    write(this.find("train-shape"), shape(train));
    write(this.find("test-shape"), shape(test));
    this.compare(source);
    this.clear();
  }

  /**
   * Says whether the original's numbers are of the same task as this run's.
   * @param {import("./settings.js").Data} source
   * @param {boolean} isWhole not where the run was stopped before its last step
   */
  compare(source, isWhole = true) {
    const { layers, optimizer, rateChanges, batch, epochs, augment } = this.settings;
    // What is tested is MNIST's in a mixture, too.
    const isMnist = source !== "builtin";
    const sameLayers = same(layers, QUICKSTART.layers);
    const training = [optimizer, rateChanges, batch, augment, source];
    const { optimizer: adam, batch: size, data } = QUICKSTART;
    const sameTraining = sameLayers && same(training, [adam, [], size, false, data]);
    this.source = source;
    this.comparable = isMnist && isWhole && sameTraining && epochs === ORIGINAL.epochs;
    this.root.dataset.comparable = String(this.comparable);
    const others = ORIGINAL.epochs;
    write(this.find("comparison-note"), () => {
      if (this.comparable) return "";
      if (!isMnist) return strings.notebook.builtinNote;
      if (!sameTraining) return strings.notebook.settingsNote;
      if (!isWhole) return strings.notebook.stoppedNote;
      return strings.notebook.epochsNote(number.count(epochs), number.count(others), epochs === 1);
    });
    for (const [id, fits] of /** @type {const} */ ([
      ["original-untrained", isMnist && sameLayers],
      ["original-evaluation", this.comparable],
      ["original-answers", isMnist],
    ])) {
      write(this.find(id), () => (fits ? strings.page.originalRun : strings.notebook.originalApart));
    }
  }

  /** The first six cells, but the model's. @param {import("./worker.js").Untrained | null} message */
  showUntrained(message) {
    const answers = message?.answers;
    this.samples.forEach(({ canvas, caption }, index) => {
      if (answers) paint(canvas, answers, index);
      write(caption, () => (answers ? String(answers.labels[index]) : strings.none));
    });
    const label = answers?.labels[0] ?? 0;
    const probabilities = answers?.probabilities.subarray(0, 10) ?? null;
    this.logits(answers?.logits.subarray(0, 10) ?? null, number.four);
    this.probabilities(probabilities, number.four, answers?.labels[0]);
    const sum = probabilities?.reduce((sum, p) => sum + p, 0);
    this.put("probability-sum", sum, number.four);
    const loss = answers?.losses[0];
    this.put("untrained-loss", loss, number.four);
    this.put("this-untrained-loss", loss, number.four);
    this.put("guess-loss", Math.log(10), number.four);
    this.put("original-untrained-loss", ORIGINAL.untrainedLoss, number.four);
    write(this.find("untrained-label"), () =>
      probabilities ? strings.notebook.labelled(label, number.four(probabilities[label])) : strings.notebook.waits,
    );
    for (const cell of [1, 3, 4, 5]) this.become(cell, answers ? "done" : "empty");
    if (message) this.showDescription(message.description);
  }

  /** The model and how it is trained, as the code that trains has them. @param {any} description */
  showDescription({ layers, optimizer, batch }) {
    /** @type {[string, string, number][]} */
    const rows = [["flatten (Flatten)", `(None, ${layers[0].fanIn})`, 0]];
    layers.forEach((/** @type {any} */ layer, /** @type {number} */ index) => {
      const shape = `(None, ${layer.fanOut})`;
      rows.push([index ? `dense_${index} (Dense)` : "dense (Dense)", shape, layer.parameters]);
      if (layer.dropout > 0) rows.push([index ? `dropout_${index} (Dropout)` : "dropout (Dropout)", shape, 0]);
    });
    this.summary.replaceChildren(
      ...rows.map(([name, shape, parameters]) => {
        const row = document.createElement("tr");
        const head = document.createElement("th");
        head.scope = "row";
        head.textContent = name;
        const [shaped, counted] = [document.createElement("td"), document.createElement("td")];
        shaped.textContent = shape;
        write(counted, () => number.count(parameters));
        row.append(head, shaped, counted);
        return row;
      }),
    );
    const total = rows.reduce((sum, row) => sum + row[2], 0);
    const say = () => `${number.count(total)} (${number.two((4 * total) / 1024)} KB)`;
    write(this.find("total-parameters"), say);
    write(this.find("trainable-parameters"), say);
    this.find("total-parameters").dataset.value = String(total);
    this.become(2, "done");

    const values =
      optimizer.name === "adam"
        ? { "adam-beta1": optimizer.beta1, "adam-beta2": optimizer.beta2, "adam-epsilon": optimizer.epsilon }
        : { "sgd-momentum": optimizer.momentum };
    for (const [id, value] of Object.entries(values)) write(this.find(id), () => number.plain(value));
    write(this.find("fit-batch"), () => number.count(batch));
    write(this.find("fit-seed"), () => String(this.settings.seed));
    this.become(6, "done");
  }

  /** @param {import("./worker.js").Progress} message */
  showProgress(message) {
    this.become(7, "live");
    this.latest = message;
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      if (this.latest) this.fillLine(this.latest, "current");
    });
  }

  /** @param {import("./worker.js").EpochEnd} message */
  showEpoch(message) {
    if (this.latest?.epoch === message.epoch) this.latest = null;
    this.fillLine({ ...message, step: this.steps ?? 0, stepsPerEpoch: this.steps ?? 0 }, "done");
    if (message.epoch === this.settings.epochs) this.become(7, "done");
  }

  /**
   * A line as Keras prints it, in its own words.
   * @param {{ epoch: number, step: number, stepsPerEpoch: number, seconds: number, loss: number, accuracy: number }} at
   * @param {"current" | "done"} state
   */
  fillLine({ epoch, step, stepsPerEpoch, seconds, loss, accuracy }, state) {
    const line = this.lines?.[epoch - 1];
    if (!line || line.item.dataset.state === "done") return;
    const whole = String(stepsPerEpoch);
    const filled = Math.floor((BAR * step) / stepsPerEpoch);
    line.count.data = `${String(step).padStart(whole.length)}/${whole} `;
    line.done.data = "━".repeat(filled);
    line.rest.data = "━".repeat(BAR - filled);
    line.time.data = ` ${seconds.toFixed(0)}s ${perStep(seconds / step)}/step `;
    line.metrics.data = `- accuracy: ${number.four(accuracy)} - loss: ${number.four(loss)}`;
    const isNew = line.item.dataset.state !== state;
    line.item.dataset.state = state;
    if (isNew && this.log.hasAttribute("data-long")) {
      this.log.scrollTop = line.item.offsetTop - this.log.clientHeight / 2;
    }
  }

  /** The last two cells, and what they say of the whole. @param {import("./worker.js").Evaluated | null} message */
  showEvaluated(message) {
    const state = message ? "done" : "empty";
    this.compare(this.source, !message || this.lines?.at(-1)?.item.dataset.state === "done");
    this.put("evaluate-loss", message?.loss, number.four);
    this.put("evaluate-accuracy", message?.accuracy, number.four);
    this.put("this-loss", message?.loss, number.four);
    this.put("this-accuracy", message?.accuracy, number.four);
    write(this.find("digest"), () => (message ? message.digest.match(/.{8}/g)?.join(" ") ?? "" : strings.none));
    if (message) this.root.dataset.digest = message.digest;
    else delete this.root.dataset.digest;
    const answers = message?.answers;
    const read = answers ? [0, 1, 2, 3, 4].map((row) => argmax(answers.probabilities, row)) : null;
    write(this.find("this-digits"), () => read?.join(" ") ?? strings.none);
    this.table.forEach(({ canvas, label, cells, reads }, row) => {
      if (answers) paint(canvas, answers, row);
      else clear(canvas);
      write(label, () => (answers ? `y = ${answers.labels[row]}` : strings.none));
      cells.forEach(({ cell, value, bar }, digit) => {
        const p = answers ? answers.probabilities[10 * row + digit] : 0;
        if (answers) value.value = String(p);
        else value.removeAttribute("value");
        write(value, () => (answers ? number.four(p) : strings.none));
        bar.style.setProperty("--p", String(p));
        cell.dataset.top = String(read?.[row] === digit);
      });
      write(reads, () => (read ? String(read[row]) : strings.none));
    });
    this.become(8, state);
    this.become(9, state);
    this.markBand(message?.accuracy);
    this.root.dataset.state = state;
  }

  /** The places of the last cell, image by image. Digits down, images across: ten narrow columns would not fit a phone. */
  findTable() {
    const [head, body, foot] = ["answer-images", "answer-rows", "answer-reads"].map(this.find);
    return ORIGINAL.digits.map((_, index) => {
      const [canvas, label] = /** @type {[HTMLCanvasElement, HTMLElement]} */ ([...head.children[index + 1].children]);
      const cells = [...body.children].map((row) => {
        const cell = /** @type {HTMLElement} */ (row.children[index + 1]);
        const [value, bar] = /** @type {[HTMLDataElement, HTMLElement]} */ ([...cell.children]);
        return { cell, value, bar };
      });
      return { canvas, label, cells, reads: foot.children[index + 1] };
    });
  }

  /** What does not change: the original's numbers and the bands. */
  buildComparison() {
    this.put("original-loss", ORIGINAL.loss, number.four);
    this.put("original-accuracy", ORIGINAL.accuracy, number.four);
    this.put("notebook-loss", ORIGINAL.loss, number.four);
    this.put("notebook-accuracy", ORIGINAL.accuracy, number.four);
    this.put("notebook-untrained-loss", ORIGINAL.untrainedLoss, number.four);
    this.find("notebook-digits").textContent = ORIGINAL.digits.join(" ");
    for (const [id, band] of /** @type {const} */ ([
      ["sumi", SUMI],
      ["keras", KERAS],
    ])) {
      const { seeds, loss, accuracy } = band;
      const name = () => (id === "sumi" ? strings.notebook.sumiSeeds : strings.notebook.kerasSeeds)(number.count(seeds));
      write(this.find(`${id}-name`), name);
      write(this.find(`${id}-key-name`), name);
      for (const [what, { mean, deviation }] of Object.entries({ loss, accuracy })) {
        write(this.find(`${id}-${what}`), () => `${number.four(mean)} ±\u00a0${number.four(deviation)}`);
      }
      const [low, high] = ends(accuracy);
      write(this.find(`${id}-ends`), () => `${number.percent2(low)} – ${number.percent2(high)}`);
    }
  }

  /** The accuracies on one line: bands, the original's, this run's. @param {number | undefined} accuracy */
  markBand(accuracy) {
    const shown = this.comparable ? accuracy : undefined;
    const known = [...ends(SUMI.accuracy), ...ends(KERAS.accuracy), ORIGINAL.accuracy, shown ?? ORIGINAL.accuracy];
    // Half per cents around all of it.
    const low = Math.floor(200 * Math.min(0.97, ...known)) / 200;
    const high = Math.ceil(200 * Math.max(0.98, ...known)) / 200;
    const place = (/** @type {number} */ value) => `${(100 * (value - low)) / (high - low)}%`;
    const strip = this.find("band");
    const set = (/** @type {string} */ name, /** @type {number} */ value) => strip.style.setProperty(name, place(value));
    for (const [name, { accuracy }] of /** @type {const} */ ([["--sumi", SUMI], ["--keras", KERAS]])) {
      const [from, to] = ends(accuracy);
      set(`${name}-from`, from);
      set(`${name}-to`, to);
    }
    set("--original", ORIGINAL.accuracy);
    set("--this", shown ?? low);
    strip.dataset.run = String(shown !== undefined);
    write(this.find("band-low"), () => number.percent1(low));
    write(this.find("band-high"), () => number.percent1(high));
    write(this.find("original-key"), () => number.percent2(ORIGINAL.accuracy));
    write(this.find("this-key"), () => (shown === undefined ? strings.none : number.percent2(shown)));
    write(
      strip,
      () => strings.notebook.band(number.percent2(ORIGINAL.accuracy), shown === undefined ? null : number.percent2(shown)),
      "aria-label",
    );
  }

  /** A number, as text and for those who read values. @param {string} id @param {number | undefined} value @param {(value: number) => string} say */
  put(id, value, say) {
    const place = /** @type {HTMLDataElement} */ (this.find(id));
    if (value === undefined) place.removeAttribute("value");
    else place.value = String(value);
    write(place, () => (value === undefined ? strings.none : say(value)));
  }
}

/** From the lowest to the highest. @param {import("./band.js").Spread} spread */
const ends = ({ lowest, highest }) => [lowest, highest];

/** A step's time as Keras writes it. @param {number} seconds */
function perStep(seconds) {
  if (seconds >= 1) return `${seconds.toFixed(0)}s`;
  if (seconds >= 1e-3) return `${(1e3 * seconds).toFixed(0)}ms`;
  return `${(1e6 * seconds).toFixed(0)}us`;
}
