import { strings, write } from "./language.js";
import * as number from "./number.js";
import { paintPicture, paintStrokes } from "./sheet.js";

/** Rows and columns of what the network reads. */
const SIDE = 28;

/**
 * @typedef {any} Stages  (Stages in sumi.d.ts), with `samples` and `sampleLengths`, the strokes that they are of, or `picture`, its number
 * @typedef {{ ink: string, faint: string, vermilion: string, hair: number }} Look  colours, and the width of a hairline
 */

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
    this.titles = [find("stage-strokes-title"), find("stage-box-title")];
    /** Whether it wants to be told of a drawing. */
    this.isSeen = false;
    /** @type {Stages | null} */
    this.stages = null;
    /** The picture that they are of. @type {import("./sheet.js").Picture | null} */
    this.picture = null;
    this.pending = false;

    new IntersectionObserver(([{ isIntersecting }]) => {
      this.isSeen = isIntersecting;
      if (isIntersecting) wanted();
    }).observe(this.root);
    new ResizeObserver(() => this.redraw()).observe(this.root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /**
   * @param {Stages | null} stages nothing where there is no ink
   * @param {import("./sheet.js").Picture | null} [picture] what lies on the sheet
   */
  show(stages, picture = null) {
    // What lies there now may be another than what this is of, and will be told in its turn.
    if (stages && (stages.picture ?? null) !== (picture?.number ?? null)) return;
    this.stages = stages;
    this.picture = picture;
    this.root.dataset.state = stages ? "shown" : "empty";
    // As they are, beside what is said of them.
    for (const name of ["source", "bounds", "scale", "centreOfMass", "shift"]) this.root.dataset[name] = String(stages?.[name] ?? "");
    this.pictures.forEach(({ note }, stage) => write(note, () => (stages ? said(stages) : empty())[stage]));
    const [strokes, box] = this.titles;
    write(strokes, () => (picture ? strings.stepper.picture : strings.page.stageStrokes));
    write(box, () => (picture ? strings.stepper.ink : strings.page.stageBox));
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
        const look = { ink, faint, vermilion, hair: 1 / canvas.clientWidth };
        if (this.stages) paint(context, this.stages, look, this.picture);
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
function said(stages) {
  const { centreOfMass, shift } = stages;
  const [across, down] = shift;
  const ways = /** @type {const} */ ([["left", -across], ["right", across], ["up", -down], ["down", down]]);
  const moved = ways.filter(([, pixels]) => pixels > 0).map(([way, pixels]) => strings.stepper.moves[way](number.count(pixels)));
  return [
    ...(stages.scan ? saidOfPicture(stages) : saidOfStrokes(stages)),
    strings.stepper.centred(number.one(centreOfMass[0]), number.one(centreOfMass[1]), moved),
  ];
}

/** @param {Stages} stages */
function saidOfStrokes({ bounds: [left, top, right, bottom], scale, boxSide, pen, samples, sampleLengths }) {
  return [
    strings.stepper.strokes(number.count(sampleLengths.length), number.count(samples.length / 3), sampleLengths.length === 1),
    strings.stepper.box(number.percent(right - left), number.percent(bottom - top)),
    scale > 0
      ? strings.stepper.scaled(number.one(scale), number.count(boxSide), number.one(pen))
      : strings.stepper.dot(number.one(pen)),
  ];
}

/** @param {Stages} stages */
function saidOfPicture({ bounds: [left, top, right, bottom], boxSide, pen, scan: { isDark, others, penFound } }) {
  return [
    strings.stepper.found(isDark, others > 0),
    strings.stepper.inkBox(number.count(right - left), number.count(bottom - top)),
    pen === penFound
      ? strings.stepper.scaledPicture(number.count(boxSide), number.one(pen))
      : strings.stepper.rescaledPicture(number.count(boxSide), number.one(penFound), number.one(pen)),
  ];
}

/**
 * The strokes as they were drawn, and where the pen was seen; or the picture.
 * @param {CanvasRenderingContext2D} context
 * @param {Stages} stages
 * @param {Look} look
 * @param {import("./sheet.js").Picture | null} picture
 */
function paintSamples(context, { samples, sampleLengths }, { ink, vermilion, hair }, picture) {
  if (picture) return paintPicture(context, picture, vermilion, 2 * hair);
  paintStrokes(context, unflatten(samples, sampleLengths), ink);
  context.fillStyle = vermilion;
  for (let i = 0; i < samples.length; i += 3) {
    context.beginPath();
    context.arc(samples[i], samples[i + 1], 1.5 * hair, 0, 2 * Math.PI);
    context.fill();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Stages} stages @param {Look} look */
function paintBox(context, { samples, sampleLengths, bounds: [left, top, right, bottom], scan }, { ink, vermilion, hair }) {
  if (scan) return paintMask(context, scan, [left, top, right, bottom], { ink, vermilion, hair });
  context.globalAlpha = 0.4;
  paintStrokes(context, unflatten(samples, sampleLengths), ink);
  context.globalAlpha = 1;
  context.lineWidth = 2 * hair;
  context.strokeStyle = vermilion;
  context.strokeRect(left, top, right - left, bottom - top);
}

/**
 * The ink that was found in a part of the picture, and its box.
 * @param {CanvasRenderingContext2D} context
 * @param {Stages["scan"]} scan
 * @param {number[]} bounds in pixels of the picture
 * @param {Omit<Look, "faint">} look
 */
function paintMask(context, { part, mask, maskWidth }, bounds, { ink, vermilion, hair }) {
  const [width, height] = [maskWidth, mask.length / maskWidth];
  const side = Math.max(width, height);
  context.save();
  context.translate((1 - width / side) / 2, (1 - height / side) / 2);
  context.scale(1 / side, 1 / side);
  context.fillStyle = ink;
  for (let y = 0; y < height; y++) {
    // A run of ink at once: there are tens of thousands of pixels.
    for (let x = 0; x < width; x++) {
      const start = x;
      while (x < width && mask[y * width + x]) x += 1;
      if (x > start) context.fillRect(start, y, x - start, 1.05);
    }
  }
  const detail = (part[2] - part[0]) / width;
  const [left, top, right, bottom] = bounds.map((at, i) => (at - part[i % 2]) / detail);
  context.lineWidth = 2 * hair * side;
  context.strokeStyle = vermilion;
  context.strokeRect(left, top, right - left, bottom - top);
  context.restore();
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
