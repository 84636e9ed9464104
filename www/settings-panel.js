import { strings, write } from "./language.js";
import { missed } from "./later.js";
import { queryOf, summary } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./messages.js").State} State
 */

/** States in which there is a run that another setting would end. @type {State[]} */
const RUNS = ["training", "paused", "evaluating", "done", "stopped"];

/** The settings in one line, the address that holds them, and the form that changes them, which comes when it is wanted. */
export class SettingsPanel {
  /**
   * @param {Document} document
   * @param {Settings} settings those in use; whoever changes them calls `follow`
   * @param {ConstructorParameters<typeof import("./settings-form.js").SettingsForm>[2]} page
   */
  constructor(document, settings, page) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.settings = settings;
    this.page = page;
    this.line = find("settings-summary");
    this.details = /** @type {HTMLDetailsElement} */ (find("settings-details"));
    this.place = /** @type {HTMLFormElement} */ (find("settings-form"));
    this.copyButton = /** @type {HTMLButtonElement} */ (find("copy-button"));
    this.copyNote = find("copy-note");
    this.hasRun = false;
    /** What has computed this run, in order: a link to it names what does. @type {("simd" | "gpu")[]} */
    this.computed = [];
    /** @type {import("./settings-form.js").SettingsForm | null} */
    this.form = null;
    write(this.line, () => summary(settings));
    this.copyButton.disabled = false;
    this.copyButton.addEventListener("click", () => this.copy());
    this.details.addEventListener("toggle", () => this.open(), { once: true });
  }

  async open() {
    const { SettingsForm } = await import("./settings-form.js").catch(missed);
    this.form = new SettingsForm(this.place, this.settings, this.page);
    this.form.become(this.hasRun);
  }

  /** The settings are others now: so are the line, the address and the form. */
  follow() {
    write(this.line, () => summary(this.settings));
    this.copyNote.replaceChildren();
    history.replaceState(history.state, "", location.pathname + queryOf(this.settings, location.search) + location.hash);
    this.form?.fill();
  }

  /** Settings that wait for the next run. */
  pending() {
    return this.form?.pending() ?? null;
  }

  /** @param {State} state */
  show(state) {
    this.hasRun = RUNS.includes(state);
    this.form?.become(this.hasRun);
  }

  /** @param {"simd" | "gpu"} backend */
  showComputes(backend) {
    this.computed = this.hasRun ? [...this.computed, backend] : [backend];
  }

  /** The next run is computed by one. */
  clear() {
    this.computed = this.computed.slice(-1);
  }

  /** Copies the address of this run: its last bits depend on what computes, so that is in it too once there is a run. */
  async copy() {
    const [backend, ...others] = this.computed;
    const query = queryOf(this.hasRun && backend ? { ...this.settings, backend } : this.settings, location.search);
    const link = location.origin + location.pathname + query;
    const isMixed = others.some((other) => other !== backend);
    try {
      await navigator.clipboard.writeText(link);
      write(this.copyNote, () => (isMixed ? strings.settings.copiedMixed : strings.settings.copied));
    } catch {
      // Where a page may not write there, its visitor may.
      const field = document.createElement("input");
      field.readOnly = true;
      field.value = link;
      write(field, () => strings.settings.byHand, "aria-label");
      write(this.copyNote, () => strings.settings.byHand);
      this.copyNote.append(" ", field);
      field.select();
    }
  }
}
