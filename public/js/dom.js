// Small tools for building what is shown. Text goes in as text, always.

const svg = 'http://www.w3.org/2000/svg';

/** h makes an element: h('p', {class: 'x', onclick}, 'text', child). */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('class', 'icon');
  image.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg, 'use');
  use.setAttribute('href', `#i-${name}`);
  image.append(use);
  return image;
}

export const $ = (id) => document.getElementById(id);

/** button makes one with an icon and a word; iconOnly hides the word from sight. */
export function button(label, { icon: name, iconOnly = false, kind = '', ...props } = {}) {
  const classes = `button ${kind}${iconOnly ? ' icon-only' : ''}`;
  return h('button', { type: 'button', class: classes, title: iconOnly ? label : undefined, 'aria-label': iconOnly ? label : undefined, ...props },
    name && icon(name), !iconOnly && label);
}

/** mark draws a person's coloured initial. */
export function mark(element, person) {
  element.classList.add('mark');
  element.textContent = initial(person?.name);
  element.dataset.hue = person ? hue(person.id) : 'none';
  return element;
}

function initial(name) {
  const first = [...new Intl.Segmenter().segment((name ?? '').trim())][0];
  return first ? first.segment.toLocaleUpperCase() : '?';
}

// The last digits of a UUIDv7 are random, so that people made in a row differ.
function hue(id) {
  return String(Number.parseInt(id.slice(-4), 16) % 8);
}

/** copyText puts text on the clipboard, over plain HTTP too. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

/**
 * keepingFocus runs work that draws an element anew, and gives the focus back
 * to the control of the same name.
 */
export function keepingFocus(element, work) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  work();
  if (!focused || focused === document.activeElement) return;
  const name = (control) => control.name || control.getAttribute('aria-label') || control.textContent;
  const same = focused.isConnected ? focused : [...element.querySelectorAll('button')].find((control) => name(control) === name(focused));
  (same ?? element).focus({ preventScroll: true });
}

/** announce says a sentence to those who listen to the page. */
export function announce(text) {
  const element = $('announcer');
  if (!element) return;
  element.textContent = '';
  setTimeout(() => (element.textContent = text), 50);
}

/** remember keeps a small thing on this device, where that is allowed. */
export function remember(key, value) {
  try {
    if (value === null || value === '') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing that must be kept is kept here.
  }
}

/** forget removes what this device keeps of a user: drafts and unsent messages. */
export function forget(userId) {
  for (const name of ['localStorage', 'sessionStorage']) {
    try {
      for (const key of Object.keys(window[name])) if (key.startsWith(`quillium.${userId}.`)) window[name].removeItem(key);
    } catch {
      // Forbidden storage keeps nothing.
    }
  }
}
