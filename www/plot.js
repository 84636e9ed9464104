/** What all curves have in common: uPlot, and lines and axes of the page's ink. */

const FOLDER = new URL("vendor/uplot/", import.meta.url);

/** The library, once it is there. It comes as a classic script, so it is a global. @type {any} */
export let uPlot = null;
/** @type {Promise<void> | null} */
let loading = null;

/** Fetches uPlot and its styles, once. */
export function loadUPlot() {
  loading ??= fetchUPlot();
  return loading;
}

async function fetchUPlot() {
  const [script, sheet] = [document.createElement("script"), document.createElement("link")];
  script.src = new URL("uPlot.iife.min.js", FOLDER).href;
  sheet.rel = "stylesheet";
  sheet.href = new URL("uPlot.min.css", FOLDER).href;
  await Promise.all([attached(script), attached(sheet)]);
  uPlot = /** @type {any} */ (globalThis).uPlot;
}

/** @param {HTMLElement} element */
function attached(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error("uPlot could not be fetched.")));
    // Before the page's own sheet, which has the last word.
    document.head.prepend(element);
  });
}

/**
 * Lines and axes as they look where `box` is, for uPlot's options.
 * @param {Element} box
 * @param {number} scale of all that is drawn: a picture to keep is larger than the screen's
 */
export function ink(box, scale = 1) {
  const style = getComputedStyle(box);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const points = { show: false };
  return {
    colour,
    grid: { stroke: colour("--hair"), width: scale },
    axis: {
      stroke: colour("--ink-soft"),
      font: `${13 * scale}px ${style.fontFamily}`,
      ticks: { show: false },
      gap: 6 * scale,
    },
    /** @param {string} of its scale @param {string} stroke @param {number} width @param {number[]} dash */
    line: (of, stroke, width = 2, dash = []) => ({
      scale: of,
      stroke,
      width: width * scale,
      dash: dash.map((length) => length * scale),
      points,
    }),
    /** Marks of tests. @param {string} of its scale @param {string} stroke */
    rings: (of, stroke) => ({
      scale: of,
      stroke,
      paths: () => null,
      class: "no-cursor",
      points: { show: true, size: 8 * scale, width: 2 * scale, stroke, fill: colour("--paper") },
    }),
  };
}
