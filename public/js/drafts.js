// Drafts are what somebody was writing, a chat each, on this device only: the
// newest fifty, none longer than a message may be.

const most = 50;
const longest = 140_000; // characters

export class Drafts {
  /** People who share a device do not share drafts. */
  constructor(userId, storage) {
    this.storage = storage;
    this.prefix = `quillium.${userId}.draft.`;
    this.list = `quillium.${userId}.drafts`;
  }

  /** get gives the draft of a chat ('' for a new one). */
  get(chatId) {
    return this.#try(() => this.storage.getItem(this.prefix + chatId)) ?? '';
  }

  /** set keeps it; an empty one is forgotten. */
  set(chatId, text) {
    this.#try(() => {
      const others = this.#order().filter((id) => id !== chatId);
      const kept = text && text.length <= longest ? [...others, chatId] : others;
      for (const id of kept.splice(0, Math.max(0, kept.length - most))) this.storage.removeItem(this.prefix + id);
      if (kept.includes(chatId)) this.storage.setItem(this.prefix + chatId, text);
      else this.storage.removeItem(this.prefix + chatId);
      this.storage.setItem(this.list, JSON.stringify(kept));
    });
  }

  // The chats with drafts, the latest last.
  #order() {
    const list = this.#try(() => JSON.parse(this.storage.getItem(this.list) ?? '[]'));
    return Array.isArray(list) ? list : [];
  }

  // Storage may be full or forbidden: then nothing is kept, and nothing breaks.
  #try(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }
}
