// Markdown: marked reads it, DOMPurify lets through what we list. HTML in a
// text is shown as the text that it is. A growing text is drawn block by block:
// only its last blocks are drawn again, so that nothing above moves.

import { Marked } from '../vendor/marked.js';
import DOMPurify from '../vendor/purify.js';
import { codeBlock, fillCode } from './code.js';

const allowed = {
  ALLOWED_TAGS: ['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'a', 'em', 'strong', 'del', 'code', 'pre', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'div', 'span'],
  ALLOWED_ATTR: ['href', 'title', 'start', 'align', 'type', 'checked', 'disabled', 'class', 'data-language', 'target', 'rel', 'dir'],
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  // Without this the rule for addresses holds for every attribute.
  ADD_URI_SAFE_ATTR: ['start', 'align', 'type', 'checked', 'disabled', 'class', 'data-language', 'target', 'rel', 'dir'],
  RETURN_DOM_FRAGMENT: true,
};

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => text.replace(/[&<>"']/g, (char) => escapes[char]);

// link writes one that may be followed, else just what it says.
function link(href, inner, title) {
  let url;
  try {
    url = new URL(href);
  } catch {
    return inner;
  }
  if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) return inner;
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

const answers = new Marked({ gfm: true, renderer });
const people = new Marked({ gfm: true, breaks: true, renderer });

/** Prose draws one text into its element, whole or as it grows. */
export class Prose {
  /** A person's line breaks are kept (breaks); a model's follow Markdown. */
  constructor(element, { breaks = false } = {}) {
    this.element = element;
    this.marked = breaks ? people : answers;
    this.#clear();
  }

  #clear() {
    this.text = '';
    this.blocks = []; // {raw, element} in order; together they are the text
    this.element.replaceChildren();
  }

  /** draw shows the text; growing says that more will follow. */
  draw(text, growing = false) {
    if (text === this.text && this.growing === growing) return;
    if (!text.startsWith(this.text) || (this.growing && !growing)) this.#settle(text);
    this.growing = growing;
    // The last two blocks may still change with what follows; those above not.
    const stable = Math.max(0, this.blocks.length - 2);
    const from = this.blocks.slice(0, stable).reduce((length, block) => length + block.raw.length, 0);
    this.text = text;
    let tokens;
    try {
      tokens = this.marked.lexer(text.slice(from)).filter((token) => token.raw);
    } catch {
      tokens = [{ type: 'literal', raw: text.slice(from) }]; // nested beyond all reason
    }
    this.#replace(stable, join(tokens, text.slice(from)));
  }

  // Read as a whole, what was drawn in pieces may differ (a link defined at the
  // end): keep the blocks that are the same, so that nothing jumps.
  #settle(text) {
    if (!text.startsWith(this.text)) this.#clear();
    else if (/^ {0,3}\[[^\]]+\]:/m.test(text)) this.#clear();
  }

  #replace(at, tokens) {
    tokens.forEach((token, i) => {
      const block = this.blocks[at + i];
      if (block?.raw === token.raw) return;
      if (block && token.type === 'code' && block.type === 'code' && fillCode(block.element, token.text, token.lang, this.growing)) {
        block.raw = token.raw;
        return;
      }
      const element = this.#block(token);
      if (block) block.element.replaceWith(element);
      else this.element.append(element);
      this.blocks[at + i] = { raw: token.raw, type: token.type, element };
    });
    for (const block of this.blocks.splice(at + tokens.length)) block.element.remove();
  }

  #block(token) {
    const element = document.createElement('div');
    element.className = 'block';
    element.dir = 'auto';
    if (token.type === 'literal') {
      element.classList.add('literal');
      element.textContent = token.raw;
      return element;
    }
    try {
      element.append(DOMPurify.sanitize(this.marked.parser([token]), allowed));
    } catch {
      element.textContent = token.raw;
    }
    for (const pre of element.querySelectorAll('pre')) codeBlock(pre, this.growing);
    for (const table of element.querySelectorAll('table')) scrolling(table);
    return element;
  }
}

// Space between blocks belongs to the one before, so that lengths add up. Marked
// normalises line ends and tabs; where that changed a length, all is one block.
function join(tokens, text) {
  const blocks = [];
  for (const token of tokens) {
    const last = blocks.at(-1);
    if (token.type === 'space' && last) last.raw += token.raw;
    else if (token.type === 'space') blocks.push({ type: 'literal', raw: token.raw });
    else blocks.push(token);
  }
  const length = blocks.reduce((sum, block) => sum + block.raw.length, 0);
  if (length !== text.length && blocks.length) blocks.at(-1).raw += ' '.repeat(Math.max(0, text.length - length));
  return blocks;
}

// A wide table scrolls by itself, by keyboard too.
function scrolling(table) {
  const frame = document.createElement('div');
  frame.className = 'table-scroll';
  frame.tabIndex = 0;
  table.replaceWith(frame);
  frame.append(table);
}
