// Mentions in what people wrote are marked, outside of code and links.

import { h } from './dom.js';
import { found } from './mentions.js';

/** highlight marks them in a drawn block; userId is who is looking. */
export function highlight(block, names, userId) {
  if (!block.textContent.includes('@')) return;
  const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const all = [];
  while (texts.nextNode()) if (!texts.currentNode.parentElement.closest('code, pre, a')) all.push(texts.currentNode);
  for (const text of all) mark(text, names, userId);
}

function mark(text, names, userId) {
  const content = text.data;
  const parts = [];
  let at = 0;
  for (const { start, end, name } of found(content, names)) {
    parts.push(content.slice(at, start), h('span', { class: `mention${name.id === userId ? ' me' : ''}` }, content.slice(start, end)));
    at = end;
  }
  if (parts.length) text.replaceWith(...parts, content.slice(at));
}
