/** The settings as the notebook's code, for Keras. @typedef {import("./settings.js").Settings} Settings */

import { OPTIMIZERS, QUICKSTART } from "./settings.js";

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
function optimizerCode({ optimizer, rateChanges }) {
  const standard = OPTIMIZERS[optimizer.name];
  const rates = [optimizer.learningRate, ...rateChanges.map(({ rate }) => rate)];
  // Keras counts steps from 0, and a boundary is the last step before a change.
  const boundaries = rateChanges.map(({ step }) => step - 2);
  const schedule = [
    "tf.keras.optimizers.schedules",
    "      .PiecewiseConstantDecay(",
    `        [${boundaries.join(", ")}], [${rates.join(", ")}])`,
  ].join("\n");
  const said = [];
  if (rateChanges.length) said.push(`learning_rate=${schedule}`);
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
export function fitCode({ batch, epochs }) {
  const sized = batch === QUICKSTART.batch ? "" : `,\n  batch_size=${batch}`;
  return `model.fit(x_train, y_train, epochs=${epochs}${sized})`;
}
