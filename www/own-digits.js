/**
 * The visitor's own digits: in the browser's IndexedDB, and nowhere else. Where a browser keeps nothing, they last as long as the page.
 *
 * @typedef {object} OwnDigit
 * @property {number} [id] ascends
 * @property {number} label what it is meant to be
 * @property {Uint8Array} image the 28 × 28 pixels that the network reads, 0 (paper) to 255 (ink)
 * @property {[number, number][][]} strokes x and y as parts of the sheet's width; none of a picture
 * @property {number | null} read what it was read as when it was drawn; nothing by an untrained network
 * @property {boolean} taught whether that network had had a lesson
 */

const DATABASE = "sumi";
const STORE = "own-digits";
/** As many as a lesson may have (`MOST` in src/teach.rs). */
export const MOST = 5000;

export class OwnDigits {
  /** In the order in which they came. @type {OwnDigit[]} */
  digits = [];
  /** @type {IDBDatabase | null} */
  database = null;
  /** Whether the browser keeps them. */
  get isKept() {
    return this.database !== null;
  }

  /** Those of earlier visits. */
  static async open() {
    const own = new OwnDigits();
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      own.database = await settled(request);
      own.digits = await own.ask("readonly", (store) => store.getAll());
    } catch (error) {
      // Private windows of some browsers have none.
      console.warn("IndexedDB", error);
      own.database = null;
    }
    return own;
  }

  /** @param {OwnDigit[]} digits @throws when the browser cannot keep them: they are there until the page closes */
  async add(digits) {
    let failure = null;
    for (const digit of digits) {
      // Their order here and there is the same, also where some could not be kept.
      const id = (this.digits.at(-1)?.id ?? 0) + 1;
      const kept = { ...digit, id };
      this.digits.push(kept);
      await this.ask("readwrite", (store) => store.put(kept)).catch((error) => (failure = error));
    }
    if (failure) throw failure;
  }

  /** @param {number} id */
  async delete(id) {
    this.digits = this.digits.filter((digit) => digit.id !== id);
    await this.ask("readwrite", (store) => store.delete(id));
  }

  async clear() {
    this.digits = [];
    await this.ask("readwrite", (store) => store.clear());
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T>} request
   * @returns {Promise<T>} nothing where there is no database
   */
  async ask(mode, request) {
    if (!this.database) return /** @type {any} */ (undefined);
    return settled(request(this.database.transaction(STORE, mode).objectStore(STORE)));
  }

  /** A line of JSON for each, as `cargo xtask strokes` reads them. */
  toText() {
    return this.digits
      .map(({ label, strokes, image, read, taught }) => `${JSON.stringify({ label, strokes, image: [...image], read, taught })}\n`)
      .join("");
  }

  /**
   * The digits of such lines that are not here yet, and how many were.
   * @param {string} text
   * @returns {{ fresh: OwnDigit[], known: number }}
   * @throws {BadLine} for the first line that is none
   */
  fromText(text) {
    const known = new Set(this.digits.map(identity));
    /** @type {OwnDigit[]} */
    const fresh = [];
    let all = 0;
    text.split("\n").forEach((line, index) => {
      if (line.trim() === "") return;
      const digit = parse(line);
      if (!digit) throw new BadLine(index + 1);
      all += 1;
      if (known.has(identity(digit))) return;
      known.add(identity(digit));
      fresh.push(digit);
    });
    return { fresh, known: all - fresh.length };
  }
}

export class BadLine extends Error {
  /** @param {number} line from 1 */
  constructor(line) {
    super(`line ${line}`);
    this.line = line;
  }
}

/** @param {OwnDigit} digit */
const identity = ({ label, image }) => `${label} ${image.join()}`;

/** @param {string} line @returns {OwnDigit | null} */
function parse(line) {
  const isDigit = (/** @type {any} */ it) => Number.isInteger(it) && it >= 0 && it <= 9;
  const isByte = (/** @type {any} */ it) => Number.isInteger(it) && it >= 0 && it <= 255;
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const { label, image, strokes, read, taught } = value ?? {};
  if (!isDigit(label) || !Array.isArray(image) || image.length !== 784 || !image.every(isByte)) return null;
  const isPoint = (/** @type {any} */ it) => Array.isArray(it) && it.length === 2 && it.every(Number.isFinite);
  const isStrokes = Array.isArray(strokes) && strokes.every((stroke) => Array.isArray(stroke) && stroke.every(isPoint));
  return {
    label,
    image: Uint8Array.from(image),
    strokes: isStrokes ? strokes : [],
    read: isDigit(read) ? read : null,
    taught: taught === true,
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
