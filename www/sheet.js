/**
 * The sheet to draw on: mouse, pen, finger and keyboard make strokes of samples, and samples are all that leaves it. Nothing
 * is read back from the canvas, which privacy settings of some browsers blur. A picture that was chosen instead only lies there.
 *
 * @typedef {[x: number, y: number, width: number]} Sample  a place as parts of the sheet's width, and the pen's width there, of the usual one's
 * @typedef {Sample[]} Stroke
 * @typedef {import("./scan.js").PictureRead} Picture
 * @typedef {{ strokes: readonly Stroke[], picture: Picture | null }} State  strokes or a picture
 * @typedef {{ samples: Float32Array, lengths: Uint32Array, image: Uint8Array | null }} Content  x, y and width of every sample; samples in each
 *   stroke; or the 28 × 28 pixels that a picture became
 * @typedef {"pen" | "eraser"} Tool
 */

import { erase } from "./eraser.js";
import { GridCursor } from "./grid-cursor.js";
import { UndoHistory } from "./undo-history.js";

/** Width of the usual pen as a part of the sheet's: near what MNIST's pens were once a digit fills its box. */
export const PEN = 0.065;
/** Radius of the eraser where the pen is the usual one. */
const ERASER = 0.055;
/** How much wider full pressure makes a pen than half of it, which is what a mouse has; and how quickly a pen follows it. */
const PRESSURE = 0.2;
const YIELDING = 0.4;
/** The bit of a pen's eraser in `buttons`. */
const ERASER_END = 32;

/** @type {State} */
const BLANK = { strokes: [], picture: null };

export class Sheet {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ changed: () => void, finished: () => void, unmoved: () => void }} events `changed` with every piece of ink that comes or goes;
   *   `finished` when a pen is lifted; `unmoved` when an eraser meets a picture, which only goes as a whole
   * @param {import("./grid-cursor.js").Commands} commands what the keys ask for
   */
  constructor(canvas, events, commands) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.events = events;
    /** @type {UndoHistory<State>} */
    this.history = new UndoHistory(BLANK);
    /** @type {Tool} */
    this.tool = "pen";
    /** Width of the pen, of the usual one's. */
    this.size = 1;
    /** The stroke being drawn, which is the last. @type {Stroke | null} */
    this.stroke = null;
    /** Where an eraser was last, while it is down; the first ink that it takes makes a step of the history. @type {{ at: [number, number], isStep: boolean } | null} */
    this.erasing = null;
    /** The pointer that is down. @type {{ id: number, type: string } | null} */
    this.pointer = null;
    /** Where the mouse is, for the eraser's disc. @type {[number, number] | null} */
    this.hover = null;
    this.width = canvas.clientWidth;
    this.pending = false;
    this.cursor = new GridCursor(this, commands);

    canvas.addEventListener("pointerdown", (event) => this.pointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.pointerMove(event));
    canvas.addEventListener("pointerup", (event) => this.pointerUp(event));
    canvas.addEventListener("pointercancel", (event) => this.pointerCancel(event));
    canvas.addEventListener("pointerleave", () => this.hoverAt(null));
    // iOS shows a magnifier on a long press otherwise.
    canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    canvas.addEventListener("keydown", (event) => this.cursor.keyDown(event));
    canvas.addEventListener("blur", () => this.cursor.hide());

    new ResizeObserver(() => this.resize()).observe(canvas);
    onResolution(() => this.resize());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.resize();
  }

  get strokes() {
    return this.history.now.strokes;
  }

  get picture() {
    return this.history.now.picture;
  }

  /** Whether there is nothing on the sheet. */
  get blank() {
    return this.strokes.length === 0 && !this.picture;
  }

  /** @returns {Content} */
  read() {
    const lengths = Uint32Array.from(this.strokes, (stroke) => stroke.length);
    return { samples: Float32Array.from(this.strokes.flat(2)), lengths, image: this.picture?.stages.image ?? null };
  }

  clear() {
    if (this.blank) return;
    this.lift();
    this.history.go(BLANK);
    this.change();
  }

  /** Puts a picture on the sheet instead of what is there. @param {Picture} picture */
  lay(picture) {
    this.lift();
    this.history.go({ strokes: [], picture });
    this.change();
  }

  /** Takes the last stroke back, or whatever was done last. */
  undo() {
    this.lift();
    if (this.history.undo()) this.change();
  }

  redo() {
    this.lift();
    if (this.history.redo()) this.change();
  }

  /** Takes back what is being done now, as if it had never begun. */
  takeBack() {
    const isStep = this.stroke || this.erasing?.isStep;
    this.lift();
    if (!isStep) return;
    this.history.undo();
    this.history.future = [];
    this.change();
  }

  /** Takes all pens off the sheet. */
  lift() {
    this.end();
    this.pointer = null;
    this.cursor.lift();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left - this.canvas.clientLeft;
    const y = event.clientY - box.top - this.canvas.clientTop;
    const part = (/** @type {number} */ value) => Math.min(Math.max(value / this.width, 0), 1);
    return [part(x), part(y)];
  }

  /** Only pens know pressure: others say a half, or what the area of a finger is. @param {PointerEvent} event */
  widthOf(event) {
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 0.5;
    return this.size * (1 + 2 * PRESSURE * (pressure - 0.5));
  }

  /** @param {PointerEvent} event */
  pointerDown(event) {
    const isEraser = (event.buttons & ERASER_END) !== 0;
    if (event.button !== 0 && !isEraser) return;
    // A pen has precedence over the hand that came down before it.
    if (this.pointer && (event.pointerType !== "pen" || this.pointer.type !== "touch")) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    if (this.pointer) this.takeBack();
    this.cursor.hide();
    this.pointer = { id: event.pointerId, type: event.pointerType };
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.place(event), this.widthOf(event), isEraser ? "eraser" : this.tool);
  }

  /** @param {PointerEvent} event */
  pointerMove(event) {
    if (event.pointerType === "mouse") this.hoverAt(this.place(event));
    if (event.pointerId !== this.pointer?.id) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.extend(this.place(each), this.widthOf(each));
  }

  /** @param {PointerEvent} event */
  pointerUp(event) {
    if (event.pointerId !== this.pointer?.id) return;
    this.pointer = null;
    this.end();
    this.events.finished();
  }

  /** It was no stroke after all, but the heel of a hand, or a gesture of the system's. @param {PointerEvent} event */
  pointerCancel(event) {
    if (event.pointerId === this.pointer?.id) this.takeBack();
  }

  /** @param {[number, number] | null} place */
  hoverAt(place) {
    this.hover = place;
    if (this.tool === "eraser") this.redraw();
  }

  /** Puts a pen or an eraser on the sheet. @param {[number, number]} at @param {number} width @param {Tool} tool */
  begin(at, width, tool = this.tool) {
    if (tool === "eraser") {
      if (this.picture) this.events.unmoved();
      this.erasing = { at, isStep: false };
      this.eraseTo(at);
      return;
    }
    this.stroke = [[...at, width]];
    // On a picture nothing can be added: a new sheet comes over it.
    this.history.go({ strokes: [...this.strokes, this.stroke], picture: null });
    this.change();
  }

  /** Moves it. @param {[number, number]} at @param {number} width */
  extend(at, width) {
    if (this.erasing) return this.eraseTo(at);
    const last = this.stroke?.at(-1);
    if (!this.stroke || !last || (last[0] === at[0] && last[1] === at[1])) return;
    // Between two samples of a pen the pressure may leap, where a brush would yield.
    this.stroke.push([...at, last[2] + YIELDING * (width - last[2])]);
    this.change();
  }

  /** Takes it off. */
  end() {
    this.stroke = null;
    this.erasing = null;
  }

  /** @param {[number, number]} at */
  eraseTo(at) {
    if (!this.erasing) return;
    const left = erase(this.strokes, this.erasing.at, at, this.eraser, PEN);
    this.erasing.at = at;
    this.redraw();
    if (left === this.strokes) return;
    const state = { strokes: left, picture: null };
    if (this.erasing.isStep) this.history.now = state;
    else this.history.go(state);
    this.erasing.isStep = true;
    this.change();
  }

  get eraser() {
    return ERASER * this.size;
  }

  change() {
    this.redraw();
    this.events.changed();
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    this.width = width;
    const pixels = Math.round(width * (globalThis.devicePixelRatio || 1));
    if (this.canvas.width !== pixels) {
      this.canvas.width = pixels;
      this.canvas.height = pixels;
    }
    this.paint();
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  paint() {
    const { context, canvas } = this;
    // A unit is the sheet's width.
    context.setTransform(canvas.width, 0, 0, canvas.width, 0, 0);
    context.clearRect(0, 0, 1, 1);
    if (this.cursor.isShown) this.cursor.paintGrid(context);
    const style = getComputedStyle(canvas);
    if (this.picture) paintPicture(context, this.picture, style.getPropertyValue("--vermilion"), 2 / this.width);
    paintStrokes(context, this.strokes, style.color);
    const eraser = this.erasing?.at ?? (this.tool === "eraser" && !this.cursor.isShown ? this.hover : null);
    if (eraser) this.paintEraser(eraser);
    if (this.cursor.isShown) this.cursor.paint(context);
  }

  /** @param {[number, number]} at */
  paintEraser(at) {
    const { context } = this;
    context.lineWidth = 1.5 / this.width;
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--vermilion");
    context.beginPath();
    context.arc(...at, this.eraser, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** Calls `listener` whenever the screen has more or fewer pixels for the same length: another screen, or a zoom. @param {() => void} listener */
export function onResolution(listener) {
  const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  const change = () => {
    listener();
    onResolution(listener);
  };
  same.addEventListener("change", change, { once: true });
}

/**
 * Ink, where a unit is the sheet's width.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Stroke[]} strokes
 * @param {string} ink its colour
 */
export function paintStrokes(context, strokes, ink) {
  context.strokeStyle = ink;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    let [x, y, width] = stroke[0];
    context.lineWidth = PEN * width;
    context.beginPath();
    context.moveTo(x, y);
    // Through the middles, with the samples as handles: the corners of a fast pen become curves.
    for (let i = 1; i < stroke.length - 1; i++) {
      const [handleX, handleY, next] = stroke[i];
      if (next !== width) {
        // A path has one width: where it changes, another begins.
        width = next;
        context.stroke();
        context.lineWidth = PEN * width;
        context.beginPath();
        context.moveTo(x, y);
      }
      [x, y] = [(handleX + stroke[i + 1][0]) / 2, (handleY + stroke[i + 1][1]) / 2];
      context.quadraticCurveTo(handleX, handleY, x, y);
    }
    const [endX, endY] = stroke[stroke.length - 1];
    context.lineTo(endX, endY);
    context.stroke();
  }
}

/**
 * A picture as large as it fits, and a box around its digit. A unit is the sheet's width.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {string} colour of the box
 * @param {number} line its width
 */
export function paintPicture(context, { bitmap, stages }, colour, line) {
  const scale = 1 / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  const [x, y] = [(1 - width) / 2, (1 - height) / 2];
  context.drawImage(bitmap, x, y, width, height);
  const [left, top, right, bottom] = Array.from(stages.bounds, (at) => at * scale);
  context.lineWidth = line;
  context.strokeStyle = colour;
  context.strokeRect(x + left, y + top, right - left, bottom - top);
}
