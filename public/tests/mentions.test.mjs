import test from 'node:test';
import assert from 'node:assert/strict';
import { being, complete, fitting, found, names } from '../js/mentions.js';

const people = ['Ada Lovelace', 'Bob', 'Zoë Élan', 'Anna', 'Ann'].map((name, i) => ({ user: { id: `u${i}`, name } }));
const models = [{ id: 'guide', name: 'Guide', available: true }, { id: 'llama3.2:1b', name: 'Llama', available: true }, { id: 'llama3.2', name: 'Llama big', available: false, reason: 'Not reached.' }];
const all = names(people, models, 'u1');
const texts = (list) => list.map((one) => one.text);

test('a model can be called by its aliases', () => {
  const list = names([], [{ id: 'gpt-4o', name: 'GPT-4o', aliases: ['quality'], available: true }], 'u1');
  assert.deepEqual(fitting(list, 'qual').map(({ id, text }) => [id, text]), [['gpt-4o', 'quality']]);
});

test('everybody can be mentioned but oneself, and a model that is away says why', () => {
  assert.deepEqual(texts(all), ['Ada Lovelace', 'Zoë Élan', 'Anna', 'Ann', 'guide', 'llama3.2:1b', 'llama3.2']);
  assert.equal(all.at(-1).hint, 'Not reached.');
});

test('a mention begins at the start, after a space or a bracket, and nowhere else', () => {
  for (const text of ['@ad', 'hi @ad', '(@ad', '\n@ad', '„x“ [@ad', '<@ad']) assert.equal(being(text, text.length)?.query, 'ad', text);
  for (const text of ['ad', 'me@ad', '@ ad', '@a\nd', '`@ad', `@${'x'.repeat(90)}`]) assert.equal(being(text, text.length), null, text);
});

test('what is behind the caret is no part of it', () => {
  assert.deepEqual(being('hi @ada there', 6), { from: 3, query: 'ad' });
});

test('names fit by their beginning or that of a word, whatever case and accents', () => {
  assert.deepEqual(texts(fitting(all, 'a')), ['Ada Lovelace', 'Anna', 'Ann']);
  assert.deepEqual(texts(fitting(all, 'LOVE')), ['Ada Lovelace']);
  assert.deepEqual(texts(fitting(all, 'ada l')), ['Ada Lovelace']);
  assert.deepEqual(texts(fitting(all, 'zoe')), ['Zoë Élan']);
  assert.deepEqual(texts(fitting(all, 'elan')), ['Zoë Élan']);
  assert.deepEqual(texts(fitting(all, 'llama3.2:')), ['llama3.2:1b']);
  assert.deepEqual(texts(fitting(all, 'big')), ['llama3.2']);
  assert.deepEqual(fitting(all, 'da'), []);
  assert.deepEqual(texts(fitting(all, '', 5)), ['Ada Lovelace', 'Zoë Élan', 'guide', 'llama3.2:1b', 'llama3.2'], 'some of each');
});

test('a completed mention is apart from the word that follows, and the caret behind it', () => {
  const [ada] = all;
  assert.deepEqual(complete('hi @ad', 6, being('hi @ad', 6), ada), { text: 'hi @Ada Lovelace ', caret: 17 });
  assert.deepEqual(complete('@ad you', 3, being('@ad you', 3), ada), { text: '@Ada Lovelace you', caret: 14 });
  assert.deepEqual(complete('@ad, you', 3, being('@ad, you', 3), ada), { text: '@Ada Lovelace, you', caret: 13 });
});

test('mentions in a text are found by the longest name, with whole words, whatever case', () => {
  const at = (text) => found(text, all).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(at('@anna and @Ann, (@ADA lovelace)'), ['@anna', '@Ann', '@ADA lovelace']);
  assert.deepEqual(at('@llama3.2:1b or @llama3.2: which? @llama3.2.'), ['@llama3.2:1b', '@llama3.2', '@llama3.2']);
  assert.deepEqual(at('me@guide @guides @llama3.2.x @annabel'), []);
  assert.deepEqual(at('no one'), []);
});

test('however wild a text is, what is found lies in it, in order, and does not overlap', () => {
  const parts = ['@', 'ann', 'Anna', ' ', '(', 'guide', '.', ':', 'é', '🪶', '\n', 'llama3.2', '@@', '1b'];
  let seed = 7;
  const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let run = 0; run < 2000; run++) {
    const text = Array.from({ length: next(12) }, () => parts[next(parts.length)]).join('');
    let end = 0;
    for (const one of found(text, all)) {
      assert.ok(one.start >= end && one.end <= text.length, JSON.stringify(text));
      assert.equal(text.slice(one.start + 1, one.end).toLowerCase(), one.name.text.toLowerCase());
      ({ end } = one);
    }
  }
});
