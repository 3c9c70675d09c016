import test from 'node:test';
import assert from 'node:assert/strict';
import { API } from '../js/api.js';
import { Session } from '../js/session.js';
import { globals, settle } from './fakes.mjs';

const reply = (status, body, headers = {}) => ({ ok: status < 300, status, headers: new Headers(headers), json: async () => body });

// world answers fetches from a table of path -> function, and counts them.
function world(t, table) {
  const w = { calls: [], went: [] };
  globals(t, {
    navigator: {}, sessionStorage: undefined,
    location: { pathname: '/c/1', replace: (url) => w.went.push(url) },
    fetch: async (url, options) => {
      w.calls.push({ url, ...options });
      await null;
      const answer = table[url.replace('/api/v1', '')];
      if (!answer) throw new TypeError('network');
      return answer(options);
    },
  });
  let n = 0;
  table['/auth/refresh?cookies=true'] ??= () => reply(200, { user: { name: 'Ada' }, access_token: `t${++n}`, expires_in: 900 });
  return w;
}

test('many calls at once refresh once', async (t) => {
  const w = world(t, { '/x': () => reply(200, { ok: true }) });
  const api = new API(new Session());
  await Promise.all([api.get('/x'), api.get('/x'), api.get('/x')]);
  assert.equal(w.calls.filter((c) => c.url.includes('refresh')).length, 1);
  assert.ok(w.calls.filter((c) => c.url.endsWith('/x')).every((c) => c.headers.Authorization === 'Bearer t1'));
});

test('a token is used until shortly before it runs out, however short its life', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  for (const [life, used] of [[900, 839], [8, 5]]) {
    let n = 0;
    world(t, { '/auth/refresh?cookies=true': () => reply(200, { user: {}, access_token: `t${++n}`, expires_in: life }) });
    const session = new Session();
    assert.equal(await session.token(), 't1');
    t.mock.timers.tick(used * 1000);
    assert.equal(await session.token(), 't1');
    t.mock.timers.tick((life - used) * 1000);
    assert.equal(await session.token(), 't2');
  }
});

test('a 401 is tried once more with a fresh token, not for ever', async (t) => {
  let n = 0;
  const w = world(t, {
    '/once': () => (n++ ? reply(200, { ok: true }) : reply(401, { error: { code: 'unauthorized', message: 'No.' } })),
    '/never': () => reply(401, { error: { code: 'unauthorized', message: 'No.' } }),
  });
  const api = new API(new Session());
  assert.deepEqual(await api.get('/once'), { ok: true });
  await assert.rejects(api.get('/never'), { status: 401 });
  assert.equal(w.calls.filter((c) => c.url.endsWith('/never')).length, 2);
});

test('an ended session leads to the sign-in page, and back afterwards', async (t) => {
  const w = world(t, { '/auth/refresh?cookies=true': () => reply(401, null) });
  await assert.rejects(new Session().token());
  assert.deepEqual(w.went, ['/sign-in?next=%2Fc%2F1']);
});

test('signing out forgets what the device kept of the user, not of others, and leads nowhere', async (t) => {
  const w = world(t, { '/auth/logout': () => ({ ok: true, status: 204 }) });
  const kept = { 'quillium.ada.draft.c': 'x', 'quillium.bob.draft.c': 'y', 'quillium.theme': 'dark' };
  const storage = Object.assign(Object.create({ removeItem(key) { delete this[key]; } }), kept);
  globals(t, { window: { localStorage: storage } });
  const session = new Session();
  await session.token();
  session.user = { id: 'ada' };
  await session.signOut();
  assert.deepEqual(Object.keys(storage), ['quillium.bob.draft.c', 'quillium.theme']);
  assert.deepEqual(w.went, ['/sign-in']);
});

test('where another tab signed in as somebody else, the page begins anew and does nothing in his name', async (t) => {
  const people = ['ada', 'ada', 'bob'];
  const w = world(t, { '/auth/refresh?cookies=true': () => reply(200, { user: { id: people.shift() }, access_token: `t${people.length}`, expires_in: 900 }) });
  location.reload = () => w.went.push('again');
  const session = new Session();
  await session.token();
  const renewed = await session.refresh('t2');
  assert.deepEqual([renewed, session.user.id, w.went], ['t1', 'ada', []]);
  await assert.rejects(session.refresh('t1'), { code: 'unauthorized' });
  assert.deepEqual([session.user.id, session.left, w.went], ['ada', true, ['again']]);
  await assert.rejects(session.token(), { code: 'unauthorized' });
  assert.deepEqual(w.went, ['again'], 'once is enough');
});

test('an unreachable server ends no session', async (t) => {
  const w = world(t, { '/auth/refresh?cookies=true': () => { throw new TypeError('network'); } });
  await assert.rejects(new Session().token(), { code: 'unreachable' });
  assert.deepEqual(w.went, []);
});

test('tabs refresh one after the other where the browser has locks', async (t) => {
  world(t, {});
  let inside = 0, most = 0, last = Promise.resolve();
  navigator.locks = {
    request: (name, work) => (last = last.then(async () => {
      most = Math.max(most, ++inside);
      const value = await work();
      inside--;
      return value;
    })),
  };
  await Promise.all([new Session().token(), new Session().token()]);
  await settle();
  assert.equal(most, 1);
});

test('a refusal carries its code, its sentence and how long to wait', async (t) => {
  world(t, { '/busy': () => reply(429, { error: { code: 'rate_limited', message: 'Wait.', details: [], request_id: 'r1' } }, { 'Retry-After': '3' }), '/proxy': () => ({ ok: false, status: 502, headers: new Headers(), json: async () => { throw new SyntaxError('html'); } }) });
  const api = new API(new Session());
  await assert.rejects(api.get('/busy'), { code: 'rate_limited', message: 'Wait.', requestId: 'r1', retryAfter: 3000 });
  await assert.rejects(api.get('/proxy'), { code: 'unavailable' });
});
