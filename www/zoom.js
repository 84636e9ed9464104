/**
 * Moving about in curves: a pointer over them, a stretch that is dragged over, wheel, pinch and keys. It knows of epochs and of
 * where they lie on the screen, and of nothing that is drawn.
 *
 * @typedef {[number, number]} Stretch  of epochs
 *
 * @typedef {object} Ground  what is moved about in
 * @property {() => Stretch} limits all there is
 * @property {() => number} least the shortest stretch worth looking at
 * @property {() => { left: number, width: number }} box where the curves lie in the window, in CSS pixels
 * @property {() => number} step from one point of the curves to the next
 * @property {(stretch: Stretch) => void} moved another stretch is seen
 * @property {(epoch: number | null, byKey: boolean) => void} pointed the cursor is at another epoch, or nowhere
 * @property {(stretch: Stretch | null) => void} selected a stretch is being dragged over, or no longer
 */

/** A drag shorter than this is a click. */
const LEAST_DRAG = 5;

export class Zoom {
  /**
   * @param {HTMLElement} element that has the curves in it, and the focus
   * @param {Ground} ground
   */
  constructor(element, ground) {
    this.element = element;
    this.ground = ground;
    /** What is seen; all there is where nothing is chosen. @type {Stretch | null} */
    this.chosen = null;
    /** @type {number | null} */
    this.cursor = null;
    /** Fingers that are down: the epoch each holds, and where it is now. @type {Map<number, { epoch: number, x: number }>} */
    this.fingers = new Map();
    /** Where a drag with the mouse or the pen began. @type {number | null} */
    this.dragged = null;

    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.up(event));
    element.addEventListener("pointercancel", (event) => this.up(event));
    element.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && this.dragged === null) this.point(null);
    });
    element.addEventListener("dblclick", () => this.all());
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("blur", () => this.point(null));
  }

  /** What is seen. @returns {Stretch} */
  get stretch() {
    return this.chosen ?? this.ground.limits();
  }

  /** The epoch at a place of the window. @param {number} x */
  epoch(x) {
    const { left, width } = this.ground.box();
    const [from, to] = this.stretch;
    return from + ((x - left) / width) * (to - from);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    if (event.pointerType === "touch") {
      this.fingers.set(event.pointerId, { epoch: this.epoch(event.clientX), x: event.clientX });
      this.point(this.epoch(event.clientX));
      return;
    }
    this.dragged = event.clientX;
    this.element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const finger = this.fingers.get(event.pointerId);
    if (finger) finger.x = event.clientX;
    if (this.fingers.size > 1) return this.pinch();
    if (this.dragged !== null && Math.abs(event.clientX - this.dragged) >= LEAST_DRAG) {
      this.ground.selected(this.between(this.dragged, event.clientX));
    }
    if (finger || event.pointerType !== "touch") this.point(this.epoch(event.clientX));
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.delete(event.pointerId);
    // The finger that stays holds what it is on now.
    for (const finger of this.fingers.values()) finger.epoch = this.epoch(finger.x);
    const { dragged } = this;
    if (dragged === null) return;
    this.dragged = null;
    this.ground.selected(null);
    if (event.type === "pointerup" && Math.abs(event.clientX - dragged) >= LEAST_DRAG) {
      this.see(this.between(dragged, event.clientX));
    }
  }

  /** @param {number} x @param {number} other @returns {Stretch} */
  between(x, other) {
    const [from, to] = this.stretch;
    const within = (/** @type {number} */ epoch) => Math.min(Math.max(epoch, from), to);
    const [a, b] = [within(this.epoch(x)), within(this.epoch(other))];
    return [Math.min(a, b), Math.max(a, b)];
  }

  /** Two fingers keep what they are on under them. */
  pinch() {
    const [one, other] = [...this.fingers.values()].sort((a, b) => a.epoch - b.epoch);
    const { left, width } = this.ground.box();
    const [p, q] = [one.x, other.x].map((x) => (x - left) / width);
    if (q - p < 0.05) return;
    const seen = (other.epoch - one.epoch) / (q - p);
    this.see([one.epoch - p * seen, one.epoch + (1 - p) * seen]);
  }

  /** Plain wheels move the page; with Ctrl, as a pinch on a touchpad comes, they zoom, and sideways they go along. @param {WheelEvent} event */
  wheel(event) {
    const along = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) this.scale(Math.exp(event.deltaY * 0.002), this.epoch(event.clientX));
    else if (this.chosen && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) this.shift(along / this.ground.box().width);
    else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.stretch;
    const at = this.cursor ?? from;
    const step = this.ground.step() * (event.shiftKey ? 10 : 1);
    if (event.key === "ArrowRight") this.go(at + step);
    else if (event.key === "ArrowLeft") this.go(at - step);
    else if (event.key === "Home") this.go(this.ground.limits()[0]);
    else if (event.key === "End") this.go(this.ground.limits()[1]);
    else if (event.key === "PageUp") this.shift(-0.5);
    else if (event.key === "PageDown") this.shift(0.5);
    else if (event.key === "+" || event.key === "=") this.scale(0.5, this.cursor ?? (from + to) / 2);
    else if (event.key === "-") this.scale(2, this.cursor ?? (from + to) / 2);
    else if (event.key === "0" || event.key === "Escape") this.all();
    else return;
    event.preventDefault();
  }

  /** The cursor goes to an epoch, and what is seen follows it. @param {number} epoch */
  go(epoch) {
    const [first, last] = this.ground.limits();
    const place = Math.min(Math.max(epoch, first), last);
    const [from, to] = this.stretch;
    if (place > to) this.see([place - (to - from), place]);
    else if (place < from) this.see([place, place + (to - from)]);
    this.point(place, true);
  }

  /** @param {number} part of what is seen */
  shift(part) {
    const [from, to] = this.stretch;
    const by = part * (to - from);
    this.see([from + by, to + by]);
  }

  /** Makes what is seen so many times as long. @param {number} factor @param {number} centre stays where it is */
  scale(factor, centre) {
    const [from, to] = this.stretch;
    this.see([centre - (centre - from) * factor, centre + (to - centre) * factor]);
  }

  all() {
    this.chosen = null;
    this.ground.moved(this.stretch);
  }

  /** @param {Stretch} stretch kept within what there is */
  see([from, to]) {
    const [first, last] = this.ground.limits();
    const length = Math.max(to - from, Math.min(this.ground.least(), last - first));
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - length / 2, first), last - length);
    this.chosen = length >= last - first ? null : [start, start + length];
    this.ground.moved(this.stretch);
  }

  /** @param {number | null} epoch @param {boolean} byKey */
  point(epoch, byKey = false) {
    const [from, to] = this.stretch;
    this.cursor = epoch === null ? null : Math.min(Math.max(epoch, from), to);
    this.ground.pointed(this.cursor, byKey);
  }
}
