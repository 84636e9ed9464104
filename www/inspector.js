import { strings, write } from "./language.js";
import * as number from "./number.js";
import { argmax, clear, paint, tenPlaces } from "./pictures.js";

const SIDE = 28;

/** One training step with its real numbers: the batch, what it says, and the optimizer's update of one weight. */
export class Inspector {
  /**
   * @param {Document} document
   * @param {import("./settings.js").Settings} settings
   * @param {(question: { step: number, weight: number | "middle" | "liveliest" }) => void} ask
   */
  constructor(document, settings, ask) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (find(id));
    this.find = find;
    this.settings = settings;
    this.ask = ask;
    this.root = find("inspector");
    this.previous = /** @type {HTMLButtonElement} */ (find("previous-step"));
    this.next = /** @type {HTMLButtonElement} */ (find("next-step"));
    this.step = input("inspector-step");
    this.layer = /** @type {HTMLSelectElement} */ (find("weight-layer"));
    /** What a weight is addressed by: the pixel's row and column, or the hidden unit; and the unit that it leads to. */
    this.places = { row: input("weight-row"), column: input("weight-column"), from: input("weight-from"), to: input("weight-to") };
    this.chosen = /** @type {HTMLCanvasElement} */ (find("chosen-image"));
    this.logits = tenPlaces(find("step-logits"));
    this.probabilities = tenPlaces(find("step-probabilities"));
    this.logits(null, number.two);
    this.probabilities(null, number.three);
    this.image = 0;
    /** @type {any} */
    this.view = null;
    /** Offsets of the layers' weights among all parameters. @type {{ start: number, fanIn: number, fanOut: number }[]} */
    this.layers = [];

    const labels = /** @type {NodeListOf<HTMLElement>} */ (find("batch").querySelectorAll("label"));
    this.choices = [...labels].map((label, index) => {
      const [radio, canvas, caption] = /** @type {[HTMLInputElement, HTMLCanvasElement, HTMLElement]} */ ([...label.children]);
      radio.checked = index === 0;
      radio.addEventListener("change", () => {
        this.image = index;
        this.showImage();
      });
      clear(canvas);
      return { label, canvas, caption };
    });

    this.previous.addEventListener("click", () => this.go(this.view.step - 1));
    this.next.addEventListener("click", () => this.go(this.view.step + 1));
    find("step-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.go(this.step.valueAsNumber);
    });
    this.layer.addEventListener("change", () => {
      const [at, other] = [Number(this.layer.value), this.weightPlace()];
      const { start, fanOut } = this.layers[at];
      // Where the two layers meet in a unit, that unit's weight.
      const from = at === other.layer + 1 ? other.to : at === 0 ? 14 * SIDE + 14 : 0;
      const to = at === other.layer - 1 ? other.from : 0;
      this.go(this.view.step, start + from * fanOut + to);
    });
    for (const place of Object.values(this.places)) place.addEventListener("change", () => this.pick());
    find("liveliest").addEventListener("click", () => this.go(this.view.step, "liveliest"));
    this.chosen.addEventListener("click", (event) => {
      if (this.layer.value !== "0") return;
      const box = this.chosen.getBoundingClientRect();
      const at = (/** @type {number} */ part) => String(Math.min(Math.max(Math.floor(part * SIDE), 0), SIDE - 1));
      this.places.row.value = at((event.clientY - box.top) / box.height);
      this.places.column.value = at((event.clientX - box.left) / box.width);
      this.pick();
    });
    this.enable(false);
  }

  /** @param {boolean} able */
  enable(able) {
    for (const control of this.root.querySelectorAll("button, input, select")) {
      /** @type {HTMLButtonElement} */ (control).disabled = !able;
    }
  }

  /** The digits are there: the first step is shown, with a weight that moves. @param {import("./worker.js").Untrained} message @param {number} train */
  begin({ description }, train) {
    let start = 0;
    this.layers = description.layers.map((/** @type {{ fanIn: number, fanOut: number, parameters: number }} */ layer) => {
      const place = { start, fanIn: layer.fanIn, fanOut: layer.fanOut };
      start += layer.parameters;
      return place;
    });
    this.layer.replaceChildren(
      ...this.layers.map((_, index) => {
        const option = new Option("", String(index));
        const [isOutput, isOnly] = [index === this.layers.length - 1, this.layers.length === 2];
        write(option, () =>
          isOutput ? strings.inspector.outputLayer : strings.inspector.hiddenLayer(number.count(index + 1), isOnly),
        );
        return option;
      }),
    );
    this.steps = this.settings.epochs * Math.ceil(train / description.batch);
    this.step.max = String(this.steps);
    write(this.find("inspector-steps"), () => strings.inspector.ofSteps(number.count(this.steps ?? 0)));
    this.enable(true);
    this.go(1, "middle");
  }

  /** The learning rate is another: what is shown may be of a run that will not be. @param {number} step from which on */
  showChange(step) {
    if (this.view?.step >= step) this.go(this.view.step);
  }

  /** @param {number} step @param {number | "middle" | "liveliest"} weight the same as before where none is named */
  go(step, weight = this.view?.weight.index ?? "middle") {
    const last = this.steps ?? 1;
    const at = Math.min(Math.max(Math.round(step) || 1, 1), last);
    this.root.dataset.state = "seeking";
    this.ask({ step: at, weight });
  }

  /** The weight that the fields name. */
  pick() {
    const { row, column, from, to } = this.places;
    const whole = (/** @type {HTMLInputElement} */ input) =>
      Math.min(Math.max(Math.round(input.valueAsNumber) || 0, 0), Number(input.max));
    const readsPixels = this.layer.value === "0";
    const layer = this.layers[Number(this.layer.value)];
    const input = readsPixels ? whole(row) * SIDE + whole(column) : whole(from);
    this.go(this.view.step, layer.start + input * layer.fanOut + whole(to));
  }

  /** Where the weight that is shown lies: its layer, what it comes from and where it leads. */
  weightPlace() {
    const { index } = this.view.weight;
    const layer = this.layers.filter(({ start }) => start <= index).length - 1;
    const { start, fanOut } = this.layers[layer];
    return { layer, from: Math.floor((index - start) / fanOut), to: (index - start) % fanOut };
  }

  /** @param {import("./worker.js").Replaying} message */
  showReplaying({ position, step }) {
    write(this.find("inspector-note"), () => strings.inspector.replaying(number.count(position), number.count(step)));
  }

  /** @param {import("./worker.js").Inspected} message */
  show({ view }) {
    this.view = view;
    const { step, stepsPerEpoch, batch, loss } = view;
    const count = batch.labels.length;
    this.step.value = String(step);
    this.previous.disabled = step === 1;
    this.next.disabled = step === this.steps;
    const epoch = Math.ceil(step / stepsPerEpoch);
    write(this.find("inspector-note"), () => strings.inspector.where(number.count(epoch), number.count(count)));
    this.choices.forEach(({ label, canvas, caption }, index) => {
      label.hidden = index >= count;
      if (index < count) paint(canvas, batch, index);
      write(caption, () => (index < count ? String(batch.labels[index]) : ""));
    });
    if (this.image >= count) this.image = 0;
    this.put("step-loss", loss, number.four);
    this.showImage();
    this.showWeight();
    this.root.dataset.step = String(step);
    this.root.dataset.weight = String(view.weight.index);
    this.root.dataset.state = "shown";
  }

  /** What the network says of the image that is chosen. */
  showImage() {
    if (!this.view) return;
    const { batch, rows } = this.view;
    const [at, first] = [this.image, 10 * this.image];
    paint(this.chosen, batch, at);
    const [label, read] = [batch.labels[at], argmax(batch.logits, at)];
    this.logits(batch.logits.subarray(first, first + 10), number.two, label);
    this.probabilities(batch.probabilities.subarray(first, first + 10), number.three, label);
    this.put("image-loss", batch.losses[at], number.four);
    // A run that diverges reads nothing.
    const text = () => (read < 0 ? "" : strings.inspector.image(number.count(rows[at] + 1), label, read));
    write(this.find("image-note"), text);
  }

  /** The weight, and its update with all numbers. */
  showWeight() {
    const { step, optimizer, rate, weight } = this.view;
    const { layer, from, to } = this.weightPlace();
    const [readsPixels, isOutput] = [layer === 0, layer === this.layers.length - 1];
    this.layer.value = String(layer);
    const { row, column, from: unit, to: target } = this.places;
    row.value = String(Math.floor(from / SIDE));
    column.value = String(from % SIDE);
    unit.value = String(from);
    target.value = String(to);
    target.max = String(this.layers[layer].fanOut - 1);
    unit.max = String(this.layers[layer].fanIn - 1);
    row.disabled = column.disabled = !readsPixels;
    unit.disabled = readsPixels;
    for (const id of ["weight-row", "weight-column"]) this.find(`${id}-label`).hidden = !readsPixels;
    this.find("weight-from-label").hidden = readsPixels;
    write(this.find("weight-to-name"), () => (isOutput ? strings.inspector.toDigit : strings.inspector.toUnit));
    const marker = this.find("pixel-marker");
    marker.hidden = !readsPixels;
    marker.style.setProperty("--row", String(Math.floor(from / SIDE)));
    marker.style.setProperty("--column", String(from % SIDE));
    const still = weight.gradient === 0;
    write(this.find("weight-note"), () => (still ? strings.inspector.noGradient : ""));

    const { before, after, gradient: g } = weight;
    const plain = (/** @type {number} */ value) => Number(value.toPrecision(7));
    /** @type {Record<string, number>} */
    const settings =
      optimizer.name === "adam"
        ? {
            beta1: plain(optimizer.beta1),
            beta2: plain(optimizer.beta2),
            rest1: plain(1 - plain(optimizer.beta1)),
            rest2: plain(1 - plain(optimizer.beta2)),
            epsilon: plain(optimizer.epsilon),
            t: step,
          }
        : { momentum: plain(optimizer.momentum) };
    const constants = { alpha: plain(optimizer.learningRate), ...settings };
    /** @type {Record<string, number>} */
    const values = { g, m0: before.m, v0: before.v, w0: before.w, m1: after.m, v1: after.v, w1: after.w, rate, ...constants };
    for (const list of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-rule]"))) {
      list.hidden = list.dataset.rule !== optimizer.name;
    }
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (this.root.querySelectorAll("[data-nesterov]"))) {
      line.hidden = line.dataset.nesterov !== String(optimizer.nesterov);
    }
    const places = this.root.querySelectorAll(`[data-rule="${optimizer.name}"] data[data-value]`);
    for (const place of /** @type {NodeListOf<HTMLDataElement>} */ (places)) {
      const name = place.dataset.value ?? "";
      const value = values[name];
      place.value = String(value);
      const constant = name in constants;
      const say = () => (constant ? number.plain(value) : number.precise(value));
      // What is multiplied, squared or under a root needs brackets unless it is a plain number; a result does not.
      const isResult = place.parentElement?.tagName === "B" || place === place.parentElement?.firstElementChild;
      write(place, () => (isResult || /^[\d.,]+$/.test(say()) ? say() : `(${say()})`));
    }
  }

  /** @param {string} id @param {number} value @param {(value: number) => string} say */
  put(id, value, say) {
    const place = /** @type {HTMLDataElement} */ (this.find(id));
    place.value = String(value);
    write(place, () => say(value));
  }
}
