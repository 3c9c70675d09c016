// Rooms keeps the chats this tab knows in step with the server: which one is
// open, what to subscribe to after a welcome, and which frame goes where.

import { Room } from './room.js';

const kept = 12; // closed rooms whose state is kept for coming back
const pageSize = 50;

export class Rooms {
  /** touched(room, ids) is told of changes; ids null: everything. */
  constructor({ socket, touched, event, userId = null, later = (work, wait) => setTimeout(work, wait) }) {
    Object.assign(this, { socket, touched, event, userId, later });
    this.rooms = new Map();
    this.open = null;
    this.store = null;
    this.asking = new Map(); // request id -> room
    this.next = 1;
    this.cuts = 0;
  }

  get(id) {
    return this.rooms.get(id);
  }

  /** enter opens a chat, from what is known of it where that is something. */
  enter(id) {
    if (this.open?.id === id) return this.open;
    this.leave();
    let room = this.rooms.get(id);
    if (!room || room.lost) room = new Room(id, (ids) => this.touched(room, ids), this.userId);
    this.rooms.delete(id);
    this.rooms.set(id, room); // the last one used is the last in the map
    for (const old of [...this.rooms.keys()].slice(0, -kept)) this.rooms.delete(old);
    this.open = room;
    this.subscribe(room);
    return room;
  }

  leave() {
    if (!this.open) return;
    this.socket.send('unsubscribe', { chat_id: this.open.id });
    // An answer still on its way comes before this: it no longer counts.
    this.open.asked = false;
    for (const [id, room] of this.asking) if (room === this.open) this.asking.delete(id);
    this.open = null;
  }

  /** subscribe asks for what is missing, unless that is on its way. */
  subscribe(room) {
    if (room !== this.open || !this.socket.live) return;
    const entry = room.ask();
    if (!entry) return;
    const id = `s${this.next++}`;
    this.asking.set(id, room);
    this.socket.send('subscribe', { chats: [entry], limit: pageSize, ...(room.store ? { store: room.store } : {}) }, id);
  }

  welcome(data) {
    this.store = data.store;
    if (this.open) this.subscribe(this.open);
  }

  cut() {
    this.asking.clear();
    this.cuts++;
    for (const room of this.rooms.values()) room.cut();
  }

  frame(type, data, id) {
    if (type === 'subscribed') return this.#subscribed(data, id);
    if (type === 'error') return this.#refused(data, id);
    const room = this.rooms.get(data.chat_id);
    if (type === 'changes' || type === 'delta') {
      if (room?.[type](data)) this.subscribe(room);
    } else if (type === 'removed') {
      room?.lose({ code: 'not_found', message: 'You are no longer in this chat, or it was deleted.' });
    } else if (type === 'read') {
      room?.read(data.user_id, data.seq);
    } else if (type === 'presence') {
      room?.presence(data);
    } else if (type === 'inbox') {
      room?.mine(data.me);
    }
    this.event?.(type, data, room);
  }

  #subscribed(data, id) {
    const room = this.rooms.get(data.chat.id);
    if (!room) return;
    const current = this.asking.delete(id) || !room.asked;
    room.subscribed(data, this.store);
    room.asked = !current;
    this.event?.('subscribed', data, room);
  }

  #refused(data, id) {
    const room = this.asking.get(id);
    if (!room) return;
    this.asking.delete(id);
    if (['rate_limited', 'unavailable', 'internal'].includes(data.code)) {
      const cuts = this.cuts;
      this.later(() => {
        if (cuts !== this.cuts) return; // the welcome after the cut has asked
        room.asked = false;
        this.subscribe(room);
      }, data.retry_after_ms || 2000);
      return;
    }
    room.lose({ code: data.code, message: data.message });
  }
}
