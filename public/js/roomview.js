// RoomView shows the open chat around its messages: title, model, what there is
// when there is nothing, earlier pages, and how far one has read.

import { $, button, h } from './dom.js';
import { Messages } from './messages.js';
import { Scroll } from './scroll.js';
import { menu } from './menu.js';
import { roomSettings } from './roomsettings.js';
import { complain } from './toast.js';

const openers = ['What is Quillium?', 'How do I connect a language model?', 'What can I do in a chat?'];

export class RoomView {
  /** context: {api, session, socket, rooms, chats, models, composer, outbox, actions, user, modelName, …} */
  constructor(context) {
    Object.assign(this, context);
    this.scroll = new Scroll($('log-scroll'), $('jump'), (atEnd) => atEnd && this.#read());
    this.messages = new Messages({
      log: $('log'), scroll: this.scroll, room: () => this.rooms.open, waiting: (id) => this.outbox.of(id),
      context: {
        user: this.session.user, modelName: (id) => this.models.name(id),
        find: (id) => this.rooms.open?.messages.get(id), actions: (message) => this.actions.of(message),
      },
    });
    $('older').addEventListener('click', () => this.#older());
    $('log-scroll').addEventListener('scroll', () => $('log-scroll').scrollTop < 300 && this.#older(), { passive: true });
    $('room-settings').addEventListener('click', () => this.#settings());
    $('room-more').addEventListener('click', () => menu($('room-more'), 'This chat', this.chats.actions(this.#chat())));
    document.addEventListener('visibilitychange', () => this.#read());
  }

  /** enter shows a chat, or the beginning of a new one ('' ). */
  enter(id) {
    this.messages.clear();
    this.composer.enter(id);
    clearTimeout(this.skeleton);
    if (id) {
      this.rooms.enter(id);
      this.skeleton = setTimeout(() => this.rooms.open?.have === null && this.#loading(), 200);
    } else {
      this.rooms.leave();
    }
    this.chats.select(id);
    this.changed(null);
  }

  /** changed follows the open room; ids as Room tells them. */
  changed(ids) {
    const room = this.rooms.open;
    const ready = Boolean(room && room.have !== null && !room.lost);
    if (ready) $('log').querySelector('.skeleton')?.remove();
    this.#head(room, ready);
    this.#empty(room, ready);
    this.#writing(room, ready);
    $('older').hidden = !(ready && room.hasOlder);
    if (ready) this.messages.changed(ids);
    if (ready) this.#read();
  }

  #chat() {
    const room = this.rooms.open;
    return { ...room.chat, me: room.me };
  }

  #head(room, ready) {
    const title = ready ? room.chat.title : room ? this.chats.byId.get(room.id)?.title ?? '' : 'New chat';
    if ($('room-title').textContent !== title) $('room-title').textContent = title;
    $('room-title').title = title;
    document.title = `${room && title ? title : 'New chat'} · ${document.body.dataset.name}`;
    $('room-settings').hidden = !ready;
    $('room-more').hidden = !ready;
  }

  #empty(room, ready) {
    const blank = ready && !room.messages.size && !this.outbox.of(room.id).length;
    $('empty').hidden = !(!room || blank || room.lost);
    if ($('empty').hidden) return;
    const [heading, text] = room?.lost
      ? ['This chat is not here', room.lost.message]
      : ['What is on your mind?', 'Write below, and a model answers. Your chats are kept on this server.'];
    $('empty').querySelector('h2').textContent = heading;
    $('empty').querySelector('p').textContent = text;
    const guide = (ready ? room.chat.model : '') === 'guide' || this.models.standard()?.id === 'guide';
    $('openers').replaceChildren(...(room?.lost
      ? [h('a', { class: 'button', href: '/' }, 'Go to your chats')]
      : guide ? openers.map((text) => button(text, { kind: 'small', onclick: () => this.composer.restore(text) })) : []));
  }

  #writing(room, ready) {
    if (!room) return this.composer.may(true), this.composer.running(false);
    if (room.lost) this.composer.may(false, 'You cannot write here');
    else if (ready && room.me?.role === 'viewer') this.composer.may(false, 'You can read this chat, not write in it');
    else this.composer.may(true);
    this.composer.running(ready && room.me?.role !== 'viewer' && this.#running().length > 0);
    if (ready) this.models.show(room.chat.model);
  }

  #running() {
    return [...(this.rooms.open?.messages.values() ?? [])].filter((m) => (m.status === 'streaming' || m.status === 'queued') && !m.deleted_at);
  }

  /** stop ends whatever runs in this chat; false where nothing does. */
  stop() {
    const running = this.#running();
    for (const message of running) this.actions.stop(message);
    return running.length > 0;
  }

  async #older() {
    const room = this.rooms.open;
    const before = room?.older() ?? null;
    if (before === null) return;
    try {
      const { data } = await this.api.get(`/chats/${room.id}/messages?before=${before}&limit=50`);
      if (room.page(data, before)) this.rooms.subscribe(room);
    } catch (failure) {
      room.page(null, before);
      complain(failure);
    }
  }

  // Read is what is on the screen at the end of the log of a tab one looks at.
  #read() {
    const room = this.rooms.open;
    if (!room || room.have === null || room.lost || document.hidden || !this.scroll.stuck) return;
    const last = Math.max(0, ...[...room.messages.values()].map((m) => m.seq));
    if (last > (room.me?.last_read_seq ?? 0) && this.socket.send('read', { chat_id: room.id, seq: last })) {
      room.me = { ...room.me, last_read_seq: last, unread: 0 };
    }
    this.chats.read(room.id);
  }

  #settings() {
    const room = this.rooms.open;
    roomSettings(room.chat, room.me?.role === 'owner', async (changes) => this.store(await this.api.patch(`/chats/${room.id}`, changes)));
  }

  /** store takes a chat from the API into the room and the list. */
  store(chat) {
    this.rooms.get(chat.id)?.takeChat(chat);
    this.chats.take(chat);
  }

  #loading() {
    $('log').replaceChildren(h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('span'), h('span'), h('span')));
  }
}
