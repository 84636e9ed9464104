/** The curves as a picture to keep: what is on the screen, with its title and its legend, on the page's paper, twice as fine. */

import { make, points } from "./curves.js";
import { ink } from "./plot.js";

/** Pixels of the picture to a CSS pixel. */
const SCALE = 2;
const MARGIN = 24;
const LINE = 22;

/**
 * @param {import("./curves.js").Curves} curves as they are shown
 * @param {import("./curves.js").Line[]} lines
 * @param {import("./curves.js").View} view
 * @param {{ title: string, loss: string, accuracy: string, legend: string[] }} texts legend: of each line
 * @returns {Promise<Blob>} a PNG
 */
export async function picture(curves, lines, view, texts) {
  const boxes = curves.boxes;
  const width = boxes.loss.clientWidth;
  const { colour } = ink(boxes.loss);
  const family = getComputedStyle(boxes.loss).fontFamily;
  const data = points(lines, view, width);
  // uPlot counts in CSS pixels, of which the screen may have several real ones already.
  const scale = SCALE / (devicePixelRatio || 1);
  const plots = /** @type {const} */ (["loss", "accuracy"]).map((quantity) => {
    const height = boxes[quantity].clientHeight;
    return { quantity, height, plot: make(quantity, boxes[quantity], { width, height }, lines, view, data[quantity], scale) };
  });
  // uPlot draws once this task is over.
  await new Promise((resolve) => setTimeout(resolve));

  const heights = plots.reduce((sum, { height }) => sum + LINE + height, 0);
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * (width + 2 * MARGIN);
  canvas.height = SCALE * (2 * MARGIN + 1.5 * LINE + heights + 8 + LINE * lines.length);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(SCALE, SCALE);
  context.fillStyle = colour("--paper");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "middle";
  const write = (/** @type {string} */ text, /** @type {string} */ font, /** @type {number} */ x, /** @type {number} */ y, ink = "--ink") => {
    context.font = `${font} ${family}`;
    context.fillStyle = colour(ink);
    context.fillText(text, x, y, width - x + MARGIN);
  };
  let y = MARGIN;
  write(texts.title, "600 17px", MARGIN, y);
  y += LINE;
  for (const { quantity, height, plot } of plots) {
    write(texts[quantity], "14px", MARGIN, y + LINE / 2, "--ink-soft");
    context.drawImage(plot.ctx.canvas, MARGIN, y + LINE, width, height);
    plot.destroy();
    y += LINE + height;
  }
  y += 8 + LINE / 2;
  lines.forEach(({ stroke, dash, width: thickness }, index) => {
    context.strokeStyle = colour(stroke);
    context.lineWidth = thickness;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(MARGIN, y);
    context.lineTo(MARGIN + 40, y);
    context.stroke();
    write(texts.legend[index], "13px", MARGIN + 52, y);
    y += LINE;
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser made no picture."))), "image/png"),
  );
}
