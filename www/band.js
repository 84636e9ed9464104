/**
 * What other runs of the quickstart have come to, for the page to show its own beside: five epochs on MNIST, loss and accuracy on
 * the 10,000 test digits.
 *
 * @typedef {object} Band
 * @property {number} seeds runs, each with another seed
 * @property {Spread} accuracy
 * @property {Spread} loss
 * @typedef {{ mean: number, deviation: number, lowest?: number, highest?: number }} Spread
 */

/** The notebook itself: one run of TensorFlow, on an Apple M1. Its logits and probabilities are not known, but for these. */
export const ORIGINAL = Object.freeze({
  untrainedLoss: 3.0233772,
  loss: 0.0786,
  accuracy: 0.9763,
  digits: Object.freeze([7, 2, 1, 0, 4]),
  epochs: 5,
});

/** `MNIST_DIR=… cargo bench --bench accuracy -- 20` @type {Readonly<Band>} */
export const SUMI = Object.freeze({
  seeds: 20,
  accuracy: { mean: 0.9766, deviation: 0.0012, lowest: 0.9746, highest: 0.9788 },
  loss: { mean: 0.0752, deviation: 0.0033 },
});

/** Keras's own, by the script that measures it; nothing where it has not been measured: then nothing is shown. @type {Readonly<Band> | null} */
export const KERAS = null;
