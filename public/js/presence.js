// Presence is who in a chat is online, as far as this client was told. Pure.

const named = 200; // up to so many members the server names who comes and goes

export class Presence {
  #users = new Set();
  count = 0;

  constructor(users = []) {
    this.#users = new Set(users);
    this.count = this.#users.size;
  }

  /** take is for what came: who came online, who went, or how many there are. */
  take({ online = [], offline = [], online_count }) {
    for (const id of online) this.#users.add(id);
    for (const id of offline) this.#users.delete(id);
    this.count = online_count;
  }

  /** has tells whether somebody is online; of a chat that is too large it is not known. */
  has(userId, members) {
    return members <= named && this.#users.has(userId);
  }
}
