import test from 'node:test';
import assert from 'node:assert/strict';
import { Room } from '../js/room.js';
import { better, hold, size } from '../js/copy.js';
import { Server, random } from './server.mjs';

const message = (over = {}) => ({ id: 'm', seq: 1, rev: 2, role: 'assistant', status: 'streaming', content: '', reasoning: null, ...over });
const chat = (over = {}) => ({ id: 'c', title: 't', rev: 2, last_seq: 1, ...over });

function live(...messages) {
  const room = new Room('c');
  room.ask();
  const last = Math.max(1, ...messages.map((m) => m.seq));
  room.subscribed({ chat: chat({ last_seq: last }), me: {}, rev: 2, reset: true, messages }, 's');
  return room;
}

const delta = (over) => ({ chat_id: 'c', message_id: 'm', rev: 2, part: 'content', ...over });

test('a delta that overlaps is cut at its bytes, not its characters', () => {
  const room = live(message({ content: 'aé' }));
  assert.equal(room.delta(delta({ offset: 1, end: 7, text: 'é🪶' })), false);
  assert.equal(room.messages.get('m').content, 'aé🪶');
  assert.equal(room.messages.get('m').bytes.content, 7);
});

test('null counts as no bytes', () => {
  const room = live(message());
  room.delta(delta({ part: 'reasoning', offset: 0, end: 2, text: 'hm' }));
  assert.equal(room.messages.get('m').reasoning, 'hm');
});

test('a delta beyond what is held asks for the chat, once', () => {
  const room = live(message({ content: 'ab' }));
  assert.equal(room.delta(delta({ offset: 3, end: 4, text: 'd' })), true);
  assert.deepEqual(room.ask(), { chat_id: 'c', since: 2 });
  assert.equal(room.ask(), null);
});

test('a delta of a run that has ended, or of none that is new, is ignored', () => {
  const room = live(message({ rev: 2, status: 'complete', content: 'done' }));
  assert.equal(room.delta(delta({ rev: 1, offset: 0, end: 1, text: 'x' })), false);
  assert.equal(room.delta(delta({ message_id: 'other', rev: 2, offset: 0, end: 1, text: 'x' })), false);
  assert.equal(room.delta(delta({ message_id: 'other', rev: 3, offset: 0, end: 1, text: 'x' })), true);
  assert.equal(room.messages.get('m').content, 'done');
});

test('a late delta of an earlier run does not touch the present one', () => {
  const room = live(message({ rev: 2, content: 'ab' }));
  assert.equal(room.delta(delta({ rev: 1, offset: 2, end: 3, text: 'x' })), false);
  assert.equal(room.messages.get('m').content, 'ab');
  const ended = live(message({ rev: 2, status: 'stopped', content: 'ab' }));
  assert.equal(ended.delta(delta({ offset: 2, end: 3, text: 'x' })), false);
  assert.equal(ended.messages.get('m').content, 'ab');
});

test('an answer to an earlier subscribe does not move have back, a reset does', () => {
  const room = live(message());
  room.changes({ from: 2, rev: 7, messages: [] });
  room.subscribed({ chat: chat({ rev: 5 }), rev: 5, reset: false, messages: [] }, 's');
  assert.equal(room.have, 7);
  room.subscribed({ chat: chat({ rev: 5 }), rev: 5, reset: true, messages: [] }, 's');
  assert.equal(room.have, 5);
});

test('changes are taken by rev, and a gap or a notice asks', () => {
  const room = live(message());
  assert.equal(room.changes({ from: 1, rev: 2, messages: [message({ content: 'old' })] }), false);
  assert.equal(room.messages.get('m').content, '');
  assert.equal(room.changes({ from: 3, rev: 4, messages: [] }), true);
  assert.equal(room.changes({ from: 4, rev: 4, messages: [] }), true);
  assert.equal(room.have, 2);
  assert.equal(room.changes({ from: 1, rev: 4, messages: [message({ rev: 4, status: 'complete', content: 'all' })] }), false);
  assert.equal(room.have, 4);
  assert.equal(room.messages.get('m').content, 'all');
});

test('an ack never moves have', () => {
  const room = live(message());
  room.take(message({ id: 'n', seq: 2, rev: 3, role: 'user', status: 'complete', content: 'hi', client_id: 'x' }));
  assert.equal(room.have, 2);
  assert.equal(room.messages.get('n').client_id, 'x');
});

test('of one rev the longer text of each part is kept', () => {
  const held = hold(message({ content: 'abc', reasoning: 'r' }));
  const copy = better(held, message({ content: 'ab', reasoning: 'rrr' }));
  assert.equal(copy.content, 'abc');
  assert.equal(copy.reasoning, 'rrr');
  assert.equal(better(held, message({ content: 'a' })), held);
  assert.equal(size('é'), 2);
});

test('a change of a place below what is held waits for the page that brings it', () => {
  const room = live(message({ id: 'm5', seq: 5, status: 'complete' }));
  const before = room.older();
  assert.equal(before, 5);
  assert.equal(room.older(), null, 'one page at a time');
  const stale = message({ id: 'm4', seq: 4, rev: 1, status: 'complete', content: 'before' });
  room.changes({ from: 2, rev: 3, messages: [{ ...stale, rev: 3, content: 'after' }] });
  assert.equal(room.messages.has('m4'), false);
  room.page([stale], before);
  assert.equal(room.messages.get('m4').content, 'after');
  assert.equal(room.low, 4);
});

test('a page asked for before a reset is not taken', () => {
  const room = live(message({ id: 'm5', seq: 5 }));
  const before = room.older();
  room.subscribed({ chat: chat({ last_seq: 9 }), rev: 9, reset: true, messages: [message({ id: 'm9', seq: 9 })] }, 's');
  room.page([message({ id: 'm4', seq: 4 })], before);
  assert.deepEqual(room.list().map((m) => m.seq), [9]);
  assert.equal(room.older(), 9, 'and paging goes on from where one is');
});

test('whatever is cut, doubled, late or mixed up, the client ends with what is stored', () => {
  const runs = Number(process.env.ROOM_RUNS ?? 400);
  for (let seed = 1; seed <= runs; seed++) story(seed);
});

// story runs one random life of a chat and compares both sides at its end.
function story(seed) {
  const rng = random(seed);
  const server = new Server(rng);
  let room = new Room('c');
  const count = { asks: 0, reasons: 0 };
  const page = { before: null, messages: null };

  const ask = () => {
    const entry = room.ask();
    if (!entry) return;
    count.asks++;
    server.subscribe(entry, room.store, 8);
  };
  const receive = (frame) => {
    let wants = false;
    if (frame.type === 'subscribed') room.subscribed(frame.data, frame.store);
    else wants = room[frame.type](frame.data);
    if (wants) count.reasons++;
    if (wants) ask();
  };
  // A page is read at one moment and arrives at a later one.
  const turnPage = () => {
    if (page.messages) {
      const wants = room.page(page.messages, page.before);
      page.messages = null;
      if (wants) count.reasons++;
      if (wants) ask();
      return;
    }
    page.before = room.older();
    if (page.before !== null) page.messages = server.page(page.before, 6);
  };
  const reconnect = () => {
    count.reasons++;
    room.cut();
    ask();
  };

  for (let i = 0; i < 30; i++) server.post();
  reconnect();
  for (let i = 0; i < 250; i++) {
    const roll = rng.below(100);
    if (roll < 45) server.step();
    if (rng.chance(0.4)) server.publish();
    if (roll >= 45 && roll < 90 && server.queue.length) {
      const next = server.queue[1];
      const mixed = next && next.type !== 'subscribed' && server.queue[0].type !== 'subscribed' && rng.chance(0.1);
      const [frame] = server.queue.splice(mixed ? 1 : 0, 1);
      receive(structuredClone(frame));
      if (frame.type !== 'subscribed' && rng.chance(0.15)) receive(structuredClone(frame));
    }
    if (roll >= 90 && roll < 93) (server.cut(), reconnect());
    if (roll === 93) (server.restore(), (page.messages = null), reconnect());
    if (roll === 94 && server.old.length) room.take(structuredClone(rng.pick(server.old)));
    if (roll === 95 && server.messages.size) room.take(server.copy(rng.pick(server.sorted())));
    if (roll > 95) turnPage();
  }
  if (page.messages) turnPage();
  server.publish();
  while (server.queue.length) receive(server.queue.shift());

  const stored = server.sorted().filter((m) => m.seq >= room.low);
  const strip = ({ id, seq, rev, status, content, reasoning, deleted_at }) => ({ id, seq, rev, status, content, reasoning: reasoning ?? null, deleted_at });
  assert.equal(room.have, server.chat.rev, `seed ${seed}: have`);
  assert.equal(room.chat.title, server.chat.title, `seed ${seed}: title`);
  assert.deepEqual(room.list().map(strip), stored.map(strip), `seed ${seed}`);
  assert.ok(count.asks <= count.reasons, `seed ${seed}: at most one subscribe a cut or gap`);
}
