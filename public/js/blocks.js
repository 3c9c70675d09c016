// Blocks cuts a Markdown text into its top-level blocks as it grows, so that
// only the last ones need to be drawn again. Pure.

import { Marked } from '../vendor/marked.js';

const readers = { false: new Marked({ gfm: true }), true: new Marked({ gfm: true, breaks: true }) };

/** Block: {raw, type, token}; the raws of all blocks together are the text. */
export class Blocks {
  /** breaks: each line end is a line break, as people mean it. */
  constructor(breaks = false) {
    this.reader = readers[breaks];
    this.text = '';
    this.list = [];
  }

  /** normal is a text as this reads it, with one kind of line end. */
  static normal(text) {
    return text.replace(/\r\n?/g, '\n');
  }

  /** tail is how many characters are read again when the text grows. */
  get tail() {
    return this.list.slice(-2).reduce((length, block) => length + block.raw.length, 0);
  }

  /**
   * update takes the text as it is now and gives the number of blocks that
   * stayed as they were; those from there on are new. growing: more follows.
   */
  update(text, growing) {
    text = Blocks.normal(text);
    if (!text.startsWith(this.text) || (!growing && defines(text))) this.list = [];
    this.text = text;
    // The last two blocks may still change with what follows, those above only
    // in rare cases: so the text is read as a whole when it is complete.
    const stable = growing ? Math.max(0, this.list.length - 2) : 0;
    const from = this.list.slice(0, stable).reduce((length, block) => length + block.raw.length, 0);
    const fresh = read(this.reader, text.slice(from), growing);
    let same = stable;
    while (same < this.list.length && same - stable < fresh.length && this.list[same].raw === fresh[same - stable].raw && this.list[same].drawn === fresh[same - stable].drawn) same++;
    this.list = [...this.list.slice(0, same), ...fresh.slice(same - stable)];
    return same;
  }
}

// A link may be defined after its use: only the whole text tells.
function defines(text) {
  return /^ {0,3}\[[^\]]+\]:/m.test(text);
}

function read(reader, text, growing) {
  const shown = growing ? closed(text) : text;
  let tokens;
  try {
    tokens = reader.lexer(shown).filter((token) => token.raw);
  } catch {
    return [{ type: 'literal', raw: text, drawn: text, token: null }]; // nested beyond all reason
  }
  const blocks = [];
  for (const token of tokens) {
    const last = blocks.at(-1);
    // Space belongs to the block before it, so that lengths add up.
    if (token.type === 'space' && last) last.raw += token.raw;
    else blocks.push({ type: token.type, raw: token.raw, drawn: token.raw, token });
  }
  const before = blocks.slice(0, -1).reduce((length, block) => length + block.raw.length, 0);
  if (blocks.length) blocks.at(-1).raw = text.slice(before); // without what was only added for the eye
  return blocks;
}

/**
 * closed ends what is open at the end of a growing text, emphasis and code, so
 * that no asterisk shows for a moment.
 */
export function closed(text) {
  if ((text.match(/^ *(```|~~~)/gm) ?? []).length % 2) return text;
  const end = text.trimEnd();
  const space = text.slice(end.length);
  const last = end.slice(end.lastIndexOf('\n\n') + 1);
  if ((last.match(/`/g) ?? []).length % 2) return /`$/.test(end) ? text : `${end}\`${space}`;
  const strong = (last.replace(/`[^`]*`/g, '').match(/\*\*/g) ?? []).length % 2;
  return strong && !/\*$/.test(end) ? `${end}**${space}` : text;
}
