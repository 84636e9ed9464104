/**
 * Pictures of numbers on both sides of zero: vermilion above, ink below, the paper where it is zero, as the theme has them. For who sees no
 * red or no green, vermilion is still farther from every shade of ink (ΔE 26 and more) than shades that can just be told apart (2).
 */

/** What has been painted, to be painted anew in the other theme. @type {Map<HTMLCanvasElement, () => void>} */
const painted = new Map();
/** Red, green and blue of above and below. @type {number[][] | null} */
let colours = null;

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colours = null;
  for (const [canvas, repaint] of painted) {
    if (canvas.isConnected) repaint();
    else painted.delete(canvas);
  }
});

function inks() {
  const style = getComputedStyle(document.documentElement);
  return ["--vermilion", "--ink"].map((name) => {
    const hex = Number.parseInt(style.getPropertyValue(name).trim().slice(1), 16);
    return [hex >> 16, (hex >> 8) & 255, hex & 255];
  });
}

/**
 * Paints one number a pixel.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {number} full what has full colour
 * @param {number} [first] of the values
 */
export function paintSigned(canvas, values, full, first = 0) {
  const { width, height } = canvas;
  const repaint = () => {
    const [above, below] = (colours ??= inks());
    const image = new ImageData(width, height);
    const { data } = image;
    const scale = full > 0 ? 255 / full : 0;
    for (let i = 0; i < width * height; i++) {
      const value = values[first + i] ?? 0;
      const [red, green, blue] = value > 0 ? above : below;
      data[4 * i] = red;
      data[4 * i + 1] = green;
      data[4 * i + 2] = blue;
      data[4 * i + 3] = Math.abs(value) * scale;
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  };
  painted.set(canvas, repaint);
  repaint();
}

/** A canvas of so many numbers. @param {number} width @param {number} height */
export function signedPicture(width = 28, height = 28) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.className = "signed-picture";
  return canvas;
}
