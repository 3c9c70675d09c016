// The JSON API. Every refusal is a Failure with a code and a sentence.

const base = '/api/v1';

export class Failure extends Error {
  constructor({ code = 'internal', message = 'Something went wrong.', details = [], request_id = '' } = {}, status = 0, retryAfter = 0) {
    super(message);
    this.code = code;
    this.details = details;
    this.requestId = request_id;
    this.status = status;
    this.retryAfter = retryAfter; // milliseconds
  }
}

const unreachable = () => new Failure({ code: 'unreachable', message: 'The server cannot be reached. Check your connection.' });

/** call makes one request, with a bearer token where one is given. */
export async function call(method, path, body, token) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw unreachable();
  }
  if (response.status === 204) return null;
  let answer = null;
  try {
    answer = await response.json();
  } catch {
    if (response.ok) throw unreachable();
  }
  if (response.ok) return answer;
  const wait = Number(response.headers.get('Retry-After')) * 1000 || 0;
  throw new Failure(answer?.error ?? fallback(response.status), response.status, wait);
}

// What a proxy in between says is no sentence of ours.
function fallback(status) {
  if (status === 401) return { code: 'unauthorized', message: 'Sign in to do this.' };
  if (status >= 502 && status <= 504) return { code: 'unavailable', message: 'The server is not ready; try again in a moment.' };
  return { code: 'internal', message: `The server answered with status ${status}.` };
}

/** API asks as the signed-in user; a 401 is tried once more with a fresh token. */
export class API {
  constructor(session) {
    this.session = session;
  }

  get(path) { return this.#ask('GET', path); }
  post(path, body = {}) { return this.#ask('POST', path, body); }
  put(path, body) { return this.#ask('PUT', path, body); }
  patch(path, body) { return this.#ask('PATCH', path, body); }
  delete(path, body) { return this.#ask('DELETE', path, body); }

  async #ask(method, path, body) {
    const token = await this.session.token();
    try {
      return await call(method, path, body, token);
    } catch (failure) {
      if (failure.status !== 401) throw failure;
      return call(method, path, body, await this.session.refresh(token));
    }
  }
}
