// Mentions: "@" and a name, at the start or after a space or an opening
// bracket. Which one is being written, who fits it, and where they are in a
// text. Pure.

const opens = /[\s<\p{Ps}]$/u;
const word = /^[\p{L}\p{N}\p{M}]/u;
const longest = 80; // characters of a name

/** fold makes texts comparable: small letters, no accents. */
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * names are those that can be mentioned: models by their ids and aliases, people by their
 * names, each {kind, id, name, text, hint}. Nobody mentions himself.
 */
export function names(people, models, userId) {
  return [
    ...people.filter(({ user }) => user.id !== userId).map(({ user }) => ({ kind: 'person', id: user.id, name: user.name, text: user.name, person: user })),
    ...models.flatMap((model) => [model.id, ...(model.aliases ?? [])].map((text) => (
      { kind: 'model', id: model.id, name: model.name, text, hint: model.available ? '' : model.reason || 'Not available now' }))),
  ];
}

/** being finds the mention that is written at the caret: {from, query}, or null. */
export function being(text, caret) {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf('@');
  if (from < 0 || caret - from > longest || !(from === 0 || opens.test(before.slice(0, from)))) return null;
  const query = before.slice(from + 1);
  return /\n/.test(query) || /^\s/.test(query) ? null : { from, query };
}

/** fitting are the names for a query, the best first: those that begin with it, then those with a word that does. */
export function fitting(all, query, most = 8) {
  const wanted = fold(query);
  const rank = ({ name, text }) => {
    const forms = [fold(name), fold(text)];
    if (forms.some((form) => form.startsWith(wanted))) return 0;
    return forms.some((form) => form.split(/[\s._:/-]+/).some((part) => wanted && part.startsWith(wanted))) ? 1 : 2;
  };
  const fit = all.map((one) => ({ one, at: rank(one) })).filter(({ at }) => at < 2).sort((a, b) => a.at - b.at).map(({ one }) => one);
  if (fit.length <= most) return fit;
  // However many people there are, some models are in sight.
  const models = fit.filter(({ kind }) => kind === 'model').slice(0, 3);
  const people = fit.filter(({ kind }) => kind === 'person').slice(0, most - models.length);
  return fit.filter((one) => models.includes(one) || people.includes(one));
}

/** complete is a text with its mention written out, and where to go on: {text, caret}. */
export function complete(text, caret, { from }, { text: name }) {
  const after = text.slice(caret);
  const space = after === '' || word.test(after) ? ' ' : '';
  const written = `@${name}${space}`;
  return { text: text.slice(0, from) + written + after, caret: from + written.length + (/^\s/.test(after) ? 1 : 0) };
}

/**
 * found are the mentions in a text without code, longest names first, as
 * {start, end, name}. An id's trailing punctuation is the sentence's.
 */
export function found(text, all) {
  const list = [];
  if (!text.includes('@')) return list;
  const known = [...all].sort((a, b) => b.text.length - a.text.length);
  for (const { index: start } of text.matchAll(/@/g)) {
    if (start > 0 && !opens.test(text.slice(0, start))) continue;
    const rest = text.slice(start + 1, start + 1 + 2 * longest);
    const name = known.find((one) => begins(rest, one));
    if (name) list.push({ start, end: start + 1 + name.text.length, name });
  }
  return list;
}

// A model's id goes on with its own punctuation; a person's name ends at any.
function begins(rest, { kind, text }) {
  if (rest.slice(0, text.length).toLowerCase() !== text.toLowerCase()) return false;
  const after = rest.slice(text.length);
  return !word.test(after) && !(kind === 'model' && /^[._:/-]+[a-z0-9]/i.test(after));
}
