// RoomView shows the open chat around its messages: title, model, what there is
// when there is nothing, earlier pages, and how far one has read.

import { $, button, h } from './dom.js';
import { activity, showActivity } from './activity.js';
import { Messages } from './messages.js';
import { Scroll } from './scroll.js';
import { menu } from './menu.js';
import { roomSettings } from './roomsettings.js';
import { complain, toast } from './toast.js';

const openers = ['What is Quillium?', 'How do I connect a language model?', 'What can I do in a chat?'];

export class RoomView {
  /** context: {api, session, rooms, chats, chatList, chatActions, models, composer, outbox, actions, people, typing, marks, search, names(all)} */
  constructor(context) {
    Object.assign(this, context);
    this.scroll = new Scroll($('log-scroll'), $('jump'), (atEnd) => atEnd && this.#read());
    this.seen = null; // the last place that was read when something new came
    this.messages = new Messages({
      log: $('log'), scroll: this.scroll, room: () => this.rooms.open, waiting: (id) => this.outbox.of(id), seen: () => this.seen,
      context: {
        user: this.session.user, modelName: (id) => this.models.name(id),
        names: (all) => this.names(all), find: (id) => this.rooms.open?.messages.get(id), actions: (message) => this.actions.of(message),
        asks: (text) => this.actions.asks(text), stepper: (message) => this.actions.versions.stepper(message),
      },
    });
    $('older').addEventListener('click', () => this.#older());
    $('log-scroll').addEventListener('scroll', () => $('log-scroll').scrollTop < 300 && this.#older(), { passive: true });
    $('room-settings').addEventListener('click', () => this.#settings());
    $('room-more').addEventListener('click', () => menu($('room-more'), 'This chat', [{ label: 'Search in this chat', icon: 'search', run: () => this.search.show(true) }, ...this.chatActions.of(this.#chat())]));
    document.addEventListener('visibilitychange', () => this.#read());
  }

  /** enter shows a chat, or the beginning of a new one ('' ); seq: at this place. */
  enter(id, seq = null) {
    this.target = seq;
    if (id && seq && this.rooms.open?.id === id) return this.changed(null);
    this.messages.clear();
    this.seen = null;
    this.entered = false;
    this.composer.enter(id);
    clearTimeout(this.skeleton);
    if (id) {
      this.rooms.enter(id);
      this.skeleton = setTimeout(() => this.rooms.open?.have === null && this.#loading(), 200);
    } else {
      this.rooms.leave();
    }
    this.chatList.select(id);
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
    this.people.changed();
    showActivity($('activity'), ready ? activity(room, this.typing.names(room.id), this.session.user.id) : { text: '' });
    if (!ready || this.#seeking(room)) return;
    this.#unseen(room);
    this.messages.changed(ids);
    this.#read();
  }

  // A place further up is paged to; nothing is drawn on the way.
  #seeking(room) {
    if (!this.target) return false;
    if (room.hasOlder && room.low > this.target) {
      if (!$('log').children.length) this.#loading();
      this.#older(100);
      return true;
    }
    const found = room.list().find((message) => message.seq === this.target);
    if (!found && room.asked) return false; // it may be among what is on its way
    this.target = null;
    this.entered = true;
    if (found) this.messages.find(found.id);
    else toast('This message is not here any more.');
    return false;
  }

  // What came while nobody looked begins with a line; it stays until one
  // writes or goes. On entering one begins to read there.
  #unseen(room) {
    const first = !this.entered;
    this.entered ||= !room.asked; // until the answer is there this is the past
    if (this.seen !== null || !room.unread || (!first && this.#looking())) return;
    this.seen = room.me?.last_read_seq ?? 0;
    if (first) this.messages.begin();
  }

  /** wrote goes to the end, where one's own message is. */
  wrote() {
    this.seen = null;
    this.scroll.toEnd();
    this.changed(null);
  }

  #looking() {
    return !document.hidden && this.scroll.stuck;
  }

  #chat() {
    const room = this.rooms.open;
    return { ...room.chat, me: room.me };
  }

  #head(room, ready) {
    const title = ready ? room.chat.title : room ? this.chats.byId.get(room.id)?.title ?? 'Chat' : 'New chat';
    if ($('room-title').textContent !== title) $('room-title').textContent = title;
    $('room-title').title = title;
    this.tab();
    $('room-settings').hidden = !ready;
    $('room-more').hidden = !ready;
  }

  /** tab names the browser's tab: what is unread anywhere, and the chat. */
  tab() {
    const count = this.chats.unread() + (this.rooms.open?.unread ?? 0);
    const title = (this.rooms.open && $('room-title').textContent) || 'New chat';
    const name = `${count ? `(${Math.min(count, 99)}) ` : ''}${title} · ${document.body.dataset.name}`;
    if (document.title !== name) document.title = name;
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
    else if (ready && room.me?.role === 'viewer') this.composer.may(false, 'You are a viewer: you read here. An owner of this chat can let you write.');
    else this.composer.may(true, ready ? this.#asking(room.chat) : undefined);
    this.composer.running(ready && room.me?.role !== 'viewer' && this.#running().length > 0);
    if (ready) this.models.show(room.chat.model);
  }

  // Where models do not answer everything, how to ask one.
  #asking({ reply_policy: policy, member_count: people, model }) {
    if (policy === 'always') return undefined;
    const write = people > 1 ? 'Write to everybody' : 'Write a message';
    if (policy === 'never') return `${write}. Models do not answer here.`;
    return `${write}. @${model || this.models.standard()?.id || 'model'} asks a model.`;
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

  async #older(limit = 50) {
    const room = this.rooms.open;
    const before = room?.older() ?? null;
    if (before === null) return;
    try {
      const { data } = await this.api.get(`/chats/${room.id}/messages?before=${before}&limit=${limit}`);
      if (room.page(data, before)) this.rooms.subscribe(room);
    } catch (failure) {
      if (room === this.rooms.open) this.target = null;
      room.page(null, before);
      complain(failure);
    }
  }

  // Read is what is on the screen at the end of the log of a tab one looks at.
  #read() {
    const room = this.rooms.open;
    if (!room || room.have === null || room.lost || !this.#looking()) return;
    if (room.last > (room.me?.last_read_seq ?? 0)) this.marks.upTo(room.id, room.last);
  }

  /** marked notes that the server was told how far one has read. */
  marked(chatId, seq) {
    const room = this.rooms.get(chatId);
    room?.read(this.session.user.id, seq);
    if (!room?.unread) this.chats.read(chatId);
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
