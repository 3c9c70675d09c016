import test from 'node:test';
import assert from 'node:assert/strict';
import { activity, listed } from '../js/activity.js';
import { Room } from '../js/room.js';

test('names are listed as a sentence has them', () => {
  assert.equal(listed(['Ada']), 'Ada');
  assert.equal(listed(['Ada', 'Bob']), 'Ada and Bob');
  assert.equal(listed(['Ada', 'Bob', 'Cy']), 'Ada, Bob and Cy');
  assert.equal(listed(['Ada', 'Bob', 'Cy', 'Di', 'Ed']), 'Ada, Bob and 3 others');
});

const message = (seq, author) => ({ id: `m${seq}`, seq, rev: 2, role: author ? 'user' : 'assistant', status: 'complete', content: 'x', author: author && { id: author }, created_at: `2026-01-0${seq}T00:00:00Z` });
const member = (id, last_read_seq, joined_at = '2025-12-31T00:00:00Z') => ({ user: { id, name: id }, role: 'editor', rev: 1, last_read_seq, joined_at });

function world(messages, ...members) {
  const room = new Room('c', () => {}, 'ada');
  room.ask();
  room.subscribed({ chat: { id: 'c', rev: 2, last_seq: messages.length }, me: {}, rev: 2, reset: true, messages, members }, 's');
  return room;
}

test('who types comes before who has read', () => {
  const room = world([message(1, 'ada')], member('ada', 1), member('bob', 1));
  assert.deepEqual(activity(room, ['cy'], 'ada'), { text: 'cy is typing', typing: true });
  assert.deepEqual(activity(room, ['cy', 'di'], 'ada'), { text: 'cy and di are typing', typing: true });
  assert.deepEqual(activity(room, [], 'ada'), { text: 'Read by bob', typing: false });
});

test('who has read everything is told to the one who wrote last, an answer aside', () => {
  const text = (messages, ...members) => activity(world(messages, ...members), [], 'ada').text;
  assert.equal(text([message(1, 'ada'), message(2)], member('ada', 2), member('bob', 2), member('cy', 1)), 'Read by bob');
  assert.equal(text([message(1, 'ada'), message(2, 'bob'), message(3)], member('bob', 3)), '');
  assert.equal(text([message(1, 'ada')], member('ada', 1)), '');
  assert.equal(text([message(1, 'ada')], member('ada', 1), member('bob', 1, '2026-01-01T00:00:00.001Z')), '', 'whoever came later need not have read it');
  assert.equal(text([], member('bob', 0)), '');
});
