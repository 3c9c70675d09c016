import test from 'node:test';
import assert from 'node:assert/strict';
import { Typing } from '../js/typing.js';
import { ReadMarks } from '../js/readmarks.js';

// clock is a time that moves when told, and runs what waits for it.
function clock() {
  const waiting = [];
  const c = { time: 0, now: () => c.time, later: (work, wait) => waiting.push({ work, at: c.time + wait }) };
  c.to = (time) => {
    for (;;) {
      const due = waiting.filter(({ at }) => at <= time).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      waiting.splice(waiting.indexOf(due), 1);
      c.time = due.at;
      due.work();
    }
    c.time = time;
  };
  return c;
}

function typing() {
  const w = { clock: clock(), sent: [], changes: 0, live: true };
  w.typing = new Typing({ ...w.clock, send: (type, data) => w.live && (w.sent.push([type, data.chat_id, w.clock.time]), true), changed: () => w.changes++ });
  return w;
}

test('one who types says so every three seconds, in each chat, and not for blanks', () => {
  const w = typing();
  for (let at = 0; at <= 7000; at += 100) (w.clock.to(at), w.typing.wrote('a', 'x'));
  assert.deepEqual(w.sent.map(([, , at]) => at), [0, 3000, 6000]);
  w.typing.wrote('b', 'x');
  assert.deepEqual(w.sent.at(-1), ['typing', 'b', 7000]);
  w.clock.to(20_000);
  w.typing.wrote('a', '  \n');
  w.typing.wrote('', 'a new chat');
  assert.equal(w.sent.length, 4);
});

test('after a message the next key is told at once, and what could not be sent is tried again', () => {
  const w = typing();
  w.typing.wrote('a', 'x');
  w.typing.sent();
  w.typing.wrote('a', 'y');
  assert.equal(w.sent.length, 2);
  w.typing.sent();
  w.live = false;
  w.typing.wrote('a', 'z');
  w.live = true;
  w.typing.wrote('a', 'zz');
  assert.equal(w.sent.length, 3);
});

test('somebody types for six seconds after his last word, or until his message is there', () => {
  const w = typing();
  w.typing.heard({ chat_id: 'a', user: { id: 'bob', name: 'Bob' } });
  w.clock.to(3000);
  w.typing.heard({ chat_id: 'a', user: { id: 'bob', name: 'Bob' } });
  w.typing.heard({ chat_id: 'a', user: { id: 'cy', name: 'Cy' } });
  w.clock.to(8900);
  assert.deepEqual(w.typing.names('a'), ['Bob', 'Cy']);
  w.typing.said('a', 'cy');
  assert.deepEqual(w.typing.names('a'), ['Bob']);
  assert.deepEqual(w.typing.names('b'), []);
  const before = w.changes;
  w.clock.to(9100);
  assert.deepEqual(w.typing.names('a'), []);
  assert.equal(w.changes, before + 1, 'the end is told');
  assert.equal(w.typing.heardOf.size, 0, 'and nothing is left');
});

function marks() {
  const w = { clock: clock(), frames: [], told: [], live: true };
  w.marks = new ReadMarks({ later: w.clock.later, send: (_, data) => w.live && (w.frames.push([data.chat_id, data.seq, w.clock.time]), true), sent: (...mark) => w.told.push(mark) });
  return w;
}

test('however fast one reads, one mark a second goes out, and the last one always', () => {
  const w = marks();
  for (let seq = 1; seq <= 25; seq++) (w.clock.to(seq * 100), w.marks.upTo('a', seq));
  w.clock.to(60_000);
  assert.deepEqual(w.frames, [['a', 1, 100], ['a', 10, 1100], ['a', 20, 2100], ['a', 25, 3100]]);
  assert.deepEqual(w.told.at(-1), ['a', 25]);
});

test('a mark of one chat does not lose that of another', () => {
  const w = marks();
  w.marks.upTo('a', 1);
  w.marks.upTo('a', 2);
  w.marks.upTo('b', 9);
  w.clock.to(10_000);
  assert.deepEqual(w.frames.map(([chat, seq]) => [chat, seq]), [['a', 1], ['a', 2], ['b', 9]]);
});

test('what could not be sent waits for the connection', () => {
  const w = marks();
  w.live = false;
  w.marks.upTo('a', 4);
  assert.deepEqual(w.told, []);
  w.live = true;
  w.marks.flush();
  assert.deepEqual(w.told, [['a', 4]]);
});
