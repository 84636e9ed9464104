/** What a run is called: its number, and what tells it from the others. */

import { strings } from "./language.js";
import * as number from "./number.js";

/** @typedef {import("./history.js").Run} Run */

/** What a run was made of, in the order in which it is said: how each is written, and when two are the same. @param {Run} run */
function facts({ settings, source, epochs, computes }) {
  const { threads } = computes.at(-1) ?? { threads: 1 };
  const backends = computes.map(({ backend }) => backend);
  return {
    source: { is: source, say: () => strings.runs.source[source] },
    epochs: { is: epochs, say: () => strings.runs.epochs(number.count(epochs), epochs === 1) },
    seed: { is: settings.seed, say: () => strings.runs.seed(String(settings.seed)) },
    backend: { is: backends.join(), say: () => strings.runs.then(backends.map((backend) => strings.runs.backend[backend])) },
    threads: { is: backends.includes("simd") ? threads : 0, say: () => strings.runs.threads(number.count(threads), threads === 1) },
  };
}

/** In what it differs from any of the others, or nothing. @param {Run} run @param {Run[]} runs */
export function difference(run, runs) {
  const others = runs.map(facts);
  const different = Object.entries(facts(run)).filter(([name, { is }]) =>
    others.some((other) => other[/** @type {keyof typeof other} */ (name)].is !== is),
  );
  return different.map(([, { say }]) => say()).join(strings.runs.comma);
}

/** All of it in a line. @param {Run} run */
export function summary(run) {
  return Object.values(facts(run))
    .map(({ say }) => say())
    .join(strings.runs.comma);
}
