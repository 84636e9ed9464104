/** The sections that look into the network: loaded when one of them comes near, and kept up to date only while they are in sight. */

import { missed } from "./later.js";

/** @typedef {import("./insight.js").Look} Look @typedef {import("./insight.js").Sight} Sight */

/** Nothing is in sight. @type {import("./insight.js").Watched} */
const NOTHING = { mistakes: null, units: null, reading: null, map: false };

/** The sections and what makes them. */
const SECTIONS = {
  mistakes: () => import("./mistakes.js").then(({ Mistakes }) => Mistakes),
  inside: () => import("./inside.js").then(({ Inside }) => Inside),
};

export class Insights {
  /**
   * @param {Document} document
   * @param {(look: Look) => void} send
   * @param {(text: string) => void} say for those who listen to the page
   * @param {import("./sheet.js").Sheet} sheet
   */
  constructor(document, send, say, sheet) {
    this.document = document;
    this.say = say;
    this.sheet = sheet;
    this.send = send;
    /** @type {Map<string, { show: (sight: Sight) => void }>} */
    this.panels = new Map();
    /** What is looked at and what is chosen in it. @type {{ isSeen: boolean, what: () => Partial<import("./insight.js").Watched> }[]} */
    this.blocks = [];
    /** Their stylesheet, when it has come. @type {Promise<void> | null} */
    this.style = null;
    this.told = JSON.stringify(NOTHING);
    document.addEventListener("visibilitychange", () => this.tell());
    for (const name of /** @type {(keyof typeof SECTIONS)[]} */ (Object.keys(SECTIONS))) {
      const section = /** @type {HTMLElement} */ (document.getElementById(name));
      const near = new IntersectionObserver(
        (entries) => {
          if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
          near.disconnect();
          this.load(name).catch(missed);
        },
        { rootMargin: "100%" },
      );
      near.observe(section);
    }
  }

  /** @param {keyof typeof SECTIONS} name */
  async load(name) {
    this.style ??= style(this.document);
    const [Panel] = await Promise.all([SECTIONS[name](), this.style]);
    this.panels.set(name, new Panel(this.document, this));
  }

  /**
   * A piece of the page that is kept up to date while it is in sight.
   * @param {Element} element
   * @param {() => Partial<import("./insight.js").Watched>} what
   * @param {() => void} [appear] called when it comes into sight
   */
  watch(element, what, appear = () => {}) {
    const block = { isSeen: false, what };
    this.blocks.push(block);
    const observer = new IntersectionObserver(
      (entries) => {
        block.isSeen = entries[entries.length - 1].isIntersecting;
        if (block.isSeen) appear();
        this.tell();
      },
      { rootMargin: "20%" },
    );
    observer.observe(element);
    return block;
  }

  /** Tells what is in sight now. */
  tell() {
    const watched = { ...NOTHING };
    if (!this.document.hidden) {
      for (const block of this.blocks) if (block.isSeen) Object.assign(watched, block.what());
    }
    const told = JSON.stringify(watched);
    if (told === this.told) return;
    this.told = told;
    this.send({ what: "watch", ...watched });
  }

  /** A test digit is what is looked at inside, or the drawing. @param {number | null} row */
  choose(row) {
    this.send({ what: "subject", row });
  }

  /** Goes to see a test digit on its way through the network. @param {number} row */
  lookInside(row) {
    this.choose(row);
    this.go("digit-reading");
  }

  /** Takes the reader and the focus to a part of the page. @param {string} id */
  go(id) {
    const place = /** @type {HTMLElement} */ (this.document.getElementById(id) ?? this.document.getElementById("inside"));
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.scrollIntoView({ behavior: isCalm ? "instant" : "smooth" });
    place.focus({ preventScroll: true });
  }

  /** @param {Sight} sight */
  show(sight) {
    for (const panel of this.panels.values()) panel.show(sight);
  }
}

/** @param {Document} document @returns {Promise<void>} */
function style(document) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = "insights.css";
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => reject(new Error("insights.css")));
    document.head.append(link);
  });
}
