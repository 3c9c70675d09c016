// Versions are what a message has been: "2/3" below it shows another one to
// all, or leads to the list of them, which is read when it is opened.

import { announce, button, h } from './dom.js';
import { dialog } from './dialog.js';
import { Prose } from './markdown.js';
import { exact, short } from './time.js';
import { complain } from './toast.js';

const ended = { stopped: 'stopped', interrupted: 'broke off', failed: 'failed' };

export class Versions {
  /** context: {api, room(), may(message), steady(message), nameOf(message)} */
  constructor(context) {
    Object.assign(this, context);
  }

  /** stepper draws it, null where there is but one version. */
  stepper(message) {
    const { version, versions } = message;
    if (!(versions > 1)) return null;
    const all = button(`${version}/${versions}`, { kind: 'quiet small versions-all', name: 'versions', title: 'All versions', 'aria-haspopup': 'dialog', 'aria-label': `Version ${version}/${versions}: show all`, onclick: () => this.list(message) });
    const group = h('div', { class: 'versions', role: 'group', 'aria-label': 'Versions' }, all);
    if (!this.may(message)) return group;
    group.prepend(this.#step(message, -1, 'Previous version', 'chevron-left'));
    group.append(this.#step(message, +1, 'Next version', 'chevron-right'));
    return group;
  }

  // At the first and the last the button stays, and with it the focus.
  #step(message, by, label, icon) {
    const to = message.version + by;
    const out = to < 1 || to > message.versions;
    return button(label, { icon, iconOnly: true, kind: 'quiet small', 'aria-disabled': out ? 'true' : undefined, title: out ? `This is the ${by < 0 ? 'first' : 'last'} version` : `${label}, for everybody`, onclick: () => out || this.choose(message, to) });
  }

  /** choose shows a version to all; true where it is shown. */
  async choose(message, version) {
    const room = this.room();
    this.steady(message);
    try {
      room.take(await this.api.put(`/chats/${message.chat_id}/messages/${message.id}/version`, { version }));
      announce(`Version ${version} of ${message.versions} is shown to everybody.`);
      return true;
    } catch (failure) {
      this.steady(null);
      complain(failure);
      return false;
    }
  }

  /** list opens all of them. */
  list(message) {
    const list = h('ol', { class: 'version-list', 'aria-busy': 'true' });
    const more = button('Show more', { hidden: true, onclick: () => this.#page(message, list, more, box) });
    const box = dialog('Versions', h('p', { class: 'hint' }, 'The version that is shown is what everybody reads, and what models are told.'), list, more);
    box.classList.add('wide');
    return this.#page(message, list, more, box);
  }

  async #page(message, list, more, box) {
    const cursor = more.dataset.next ? `&cursor=${encodeURIComponent(more.dataset.next)}` : '';
    try {
      const { data, pagination } = await this.api.get(`/chats/${message.chat_id}/messages/${message.id}/versions?limit=20${cursor}`);
      const shown = this.room()?.messages.get(message.id) ?? message;
      list.append(...data.map((version) => this.#row(shown, version, box)));
      more.dataset.next = pagination.next ?? '';
      more.hidden = !pagination.next;
    } catch (failure) {
      complain(failure);
      more.textContent = 'Try again';
      more.hidden = false;
      return;
    } finally {
      list.removeAttribute('aria-busy');
    }
    more.textContent = 'Show more';
  }

  #row(message, version, box) {
    const current = version.version === message.version;
    const body = h('div', { class: 'prose version-text', tabindex: '0', role: 'group', 'aria-label': `Text of version ${version.version}` });
    new Prose(body, { breaks: message.role === 'user' }).draw(version.content, false);
    const about = [message.role === 'user' ? null : this.nameOf(version.model), ended[version.status]].filter(Boolean).join(', ');
    return h('li', { class: 'version-row', 'aria-current': current ? 'true' : undefined },
      h('div', { class: 'version-head' }, h('strong', {}, `Version ${version.version}`), about && h('span', { class: 'quiet', dir: 'auto' }, about),
        h('time', { class: 'quiet', datetime: version.created_at, title: exact(version.created_at) }, short(version.created_at)),
        current ? h('span', { class: 'quiet version-shown' }, 'Shown now')
          : this.may(message) && button('Show this one', { kind: 'small version-shown', onclick: async () => (await this.choose(message, version.version)) && box.close() })),
      version.content ? body : h('p', { class: 'quiet' }, 'No text.'));
  }
}
