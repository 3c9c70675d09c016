// Session holds the access token, in memory only, and renews it by the refresh
// cookie, which no script can read.

import { call, Failure } from './api.js';
import { forget } from './dom.js';

const early = 60; // seconds before the token runs out at which it is renewed, at most

export class Session {
  #access = null;
  #until = 0;
  #renewing = null;

  constructor() {
    this.user = null;
  }

  /** token gives an access token that is good for a while yet. */
  async token() {
    if (this.#access && Date.now() < this.#until) return this.#access;
    return this.refresh(this.#access);
  }

  /**
   * refresh gives a newer token than the stale one. Callers in this tab share
   * one request; a lock keeps other tabs from presenting the same cookie at
   * once. Where the session has ended it leads to the sign-in page.
   */
  async refresh(stale = null) {
    if (this.left) throw gone();
    if (this.#access && this.#access !== stale) return this.#access;
    this.#renewing ??= locked(() => this.#renew()).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew() {
    try {
      const tokens = await call('POST', '/auth/refresh?cookies=true', {});
      if (this.user && this.user.id !== tokens.user.id) this.#another();
      this.user = tokens.user;
      this.#access = tokens.access_token;
      this.#until = Date.now() + (tokens.expires_in - Math.min(early, tokens.expires_in / 4)) * 1000;
      return this.#access;
    } catch (failure) {
      if (failure.status === 401 || failure.status === 403) this.leave(failure.status === 403 ? failure.message : '');
      throw failure;
    }
  }

  /** signOut ends the session, and what was kept on this device of it. */
  async signOut() {
    this.done = true; // the socket may hear of it before the answer comes
    try {
      await call('POST', '/auth/logout', {});
    } catch (failure) {
      this.done = false;
      throw failure;
    }
    forget(this.user.id);
    this.leave();
  }

  // Tabs share the cookie: in another one somebody else has signed in. What is
  // shown and waits to be sent here is not his.
  #another() {
    this.#access = null;
    this.left = true;
    location.reload();
    throw gone();
  }

  /** leave goes to the sign-in page, which leads back here afterwards. */
  leave(message = '') {
    this.#access = null;
    this.left = true;
    const next = this.done || location.pathname === '/' ? '' : `?next=${encodeURIComponent(location.pathname)}`;
    try {
      if (message) sessionStorage.setItem('quillium.notice', message);
    } catch {
      // Without storage the notice is not shown; the page says enough.
    }
    location.replace(`/sign-in${next}`);
  }
}

const gone = () => new Failure({ code: 'unauthorized', message: 'You are signed in as somebody else, or not any more.' });

// Locks exist in secure contexts only; over plain HTTP the server's grace for
// the token before the newest has to do.
function locked(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request('quillium-refresh', work);
}
