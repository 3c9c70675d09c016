import test from 'node:test';
import assert from 'node:assert/strict';
import { Chats } from '../js/chats.js';
import { Room } from '../js/room.js';
import { Rooms } from '../js/rooms.js';

function world(members = 3, online = ['ada', 'bob']) {
  const w = { touched: 0 };
  w.rooms = new Rooms({ socket: { live: true, send: (type, data, id) => (w.id = id ?? w.id) }, userId: 'ada', touched: () => w.touched++ });
  w.room = w.rooms.enter('c');
  w.rooms.frame('subscribed', { chat: { id: 'c', rev: 5, last_seq: 4, member_count: members }, me: { role: 'owner', last_read_seq: 3 }, rev: 5, reset: true, messages: [], members: [], online }, w.id);
  return w;
}

test('who is online comes with the subscription, and then by who comes and goes', () => {
  const w = world();
  assert.deepEqual(['ada', 'bob', 'cy'].map((id) => w.room.isOnline(id)), [true, true, false]);
  assert.equal(w.room.online.count, 2);
  const before = w.touched;
  w.rooms.frame('presence', { chat_id: 'c', online: ['cy'], offline: ['bob'], online_count: 2 });
  assert.deepEqual(['ada', 'bob', 'cy'].map((id) => w.room.isOnline(id)), [true, false, true]);
  assert.equal(w.touched, before + 1);
});

test('of a chat with very many members one knows how many', () => {
  const w = world(201);
  w.rooms.frame('presence', { chat_id: 'c', online_count: 180 });
  assert.equal(w.room.online.count, 180);
  assert.equal(w.room.isOnline('ada'), false);
});

test('while the connection is cut nobody is known to be online', () => {
  const w = world();
  w.rooms.cut();
  assert.equal(w.room.online.count, 0);
  assert.equal(w.room.isOnline('bob'), false);
});

test('presence of a chat that is not here yet changes nothing', () => {
  const room = new Room('c');
  room.presence({ online: ['bob'], online_count: 1 });
  room.mine({ last_read_seq: 1 });
  assert.equal(room.online.count, 0);
  assert.equal(room.me, null);
});

test('one\'s own part comes from one\'s other devices, and reading never goes back', () => {
  const w = world();
  w.rooms.frame('inbox', { chat_id: 'c', me: { role: 'owner', pinned: true, last_read_seq: 2 } });
  assert.deepEqual(w.room.me, { role: 'owner', pinned: true, last_read_seq: 3 });
});

test('an inbox brings a chat to the top with what is unread', async () => {
  const chat = (id) => ({ id, title: id, rev: 2, last_seq: 1, updated_at: id, me: { unread: 0 } });
  const asked = [];
  const chats = new Chats({ get: async (path) => (asked.push(path), { data: [chat('b'), chat('a')], pagination: { next: null } }) }, () => {});
  await chats.load();
  assert.equal(chats.inbox({ chat_id: 'a', title: 'A', rev: 3, last_seq: 2, me: { unread: 1 } }, 'c'), true);
  assert.deepEqual(chats.sorted().map(({ id, title, me }) => [id, title, me.unread]), [['a', 'A', 1], ['b', 'b', 0]]);
  chats.inbox({ chat_id: 'b', title: 'b', rev: 2, last_seq: 1, me: { unread: 0, pinned: true } }, 'd');
  assert.deepEqual(chats.sorted().map(({ id }) => id), ['a', 'b'], 'nothing was written there');
  assert.equal(chats.byId.get('b').me.pinned, true);
  chats.inbox({ chat_id: 'b', title: 'b', rev: 2, last_seq: 1, me: { unread: 0, archived: true } });
  assert.equal(chats.byId.has('b'), false, 'what one archived elsewhere is gone here');
  assert.equal(chats.inbox({ chat_id: 'z', title: 'z', rev: 2, last_seq: 1, me: {} }), false, 'of one that is not listed the list is asked');
  assert.equal(chats.inbox({ chat_id: 'y', title: 'y', rev: 2, last_seq: 1, me: { archived: true } }), true);
  assert.equal(asked.length, 1);
});
