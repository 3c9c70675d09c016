// Dialogs: real <dialog>s that close by Escape, by their button, and by a click
// beside them, and give the focus back to where it was.

import { $, button, h } from './dom.js';

/** dialog opens one with this heading and content, and gives its element. */
export function dialog(heading, ...content) {
  const back = document.activeElement;
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const element = h('dialog', { class: 'dialog', 'aria-labelledby': id },
    h('div', { class: 'dialog-head' }, h('h2', { id, dir: 'auto' }, heading),
      button('Close', { icon: 'x', iconOnly: true, kind: 'quiet', onclick: () => element.close() })),
    h('div', { class: 'dialog-body' }, ...content),
    h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' }));
  element.addEventListener('close', () => {
    element.remove();
    if (back?.isConnected) back.focus();
  });
  let pressed = null;
  element.addEventListener('pointerdown', (event) => (pressed = event.target));
  element.addEventListener('click', (event) => event.target === element && pressed === element && element.close());
  $('dialogs').append(element);
  element.showModal();
  // Not the button that closes it, which comes first.
  element.querySelector('.dialog-body :is(input, textarea, select, button):not(:disabled)')?.focus();
  return element;
}

/** confirm asks before something is destroyed, and names it. True: do it. */
export function confirm(heading, sentence, verb) {
  return new Promise((resolve) => {
    let answer = false;
    const yes = button(verb, { kind: 'danger', onclick: () => ((answer = true), element.close()) });
    const element = dialog(heading, h('p', { dir: 'auto' }, sentence),
      h('div', { class: 'dialog-actions' }, button('Cancel', { onclick: () => element.close() }), yes));
    element.addEventListener('close', () => resolve(answer));
  });
}

/** field makes a labelled control with a hint below. */
export function field(label, control, hint) {
  const id = control.id || `field-${Math.random().toString(36).slice(2)}`;
  control.id = id;
  const below = h('p', { class: 'hint', id: `${id}-hint` }, hint ?? '');
  control.setAttribute('aria-describedby', below.id);
  return h('div', { class: 'field' }, h('label', { for: id }, label), control, below);
}

/**
 * form makes one whose submit runs work(values); a Failure is shown in place,
 * beside the fields that it names.
 */
export function form(fields, verb, work, { kind = 'primary', id } = {}) {
  const error = h('p', { class: 'form-error', role: 'alert', hidden: true });
  const submit = h('button', { type: 'submit', class: `button ${kind}` }, verb);
  const element = h('form', { class: 'form', novalidate: true, id }, ...fields, error, h('div', { class: 'dialog-actions' }, submit));
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    submitting(element, error, submit, work);
  });
  return element;
}

/** submitting runs work with the form's values and shows its failure. */
export async function submitting(element, error, submit, work) {
  error.hidden = true;
  for (const old of element.querySelectorAll('.field-error')) old.remove();
  for (const hint of element.querySelectorAll('.hint.wrong')) hint.classList.remove('wrong');
  for (const wrong of element.querySelectorAll('[aria-invalid]')) wrong.removeAttribute('aria-invalid');
  submit.disabled = true;
  try {
    await work(Object.fromEntries(new FormData(element)));
  } catch (failure) {
    const told = (failure.details ?? []).filter((detail) => tell(element, detail));
    error.textContent = failure.message;
    error.hidden = told.length > 0;
    element.querySelector('[aria-invalid]')?.focus();
  } finally {
    submit.disabled = false;
  }
}

// tell says what is wrong with a field below it, or lets the hint there stand
// out that says so already; false where the field is not here. A new password
// has that name in some calls only.
function tell(element, { field: name, message }) {
  const control = element.elements[name] ?? (name === 'new_password' ? element.elements.password : null);
  const hint = control?.closest?.('.field')?.querySelector('.hint');
  if (!hint) return false;
  control.setAttribute('aria-invalid', 'true');
  const sentence = message.charAt(0).toUpperCase() + message.slice(1) + (message.endsWith('.') ? '' : '.');
  if (hint.textContent.startsWith(sentence)) hint.classList.add('wrong');
  else hint.before(h('p', { class: 'field-error', role: 'alert' }, sentence));
  return true;
}
