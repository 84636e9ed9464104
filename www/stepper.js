import { strings, write } from "./language.js";
import * as number from "./number.js";
import { onResolution, paintPicture, paintStrokes } from "./sheet.js";

/** Rows and columns of what the network reads. */
const SIDE = 28;

/**
 * @typedef {import("./wasm/simd128/sumi.js").Stages} Stages
 * @typedef {import("./wasm/simd128/sumi.js").StrokeStages & { samples: Float32Array, sampleLengths: Uint32Array }} DrawnStages  with the
 *   strokes that they are of
 * @typedef {import("./wasm/simd128/sumi.js").PictureStages} PictureStages
 * @typedef {import("./sheet.js").Picture} Picture
 * @typedef {{ ink: string, faint: string, vermilion: string, hair: number }} Look  colours, and the width of a hairline
 * @typedef {(context: CanvasRenderingContext2D, look: Look) => void} Paint  where a unit is the width of what is painted on
 * @typedef {object} Way
 * @property {"strokes" | "picture"} source
 * @property {Stages} stages
 * @property {Paint[]} paints of the four stages
 * @property {() => { title: string, label: string }[]} titles of the first two, which are not the same for strokes and pictures
 * @property {() => string[]} notes of all four
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
    const names = ["strokes", "box", "scaled", "centred"];
    this.canvases = names.map((name) => /** @type {HTMLCanvasElement} */ (find(`stage-${name}`)));
    this.notes = names.map((name) => find(`${name}-note`));
    this.titles = names.slice(0, 2).map((name) => find(`stage-${name}-title`));
    /** Whether it wants to be told of a drawing. */
    this.isSeen = false;
    /** @type {Way | null} */
    this.way = null;
    this.pending = false;

    new IntersectionObserver(([{ isIntersecting }]) => {
      this.isSeen = isIntersecting;
      if (isIntersecting) wanted();
    }).observe(this.root);
    new ResizeObserver(() => this.redraw()).observe(this.root);
    onResolution(() => this.redraw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** @param {DrawnStages | null} stages nothing where there is no ink */
  show(stages) {
    this.take(stages && wayOfStrokes(stages));
  }

  /** @param {Picture} picture */
  showPicture(picture) {
    // It is the same as long as the network learns.
    if (this.way?.stages !== picture.stages) this.take(wayOfPicture(picture));
  }

  /** @param {Way | null} way */
  take(way) {
    this.way = way;
    this.root.dataset.state = way ? "shown" : "empty";
    // As they are, beside what is said of them.
    this.root.dataset.source = way?.source ?? "";
    for (const name of /** @type {const} */ (["bounds", "scale", "centreOfMass", "shift"])) {
      this.root.dataset[name] = String(way?.stages[name] ?? "");
    }
    this.notes.forEach((note, stage) => write(note, () => (way ? way.notes() : empty())[stage]));
    this.titles.forEach((title, stage) => {
      const titles = way?.titles ?? strokeTitles;
      write(title, () => titles()[stage].title);
      write(this.canvases[stage], () => titles()[stage].label, "aria-label");
    });
    this.redraw();
  }

  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.canvases.forEach((canvas, stage) => {
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
        const pixels = Math.round(canvas.clientWidth * (globalThis.devicePixelRatio || 1));
        // This clears it, too.
        canvas.width = canvas.height = pixels;
        const style = getComputedStyle(canvas);
        const [ink, faint, vermilion] = ["--ink", "--ink-faint", "--vermilion"].map((name) => style.getPropertyValue(name));
        context.scale(pixels, pixels);
        this.way?.paints[stage](context, { ink, faint, vermilion, hair: 1 / canvas.clientWidth });
      });
    });
  }
}

/** What stands below the pictures while there is nothing to show. */
function empty() {
  const { page } = strings;
  return [page.stageEmpty, page.stageBoxText, page.stageScaledText, page.stageCentredText];
}

const strokeTitles = () => [
  { title: strings.page.stageStrokes, label: strings.page.stageStrokesView },
  { title: strings.page.stageBox, label: strings.page.stageBoxView },
];

/** The way of strokes. @param {DrawnStages} stages @returns {Way} */
function wayOfStrokes(stages) {
  const { bounds, scale, boxSide, pen, samples, sampleLengths, unshifted, curves, lengths } = stages;
  const strokes = unflatten(samples, sampleLengths);
  const [left, top, right, bottom] = bounds;
  return {
    source: "strokes",
    stages,
    titles: strokeTitles,
    notes: () => [
      strings.stepper.strokes(number.count(strokes.length), number.count(samples.length / 3), strokes.length === 1),
      strings.stepper.box(number.percent(right - left), number.percent(bottom - top)),
      scale > 0
        ? strings.stepper.scaled(number.one(scale), number.count(boxSide), number.one(pen))
        : strings.stepper.dot(number.one(pen)),
      centredNote(stages),
    ],
    paints: [
      (context, look) => paintSamples(context, strokes, look),
      (context, look) => paintBox(context, strokes, [left, top, right, bottom], look),
      (context, look) => {
        paintInk(context, unshifted, boxSide, look);
        paintCurves(context, unflatten(curves, lengths), look);
      },
      (context, look) => paintCentred(context, stages, look),
    ],
  };
}

/** The way of a picture. @param {Picture} picture @returns {Way} */
function wayOfPicture(picture) {
  const { stages } = picture;
  const { bounds, boxSide, pen, penFound, isDark, others, unshifted } = stages;
  const [left, top, right, bottom] = bounds;
  return {
    source: "picture",
    stages,
    titles: () => [
      { title: strings.stepper.picture, label: strings.stepper.pictureView },
      { title: strings.stepper.ink, label: strings.stepper.inkView },
    ],
    notes: () => [
      strings.stepper.found(isDark, others > 0),
      strings.stepper.inkBox(number.count(right - left), number.count(bottom - top)),
      pen === penFound
        ? strings.stepper.scaledPicture(number.count(boxSide), number.one(pen))
        : strings.stepper.rescaledPicture(number.count(boxSide), number.one(penFound), number.one(pen)),
      centredNote(stages),
    ],
    paints: [
      (context, { vermilion, hair }) => paintPicture(context, picture, vermilion, 2 * hair),
      (context, look) => paintMask(context, stages, look),
      (context, look) => paintInk(context, unshifted, boxSide, look),
      (context, look) => paintCentred(context, stages, look),
    ],
  };
}

/** @param {Stages} stages */
function centredNote({ centreOfMass: [x, y], shift: [across, down] }) {
  const ways = /** @type {const} */ ([["left", -across], ["right", across], ["up", -down], ["down", down]]);
  const moved = ways.filter(([, pixels]) => pixels > 0).map(([way, pixels]) => strings.stepper.moves[way](number.count(pixels)));
  return strings.stepper.centred(number.one(x), number.one(y), moved);
}

/**
 * The strokes as they were drawn, and where the pen was seen.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./sheet.js").Stroke[]} strokes
 * @param {Look} look
 */
function paintSamples(context, strokes, { ink, vermilion, hair }) {
  paintStrokes(context, strokes, ink);
  context.fillStyle = vermilion;
  for (const [x, y] of strokes.flat()) {
    context.beginPath();
    context.arc(x, y, 1.5 * hair, 0, 2 * Math.PI);
    context.fill();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./sheet.js").Stroke[]} strokes
 * @param {[left: number, top: number, right: number, bottom: number]} bounds
 * @param {Look} look
 */
function paintBox(context, strokes, [left, top, right, bottom], { ink, vermilion, hair }) {
  context.globalAlpha = 0.4;
  paintStrokes(context, strokes, ink);
  context.globalAlpha = 1;
  context.lineWidth = 2 * hair;
  context.strokeStyle = vermilion;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** The ink that was found in a part of the picture, and its box. @param {CanvasRenderingContext2D} context @param {PictureStages} stages @param {Look} look */
function paintMask(context, { bounds, part, mask, maskWidth }, { ink, vermilion, hair }) {
  const [width, height] = [maskWidth, mask.length / maskWidth];
  const side = Math.max(width, height);
  // As a picture of its own, which is scaled smoothly.
  const small = document.createElement("canvas");
  [small.width, small.height] = [width, height];
  const pixels = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  const opacity = new ImageData(width, height);
  mask.forEach((isInk, at) => (opacity.data[4 * at + 3] = 255 * isInk));
  pixels.putImageData(opacity, 0, 0);
  pixels.globalCompositeOperation = "source-in";
  pixels.fillStyle = ink;
  pixels.fillRect(0, 0, width, height);
  context.translate((1 - width / side) / 2, (1 - height / side) / 2);
  context.scale(1 / side, 1 / side);
  context.drawImage(small, 0, 0);
  const detail = (part[2] - part[0]) / width;
  const [left, top, right, bottom] = Array.from(bounds, (at, i) => (at - part[i % 2]) / detail);
  context.lineWidth = 2 * hair * side;
  context.strokeStyle = vermilion;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** The ink in its box of 20 × 20 pixels. @param {CanvasRenderingContext2D} context @param {Uint8Array} image @param {number} boxSide @param {Look} look */
function paintInk(context, image, boxSide, { ink, faint, hair }) {
  context.scale(1 / SIDE, 1 / SIDE);
  paintPixels(context, image, ink);
  paintFrame(context, (SIDE - boxSide) / 2, boxSide, faint, hair);
}

/** The lines that it follows. @param {CanvasRenderingContext2D} context where a unit is a pixel @param {import("./sheet.js").Stroke[]} curves @param {Look} look */
function paintCurves(context, curves, { vermilion, hair }) {
  context.lineWidth = 1.5 * SIDE * hair;
  context.strokeStyle = vermilion;
  for (const curve of curves) {
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
