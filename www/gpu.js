/** Looks for a GPU in a worker, without opening it: its name as far as the browser tells it, or why there is none. */

import { sentence } from "./sentence.js";

/** @returns {Promise<{ name: string, software: boolean } | import("./messages.js").Why>} */
export async function findGpu() {
  const webgpu = /** @type {any} */ (navigator).gpu;
  if (!webgpu) return { kind: self.isSecureContext ? "missing" : "insecure" };
  try {
    const adapter = await webgpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return { kind: "adapter" };
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const name = description || [vendor, architecture].filter(Boolean).join(" ");
    return { name, software: isFallbackAdapter ?? adapter.isFallbackAdapter ?? false };
  } catch (error) {
    return { kind: "blocked", message: sentence(error) };
  }
}
