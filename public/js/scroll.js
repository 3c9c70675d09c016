// Scroll keeps the log at its end while somebody is reading there, and lets it
// be where somebody reads further up.

const near = 48; // pixels from the end that count as there

export class Scroll {
  /** reached(atEnd) is told when the reader comes to the end or leaves it. */
  constructor(element, jump, reached) {
    Object.assign(this, { element, jump, reached });
    this.stuck = true;
    element.addEventListener('scroll', () => this.#look(), { passive: true });
    jump.addEventListener('click', () => this.toEnd(true));
    // A text has another height at another width, and with its colours on.
    const watch = new ResizeObserver(() => this.settle());
    for (const watched of [element, element.querySelector('[role=log]')]) watch.observe(watched);
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const stuck = scrollHeight - scrollTop - clientHeight < near;
    if (stuck === this.stuck) return;
    this.stuck = stuck;
    this.jump.hidden = stuck;
    this.reached(stuck);
  }

  /** reset begins at the end of another log. */
  reset() {
    this.stuck = true;
    this.jump.hidden = true;
  }

  /** settle goes to the end again where the reader was there. */
  settle() {
    if (this.stuck) this.element.scrollTop = this.element.scrollHeight;
    else this.#look();
  }

  toEnd(smooth = false) {
    this.reset();
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const far = scrollHeight - scrollTop > 3 * clientHeight || matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.element.scrollTo({ top: scrollHeight, behavior: smooth && !far ? 'smooth' : 'instant' });
    this.reached(true);
  }

  /** toNew begins at the line above what is new, unless all of it fits below. */
  toNew(line) {
    if (!line) return;
    this.element.scrollTop = this.element.scrollHeight;
    const hidden = this.element.getBoundingClientRect().top - line.getBoundingClientRect().top;
    if (hidden <= 0) return;
    this.element.scrollTop -= hidden + near;
    this.#look();
  }

  /**
   * keeping runs work that changes the log anywhere, and lets the reader stay
   * where he is; with an element, let that one stay, at the end too.
   */
  keeping(work, steady = null) {
    const anchor = steady ?? (this.stuck ? null : this.#first());
    const before = anchor?.getBoundingClientRect().top;
    work();
    if (!anchor?.isConnected) return;
    this.element.scrollTop += anchor.getBoundingClientRect().top - before;
    if (steady) this.stuck = false;
  }

  // The first thing in sight.
  #first() {
    const { top } = this.element.getBoundingClientRect();
    return [...this.element.querySelector('[role=log]').children].find((child) => child.getBoundingClientRect().bottom > top);
  }

  /** to brings an element into sight and lets the reader be there. */
  to(element) {
    this.stuck = false;
    element.scrollIntoView({ block: 'center' });
    this.#look();
  }
}
