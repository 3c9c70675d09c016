// The browser chat. This file puts the parts together and holds none of their
// rules: who is told of what, and which chat the address names.

import { $, mark } from './dom.js';
import { API } from './api.js';
import { Actions } from './actions.js';
import { ChatActions } from './chatactions.js';
import { ChatList } from './chatlist.js';
import { Chats } from './chats.js';
import { Composer } from './composer.js';
import { Drafts } from './drafts.js';
import { names } from './mentions.js';
import { Models } from './models.js';
import { showNotices } from './notices.js';
import { Outbox } from './outbox.js';
import { People } from './people.js';
import { ReadMarks } from './readmarks.js';
import { Rooms } from './rooms.js';
import { RoomView } from './roomview.js';
import { Search } from './search.js';
import { Session } from './session.js';
import { Settings } from './settings.js';
import { Sidebar } from './sidebar.js';
import { Socket, states } from './socket.js';
import { complain, toast } from './toast.js';
import { Typing } from './typing.js';
import { Versions } from './versions.js';

const session = new Session();
await signedIn();

const api = new API(session);
const sidebar = new Sidebar();
let model = ''; // chosen for a chat that is not there yet

const socket = new Socket(session, {
  state: showState,
  welcome(data) {
    session.user = data.user ?? session.user;
    rooms.welcome(data);
    outbox.flush();
    marks.flush();
    load();
  },
  frame: (type, data, id) => rooms.frame(type, data, id),
  cut(code) {
    if (code === 1009) outbox.refuse('This message is too long. Shorten it or send it in parts.');
    rooms.cut();
  },
});
const rooms = new Rooms({ socket, userId: session.user.id, touched: (room, ids) => room === rooms.open && view.changed(ids), event });
const outbox = new Outbox({
  request: (type, data) => socket.request(type, data),
  stored: (message) => rooms.get(message.chat_id)?.take(message),
  touched: (chatId) => chatId === rooms.open?.id && view.changed(null),
  storage: store('sessionStorage'), userId: session.user.id,
});
const chats = new Chats(api, () => {
  chatList.draw();
  view.tab();
});
const chatActions = new ChatActions(api, chats, {
  open: (id) => go(id),
  gone: (id) => rooms.open?.id === id && go(''),
  changed: (chat) => rooms.get(chat.id)?.takeChat(chat),
});
const chatList = new ChatList({ chats, actions: chatActions, open: (id) => go(id) });
const models = new Models(api, pick);
const settings = new Settings(api, session, models, showAccount);
const typing = new Typing({ send: (type, data) => socket.send(type, data), changed: (chatId) => chatId === rooms.open?.id && view.changed([]) });
const marks = new ReadMarks({ send: (type, data) => socket.send(type, data), sent: (chatId, seq) => view.marked(chatId, seq) });
const people = new People({ api, session, room: () => rooms.open, left });
const composer = new Composer({
  send, stop: () => view.stop(), names: () => mentionable(), typing: (chatId, text) => typing.wrote(chatId, text),
}, new Drafts(session.user.id, store('localStorage')));
const versions = new Versions({
  api, room: () => rooms.open, nameOf: (id) => models.name(id),
  may: (message) => actions.mayChoose(message), steady: (message) => view.messages.steady(message),
});
const actions = new Actions({
  api, composer, outbox, models, versions, forked, room: () => rooms.open, user: () => session.user,
  edit: (message, save) => view.messages.edit(message.id, save),
  nameOf: (message) => (message.role === 'user' ? message.author?.name ?? 'somebody who left' : models.name(message.model)),
});
const search = new Search({
  api, room: () => rooms.open, recent: () => (chats.view === 'deleted' ? [] : chats.sorted()), open: (id, seq) => go(id, seq), modelName: (id) => models.name(id),
});
const view = new RoomView({ api, session, rooms, chats, chatList, chatActions, models, composer, outbox, actions, people, typing, marks, search, names: mentionable });

showAccount();
socket.connect();
showNotices(api).catch(complain);
await Promise.allSettled([models.load(), settings.load()]).then((done) => done.forEach(({ reason }) => reason && complain(reason)));
route();
listen();

// signedIn waits until the server says who this is; without an answer it tries on.
async function signedIn() {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      return await session.refresh();
    } catch {
      if (session.left) return new Promise(() => {});
      showState('offline');
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function load() {
  chats.load().catch(complain);
}

// Who and what can be mentioned in the open chat; all: oneself too.
function mentionable(all = false) {
  return names(rooms.open?.people() ?? [], models.list, all ? null : session.user.id);
}

// forget takes a chat out of the list that one is no longer in.
function forget(id) {
  chats.drop(id);
  load();
}

// left is told when one has left a chat by oneself.
function left({ id, title }) {
  go('');
  toast(`You left “${title}”.`);
  forget(id);
}

// forked opens a copy of a chat.
function forked(chat) {
  chats.take(chat);
  go(chat.id);
  toast('This is a copy of your own, up to that message.');
}

function event(type, data, room) {
  if (type === 'removed') return forget(data.chat_id);
  if (type === 'typing') return typing.heard(data);
  if (type === 'inbox') return inbox(data);
  if (!room || room.have === null || !['subscribed', 'changes'].includes(type)) return;
  for (const message of data.messages ?? []) typing.said(room.id, message.author?.id);
  const last = room.list().at(-1)?.created_at ?? '';
  const updated_at = last > room.chat.updated_at ? last : room.chat.updated_at;
  chats.take({ ...room.chat, updated_at, me: { ...room.me, unread: room.unread } });
}

// inbox takes news of a chat that is not open; of one that is not listed the
// list tells more.
function inbox(data) {
  if (!chats.inbox(data)) chats.refresh().catch(complain);
}

// send gives a message to the outbox; the first one makes its chat.
async function send({ content, reply_to }) {
  try {
    // Somebody who is quicker than the page still writes into the chat he sees.
    if (!rooms.open && location.pathname !== '/') route();
    if (!rooms.open) {
      const chat = await api.post('/chats', { title: titleOf(content), ...(model ? { model } : {}) });
      model = '';
      chats.take(chat);
      go(chat.id);
    }
  } catch (failure) {
    complain(failure);
    return false;
  }
  const room = rooms.open;
  const after = Math.max(0, ...[...room.messages.values()].map((m) => m.seq));
  const other = room.me?.role === 'owner' || !model ? undefined : model;
  outbox.add({ chat_id: room.id, content, reply_to, model: other, after });
  typing.sent();
  view.wrote();
  return true;
}

// titleOf makes a title of a first message: its first line, at a word's end.
function titleOf(content) {
  const line = content.trim().split('\n')[0].replace(/[\p{C}#*_`>]+/gu, ' ').replace(/\s+/g, ' ').trim();
  const chars = [...line];
  if (chars.length <= 60) return line || 'New chat';
  return `${chars.slice(0, 60).join('').replace(/\s+\S*$/, '')}…`;
}

// An owner chooses for the chat; others for their own next messages.
async function pick(id) {
  const room = rooms.open;
  models.show(id);
  model = id;
  if (room?.me?.role !== 'owner') return;
  try {
    view.store(await api.patch(`/chats/${room.id}`, { model: id }));
    model = '';
  } catch (failure) {
    models.show(room.chat.model);
    complain(failure);
  }
}

// go leads to a chat, or to a new one (''); seq: to one of its messages.
function go(id, seq = null) {
  const path = id ? `/c/${id}${seq ? `#${seq}` : ''}` : '/';
  if (location.pathname + location.hash !== path) history.pushState(null, '', path);
  route();
}

function route() {
  const [, id = ''] = /^\/c\/([^/]+)\/?$/.exec(location.pathname) ?? [];
  model = '';
  sidebar.show(false);
  models.show('');
  view.enter(id, Number(/^#([1-9]\d{0,15})$/.exec(location.hash)?.[1]) || null);
}

function showAccount() {
  mark($('account-mark'), session.user);
  $('account-name').textContent = session.user.name;
}

function showState(state) {
  for (const element of document.querySelectorAll('[data-connection]')) {
    element.dataset.state = state;
    element.title = state === 'crowded' ? 'Close other tabs, then click here' : '';
    const word = element.querySelector('.word');
    if (word.textContent !== states[state]) word.textContent = states[state];
  }
}

// Storage may be forbidden.
function store(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}

function listen() {
  addEventListener('popstate', route);
  // A page that the browser keeps for coming back to would seem to be here still.
  addEventListener('pagehide', () => socket.rest());
  addEventListener('pageshow', ({ persisted }) => persisted && socket.nudge());
  addEventListener('online', () => socket.nudge());
  addEventListener('offline', () => socket.nudge());
  document.addEventListener('visibilitychange', () => document.hidden || (socket.nudge(), load()));
  $('search').addEventListener('click', () => search.show(false));
  $('account').addEventListener('click', () => settings.open());
  $('new-chat').addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go('');
  });
  for (const element of document.querySelectorAll('[data-connection]')) element.addEventListener('click', () => socket.nudge(true));
  document.addEventListener('keydown', keys);
}

function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    search.show();
  }
  if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (sidebar.isOpen) sidebar.show(false);
  else if (!composer.cancel()) view.stop();
}
