// Outbox holds this tab's messages until the server has acknowledged them. Each
// has a client_id, so that one sent twice is stored once; one that was on its
// way when the connection was cut, or the tab reloaded, is sent again.

const retried = new Set(['unavailable', 'rate_limited', 'internal']);

export class Outbox {
  /**
   * request(type, data) asks over the socket; stored(message) is told of each
   * ack; touched(chatId) of each change of what is shown. Of what an earlier
   * page left only this user's is sent.
   */
  constructor({ request, stored, touched, storage, userId, later = (work, wait) => setTimeout(work, wait) }) {
    Object.assign(this, { request, stored, touched, storage, later });
    this.key = `quillium.${userId}.outbox`;
    this.items = read(storage, this.key);
    this.sending = new Set(); // chats with a message on its way: one after the other keeps their order
  }

  of(chatId) {
    return this.items.filter((item) => item.chat_id === chatId);
  }

  /** add takes {chat_id, content, model?, reply_to?, after: the last seq known}. */
  add(message) {
    this.items.push({ ...message, client_id: clientID(), at: new Date().toISOString() });
    this.#changed(message.chat_id);
    this.flush();
  }

  /** retry sends one that was refused once more, under the same client_id. */
  retry(clientId) {
    const item = this.items.find((item) => item.client_id === clientId);
    if (!item) return;
    item.failure = undefined;
    this.#changed(item.chat_id);
    this.flush();
  }

  /** discard forgets one that was refused and gives it back. */
  discard(clientId) {
    const item = this.items.find((item) => item.client_id === clientId);
    this.#drop(item);
    return item;
  }

  /** flush sends what waits; call it after every welcome. */
  flush() {
    for (const chatId of new Set(this.items.map((item) => item.chat_id))) this.#next(chatId);
  }

  /** refuse marks what is on its way as refused: the server would not read it. */
  refuse(sentence) {
    for (const item of this.items.filter((item) => item.sent && !item.failure)) {
      item.failure = { code: 'too_large', message: sentence };
      this.#changed(item.chat_id);
    }
  }

  async #next(chatId) {
    const item = this.items.find((item) => item.chat_id === chatId && !item.failure);
    if (!item || this.sending.has(chatId)) return;
    this.sending.add(chatId);
    const { chat_id, content, client_id, model, reply_to } = item;
    try {
      item.sent = true;
      const { message } = await this.request('message', { chat_id, content, client_id, model, reply_to });
      this.stored(message);
      this.#drop(item);
    } catch (failure) {
      item.sent = false;
      this.#refused(item, failure);
    }
    this.sending.delete(chatId);
    if (!item.waiting) this.#again(chatId, item);
  }

  // After a cut the next welcome flushes; going on at once would spin.
  #again(chatId, item) {
    if (!item.cut) this.#next(chatId);
    item.cut = false;
  }

  #refused(item, failure) {
    if (failure.code === 'cut') {
      item.cut = true;
      return;
    }
    item.tries = (item.tries ?? 0) + 1;
    if (retried.has(failure.code) && item.tries <= 5) {
      item.waiting = true;
      this.later(() => ((item.waiting = false), this.#next(item.chat_id)), failure.retryAfter || 1000 * item.tries);
      return;
    }
    item.tries = 0;
    item.failure = { code: failure.code, message: failure.message };
    this.#changed(item.chat_id);
  }

  #drop(item) {
    const at = this.items.indexOf(item);
    if (at < 0) return;
    this.items.splice(at, 1);
    this.#changed(item.chat_id);
  }

  #changed(chatId) {
    try {
      const kept = this.items.map(({ chat_id, content, client_id, model, reply_to, at, after, failure }) => ({ chat_id, content, client_id, model, reply_to, at, after, failure }));
      this.storage?.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Full or forbidden: the tab's memory has them still.
    }
    this.touched(chatId);
  }
}

function read(storage, key) {
  try {
    return JSON.parse(storage?.getItem(key) ?? '[]');
  } catch {
    return [];
  }
}

// crypto.randomUUID exists in secure contexts only.
function clientID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
