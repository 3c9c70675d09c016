// Editor changes one's own message where it stands. Enter does what the first
// button says, Shift+Enter makes a new line, Escape leaves the text as it was.

import { Completion } from './completion.js';
import { button, h } from './dom.js';

let made = 0; // editors so far: each list of names has an id of its own

export class Editor {
  /**
   * asks(text) tells whether models answer such a text here; save(text, again)
   * gives true where it is stored; done() is told when the editor is left.
   */
  constructor({ text, names, asks, save, done }) {
    Object.assign(this, { asks, save, done });
    const list = h('ul', { class: 'mentions', id: `mentions-${++made}`, role: 'listbox', 'aria-label': 'People and models', hidden: true });
    this.text = h('textarea', { rows: '1', dir: 'auto', 'aria-label': 'Your message', 'aria-autocomplete': 'list', 'aria-controls': list.id });
    this.text.value = text;
    this.completion = new Completion(this.text, list, names);
    this.again = button('Save and ask again', { kind: 'primary', onclick: () => this.#save(true) });
    this.keep = button('Save', { onclick: () => this.#save(false) });
    this.element = h('div', { class: 'editor', role: 'group', 'aria-label': 'Edit your message' }, list, this.text,
      h('div', { class: 'dialog-actions' }, button('Cancel', { kind: 'quiet', onclick: () => this.done() }), this.keep, this.again));
    this.text.addEventListener('input', () => this.#follow());
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#follow();
  }

  focus() {
    this.text.focus();
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  // The first choice is what the chat would do with a new message.
  #follow() {
    const asks = this.asks(this.text.value);
    this.again.hidden = !asks;
    this.keep.classList.toggle('primary', !asks);
    for (const one of [this.again, this.keep]) one.disabled = this.busy || !this.text.value.trim();
    if (CSS.supports('field-sizing: content')) return;
    this.text.style.height = 'auto';
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  async #save(again) {
    if (this.busy || !this.text.value.trim()) return;
    this.busy = true;
    this.#follow();
    const saved = await this.save(this.text.value, again);
    this.busy = false;
    this.#follow();
    if (saved) this.done();
    else this.text.focus();
  }

  #key(event) {
    if (event.target === this.text && this.completion.key(event)) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      return this.done();
    }
    if (event.target !== this.text || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    if (matchMedia('(hover: none) and (pointer: coarse)').matches && !event.ctrlKey) return;
    event.preventDefault();
    this.#save(!this.again.hidden);
  }
}
