import test from 'node:test';
import assert from 'node:assert/strict';
import { Outbox } from '../js/outbox.js';
import { ReadMarks } from '../js/readmarks.js';
import { Rooms } from '../js/rooms.js';
import { Typing } from '../js/typing.js';
import { globals, settle } from './fakes.mjs';

// A browser's own clock throws where it is called as somebody's method.
function browser(t) {
  const waits = [];
  globals(t, { setTimeout(work, wait) {
    if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
    waits.push(wait);
  } });
  return waits;
}

test('whoever is given no clock uses the browser\'s, as the browser wants it', async (t) => {
  const waits = browser(t);
  new ReadMarks({ send: () => true, sent() {} }).upTo('c', 1);
  new Typing({ send: () => true, changed() {} }).heard({ chat_id: 'c', user: { id: 'bob', name: 'Bob' } });
  const rooms = new Rooms({ socket: { live: true, send: (type, data, id) => (rooms.asked = id) }, touched() {} });
  rooms.enter('c');
  rooms.frame('error', { code: 'unavailable', retry_after_ms: 7, chat_id: 'c' }, rooms.asked);
  const busy = Object.assign(new Error('Wait.'), { code: 'rate_limited', retryAfter: 9 });
  new Outbox({ request: () => Promise.reject(busy), stored() {}, touched() {}, storage: null, userId: 'ada' }).add({ chat_id: 'c', content: 'x' });
  await settle();
  assert.deepEqual(waits, [1000, 6050, 7, 9]);
});
