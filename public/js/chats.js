// Chats is what this page knows of the user's chats: those of the view that is
// shown, by page, kept in step with what comes. It draws nothing.

export class Chats {
  /** changed() is told of every change. */
  constructor(api, changed) {
    Object.assign(this, { api, changed, view: '', current: '' });
    this.#clear();
  }

  #clear() {
    this.byId = new Map();
    this.next = null;
    this.loaded = false;
    this.failure = null; // why nothing is listed
  }

  /** show turns to another view: '', 'archived' or 'deleted'. */
  show(view) {
    this.view = view;
    this.#clear();
    this.changed();
    return this.load();
  }

  /**
   * load reads the first page anew and keeps what is newer here. Where nothing
   * is listed yet a failure is kept to be shown there; else it is thrown.
   */
  async load() {
    const asked = (this.asked = {});
    try {
      const page = await this.api.get(`/chats?${this.#params()}`);
      if (asked !== this.asked) return; // another view was asked for meanwhile
      const old = this.byId;
      this.#clear();
      this.loaded = true;
      this.#add(page, old);
    } catch (failure) {
      if (asked !== this.asked) return;
      if (this.loaded) throw failure;
      this.failure = failure;
      this.changed();
    }
  }

  /**
   * refresh takes in what is new on the first page and leaves what is listed
   * below it. What failed is tried again.
   */
  async refresh() {
    if (this.failure) return this.load();
    if (this.view || !this.loaded) return;
    const { asked, next } = this;
    const page = await this.api.get(`/chats?${this.#params()}`);
    if (asked !== this.asked) return;
    if (!page.pagination.next) for (const id of this.byId.keys()) if (!page.data.some((chat) => chat.id === id)) this.byId.delete(id);
    this.#add(page, this.byId, page.pagination.next && next);
  }

  /** more reads the next page. */
  async more() {
    const { asked } = this;
    const page = await this.api.get(`/chats?${this.#params({ cursor: this.next })}`);
    if (asked === this.asked) this.#add(page);
  }

  #params(more = {}) {
    const params = new URLSearchParams({ limit: '50', ...more });
    if (this.view) params.set(this.view, 'true');
    return params;
  }

  #add(page, old = this.byId, next = page.pagination.next) {
    for (const chat of page.data) this.byId.set(chat.id, newer(old.get(chat.id), chat));
    this.next = next;
    this.changed();
  }

  /** take puts in a chat as it is now, and takes it out where it is listed elsewhere. */
  take(chat) {
    const held = this.byId.get(chat.id);
    const next = newer(held, chat);
    if (held === next) return;
    if (this.#lists(next)) this.byId.set(chat.id, next);
    else if (!this.byId.delete(chat.id)) return;
    this.changed();
  }

  /** inbox takes the server's word of a chat that is not open; false where it is not known here. */
  inbox({ chat_id: id, title, rev, last_seq, me }, now = new Date().toISOString()) {
    const held = this.byId.get(id);
    if (!held) return Boolean(this.view || me.archived);
    const updated_at = last_seq > held.last_seq ? now : held.updated_at;
    this.take({ ...held, title, rev: Math.max(rev, held.rev), last_seq, updated_at, me });
    return true;
  }

  #lists(chat) {
    return this.view !== 'deleted' && Boolean(chat.me?.archived) === (this.view === 'archived');
  }

  /** drop takes out a chat. */
  drop(id) {
    if (this.byId.delete(id)) this.changed();
  }

  /** sorted is the list's chats, the newest first. */
  sorted() {
    return [...this.byId.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
  }

  /** read shows a chat as read. */
  read(id) {
    const chat = this.byId.get(id);
    if (!chat?.me?.unread) return;
    chat.me = { ...chat.me, unread: 0 };
    this.changed();
  }

  /** unread counts what is unread in the chats listed, but for the open one. */
  unread() {
    return this.sorted().reduce((sum, chat) => sum + (chat.id === this.current || chat.me?.archived ? 0 : chat.me?.unread ?? 0), 0);
  }
}

// The newer of two copies; the caller's own part takes no rev, so the one that
// came last counts.
function newer(held, chat) {
  if (!held) return chat;
  const shared = chat.rev >= held.rev ? chat : held;
  return { ...shared, me: chat.me ?? held.me };
}
