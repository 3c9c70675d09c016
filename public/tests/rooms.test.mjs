import test from 'node:test';
import assert from 'node:assert/strict';
import { Rooms } from '../js/rooms.js';

function world() {
  const w = { sent: [], events: [], timers: [] };
  w.socket = { live: true, send: (type, data, id) => (w.socket.live ? (w.sent.push({ type, data, id }), true) : false) };
  w.rooms = new Rooms({ socket: w.socket, touched() {}, event: (type) => w.events.push(type), later: (work, wait) => w.timers.push({ work, wait }) });
  w.rooms.welcome({ store: 's1' });
  w.asks = () => w.sent.filter((e) => e.type === 'subscribe');
  w.answer = (id, over = {}) => w.rooms.frame('subscribed', { chat: { id: 'c', rev: 5, last_seq: 0 }, me: {}, rev: 5, reset: true, messages: [], members: [], online: [], ...over }, id);
  w.gap = (rev) => w.rooms.frame('changes', { chat_id: 'c', from: rev, rev, messages: [] });
  return w;
}

test('entering asks for everything, coming back for what is missing in the same store', () => {
  const w = world();
  w.rooms.enter('c');
  assert.deepEqual(w.asks()[0].data, { chats: [{ chat_id: 'c' }], limit: 50 });
  w.answer(w.asks()[0].id);
  w.rooms.leave();
  w.rooms.enter('c');
  assert.deepEqual(w.asks()[1].data, { chats: [{ chat_id: 'c', since: 5 }], limit: 50, store: 's1' });
});

test('after a cut the store of the state held is named, not that of the new welcome', () => {
  const w = world();
  w.rooms.enter('c');
  w.answer(w.asks()[0].id);
  w.rooms.cut();
  w.rooms.welcome({ store: 's2' });
  assert.equal(w.asks()[1].data.store, 's1');
  w.answer(w.asks()[1].id);
  assert.equal(w.rooms.open.store, 's2');
});

test('many gaps make one subscribe', () => {
  const w = world();
  w.rooms.enter('c');
  w.answer(w.asks()[0].id);
  for (const rev of [7, 8, 9]) w.gap(rev);
  assert.equal(w.asks().length, 2);
  w.answer(w.asks()[1].id, { rev: 9, reset: false });
  w.gap(11);
  assert.equal(w.asks().length, 3);
});

test('leaving and coming back at once subscribes again, and the first answer does not count for the second', () => {
  const w = world();
  w.rooms.enter('c');
  w.rooms.leave();
  w.rooms.enter('c');
  assert.deepEqual(w.sent.map((e) => e.type), ['subscribe', 'unsubscribe', 'subscribe']);
  w.answer(w.asks()[0].id);
  w.gap(7);
  assert.equal(w.asks().length, 2, 'the second is still on its way');
  w.answer(w.asks()[1].id, { rev: 7, reset: false });
  w.gap(9);
  assert.equal(w.asks().length, 3);
});

test('a closed room that hears of a gap waits until it is opened', () => {
  const w = world();
  w.rooms.enter('c');
  w.answer(w.asks()[0].id);
  w.rooms.leave();
  w.gap(9);
  assert.equal(w.asks().length, 1);
});

test('a refused chat is closed with its sentence; a busy server is asked again', () => {
  const w = world();
  w.rooms.enter('c');
  w.rooms.frame('error', { code: 'rate_limited', message: 'Wait.', chat_id: 'c', retry_after_ms: 50 }, w.asks()[0].id);
  assert.equal(w.timers[0].wait, 50);
  w.timers[0].work();
  assert.equal(w.asks().length, 2);
  w.rooms.frame('error', { code: 'not_found', message: 'Nothing here.', chat_id: 'c' }, w.asks()[1].id);
  assert.equal(w.rooms.open.lost.message, 'Nothing here.');
  assert.equal(w.rooms.open.ask(), null);
});

test('a wait that a cut made needless does not ask twice', () => {
  const w = world();
  w.rooms.enter('c');
  w.rooms.frame('error', { code: 'unavailable', message: 'Later.', chat_id: 'c' }, w.asks()[0].id);
  w.rooms.cut();
  w.rooms.welcome({ store: 's1' });
  w.timers[0].work();
  assert.equal(w.asks().length, 2);
});

test('who is removed reads why, and nothing is asked for any more', () => {
  const w = world();
  w.rooms.enter('c');
  w.answer(w.asks()[0].id);
  w.rooms.frame('removed', { chat_id: 'c' });
  w.gap(9);
  assert.equal(w.asks().length, 1);
  assert.match(w.rooms.open.lost.message, /no longer/);
});
