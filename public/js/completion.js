// Completion offers names while a mention is being written: arrows choose,
// Enter or Tab takes, Escape leaves. The focus stays in the text. A textarea
// may have no other role than its own, so it is a text box with a list rather
// than a combobox; what a combobox would say with aria-expanded is announced.

import { announce, h, icon, mark } from './dom.js';
import { being, complete, fitting } from './mentions.js';

export class Completion {
  /** names() gives those who can be mentioned now. */
  constructor(text, list, names) {
    Object.assign(this, { text, list, names, shown: [], at: 0, mention: null });
    text.addEventListener('input', () => this.#look());
    text.addEventListener('blur', () => this.close());
    // The caret went elsewhere by mouse or arrow.
    text.addEventListener('keyup', (event) => /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && this.#look());
    text.addEventListener('click', () => this.#look());
    list.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays
  }

  #look() {
    const { value, selectionStart, selectionEnd } = this.text;
    this.mention = selectionStart === selectionEnd ? being(value, selectionStart) : null;
    const fit = this.mention ? fitting(this.names(), this.mention.query) : [];
    // A name that is there in full needs no help.
    if (!fit.length || (fit.length === 1 && fit[0].text.toLowerCase() === this.mention.query.toLowerCase())) return this.close();
    if (!this.shown.length) announce(`${fit.length === 1 ? 'One name fits' : `${fit.length} names fit`}. Arrows choose, Enter takes.`);
    this.shown = fit;
    this.at = 0;
    this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.shown.map((one, i) => this.#option(one, i)));
    this.list.hidden = false;
    this.text.setAttribute('aria-activedescendant', `${this.list.id}-${this.at}`);
    this.list.children[this.at].scrollIntoView({ block: 'nearest' });
  }

  #option(one, i) {
    const face = one.kind === 'person' ? mark(h('span', { 'aria-hidden': 'true' }), one.person) : h('span', { class: 'mark model', 'aria-hidden': 'true' }, icon('feather'));
    const below = one.kind === 'person' ? '' : [`@${one.text}`, one.hint].filter(Boolean).join(' · ');
    return h('li', { id: `${this.list.id}-${i}`, role: 'option', class: 'mention-option', 'aria-selected': String(i === this.at), onclick: () => this.#take(i) },
      face, h('span', { class: 'menu-text' }, h('span', { dir: 'auto' }, one.name), below && h('small', {}, below)));
  }

  #take(i) {
    const { text, caret } = complete(this.text.value, this.text.selectionStart, this.mention, this.shown[i]);
    this.text.value = text;
    this.text.setSelectionRange(caret, caret);
    this.text.dispatchEvent(new InputEvent('input', { bubbles: true }));
    this.close();
    this.text.focus();
  }

  /** key takes a key of the text; true where it was meant for the list. */
  key(event) {
    if (!this.shown.length || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.shown.length) % this.shown.length;
      this.#draw();
    } else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) this.#take(this.at);
    else if (event.key === 'Escape') this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  close() {
    this.shown = [];
    this.list.hidden = true;
    this.text.removeAttribute('aria-activedescendant');
  }
}
