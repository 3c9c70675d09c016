import test from 'node:test';
import assert from 'node:assert/strict';
import { Outbox } from '../js/outbox.js';
import { settle } from './fakes.mjs';

class Store {
  map = new Map();
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
}

function world(storage = new Store(), userId = 'ada') {
  const w = { requests: [], stored: [], timers: [], storage };
  w.outbox = new Outbox({
    request: (type, data) => new Promise((resolve, reject) => w.requests.push({ type, data, resolve, reject })),
    stored: (message) => w.stored.push(message), touched() {}, storage, userId, later: (work, wait) => w.timers.push({ work, wait }),
  });
  w.ack = async (i = w.requests.length - 1) => (w.requests[i].resolve({ message: { content: w.requests[i].data.content } }), settle());
  w.refuse = async (failure, i = w.requests.length - 1) => (w.requests[i].reject(failure), settle());
  return w;
}

test('messages of one chat go one after the other, of two chats at once', async () => {
  const w = world();
  w.outbox.add({ chat_id: 'a', content: '1' });
  w.outbox.add({ chat_id: 'a', content: '2' });
  w.outbox.add({ chat_id: 'b', content: '3' });
  assert.deepEqual(w.requests.map((r) => r.data.content), ['1', '3']);
  await w.ack(0);
  assert.deepEqual(w.requests.map((r) => r.data.content), ['1', '3', '2']);
  assert.equal(w.outbox.of('a').length, 1);
});

test('what was cut is sent again after the welcome, under the same client_id, and not before', async () => {
  const w = world();
  w.outbox.add({ chat_id: 'a', content: 'hi' });
  await w.refuse({ code: 'cut' });
  assert.equal(w.requests.length, 1);
  w.outbox.flush();
  assert.equal(w.requests.length, 2);
  assert.equal(w.requests[1].data.client_id, w.requests[0].data.client_id);
  await w.ack();
  assert.equal(w.outbox.items.length, 0);
  assert.equal(w.stored.length, 1);
});

test('a reload loses nothing: the next page sends it under the same client_id', async () => {
  const before = world();
  before.outbox.add({ chat_id: 'a', content: 'hi', after: 7 });
  const after = world(before.storage);
  after.outbox.flush();
  assert.equal(after.requests[0].data.client_id, before.requests[0].data.client_id);
  assert.equal(after.outbox.of('a')[0].after, 7);
  await after.ack();
  assert.equal(world(before.storage).outbox.items.length, 0);
});

test('somebody else on the same device sends none of it', () => {
  const ada = world();
  ada.outbox.add({ chat_id: 'a', content: 'hi' });
  const bob = world(ada.storage, 'bob');
  bob.outbox.flush();
  assert.equal(bob.requests.length, 0);
});

test('a refusal for good stays, with its sentence, until it is sent again or discarded', async () => {
  const w = world();
  w.outbox.add({ chat_id: 'a', content: 'hi' });
  w.outbox.add({ chat_id: 'a', content: 'next' });
  await w.refuse({ code: 'too_large', message: 'Too long.' });
  const [item] = w.outbox.of('a');
  assert.equal(item.failure.message, 'Too long.');
  assert.equal(w.requests.length, 2, 'the one after it does not wait');
  await w.ack();
  w.outbox.retry(item.client_id);
  assert.equal(w.requests[2].data.client_id, item.client_id);
  await w.refuse({ code: 'too_large', message: 'Too long.' });
  assert.equal(w.outbox.discard(item.client_id).content, 'hi');
  assert.equal(w.outbox.items.length, 0);
});

test('a busy server is asked again when it said, and not for ever', async () => {
  const w = world();
  w.outbox.add({ chat_id: 'a', content: 'hi' });
  for (let i = 0; i < 5; i++) {
    await w.refuse({ code: 'rate_limited', retryAfter: 1234, message: 'Wait.' });
    assert.equal(w.timers.at(-1).wait, 1234);
    w.timers.at(-1).work();
  }
  await w.refuse({ code: 'rate_limited', message: 'Wait.' });
  assert.equal(w.timers.length, 5);
  assert.equal(w.outbox.items[0].failure.message, 'Wait.');
});

test('what the server would not read is refused, not sent for ever', async () => {
  const w = world();
  w.outbox.add({ chat_id: 'a', content: 'far too long' });
  w.outbox.refuse('Too long.');
  await w.refuse({ code: 'cut' });
  w.outbox.flush();
  assert.equal(w.requests.length, 1);
  assert.equal(w.outbox.items[0].failure.message, 'Too long.');
});

test('a store that is forbidden or full stops nothing', async () => {
  const w = world({ getItem: () => '{broken', setItem() { throw new Error('full'); } });
  w.outbox.add({ chat_id: 'a', content: 'hi' });
  await w.ack();
  assert.equal(w.stored.length, 1);
});
