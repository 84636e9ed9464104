import { askFor } from "./files.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { PEN, Sheet } from "./sheet.js";

/** @typedef {import("./sheet.js").Tool} Tool */

/** The sheet and its tools: pen and eraser, their size, undo, redo and clear; and pictures in place of strokes. */
export class Desk {
  /**
   * @param {Document} document
   * @param {object} events
   * @param {() => void} events.changed with every piece of ink that comes or goes
   * @param {() => void} events.finished a pen was lifted
   * @param {(picture: number, file: Blob) => boolean} events.brought a file that shall be read as a picture, under that number; whether
   *   it can be
   * @param {(text: string) => void} events.say to who does not see it
   */
  constructor(document, { changed, finished, brought, say }) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    const button = (/** @type {string} */ id) => /** @type {HTMLButtonElement} */ (find(id));
    this.finished = finished;
    this.brought = brought;
    this.say = say;
    this.canvas = find("canvas");
    this.hint = find("draw-hint");
    this.note = find("picture-note");
    /** Pictures so far, and the number of the one that is to come, unless the sheet changes first. */
    this.count = 0;
    /** @type {number | null} */
    this.awaited = null;
    this.clearButton = button("clear-button");
    this.undoButton = button("undo-button");
    this.redoButton = button("redo-button");
    this.size = /** @type {HTMLInputElement} */ (find("pen-size"));
    this.tools = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[name=tool]"));
    this.sheet = new Sheet(
      /** @type {HTMLCanvasElement} */ (this.canvas),
      {
        changed: () => {
          this.awaited = null;
          this.note.hidden = true;
          this.show();
          changed();
        },
        finished,
        unmoved: () => this.tell(() => strings.picture.whole),
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
    this.takePictures(document, button("picture-button"), /** @type {HTMLInputElement} */ (find("picture-file")));
    write(this.size, () => strings.penSize(number.percent(this.sheet.size)), "aria-valuetext");
    // A browser may have kept what was chosen before a reload.
    for (const radio of this.tools) if (radio.checked) this.choose(/** @type {Tool} */ (radio.value));
    // Observed behind the sheet's own observer, so it knows its width.
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  /**
   * From a file that is chosen, dropped anywhere, or pasted.
   * @param {Document} document
   * @param {HTMLButtonElement} button
   * @param {HTMLInputElement} input
   */
  takePictures(document, button, input) {
    askFor(button, input, (files) => this.bring(files));
    const sheet = /** @type {HTMLElement} */ (this.canvas.parentElement);
    // Beside the sheet, a browser would leave the page for a file. Text goes where it is dropped.
    const isMeant = (/** @type {DragEvent} */ event) =>
      event.dataTransfer?.types.includes("Files") || sheet.contains(/** @type {Node} */ (event.target));
    for (const kind of /** @type {const} */ (["dragover", "dragleave", "drop"])) {
      document.addEventListener(kind, (event) => {
        if (!isMeant(event)) return;
        event.preventDefault();
        sheet.toggleAttribute("data-drop", kind === "dragover");
        if (kind === "drop") this.bring(event.dataTransfer?.files);
      });
    }
    document.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files;
      // Text that is pasted elsewhere is no concern of the sheet's.
      if (files?.length || event.target === this.canvas) this.bring(files);
    });
  }

  /** @param {FileList | null | undefined} files */
  bring(files) {
    const all = [...(files ?? [])];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (!file) return this.tell(() => strings.picture.none);
    this.sheet.lift();
    this.count += 1;
    this.awaited = this.count;
    const canBe = this.brought(this.count, file);
    this.tell(() => (canBe ? strings.picture.reading : strings.picture.failed.idle));
  }

  /** A picture has been read, and lies on the sheet now, or why it cannot be. @param {import("./scan.js").PictureRead | import("./scan.js").PictureFailed} message */
  showPicture(message) {
    const isAwaited = message.picture === this.awaited;
    if (message.kind === "picture-failed") {
      if (isAwaited) this.tell(() => strings.picture.failed[message.why]);
    } else if (isAwaited) {
      this.sheet.lay(message);
      if (message.stages.others > 0) this.tell(() => strings.picture.others);
      else this.say(strings.picture.read);
      this.finished();
    } else message.bitmap.close();
  }

  /** Says something on the sheet, until that changes. @param {() => string} text */
  tell(text) {
    write(this.note, text);
    this.note.hidden = false;
    this.say(text());
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
