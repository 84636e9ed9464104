import { strings, write } from "./language.js";
import * as number from "./number.js";
import { PEN, Sheet } from "./sheet.js";

/** @typedef {import("./sheet.js").Tool} Tool */

/** The sheet and its tools: pen and eraser, their size, undo, redo and clear. */
export class Desk {
  /**
   * @param {Document} document
   * @param {object} events
   * @param {() => void} events.changed with every piece of ink that comes or goes
   * @param {() => void} events.finished a pen was lifted
   * @param {(text: string) => void} events.say to who does not see it
   */
  constructor(document, { changed, finished, say }) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (find(id));
    this.finished = finished;
    this.say = say;
    this.canvas = find("canvas");
    this.hint = find("draw-hint");
    this.clearButton = button("clear-button");
    this.undoButton = button("undo-button");
    this.redoButton = button("redo-button");
    this.size = /** @type {HTMLInputElement} */ (find("pen-size"));
    this.tools = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=tool]"));
    this.sheet = new Sheet(
      /** @type {HTMLCanvasElement} */ (this.canvas),
      {
        changed: () => {
          this.show();
          changed();
        },
        finished,
      },
      {
        clear: () => this.clear(),
        undo: () => this.step("undo"),
        redo: () => this.step("redo"),
        choose: (tool) => {
          this.choose(tool);
          say(strings.say.tools[tool]);
        },
        resize: (steps) => {
          steps > 0 ? this.size.stepUp(steps) : this.size.stepDown(-steps);
          this.resize();
          say(strings.penSize(number.percent(this.sheet.size)));
        },
        pen: (down) => say(down ? strings.say.penDown : strings.say.penUp),
        place: (column, row) => say(strings.say.place(number.count(column), number.count(row))),
      },
    );
    this.clearButton.addEventListener("click", () => {
      this.clear();
      this.canvas.focus({ preventScroll: true });
    });
    this.undoButton.addEventListener("click", () => this.step("undo"));
    this.redoButton.addEventListener("click", () => this.step("redo"));
    this.size.addEventListener("input", () => this.resize());
    for (const radio of this.tools) {
      radio.disabled = false;
      radio.addEventListener("change", () => this.choose(/** @type {Tool} */ (radio.value)));
    }
    this.size.disabled = false;
    write(this.size, () => strings.penSize(number.percent(this.sheet.size)), "aria-valuetext");
    // A browser may have kept what was chosen before a reload.
    for (const radio of this.tools) if (radio.checked) this.choose(/** @type {Tool} */ (radio.value));
    // Observed behind the sheet's own observer, so it knows its width.
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  clear() {
    if (this.sheet.blank) return;
    this.sheet.clear();
    this.say(strings.say.cleared);
  }

  /** @param {"undo" | "redo"} direction */
  step(direction) {
    this.sheet[direction]();
    // What is there now is read aloud, as a new stroke is.
    if (this.sheet.blank) this.say(strings.say.blank);
    else this.finished();
  }

  /** @param {Tool} tool */
  choose(tool) {
    for (const radio of this.tools) radio.checked = radio.value === tool;
    this.sheet.tool = tool;
    this.sheet.redraw();
  }

  /** Takes the size that the slider has; its knob is the pen's dot, as large as on the sheet. */
  resize() {
    this.sheet.size = this.size.valueAsNumber;
    this.size.style.setProperty("--pen", `${PEN * this.sheet.size * this.sheet.width}px`);
    write(this.size, () => strings.penSize(number.percent(this.sheet.size)), "aria-valuetext");
    this.sheet.redraw();
  }

  show() {
    const { blank, history } = this.sheet;
    this.clearButton.disabled = blank;
    this.undoButton.disabled = history.past.length === 0;
    this.redoButton.disabled = history.future.length === 0;
    this.hint.hidden = !blank;
  }
}
