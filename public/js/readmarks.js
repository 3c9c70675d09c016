// ReadMarks tells the server how far one has read: at most once a second, the
// last word always, and again after a cut. Pure: clock and socket are given.

const rest = 1000; // milliseconds between two frames

export class ReadMarks {
  /** send(type, data) is false where nothing is open; sent(chatId, seq) hears of each mark. */
  constructor({ send, sent, later = (work, wait) => setTimeout(work, wait) }) {
    Object.assign(this, { send, sent, later });
    this.wishes = new Map(); // chat id -> place
    this.resting = false;
  }

  /** upTo marks a chat as read up to a place. */
  upTo(chatId, seq) {
    if (seq <= (this.wishes.get(chatId) ?? 0)) return this.flush();
    this.wishes.set(chatId, seq);
    this.flush();
  }

  /** flush sends what waits, unless the last mark is too near. */
  flush() {
    if (this.resting) return;
    const [wish] = this.wishes;
    if (!wish || !this.send('read', { chat_id: wish[0], seq: wish[1] })) return;
    this.wishes.delete(wish[0]);
    this.resting = true;
    this.later(() => ((this.resting = false), this.flush()), rest);
    this.sent(...wish);
  }
}
