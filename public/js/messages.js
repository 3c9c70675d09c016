// Messages draws the open room's log: one view a message, in the order of their
// places, and what still waits to be sent below them.

import { MessageView } from './message.js';
import { announce, h } from './dom.js';
import { daysAgo } from './time.js';

const marked = 2500; // milliseconds that a message which was found is marked

export class Messages {
  /** room() gives the open one; waiting() its unsent messages; seen() the last place that is not new, or null. */
  constructor({ log, scroll, context, room, waiting, seen }) {
    Object.assign(this, { log, scroll, context, room, waiting, seen });
    this.views = new Map();
    this.dirty = null;
    this.frame = 0;
  }

  /** changed draws these messages soon (ids null: all); many calls, one drawing. */
  changed(ids) {
    if (this.dirty !== 'all') {
      this.dirty = ids === null ? 'all' : new Set([...(this.dirty ?? []), ...ids]);
    }
    // A hidden tab gets no frames, and yet must be right when it is looked at.
    this.frame ||= document.hidden ? setTimeout(() => this.#draw(), 200) : requestAnimationFrame(() => this.#draw());
  }

  /** clear empties the log for another room. */
  clear() {
    this.views.clear();
    this.log.replaceChildren();
    this.dirty = 'all';
    this.scroll.reset();
  }

  /** begin puts what is new in sight when it is drawn next. */
  begin() {
    this.beginning = true;
  }

  /** find brings a message into sight when it is drawn, and marks it for a moment. */
  find(id) {
    this.wanted = id;
    this.beginning = false;
  }

  /** edit opens the editor of a message. */
  edit(id, save) {
    this.views.get(id)?.edit(save);
  }

  /** steady keeps a message's versions where they are when it changes next; null: no longer. */
  steady(message) {
    this.still = message;
  }

  #draw() {
    this.frame = 0;
    const room = this.room();
    const dirty = this.dirty;
    this.dirty = null;
    if (!room) return;
    if (dirty !== 'all' && [...dirty].every((id) => this.#grows(room, id))) {
      for (const id of dirty) this.views.get(id).draw(room.messages.get(id));
    } else {
      this.#drawAll(room);
    }
    if (this.beginning) this.scroll.toNew(this.log.querySelector('.new'));
    this.beginning = false;
    if (this.wanted) this.#found(this.views.get(this.wanted)?.element);
    this.wanted = null;
    this.scroll.settle();
  }

  #found(element) {
    if (!element) return;
    this.scroll.to(element);
    element.focus({ preventScroll: true });
    element.dataset.found = '';
    setTimeout(() => delete element.dataset.found, marked);
  }

  // A message that only grows changes nothing around it.
  #grows(room, id) {
    const message = room.messages.get(id);
    const drawn = this.views.get(id)?.message;
    return Boolean(message && drawn && drawn.rev === message.rev && message.status === 'streaming');
  }

  #drawAll(room) {
    const list = room.list();
    const shown = [...list, ...this.#unsent(room)];
    const keep = new Set(shown.map((message) => message.id));
    for (const [id, view] of this.views) {
      if (keep.has(id)) continue;
      view.element.remove();
      this.views.delete(id);
    }
    const top = this.log.firstElementChild;
    this.scroll.keeping(() => this.#place(shown), this.#steadied(room));
    if (top && list.length) this.#tell(list.at(-1));
  }

  // The message is drawn anew: its element stays, what is in it does not.
  #steadied(room) {
    const view = this.views.get(this.still?.id);
    if (!view || room.messages.get(this.still.id)?.rev === view.message.rev) return null;
    this.still = null;
    return { isConnected: true, getBoundingClientRect: () => (view.element.querySelector('.versions') ?? view.element).getBoundingClientRect() };
  }

  #place(shown) {
    for (const divider of this.log.querySelectorAll('.divider')) divider.remove();
    let at = this.log.firstElementChild;
    let before = null;
    let unseen = this.seen() !== null;
    for (const message of shown) {
      const view = this.views.get(message.id) ?? new MessageView(this.context);
      this.views.set(message.id, view);
      view.draw(message);
      if (before && daysAgo(before.created_at) !== daysAgo(message.created_at)) this.log.insertBefore(divider(message), at);
      if (unseen && message.seq > this.seen()) {
        if (before || message.seq === this.seen() + 1) this.log.insertBefore(newLine(), at);
        unseen = false;
      }
      if (view.element === at) at = at.nextElementSibling;
      else this.log.insertBefore(view.element, at);
      before = message;
    }
  }

  // Own messages that the server has not acknowledged. One that has already
  // come back by way of `changes` is not shown twice.
  #unsent(room) {
    const me = this.context.user;
    const back = room.list().slice(-20).filter((m) => m.author?.id === me.id && !m.deleted_at);
    return this.waiting(room.id).filter((item) => item.failure || !back.some((m) => m.content === item.content && m.seq > (item.after ?? 0)))
      .map((item) => ({
        id: item.client_id, rev: 0, role: 'user', author: me, content: item.content, reply_to: item.reply_to ?? null,
        status: 'complete', created_at: item.at, versions: 1, pending: !item.failure, failure: item.failure, item,
      }));
  }

  // An answer that has just ended is told to those who listen.
  #tell(last) {
    const running = last.status === 'streaming' || last.status === 'queued';
    if (this.told === last.id && !running && last.role === 'assistant') {
      announce(`${this.context.modelName(last.model)}: ${last.status === 'complete' ? 'the answer is complete' : last.error?.message ?? 'the answer was stopped'}.`);
    }
    this.told = running ? last.id : null;
  }
}

function newLine() {
  return h('div', { class: 'divider new' }, h('span', {}, 'New'));
}

function divider(message) {
  const day = new Intl.DateTimeFormat([...navigator.languages], { dateStyle: 'full' }).format(new Date(message.created_at));
  const days = daysAgo(message.created_at);
  return h('div', { class: 'divider' }, h('span', {}, days === 0 ? 'Today' : days === 1 ? 'Yesterday' : day));
}
