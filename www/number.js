/** Numbers as the page shows them. One place, so that another language changes one place. */

const LANGUAGE = "en";

const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const rounded = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });

/** @param {number} digits */
const fixed = (digits) =>
  new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const fixed1 = fixed(1);
const fixed2 = fixed(2);
const fixed3 = fixed(3);
const fixed4 = fixed(4);

/** 60,000 @param {number} value */
export const count = (value) => whole.format(value);
/** 74,200: three significant digits, for rates. @param {number} value */
export const rate = (value) => rounded.format(value);
/** 0.0786, as Keras prints losses and accuracies. @param {number} value */
export const four = (value) => fixed4.format(value);
/** Seconds: 0.53, 12.3 @param {number} value */
export const seconds = (value) => (value < 10 ? fixed2 : fixed1).format(value);
/** 0.431 @param {number} value */
export const three = (value) => fixed3.format(value);
/** 6.2 @param {number} value */
export const one = (value) => fixed1.format(value);
/** 97.6 % of 0.9763, with a space that does not break. @param {number} value */
export const percent1 = (value) => `${fixed1.format(100 * value)}\u00a0%`;
/** 98 % of 0.98 @param {number} value */
export const percent = (value) => `${whole.format(100 * value)}\u00a0%`;
/** 98.1 for 0.981: the columns of probabilities. @param {number} value */
export const hundredths = (value) => fixed1.format(100 * value);
