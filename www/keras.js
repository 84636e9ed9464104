/** The settings as the notebook's code, for Keras. @typedef {import("./settings.js").Settings} Settings */

import { DIGITS, OPTIMIZERS, QUICKSTART } from "./settings.js";

/** @param {Settings} settings */
export function buildCode({ layers }) {
  const lines = layers.flatMap(({ units, relu, dropout }) => [
    `  tf.keras.layers.Dense(${units}${relu ? ", activation='relu'" : ""}),`,
    ...(dropout > 0 ? [`  tf.keras.layers.Dropout(${dropout}),`] : []),
  ]);
  return [
    "model = tf.keras.models.Sequential([",
    "  tf.keras.layers.Flatten(input_shape=(28, 28)),",
    ...lines,
    "  tf.keras.layers.Dense(10)",
    "])",
    "model.summary()",
  ].join("\n");
}

/** @param {Settings} settings */
export function compileCode(settings) {
  const optimizer = optimizerCode(settings);
  const metrics = "metrics=['accuracy'])";
  if (!optimizer.includes("(")) return `model.compile(optimizer=${optimizer}, loss=loss_fn,\n  ${metrics}`;
  return `model.compile(\n  optimizer=${optimizer},\n  loss=loss_fn, ${metrics}`;
}

/** @param {Settings} settings */
function optimizerCode({ optimizer, rateChanges, data, batch, epochs }) {
  const standard = OPTIMIZERS[optimizer.name];
  const rates = [optimizer.learningRate, ...rateChanges.map(({ rate }) => rate)];
  // Keras counts steps from 0, and a boundary is the last step before a change.
  const boundaries = rateChanges.map(({ step }) => step - 2);
  const schedule = (/** @type {string} */ name, /** @type {string} */ values) =>
    `learning_rate=tf.keras.optimizers.schedules\n      .${name}(\n        ${values})`;
  const falls = optimizer.name === "adam" && optimizer.decay;
  const steps = Math.ceil(DIGITS[data] / batch) * epochs;
  const said = [];
  if (rateChanges.length) {
    // Keras has no schedule that does both.
    const factor = falls ? ` * (1 - step / ${steps})` : "";
    said.push(schedule("PiecewiseConstantDecay", `[${boundaries.join(", ")}], [${rates.join(", ")}]`) + factor);
  } else if (falls) said.push(schedule("PolynomialDecay", `${optimizer.learningRate}, ${steps}, 0.0`));
  // Keras's own defaults go without saying.
  else if (optimizer.learningRate !== standard.learningRate) said.push(`learning_rate=${optimizer.learningRate}`);
  if (optimizer.name === "adam" && standard.name === "adam") {
    if (optimizer.beta1 !== standard.beta1) said.push(`beta_1=${optimizer.beta1}`);
    if (optimizer.beta2 !== standard.beta2) said.push(`beta_2=${optimizer.beta2}`);
    if (optimizer.epsilon !== standard.epsilon) said.push(`epsilon=${optimizer.epsilon}`);
  } else if (optimizer.name === "sgd") {
    if (optimizer.momentum > 0) said.push(`momentum=${optimizer.momentum}`);
    if (optimizer.nesterov) said.push("nesterov=True");
  }
  if (!said.length) return `'${optimizer.name}'`;
  return `tf.keras.optimizers.${optimizer.name === "adam" ? "Adam" : "SGD"}(\n    ${said.join(",\n    ")})`;
}

/** @param {Settings} settings */
export function fitCode({ batch, epochs, augment }) {
  const sized = batch === QUICKSTART.batch ? "" : `,\n  batch_size=${batch}`;
  const fit = `model.fit(x_train, y_train, epochs=${epochs}${sized})`;
  return augment ? `# every second image of each batch changed\n${fit}` : fit;
}
