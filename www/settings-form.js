import { button, make } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { DIGITS, MOST, OPTIMIZERS, QUICKSTART, RANGES, isRobust, numberIn, parameterCount, rangeText, same, withRobust } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {keyof typeof RANGES} Numeric
 */

/** The choices, in order. */
const CHOICES = { optimizer: ["adam", "sgd"], data: Object.keys(DIGITS), backend: ["auto", "gpu", "simd"] };
/** Which fields only one optimizer has. */
const OWN = { adam: ["decay", "beta1", "beta2", "epsilon"], sgd: ["momentum", "nesterov"] };
/** What the columns hold, beside the layers in the first. */
const COLUMNS = /** @type {const} */ ([
  ["network", []],
  ["training", ["optimizer", "lr", "decay", "momentum", "nesterov", "beta1", "beta2", "epsilon"]],
  ["course", ["batch", "epochs", "seed"]],
  ["place", ["data", "augment", "backend", "threads"]],
]);
/** What is on or off. */
const FLAGS = ["robust", "decay", "nesterov", "augment"];

/**
 * The form of all settings. Before a run it changes them at once; a run that there is goes on with its own, and what is changed waits for
 * the next.
 */
export class SettingsForm {
  /**
   * @param {HTMLFormElement} form
   * @param {Settings} settings those in use; whoever changes them calls `fill`
   * @param {{ apply: (next: Settings) => void, compute: (backend: Settings["backend"]) => void }} page `apply` starts anew with others
   */
  constructor(form, settings, page) {
    this.form = form;
    this.settings = settings;
    this.page = page;
    /** Whether there is a run that a change would end. */
    this.hasRun = false;
    /** @type {Settings} */
    this.shown = settings;
    /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
    this.inputs = new Map();
    /** Says what is wrong with a field, or what it is for. @type {Map<Element, { help: Element, say: () => string, range: import("./settings.js").Range }>} */
    this.helps = new Map();
    /** @type {{ units: HTMLInputElement, activation: HTMLSelectElement, dropout: HTMLInputElement }[]} */
    this.layers = [];
    this.build();
    this.fill(true);
    form.addEventListener("input", ({ target }) => {
      // The switch shows what the others come to, and would go back before `change` sees it.
      if (target !== this.get("robust")) this.check();
    });
    form.addEventListener("change", (event) => this.change(/** @type {Element} */ (event.target)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const next = this.pending();
      if (!next) return;
      // The button has done its work and can be pressed no more.
      form.closest("details")?.querySelector("summary")?.focus();
      page.apply(next);
    });
  }

  // ---- What there is ----

  build() {
    const columns = COLUMNS.map(([name, fields]) => {
      const legend = make("legend", () => strings.settings.columns[name]);
      return make(`fieldset#set-${name}`, legend, ...fields.map((field) => this.field(field)));
    });
    this.layerRows = make("div#set-layers");
    this.add = button("#add-layer", () => this.addLayer(), () => strings.settings.addLayer);
    this.sum = make("output#parameter-count.numbers");
    columns[0].append(make("p.quiet", () => strings.settings.layersHelp), this.layerRows, this.add, this.sum);

    this.note = make("p#settings-note.quiet");
    this.note.setAttribute("role", "status");
    // It submits.
    this.start = make("button#apply-button", () => strings.settings.apply);
    this.discard = button("#discard-button", () => this.fill(true), () => strings.settings.discard);
    const reset = () => {
      if (this.settings.backend !== QUICKSTART.backend) this.page.compute(QUICKSTART.backend);
      this.show(QUICKSTART);
      this.commit();
    };
    this.reset = button("#quickstart-button", reset, () => strings.settings.reset);
    const buttons = make("p.buttons", this.start, this.discard, this.reset);
    this.form.replaceChildren(this.field("robust"), make("div.columns", ...columns), make("div.commit", buttons, this.note));
  }

  /** A setting with its name, its range and a line on what it is. @param {Numeric | "optimizer" | "data" | "backend" | "robust" | "decay" | "nesterov" | "augment"} name */
  field(name) {
    const text = () => strings.settings.fields[/** @type {keyof typeof strings.settings.fields} */ (name)];
    const input = this.input(name);
    const label = make("label", make("span", () => text().name));
    const help = make(`p#set-${name}-help.quiet.help`, () => text().help);
    input.id = `set-${name}`;
    label.htmlFor = input.id;
    input.setAttribute("aria-describedby", help.id);
    this.inputs.set(name, input);
    const range = make("span.quiet.numbers.limits");
    if (name in RANGES) {
      /** @type {import("./settings.js").Range} */
      const limits = RANGES[/** @type {Numeric} */ (name)];
      this.helps.set(input, { help, say: () => text().help, range: limits });
      const say = limits.whole ? number.count : number.plain;
      write(range, () => strings.settings.range(say(limits.least), say(limits.most)));
    }
    const field = make("div.field", label, range, input, help);
    if (name === "lr") {
      this.later = make("p#rate-changes.quiet.help");
      field.append(this.later);
    }
    return field;
  }

  /** @param {string} name */
  input(name) {
    if (name in CHOICES) {
      const select = make("select");
      for (const choice of CHOICES[/** @type {keyof typeof CHOICES} */ (name)]) {
        const name = /** @type {keyof typeof strings.settings.choices} */ (choice);
        const option = make("option", () => strings.settings.choices[name]);
        option.value = choice;
        select.append(option);
      }
      return select;
    }
    const input = make("input");
    input.autocomplete = "off";
    if (FLAGS.includes(name)) input.type = "checkbox";
    else {
      /** @type {import("./settings.js").Range} */
      const { least, most, whole } = RANGES[/** @type {Numeric} */ (name)];
      // A field of type number goes up and down by whole ones, and takes commas in some languages.
      input.type = whole ? "number" : "text";
      input.inputMode = whole ? "numeric" : "decimal";
      if (whole) [input.min, input.max] = [String(least), String(most)];
      if (name === "threads") write(input, () => strings.settings.automatic, "placeholder");
      else input.required = true;
    }
    return input;
  }

  /** One more row. @param {Settings["layers"][number]} layer */
  layerRow({ units, relu, dropout }) {
    const index = this.layers.length;
    const row = make("div.layer");
    row.setAttribute("role", "group");
    write(row, () => strings.settings.layer(number.count(index + 1)), "aria-label");
    const labelled = (/** @type {HTMLElement} */ input, /** @type {() => string} */ text) =>
      make("label", make("span.quiet", text), input);
    const [width, rate, activation] = [this.input("units"), this.input("dropout"), make("select")];
    for (const [value, text] of /** @type {const} */ ([["relu", "relu"], ["linear", "linear"]])) {
      activation.append(new Option(text, value));
    }
    width.value = String(units);
    rate.value = String(dropout);
    activation.value = relu ? "relu" : "linear";
    const remove = button(`#remove-layer-${index + 1}`, () => this.removeLayer(index), "×");
    write(remove, () => strings.settings.removeLayer(number.count(index + 1)), "aria-label");
    const help = make(`p#set-layer-${index + 1}-help.quiet.help`);
    for (const [input, name] of /** @type {const} */ ([[width, "units"], [rate, "dropout"]])) {
      input.setAttribute("aria-describedby", help.id);
      this.helps.set(input, { help, say: () => "", range: RANGES[name] });
    }
    row.append(
      labelled(width, () => strings.settings.units),
      labelled(activation, () => strings.settings.activation),
      labelled(rate, () => strings.settings.dropout),
      remove,
      help,
    );
    this.layerRows?.append(row);
    this.layers.push({ units: /** @type {HTMLInputElement} */ (width), activation, dropout: /** @type {HTMLInputElement} */ (rate) });
  }

  addLayer() {
    const last = this.layers.at(-1);
    const { least, most } = RANGES.units;
    const units = Math.min(most, Math.max(least, Math.floor((numberIn(last?.units.value ?? "256", RANGES.units) ?? 128) / 2)));
    this.layerRow({ units, relu: true, dropout: numberIn(last?.dropout.value ?? "", RANGES.dropout) ?? 0.2 });
    this.layers.at(-1)?.units.focus();
    this.change(null);
  }

  /** @param {number} index */
  removeLayer(index) {
    const rows = this.layers.map(({ units, activation, dropout }) => [units.value, activation.value, dropout.value]);
    rows.splice(index, 1);
    this.showLayers(rows.map(() => QUICKSTART.layers[0]));
    rows.forEach(([units, activation, dropout], at) => {
      const layer = this.layers[at];
      [layer.units.value, layer.activation.value, layer.dropout.value] = [units, activation, dropout];
    });
    // The button that was pressed is gone.
    (this.layers[Math.min(index, this.layers.length - 1)]?.units ?? this.add)?.focus();
    this.change(null);
  }

  /** @param {Settings["layers"]} layers */
  showLayers(layers) {
    for (const { units, dropout } of this.layers) [units, dropout].forEach((input) => this.helps.delete(input));
    this.layers = [];
    this.layerRows?.replaceChildren();
    for (const layer of layers) this.layerRow(layer);
  }

  // ---- What it says ----

  /** Shows the settings in use. What is being changed stays, unless it is `given` up. */
  fill(given = false) {
    if (!given && this.hasRun && !same(this.read(), this.shown)) return;
    this.show(this.settings);
    this.check();
  }

  /** @param {Settings} settings */
  show(settings) {
    this.shown = { ...settings };
    const { layers, optimizer, batch, epochs, seed, data, augment, backend, threads } = settings;
    const known = this.layers.map(({ units }) => units.value);
    const now = this.layersRead();
    if (known.length !== layers.length || !same(now, layers)) this.showLayers(layers);
    /** @type {Record<string, unknown>} */
    const values = { ...optimizer, optimizer: optimizer.name, lr: optimizer.learningRate, batch, epochs, seed, data, augment, backend };
    for (const [name, input] of this.inputs) {
      if (input.type === "checkbox") /** @type {HTMLInputElement} */ (input).checked = Boolean(values[name]);
      else if (name in values) input.value = String(values[name]);
    }
    this.get("threads").value = threads === null ? "" : String(threads);
    this.rateChanges = settings.rateChanges;
  }

  /** @param {string} name */
  get(name) {
    return /** @type {HTMLInputElement} */ (this.inputs.get(name));
  }

  /** The hidden layers in the form, where they make sense. */
  layersRead() {
    const layers = this.layers.map(({ units, activation, dropout }) => ({
      units: numberIn(units.value, RANGES.units),
      relu: activation.value === "relu",
      dropout: numberIn(dropout.value, RANGES.dropout),
    }));
    if (layers.some(({ units, dropout }) => units === null || dropout === null)) return null;
    return /** @type {Settings["layers"]} */ (layers);
  }

  /** The settings in the form; nothing where one makes no sense. @returns {Settings | null} */
  read() {
    const layers = this.layersRead();
    if (!layers || parameterCount(layers) > MOST.parameters) return null;
    const value = (/** @type {Numeric} */ name) => numberIn(this.get(name).value, RANGES[name]);
    const [lr, momentum, beta1, beta2, epsilon, batch, epochs, seed] = /** @type {const} */ ([
      "lr",
      "momentum",
      "beta1",
      "beta2",
      "epsilon",
      "batch",
      "epochs",
      "seed",
    ]).map(value);
    const threads = this.get("threads").validity.badInput ? NaN : this.get("threads").value === "" ? null : value("threads") ?? NaN;
    const name = /** @type {"adam" | "sgd"} */ (this.get("optimizer").value);
    const optimizer =
      name === "adam"
        ? { name, learningRate: lr, beta1, beta2, epsilon, decay: this.get("decay").checked }
        : { name, learningRate: lr, momentum, nesterov: this.get("nesterov").checked };
    const numbers = [batch, epochs, seed, ...Object.values(optimizer)];
    if (numbers.includes(null) || Number.isNaN(threads)) return null;
    return /** @type {Settings} */ ({
      layers,
      optimizer,
      rateChanges: this.rateChanges,
      batch,
      epochs,
      seed,
      data: this.get("data").value,
      augment: this.get("augment").checked,
      backend: this.settings.backend,
      threads,
    });
  }

  /** Settings that wait for the next run; nothing where there are none, or they make no sense. */
  pending() {
    const next = this.read();
    return next && !same(next, { ...this.settings }) ? next : null;
  }

  // ---- What the visitor does ----

  /** @param {Element | null} target the field that has another value now */
  change(target) {
    if (target === this.inputs.get("backend")) {
      this.page.compute(/** @type {Settings["backend"]} */ (this.get("backend").value));
      return;
    }
    if (target === this.inputs.get("optimizer")) {
      // One's learning rate is no good for the other.
      const standard = OPTIMIZERS[/** @type {"adam" | "sgd"} */ (this.get("optimizer").value)];
      const { optimizer, rateChanges } = this.settings;
      const back = optimizer.name === standard.name;
      this.get("lr").value = String((back ? optimizer : standard).learningRate);
      for (const name of OWN[standard.name]) {
        const value = /** @type {Record<string, unknown>} */ (back ? optimizer : standard)[name];
        if (FLAGS.includes(name)) this.get(name).checked = Boolean(value);
        else this.get(name).value = String(value);
      }
      this.rateChanges = back ? rateChanges : [];
    }
    if (target === this.inputs.get("robust")) {
      // Where something makes no sense, it gives way too.
      this.show(withRobust(this.read() ?? this.settings, this.get("robust").checked));
    }
    this.commit();
  }

  /** Applies what is in the form where no run is lost by it. */
  commit() {
    const next = this.check() && !this.hasRun && this.pending();
    if (next) this.page.apply(next);
  }

  /** Says what is wrong, what waits, and how large the network is. Answers whether all is well. */
  check() {
    const rule = /** @type {"adam" | "sgd"} */ (this.get("optimizer").value);
    for (const [name, fields] of Object.entries(OWN)) {
      for (const field of fields) /** @type {HTMLElement} */ (this.get(field).closest(".field")).hidden = name !== rule;
    }
    /** Helps that are of several fields say the first thing that is wrong. @type {Set<Element>} */
    const taken = new Set();
    for (const [input, { help, say, range }] of this.helps) {
      const { value, required, validity } = /** @type {HTMLInputElement} */ (input);
      const good = value === "" ? !required && !validity.badInput : numberIn(value, range) !== null;
      input.setAttribute("aria-invalid", String(!good));
      if (taken.has(help)) continue;
      write(help, good ? say : () => strings.settings.must(rangeText(range)));
      help.toggleAttribute("data-wrong", !good);
      if (!good) taken.add(help);
    }
    const layers = this.layersRead();
    const count = layers ? parameterCount(layers) : null;
    const fits = count !== null && count <= MOST.parameters;
    if (this.sum) {
      const most = () => number.count(MOST.parameters);
      write(this.sum, () => {
        if (count === null) return strings.none;
        return fits ? strings.settings.parameters(number.count(count)) : strings.settings.tooMany(number.count(count), most());
      });
      this.sum.toggleAttribute("data-wrong", count !== null && !fits);
    }
    if (this.add) this.add.disabled = this.layers.length >= MOST.layers;
    if (this.later) {
      const changes = this.rateChanges ?? [];
      write(this.later, () =>
        changes.map(({ step, rate }) => strings.settings.rateFrom(number.plain(rate), number.count(step))).join(", "),
      );
    }
    const next = this.read();
    this.get("robust").checked = next !== null && isRobust(next);
    const waits = next !== null && !same(next, { ...this.settings });
    this.form.dataset.state = next === null ? "wrong" : waits && this.hasRun ? "waiting" : "used";
    if (this.start) {
      this.start.disabled = !(waits && this.hasRun);
      this.start.classList.toggle("primary", !this.start.disabled);
    }
    if (this.discard) this.discard.disabled = next !== null && !waits;
    if (this.reset) this.reset.disabled = next !== null && same(next, { ...QUICKSTART });
    if (this.note) {
      const state = /** @type {keyof typeof strings.settings.notes} */ (this.form.dataset.state);
      write(this.note, () => (state === "used" && this.hasRun ? strings.settings.notes.run : strings.settings.notes[state]));
    }
    return next !== null;
  }

  /** @param {boolean} hasRun whether there is a run that a change would end */
  become(hasRun) {
    if (this.hasRun === hasRun) return;
    this.hasRun = hasRun;
    this.check();
  }
}
