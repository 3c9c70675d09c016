// ChatList draws the list of chats at the side: the one asked for of three
// views, by when something was last written, and what stands where nothing is.

import { $, announce, button, h } from './dom.js';
import { menu } from './menu.js';
import { ago, period } from './time.js';
import { complain } from './toast.js';

const views = {
  '': { label: 'Chats', none: 'Your chats will be listed here. Write a message to begin one.' },
  archived: { label: 'Archived chats', hint: 'Out of the way for you alone. Search finds them too.', none: 'Nothing is archived. A chat’s menu has Archive in it.' },
  deleted: { label: 'Deleted chats', hint: 'For 7 days an owner can restore a chat. Then it is erased.', none: 'Nothing was deleted in the last 7 days.' },
};

export class ChatList {
  /** open(id) opens a chat. */
  constructor({ chats, actions, open }) {
    Object.assign(this, { chats, actions, open, root: $('chats') });
    $('chats-filter').addEventListener('click', () => this.#filter());
    this.root.addEventListener('keydown', (event) => this.#arrows(event));
  }

  draw() {
    const { view, next, byId, loaded, failure } = this.chats;
    const held = this.#focused();
    clearTimeout(this.slow);
    if (!loaded && !failure && !byId.size) this.slow = setTimeout(() => this.root.replaceChildren(skeleton()), 200);
    $('chats-view').hidden = !view;
    $('chats-view').replaceChildren(h('h2', {}, views[view].label), button('Back to chats', { kind: 'quiet small', onclick: () => this.#show('') }),
      views[view].hint ? h('p', {}, views[view].hint) : '');
    this.root.replaceChildren(...this.#groups(), byId.size ? '' : this.#nothing(), next ? button('Show more', { kind: 'quiet small more-chats', onclick: () => this.#more() }) : '');
    if (held) this.#focus(held);
  }

  /** select marks the chat that is open. */
  select(id) {
    this.chats.current = id;
    for (const link of this.root.querySelectorAll('a.chat-link')) {
      if (link.parentElement.dataset.id === id) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  #groups() {
    const { view } = this.chats;
    if (view === 'deleted') return [h('ul', { 'aria-label': views.deleted.label }, ...this.chats.sorted().map((chat) => this.#deleted(chat)))];
    const groups = new Map();
    for (const chat of this.chats.sorted()) {
      const name = chat.me?.pinned && !view ? 'Pinned' : period(chat.updated_at);
      groups.set(name, [...(groups.get(name) ?? []), this.#row(chat)]);
    }
    return [...groups].sort(([a], [b]) => (b === 'Pinned') - (a === 'Pinned')).map(([name, rows]) => {
      const id = `group-${name.replaceAll(' ', '-').toLowerCase()}`;
      return h('section', { 'aria-labelledby': id }, h(view ? 'h3' : 'h2', { id, class: 'group' }, name), h('ul', {}, ...rows));
    });
  }

  #row(chat) {
    const { current } = this.chats;
    const more = button(`More for ${chat.title}`, { icon: 'ellipsis', iconOnly: true, kind: 'quiet small', 'aria-haspopup': 'menu', onclick: () => menu(more, 'Chat', this.actions.of(chat)) });
    const unread = chat.me?.unread && chat.id !== current ? h('span', { class: 'unread' }, String(Math.min(chat.me.unread, 99)), h('span', { class: 'visually-hidden' }, ' unread')) : '';
    const link = h('a', {
      class: 'chat-link', href: `/c/${chat.id}`, title: `${chat.title}\n${ago(chat.updated_at)}`,
      'aria-current': chat.id === current ? 'page' : undefined,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.open(chat.id);
      },
    }, h('span', { class: 'chat-title', dir: 'auto' }, chat.title), unread);
    return h('li', { class: 'chat-row', dataset: { id: chat.id } }, link, more);
  }

  // There is nothing to open in a chat that is deleted, only to take back.
  #deleted(chat) {
    return h('li', { class: 'chat-row deleted', dataset: { id: chat.id }, title: chat.title }, h('span', { class: 'chat-link' }, h('bdi', { class: 'chat-title' }, chat.title)),
      button('Restore', { kind: 'small', 'aria-label': `Restore ${chat.title}`, onclick: () => this.actions.restore(chat) }));
  }

  #nothing() {
    const { view, loaded, failure } = this.chats;
    if (failure) return h('div', { class: 'chats-empty' }, h('p', { role: 'alert' }, failure.message), button('Try again', { kind: 'small', onclick: () => this.#show(view) }));
    return loaded ? h('p', { class: 'chats-empty' }, views[view].none) : '';
  }

  #filter() {
    menu($('chats-filter'), 'Show', Object.entries(views).map(([view, { label }]) => ({ label, checked: view === this.chats.view, run: () => this.#show(view) })));
  }

  async #show(view) {
    $('chats-filter').focus();
    await this.chats.show(view).catch(complain);
    const { byId, next, loaded } = this.chats;
    if (loaded && view === this.chats.view) announce(`${views[view].label}: ${next ? 'more than ' : ''}${byId.size}`);
  }

  // The focus goes on to the first chat that comes.
  async #more() {
    const there = this.root.querySelectorAll('.chat-row').length;
    await this.chats.more().catch(complain);
    this.root.querySelectorAll('.chat-row')[there]?.querySelector('a, button').focus();
  }

  #focused() {
    const row = this.root.contains(document.activeElement) && document.activeElement.closest('.chat-row');
    return row && { id: row.dataset.id, at: [...this.root.querySelectorAll('.chat-row')].indexOf(row), tag: document.activeElement.localName };
  }

  // Where the row has gone, to the one that took its place.
  #focus({ id, at, tag }) {
    const rows = [...this.root.querySelectorAll('.chat-row')];
    const row = rows.find((other) => other.dataset.id === id) ?? rows[Math.min(at, rows.length - 1)];
    (row?.querySelector(tag) ?? $('chats-filter')).focus();
  }

  #arrows(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...this.root.querySelectorAll('.chat-row')];
    const at = rows.indexOf(document.activeElement.closest('.chat-row'));
    if (!step || at < 0) return;
    event.preventDefault();
    const next = rows[at + step];
    if (next) (next.querySelector(document.activeElement.localName) ?? next.querySelector('a, button')).focus();
    else if (step < 0) $('search').focus();
  }
}

function skeleton() {
  return h('div', { class: 'skeleton chats-skeleton', 'aria-hidden': 'true' }, h('span'), h('span'), h('span'));
}
