// Socket is the one WebSocket of this tab: it connects, stays alive, comes back
// by what the close code says, and matches answers with requests. What frames
// mean is not its concern: it hands them on.

import { Failure } from './api.js';

const longest = 30_000; // of the waits between attempts, in milliseconds

/** What the connection is doing, with the word that is shown. */
export const states = {
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Reconnecting',
  offline: 'Offline',
  crowded: 'Too many tabs',
  broken: 'Reload the page',
};

export class Socket {
  #ws = null;
  #waiting = new Map(); // request id -> {resolve, reject}
  #next = 1;
  #failures = 0;
  #timers = new Set();
  #attempt = 0;
  #heard = 0;
  #beat = 25_000;

  /** on: {state(name), welcome(data), frame(type, data, id), cut(code)} */
  constructor(session, on, url = socketURL()) {
    this.session = session;
    this.on = on;
    this.url = url;
    this.state = 'connecting';
  }

  get live() { return this.state === 'live'; }

  async connect() {
    const attempt = ++this.#attempt;
    this.#quiet();
    this.#shut();
    this.#show(navigator.onLine === false ? 'offline' : this.#failures ? 'waiting' : 'connecting');
    let token;
    try {
      // A refused upgrade has no reason that scripts can see: after the second
      // one in a row a fresh token tells a bad session from a bad network.
      token = this.#failures >= 2 ? await this.session.refresh(this.token) : await this.session.token();
    } catch {
      this.#failures++;
      if (attempt === this.#attempt && !this.session.left) this.#later(this.#backoff());
      return;
    }
    if (attempt !== this.#attempt) return; // another attempt has begun meanwhile
    this.token = token;
    const ws = new WebSocket(this.url, ['quillium.v1', `bearer.${token}`]);
    this.#ws = ws;
    ws.onmessage = (event) => ws === this.#ws && this.#hear(event.data);
    ws.onclose = (event) => ws === this.#ws && this.#closed(event);
  }

  /**
   * nudge comes back now: the network is there again, or somebody looks. Where
   * there are too many tabs only being asked to (wanted) is reason enough.
   */
  nudge(wanted = false) {
    if (['waiting', 'offline'].includes(this.state) || (wanted && this.state === 'crowded')) this.connect();
    else if (this.live) this.#check();
  }

  /** rest hangs up while the page is put away; nudge comes back. */
  rest() {
    this.#attempt++;
    this.#quiet();
    this.#shut();
    this.#cut(1001);
    this.#show('waiting');
  }

  /** send sends a request that needs no answer; false where nothing is open. */
  send(type, data, id) {
    if (!this.live) return false;
    this.#ws.send(JSON.stringify(id ? { type, id, data } : { type, data }));
    return true;
  }

  /** request resolves with the answer's data, or rejects with a Failure. */
  request(type, data) {
    const id = `r${this.#next++}`;
    return new Promise((resolve, reject) => {
      if (!this.send(type, data, id)) return reject(cutOff());
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #hear(frame) {
    this.#heard = Date.now();
    for (const line of frame.split('\n')) {
      if (!line) continue;
      let envelope;
      try {
        envelope = JSON.parse(line);
      } catch {
        continue;
      }
      this.#envelope(envelope);
    }
  }

  #envelope({ type, id, data }) {
    if (type === 'welcome') return this.#welcome(data);
    const asked = id && this.#waiting.get(id);
    if (asked) this.#waiting.delete(id);
    if (asked && type === 'error') asked.reject(new Failure(data, 0, data.retry_after_ms ?? 0));
    else asked?.resolve(data);
    this.on.frame(type, data ?? {}, id);
  }

  #welcome(data) {
    this.#failures = 0;
    this.#beat = (data.heartbeat_seconds ?? 25) * 1000;
    this.#every(this.#beat, () => {
      if (Date.now() - this.#heard > 2.5 * this.#beat) this.#silent();
      else this.send('ping');
    });
    this.#show('live');
    this.on.welcome(data);
  }

  // A laptop that slept has a socket that only looks open: ask, and do not wait long.
  #check() {
    const asked = Date.now();
    this.send('ping');
    this.#after(5_000, () => this.#heard < asked && this.#silent());
  }

  #silent() {
    this.#shut();
    this.#cut(1006);
    this.connect();
  }

  #closed(event) {
    this.#ws = null;
    const was = this.state;
    this.#quiet();
    this.#cut(event.code);
    const how = after(event.code, event.reason);
    if (how.stop) return this.#show(how.stop);
    if (how.leave) return this.session.leave(how.leave);
    if (was !== 'live') this.#failures++;
    if (how.renew) return this.#renew();
    this.#later(how.wait ?? this.#backoff());
  }

  // 4001 also comes when only a password changed elsewhere: the cookie tells.
  #renew() {
    this.session.refresh(this.token).then(() => this.#later(0), () => this.session.left || this.#later(this.#backoff()));
  }

  #cut(code) {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.on.cut(code);
    for (const { reject } of waiting) reject(cutOff());
  }

  #later(wait) {
    this.#show(navigator.onLine === false ? 'offline' : 'waiting');
    this.#after(wait + Math.random() * Math.max(250, wait / 2), () => this.connect());
  }

  #backoff() {
    return Math.min(longest, 500 * 2 ** Math.min(this.#failures, 10));
  }

  #shut() {
    const ws = this.#ws;
    this.#ws = null;
    ws?.close();
  }

  #show(state) {
    this.state = state;
    this.on.state(state);
  }

  #after(wait, work) {
    const timer = setTimeout(() => (this.#timers.delete(timer), work()), wait);
    this.#timers.add(timer);
  }

  #every(wait, work) {
    this.#timers.add(setInterval(work, wait));
  }

  #quiet() {
    for (const timer of this.#timers) (clearTimeout(timer), clearInterval(timer));
    this.#timers.clear();
  }
}

/** after says what a close code asks of a client (protocol: close codes). */
export function after(code, reason = '') {
  switch (code) {
    case 1001:
      return { wait: Number.parseInt(reason, 10) || 1000 };
    case 1003:
    case 1007:
      return { stop: 'broken' };
    case 4001:
      return { renew: true };
    case 4003:
      return { leave: 'This account is disabled. Ask an administrator.' };
    case 4005:
    case 4008:
      return { wait: 500 };
    case 4009:
      return { stop: 'crowded' };
  }
  return {};
}

function cutOff() {
  return new Failure({ code: 'cut', message: 'The connection was cut.' });
}

function socketURL() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/ws`;
}
