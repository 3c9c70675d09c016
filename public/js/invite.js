// The page of an invite link: what one is invited to, told before one signs in,
// and the shortest way in from there. The token goes into bodies only.

import { call } from './api.js';
import { exact } from './time.js';

const $ = (id) => document.getElementById(id);
const may = { editor: 'You will read, write and ask models there.', viewer: 'You will read there, not write.' };
const forms = ['invite-accept', 'invite-new', 'invite-known'];

/** invite runs the page; tools: {on(form, work), fragment(), signedIn()}. */
export async function invite({ on, fragment, signedIn }) {
  if (!$('invite')) return;
  const token = fragment();
  if (!token) return problem('This address lacks its token. Open the whole invite link, or ask for a new one.');
  let offer, tokens;
  try {
    [offer, tokens] = await Promise.all([call('POST', '/invites/preview', { token }), signedIn()]);
  } catch (failure) {
    return problem(failure.message);
  }
  tell(offer);
  listen(on, token, tokens);
  if (tokens) $('invite-me').textContent = `${tokens.user.name} (${tokens.user.email})`;
  show(tokens ? 'invite-accept' : 'invite-new');
}

function tell({ title, inviter, role, expires_at: end }) {
  $('invite-who').textContent = inviter?.name ?? 'Somebody';
  $('invite-title').textContent = title;
  $('invite-terms').textContent = `${may[role] ?? ''} The link works until ${exact(end)}.`.trim();
  $('invite').hidden = false;
}

function listen(on, token, tokens) {
  for (const [button, form] of [['invite-other', 'invite-new'], ['invite-have', 'invite-known'], ['invite-none', 'invite-new']]) {
    $(button).addEventListener('click', () => show(form));
  }
  on('invite-accept', () => accept(token, tokens.access_token));
  on('invite-known', async ({ email, password }) => {
    const { access_token: access } = await call('POST', '/auth/login?cookies=true', { email, password });
    await accept(token, access);
  });
  // Account and membership are one: a new account is in this one chat only.
  on('invite-new', async ({ name, email, password }) => {
    const { access_token: access } = await call('POST', '/auth/register?cookies=true', { name, email, password, invite: token });
    const { data } = await call('GET', '/chats?limit=1', undefined, access).catch(() => ({ data: [] }));
    enter(data[0]);
  });
}

async function accept(token, access) {
  enter(await call('POST', '/invites/accept', { token }, access));
}

function enter(chat) {
  location.assign(chat ? `/c/${chat.id}` : '/');
}

function show(form) {
  for (const id of forms) $(id).hidden = id !== form;
  $(form).querySelector('input, [type=submit]').focus();
}

function problem(sentence) {
  $('invite-problem').textContent = sentence;
  $('invite-gone').hidden = false;
}
