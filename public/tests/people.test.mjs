import test from 'node:test';
import assert from 'node:assert/strict';
import { Room } from '../js/room.js';

const chat = { id: 'c', title: 't', rev: 2, last_seq: 0 };
const member = (id, over = {}) => ({ user: { id, name: id }, role: 'editor', rev: 1, last_read_seq: 0, ...over });
const message = (seq, author, over = {}) => ({ id: `m${seq}`, seq, rev: 2, role: 'user', status: 'complete', content: 'x', reasoning: null, author: author && { id: author }, ...over });

function world(...members) {
  const room = new Room('c', () => {}, 'ada');
  room.ask();
  room.subscribed({ chat, me: { role: 'owner', last_read_seq: 0 }, rev: 2, reset: true, messages: [], members }, 's');
  return room;
}

test('people are those who are in the chat, owners first, then by name', () => {
  const room = world(member('cy', { role: 'viewer' }), member('bob'), member('ada', { role: 'owner' }), member('al'), member('gone', { removed: true }));
  assert.deepEqual(room.people().map((m) => m.user.id), ['ada', 'al', 'bob', 'cy']);
});

test('a member who is removed goes, and comes back when he joins again', () => {
  const room = world(member('bob'));
  room.changes({ from: 2, rev: 3, messages: [], members: [member('bob', { rev: 3, removed: true })] });
  assert.deepEqual(room.people(), []);
  room.changes({ from: 3, rev: 4, messages: [], members: [member('bob', { rev: 4 })] });
  assert.equal(room.people().length, 1);
});

test('an older copy of a member changes nothing but his address', () => {
  const room = world(member('bob', { rev: 5, role: 'viewer' }));
  room.takeMembers([member('bob', { rev: 4, role: 'owner', email: 'b@example.org' })]);
  assert.deepEqual(room.people().map((m) => [m.role, m.email]), [['viewer', 'b@example.org']]);
  room.changes({ from: 2, rev: 6, messages: [], members: [member('bob', { rev: 6 })] });
  assert.deepEqual(room.people().map((m) => [m.role, m.email]), [['editor', 'b@example.org']]);
});

test('of one rev the later name counts: names take no rev', () => {
  const room = world(member('bob'));
  room.takeMembers([member('bob', { user: { id: 'bob', name: 'Robert' } })]);
  assert.equal(room.people()[0].user.name, 'Robert');
});

test('one\'s own role follows what all are sent', () => {
  const room = world(member('ada', { role: 'owner' }), member('bob'));
  room.changes({ from: 2, rev: 3, messages: [], members: [member('bob', { rev: 3, role: 'viewer' })] });
  assert.equal(room.me.role, 'owner');
  room.changes({ from: 3, rev: 4, messages: [], members: [member('ada', { rev: 4, role: 'viewer' })] });
  assert.deepEqual(room.me, { role: 'viewer', last_read_seq: 0 });
});

test('read marks go forward only, whichever copy brings them', () => {
  const room = world(member('bob'), member('ada'));
  room.read('bob', 7);
  room.read('bob', 5);
  room.takeMembers([member('bob', { rev: 9, last_read_seq: 3 })]);
  assert.equal(room.members.get('bob').last_read_seq, 7);
  room.read('nobody', 9);
  assert.equal(room.members.size, 2);
});

test('unread is what others wrote after the last place one read, in this tab or another', () => {
  const room = world(member('ada'), member('bob'));
  room.changes({ from: 2, rev: 3, messages: [message(1, 'bob'), message(2, 'ada'), message(3, null, { role: 'assistant' }), message(4, 'bob', { deleted_at: 'now' })] });
  assert.deepEqual([room.unread, room.last], [2, 4]);
  room.read('ada', 1);
  assert.equal(room.unread, 1);
  room.read('ada', 4);
  assert.equal(room.unread, 0);
});
