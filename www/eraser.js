/**
 * An eraser for strokes of points: where its disc passes, strokes are cut in two, and what is left are strokes of points again.
 *
 * @typedef {import("./sheet.js").Sample} Sample
 * @typedef {import("./sheet.js").Stroke} Stroke
 */

/**
 * What a disc leaves of `strokes` on its way; the same array where it touches none. A point counts as touched when its ink is, so what is left
 * ends, with its round ends, where the disc was.
 * @param {readonly Stroke[]} strokes
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {number} radius
 * @param {number} pen width of a pen of width 1
 * @returns {readonly Stroke[]}
 */
export function erase(strokes, from, to, radius, pen) {
  let left = strokes;
  // Discs so near each other that nothing between them is missed by more than a hundredth of their radius.
  const discs = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / (0.28 * radius)));
  for (let i = 1; i <= discs; i++) {
    const at = [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * i) / discs);
    left = punch(left, at, radius, pen);
  }
  return left;
}

/** What one disc leaves. @param {readonly Stroke[]} strokes @param {number[]} at @param {number} radius @param {number} pen */
function punch(strokes, at, radius, pen) {
  let touched = false;
  const left = strokes.flatMap((stroke) => {
    const pieces = cut(stroke, at, radius, pen);
    touched ||= pieces.length !== 1 || pieces[0] !== stroke;
    return pieces;
  });
  return touched ? left : strokes;
}

/** The pieces of a stroke outside a disc. @param {Stroke} stroke @param {number[]} at @param {number} radius @param {number} pen @returns {Stroke[]} */
function cut(stroke, at, radius, pen) {
  const reach = (/** @type {Sample} */ sample) => radius + (pen * sample[2]) / 2;
  const isOutside = (/** @type {Sample} */ sample) => Math.hypot(sample[0] - at[0], sample[1] - at[1]) >= reach(sample);
  if (stroke.length === 1) return isOutside(stroke[0]) ? [stroke] : [];
  /** @type {Stroke[]} */
  const pieces = [];
  /** @type {Stroke | null} */
  let piece = null;
  let touched = false;
  for (let i = 1; i < stroke.length; i++) {
    const [a, b] = [stroke[i - 1], stroke[i]];
    const [enter, leave] = within(a, b, at, Math.max(reach(a), reach(b)));
    if (enter >= leave) {
      if (!piece) pieces.push((piece = [a]));
      piece.push(b);
      continue;
    }
    touched = true;
    if (enter > 0) {
      if (!piece) pieces.push((piece = [a]));
      piece.push(between(a, b, enter));
    }
    piece = null;
    if (leave < 1) pieces.push((piece = [between(a, b, leave), b]));
  }
  return touched ? pieces : [stroke];
}

/**
 * Between which parts of the way from a to b, 0 to 1, it lies in a disc; the first is not below the second where it lies beside it.
 * @param {Sample} a @param {Sample} b @param {number[]} at @param {number} radius
 */
function within(a, b, at, radius) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const [x, y] = [a[0] - at[0], a[1] - at[1]];
  // |a + t (b - a) - at|² = radius², a quadratic equation in t.
  const squared = dx * dx + dy * dy;
  const half = x * dx + y * dy;
  const rest = x * x + y * y - radius * radius;
  if (squared === 0) return rest < 0 ? [0, 1] : [1, 0];
  const root = half * half - squared * rest;
  if (root <= 0) return [1, 0];
  const [enter, leave] = [(-half - Math.sqrt(root)) / squared, (-half + Math.sqrt(root)) / squared];
  return leave <= 0 || enter >= 1 ? [1, 0] : [Math.max(enter, 0), Math.min(leave, 1)];
}

/** @param {Sample} a @param {Sample} b @param {number} t @returns {Sample} */
const between = (a, b, t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
