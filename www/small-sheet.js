import { button, make } from "./dom.js";
import { strings, write } from "./language.js";
import { paintPicture, paintStrokes } from "./sheet.js";

/** The sheet once more, small, beside what follows the pen: both show the same ink, and either can be drawn on. */
export class SmallSheet {
  /** @param {import("./sheet.js").Sheet} sheet for whom no pointer draws, the keyboard's pen is there */
  constructor(sheet) {
    this.sheet = sheet;
    /** The pointer that is down. @type {number | null} */
    this.pointer = null;
    this.canvas = make("canvas#small-sheet");
    this.canvas.setAttribute("role", "img");
    write(this.canvas, () => strings.inside.drawHere, "aria-label");
    this.clear = button("", () => this.change(() => sheet.clear()), () => strings.page.clear);
    this.figure = make(
      "figure.flow-sheet",
      this.canvas,
      make("figcaption", make("span.quiet", () => strings.inside.drawHere), this.clear),
    );
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.up(event));
    this.canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    this.canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    new ResizeObserver(() => this.paint()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  /** @param {PointerEvent} event @returns {[number, number]} as parts of the sheet's width */
  place(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const part = (/** @type {number} */ pixels) => Math.min(Math.max(pixels / this.canvas.clientWidth, 0), 1);
    return [part(event.clientX - left - this.canvas.clientLeft), part(event.clientY - top - this.canvas.clientTop)];
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0 || this.pointer !== null) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.sheet.lift();
    this.change(() => this.sheet.begin(this.place(event), this.sheet.widthOf(event)));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.change(() => {
      for (const each of events.length ? events : [event]) this.sheet.extend(this.place(each), this.sheet.widthOf(each));
    });
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.sheet.end();
    this.sheet.events.finished();
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.change(() => this.sheet.takeBack());
  }

  /** @param {() => void} what */
  change(what) {
    what();
    this.paint();
  }

  paint() {
    const { canvas, sheet } = this;
    const pixels = Math.round(canvas.clientWidth * (globalThis.devicePixelRatio || 1));
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(pixels, 0, 0, pixels, 0, 0);
    context.clearRect(0, 0, 1, 1);
    const style = getComputedStyle(canvas);
    if (sheet.picture) paintPicture(context, sheet.picture, style.getPropertyValue("--vermilion"), 2 / canvas.clientWidth);
    paintStrokes(context, sheet.strokes, style.color);
    this.clear.disabled = sheet.blank;
  }
}
