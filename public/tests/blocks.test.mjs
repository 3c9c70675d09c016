import test from 'node:test';
import assert from 'node:assert/strict';
import { Blocks, closed } from '../js/blocks.js';
import { random } from './server.mjs';

const pieces = ['# Head\n', 'Some words', ' and **strong', '** and `code', '` text', '\n\n', '\n', '- item\n', '  - inner\n', '1. one\n', '> quote\n', '```go\n', 'x := 1\n', '```\n', '| a | b |\n', '| --- | --- |\n', '| 1 | 2 |\n', '---\n', '\r\n', '<b>no</b>', '[l](http://x)', '[r][d]', '\n[d]: http://y\n', '    indented\n', '- [x] done\n', '漢字', '\t', ' '];

const whole = (text) => {
  const blocks = new Blocks();
  blocks.update(text, false);
  return blocks.list.map(({ type, raw }) => ({ type, raw }));
};

test('however a text grows, its blocks add up to it, and at its end they are those of the whole', () => {
  for (let seed = 1; seed <= 600; seed++) {
    const rng = random(seed);
    const blocks = new Blocks();
    let text = '';
    for (let i = 0; i < 30; i++) {
      text += rng.pick(pieces);
      const before = blocks.list.slice();
      const same = blocks.update(text, true);
      assert.equal(blocks.list.map((b) => b.raw).join(''), Blocks.normal(text), `seed ${seed}`);
      assert.ok(same >= before.length - 2, `seed ${seed}: only the last two are drawn again`);
      for (let k = 0; k < same; k++) assert.equal(blocks.list[k], before[k]);
    }
    blocks.update(text, false);
    assert.deepEqual(blocks.list.map(({ type, raw }) => ({ type, raw })), whole(text), `seed ${seed}`);
  }
});

test('an ordinary answer in pieces ends as the same blocks as in one', () => {
  const text = '# Title\n\nWords **bold** and `code`.\n\n- a\n- b\n\n  more of b\n\n```js\nlet a = 1;\n\nlet b = 2;\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\nThe [end][e].\n\n[e]: https://example.org\n';
  for (let size = 1; size < 12; size++) {
    const blocks = new Blocks();
    for (let at = size; at < text.length; at += size) blocks.update(text.slice(0, at), true);
    blocks.update(text, false);
    assert.deepEqual(blocks.list.map(({ type, raw }) => ({ type, raw })), whole(text));
  }
});

test('what is open at the end of a growing text is closed for the eye', () => {
  assert.equal(closed('so **bold'), 'so **bold**');
  assert.equal(closed('so **bold '), 'so **bold** ');
  assert.equal(closed('so `code'), 'so `code`');
  assert.equal(closed('a `**` b'), 'a `**` b');
  assert.equal(closed('so **'), 'so **');
  assert.equal(closed('done **bold** here'), 'done **bold** here');
  assert.equal(closed('**old\n\nnew'), '**old\n\nnew');
  assert.equal(closed('```\nlet a = `'), '```\nlet a = `');
});

test('what is added for the eye is no part of the text', () => {
  const blocks = new Blocks();
  blocks.update('so **bo', true);
  assert.deepEqual([blocks.list[0].drawn, blocks.list[0].raw], ['so **bo**', 'so **bo']);
  blocks.update('so **bo', false);
  assert.deepEqual([blocks.list[0].drawn, blocks.list[0].raw], ['so **bo', 'so **bo']);
});

test("a person's line ends are line breaks, a model's are not", () => {
  const kinds = (breaks) => {
    const blocks = new Blocks(breaks);
    blocks.update('one\ntwo', false);
    return blocks.list[0].token.tokens.map((token) => token.type);
  };
  assert.deepEqual(kinds(true), ['text', 'br', 'text']);
  assert.deepEqual(kinds(false), ['text']);
});

test('a text that is another one is read anew', () => {
  const blocks = new Blocks();
  blocks.update('one\n\ntwo', true);
  assert.equal(blocks.update('two\n\nthree', true), 0);
  assert.deepEqual(blocks.list.map((b) => b.raw), ['two\n\n', 'three']);
});
