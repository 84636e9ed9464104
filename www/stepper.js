import { strings, write } from "./language.js";
import * as number from "./number.js";
import { paintStrokes } from "./sheet.js";

/** Rows and columns of what the network reads. */
const SIDE = 28;

/** @typedef {any} Stages  (Stages in sumi.d.ts), with `samples` and `sampleLengths`: the strokes that they are of */

/** The way of a drawing to its pixels, in four pictures. Its numbers are those with which the pixels were made: none is worked out anew. */
export class Stepper {
  /**
   * @param {Document} document
   * @param {() => void} wanted it has come into view, and wants the newest drawing
   */
  constructor(document, wanted) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
    this.root = find("stepper");
    const paints = { strokes: paintSamples, box: paintBox, scaled: paintScaled, centred: paintCentred };
    this.pictures = Object.entries(paints).map(([name, paint]) => {
      const canvas = /** @type {HTMLCanvasElement} */ (find(`stage-${name}`));
      return { canvas, note: find(`${name}-note`), paint };
    });
    /** Whether it wants to be told of a drawing. */
    this.isSeen = false;
    /** @type {Stages | null} */
    this.stages = null;
    this.pending = false;

    new IntersectionObserver(([{ isIntersecting }]) => {
      this.isSeen = isIntersecting;
      if (isIntersecting) wanted();
    }).observe(this.root);
    new ResizeObserver(() => this.redraw()).observe(this.root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** @param {Stages | null} stages nothing where there is no ink */
  show(stages) {
    this.stages = stages;
    this.root.dataset.state = stages ? "shown" : "empty";
    // As they are, beside what is said of them.
    for (const name of ["bounds", "scale", "centreOfMass", "shift"]) this.root.dataset[name] = String(stages?.[name] ?? "");
    this.pictures.forEach(({ note }, stage) => write(note, () => (stages ? said(stages) : empty())[stage]));
    this.redraw();
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      for (const { canvas, paint } of this.pictures) {
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        const pixels = Math.round(canvas.clientWidth * (globalThis.devicePixelRatio || 1));
        // This clears it, too.
        canvas.width = canvas.height = pixels;
        const style = getComputedStyle(canvas);
        const [ink, faint, vermilion] = ["--ink", "--ink-faint", "--vermilion"].map((name) => style.getPropertyValue(name));
        // A unit is the picture's width.
        context.scale(pixels, pixels);
        if (this.stages) paint(context, this.stages, { ink, faint, vermilion, hair: 1 / canvas.clientWidth });
      }
    });
  }
}

/** What stands below the pictures while there is nothing to show. */
function empty() {
  const { page } = strings;
  return [page.stageEmpty, page.stageBoxText, page.stageScaledText, page.stageCentredText];
}

/** What is said of each stage. @param {Stages} stages */
function said({ bounds, scale, boxSide, pen, centreOfMass, shift, samples, sampleLengths }) {
  const [left, top, right, bottom] = bounds;
  const [across, down] = shift;
  const ways = /** @type {const} */ ([["left", -across], ["right", across], ["up", -down], ["down", down]]);
  const moved = ways.filter(([, pixels]) => pixels > 0).map(([way, pixels]) => strings.stepper.moves[way](number.count(pixels)));
  return [
    strings.stepper.strokes(number.count(sampleLengths.length), number.count(samples.length / 3), sampleLengths.length === 1),
    strings.stepper.box(number.percent(right - left), number.percent(bottom - top)),
    scale > 0
      ? strings.stepper.scaled(number.one(scale), number.count(boxSide), number.one(pen))
      : strings.stepper.dot(number.one(pen)),
    strings.stepper.centred(number.one(centreOfMass[0]), number.one(centreOfMass[1]), moved),
  ];
}

/** @typedef {{ ink: string, faint: string, vermilion: string, hair: number }} Look  colours, and the width of a hairline */

/** The strokes as they were drawn, and where the pen was seen. @param {CanvasRenderingContext2D} context @param {Stages} stages @param {Look} look */
function paintSamples(context, { samples, sampleLengths }, { ink, vermilion, hair }) {
  paintStrokes(context, unflatten(samples, sampleLengths), ink);
  context.fillStyle = vermilion;
  for (let i = 0; i < samples.length; i += 3) {
    context.beginPath();
    context.arc(samples[i], samples[i + 1], 1.5 * hair, 0, 2 * Math.PI);
    context.fill();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Stages} stages @param {Look} look */
function paintBox(context, { samples, sampleLengths, bounds }, { ink, vermilion, hair }) {
  const [left, top, right, bottom] = bounds;
  context.globalAlpha = 0.4;
  paintStrokes(context, unflatten(samples, sampleLengths), ink);
  context.globalAlpha = 1;
  context.lineWidth = 2 * hair;
  context.strokeStyle = vermilion;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** The ink in its box of 20 × 20 pixels, and the lines that it follows. @param {CanvasRenderingContext2D} context @param {Stages} stages @param {Look} look */
function paintScaled(context, { unshifted, curves, lengths, boxSide }, { ink, faint, vermilion, hair }) {
  context.scale(1 / SIDE, 1 / SIDE);
  paintPixels(context, unshifted, ink);
  paintFrame(context, (SIDE - boxSide) / 2, boxSide, faint, hair);
  context.lineWidth = 1.5 * SIDE * hair;
  context.strokeStyle = vermilion;
  for (const curve of unflatten(curves, lengths)) {
    context.beginPath();
    // A dot is seen, too.
    context.moveTo(curve[0][0], curve[0][1]);
    for (const [x, y] of curve) context.lineTo(x, y);
    context.stroke();
  }
}

/** What the network reads, and where its centre of mass was and is. @param {CanvasRenderingContext2D} context @param {Stages} stages @param {Look} look */
function paintCentred(context, { image, centreOfMass: [x, y], shift: [across, down], centre }, { ink, faint, vermilion, hair }) {
  context.scale(1 / SIDE, 1 / SIDE);
  paintPixels(context, image, ink);
  context.lineWidth = SIDE * hair;
  context.strokeStyle = faint;
  context.strokeRect(Math.floor(centre), Math.floor(centre), 1, 1);
  const radius = 4 * SIDE * hair;
  context.lineWidth = 2 * SIDE * hair;
  context.strokeStyle = context.fillStyle = vermilion;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + across, y + down);
  context.stroke();
  context.beginPath();
  context.arc(x + across, y + down, radius, 0, 2 * Math.PI);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context where a unit is a pixel @param {Uint8Array} image @param {string} ink */
function paintPixels(context, image, ink) {
  context.fillStyle = ink;
  image.forEach((value, i) => {
    if (value === 0) return;
    context.globalAlpha = value / 255;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  });
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context where a unit is a pixel @param {number} start @param {number} side @param {string} colour @param {number} hair */
function paintFrame(context, start, side, colour, hair) {
  context.lineWidth = SIDE * hair;
  context.strokeStyle = colour;
  context.strokeRect(start, start, side, side);
}

/** Triples, as many in each stroke as `lengths` says. @param {Float32Array} flat @param {Uint32Array} lengths @returns {import("./sheet.js").Stroke[]} */
function unflatten(flat, lengths) {
  let at = 0;
  return Array.from(lengths, (length) =>
    Array.from({ length }, () => {
      at += 3;
      return [flat[at - 3], flat[at - 2], flat[at - 1]];
    }),
  );
}
