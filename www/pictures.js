/** Digits as pictures, ink on paper: 28 × 28 pixels, black of the pixel's strength; the stylesheet turns them white in the dark. */

import { strings, write } from "./language.js";

const PIXELS = 784;

/** Says that there is none yet. @param {HTMLCanvasElement} canvas */
export function clear(canvas) {
  canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
  write(canvas, () => strings.notebook.noPicture, "aria-label");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{ images: Uint8Array, labels: Uint8Array }} answers
 * @param {number} index of the image
 */
export function paint(canvas, { images, labels }, index) {
  const data = new ImageData(28, 28);
  for (let i = 0; i < PIXELS; i++) data.data[4 * i + 3] = images[PIXELS * index + i];
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  const label = labels[index];
  write(canvas, () => strings.notebook.picture(label), "aria-label");
}

/** Which of ten is the largest. @param {Float32Array} tens @param {number} row */
export function argmax(tens, row) {
  const ten = [...tens.subarray(10 * row, 10 * row + 10)];
  return ten.indexOf(Math.max(...ten));
}

/**
 * Ten places for ten numbers, 0 to 9.
 * @param {HTMLElement} list
 * @returns {(values: ArrayLike<number> | null, say: (value: number) => string, top?: number) => void} fills them
 */
export function tenPlaces(list) {
  const items = /** @type {HTMLLIElement[]} */ ([...list.children]);
  return (values, say, top = -1) => {
    items.forEach((item, digit) => {
      const value = /** @type {HTMLDataElement} */ (item.querySelector("data"));
      if (values) value.value = String(values[digit]);
      else value.removeAttribute("value");
      write(value, () => (values ? say(values[digit]) : strings.none));
      item.dataset.top = String(digit === top);
    });
  };
}
