// A menu floats beside the button that opened it: arrows move, Escape closes.

import { h, icon } from './dom.js';

let close = null;

/**
 * menu opens one under anchor. Entries: {label, icon, run(anchor), checked, disabled,
 * hint, danger} or null for a line between.
 */
export function menu(anchor, label, entries) {
  if (close?.(anchor)) return;
  const items = entries.map((entry) => (entry ? item(entry, anchor, () => dismiss(true)) : h('hr', { role: 'separator' })));
  const element = h('div', { class: 'menu', role: 'menu', 'aria-label': label }, ...items);
  (anchor.closest('dialog, nav, aside, main') ?? document.body).append(element);
  anchor.setAttribute('aria-expanded', 'true');
  place(element, anchor);

  const dismiss = (back) => {
    element.remove();
    anchor.setAttribute('aria-expanded', 'false');
    stop.abort();
    close = null;
    if (back) anchor.focus();
  };
  const stop = new AbortController();
  close = (other) => (dismiss(other === anchor), other === anchor);
  document.addEventListener('pointerdown', (event) => !element.contains(event.target) && !anchor.contains(event.target) && dismiss(), { signal: stop.signal });
  window.addEventListener('resize', () => dismiss(), { signal: stop.signal });
  element.addEventListener('keydown', (event) => keys(event, element, dismiss));
  (element.querySelector('[aria-checked=true]:not([aria-disabled])') ?? element.querySelector('.menu-item'))?.focus();
}

function item(entry, anchor, dismiss) {
  const role = entry.checked === undefined ? 'menuitem' : 'menuitemradio';
  const element = h('button', {
    type: 'button', role, tabindex: '-1', class: `menu-item${entry.danger ? ' danger' : ''}`,
    'aria-checked': entry.checked === undefined ? undefined : String(entry.checked),
    'aria-disabled': entry.disabled ? 'true' : undefined,
    onclick: () => {
      if (entry.disabled) return;
      dismiss();
      entry.run(anchor);
    },
  },
    entry.checked === undefined ? entry.icon && icon(entry.icon) : h('span', { class: 'menu-check' }, entry.checked ? icon('check') : ''),
    h('span', { class: 'menu-text' }, h('span', { dir: 'auto' }, entry.label), entry.hint && h('small', {}, entry.hint)));
  return element;
}

function keys(event, element, dismiss) {
  const items = [...element.querySelectorAll('.menu-item')];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Escape' || event.key === 'Tab') dismiss(true);
  else if (to !== undefined) items[(to + items.length) % items.length].focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Below the anchor where there is room, else above; never out of the window.
function place(element, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  const below = innerHeight - at.bottom - 12;
  const up = height > below && at.top > below;
  element.style.maxHeight = `${(up ? at.top : innerHeight - at.bottom) - 16}px`;
  const left = at.left + width > innerWidth - 8 ? at.right - width : at.left;
  element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  if (up) element.style.bottom = `${innerHeight - at.top + 4}px`;
  else element.style.top = `${at.bottom + 4}px`;
}
