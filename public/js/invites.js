// Invites are the links by which somebody without an account comes in. The link
// itself is shown once, when it is made: the server keeps only its hash.

import { button, copyText, h } from './dom.js';
import { field, form } from './dialog.js';
import { roleName } from './roles.js';
import { ago, exact } from './time.js';
import { toast } from './toast.js';

const day = 86_400; // seconds
const lives = [[day, '1 day'], [7 * day, '7 days'], [30 * day, '30 days']];
const sizes = [1, 5, 20, 100];

export class Invites {
  constructor(api, room) {
    this.api = api;
    this.path = `/chats/${room.id}/invites`;
    this.link = h('div', { class: 'invite-link', hidden: true });
    this.list = h('ul', { class: 'invites' });
    this.error = h('p', { class: 'form-error', role: 'alert', hidden: true });
    this.element = h('section', { class: 'people-section' }, h('h3', {}, 'Invite links'), this.#form(), this.link, this.list, this.error);
    this.#load();
  }

  #form() {
    const options = (pairs, chosen) => pairs.map(([value, label]) => h('option', { value, selected: value === chosen }, label));
    const role = h('select', { name: 'role' }, ...options(['editor', 'viewer'].map((value) => [value, roleName(value)])));
    const life = h('select', { name: 'expires_in' }, ...options(lives, 7 * day));
    const uses = h('select', { name: 'max_uses' }, ...options(sizes.map((size) => [size, size === 1 ? '1 person' : `${size} people`]), 1));
    return form([h('div', { class: 'invite-fields' }, field('Role', role), field('Works for', life), field('Lets in', uses))], 'Make a link', async (values) => {
      const invite = await this.api.post(this.path, { role: values.role, expires_in: Number(values.expires_in), max_uses: Number(values.max_uses) });
      this.#show(invite);
      await this.#load();
    }, { kind: '', id: 'invite-form' });
  }

  #show({ url }) {
    const link = new URL(url, location.origin).href;
    const text = h('input', { type: 'text', readonly: true, value: link, 'aria-label': 'Invite link', dir: 'ltr', onfocus: () => text.select() });
    const copy = button('Copy link', { icon: 'copy', kind: 'primary', onclick: () => this.#copy(link) });
    this.link.replaceChildren(h('p', { class: 'hint' }, 'Send this link to whom you invite. It is shown only now.'), h('div', { class: 'invite-row' }, text, copy));
    this.link.hidden = false;
    copy.focus();
  }

  async #copy(link) {
    try {
      await copyText(link);
      toast('Link copied.', { wait: 2000 });
    } catch {
      toast('The browser did not allow copying. Select the link and copy it by hand.');
    }
  }

  async #load() {
    try {
      const { data } = await this.api.get(`${this.path}?limit=100`);
      this.list.replaceChildren(...data.map((invite) => this.#row(invite)));
      this.error.hidden = true;
    } catch (failure) {
      this.#fail(failure);
    }
  }

  #row(invite) {
    const { role, uses, max_uses: most, expires_at: end, created_by: by } = invite;
    const over = uses >= most ? 'used up' : new Date(end) < Date.now() ? 'ran out' : '';
    const state = over || `runs out ${ago(end)}`;
    return h('li', { class: 'invite' }, h('span', { class: 'person-text' }, h('span', {}, `${roleName(role)}, ${uses} of ${most} used`), h('small', { class: 'quiet', title: exact(end) }, `${state} · by `, h('bdi', {}, by.name))),
      button(over ? 'Remove' : 'Revoke', { kind: 'small danger-quiet', 'aria-label': `${over ? 'Remove' : 'Revoke'} the link for ${roleName(role).toLowerCase()}s, ${state}`, onclick: () => this.#revoke(invite) }));
  }

  async #revoke({ id }) {
    try {
      await this.api.delete(`${this.path}/${id}`);
      this.link.hidden = true; // it may be this one
      await this.#load();
    } catch (failure) {
      this.#fail(failure);
    }
  }

  #fail(failure) {
    this.error.textContent = failure.message;
    this.error.hidden = false;
  }
}
