/** The keyboard's pen: a cursor on the 28 × 28 squares that the network's view has, with everything that a pointer can do. */

/** Squares in each direction, as a part of the sheet's width; and how far Shift goes. */
const SQUARES = 28;
const STRIDE = 4;
/** A grid of so many squares is faintly shown, so that the cursor's steps can be counted. */
const SHOWN = 7;
/** A place is spoken once the cursor has rested for so long: not with every step on the way. */
const REST_MS = 600;

/** The keys around the arrows go slantwise, as on a number pad. */
const MOVES = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-1, -1],
  PageUp: [1, -1],
  End: [-1, 1],
  PageDown: [1, 1],
});

/**
 * What its keys ask for, beside drawing, and what shall be told.
 * @typedef {object} Commands
 * @property {() => void} clear
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {(tool: import("./sheet.js").Tool) => void} choose
 * @property {(steps: number) => void} resize makes the pen wider, or narrower
 * @property {(down: boolean) => void} pen it is lowered or lifted
 * @property {(column: number, row: number) => void} place it rests there, counted from the upper left
 */

/** Keys that ask for something; with Ctrl, or Command on a Mac, the others. */
const KEYS = /** @type {Record<string, (commands: Commands) => void>} */ ({
  delete: (commands) => commands.clear(),
  backspace: (commands) => commands.clear(),
  u: (commands) => commands.undo(),
  r: (commands) => commands.redo(),
  p: (commands) => commands.choose("pen"),
  e: (commands) => commands.choose("eraser"),
  "+": (commands) => commands.resize(1),
  "=": (commands) => commands.resize(1),
  "-": (commands) => commands.resize(-1),
});
const CONTROL_KEYS = /** @type {typeof KEYS} */ ({
  z: (commands) => commands.undo(),
  Z: (commands) => commands.redo(),
  y: (commands) => commands.redo(),
});

export class GridCursor {
  /** @param {import("./sheet.js").Sheet} sheet @param {Commands} commands */
  constructor(sheet, commands) {
    this.sheet = sheet;
    this.commands = commands;
    /** Lines of the grid from the upper left corner. */
    this.column = SQUARES / 2;
    this.row = SQUARES / 4;
    this.isDown = false;
    this.isShown = false;
    this.resting = 0;
  }

  /** @returns {[number, number]} as parts of the sheet */
  get place() {
    return [this.column / SQUARES, this.row / SQUARES];
  }

  /** @param {KeyboardEvent} event */
  keyDown(event) {
    if (event.altKey) return;
    const { key } = event;
    const isControl = event.ctrlKey || event.metaKey;
    const asked = isControl ? CONTROL_KEYS[key] : KEYS[key.toLowerCase()];
    if (asked) asked(this.commands);
    else if (isControl) return;
    else if (MOVES[key]) this.move(MOVES[key], event.shiftKey ? STRIDE : 1);
    else if (key === " " && event.repeat) {
      // Held down it is one press; and the page shall not scroll.
    } else if (key === " " && !this.isDown) this.lower();
    else if (this.isDown && (key === " " || key === "Escape")) this.finish();
    else return;
    event.preventDefault();
  }

  /** @param {[number, number]} direction @param {number} squares */
  move([right, down], squares) {
    const keep = (/** @type {number} */ line) => Math.min(Math.max(line, 1), SQUARES - 1);
    this.column = keep(this.column + right * squares);
    this.row = keep(this.row + down * squares);
    this.isShown = true;
    if (this.isDown) this.sheet.extend(this.place, this.sheet.size);
    this.sheet.redraw();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.commands.place(this.column, this.row), REST_MS);
  }

  lower() {
    clearTimeout(this.resting);
    this.sheet.end();
    this.isDown = this.isShown = true;
    this.commands.pen(true);
    this.sheet.begin(this.place, this.sheet.size);
  }

  /** Lifts it as a pointer is lifted: what was drawn is read. */
  finish() {
    this.lift();
    this.sheet.end();
    this.sheet.redraw();
    this.sheet.events.finished();
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    clearTimeout(this.resting);
    this.commands.pen(false);
  }

  hide() {
    clearTimeout(this.resting);
    if (this.isDown) this.sheet.end();
    this.lift();
    this.isShown = false;
    this.sheet.redraw();
  }

  /** Behind the ink. @param {CanvasRenderingContext2D} context where a unit is the sheet's width */
  paintGrid(context) {
    context.lineWidth = 1 / this.sheet.width;
    context.strokeStyle = getComputedStyle(this.sheet.canvas).getPropertyValue("--ink-faint");
    context.beginPath();
    for (let line = 1; line < SHOWN; line++) {
      context.moveTo(line / SHOWN, 0);
      context.lineTo(line / SHOWN, 1);
      context.moveTo(0, line / SHOWN);
      context.lineTo(1, line / SHOWN);
    }
    context.stroke();
  }

  /** A cross, with a ring while the pen is down, or an eraser's disc. @param {CanvasRenderingContext2D} context where a unit is the sheet's width */
  paint(context) {
    const { sheet } = this;
    const [x, y] = this.place;
    const arm = 0.045;
    context.lineWidth = 2 / sheet.width;
    context.strokeStyle = getComputedStyle(sheet.canvas).getPropertyValue("--vermilion");
    context.beginPath();
    context.moveTo(x - arm, y);
    context.lineTo(x + arm, y);
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
    const ring = sheet.tool === "eraser" ? sheet.eraser : this.isDown ? 0.6 * arm : 0;
    if (ring) {
      context.moveTo(x + ring, y);
      context.arc(x, y, ring, 0, 2 * Math.PI);
    }
    context.stroke();
  }
}
