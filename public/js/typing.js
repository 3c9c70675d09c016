// Typing tells the others that one types, and knows who else does. Pure: the
// clock and the socket are given.

const repeat = 3000; // milliseconds between two words about oneself
const holds = 6000; // how long somebody's word counts

export class Typing {
  /** send(type, data) tells the server; changed(chatId) hears of each change. */
  constructor({ send, changed, now = Date.now, later = (work, wait) => setTimeout(work, wait) }) {
    Object.assign(this, { send, changed, now, later });
    this.told = { chatId: '', at: -repeat };
    this.heardOf = new Map(); // chat id -> user id -> {name, until}
  }

  /** wrote is called at each change of what is being written. */
  wrote(chatId, text) {
    if (!chatId || !text.trim()) return;
    const at = this.now();
    if (this.told.chatId === chatId && at - this.told.at < repeat) return;
    if (this.send('typing', { chat_id: chatId })) this.told = { chatId, at };
  }

  /** sent makes the next key be told at once again. */
  sent() {
    this.told = { chatId: '', at: -repeat };
  }

  /** heard takes the server's word that somebody types. */
  heard({ chat_id, user }) {
    const people = this.heardOf.get(chat_id) ?? new Map();
    this.heardOf.set(chat_id, people.set(user.id, { name: user.name, until: this.now() + holds }));
    this.later(() => this.#forget(chat_id), holds + 50);
    this.changed(chat_id);
  }

  /** said ends it for somebody whose message is there. */
  said(chatId, userId) {
    if (this.heardOf.get(chatId)?.delete(userId)) this.changed(chatId);
  }

  #forget(chatId) {
    const people = this.heardOf.get(chatId);
    const gone = [...(people ?? [])].filter(([, { until }]) => until <= this.now());
    for (const [id] of gone) people.delete(id);
    if (!people?.size) this.heardOf.delete(chatId);
    if (gone.length) this.changed(chatId);
  }

  /** names says who types in a chat now. */
  names(chatId) {
    return [...(this.heardOf.get(chatId)?.values() ?? [])].filter(({ until }) => until > this.now()).map(({ name }) => name);
  }
}
