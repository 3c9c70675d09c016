// Composer is where people write: Enter sends, Shift+Enter makes a new line,
// "@" offers names, drafts are kept a chat on this device.

import { Completion } from './completion.js';
import { $, button, h, icon } from './dom.js';
import { Drafts } from './drafts.js';
import { toast } from './toast.js';

const largest = 700_000; // bytes of a frame; the server's own limit is lower and says so in a sentence

export class Composer {
  /** on: {send({content, reply_to}) -> bool, stop(), names(), typing(chatId, text)} */
  constructor(on, drafts) {
    this.on = on;
    this.drafts = drafts;
    this.text = $('composer-text');
    this.completion = new Completion(this.text, $('mentions'), () => this.on.names());
    this.chatId = '';
    this.reply = null;
    $('composer').addEventListener('submit', (event) => (event.preventDefault(), this.#submit()));
    this.text.addEventListener('input', () => (this.#grow(), this.#keep(), this.#enable()));
    this.text.addEventListener('keydown', (event) => this.#key(event));
    $('stop').addEventListener('click', () => this.on.stop());
  }

  /** enter changes to the draft of a chat ('' for a new one). */
  enter(chatId) {
    this.#quit();
    this.chatId = chatId;
    this.#write(this.text.disabled ? '' : this.drafts.get(chatId));
    if (matchMedia('(hover: hover)').matches) this.text.focus();
  }

  /** may says whether one can write here, and what to know about it: else why not. */
  may(allowed, hint = 'Write a message') {
    const was = !this.text.disabled;
    this.text.disabled = !allowed;
    if (was && !allowed) this.#quit();
    // A draft would hide why one cannot write; it is kept.
    if (was !== allowed) this.#write(allowed ? this.drafts.get(this.chatId) : '');
    if (this.text.placeholder !== hint) this.text.placeholder = hint;
    this.#enable();
  }

  /** running shows the stop button while an answer runs. */
  running(is) {
    $('stop').hidden = !is;
  }

  /** answering makes the next message a reply to this one. */
  answering(message, name) {
    this.#quit();
    this.reply = message;
    const line = $('composer-reply');
    line.replaceChildren(icon('reply'), h('span', { class: 'composer-reply-text', dir: 'auto' }, h('strong', {}, `Reply to ${name}`), ' ', message.content.slice(0, 160)),
      button('Cancel', { icon: 'x', iconOnly: true, kind: 'quiet small', onclick: () => this.cancel() }));
    line.hidden = false;
    this.text.focus();
  }

  /** cancel leaves replying; false where there was no reply. */
  cancel() {
    if (!this.reply) return false;
    this.#quit();
    this.text.focus();
    return true;
  }

  #quit() {
    this.reply = null;
    $('composer-reply').hidden = true;
  }

  /** restore puts a text back that could not be sent. */
  restore(content) {
    this.#write(this.text.value ? `${content}\n${this.text.value}` : content);
    this.#keep();
  }

  async #submit() {
    const content = this.text.value;
    if (!content.trim() || this.text.disabled || this.busy) return;
    if (new TextEncoder().encode(JSON.stringify(content)).length > largest) return toast('This message is too long. Shorten it or send it in parts.');
    const { chatId } = this; // sending may lead to another chat
    this.busy = true;
    this.#enable();
    try {
      if (!(await this.on.send({ content, reply_to: this.reply?.id }))) return;
      this.drafts.set(chatId, '');
      this.#write('');
      this.#quit();
    } finally {
      this.busy = false;
      this.#enable();
    }
  }

  #key(event) {
    if (this.completion.key(event)) return;
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    // On a touch keyboard Enter is the only way to a new line.
    if (matchMedia('(hover: none) and (pointer: coarse)').matches && !event.ctrlKey) return;
    event.preventDefault();
    this.#submit();
  }

  #write(text) {
    this.text.value = text;
    this.#grow();
    this.#enable();
  }

  #keep() {
    this.drafts.set(this.chatId, this.text.value);
    if (!this.busy) this.on.typing(this.chatId, this.text.value);
  }

  #enable() {
    $('send').disabled = this.text.disabled || this.busy || !this.text.value.trim();
  }

  #grow() {
    if (CSS.supports('field-sizing: content')) return;
    this.text.style.height = 'auto';
    this.text.style.height = `${this.text.scrollHeight}px`;
  }
}
