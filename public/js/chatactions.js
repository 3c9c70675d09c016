// What can be done with a chat as a whole, as labels, icons and calls.

import { h } from './dom.js';
import { confirm, dialog, field, form } from './dialog.js';
import { complain, toast } from './toast.js';

export class ChatActions {
  /** on: {open(id), gone(id), changed(chat)} */
  constructor(api, chats, on) {
    Object.assign(this, { api, chats, on });
  }

  /** of lists them for a menu. */
  of(chat) {
    const { me = {} } = chat;
    const owner = me.role === 'owner';
    return [
      owner && { label: 'Rename', icon: 'pencil', run: () => this.#rename(chat) },
      { label: me.pinned ? 'Unpin' : 'Pin', icon: me.pinned ? 'pin-off' : 'pin', run: () => this.#store(chat, { pinned: !me.pinned }).catch(complain) },
      { label: me.archived ? 'Move back to chats' : 'Archive', icon: me.archived ? 'archive-restore' : 'archive', run: () => this.#archive(chat, !me.archived) },
      owner && null,
      owner && { label: 'Delete', icon: 'trash-2', danger: true, run: () => this.#remove(chat) },
    ].filter((entry) => entry !== false);
  }

  #rename(chat) {
    const input = h('input', { name: 'title', type: 'text', value: chat.title, maxlength: '255', dir: 'auto', required: true });
    const box = dialog('Rename this chat', form([field('Title', input)], 'Rename', async ({ title }) => {
      const now = await this.api.patch(`/chats/${chat.id}`, { title });
      box.close(); // first, so that the focus finds its way back
      this.#took(now);
    }));
    input.select();
  }

  async #store(chat, change) {
    this.#took(await this.api.patch(`/chats/${chat.id}`, change));
  }

  #took(chat) {
    this.chats.take(chat);
    this.on.changed(chat);
  }

  async #archive(chat, archived) {
    try {
      await this.#store(chat, { archived });
    } catch (failure) {
      return complain(failure);
    }
    toast(`“${short(chat)}” is ${archived ? 'archived' : 'back in your chats'}.`, { action: 'Undo', run: () => this.#store(chat, { archived: !archived }).catch(complain) });
    if (archived && this.chats.current === chat.id) this.on.gone(chat.id);
  }

  async #remove(chat) {
    const sentence = `“${chat.title}” is deleted for all ${chat.member_count} people in it. It can be restored for 7 days.`;
    if (chat.member_count > 1 && !(await confirm('Delete this chat?', sentence, 'Delete chat'))) return;
    try {
      await this.api.delete(`/chats/${chat.id}`);
    } catch (failure) {
      return complain(failure);
    }
    const open = this.chats.current === chat.id;
    this.chats.drop(chat.id);
    toast(`“${short(chat)}” is deleted. It can be restored for 7 days.`, { action: 'Undo', run: () => this.restore(chat, open) });
    if (open) this.on.gone(chat.id);
  }

  /** restore takes a deleted chat back; open: and opens it. */
  async restore(chat, open = false) {
    try {
      const now = await this.api.post(`/chats/${chat.id}/restore`);
      this.chats.drop(chat.id);
      this.chats.take(now);
      if (open) return this.on.open(chat.id);
      toast(`“${short(chat)}” is back${now.me?.archived ? ' among your archived chats' : ''}.`, { action: 'Open', run: () => this.on.open(chat.id) });
    } catch (failure) {
      complain(failure);
      // Another owner may have been quicker, or its time was up.
      if (failure.code === 'not_found') this.chats.drop(chat.id);
    }
  }
}

// A title as much as a toast has room for.
function short({ title }) {
  const chars = [...title];
  return chars.length > 40 ? `${chars.slice(0, 40).join('').trimEnd()}…` : title;
}
