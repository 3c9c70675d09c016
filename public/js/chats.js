// Chats is the list at the side: what the server has, by page, and what is done
// with a chat as a whole.

import { $, button, h } from './dom.js';
import { menu } from './menu.js';
import { confirm, dialog, field, form } from './dialog.js';
import { ago, period } from './time.js';
import { complain, toast } from './toast.js';

const views = { '': 'Chats', archived: 'Archived chats', deleted: 'Deleted chats' };

export class Chats {
  /** on: {open(id), gone(id), changed(chat), drawn()} */
  constructor(api, on) {
    Object.assign(this, { api, on, view: '', current: '' });
    this.clear();
    $('chats-filter').addEventListener('click', () => this.#filter());
    $('chats').addEventListener('keydown', (event) => this.#arrows(event));
  }

  clear() {
    this.byId = new Map();
    this.next = null;
    this.loaded = false;
  }

  /** load reads the first page anew and keeps what is newer here. */
  async load() {
    const asked = (this.asked = {});
    const page = await this.api.get(`/chats?${this.#params()}`);
    if (asked !== this.asked) return; // another view was asked for meanwhile
    const old = this.byId;
    this.clear();
    this.loaded = true;
    this.next = page.pagination.next;
    for (const chat of page.data) this.byId.set(chat.id, newer(old.get(chat.id), chat));
    this.draw();
  }

  /**
   * refresh takes in what is new on the first page and leaves what is listed
   * below it: nothing tells of chats that are not open.
   */
  async refresh() {
    if (this.view || !this.loaded) return;
    const { asked } = this;
    const page = await this.api.get(`/chats?${this.#params()}`);
    if (asked !== this.asked || this.view) return;
    for (const chat of page.data) this.byId.set(chat.id, newer(this.byId.get(chat.id), chat));
    if (!page.pagination.next) for (const id of this.byId.keys()) if (!page.data.some((chat) => chat.id === id)) this.byId.delete(id);
    this.draw();
  }

  #params(more = {}) {
    const params = new URLSearchParams({ limit: '50', ...more });
    if (this.view) params.set(this.view, 'true');
    return params;
  }

  async #more() {
    const page = await this.api.get(`/chats?${this.#params({ cursor: this.next })}`).catch(complain);
    if (!page) return;
    this.next = page.pagination.next;
    for (const chat of page.data) this.byId.set(chat.id, newer(this.byId.get(chat.id), chat));
    this.draw();
  }

  /** take puts in a chat as it is now, with the caller's part where known. */
  take(chat) {
    const held = this.byId.get(chat.id);
    if (!held && this.view) return;
    const next = newer(held, chat);
    if (held && held === next) return;
    this.byId.set(chat.id, next);
    this.draw();
  }

  /** recent is the list's chats, the newest first. */
  recent() {
    return this.view === 'deleted' ? [] : [...this.byId.values()].sort(newest);
  }

  /** read shows a chat as read. */
  read(id) {
    const chat = this.byId.get(id);
    if (!chat?.me?.unread) return;
    chat.me = { ...chat.me, unread: 0 };
    this.draw();
  }

  select(id) {
    this.current = id;
    for (const link of $('chats').querySelectorAll('.chat-link')) {
      if (link.dataset.id === id) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  }

  draw() {
    const focused = document.activeElement?.closest?.('[data-id]')?.dataset.id;
    const groups = new Map();
    for (const chat of [...this.byId.values()].sort(newest)) {
      const name = chat.me?.pinned && !this.view ? 'Pinned' : period(chat.updated_at);
      groups.set(name, [...(groups.get(name) ?? []), chat]);
    }
    const names = [...groups.keys()].sort((a, b) => (b === 'Pinned') - (a === 'Pinned'));
    $('chats').replaceChildren(...names.map((name) => this.#group(name, groups.get(name))),
      this.byId.size ? '' : this.#empty(), this.next ? button('Show more', { kind: 'quiet small more-chats', onclick: () => this.#more() }) : '');
    $('chats-view').hidden = !this.view;
    $('chats-view').replaceChildren(views[this.view], button('Back to chats', { kind: 'quiet small', onclick: () => this.#show('') }));
    if (focused) $('chats').querySelector(`[data-id="${focused}"]`)?.focus();
    this.on.drawn();
  }

  /** unread counts what is unread in the chats listed, but for the open one. */
  unread() {
    return [...this.byId.values()].reduce((sum, chat) => sum + (chat.id === this.current || chat.me?.archived ? 0 : chat.me?.unread ?? 0), 0);
  }

  #group(name, chats) {
    const id = `group-${name.replaceAll(' ', '-').toLowerCase()}`;
    return h('section', { 'aria-labelledby': id }, h('h2', { id, class: 'group' }, name), h('ul', {}, ...chats.map((chat) => this.#row(chat))));
  }

  #row(chat) {
    const more = button(`More for ${chat.title}`, { icon: 'ellipsis', iconOnly: true, kind: 'quiet small', 'aria-haspopup': 'menu', onclick: () => menu(more, 'Chat', this.actions(chat)) });
    const unread = chat.me?.unread && chat.id !== this.current ? h('span', { class: 'unread' }, String(Math.min(chat.me.unread, 99)), h('span', { class: 'visually-hidden' }, ' unread')) : '';
    const link = h('a', {
      class: 'chat-link', href: `/c/${chat.id}`, dataset: { id: chat.id }, title: `${chat.title}\n${ago(chat.updated_at)}`,
      'aria-current': chat.id === this.current ? 'page' : undefined,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (this.view === 'deleted') return toast('Restore the chat to open it.', { action: 'Restore', run: () => this.restore(chat) });
        this.on.open(chat.id);
      },
    }, h('span', { class: 'chat-title', dir: 'auto' }, chat.title), unread);
    return h('li', { class: 'chat-row' }, link, more);
  }

  #empty() {
    if (!this.loaded) return '';
    const text = { '': 'Your chats will be listed here. Write a message to begin one.', archived: 'Nothing is archived.', deleted: 'Nothing was deleted in the last 7 days.' }[this.view];
    return h('p', { class: 'chats-empty' }, text);
  }

  /** actions are what can be done with a chat, for a menu. */
  actions(chat) {
    const { me = {} } = chat;
    if (this.view === 'deleted' && !this.byIdIsOpen(chat)) return [{ label: 'Restore', icon: 'undo-2', run: () => this.restore(chat) }];
    return [
      me.role === 'owner' && { label: 'Rename', icon: 'pencil', run: () => this.rename(chat) },
      { label: me.pinned ? 'Unpin' : 'Pin', icon: me.pinned ? 'pin-off' : 'pin', run: () => this.#patch(chat, { pinned: !me.pinned }) },
      { label: me.archived ? 'Move back to chats' : 'Archive', icon: me.archived ? 'archive-restore' : 'archive', run: () => this.#archive(chat) },
      me.role === 'owner' && null,
      me.role === 'owner' && { label: 'Delete', icon: 'trash-2', danger: true, run: () => this.remove(chat) },
    ].filter((entry) => entry !== false);
  }

  byIdIsOpen(chat) {
    return chat.id === this.current;
  }

  rename(chat) {
    const input = h('input', { name: 'title', type: 'text', value: chat.title, maxlength: '255', dir: 'auto', required: true });
    const box = dialog('Rename this chat', form([field('Title', input)], 'Rename', async ({ title }) => {
      await this.#store(chat, { title });
      box.close();
    }));
    input.select();
  }

  async #store(chat, change) {
    const now = await this.api.patch(`/chats/${chat.id}`, change);
    this.take(now);
    this.on.changed(now);
    return now;
  }

  #patch(chat, change) {
    return this.#store(chat, change).catch(complain);
  }

  async #archive(chat) {
    const archived = !chat.me?.archived;
    if (!(await this.#patch(chat, { archived }))) return;
    this.#drop(chat.id);
    toast(archived ? 'Chat archived.' : 'Chat is back in your list.', { action: 'Undo', run: () => this.#store(chat, { archived: !archived }).then(() => this.load()).catch(complain) });
    if (archived && this.current === chat.id) this.on.gone(chat.id);
  }

  async remove(chat) {
    const others = chat.member_count > 1;
    if (others && !(await confirm('Delete this chat?', `“${chat.title}” is deleted for all ${chat.member_count} people in it. It can be restored for 7 days.`, 'Delete chat'))) return;
    try {
      await this.api.delete(`/chats/${chat.id}`);
    } catch (failure) {
      return complain(failure);
    }
    this.#drop(chat.id);
    toast('Chat deleted.', { action: 'Undo', run: () => this.restore(chat) });
    if (this.current === chat.id) this.on.gone(chat.id);
  }

  async restore(chat) {
    try {
      await this.api.post(`/chats/${chat.id}/restore`);
      await this.#show('');
      this.on.open(chat.id);
    } catch (failure) {
      complain(failure);
    }
  }

  /** forget takes out a chat that one is no longer in. */
  forget(id) {
    this.#drop(id);
    return this.load().catch(complain);
  }

  #drop(id) {
    this.byId.delete(id);
    this.draw();
  }

  #filter() {
    menu($('chats-filter'), 'Show', Object.entries(views).map(([view, label]) => ({ label, checked: view === this.view, run: () => this.#show(view) })));
  }

  #show(view) {
    this.view = view;
    this.clear();
    this.draw();
    return this.load().catch(complain);
  }

  #arrows(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...$('chats').querySelectorAll('.chat-link')];
    const at = links.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    (links[at + step] ?? (step < 0 ? $('search') : links[at])).focus();
  }
}

const newest = (a, b) => (a.updated_at < b.updated_at ? 1 : -1);

// The newer of two copies; the caller's own part takes no rev, so the one that
// came last counts.
function newer(held, chat) {
  if (!held) return chat;
  const shared = chat.rev >= held.rev ? chat : held;
  return { ...shared, me: chat.me ?? held.me };
}
