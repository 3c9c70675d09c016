// The pages before signing in: each form is one call of the API, answered with
// a cookie that keeps the session and a way on.

import { call } from './api.js';
import { submitting } from './dialog.js';
import { offerModels } from './found.js';
import { invite } from './invite.js';

const $ = (id) => document.getElementById(id);
const params = new URLSearchParams(location.search);

// Only a path of this site is a way on.
function next() {
  const path = params.get('next') ?? '/';
  return /^\/(?![/\\])/.test(path) ? path : '/';
}

const onward = () => location.assign(next());

function on(id, work) {
  const form = $(id);
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    submitting(form, form.querySelector('.form-error'), form.querySelector('[type=submit]'), work);
  });
}

// A token in the fragment is taken out of the address bar, and so of the
// history that others may look at.
function fragment() {
  const token = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

async function signedIn() {
  try {
    return await call('POST', '/auth/refresh?cookies=true', {});
  } catch {
    return null;
  }
}

// Whoever opens a set-up link that nobody needs any more goes on from there.
async function alreadySetUp() {
  const link = $('setup-onward');
  if (!link || !(await signedIn())) return;
  link.textContent = 'Go to your chats';
  link.href = '/';
}

async function setup() {
  if (!$('setup')) return;
  const setup_token = fragment();
  $('setup-missing').hidden = setup_token !== '';
  if (!setup_token) return;
  const tokens = await signedIn();
  $('setup').hidden = tokens !== null;
  $('setup-claim').hidden = tokens === null;
  if (tokens) $('setup-who').textContent = `${tokens.user.name} (${tokens.user.email})`;
  $('setup-other').addEventListener('click', () => {
    $('setup').hidden = false;
    $('setup-claim').hidden = true;
    $('name').focus();
  });
  on('setup-claim', async () => {
    await call('POST', '/auth/setup', { setup_token }, tokens.access_token);
    await offerModels(tokens.access_token, onward);
  });
  on('setup', async ({ name, email, password }) => {
    const made = await call('POST', '/auth/register?cookies=true', { name, email, password, setup_token });
    await offerModels(made.access_token, onward);
  });
  if (!tokens) $('name').focus();
}

function reset() {
  if (!$('reset')) return;
  const token = fragment();
  $('reset-missing').hidden = token !== '';
  $('reset').hidden = token === '';
  $('password').focus();
  on('reset', async ({ password }) => {
    await call('POST', '/auth/reset', { token, new_password: password });
    notice('Your password is set. Sign in with it.');
    location.assign('/sign-in');
  });
}

function notice(text) {
  try {
    sessionStorage.setItem('quillium.notice', text);
  } catch {
    // The page after says enough without it.
  }
}

function showNotice() {
  let text = null;
  try {
    text = sessionStorage.getItem('quillium.notice');
    sessionStorage.removeItem('quillium.notice');
  } catch {
    return;
  }
  if (!text) return;
  const element = document.createElement('p');
  element.className = 'notice';
  element.setAttribute('role', 'status');
  element.textContent = text;
  document.querySelector('#main > header').after(element);
}

for (const link of document.querySelectorAll('a[data-keep-next]')) link.search = location.search;
showNotice();
on('sign-in', async ({ email, password }) => {
  await call('POST', '/auth/login?cookies=true', { email, password });
  onward();
});
function signUp() {
  if (!$('sign-up')) return;
  const invite = fragment();
  if (invite) {
    $('sign-up').hidden = false;
    $('sign-up-closed')?.remove();
  }
  on('sign-up', async ({ name, email, password }) => {
    await call('POST', '/auth/register?cookies=true', { name, email, password, ...(invite ? { invite } : {}) });
    onward();
  });
}
signUp();
alreadySetUp();
setup();
reset();
invite({ on, fragment, signedIn });
document.querySelector('#sign-in input, #sign-up input')?.focus();
