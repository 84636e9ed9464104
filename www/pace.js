/**
 * How much to do in the next slice, so that it takes about as long as it shall: by the last one, and at most twice as much.
 * @param {number} slice what the last one was to do
 * @param {number} done what it did
 * @param {number} tookMs
 * @param {{ ms: number, least?: number, most?: number }} limits
 */
export function paced(slice, done, tookMs, { ms, least = 1, most = Infinity }) {
  // A clock that is coarse on purpose may not have ticked yet.
  const fitting = Math.round((ms * done) / Math.max(tookMs, 0.1));
  return Math.max(least, Math.min(2 * slice, fitting, most));
}
