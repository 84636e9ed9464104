/**
 * Files of pictures → pixels, where there is a canvas to read them from: in the worker.
 *
 * @typedef {"type" | "large" | "noise"} Obstacle  no picture that this browser can open; too large; the browser gives noise for pixels
 */

/** A photo has a few megabytes. */
const MOST_BYTES = 50e6;
/** Longer side of what is read, in pixels: more detail than 28 × 28 pixels can use. */
const MOST_SIDE = 1024;
/** What a canvas gives back may be off by so many of 255 tones: some browsers add a little noise against tracking, which does no harm. */
const HARMLESS = 8;

/** What is in the way of a picture; its message is one of the obstacles. */
export class Undecodable extends Error {
  /** @param {Obstacle} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/**
 * The pixels of a picture, and the picture itself to be shown, both no larger than needed.
 * @param {Blob} file
 * @returns {Promise<{ pixels: ImageData, bitmap: ImageBitmap }>}
 */
export async function decode(file) {
  if (file.size > MOST_BYTES) throw new Undecodable("large");
  let whole;
  try {
    whole = await createImageBitmap(file);
  } catch {
    throw new Undecodable("type");
  }
  const scale = Math.min(1, MOST_SIDE / Math.max(whole.width, whole.height));
  const [width, height] = [whole.width, whole.height].map((length) => Math.max(1, Math.round(length * scale)));
  if (isNoisy()) throw new Undecodable("noise");
  const { canvas, context } = canvasOf(width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  whole.close();
  return { pixels: context.getImageData(0, 0, width, height), bitmap: canvas.transferToImageBitmap() };
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
