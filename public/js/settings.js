// Settings of the signed-in user: looks, account, password, devices.

import { button, h, icon, remember } from './dom.js';
import { dialog, field, form } from './dialog.js';
import { ago, exact } from './time.js';
import { complain, toast } from './toast.js';

const themes = { system: ['System', 'monitor'], light: ['Light', 'sun'], dark: ['Dark', 'moon'] };

export class Settings {
  /** changed() is told when the user's name is another. */
  constructor(api, session, models, changed) {
    Object.assign(this, { api, session, models, changed, values: { theme: 'system', language: '', notifications_enabled: false, default_model: '' } });
  }

  async load() {
    this.values = await this.api.get('/settings/user');
    this.#apply();
  }

  #apply() {
    remember('quillium.theme', this.values.theme);
    window.quilliumTheme(this.values.theme);
  }

  async #store(change) {
    const before = this.values;
    this.values = { ...this.values, ...change };
    this.#apply();
    try {
      this.values = await this.api.put('/settings/user', this.values);
      if ('default_model' in change) await this.models.load();
    } catch (failure) {
      this.values = before;
      this.#apply();
      complain(failure);
    }
  }

  open() {
    const box = dialog('Settings',
      this.#section('Looks', this.#theme(), this.#model()),
      this.#section('You', this.#name()),
      this.#section('Password', this.#password()),
      this.#section('Devices', this.#devices()),
      this.#section('Account', this.#account(() => box.close())),
      h('p', { class: 'quiet version' }, `Quillium ${document.body.dataset.version}`));
    box.id = 'settings';
    box.classList.add('wide');
  }

  #section(heading, ...content) {
    return h('section', { class: 'settings-section' }, h('h3', {}, heading), ...content);
  }

  #theme() {
    const choices = Object.entries(themes).map(([value, [label, name]]) => h('label', { class: 'segment' },
      h('input', { type: 'radio', name: 'theme', value, checked: this.values.theme === value, onchange: () => this.#store({ theme: value }) }), icon(name), label));
    return h('fieldset', { class: 'field' }, h('legend', {}, 'Theme'), h('div', { class: 'segments' }, ...choices));
  }

  #model() {
    const options = this.models.list.map((model) => h('option', { value: model.id, selected: model.id === this.values.default_model }, model.available ? model.name : `${model.name} (${model.reason || 'not available'})`));
    const select = h('select', { name: 'default_model', onchange: () => this.#store({ default_model: select.value }) },
      h('option', { value: '', selected: !this.values.default_model }, 'The server’s choice'), ...options);
    return field('Model for new chats', select);
  }

  #name() {
    const { user } = this.session;
    const input = h('input', { name: 'name', type: 'text', value: user.name, maxlength: '80', autocomplete: 'name', dir: 'auto' });
    return form([field('Name', input, `Others see it beside your messages. You sign in as ${user.email}.`)], 'Save name', async ({ name }) => {
      this.session.user = await this.api.patch('/users/me', { name });
      this.changed();
      toast('Your name is saved.');
    }, { kind: '' });
  }

  #password() {
    const current = h('input', { name: 'current_password', type: 'password', autocomplete: 'current-password' });
    const fresh = h('input', { name: 'new_password', type: 'password', autocomplete: 'new-password', minlength: '10', maxlength: '128' });
    const element = form([field('Current password', current), field('New password', fresh, 'At least 10 characters. Every other device will be signed out.')], 'Change password', async (values) => {
      await this.api.post('/auth/password', values);
      element.reset();
      toast('Your password is changed.');
    }, { kind: '' });
    return element;
  }

  #devices() {
    const list = h('ul', { class: 'devices' }, h('li', { class: 'quiet' }, 'Loading'));
    const draw = async () => {
      const { data } = await this.api.get('/auth/sessions?limit=100');
      list.replaceChildren(...data.map((session) => this.#device(session, draw)));
      others.hidden = data.length < 2;
      others.onclick = () => this.#endOthers(data).then(draw).catch(complain);
    };
    const others = button('Sign out everywhere else', { hidden: true });
    draw().catch((failure) => list.replaceChildren(h('li', { class: 'form-error' }, failure.message)));
    return h('div', {}, list, others);
  }

  #device(session, draw) {
    const phone = /iphone|android|mobile|ipad/i.test(session.device);
    const end = () => this.api.delete(`/auth/sessions/${session.id}`).then(draw).catch(complain);
    return h('li', { class: 'device' }, icon(phone ? 'smartphone' : 'monitor'),
      h('span', { class: 'device-text' }, h('span', { dir: 'auto' }, session.device || 'Unknown device'),
        h('small', { class: 'quiet', title: exact(session.last_seen_at) }, session.current ? 'This device' : `${session.ip} · ${ago(session.last_seen_at)}`)),
      session.current ? '' : button('Sign out', { kind: 'small', 'aria-label': `Sign out ${session.device}`, onclick: end }));
  }

  async #endOthers(sessions) {
    for (const session of sessions.filter((session) => !session.current)) await this.api.delete(`/auth/sessions/${session.id}`);
    toast('Every other device is signed out.');
  }

  #account(close) {
    return h('div', { class: 'dialog-actions start' },
      h('a', { class: 'button', href: '/handbook' }, 'Handbook'),
      button('Sign out', { icon: 'log-out', id: 'sign-out', onclick: () => this.session.signOut().catch(complain) }),
      button('Delete account', { icon: 'trash-2', kind: 'danger-quiet', onclick: () => (close(), this.#remove()) }));
  }

  #remove() {
    const { user } = this.session;
    const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password' });
    const erase = h('label', { class: 'check' }, h('input', { type: 'checkbox', name: 'erase' }), 'Erase my messages in chats with others too');
    dialog('Delete your account?',
      h('p', {}, `The account ${user.email} is deleted at once, with the chats that only you are in. This cannot be undone.`),
      form([field('Your password', password), erase], 'Delete account', async (values) => {
        await this.api.delete('/users/me', { password: values.password, messages: values.erase ? 'erase' : 'keep' });
        this.session.leave('Your account is deleted.');
      }, { kind: 'danger' }));
  }
}
