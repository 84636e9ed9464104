/**
 * The page's language: which one it is, its texts, and everything on the page that follows it. A switch writes every text anew
 * and touches nothing else, so a run goes on.
 *
 * @typedef {"en" | "ja"} Language
 */

import { missed } from "./later.js";

/** @typedef {typeof import("./strings/en.js").en} FirstTexts  what training needs @typedef {typeof import("./strings/en-panels.js").panels} PanelTexts */
/** @typedef {FirstTexts & PanelTexts} Texts */

/** A visitor needs one, and the other at a switch. @type {Record<Language, () => Promise<FirstTexts>>} */
const TEXTS = {
  en: async () => (await import("./strings/en.js")).en,
  ja: async () => (await import("./strings/ja.js")).ja,
};
/** What the panels below the first screen say comes with them. @type {Record<Language, () => Promise<PanelTexts>>} */
const PANEL_TEXTS = {
  en: async () => (await import("./strings/en-panels.js")).panels,
  ja: async () => (await import("./strings/ja-panels.js")).panels,
};
let needsPanelTexts = false;
const KEPT_AS = "sumi-language";

/** @type {Language} */
export let language = "en";
/**
 * The texts in that language, from the start on, but for those of the panels. Read them when they are needed: they change with it.
 * @type {Texts}
 */
export let strings;
/** What was chosen last: its texts may still be on their way. @type {Language} */
let chosen;

/** What is on the page: an element's text (""), or one of its attributes, and how it is said. @type {Map<Element, Map<string, () => string>>} */
const written = new Map();
/** @type {(() => void)[]} */
const listeners = [];

/** @param {unknown} name @returns {name is Language} */
export const isLanguage = (name) => name === "en" || name === "ja";

/**
 * Writes a text that follows the language.
 * @param {Element} element
 * @param {() => string} text
 * @param {string} attribute the element's text where there is none
 */
export function write(element, text, attribute = "") {
  let places = written.get(element);
  if (!places) written.set(element, (places = new Map()));
  places.set(attribute, text);
  put(element, text(), attribute);
}

/** Calls `listener` after every change of language: for what is no text of an element. @param {() => void} listener */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** Chooses the language: the address's, else the one chosen on an earlier visit, else the browser's first that there is. */
export async function startLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = [asked, kept(), ...navigator.languages.map((name) => name.split("-")[0])];
  await become(wanted.find(isLanguage) ?? "en");
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("#language button"));
  for (const button of buttons) {
    button.disabled = false;
    button.addEventListener("click", () => choose(/** @type {Language} */ (button.lang)));
  }
}

/** Fetches what the panels say, and from now on whenever the language changes. */
export async function loadPanelTexts() {
  needsPanelTexts = true;
  // A switch meanwhile brings its own.
  const name = language;
  const panels = await PANEL_TEXTS[name]();
  if (language !== name) return;
  strings = together(strings, panels);
  fillAll(panels.page);
}

/** @param {FirstTexts} texts @param {PanelTexts} panels @returns {Texts} */
const together = (texts, panels) => ({ ...texts, ...panels, page: { ...texts.page, ...panels.page } });

/** @param {Language} name as the visitor chooses it, for this visit and the next */
function choose(name) {
  try {
    localStorage.setItem(KEPT_AS, name);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
  const address = new URL(location.href);
  if (address.searchParams.has("lang")) {
    address.searchParams.set("lang", name);
    history.replaceState(null, "", address);
  }
  become(name).catch(missed);
}

/** @param {Language} name */
async function become(name) {
  chosen = name;
  const texts = await TEXTS[name]();
  const all = needsPanelTexts ? together(texts, await PANEL_TEXTS[name]()) : /** @type {Texts} */ (texts);
  if (chosen === name) apply(name, all);
}

function kept() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

/** @param {Language} name @param {Texts} texts */
function apply(name, texts) {
  language = name;
  strings = texts;
  document.documentElement.lang = name;
  for (const button of document.querySelectorAll("#language button")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("lang") === name));
  }
  fillAll(strings.page);
  for (const [element, places] of written) {
    if (element.isConnected) for (const [attribute, text] of places) put(element, text(), attribute);
    else written.delete(element);
  }
  for (const listener of listeners) listener();
}

/** Says what the HTML says, as far as it is in `page`. @param {Record<string, string | undefined>} page */
function fillAll(page) {
  /** @param {string} name @param {(element: Element, text: string) => void} say */
  const each = (name, say) => {
    for (const element of document.querySelectorAll(`[data-${name}]`)) {
      const text = page[element.getAttribute(`data-${name}`) ?? ""];
      if (text !== undefined) say(element, text);
    }
  };
  each("text", fill);
  each("label", (element, text) => element.setAttribute("aria-label", text));
  each("content", (element, text) => element.setAttribute("content", text));
}

/** @param {Element} element @param {string} text @param {string} attribute */
function put(element, text, attribute) {
  if (attribute) element.setAttribute(attribute, text);
  else element.textContent = text;
}

/**
 * A text whose `<name>words</name>` are the element's own children with that `data-part`: links and code stay what they are,
 * wherever the language has them.
 * @param {Element} element
 * @param {string} text
 */
function fill(element, text) {
  const parts = new Map([...element.querySelectorAll("[data-part]")].map((part) => [part.getAttribute("data-part"), part]));
  const pieces = text.split(/<(\w+)>(.*?)<\/\1>/);
  /** @type {(string | Element)[]} */
  const children = [];
  // Between the pieces of text, each marked one is two: its name, and its words.
  for (let i = 0; i < pieces.length; i += 3) {
    children.push(pieces[i]);
    const part = parts.get(pieces[i + 1]);
    if (!part) continue;
    part.textContent = pieces[i + 2];
    children.push(part);
  }
  element.replaceChildren(...children);
}
