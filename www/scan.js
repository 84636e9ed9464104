/**
 * Reads files of pictures, in the worker: the browser decodes them, and `src/scan/` finds the digit.
 *
 * Page → worker:
 * @typedef {{ kind: "picture", picture: number, file: Blob }} Picture  to be read; answered with its number
 *
 * Worker → page:
 * @typedef {object} PictureRead
 * @property {"picture-read"} kind
 * @property {number} picture
 * @property {ImageBitmap} bitmap what of it is shown
 * @property {import("./wasm/simd128/sumi.js").PictureStages} stages the way from it to the pixels
 * @typedef {{ kind: "picture-failed", picture: number, why: Obstacle }} PictureFailed
 * @typedef {"empty" | "type" | "large" | "noise" | "even" | "nothing" | "missing"} Obstacle  a file without bytes; no picture that this browser
 *   can open; too large; the browser gives noise for pixels; nothing stands out; what does is no digit; this module could not be fetched
 */

/** A photo has a few megabytes. */
const MOST_BYTES = 50e6;
/** Longer side of what is read, in pixels: more detail than 28 × 28 pixels can use. */
const MOST_SIDE = 1024;
/** What a canvas gives back may be off by so many of 255 tones: some browsers add a little noise against tracking, which does no harm. */
const HARMLESS = 8;

/** @type {Record<string, Obstacle>} the errors of `readPicture` by their names */
const NAMES = { EvenPicture: "even", NoDigit: "nothing" };

/**
 * @param {Picture} message
 * @param {typeof import("./wasm/simd128/sumi.js").readPicture} readPicture
 * @param {(message: PictureRead | PictureFailed, transfer?: Transferable[]) => void} tell
 */
export async function scan({ picture, file }, readPicture, tell) {
  const failed = (/** @type {Obstacle} */ why) => tell({ kind: "picture-failed", picture, why });
  if (file.size === 0) return failed("empty");
  if (file.size > MOST_BYTES) return failed("large");
  if (isNoisy()) return failed("noise");
  const decoded = await decode(file);
  if (!decoded) return failed("type");
  const { canvas, context } = decoded;
  const { width, height } = canvas;
  const { data } = context.getImageData(0, 0, width, height);
  let stages;
  try {
    stages = readPicture(new Uint8Array(data.buffer), width, height);
  } catch (error) {
    const why = error instanceof Error && NAMES[error.name];
    if (!why) throw error;
    return failed(why);
  }
  // What shines through lies on the ground that its ink was told from.
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = stages.isDark ? "white" : "black";
  context.fillRect(0, 0, width, height);
  const bitmap = canvas.transferToImageBitmap();
  tell({ kind: "picture-read", picture, bitmap, stages }, [bitmap]);
}

/** A picture on a canvas, no larger than needed; nothing where it is none. @param {Blob} file */
async function decode(file) {
  let whole;
  try {
    // Upright, as a camera was held.
    whole = await createImageBitmap(file);
  } catch {
    return null;
  }
  const scale = Math.min(1, MOST_SIDE / Math.max(whole.width, whole.height));
  const [width, height] = [whole.width, whole.height].map((length) => Math.max(1, Math.round(length * scale)));
  const painted = canvasOf(width, height);
  painted.context.imageSmoothingQuality = "high";
  painted.context.drawImage(whole, 0, 0, width, height);
  whole.close();
  return painted;
}

/** @param {number} width @param {number} height */
function canvasOf(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  return { canvas, context };
}

/** Whether what is read from a canvas is something else than what was painted on it. */
function isNoisy() {
  const side = 16;
  const { context } = canvasOf(side, side);
  const tone = (/** @type {number} */ at) => (at * 37) % 256;
  for (let at = 0; at < side * side; at++) {
    context.fillStyle = `rgb(${tone(at)} ${tone(at + 1)} ${tone(at + 2)})`;
    context.fillRect(at % side, Math.floor(at / side), 1, 1);
  }
  const { data } = context.getImageData(0, 0, side, side);
  return data.some((value, i) => i % 4 < 3 && Math.abs(value - tone(Math.floor(i / 4) + (i % 4))) > HARMLESS);
}
