/**
 * The sheet to draw on: mouse, pen, finger and keyboard make strokes of points, and points are all that leaves it. Nothing
 * is read back from the canvas, which privacy settings of some browsers blur.
 */

/** @typedef {{ points: Float32Array, lengths: Uint32Array }} Strokes x, y of every point; points in each stroke */

/** Width of the pen as a part of the sheet's: near what MNIST's pens were once a digit fills its box. */
const PEN = 0.065;
/** How far an arrow key moves the pen, as a part of the sheet's width, and with Shift. */
const KEY_STEP = 1 / 28;
const KEY_STRIDE = 4 / 28;

const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

export class Sheet {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ changed: () => void, finished: () => void, pen: (down: boolean) => void }} events `changed` with every
   *   piece of ink; `finished` when a pen is lifted; `pen` when the keyboard's pen is lowered or lifted
   */
  constructor(canvas, events) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.events = events;
    /** @type {[number, number][][]} strokes of points in CSS pixels */
    this.strokes = [];
    /** @type {[number, number][] | null} the stroke being drawn */
    this.stroke = null;
    /** @type {number | null} the pointer that draws it */
    this.pointer = null;
    /** The keyboard's pen, as parts of the sheet. */
    this.key = { x: 0.5, y: 0.25, down: false, shown: false };
    this.width = canvas.clientWidth;
    this.pending = false;

    canvas.addEventListener("pointerdown", (event) => this.pointerDown(event));
    canvas.addEventListener("pointermove", (event) => this.pointerMove(event));
    canvas.addEventListener("pointerup", (event) => this.pointerUp(event));
    canvas.addEventListener("pointercancel", (event) => this.pointerUp(event));
    // iOS shows a magnifier on a long press otherwise.
    canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
    canvas.addEventListener("blur", () => {
      this.key.shown = false;
      if (this.key.down) this.liftKey();
      this.redraw();
    });

    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    this.resize();
  }

  /** Whether there is nothing on the sheet. */
  get blank() {
    return this.strokes.length === 0;
  }

  /** @returns {Strokes} */
  read() {
    const lengths = Uint32Array.from(this.strokes, (stroke) => stroke.length);
    const points = Float32Array.from(this.strokes.flat(2));
    return { points, lengths };
  }

  clear() {
    this.strokes = [];
    this.drop();
    this.change();
  }

  /** Takes the last stroke back. */
  undo() {
    this.strokes.pop();
    this.drop();
    this.change();
  }

  /** Lets go of the stroke being drawn. */
  drop() {
    this.stroke = null;
    this.pointer = null;
    if (this.key.down) this.liftKey();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left - this.canvas.clientLeft;
    const y = event.clientY - box.top - this.canvas.clientTop;
    const keep = (/** @type {number} */ value) => Math.min(Math.max(value, 0), this.width);
    return [keep(x), keep(y)];
  }

  /** @param {PointerEvent} event */
  pointerDown(event) {
    if (this.pointer !== null || event.button !== 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.key.shown = false;
    if (this.key.down) this.liftKey();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(this.place(event));
  }

  /** @param {PointerEvent} event */
  pointerMove(event) {
    if (event.pointerId !== this.pointer || !this.stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.extend(this.place(each));
  }

  /** @param {PointerEvent} event */
  pointerUp(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.stroke = null;
    this.events.finished();
  }

  /** @param {KeyboardEvent} event */
  keyDown(event) {
    if (event.altKey || event.metaKey) return;
    const { key } = this;
    const arrow = ARROWS[event.key];
    if (arrow && !event.ctrlKey) {
      const stride = event.shiftKey ? KEY_STRIDE : KEY_STEP;
      key.x = Math.min(Math.max(key.x + arrow[0] * stride, KEY_STEP), 1 - KEY_STEP);
      key.y = Math.min(Math.max(key.y + arrow[1] * stride, KEY_STEP), 1 - KEY_STEP);
      key.shown = true;
      if (key.down) this.extend([key.x * this.width, key.y * this.width]);
      else this.redraw();
    } else if (event.key === " " && !event.repeat) {
      key.shown = true;
      if (key.down) {
        this.liftKey();
        this.stroke = null;
        this.events.finished();
      } else {
        key.down = true;
        this.events.pen(true);
        this.begin([key.x * this.width, key.y * this.width]);
      }
      this.redraw();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else if (event.key.toLowerCase() === (event.ctrlKey ? "z" : "u")) {
      this.undo();
    } else if (event.key === "Escape" && key.down) {
      this.liftKey();
      this.stroke = null;
      this.events.finished();
    } else if (event.key !== " ") {
      return;
    }
    event.preventDefault();
  }

  liftKey() {
    this.key.down = false;
    this.events.pen(false);
  }

  /** @param {[number, number]} point */
  begin(point) {
    this.stroke = [point];
    this.strokes.push(this.stroke);
    this.change();
  }

  /** @param {[number, number]} point */
  extend(point) {
    if (!this.stroke) return;
    const last = this.stroke[this.stroke.length - 1];
    if (last[0] === point[0] && last[1] === point[1]) return;
    this.stroke.push(point);
    this.change();
  }

  change() {
    this.redraw();
    this.events.changed();
  }

  resize() {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    if (this.width > 0 && width !== this.width) {
      const scale = width / this.width;
      for (const stroke of this.strokes) for (const point of stroke) (point[0] *= scale), (point[1] *= scale);
    }
    this.width = width;
    const pixels = Math.round(width * ratio);
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
    const { context, canvas, width } = this;
    const scale = canvas.width / width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, width);
    const ink = getComputedStyle(canvas).color;
    context.strokeStyle = ink;
    context.fillStyle = ink;
    context.lineWidth = PEN * width;
    context.lineCap = "round";
    context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      context.moveTo(...stroke[0]);
      // Through the middles, with the points as handles: the corners of a fast pen become curves.
      for (let i = 1; i < stroke.length - 1; i++) {
        const [x, y] = stroke[i];
        context.quadraticCurveTo(x, y, (x + stroke[i + 1][0]) / 2, (y + stroke[i + 1][1]) / 2);
      }
      context.lineTo(...stroke[stroke.length - 1]);
      context.stroke();
    }
    if (this.key.shown) this.paintCursor();
  }

  /** A cross where the keyboard's pen is; a dot in it while the pen is down. */
  paintCursor() {
    const { context, width, key } = this;
    const [x, y, arm] = [key.x * width, key.y * width, 0.045 * width];
    context.lineWidth = 2;
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--vermilion");
    context.beginPath();
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
    if (key.down) context.arc(x, y, 0.6 * arm, 0, 2 * Math.PI);
    context.stroke();
  }
}
