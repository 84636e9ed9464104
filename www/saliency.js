import { digitChoices, make } from "./dom.js";
import { strings, write } from "./language.js";
import * as number from "./number.js";
import { paintSigned, signedPicture } from "./signed.js";


/** Which pixels speak for a digit, and which against it. */
export class Saliency {
  /** @param {import("./insights.js").Insights} insights */
  constructor(insights) {
    /** The digit that is explained; nothing: what it is taken for. @type {number | null} */
    this.digit = null;
    const choices = digitChoices("explained", "answer", () => strings.inside.itsAnswer, (digit) => {
      this.digit = digit;
      insights.tell();
    });
    this.sum = make("p#lead.numbers", "");
    this.shares = picture("shares", () => strings.inside.shares, () => strings.inside.sharesText);
    this.gradient = picture("gradient", () => strings.inside.gradient, () => strings.inside.gradientText);
    this.block = make(
      "div#saliency.block",
      make("h3", () => strings.inside.saliencyTitle),
      make("p.lead", () => strings.inside.saliencyText),
      make("fieldset#explained", make("legend.quiet", () => strings.inside.explain), ...choices),
      this.sum,
      make("div.saliency", this.shares.figure, this.gradient.figure),
    );
  }

  /** @param {import("./insight.js").Reading} sight */
  showReading({ view }) {
    const { digit, lead, gradient, shares, biases } = view;
    const ink = shares.reduce((/** @type {number} */ sum, /** @type {number} */ share) => sum + share, 0);
    this.shares.paint(shares, () => strings.inside.sharesPicture(digit));
    this.gradient.paint(gradient, () => strings.inside.gradientPicture(digit));
    write(this.sum, () => strings.inside.lead(digit, number.signed(lead), number.signed(ink), number.signed(biases)));
    Object.assign(this.block.dataset, { digit, lead, ink, biases });
  }
}

/** A picture with what it shows beside it. @param {string} id @param {() => string} title @param {() => string} text */
function picture(id, title, text) {
  const canvas = signedPicture();
  canvas.id = id;
  canvas.setAttribute("role", "img");
  const scale = make("p.quiet.numbers", "");
  const figure = make("figure", canvas, make("figcaption", make("b", title), make("p", text), scale));
  /** @param {Float32Array} values @param {() => string} name */
  const paint = (values, name) => {
    const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    paintSigned(canvas, values, most);
    write(canvas, name, "aria-label");
    write(scale, () => strings.inside.full(number.two(most)));
  };
  return { figure, paint };
}
