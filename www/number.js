/** Numbers as the page shows them, in its language: all formatting by Intl is here. */

import { language } from "./language.js";

/** One formatter for each language and kind, made when it is first needed. @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {string} kind @param {Intl.NumberFormatOptions} options */
function format(kind, options) {
  const key = `${language} ${kind}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.NumberFormat(language, options)));
  return found;
}

/** @param {number} digits behind the point */
const fixed = (digits) => format(`fixed ${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits });
/** @param {number} digits behind the point */
const percents = (digits) =>
  format(`percent ${digits}`, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A minus sign for the hyphen that Intl writes. @param {string} text */
const minus = (text) => text.replace("-", "−");

/** 60,000 @param {number} value */
export const count = (value) => format("count", { maximumFractionDigits: 0 }).format(value);
/** 74,200: three significant digits, for rates. @param {number} value */
export const rate = (value) => format("rate", { maximumSignificantDigits: 3 }).format(value);
/** 0.0786, as Keras prints losses and accuracies. @param {number} value */
export const four = (value) => minus(fixed(4).format(value));
/** Seconds: 0.53, 12.3 @param {number} value */
export const seconds = (value) => fixed(value < 10 ? 2 : 1).format(value);
/** 0.431 @param {number} value */
export const three = (value) => minus(fixed(3).format(value));
/** 6.2 @param {number} value */
export const one = (value) => fixed(1).format(value);
/** 97.6% of 0.9763 @param {number} value */
export const percent1 = (value) => percents(1).format(value);
/** 98% of 0.98 @param {number} value */
export const percent = (value) => percents(0).format(value);
/** 97.5% of 0.975, 98% of 0.98 @param {number} value */
export const percentPlain = (value) => format("percent plain", { style: "percent", maximumFractionDigits: 2 }).format(value);
/** 98.1 for 0.981: the columns of probabilities. @param {number} value */
export const hundredths = (value) => fixed(1).format(100 * value);
/** 0.35, and 3.5 × 10¹² for what a run that diverges comes to @param {number} value */
export const two = (value) => (Math.abs(value) < 1e5 ? minus(fixed(2).format(value)) : scientific(value, { maximumSignificantDigits: 3 }));
/** +0.35 and −0.35 @param {number} value */
export const signed = (value) => minus(format("signed", { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "always" }).format(value));
/** 97.63% of 0.9763 @param {number} value */
export const percent2 = (value) => percents(2).format(value);
/** 0.001, and 1 × 10⁻⁷: a setting, with no more digits than it has. @param {number} value */
export const plain = (value) => scientific(Number(value.toPrecision(7)), { maximumSignificantDigits: 7 });
/** 0.0123457, and 1.23457 × 10⁻⁷: six significant digits. @param {number} value */
export const precise = (value) => scientific(value, { minimumSignificantDigits: 6, maximumSignificantDigits: 6 });

/** 1.2 × 10⁻⁷: two significant digits, for what is small. @param {number} value */
export const rough = (value) => scientific(value, { minimumSignificantDigits: 2, maximumSignificantDigits: 2 });
/** 10⁻⁷, and nothing for what is no power of ten. @param {number} value */
export function power(value) {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(value / 10 ** exponent - 1) < 1e-6 ? `10${raised(exponent)}` : "";
}

const RAISED = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];

/** Powers of ten where zeros would have to be counted. @param {number} value @param {Intl.NumberFormatOptions} options */
function scientific(value, options) {
  const digits = format(JSON.stringify(options), options);
  if (value === 0) return count(0);
  // What a run that diverges comes to.
  if (!Number.isFinite(value)) return minus(digits.format(value));
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -3 && exponent <= 5) return minus(digits.format(value));
  return `${minus(digits.format(value / 10 ** exponent))}\u00a0×\u00a010${raised(exponent)}`;
}

/** @param {number} exponent */
function raised(exponent) {
  const digits = [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]);
  return `${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
}
