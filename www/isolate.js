/**
 * Isolates the page from other origins where its host cannot: threads share memory, which browsers give to no other page. A service
 * worker (isolate-worker.js) adds the two headers that ask for it, from the next load on.
 */

/** Kept for as long as the tab: this page has been loaded anew for it, once. */
const TRIED = "sumi-isolate";
/** Who has no service worker by then starts without. */
const PATIENCE_MS = 5000;

/**
 * Loads a page that is not isolated anew, once, if it will be then; otherwise returns.
 * @param {() => boolean} mayReload asked at the end: whether nothing would be lost
 */
export async function isolate(mayReload) {
  if (!("serviceWorker" in navigator)) return;
  try {
    if (sessionStorage.getItem(TRIED)) return;
    const { serviceWorker } = navigator;
    const registered = serviceWorker.register(new URL("isolate-worker.js", import.meta.url));
    const isReady = registered.then(() => serviceWorker.ready).then(() => true);
    const isLate = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, false));
    if (!(await Promise.race([isReady, isLate])) || !mayReload()) return;
    sessionStorage.setItem(TRIED, "yes");
  } catch {
    // Private windows and settings may forbid either. One thread does.
    return;
  }
  location.reload();
  await new Promise(() => {});
}
