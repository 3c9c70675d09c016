// Code blocks: a label, a copy button, and colours once the highlighter is here.

import { button, copyText, h } from './dom.js';
import { toast } from './toast.js';

const longest = 40_000; // characters that are coloured; more costs too much
let highlighter = null; // loaded when the first code block is seen

function load() {
  highlighter ??= import('../vendor/highlight.js').then((module) => module.default, () => null);
  return highlighter;
}

/** codeBlock turns a plain pre into a labelled one. */
export function codeBlock(pre, growing) {
  const language = pre.dataset.language;
  const code = pre.querySelector('code');
  const copy = button('Copy', { icon: 'copy', kind: 'quiet small', class: 'button quiet small', onclick: () => copied(copy, code.textContent) });
  copy.setAttribute('aria-label', language ? `Copy ${language} code` : 'Copy code');
  const frame = h('div', { class: 'code', dir: 'ltr' }, h('div', { class: 'code-head' }, h('span', {}, language || 'Code'), copy));
  pre.replaceWith(frame);
  pre.tabIndex = 0;
  frame.append(pre);
  colour(code, language, growing);
}

/** fillCode puts more text into a block drawn before; false: draw it anew. */
export function fillCode(element, text, lang, growing) {
  const frame = element.querySelector(':scope > .code');
  const pre = frame?.querySelector('pre');
  if (!pre || pre.dataset.language !== (lang ?? '').split(/\s/)[0]) return false;
  const code = pre.querySelector('code');
  code.textContent = `${text}\n`;
  colour(code, pre.dataset.language, growing);
  return true;
}

async function colour(code, language, growing) {
  const text = code.textContent;
  if (!language || text.length > longest || (growing && text.length > longest / 8)) return;
  const engine = (await load())?.getLanguage(language) && (await load());
  if (!engine || code.textContent !== text) return; // it has grown meanwhile
  code.innerHTML = engine.highlight(text, { language, ignoreIllegals: true }).value;
}

async function copied(copy, text) {
  try {
    await copyText(text.replace(/\n$/, ''));
    copy.lastChild.textContent = 'Copied';
    setTimeout(() => (copy.lastChild.textContent = 'Copy'), 1500);
  } catch {
    toast('The browser did not allow copying. Select the text and copy it by hand.');
  }
}
