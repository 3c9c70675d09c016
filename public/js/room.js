// Room is what this client knows of one chat, by the rules of the protocol:
// state, not a log. It is pure: no sockets, no clock, no DOM. Whatever is cut,
// doubled or late, it ends with what the server stores.

import { better, betterMember, append, GREW, GAP } from './copy.js';
import { Presence } from './presence.js';

export class Room {
  /** touched(ids) is called after each change, with the ids of changed messages. */
  constructor(id, touched = () => {}, userId = null) {
    this.id = id;
    this.touched = touched;
    this.userId = userId; // whose client this is
    this.epoch = 0; // counts the times all was forgotten
    this.store = null; // which database `have` belongs to
    this.asked = false; // a subscribe is on its way
    this.lost = null; // the error that closed this room
    this.#forget();
  }

  #forget() {
    this.have = null;
    this.low = null; // the lowest place held
    this.chat = null;
    this.me = null;
    this.messages = new Map();
    this.members = new Map();
    this.online = new Presence();
    this.paging = null;
    this.epoch++;
  }

  /** list is the messages held, by their places. */
  list() {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** people is who is in the chat, owners first. */
  people() {
    return [...this.members.values()].filter((member) => !member.removed).sort(byRole);
  }

  /** unread counts the messages held that others wrote since one read. */
  get unread() {
    const from = this.me?.last_read_seq ?? 0;
    return [...this.messages.values()].filter((m) => m.seq > from && !m.deleted_at && m.author?.id !== this.userId).length;
  }

  /** last is the highest place held, 0 where there is none. */
  get last() {
    return [...this.messages.values()].reduce((last, m) => Math.max(last, m.seq), 0);
  }

  /** hasOlder tells whether there are places below those held. */
  get hasOlder() {
    return this.low !== null && this.low > 1;
  }

  /**
   * ask gives the chat entry of a subscribe request, or null while one is on
   * its way: at most one in flight, however many gaps are seen meanwhile.
   */
  ask() {
    if (this.asked || this.lost) return null;
    this.asked = true;
    return this.have === null ? { chat_id: this.id } : { chat_id: this.id, since: this.have };
  }

  /** cut says that the connection is gone, and with it any answer to ask. */
  cut() {
    this.asked = false;
    this.online = new Presence();
  }

  /** lose closes the room: removed from it, or it is not there. */
  lose(error) {
    this.lost = error;
    this.asked = false;
    this.touched([]);
  }

  /** subscribed takes the answer to ask; store names the server's database. */
  subscribed(data, store = null) {
    this.asked = false;
    if (data.reset) {
      this.#forget();
      this.low = data.messages.reduce((low, m) => Math.min(low, m.seq), data.chat.last_seq + 1);
    }
    this.store = store;
    this.me = data.me ?? this.me;
    this.online = new Presence(data.online);
    const changed = this.#takeAll(data);
    this.have = data.reset ? data.rev : Math.max(this.have ?? 0, data.rev);
    this.touched(data.reset ? null : changed);
  }

  /** changes takes what changed in (from, rev]; true: subscribe. */
  changes(data) {
    if (this.have === null) return !this.lost;
    if (data.rev <= this.have) return false;
    if (data.from > this.have) return true;
    const changed = this.#takeAll(data);
    this.have = data.rev;
    this.touched(changed);
    return false;
  }

  /** delta lets a running answer grow; true: subscribe. */
  delta(data) {
    if (this.have === null) return !this.lost;
    const message = this.messages.get(data.message_id);
    if (!message || message.rev < data.rev) {
      if (!message) this.paging?.deltas.push(data);
      return data.rev > this.have;
    }
    if (message.rev > data.rev || message.status !== 'streaming') return false;
    const outcome = append(message, data);
    if (outcome === GREW) this.touched([message.id]);
    return outcome === GAP;
  }

  /** take is for a copy from elsewhere, an ack or the JSON API. It never moves `have`. */
  take(message) {
    if (this.have !== null && this.#take(message)) this.touched([message.id]);
  }

  /** takeChat is for a chat from the JSON API, with the caller's own part. */
  takeChat(chat) {
    if (this.have === null) return;
    if (chat.rev >= this.chat.rev) this.chat = { ...chat, me: undefined };
    this.me = chat.me ?? this.me;
    this.touched([]);
  }

  /** takeMembers is for copies from the JSON API, which may name addresses. */
  takeMembers(members) {
    if (this.have === null) return;
    for (const member of members) this.#takeMember(member);
    this.touched([]);
  }

  /** read notes that somebody has read up to a place; it never goes back. */
  read(userId, seq) {
    const member = this.members.get(userId);
    if (member && member.last_read_seq < seq) this.members.set(userId, { ...member, last_read_seq: seq });
    if (userId === this.userId && this.me && this.me.last_read_seq < seq) this.me = { ...this.me, last_read_seq: seq, unread: 0 };
    this.touched([]);
  }

  /** presence takes who came online and who went. */
  presence(data) {
    if (this.have === null) return;
    this.online.take(data);
    this.touched([]);
  }

  /** isOnline tells whether a member is online. */
  isOnline(userId) {
    return this.online.has(userId, this.chat?.member_count ?? 0);
  }

  /** mine takes one's own part, changed on another device; reading never goes back. */
  mine(me) {
    if (this.have === null) return;
    this.me = { ...me, last_read_seq: Math.max(me.last_read_seq, this.me?.last_read_seq ?? 0) };
    this.touched([]);
  }

  /**
   * older begins paging and gives the place to page before, or null where
   * there is nothing older or a page is on its way. What arrives meanwhile
   * about places below is kept for the page, which may be the staler.
   */
  older() {
    if (!this.hasOlder || this.paging) return null;
    this.paging = { before: this.low, epoch: this.epoch, waiting: new Map(), deltas: [] };
    return this.low;
  }

  /** page takes the page asked for by older, null where it could not be had; true: subscribe. */
  page(messages, before) {
    const paging = this.paging;
    if (!paging || paging.before !== before || paging.epoch !== this.epoch) return false;
    this.paging = null;
    if (messages === null) messages = [];
    else if (!messages.length) this.low = 1;
    this.low = messages.reduce((low, m) => Math.min(low, m.seq), this.low);
    for (const message of messages) this.#take(message);
    for (const message of paging.waiting.values()) this.#take(message);
    const gaps = paging.deltas.filter((delta) => this.delta(delta));
    this.touched(null);
    return gaps.length > 0;
  }

  #takeAll(data) {
    if (data.chat && !(this.chat && data.chat.rev < this.chat.rev)) this.chat = { ...data.chat, me: undefined };
    for (const member of data.members ?? []) {
      this.#takeMember(member);
      // What all are sent says nothing of one's own part but this.
      if (member.user.id === this.userId && !member.removed) this.me = { ...this.me, role: member.role };
    }
    return (data.messages ?? []).filter((message) => this.#take(message)).map((message) => message.id);
  }

  #takeMember(member) {
    this.members.set(member.user.id, betterMember(this.members.get(member.user.id), member));
  }

  // A client that holds places a..b takes none below a except by paging.
  #take(message) {
    if (message.seq < this.low) {
      const waiting = this.paging?.waiting;
      waiting?.set(message.id, better(waiting.get(message.id), message));
      return false;
    }
    const held = this.messages.get(message.id);
    const next = better(held, message);
    if (next === held) return false;
    this.messages.set(message.id, next);
    return true;
  }
}

const roles = ['owner', 'editor', 'viewer'];

function byRole(a, b) {
  return roles.indexOf(a.role) - roles.indexOf(b.role) || a.user.name.localeCompare(b.user.name) || (a.user.id < b.user.id ? -1 : 1);
}
