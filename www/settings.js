import { isLanguage, language, strings } from "./language.js";

/**
 * @typedef {object} Settings
 * @property {number} seed everything random comes from it: first weights, shuffles, dropout
 * @property {number} epochs how often training goes through the training digits
 * @property {"mnist" | "builtin"} data
 * @property {"auto" | "gpu" | "simd"} backend what computes; auto: the faster
 * @property {number | null} threads of the CPU; null: as many as suit this machine
 */

/** The quickstart's own. @type {Readonly<Settings>} */
export const QUICKSTART = Object.freeze({ seed: 1, epochs: 5, data: "mnist", backend: "auto", threads: null });

/**
 * The settings that an address asks for, the quickstart's where it asks for none, and for each that makes no sense what to say of it.
 * @param {string} search the address's query, as in `location.search`
 * @returns {{ settings: Settings, problems: (() => string)[] }}
 */
export function settingsFrom(search) {
  const query = new URLSearchParams(search);
  const settings = { ...QUICKSTART };
  /** @type {(() => string)[]} */
  const problems = [];
  const problem = (/** @type {keyof typeof strings.badSetting} */ name, /** @type {string} */ text, /** @type {unknown} */ standard) =>
    problems.push(() => strings.badSetting[name](shortened(text), String(standard)));

  const number = (/** @type {"seed" | "epochs" | "threads"} */ name, /** @type {number} */ least, /** @type {number} */ most) => {
    const text = query.get(name);
    if (text === null) return;
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) settings[name] = value;
    else problem(name, text, QUICKSTART[name]);
  };
  number("seed", 0, 2 ** 32 - 1);
  number("epochs", 1, 100);
  number("threads", 1, 16);

  const data = query.get("data");
  if (data === "mnist" || data === "builtin") settings.data = data;
  else if (data !== null) problem("data", data, QUICKSTART.data);

  const backend = query.get("backend");
  if (backend === "auto" || backend === "gpu" || backend === "simd") settings.backend = backend;
  else if (backend !== null) problem("backend", backend, QUICKSTART.backend);

  const lang = query.get("lang");
  const used = language;
  if (lang !== null && !isLanguage(lang)) problem("lang", lang, used);

  return { settings, problems };
}

/** @param {string} text */
function shortened(text) {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}
