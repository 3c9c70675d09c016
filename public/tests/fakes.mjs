// Fakes that the tests of several modules share: a WebSocket in the hands of
// the test, and a clock that moves when told.

export class FakeWebSocket {
  static all = [];
  static get last() { return FakeWebSocket.all.at(-1); }

  constructor(url, protocols) {
    Object.assign(this, { url, protocols, sent: [], closed: false });
    FakeWebSocket.all.push(this);
  }
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.closed = true; }
  says(...envelopes) { this.onmessage({ data: envelopes.map((e) => JSON.stringify(e)).join('\n') }); }
  ends(code, reason = '') { this.onclose({ code, reason }); }
}

/** settle lets promises run that wait for nothing but each other. */
export const settle = async () => {
  for (let i = 0; i < 20; i++) await null;
};

/** globals puts these into the global scope for one test. */
export function globals(t, values) {
  for (const [name, value] of Object.entries(values)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
}
