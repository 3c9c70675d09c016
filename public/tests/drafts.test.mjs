import test from 'node:test';
import assert from 'node:assert/strict';
import { Drafts } from '../js/drafts.js';

class Store {
  map = new Map();
  getItem(key) { return this.map.get(key) ?? null; }
  setItem(key, value) { this.map.set(key, value); }
  removeItem(key) { this.map.delete(key); }
}

test('each chat has its draft, and each person on a device his own', () => {
  const store = new Store();
  const [ada, bob] = [new Drafts('ada', store), new Drafts('bob', store)];
  ada.set('c', 'one');
  ada.set('', 'a new chat');
  bob.set('c', 'two');
  assert.deepEqual([ada.get('c'), ada.get(''), bob.get('c'), bob.get('')], ['one', 'a new chat', 'two', '']);
  ada.set('c', '');
  assert.equal(ada.get('c'), '');
  assert.ok([...store.map.keys()].every((key) => /^quillium\.(ada|bob)\./.test(key)), 'signing out finds them all');
});

test('the newest fifty are kept, of however many', () => {
  const store = new Store();
  const drafts = new Drafts('ada', store);
  for (let i = 0; i < 60; i++) drafts.set(`c${i}`, 'x');
  drafts.set('c10', 'again');
  drafts.set('c60', 'x');
  assert.equal(store.map.size, 51);
  assert.deepEqual(['c9', 'c10', 'c11', 'c12', 'c60'].map((id) => drafts.get(id)), ['', 'again', '', 'x', 'x']);
});

test('one that is too long is not kept, and takes the older one with it', () => {
  const drafts = new Drafts('ada', new Store());
  drafts.set('c', 'short');
  drafts.set('c', 'x'.repeat(140_001));
  assert.equal(drafts.get('c'), '');
});

test('a store that is full, broken or forbidden stops nothing', () => {
  const store = new Store();
  store.map.set('quillium.ada.drafts', '{"not":"a list"');
  const drafts = new Drafts('ada', store);
  drafts.set('c', 'x');
  assert.equal(drafts.get('c'), 'x');
  store.setItem = () => { throw new Error('full'); };
  drafts.set('d', 'x');
  assert.equal(drafts.get('d'), '');
  assert.equal(new Drafts('ada', null).get('c'), '');
});
