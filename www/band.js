/**
 * What other runs of the quickstart have come to, for the page to show its own beside: five epochs on MNIST, loss and accuracy on
 * the 10,000 test digits.
 *
 * @typedef {object} Band
 * @property {number} seeds runs, each with another seed
 * @property {Spread} accuracy
 * @property {Spread} loss
 * @typedef {{ mean: number, deviation: number, lowest: number, highest: number }} Spread
 */

/** The notebook itself: one run of TensorFlow, on an Apple M1. Its logits and probabilities are not known, but for these. */
export const ORIGINAL = Object.freeze({
  untrainedLoss: 3.0233772,
  loss: 0.0786,
  accuracy: 0.9763,
  digits: Object.freeze([7, 2, 1, 0, 4]),
  epochs: 5,
});

/** Sumi's: seeds/sumi.json, by `MNIST_DIR=… cargo bench --bench accuracy -- 20 quickstart www/seeds/sumi.json`. @type {Readonly<Band>} */
export const SUMI = Object.freeze({
  seeds: 20,
  accuracy: { mean: 0.9769, deviation: 0.0011, lowest: 0.975, highest: 0.9787 },
  loss: { mean: 0.0749, deviation: 0.0027, lowest: 0.0701, highest: 0.0809 },
});

/** Keras's own: seeds/keras.json, by `cargo xtask fixtures --seeds 20 --mnist DIR`. @type {Readonly<Band>} */
export const KERAS = Object.freeze({
  seeds: 20,
  accuracy: { mean: 0.9771, deviation: 0.001, lowest: 0.9754, highest: 0.9799 },
  loss: { mean: 0.0749, deviation: 0.0032, lowest: 0.07, highest: 0.0799 },
});
