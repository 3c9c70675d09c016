// The console without this script works; with it times are those of the
// reader, keys lead to pages, and what lives is asked for again.

import { ago, exact } from './time.js';

const theme = () => {
  try {
    return localStorage.getItem('quillium.theme') ?? 'system';
  } catch {
    return 'system';
  }
};

function choose(wanted) {
  try {
    localStorage.setItem('quillium.theme', wanted);
  } catch {
    // It holds until the page is left.
  }
  window.quilliumTheme(wanted);
}

/** dress puts right what came from the server, after every change of it. */
function dress(root) {
  for (const time of root.querySelectorAll('time[data-ago]')) {
    time.title = exact(time.dateTime);
    time.textContent = ago(time.dateTime);
  }
  for (const each of root.querySelectorAll('[data-copy], [data-pick-all], [data-theme-switch]')) each.hidden = false;
  for (const button of root.querySelectorAll('[data-theme-set]')) button.ariaPressed = String(button.dataset.themeSet === theme());
}

function picks(all) {
  return document.querySelectorAll(`input[name="${CSS.escape(all.dataset.pickAll)}"]`);
}

async function copy(button) {
  const from = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(from.value);
    button.lastChild.textContent = 'Copied';
  } catch {
    from.select();
  }
}

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-theme-set], [data-copy]');
  if (target?.dataset.themeSet) {
    choose(target.dataset.themeSet);
    dress(document);
  } else if (target) copy(target);
  for (const menu of document.querySelectorAll('details.admin-account[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener('change', (event) => {
  const { target } = event;
  if (target.matches('[data-pick-all]')) for (const box of picks(target)) box.checked = target.checked;
  if (target.matches('[data-send-on-change]')) target.form.requestSubmit();
});

const typing = (element) => element.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName);

let leading = 0; // when g was pressed
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (document.activeElement && typing(document.activeElement)) document.activeElement.blur();
    else document.querySelector('[data-close]')?.click();
    return;
  }
  if (typing(event.target)) return;
  const box = document.getElementById('filter');
  if (event.key === '/' && box) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === 'g') {
    leading = event.timeStamp;
  } else if (event.timeStamp - leading < 1500) {
    leading = 0;
    document.querySelector(`#section-keys a[data-key="${CSS.escape(event.key)}"]`)?.click();
  }
});

// Asked for again while it can be seen, nobody picks in it, and nothing in it
// has the focus of who types.
let since = 0;
setInterval(() => {
  since += 1;
  const live = document.getElementById('live');
  if (!live || document.hidden || since < Number(live.dataset.live)) return;
  if (live.querySelector('details[open], input:checked') || (live.contains(document.activeElement) && typing(document.activeElement))) return;
  since = 0;
  live.dispatchEvent(new CustomEvent('refresh'));
}, 1000);

document.addEventListener('htmx:load', (event) => dress(event.target));
document.addEventListener('htmx:afterSettle', (event) => {
  const panel = document.getElementById('panel');
  if (event.detail.boosted && panel && event.detail.pathInfo?.requestPath.includes('id=')) panel.focus({ preventScroll: true });
});
// An answer that never comes must be told.
document.addEventListener('htmx:sendError', () => {
  const toasts = document.getElementById('toasts');
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.append(Object.assign(document.createElement('span'), { textContent: 'The server cannot be reached; try again.' }));
  toasts.replaceChildren(toast);
  setTimeout(() => toast.remove(), 6000);
});
dress(document);
