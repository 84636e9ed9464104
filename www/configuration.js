/**
 * The page's settings as what a Session takes.
 * @param {any} sumi the wasm module's exports
 * @param {import("./settings.js").Settings} settings
 */
export function configuration(sumi, { layers, optimizer, rateChanges, batch, epochs, seed, augment }) {
  const made = new sumi.Configuration(seed, batch);
  for (const { units, relu, dropout } of layers) made.dense(units, relu, dropout);
  if (optimizer.name === "adam") made.adam(optimizer.learningRate, optimizer.beta1, optimizer.beta2, optimizer.epsilon);
  else made.sgd(optimizer.learningRate, optimizer.momentum, optimizer.nesterov);
  if (optimizer.name === "adam" && optimizer.decay) made.decayOver(epochs);
  if (augment) made.augment();
  for (const { step, rate } of rateChanges) made.changeRate(step, rate);
  return made;
}
