/** States that can be gone back to, and forth again. States are never changed, so they may share what they have in common. */

/** So many steps are kept. */
const MOST = 200;

/** @template T */
export class UndoHistory {
  /** @param {T} state */
  constructor(state) {
    this.now = state;
    /** @type {T[]} */
    this.past = [];
    /** @type {T[]} */
    this.future = [];
  }

  /** Goes on to `state`, which a later step back undoes. @param {T} state */
  go(state) {
    this.past.push(this.now);
    if (this.past.length > MOST) this.past.shift();
    this.future = [];
    this.now = state;
  }

  /** Whether there was a step to take back. */
  undo() {
    const before = this.past.pop();
    if (before === undefined) return false;
    this.future.push(this.now);
    this.now = before;
    return true;
  }

  /** Whether there was one to take again. */
  redo() {
    const after = this.future.pop();
    if (after === undefined) return false;
    this.past.push(this.now);
    this.now = after;
    return true;
  }
}
