/** uPlot, which draws the curves: fetched when there is one to draw. It comes as a classic script (vendor/uplot), so it is a global. */

const FOLDER = new URL("vendor/uplot/", import.meta.url);

/** @type {Promise<any> | null} */
let loading = null;

/** The library, with its styles. */
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
  return /** @type {any} */ (globalThis).uPlot;
}

/** @param {HTMLElement} element */
function attached(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error("uPlot could not be fetched.")));
    document.head.append(element);
  });
}
