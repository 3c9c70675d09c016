// What can be done with one message, as labels, icons and calls.

import { announce, copyText } from './dom.js';
import { confirm } from './dialog.js';
import { menu } from './menu.js';
import { complain, toast } from './toast.js';

const broken = new Set(['stopped', 'interrupted', 'failed']);

export class Actions {
  /** context: {api, user(), room(), composer, outbox, models, versions, nameOf(message), edit(message, save), forked(chat)} */
  constructor(context) {
    Object.assign(this, context);
  }

  /** mayChoose tells whether one may show another version of a message now. */
  mayChoose(message) {
    const answer = message.role === 'assistant';
    return this.#writes() && !isRunning(message) && (answer || this.#own(message));
  }

  #own(message) {
    return message.role === 'user' && message.author?.id === this.user().id;
  }

  #writes() {
    return ['owner', 'editor'].includes(this.room()?.me?.role);
  }

  /**
   * of lists them in the order shown, run(anchor) does one; main: shown beside
   * the message and not in a menu only; remedy: offered beside a failure.
   */
  of(message) {
    if (message.deleted_at) return [];
    if (message.item) return this.#unsent(message);
    const own = this.#own(message);
    const writes = this.#writes();
    const owner = this.room()?.me?.role === 'owner';
    const running = isRunning(message);
    const answer = writes && message.role === 'assistant' && !running;
    return [
      running && writes && { label: 'Stop', icon: 'square', main: true, run: () => this.stop(message) },
      message.content && { label: 'Copy', icon: 'copy', main: true, run: () => this.#copy(message) },
      writes && !running && { label: 'Reply', icon: 'reply', main: true, run: () => this.composer.answering(message, this.nameOf(message)) },
      writes && own && { label: 'Edit', icon: 'pencil', main: true, run: () => this.#edit(message) },
      writes && broken.has(message.status) && { label: 'Continue', icon: 'play', main: true, remedy: true, run: () => this.#post(message, 'continue') },
      answer && { label: 'Regenerate', icon: 'rotate-ccw', main: true, remedy: true, run: () => this.#post(message, 'regenerate') },
      answer && { label: 'Ask another model', icon: 'shuffle', run: (anchor) => this.#another(message, anchor) },
      message.versions > 1 && { label: 'All versions', icon: 'history', run: () => this.versions.list(message) },
      { label: 'Fork from here', icon: 'git-branch', run: () => this.#fork(message) },
      writes && (own || owner) && { label: 'Delete', icon: 'trash-2', danger: true, run: () => this.#remove(message) },
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
    this.edit(message, async (content, answer) => {
      if (content === message.content && !answer) return true;
      try {
        room.take(await this.api.patch(path(message), { content, answer }));
        return true;
      } catch (failure) {
        complain(failure);
        return false;
      }
    });
  }

  /** asks tells whether models answer such a text in the open chat. */
  asks(text) {
    const policy = this.room()?.chat?.reply_policy;
    return policy === 'always' || (policy === 'mention' && text.includes('@'));
  }

  #another(message, anchor) {
    const entries = this.models.entries(message.model, (model) => this.#post(message, 'regenerate', { model }));
    menu(anchor, 'Ask another model', entries.length ? entries : [{ label: 'No model is available', disabled: true, run() {} }]);
  }

  async #post(message, verb, body) {
    const room = this.room();
    try {
      room.take(await this.api.post(`${path(message)}/${verb}`, body));
    } catch (failure) {
      complain(failure);
    }
  }

  async #fork(message) {
    const { id, title } = this.room().chat;
    try {
      const name = [...title].slice(0, 240).join('');
      this.forked(await this.api.post(`/chats/${id}/fork`, { message_id: message.id, title: `${name} (fork)` }));
    } catch (failure) {
      complain(failure);
    }
  }

  async #remove(message) {
    const text = message.content.replace(/\s+/g, ' ').trim();
    const named = text ? `“${[...text].slice(0, 80).join('')}${[...text].length > 80 ? '…' : ''}”` : 'This message';
    const versions = message.versions > 1 ? `, in all ${message.versions} versions,` : '';
    if (!(await confirm('Delete this message?', `${named}${versions} is erased for everybody in this chat. This cannot be undone.`, 'Delete message'))) return;
    try {
      await this.api.delete(path(message));
      announce('Message deleted.');
    } catch (failure) {
      complain(failure);
    }
  }
}

function isRunning({ status }) {
  return status === 'streaming' || status === 'queued';
}

function path(message) {
  return `/chats/${message.chat_id}/messages/${message.id}`;
}
