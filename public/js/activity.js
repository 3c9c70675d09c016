// Activity is the line above the composer: who is typing, else who has read
// everything. It always has its place, so that nothing jumps.

import { h } from './dom.js';

const most = 3; // names that are told; the rest is a number

/** activity gives the line's text for a room, and whether somebody types. */
export function activity(room, typing, userId) {
  if (typing.length) return { text: `${listed(typing)} ${typing.length === 1 ? 'is' : 'are'} typing`, typing: true };
  const { last } = room;
  const at = room.list().at(-1)?.created_at;
  // To somebody who came later all before him counts as read, read or not.
  const readers = room.people().filter(({ user, last_read_seq: seq, joined_at: came }) => user.id !== userId && seq >= last && new Date(came) <= new Date(at)).map(({ user }) => user.name);
  // Who has read is of interest to the one who wrote, or asked, last.
  const mine = [...room.messages.values()].some((m) => m.author?.id === userId && m.seq >= last - 1);
  return { text: last && mine && readers.length ? `Read by ${listed(readers)}` : '', typing: false };
}

/** listed is names as a sentence has them: "Ada, Bob and 4 others". */
export function listed(names) {
  const shown = names.length > most ? names.slice(0, most - 1) : names;
  const rest = names.length - shown.length;
  const parts = rest ? [...shown, `${rest} others`] : shown;
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** showActivity puts it into its element. */
export function showActivity(element, { text, typing }) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(typing ? h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')) : '', h('span', { dir: 'auto' }, text));
}
