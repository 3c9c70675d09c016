// Markdown: marked reads it, DOMPurify lets through what we list. HTML in a
// text is shown as the text that it is. A growing text is drawn block by block:
// only its last blocks are drawn again, so that nothing above moves.

import { Marked } from '../vendor/marked.js';
import DOMPurify from '../vendor/purify.js';
import { Blocks } from './blocks.js';
import { codeBlock, fillCode } from './code.js';

const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'a', 'em', 'strong', 'del', 'code', 'pre', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'div', 'span'],
  ALLOWED_ATTR: ['href', 'title', 'start', 'align', 'type', 'checked', 'disabled', 'class', 'data-language', 'target', 'rel', 'dir'],
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/handbook\/[a-z0-9-])/i,
  // Without this the rule for addresses holds for every attribute.
  ADD_URI_SAFE_ATTR: ['start', 'align', 'type', 'checked', 'disabled', 'class', 'data-language', 'target', 'rel', 'dir'],
  RETURN_DOM_FRAGMENT: true,
};

const slow = 20_000; // characters of blocks that are drawn again with each growth

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => text.replace(/[&<>"']/g, (char) => escapes[char]);

// A page of our own handbook: the one place here that a text may lead to.
const handbook = /^\/handbook\/[a-z0-9-]+(?:#\S*)?$/;

function mayFollow(href) {
  if (handbook.test(href)) return true;
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol);
  } catch {
    return false;
  }
}

// link writes one that may be followed, else just what it says.
function link(href, inner, title) {
  if (!mayFollow(href)) return inner;
  return `<a href="${escape(href)}"${title ? ` title="${escape(title)}"` : ''} target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;
}

const renderer = {
  html({ text, block }) {
    return block ? `<p class="literal">${escape(text.trimEnd())}</p>` : escape(text);
  },
  link({ href, title, tokens }) {
    return link(href, this.parser.parseInline(tokens), title);
  },
  // A picture from elsewhere would tell its server who reads here.
  image({ href, title, text }) {
    return link(href, `Image: ${escape(text || href)}`, title);
  },
  code({ text, lang }) {
    return `<pre data-language="${escape((lang ?? '').split(/\s/)[0])}"><code>${escape(text)}\n</code></pre>`;
  },
};

const writer = new Marked({ gfm: true, renderer });

/** Prose draws one text into its element, whole or as it grows. */
export class Prose {
  /**
   * A person's line breaks are kept (breaks); a model's follow Markdown.
   * finish(block) is given each block once it is drawn.
   */
  constructor(element, { breaks = false, finish = () => {} } = {}) {
    this.element = element;
    this.finish = finish;
    this.blocks = new Blocks(breaks);
    this.drawn = []; // {type, element}, one a block
  }

  /** draw shows the text; growing says that more will follow. */
  draw(text, growing = false) {
    clearTimeout(this.later);
    if (text === this.text && growing === this.growing) return;
    // A block so long that drawing it each frame would stall the page is drawn now and then.
    if (growing && this.blocks.tail > slow && Date.now() - this.at < 400) {
      this.later = setTimeout(() => this.draw(text, true), 400);
      return;
    }
    this.at = Date.now();
    this.text = text;
    this.growing = growing;
    const same = this.blocks.update(text, growing);
    this.blocks.list.slice(same).forEach((block, i) => this.#show(block, same + i));
    for (const gone of this.drawn.splice(this.blocks.list.length)) gone.element.remove();
  }

  #show({ type, drawn, token }, at) {
    const old = this.drawn[at];
    if (type === 'code' && old?.type === 'code' && fillCode(old.element, token.text, token.lang, this.growing)) return;
    const element = this.#block(token ?? { type: 'literal', raw: drawn });
    if (old) old.element.replaceWith(element);
    else this.element.append(element);
    this.drawn[at] = { type, element };
  }

  #block(token) {
    const element = document.createElement('div');
    element.className = 'block';
    element.dir = 'auto';
    if (token.type === 'space') return element;
    if (token.type === 'literal') {
      element.classList.add('literal');
      element.textContent = token.raw;
      return element;
    }
    try {
      element.append(DOMPurify.sanitize(writer.parser([token]), allowed));
    } catch {
      element.textContent = token.raw;
    }
    for (const pre of element.querySelectorAll('pre')) codeBlock(pre, this.growing);
    for (const box of element.querySelectorAll('input')) box.setAttribute('aria-label', box.checked ? 'Done' : 'Not done');
    for (const table of element.querySelectorAll('table')) scrolling(table);
    this.finish(element);
    return element;
  }
}

// A wide table scrolls by itself, by keyboard too. A heading that says nothing
// is none: it would be read out before each cell.
function scrolling(table) {
  for (const heading of table.querySelectorAll('th')) if (!heading.textContent.trim()) heading.replaceWith(document.createElement('td'));
  const frame = document.createElement('div');
  frame.className = 'table-scroll';
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
