// Search looks for words in titles and messages. The field keeps the focus;
// arrows go through what was found, Enter opens it.

import { button, h, icon, mark } from './dom.js';
import { dialog } from './dialog.js';
import { exact, short } from './time.js';

const pause = 200; // milliseconds without a key before the server is asked
const recents = 8;

export class Search {
  /** context: {api, room() -> the open one, recent() -> chats, open(chatId, seq), modelName(id)} */
  constructor(context) {
    Object.assign(this, context);
    this.query = '';
    this.here = false;
  }

  /** show opens the dialog, with what was looked for last; here: in the open chat. */
  show(here = this.here) {
    if (this.box?.open) return this.input.select();
    if (document.querySelector('dialog[open]')) return;
    const chat = this.room()?.chat;
    this.here = here && Boolean(chat);
    this.input = h('input', { type: 'text', role: 'searchbox', 'aria-label': 'Words in titles and messages', placeholder: 'Words in titles and messages', maxlength: '200', autocomplete: 'off', enterkeyhint: 'search', dir: 'auto', value: this.query });
    this.only = h('input', { type: 'checkbox', checked: this.here });
    this.told = h('p', { class: 'hint hits-told', role: 'status' });
    this.list = h('ul', { class: 'hits' });
    this.more = button('Show more', { hidden: true, onclick: () => this.#ask(this.next) });
    this.box = dialog('Search', h('div', { class: 'search-field', role: 'search' }, icon('search'), this.input),
      chat && h('label', { class: 'check' }, this.only, h('span', { dir: 'auto' }, `Only in “${chat.title}”`)), this.told, this.list, this.more);
    this.box.classList.add('search-box');
    this.input.addEventListener('input', () => this.#typed());
    this.only.addEventListener('change', () => ((this.here = this.only.checked), this.#ask()));
    this.box.addEventListener('keydown', (event) => this.#key(event));
    this.box.addEventListener('close', () => ((this.asked = null), clearTimeout(this.timer)));
    this.input.focus();
    this.input.select();
    this.#ask();
  }

  #typed() {
    this.query = this.input.value;
    this.asked = null; // what is on its way was asked for other words
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), this.query.trim() ? pause : 0);
  }

  async #ask(cursor = '') {
    clearTimeout(this.timer);
    const q = this.query.trim();
    const asked = (this.asked = { q });
    if (!q) return this.#recent();
    this.list.setAttribute('aria-busy', 'true');
    const patience = setTimeout(() => this.asked === asked && this.#say('Searching…'), pause);
    const params = new URLSearchParams({ q, limit: '20', ...(this.here ? { chat_id: this.room().id } : {}), ...(cursor ? { cursor } : {}) });
    try {
      const page = await this.api.get(`/search?${params}`);
      if (this.asked === asked) this.#take(page, Boolean(cursor));
    } catch (failure) {
      if (this.asked === asked) this.#fail(failure, cursor);
    } finally {
      clearTimeout(patience);
      if (this.asked === asked) this.list.removeAttribute('aria-busy');
    }
  }

  #take({ data, pagination: { next } }, further) {
    const rows = data.map((hit) => this.#row(hit));
    if (further) this.list.append(...rows);
    else this.list.replaceChildren(...rows);
    if (further) rows[0]?.firstElementChild.focus();
    this.next = next;
    this.more.hidden = !next;
    this.more.textContent = 'Show more';
    const count = this.list.children.length;
    this.#say(!count ? 'Nothing has all of these words. Try fewer of them, or a part of one.'
      : next ? `The first ${count} places` : count === 1 ? 'One place' : `${count} places`);
  }

  #fail(failure, cursor) {
    if (!cursor) this.list.replaceChildren();
    this.next = cursor;
    this.more.hidden = false;
    this.more.textContent = 'Try again';
    this.#say(failure.message);
  }

  #recent() {
    const chats = this.recent().slice(0, recents);
    this.list.replaceChildren(...chats.map((chat) => this.#link(chat.id, null, icon('message-square'), h('span', { class: 'hit-text', dir: 'auto' }, chat.title))));
    this.list.removeAttribute('aria-busy');
    this.more.hidden = true;
    this.#say(chats.length ? 'Your latest chats' : 'Write words that you remember. Words in quotes must follow each other.');
  }

  #say(sentence) {
    if (this.told.textContent !== sentence) this.told.textContent = sentence;
  }

  #row(hit) {
    const excerpt = h('span', { class: 'hit-text', dir: 'auto' }, ...hit.excerpt.map((piece) => (piece.hit ? h('mark', {}, piece.text) : piece.text)));
    const time = h('time', { datetime: hit.created_at, title: exact(hit.created_at) }, short(hit.created_at));
    if (hit.kind === 'title') return this.#link(hit.chat.id, null, icon('message-square'), h('span', { class: 'hit-head' }, h('span', {}, 'Chat'), time), excerpt);
    const person = hit.role === 'user';
    if (hit.role === 'system') return this.#link(hit.chat.id, hit.seq, icon('shield-check'), h('span', { class: 'hit-head' }, h('span', {}, 'Notice'), h('span', { class: 'hit-chat' }, 'in ', h('bdi', {}, hit.chat.title)), time), excerpt);
    const face = person ? mark(h('span', { 'aria-hidden': 'true' }), hit.author) : h('span', { class: 'mark model', 'aria-hidden': 'true' }, icon('feather'));
    const name = person ? hit.author?.name ?? 'Somebody who left' : this.modelName(hit.model);
    return this.#link(hit.chat.id, hit.seq, face, h('span', { class: 'hit-head' }, h('bdi', { class: 'hit-name' }, name), h('span', { class: 'hit-chat' }, 'in ', h('bdi', {}, hit.chat.title)), time), excerpt);
  }

  #link(chatId, seq, face, ...parts) {
    return h('li', {}, h('a', {
      class: 'hit', href: `/c/${chatId}${seq ? `#${seq}` : ''}`,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        // The dialog gives the focus back before the chat takes it.
        this.box.addEventListener('close', () => this.open(chatId, seq), { once: true });
        this.box.close();
      },
    }, face, h('span', { class: 'hit-main' }, ...parts)));
  }

  #key(event) {
    const links = [...this.list.querySelectorAll('.hit')];
    const at = links.indexOf(document.activeElement);
    const field = document.activeElement === this.input;
    if (event.key === 'Enter' && field && !event.isComposing) {
      if (this.asked?.q === this.query.trim() && !this.list.hasAttribute('aria-busy')) links[0]?.click();
      else this.#ask();
    } else if (event.key === 'ArrowDown' && (field || at >= 0)) (links[at + 1] ?? (this.more.hidden ? links.at(-1) : this.more))?.focus();
    else if (event.key === 'ArrowUp' && at >= 0) (links[at - 1] ?? this.input).focus();
    else if (event.key === 'ArrowUp' && document.activeElement === this.more) (links.at(-1) ?? this.input).focus();
    else return;
    event.preventDefault();
  }
}
