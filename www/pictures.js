/** Digits as pictures, ink on paper: 28 × 28 pixels, black of the pixel's strength; the stylesheet turns them white in the dark. */

import { strings, write } from "./language.js";

const PIXELS = 784;

/** An empty picture. */
export function picture() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 28;
  canvas.className = "picture";
  canvas.setAttribute("role", "img");
  write(canvas, () => strings.notebook.noPicture, "aria-label");
  return canvas;
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
  const places = Array.from({ length: 10 }, (_, digit) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "quiet";
    name.textContent = String(digit);
    const value = document.createElement("data");
    item.append(name, value);
    list.append(item);
    return { item, value };
  });
  return (values, say, top = -1) => {
    places.forEach(({ item, value }, digit) => {
      if (values) value.value = String(values[digit]);
      else value.removeAttribute("value");
      write(value, () => (values ? say(values[digit]) : strings.none));
      item.dataset.top = String(digit === top);
    });
  };
}
