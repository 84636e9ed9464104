import { make } from "./dom.js";
import { strings, write } from "./language.js";
import { DigitMap } from "./map.js";
import { Reading } from "./reading.js";
import { Saliency } from "./saliency.js";
import { Units } from "./units.js";

/** The network from inside: what its units look for, one digit on its way through, why it is read so, and the map of the test digits. */
export class Inside {
  /** @param {Document} document @param {import("./insights.js").Insights} insights */
  constructor(document, insights) {
    this.root = /** @type {HTMLElement} */ (document.getElementById("inside"));
    this.note = /** @type {HTMLElement} */ (document.getElementById("inside-note"));
    this.units = new Units(insights);
    this.reading = new Reading(insights, (unit) => this.units.goTo(unit));
    this.saliency = new Saliency(insights);
    this.map = new DigitMap(insights);
    const body = make("div#inside-body", this.units.block, this.reading.block, this.saliency.block, this.map.block);
    this.root.querySelector(".reserved")?.replaceWith(body);
    /** What is read, newest. @type {import("./insight.js").Reading | null} */
    this.read = null;
    // Units, map and saliency show it too.
    const reading = () => ({ reading: { digit: this.saliency.digit } });
    const appear = () => this.showReading();
    this.readers = /** @type {const} */ ([
      [insights.watch(this.units.block, () => ({ units: this.units.wanted(), ...reading() }), appear), this.units],
      [insights.watch(this.reading.block, reading, appear), this.reading],
      [insights.watch(this.saliency.block, reading, appear), this.saliency],
      [insights.watch(this.map.block, () => ({ map: true, ...reading() }), appear), this.map],
    ]).map(([block, part]) => ({ block, part, shown: this.read }));
  }

  /** @param {import("./insight.js").Sight} sight */
  show(sight) {
    if (sight.what === "units") this.units.show(sight);
    else if (sight.what === "map") this.map.show(sight);
    else if (sight.what === "digit") this.map.showDigit(sight);
    else if (sight.what === "reading") {
      this.read = sight;
      this.showReading();
    } else return;
    write(this.note, () => strings.inside.follows);
    this.root.dataset.state = "shown";
  }

  /** What is read, wherever that is in sight. */
  showReading() {
    for (const reader of this.readers) {
      if (!this.read || !reader.block.isSeen || reader.shown === this.read) continue;
      reader.part.showReading(this.read);
      reader.shown = this.read;
    }
  }
}
