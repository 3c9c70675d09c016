import test from 'node:test';
import assert from 'node:assert/strict';
import { Chats } from '../js/chats.js';

const chat = (id, over = {}, me = {}) => ({ id, title: id, rev: 1, updated_at: id, me: { role: 'owner', unread: 0, archived: false, pinned: false, ...me }, ...over });

function world() {
  const w = { asked: [], drawn: 0, next: null };
  w.chats = new Chats({
    get: (path) => new Promise((answer, refuse) => w.asked.push({ path, refuse, answer: (data, next = null) => answer({ data, pagination: { next } }) })),
  }, () => {
    w.drawn++;
    w.next = w.chats.next;
  });
  w.ids = () => w.chats.sorted().map(({ id }) => id).join(' ');
  w.loaded = async (view, data, next) => {
    const done = w.chats.show(view);
    w.asked.at(-1).answer(data, next);
    await done;
  };
  return w;
}

test('a list that comes after another one was asked for is not taken', async () => {
  const w = world();
  const first = w.chats.load();
  const second = w.chats.show('archived');
  w.asked[1].answer([chat('b', {}, { archived: true })]);
  w.asked[0].answer([chat('a')]);
  await Promise.all([first, second]);
  assert.equal(w.ids(), 'b');
  assert.equal(w.asked[1].path, '/chats?limit=50&archived=true');
});

test('nor is its failure', async () => {
  const w = world();
  const first = w.chats.load();
  const second = w.chats.show('deleted');
  w.asked[0].refuse(new Error('late'));
  w.asked[1].answer([]);
  await Promise.all([first, second]);
  assert.equal(w.chats.failure, null);
});

test('a page that comes after another view was asked for is not taken', async () => {
  const w = world();
  await w.loaded('', [chat('b')], 'n');
  const more = w.chats.more();
  await w.loaded('deleted', []);
  w.asked[1].answer([chat('a')]);
  await more;
  assert.equal(w.ids(), '');
});

test('where nothing is listed a failure is kept to be shown, until a list comes', async () => {
  const w = world();
  const done = w.chats.load();
  w.asked[0].refuse(new Error('no way'));
  await done;
  assert.equal(w.chats.failure.message, 'no way');
  assert.equal(w.drawn, 1);
  await w.loaded('', [chat('a')]);
  assert.equal(w.chats.failure, null);
});

test('it is tried again with the next look at what is new, in any view', async () => {
  const w = world();
  const done = w.chats.show('deleted');
  w.asked[0].refuse(new Error('no way'));
  await done;
  const again = w.chats.refresh();
  w.asked[1].answer([chat('a')]);
  await again;
  assert.equal(w.ids(), 'a');
  assert.equal(w.chats.failure, null);
});

test('where something is listed it stays, and the failure is told', async () => {
  const w = world();
  await w.loaded('', [chat('a')]);
  const again = w.chats.load();
  w.asked[1].refuse(new Error('no way'));
  await assert.rejects(again, /no way/);
  assert.equal(w.ids(), 'a');
  assert.equal(w.chats.failure, null);
});

test('what is read anew at the top leaves what was paged to below', async () => {
  const w = world();
  await w.loaded('', [chat('c')], 'n');
  const more = w.chats.more();
  w.asked[1].answer([chat('b')], 'm');
  await more;
  const again = w.chats.refresh();
  w.asked[2].answer([chat('d'), chat('c')], 'n');
  await again;
  assert.equal(w.ids(), 'd c b');
  assert.equal(w.next, 'm', 'the next page is the one after the last');
});

test('where all fits on one page, what is not on it has gone', async () => {
  const w = world();
  await w.loaded('', [chat('a'), chat('b')]);
  const again = w.chats.refresh();
  w.asked[1].answer([chat('b')]);
  await again;
  assert.equal(w.ids(), 'b');
});

test('an archived chat that is opened is not put among the others', async () => {
  const w = world();
  await w.loaded('', [chat('a')]);
  w.chats.take(chat('b', {}, { archived: true }));
  assert.equal(w.ids(), 'a');
});

test('a chat goes from one list to the other when it is archived and taken back', async () => {
  const w = world();
  await w.loaded('', [chat('a'), chat('b')]);
  w.chats.take(chat('a', {}, { archived: true }));
  assert.equal(w.ids(), 'b');
  await w.loaded('archived', [chat('a', {}, { archived: true })]);
  w.chats.take(chat('a'));
  assert.equal(w.ids(), '');
});

test('nothing that lives is put among the deleted', async () => {
  const w = world();
  await w.loaded('deleted', [chat('a')]);
  w.chats.take(chat('b'));
  assert.equal(w.ids(), 'a');
});

test('an older copy changes nothing of what all share', async () => {
  const w = world();
  await w.loaded('', [chat('a', { rev: 5, title: 'new' })]);
  w.chats.take(chat('a', { rev: 4, title: 'old' }, { unread: 2 }));
  assert.equal(w.chats.byId.get('a').title, 'new');
  assert.equal(w.chats.unread(), 2, 'but one’s own part has no rev: the last one counts');
});

test('what is unread is counted but in the open chat and in archived ones', async () => {
  const w = world();
  await w.loaded('', [chat('a', {}, { unread: 1 }), chat('b', {}, { unread: 2 })]);
  w.chats.current = 'a';
  assert.equal(w.chats.unread(), 2);
  w.chats.read('b');
  assert.equal(w.chats.unread(), 0);
});
