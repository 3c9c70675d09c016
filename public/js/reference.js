// The page of the API: its forms send what they hold, with the token that
// stands in the page's one field for it and nowhere else.

const token = document.getElementById('access-token');
// More than this is not shown: a stream may go on for long.
const longest = 262144;

function request(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll('input[data-in]')) {
    const value = input.value.trim();
    if (input.dataset.in === 'path') path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (value && input.dataset.in === 'query') query.set(input.name, value);
    else if (value) headers[input.name] = value;
  }
  if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
  const body = form.querySelector('textarea')?.value.trim() || undefined;
  if (body) headers['Content-Type'] = 'application/json';
  const address = query.size ? `${path}?${query}` : path;
  return [address, { method: form.dataset.method, headers, body, credentials: 'omit', cache: 'no-store' }];
}

function pretty(text, type) {
  if (!type.startsWith('application/json')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function show(response, to) {
  const type = response.headers.get('Content-Type') ?? '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && text.length < longest) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    if (type.startsWith('text/event-stream')) to.textContent = text;
  }
  await reader?.cancel();
  to.textContent = pretty(text, type);
}

async function send(form, signal) {
  const area = form.querySelector('.try-answer');
  const [status, body] = [area.querySelector('p'), area.querySelector('pre')];
  area.hidden = false;
  status.textContent = 'Sending';
  body.textContent = '';
  const began = performance.now();
  try {
    const [address, options] = request(form);
    const response = await fetch(address, { ...options, signal });
    status.textContent = `${response.status} ${response.statusText}, ${Math.round(performance.now() - began)} ms`;
    await show(response, body);
  } catch (failure) {
    if (signal.aborted) return;
    status.textContent = 'This could not be sent';
    body.textContent = failure instanceof TypeError ? 'The server cannot be reached, or a field holds what no request may.' : String(failure.message);
  }
  body.hidden = !body.textContent;
}

for (const form of document.querySelectorAll('form.try')) {
  let under = new AbortController();
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    under.abort();
    under = new AbortController();
    send(form, under.signal);
  });
}
const field = document.getElementById('token');
field.hidden = false;
field.addEventListener('submit', (event) => event.preventDefault());

/** A link to a call or a shape also opens it. */
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName !== 'DETAILS') return;
  target.open = true;
  target.scrollIntoView();
}
addEventListener('hashchange', open);
open();
