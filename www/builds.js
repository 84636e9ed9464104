/**
 * The wasm builds in wasm/, and which of them this browser can run.
 *
 * @typedef {"relaxed" | "simd128"} Build
 */

/** `v128.const`-free bodies that only validate where the instructions exist: i8x16.popcnt, i8x16.relaxed_swizzle. */
const SIMD128 = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2,
  11,
];
const validates = (/** @type {number[]} */ bytes) => WebAssembly.validate(new Uint8Array(bytes));

/** The fastest build that validates here; none without SIMD. @returns {Build | null} */
export function bestBuild() {
  if (validates(RELAXED)) return "relaxed";
  return validates(SIMD128) ? "simd128" : null;
}
