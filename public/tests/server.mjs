// A model of the server's side of one chat, for the tests of Room: the truth,
// and one socket's queue of frames that can be cut, doubled and mixed up.

export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (n) => Math.floor(next() * n), chance: (p) => next() < p, pick: (list) => list[Math.floor(next() * list.length)] };
}

const encoder = new TextEncoder();
const bytes = (text) => encoder.encode(text ?? '').length;
const words = ['ink ', 'quill', 'ä', '漢字', '🪶', ' \n', 'مرحبا', 'x', '👩‍👩‍👧'];

export class Server {
  constructor(rng) {
    this.rng = rng;
    this.store = 'store-1';
    this.chat = { id: 'c', title: 'New chat', rev: 1, last_seq: 0 };
    this.floor = 0;
    this.messages = new Map();
    this.queue = []; // frames on their way to the client
    this.sent = null; // rev sent last on this socket; null: not subscribed
    this.old = []; // copies made earlier, to arrive late
  }

  sorted() {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  copy(message) {
    return structuredClone(message);
  }

  running() {
    return this.sorted().filter((m) => m.status === 'streaming' && !m.deleted_at);
  }

  post() {
    const rev = ++this.chat.rev;
    const question = this.#message('user', 'complete', rev, this.rng.pick(words));
    const answer = this.#message('assistant', 'queued', ++this.chat.rev, '');
    answer.reply_to = question.id;
  }

  #message(role, status, rev, content) {
    const seq = ++this.chat.last_seq;
    const message = { id: `m${this.store}${seq}`, chat_id: 'c', seq, rev, role, status, content, reasoning: null, deleted_at: null };
    this.messages.set(message.id, message);
    return message;
  }

  /** step makes one random change of the truth. */
  step() {
    const { rng } = this;
    if (rng.chance(0.03)) this.backup = structuredClone({ chat: this.chat, floor: this.floor, messages: this.messages });
    const live = this.sorted().filter((m) => !m.deleted_at);
    const roll = rng.below(100);
    if (roll < 12 || !live.length) return this.post();
    const message = rng.pick(live);
    if (roll < 25 && message.status === 'queued') return this.#change(message, { status: 'streaming' });
    if (roll < 32 && message.status === 'streaming') return this.#change(message, { status: rng.pick(['complete', 'failed', 'stopped']) });
    if (roll < 36 && message.role === 'assistant' && !['queued', 'streaming'].includes(message.status)) {
      return this.#change(message, { status: 'queued', ...(rng.chance(0.5) ? { content: '', reasoning: null } : {}) });
    }
    if (roll < 40 && message.role === 'user') return this.#change(message, { content: message.content + '(edited)' });
    if (roll < 43) return this.#change(message, { content: '', reasoning: null, status: 'complete', deleted_at: 'now' });
    if (roll < 46) return void (this.chat.title = `Title ${++this.chat.rev}`);
    if (roll < 47) return this.#erase();
    this.growAll();
  }

  growAll() {
    for (const answer of this.running()) this.#grow(answer);
  }

  #change(message, change) {
    this.old.push(this.copy(message));
    Object.assign(message, change, { rev: ++this.chat.rev });
  }

  #erase() {
    const gone = this.sorted().filter((m) => m.deleted_at);
    if (!gone.length || gone[0].seq !== this.sorted()[0].seq) return;
    this.messages.delete(gone[0].id);
    this.old = this.old.filter((m) => m.id !== gone[0].id);
    this.floor = ++this.chat.rev;
  }

  #grow(message) {
    const part = this.rng.chance(0.3) ? 'reasoning' : 'content';
    const offset = bytes(message[part]);
    const text = Array.from({ length: 1 + this.rng.below(4) }, () => this.rng.pick(words)).join('');
    if (this.rng.chance(0.2)) this.old.push(this.copy(message));
    message[part] = (message[part] ?? '') + text;
    if (this.sent === null || this.sent < message.rev) return;
    this.queue.push({ type: 'delta', data: { chat_id: 'c', message_id: message.id, rev: message.rev, part, offset, end: offset + bytes(text), text } });
  }

  /** publish queues what changed since the rev sent last, or a notice of it. */
  publish() {
    if (this.sent === null || this.sent === this.chat.rev) return;
    const from = this.sent;
    this.sent = this.chat.rev;
    if (this.floor > from || this.rng.chance(0.05)) {
      this.queue.push({ type: 'changes', data: { chat_id: 'c', from: this.chat.rev, rev: this.chat.rev, messages: [] } });
      return;
    }
    const messages = this.sorted().filter((m) => m.rev > from).map((m) => this.copy(m));
    this.queue.push({ type: 'changes', data: { chat_id: 'c', from, rev: this.chat.rev, messages, chat: { ...this.chat } } });
  }

  /** subscribe answers as a server does: register, read, answer. */
  subscribe({ since }, store, limit) {
    const known = since !== undefined && since <= this.chat.rev && since >= this.floor && (!store || store === this.store);
    const changed = this.sorted().filter((m) => m.rev > since);
    const reset = !known || changed.length > limit;
    const running = this.sorted().filter((m) => ['queued', 'streaming'].includes(m.status) && !(m.rev > since));
    const messages = (reset ? this.sorted().slice(-limit) : [...changed, ...running]).map((m) => this.copy(m));
    this.sent = this.chat.rev;
    this.queue.push({ type: 'subscribed', store: this.store, data: { chat: { ...this.chat }, me: {}, rev: this.chat.rev, reset, messages, members: [], online: [] } });
  }

  page(before, limit) {
    return this.sorted().filter((m) => m.seq < before).slice(-limit).map((m) => this.copy(m));
  }

  cut() {
    this.queue = this.queue.slice(0, 0);
    this.sent = null;
  }

  /** restore goes back to an earlier state of the database, under a new name. */
  restore() {
    this.cut();
    this.store += "'";
    if (this.backup) Object.assign(this, structuredClone(this.backup));
    this.old = [];
  }
}
