// Toasts are for what needs no answer; an action in one is an offer (Undo).

import { $, button, h } from './dom.js';

/** toast shows a sentence for a while, longer where it offers something. */
export function toast(text, { action, run, wait = action ? 8000 : 5000 } = {}) {
  const element = h('div', { class: 'toast' }, h('span', { dir: 'auto' }, text));
  let timer;
  const leave = () => (clearTimeout(timer), element.remove());
  const start = () => (timer = setTimeout(leave, wait));
  if (action) element.append(button(action, { kind: 'small', onclick: () => (leave(), run()) }));
  element.append(button('Dismiss', { icon: 'x', iconOnly: true, kind: 'quiet small', onclick: leave }));
  // Somebody who reads or reaches for it is not hurried.
  element.addEventListener('pointerenter', () => clearTimeout(timer));
  element.addEventListener('pointerleave', start);
  element.addEventListener('focusin', () => clearTimeout(timer));
  // An open dialog makes the rest of the page inert: the toast goes in front of it.
  ([...document.querySelectorAll('dialog[open]')].at(-1)?.querySelector('.toasts') ?? $('toasts')).append(element);
  start();
}

/** complain tells what went wrong, in the server's sentence. */
export function complain(failure) {
  console.warn(failure);
  toast(failure.message);
}
