// Models is the list that this user may ask, and the picker of one.

import { $ } from './dom.js';
import { menu } from './menu.js';

export class Models {
  /** picked(id) is told of a choice. */
  constructor(api, picked) {
    this.api = api;
    this.list = [];
    this.current = '';
    $('model').addEventListener('click', () => this.#open(picked));
  }

  async load() {
    const answer = await this.api.get('/models');
    this.list = answer.data ?? answer;
    this.show(this.current);
  }

  name(id) {
    return this.#find(id)?.name ?? (id || 'Model');
  }

  /** A chat may have a model under one of its aliases. */
  #find(id) {
    return this.list.find((model) => model.id === id) ?? this.list.find((model) => model.aliases?.includes(id));
  }

  /** standard is the model that answers where a chat names none. */
  standard() {
    return this.list.find((model) => model.default) ?? this.list.find((model) => model.available);
  }

  /** show names the model of the open chat; '' is the standard one. */
  show(id) {
    this.current = id;
    $('model-name').textContent = id ? this.name(id) : this.standard()?.name ?? 'Model';
    const model = this.#find(id || this.standard()?.id);
    const reason = !model && id ? 'This model is gone; choose another.' : model && !model.available ? model.reason : '';
    $('model').classList.toggle('warn', Boolean(reason));
    $('model').title = reason || 'Choose the model that answers';
  }

  /** entries are the choices, for a menu. */
  entries(current, pick) {
    const chosen = this.#find(current || this.standard()?.id)?.id;
    return this.list.map((model) => ({
      label: model.name, checked: model.id === chosen, disabled: !model.available,
      hint: model.available ? hint(model) : model.reason || 'Not available now', run: () => pick(model.id),
    }));
  }

  async #open(picked) {
    const opened = menu($('model'), 'Model', this.list.length ? this.entries(this.current, picked) : [{ label: 'No model is available', disabled: true, run() {} }]);
    return opened;
  }
}

function hint(model) {
  const size = model.context_size >= 1000 ? `${Math.round(model.context_size / 1000)}k context` : '';
  return [model.provider, size].filter(Boolean).join(' · ');
}
