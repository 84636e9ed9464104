/** Elements for what scripts add to the page. */

import { strings, write } from "./language.js";
import { clear } from "./pictures.js";

/** @typedef {Node | string | (() => string)} Child a function gives a text that follows the language */

/**
 * An element with its children; `tag` may have an id or classes, as in "ol#listed.digits".
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T | `${T}#${string}` | `${T}.${string}`} tag
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, ...children) {
  const [, name, id, classes] = /** @type {RegExpMatchArray} */ (tag.match(/^(\w+)(?:#([\w-]+))?(?:\.([\w.-]+))?$/));
  const element = /** @type {HTMLElementTagNameMap[T]} */ (document.createElement(name));
  if (id) element.id = id;
  if (classes) element.className = classes.replaceAll(".", " ");
  // A text alone is the element's own; among others it has one to itself, so that a switch of language finds it.
  if (children.length === 1 && typeof children[0] === "function") write(element, children[0]);
  else element.append(...children.map((child) => (typeof child === "function" ? make("span", child) : child)));
  return element;
}

/** A picture of a digit, empty so far. */
export function picture() {
  const canvas = make("canvas.picture");
  canvas.width = canvas.height = 28;
  canvas.setAttribute("role", "img");
  clear(canvas);
  return canvas;
}

/** Ten numbers, 0 to 9, for `tenPlaces` to fill. @param {string} id */
export function ten(id) {
  const places = Array.from({ length: 10 }, (_, digit) => make("li", make("span.quiet", String(digit)), make("data", strings.none)));
  const list = make("ol.ten.numbers", ...places);
  list.id = id;
  return list;
}

/** What a row or a column of a table is called. @param {"row" | "col"} scope @param {Child} name */
export function heading(scope, name) {
  const element = make("th", name);
  element.scope = scope;
  return element;
}

/**
 * A button.
 * @param {string} idAndClasses as in "#more.quiet"
 * @param {() => void} press
 * @param {...Child} children
 */
export function button(idAndClasses, press, ...children) {
  const element = make(/** @type {"button"} */ (`button${idAndClasses}`), ...children);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

/** What can be read. */
export const DIGITS = [...Array(10).keys()];

/**
 * A choice of one digit, or of none in particular.
 * @param {string} name of the group
 * @param {string} none its value where no digit is chosen, as it is at first
 * @param {() => string} text what that is called
 * @param {(digit: number | null) => void} choose
 */
export function digitChoices(name, none, text, choose) {
  return [null, ...DIGITS].map((digit) => {
    const radio = make("input");
    radio.type = "radio";
    radio.name = name;
    radio.value = String(digit ?? none);
    radio.checked = digit === null;
    radio.addEventListener("change", () => choose(digit));
    return make("label", radio, make("span", digit === null ? text : String(digit)));
  });
}

/** Which way an arrow key goes: right and down. */
export const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * One of many buttons is in the keyboard's reach, and arrows go on from it: right, left, and to the next row.
 * @param {HTMLElement} group
 * @param {HTMLButtonElement[]} buttons row by row
 * @param {() => number} columns
 */
export function rove(group, buttons, columns) {
  const reach = (/** @type {number} */ index) => {
    buttons.forEach((each, other) => (each.tabIndex = other === index ? 0 : -1));
  };
  reach(0);
  group.addEventListener("focusin", ({ target }) => {
    const index = buttons.indexOf(/** @type {HTMLButtonElement} */ (target));
    if (index >= 0) reach(index);
  });
  group.addEventListener("keydown", (event) => {
    const index = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const arrow = ARROWS[event.key];
    if (index < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const wide = columns();
    let next = index;
    if (arrow) {
      const column = (index % wide) + arrow[0];
      if (column < 0 || column >= wide) return event.preventDefault();
      next = index + arrow[0] + wide * arrow[1];
    } else if (event.key === "Home") next = index - (index % wide);
    else if (event.key === "End") next = index - (index % wide) + wide - 1;
    else return;
    event.preventDefault();
    const found = buttons[next];
    if (found && !found.hidden) found.focus();
  });
}

/**
 * Ten numbers or more as bars from a common zero, each with its number: a table that is its own chart.
 * @param {HTMLTableSectionElement} body
 * @param {string[]} names of the rows
 * @param {boolean[]} signed for each column, whether it has numbers below zero
 * @returns {(columns: (ArrayLike<number> | null)[], say: ((value: number) => string)[], top?: number) => void} fills it
 */
export function bars(body, names, signed) {
  const rows = names.map((name) => {
    const cells = signed.map((isSigned) => {
      const [bar, value] = [make("span.rod"), make("data")];
      return { bar, value, cell: make(isSigned ? "td.signed" : "td", bar, value) };
    });
    const row = make("tr", heading("row", name), ...cells.map(({ cell }) => cell));
    body.append(row);
    return { row, cells };
  });
  return (columns, say, top = -1) => {
    columns.forEach((values, column) => {
      const most = Math.max(...Array.from(values ?? [0], Math.abs), Number.MIN_VALUE);
      rows.forEach(({ row, cells }, index) => {
        const { bar, value } = cells[column];
        row.dataset.top = String(index === top);
        bar.style.setProperty("--part", String(values ? Math.abs(values[index]) / most : 0));
        bar.dataset.sign = String(Math.sign(values?.[index] ?? 0));
        value.value = String(values?.[index] ?? "");
        write(value, () => (values ? say[column](values[index]) : strings.none));
      });
    });
  };
}
