// People is the panel of who is in the open chat: a column where there is
// room, else a sheet over it. Owners change roles here, add and remove.

import { $, button, h, icon, mark } from './dom.js';
import { confirm, field, form } from './dialog.js';
import { Invites } from './invites.js';
import { menu } from './menu.js';
import { roleName, roles } from './roles.js';
import { exact } from './time.js';

const covers = matchMedia('(max-width: 1040px)'); // the panel lies over the chat

export class People {
  /** context: {api, session, room() -> the open one, left(chat)} */
  constructor(context) {
    Object.assign(this, context);
    this.isOpen = false;
    $('open-people').addEventListener('click', () => this.show(!this.isOpen));
    $('close-people').addEventListener('click', () => this.show(false));
    $('people-scrim').addEventListener('click', () => this.show(false));
    covers.addEventListener('change', () => this.show(this.isOpen));
    $('people').addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      this.show(false);
    });
  }

  /** show opens or closes the panel. */
  show(open) {
    const was = this.isOpen;
    this.isOpen = open;
    $('people').hidden = !this.isOpen;
    $('shell').classList.toggle('people-open', this.isOpen);
    $('people-scrim').hidden = !(this.isOpen && covers.matches);
    $('main').inert = this.isOpen && covers.matches;
    $('sidebar').inert ||= this.isOpen && covers.matches;
    $('open-people').setAttribute('aria-expanded', String(this.isOpen));
    if (this.isOpen && !was) this.#begin();
    if (was && !this.isOpen) this.#end();
  }

  #begin() {
    this.of = null;
    this.changed();
    $('close-people').focus();
  }

  #end() {
    $('sidebar').inert = matchMedia('(max-width: 760px)').matches;
    this.of = null;
    if ($('people').contains(document.activeElement) || document.activeElement === document.body) $('open-people').focus();
  }

  /** changed follows the open room; without one the panel closes. */
  changed() {
    const room = this.room();
    const ready = Boolean(room?.chat && !room.lost);
    $('open-people').hidden = !ready;
    if (!room || room.lost) return this.isOpen && this.show(false);
    if (!ready) return $('people-body').replaceChildren(); // it is on its way
    const count = room.chat.member_count;
    $('people-count').textContent = String(count);
    $('open-people').setAttribute('aria-label', `People in this chat: ${count}`);
    if (!this.isOpen) return;
    // Another chat, or another role in it, has other controls.
    const of = `${room.id} ${room.epoch} ${room.me?.role}`;
    if (of !== this.of) this.#build(room, of);
    this.#list(room);
  }

  #build(room, of) {
    this.of = of;
    this.drawn = '';
    this.problem = h('p', { class: 'form-error', role: 'alert', hidden: true });
    this.stuck = h('p', { class: 'form-error', role: 'alert', hidden: true });
    this.here = h('p', { class: 'quiet people-here' });
    this.list = h('ul', { class: 'persons' });
    this.more = button('Show everybody', { kind: 'quiet small', hidden: true, onclick: () => this.#load(room, true) });
    const owner = room.me?.role === 'owner';
    $('people-body').replaceChildren(this.here, this.list, this.more, this.problem,
      owner ? this.#add(room) : '',
      owner ? new Invites(this.api, room).element : '',
      h('section', { class: 'people-section' }, button('Leave chat', { icon: 'log-out', kind: 'danger-quiet', onclick: () => this.#leave(room) }), this.stuck));
    // Addresses come by the API alone, and to owners alone.
    if (owner) this.#load(room);
  }

  // All pages of a chat with very many people are read only when asked for.
  async #load(room, all = false) {
    let cursor = '';
    try {
      do {
        const page = await this.api.get(`/chats/${room.id}/members?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        room.takeMembers(page.data);
        cursor = page.pagination.next;
      } while (all && cursor);
    } catch (failure) {
      fail(failure, this.problem);
    }
  }

  #list(room) {
    const people = room.people();
    this.more.hidden = people.length >= room.chat.member_count;
    const { count } = room.online;
    this.here.textContent = count ? `${count} online` : '';
    const now = JSON.stringify(people.map(({ user, role, email }) => [user, role, email, room.isOnline(user.id)]));
    if (now === this.drawn) return;
    this.drawn = now;
    const focused = this.list.contains(document.activeElement) && document.activeElement.closest('[data-id]')?.dataset.id;
    this.list.replaceChildren(...people.map((member) => this.#person(room, member)));
    if (focused) (this.list.querySelector(`[data-id="${focused}"] button`) ?? $('close-people')).focus();
  }

  #person(room, member) {
    const { user, email, role } = member;
    const me = user.id === this.session.user.id;
    const owner = room.me?.role === 'owner';
    const online = room.isOnline(user.id);
    return h('li', { class: 'person', dataset: { id: user.id } }, h('span', { class: 'person-mark' }, mark(h('span', { 'aria-hidden': 'true' }), user), online && h('i', { class: 'online-dot' })),
      h('span', { class: 'person-text', title: `${user.name}\nIn this chat since ${exact(member.joined_at)}${online ? '\nOnline' : ''}` },
        h('span', { class: 'person-name' }, h('bdi', {}, user.name), me && h('span', { class: 'quiet' }, ' (you)')), online && h('span', { class: 'visually-hidden' }, 'online'), email && h('small', { class: 'quiet', dir: 'ltr' }, email)),
      owner ? this.#role(room, member, me) : h('span', { class: 'quiet person-role' }, roleName(role)));
  }

  #role(room, { user, role }, me) {
    const choose = button(roleName(role), { kind: 'quiet small', 'aria-haspopup': 'menu', 'aria-label': `${roleName(role)}: change what ${user.name} may do`, onclick: () => menu(choose, user.name, [
      ...Object.entries(roles).map(([value, [label, hint]]) => ({ label, hint, checked: value === role, run: () => value === role || this.#change(room, user, value, me) })),
      !me && null,
      !me && { label: 'Remove from chat', icon: 'user-minus', danger: true, run: () => this.#remove(room, user) },
    ].filter((entry) => entry !== false)) });
    choose.append(icon('chevron-down'));
    return choose;
  }

  async #change(room, user, role, me) {
    if (me && !(await confirm('Give up being an owner?', `You become ${roles[role][0].toLowerCase()} of “${room.chat.title}”. Only another owner can undo this.`, 'Give up'))) return;
    await this.#try(async () => room.takeMembers([await this.api.patch(`/chats/${room.id}/members/${user.id}`, { role })]));
  }

  async #remove(room, user) {
    if (!(await confirm(`Remove ${user.name}?`, `${user.name} cannot read “${room.chat.title}” any more. What was written stays.`, 'Remove'))) return;
    await this.#try(() => this.api.delete(`/chats/${room.id}/members/${user.id}`));
  }

  async #leave(room) {
    const alone = room.chat.member_count < 2;
    const sentence = alone ? 'Nobody else is in it, so it is deleted. You can restore it for 7 days.' : 'You cannot read it any more, until somebody adds you again. What you wrote stays.';
    if (!(await confirm(`Leave “${room.chat.title}”?`, sentence, alone ? 'Leave and delete' : 'Leave chat'))) return;
    await this.#try(async () => {
      await this.api.delete(`/chats/${room.id}/members/${this.session.user.id}`);
      this.left(room.chat);
    }, this.stuck);
  }

  #add(room) {
    const email = h('input', { name: 'email', type: 'email', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '254' });
    const role = h('select', { name: 'role' }, ...['editor', 'viewer', 'owner'].map((value) => h('option', { value }, roleName(value))));
    const element = form([field('E-mail', email, 'Of somebody who has an account here.'), field('Role', role)], 'Add', async (values) => {
      room.takeMembers([await this.api.post(`/chats/${room.id}/members`, values)]);
      element.reset();
      email.focus();
    }, { kind: '', id: 'add-person' });
    return h('section', { class: 'people-section' }, h('h3', {}, 'Add somebody'), element);
  }

  // What is refused is told where it was asked for.
  async #try(work, place = this.problem) {
    place.hidden = true;
    try {
      await work();
    } catch (failure) {
      fail(failure, place);
    }
  }
}

function fail(failure, place) {
  place.textContent = failure.message;
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
}
