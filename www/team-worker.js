/**
 * One thread of a team: joins the worker that leads it, and never answers again. What goes wrong in it, it tells its page.
 *
 * Page → worker: {@link import("./team.js").Recruits}, once. Worker → page: {@link import("./team.js").FromMember}.
 */

import { sentence } from "./sentence.js";

/** @param {string} message */
const failed = (message) => postMessage({ kind: "failed", message });

addEventListener("message", async ({ data: { build, suffix, module, memory } }) => {
  try {
    const sumi = await import(`./wasm/${build}-threads${suffix}/sumi.js`);
    await sumi.default({ module_or_path: module, memory });
    sumi.onPanic(failed);
    postMessage({ kind: "ready" });
    // In a task of its own: a message of this one might wait for its end, and this one never ends.
    setTimeout(() => sumi.joinThreads());
  } catch (error) {
    failed(sentence(error));
  }
});
