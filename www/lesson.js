/**
 * Teaches the network its visitor's hand, in the worker: a lesson on a network of its own, which the session then takes over.
 *
 * Page → worker:
 * @typedef {{ kind: "teach", images: Uint8Array, labels: Uint8Array }} Teach  784 bytes for each label; answered with Teaching, then Taught,
 *   unless the network has become another one meanwhile
 * @typedef {{ kind: "unteach" }} Unteach  the network as its run has left it; answered with Untaught
 *
 * Worker → page:
 * @typedef {{ kind: "teaching", step: number, steps: number }} Teaching
 * @typedef {import("./wasm/simd128/sumi.js").Reading} Reading
 * @typedef {{ kind: "taught", before: Reading, after: Reading }} Taught
 * @typedef {{ kind: "untaught" }} Untaught
 */

import { paced } from "./pace.js";

/** Of a slice. */
const SLICE = { ms: 13 };

/**
 * @typedef {object} Place  what the worker is to a lesson
 * @property {() => import("./wasm/simd128/sumi.js").Session} session
 * @property {<T>(call: () => T | Promise<T>) => Promise<T>} exclusively
 * @property {() => Promise<void>} turn lets waiting messages be answered
 * @property {() => boolean} isCurrent whether the network is still the one that it was
 * @property {(message: Teaching | Taught | Untaught) => void} tell
 */

/** @param {Teach} message @param {Place} place */
export async function teach({ images, labels }, { session, exclusively, turn, isCurrent, tell }) {
  const lesson = await exclusively(() => session().lesson(images, labels));
  const { steps } = lesson;
  tell({ kind: "teaching", step: 0, steps });
  const before = await lesson.reading();
  let slice = 1;
  while (isCurrent() && lesson.step < steps) {
    const begun = performance.now();
    await lesson.advance(slice);
    slice = paced(slice, slice, performance.now() - begun, SLICE);
    tell({ kind: "teaching", step: lesson.step, steps });
    await turn();
  }
  const after = await lesson.reading();
  const learn = async () => {
    if (!isCurrent()) return lesson.free();
    await session().learn(lesson);
    tell({ kind: "taught", before, after });
  };
  await exclusively(learn);
}

/** @param {Place} place */
export async function unteach({ session, exclusively, tell }) {
  await exclusively(() => session().unlearn());
  tell({ kind: "untaught" });
}
