import { make } from "./dom.js";
import { strings, write } from "./language.js";
import { DigitMap } from "./map.js";
import { Reading } from "./reading.js";
import { Units } from "./units.js";

/** The network from inside: what its units look for, one digit on its way through, why it is read so, and the map of the test digits. */
export class Inside {
  /** @param {Document} document @param {import("./insights.js").Insights} insights */
  constructor(document, insights) {
    this.root = /** @type {HTMLElement} */ (document.getElementById("inside"));
    this.note = /** @type {HTMLElement} */ (document.getElementById("inside-note"));
    this.units = new Units(insights);
    this.reading = new Reading(insights, (unit) => this.units.goTo(unit));
    this.map = new DigitMap(insights);
    const body = make("div#inside-body", this.units.block, this.reading.block, this.reading.saliency, this.map.block);
    this.root.querySelector(".reserved")?.replaceWith(body);
    // Units, map and saliency show what is read, too.
    const reading = () => ({ reading: this.reading.wanted() });
    insights.watch(this.units.block, () => ({ units: this.units.wanted(), ...reading() }));
    insights.watch(this.reading.block, reading);
    insights.watch(this.reading.saliency, reading);
    insights.watch(this.map.block, () => ({ map: true, ...reading() }));
  }

  /** @param {import("./insight.js").Sight} sight */
  show(sight) {
    if (sight.what === "units") this.units.show(sight);
    else if (sight.what === "map") this.map.show(sight);
    else if (sight.what === "digit") this.map.showDigit(sight);
    else if (sight.what === "reading") {
      this.reading.show(sight);
      this.units.showActivations(sight.view.layers[0]);
      this.map.showSubject(sight);
    } else return;
    write(this.note, () => strings.inside.follows);
    this.root.dataset.state = "shown";
  }
}
