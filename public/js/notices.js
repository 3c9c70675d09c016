// What a person has to be told of his account stays until he has read it.

import { $, button, h } from './dom.js';
import { complain } from './toast.js';

/** showNotices shows what there is; each goes when it is dismissed. */
export async function showNotices(api) {
  const { data } = await api.get('/users/me/notices');
  const place = $('notices');
  for (const notice of data) {
    const element = h('p', { class: 'notice notice-row' }, h('span', { dir: 'auto' }, notice.text));
    element.append(button('Got it', {
      kind: 'small',
      onclick: async () => {
        try {
          await api.delete(`/users/me/notices/${notice.id}`);
          element.remove();
        } catch (failure) {
          complain(failure);
        }
      },
    }));
    place.append(element);
  }
}
