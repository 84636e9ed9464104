/** What a run is called: its number, and what tells it from the others. */

import { strings } from "./language.js";
import * as number from "./number.js";
import { pieces } from "./settings.js";

/** @typedef {import("./history.js").Run} Run */

/** What a run was made of, in the order in which it is said: how each is written. @param {Run} run @returns {Record<string, string>} */
function facts({ settings, source, epochs, computes }) {
  const { threads } = computes.at(-1) ?? { threads: 1 };
  const backends = computes.map(({ backend }) => backend);
  return {
    ...pieces({ ...settings, data: source, epochs }),
    backend: strings.runs.then(backends.map((backend) => strings.runs.backend[backend])),
    threads: backends.includes("simd") ? strings.runs.threads(number.count(threads), threads === 1) : "",
  };
}

/** In what it differs from any of the others, or nothing. @param {Run} run @param {Run[]} runs */
export function difference(run, runs) {
  const others = runs.map(facts);
  const different = Object.entries(facts(run)).filter(([name, text]) => others.some((other) => other[name] !== text));
  return joined(different.map(([, text]) => text));
}

/** All of it in a line. @param {Run} run */
export const summary = (run) => joined(Object.values(facts(run)));

/** @param {string[]} texts */
const joined = (texts) => texts.filter(Boolean).join(strings.runs.comma);
