/**
 * Parts of the page that nobody needs in order to train: they come once Train can be pressed, so that nothing on the way there waits for
 * them.
 */

/** @type {() => void} */
let open;
/** Each part begins when the one before it is done. @type {Promise<unknown>} */
let queue = new Promise((resolve) => (open = () => resolve(null)));

/** Has everything come that was put off until now. */
export const fetchLater = () => open();

/**
 * Fetches a part when its turn has come and the page's thread has nothing else to do. What is done with it by `then` keeps its order: a
 * panel that comes late hears of everything that it has missed.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {Promise<T>} never settles where the part cannot be had
 */
export function later(load) {
  const part = queue.then(idle).then(load);
  queue = part.catch(() => {});
  return part.catch(missed);
}

/** A part cannot be had: the page says so, and goes on without it. @param {unknown} error @returns {Promise<never>} */
export function missed(error) {
  console.error(error);
  /** @type {HTMLElement} */ (document.getElementById("missing-part")).hidden = false;
  return new Promise(() => {});
}

/** Safari has no requestIdleCallback. */
const idle = () =>
  new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(resolve, { timeout: 1000 });
    else setTimeout(resolve);
  });
