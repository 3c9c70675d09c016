// The settings of one chat: title, system prompt, when models answer.

import { h } from './dom.js';
import { dialog, field, form } from './dialog.js';

const policies = {
  always: 'After each message',
  mention: 'When mentioned with @',
  never: 'Never',
};

/** roomSettings opens them; save(changes) stores what differs. */
export function roomSettings(chat, mayChange, save) {
  const title = h('input', { name: 'title', type: 'text', value: chat.title, maxlength: '255', dir: 'auto' });
  const prompt = h('textarea', { name: 'system_prompt', rows: '7', dir: 'auto' });
  prompt.value = chat.system_prompt;
  const policy = h('select', { name: 'reply_policy' },
    ...Object.entries(policies).map(([value, label]) => h('option', { value, selected: value === chat.reply_policy }, label)));
  const fields = [
    field('Title', title),
    field('Instructions for the models', prompt, 'Sent before every question in this chat. Everybody in the chat can read them.'),
    field('Models answer', policy),
  ];
  if (!mayChange) {
    for (const control of [title, prompt, policy]) control.disabled = true;
    dialog('Chat settings', h('p', { class: 'notice' }, 'Only an owner of this chat can change these.'), ...fields);
    return;
  }
  const box = dialog('Chat settings', form(fields, 'Save', async (values) => {
    const changes = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]).filter(([name, value]) => value !== chat[name]));
    if (Object.keys(changes).length) await save(changes);
    box.close();
  }, { id: 'room-settings-form' }));
  title.focus();
}
