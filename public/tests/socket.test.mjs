import test from 'node:test';
import assert from 'node:assert/strict';
import { Socket, after } from '../js/socket.js';
import { FakeWebSocket, globals, settle } from './fakes.mjs';

const welcome = { type: 'welcome', data: { store: 's', heartbeat_seconds: 25, user: {} } };

class FakeSession {
  tokens = 1;
  refreshed = 0;
  left = false;
  async token() { return `t${this.tokens}`; }
  async refresh() {
    this.refreshed++;
    if (this.dead) {
      this.left = true;
      throw new Error('signed out');
    }
    return `t${++this.tokens}`;
  }
  leave(why) { this.left = why; }
}

async function connected(t, { greet = true } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  globals(t, { WebSocket: FakeWebSocket, navigator: { onLine: true } });
  FakeWebSocket.all = [];
  const log = { states: [], frames: [], cuts: [], welcomes: 0 };
  const session = new FakeSession();
  const socket = new Socket(session, {
    state: (state) => log.states.push(state), welcome: () => log.welcomes++,
    frame: (type, data) => log.frames.push(type), cut: (code) => log.cuts.push(code),
  }, 'ws://here/api/v1/ws');
  socket.connect();
  await settle();
  if (greet) FakeWebSocket.last.says(welcome);
  const wait = async (ms) => (t.mock.timers.tick(ms), settle());
  return { socket, session, log, wait };
}

test('the token travels as a subprotocol, never in the address', async (t) => {
  await connected(t);
  assert.deepEqual(FakeWebSocket.last.protocols, ['quillium.v1', 'bearer.t1']);
  assert.equal(FakeWebSocket.last.url.includes('t1'), false);
});

test('a frame holds many envelopes, and unknown types are handed on without harm', async (t) => {
  const { log } = await connected(t);
  FakeWebSocket.last.says({ type: 'changes', data: {} }, { type: 'from-the-future' }, { type: 'delta', data: {} });
  assert.deepEqual(log.frames, ['changes', 'from-the-future', 'delta']);
});

test('an answer finds its request, an error too, and a cut ends those that wait', async (t) => {
  const { socket } = await connected(t);
  const [good, bad, lost] = [socket.request('message', {}), socket.request('message', {}), socket.request('message', {})];
  const ids = FakeWebSocket.last.sent.map((e) => e.id);
  FakeWebSocket.last.says({ type: 'ack', id: ids[0], data: { message: 'm' } }, { type: 'error', id: ids[1], data: { code: 'too_large', message: 'Too long.', retry_after_ms: 7 } });
  FakeWebSocket.last.ends(1006);
  assert.deepEqual(await good, { message: 'm' });
  await assert.rejects(bad, { code: 'too_large', retryAfter: 7 });
  await assert.rejects(lost, { code: 'cut' });
});

test('it pings each heartbeat, and gives up a socket that says nothing for two and a half', async (t) => {
  const { log, wait } = await connected(t);
  const first = FakeWebSocket.last;
  await wait(25_000);
  assert.deepEqual(first.sent.map((e) => e.type), ['ping']);
  await wait(25_000);
  await wait(25_000);
  assert.equal(first.closed, true);
  assert.notEqual(FakeWebSocket.last, first);
  assert.deepEqual(log.cuts, [1006]);
});

test('after 1001 it comes back no earlier than the server asked', async (t) => {
  const { wait } = await connected(t);
  FakeWebSocket.last.ends(1001, '3000');
  await wait(2999);
  assert.equal(FakeWebSocket.all.length, 1);
  await wait(1501);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('an ended session is tried with a fresh token, once', async (t) => {
  const { session, wait } = await connected(t);
  FakeWebSocket.last.ends(4001);
  await settle();
  assert.equal(session.refreshed, 1);
  await wait(300);
  assert.equal(FakeWebSocket.all.length, 2);
});

test('an ended session without a cookie does not come back', async (t) => {
  const { session, wait } = await connected(t);
  session.dead = true;
  FakeWebSocket.last.ends(4001);
  await wait(600_000);
  assert.equal(FakeWebSocket.all.length, 1);
});

test('a disabled account leaves, too many tabs wait to be asked, a broken program stops', async (t) => {
  const one = await connected(t);
  FakeWebSocket.last.ends(4003);
  assert.match(one.session.left, /disabled/);

  one.socket.connect();
  await settle();
  FakeWebSocket.last.says(welcome);
  FakeWebSocket.last.ends(4009);
  assert.equal(one.socket.state, 'crowded');
  const count = FakeWebSocket.all.length;
  one.socket.nudge();
  await one.wait(600_000);
  assert.equal(FakeWebSocket.all.length, count);
  one.socket.nudge(true);
  await settle();
  assert.equal(FakeWebSocket.all.length, count + 1);

  FakeWebSocket.last.ends(1007);
  await one.wait(600_000);
  assert.equal(one.socket.state, 'broken');
  assert.equal(FakeWebSocket.all.length, count + 1);
});

test('refused upgrades wait longer each time, up to half a minute, and ask for a fresh token', async (t) => {
  const { session, wait } = await connected(t, { greet: false });
  for (let i = 0; i < 10; i++) {
    FakeWebSocket.last.ends(1006);
    const before = FakeWebSocket.all.length;
    await wait(45_250);
    assert.equal(FakeWebSocket.all.length, before + 1);
  }
  assert.ok(session.refreshed >= 8);
});

test('two wishes to connect at once open one socket', async (t) => {
  const { socket } = await connected(t);
  FakeWebSocket.last.ends(1006);
  const before = FakeWebSocket.all.length;
  socket.connect();
  socket.connect();
  await settle();
  assert.equal(FakeWebSocket.all.length, before + 1);
});

test('each close code of the protocol has its answer', () => {
  assert.deepEqual(after(1001, '250'), { wait: 250 });
  assert.deepEqual(after(1003), { stop: 'broken' });
  assert.deepEqual(after(4005), { wait: 500 });
  assert.deepEqual(after(4008), { wait: 500 });
  assert.deepEqual(after(1009), {});
  assert.deepEqual(after(1006), {});
});

test('a page that is put away hangs up, and comes back when it is looked at again', async (t) => {
  const { socket, log, wait } = await connected(t);
  const kept = FakeWebSocket.last;
  const lost = socket.request('message', {});
  socket.rest();
  await assert.rejects(lost, { code: 'cut' });
  assert.equal(socket.live, false);
  assert.deepEqual(log.cuts, [1001]);
  await wait(60_000);
  assert.equal(FakeWebSocket.last, kept, 'it stays away by itself');
  socket.nudge();
  await settle();
  FakeWebSocket.last.says(welcome);
  assert.notEqual(FakeWebSocket.last, kept);
  assert.equal(log.welcomes, 2);
});
