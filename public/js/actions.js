// What can be done with one message, as labels, icons and calls.

import { announce, copyText } from './dom.js';
import { confirm } from './dialog.js';
import { complain, toast } from './toast.js';

const broken = new Set(['stopped', 'interrupted', 'failed']);

export class Actions {
  /** context: {api, user(), room(), composer, outbox, nameOf(message)} */
  constructor(context) {
    Object.assign(this, context);
  }

  /** of lists them in the order shown; remedy: offered beside a failure. */
  of(message) {
    if (message.deleted_at) return [];
    if (message.item) return this.#unsent(message);
    const role = this.room()?.me?.role;
    const own = message.role === 'user' && message.author?.id === this.user().id;
    const writes = role === 'owner' || role === 'editor';
    const running = message.status === 'streaming' || message.status === 'queued';
    return [
      running && writes && { label: 'Stop', icon: 'square', run: () => this.stop(message) },
      message.content && { label: 'Copy', icon: 'copy', run: () => this.#copy(message) },
      writes && !running && { label: 'Reply', icon: 'reply', run: () => this.composer.answering(message, this.nameOf(message)) },
      writes && own && { label: 'Edit', icon: 'pencil', run: () => this.#edit(message) },
      writes && broken.has(message.status) && { label: 'Continue', icon: 'play', remedy: true, run: () => this.#post(message, 'continue') },
      writes && message.role === 'assistant' && !running && { label: 'Regenerate', icon: 'rotate-ccw', remedy: true, run: () => this.#post(message, 'regenerate') },
      writes && (own || role === 'owner') && { label: 'Delete', icon: 'trash-2', danger: true, run: () => this.#remove(message) },
    ].filter(Boolean);
  }

  #unsent({ item }) {
    if (!item.failure) return [];
    return [
      { label: 'Try again', icon: 'rotate-ccw', remedy: true, run: () => this.outbox.retry(item.client_id) },
      { label: 'Edit', icon: 'pencil', remedy: true, run: () => this.composer.restore(this.outbox.discard(item.client_id).content) },
      { label: 'Discard', icon: 'trash-2', remedy: true, danger: true, run: () => this.outbox.discard(item.client_id) },
    ];
  }

  stop(message) {
    return this.#post(message, 'stop');
  }

  async #copy(message) {
    try {
      await copyText(message.content);
      toast('Copied.', { wait: 2000 });
    } catch {
      toast('The browser did not allow copying. Select the text and copy it by hand.');
    }
  }

  #edit(message) {
    const room = this.room();
    this.composer.edit(message, async (content) => {
      if (content === message.content) return true;
      try {
        const { reply_policy: policy } = room.chat;
        const answer = policy === 'always' || (policy === 'mention' && content.includes('@'));
        room.take(await this.api.patch(`${path(message)}`, { content, answer }));
        return true;
      } catch (failure) {
        complain(failure);
        return false;
      }
    });
  }

  async #post(message, verb) {
    const room = this.room();
    try {
      room.take(await this.api.post(`${path(message)}/${verb}`));
    } catch (failure) {
      complain(failure);
    }
  }

  async #remove(message) {
    if (!(await confirm('Delete this message?', 'Its text is erased for everybody in this chat. This cannot be undone.', 'Delete message'))) return;
    try {
      await this.api.delete(path(message));
      announce('Message deleted.');
    } catch (failure) {
      complain(failure);
    }
  }
}

function path(message) {
  return `/chats/${message.chat_id}/messages/${message.id}`;
}
