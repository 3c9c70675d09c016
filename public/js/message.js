// MessageView draws one message and keeps its element in step with it.

import { button, h, icon, keepingFocus, mark } from './dom.js';
import { Editor } from './editor.js';
import { highlight } from './highlight.js';
import { Prose } from './markdown.js';
import { exact, short } from './time.js';
import { menu } from './menu.js';

const waits = { queued: 'Waiting for its turn', streaming: 'Thinking' };
const ended = {
  stopped: 'You can continue it or ask for a new one.',
  interrupted: 'It broke off. You can continue it or ask for a new one.',
};

export class MessageView {
  /** context: {user, modelName(id), find(id), names(all), actions(message), asks(text), stepper(message)} */
  constructor(context) {
    this.context = context;
    this.body = h('div', { class: 'message-body prose' });
    this.element = h('article', { class: 'message', tabindex: '-1' });
  }

  draw(message) {
    const before = this.message;
    this.message = message;
    if (message.role === 'system') {
      if (before?.rev !== message.rev) this.#notice(message);
      return;
    }
    if (!before || before.rev !== message.rev || before.status !== message.status || before.pending !== message.pending || before.failure !== message.failure) {
      keepingFocus(this.element, () => this.#frame(message));
    }
    if (message.deleted_at) return;
    const growing = message.status === 'streaming';
    this.prose.draw(message.content ?? '', growing);
    this.#reasoning(message, growing);
    this.waiting.hidden = !(message.status === 'queued' || (growing && !message.content));
  }

  /** edit puts an editor in the place of the text; save(text, again) stores it. */
  edit(save) {
    this.editor ??= new Editor({
      text: this.message.content, names: () => this.context.names(), asks: (text) => this.context.asks(text), save,
      done: () => {
        this.editor = null;
        this.#frame(this.message);
        this.element.focus({ preventScroll: true });
      },
    });
    this.#frame(this.message);
    this.editor.focus();
  }

  #frame(message) {
    const { element } = this;
    const own = message.role === 'user' && message.author?.id === this.context.user.id;
    element.id = `m-${message.id}`;
    element.className = `message ${message.role}${own ? ' own' : ''}${message.deleted_at ? ' deleted' : ''}${message.pending ? ' pending' : ''}`;
    element.dataset.status = message.pending ? 'pending' : message.status;
    element.setAttribute('aria-busy', String(message.status === 'streaming'));
    if (message.deleted_at) {
      this.editor = null;
      element.replaceChildren(this.#face(message), h('p', { class: 'quiet' }, 'Message deleted'));
      return;
    }
    this.prose ??= this.#prose(message);
    this.thoughts ??= this.#thoughts();
    this.waiting = h('p', { class: 'waiting', hidden: true }, h('span', { class: 'pulse', 'aria-hidden': 'true' }), waits[message.status] ?? '');
    element.replaceChildren(this.#face(message), h('div', { class: 'message-main' },
      this.#head(message), this.#quote(message) ?? '', this.thoughts.element, this.editor?.element ?? this.body, this.waiting, this.#foot(message) ?? '', this.context.stepper(message) ?? ''));
    if (!message.pending && !this.editor) element.append(this.#tools(message));
  }

  // What the server tells all members is no Markdown, and nothing can be done with it.
  #notice(message) {
    const { element } = this;
    element.id = `m-${message.id}`;
    element.className = 'message system';
    element.dataset.status = message.status;
    element.replaceChildren(icon('shield-check'), h('p', {}, h('span', { dir: 'auto' }, message.content),
      h('time', { datetime: message.created_at, title: exact(message.created_at) }, short(message.created_at))));
  }

  // Only people's mentions call anybody.
  #prose({ role }) {
    if (role !== 'user') return new Prose(this.body);
    return new Prose(this.body, { breaks: true, finish: (block) => highlight(block, this.context.names(true), this.context.user.id) });
  }

  #face(message) {
    if (message.role !== 'user') return h('span', { class: 'mark model', 'aria-hidden': 'true' }, icon('feather'));
    return mark(h('span', { 'aria-hidden': 'true' }), message.author);
  }

  #head(message) {
    const name = message.role === 'user' ? message.author?.name ?? 'Somebody who left' : this.context.modelName(message.model);
    return h('header', { class: 'message-head' },
      h('span', { class: 'message-name', dir: 'auto' }, name),
      h('time', { datetime: message.created_at, title: exact(message.created_at) }, message.pending ? 'Sending' : short(message.created_at)),
      message.versions > 1 && message.role === 'user' && h('span', { class: 'quiet' }, 'edited'),
      !message.pending && this.#more(message));
  }

  // Where something hovers: a row of icons that stays in sight beside a long
  // text, and a menu with the words of all that can be done.
  #tools(message) {
    const main = this.context.actions(message).filter((action) => action.main);
    return h('div', { class: 'tools', role: 'group', 'aria-label': 'Actions' }, ...main.map((action) => {
      const one = button(action.label, { icon: action.icon, iconOnly: true, kind: 'quiet small', onclick: () => action.run(one) });
      return one;
    }), this.#menu(message, 'More actions', ''));
  }

  // Where nothing does: the menu alone.
  #more(message) {
    return this.#menu(message, 'Actions', ' more');
  }

  #menu(message, label, kind) {
    const more = button(label, { icon: 'ellipsis', iconOnly: true, kind: `quiet small${kind}`, 'aria-haspopup': 'menu', onclick: () => menu(more, label, this.#entries(message)) });
    return more;
  }

  // What destroys stands apart.
  #entries(message) {
    const actions = this.context.actions(message);
    return actions.flatMap((action, i) => (action.danger && i ? [null, action] : [action]));
  }

  // What a person's message answers; of a model's it is the one before it.
  #quote(message) {
    if (!message.reply_to) return null;
    const to = this.context.find(message.reply_to);
    if (message.role !== 'user' && (!to || to.seq === message.seq - 1)) return null;
    const text = to ? (to.deleted_at ? 'Message deleted' : to.content.slice(0, 140)) : 'An earlier message';
    return h('a', { class: 'quote', href: `#m-${message.reply_to}`, dir: 'auto', onclick: (event) => this.#jump(event, message.reply_to) }, icon('reply'), h('span', {}, text));
  }

  #jump(event, id) {
    event.preventDefault();
    const target = document.getElementById(`m-${id}`);
    target?.scrollIntoView({ block: 'center' });
    target?.focus();
  }

  #thoughts() {
    const body = h('div', { class: 'prose' });
    const summary = h('summary', {}, 'Reasoning');
    return { element: h('details', { class: 'thoughts', hidden: true }, summary, body), prose: new Prose(body) };
  }

  #reasoning(message, growing) {
    this.thoughts.element.hidden = !message.reasoning;
    if (message.reasoning) this.thoughts.prose.draw(message.reasoning, growing);
  }

  // How an answer ended, where that was not its natural end, and what to do.
  #foot(message) {
    if (message.failure) return this.#problem(message.failure.message, message);
    if (message.status === 'failed') return this.#problem(message.error?.message ?? 'The model could not answer.', message);
    const sentence = ended[message.status];
    if (!sentence) return null;
    const why = message.error?.message ?? (message.status === 'stopped' ? 'Stopped.' : '');
    return this.#ending(`${why} ${sentence}`.trim(), message);
  }

  #problem(sentence, message) {
    const element = this.#ending(sentence, message);
    element.classList.add('problem');
    element.setAttribute('role', 'alert');
    element.firstElementChild.prepend(icon('triangle-alert'));
    return element;
  }

  #ending(sentence, message) {
    const remedies = this.context.actions(message).filter((action) => action.remedy);
    return h('div', { class: 'ending' }, h('div', { class: 'ending-text' }, h('span', { dir: 'auto' }, sentence)),
      remedies.length > 0 && h('div', { class: 'ending-remedies' }, ...remedies.map((action) => button(action.label, { icon: action.icon, kind: 'small', onclick: () => action.run() }))));
  }
}
