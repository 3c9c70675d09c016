// The last step of the set-up: model servers that were found on this machine,
// each connected by one click.

import { call } from './api.js';
import { $, button, h } from './dom.js';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** offerModels shows what was found, or goes onward where nobody looked. */
export async function offerModels(token, onward) {
  let found;
  try {
    found = await call('GET', '/admin/models/found', undefined, token);
  } catch {
    return onward(); // the account is made; models can be connected later
  }
  if (!found.looked) return onward();
  const ready = found.data.filter((place) => !place.problem);
  const missed = problems(found.data);
  for (const before of ['setup-lead', 'setup', 'setup-claim']) $(before).hidden = true;
  $('setup-models-lead').textContent = ready.length
    ? 'You are the administrator. Models run on this machine: connect them?'
    : 'You are the administrator. No language model was found on this machine yet.';
  $('setup-found').replaceChildren(...ready.map((place) => offer(place, token, onward)));
  $('setup-missed').hidden = missed.length === 0;
  $('setup-missed').open = ready.length === 0;
  $('setup-missed').querySelector('ul').replaceChildren(...missed.map((problem) => h('li', {}, problem)));
  $('setup-models').hidden = false;
  $('setup-models-lead').focus();
}

/** problems are what is said about places without models: each once, as several may lack the same. */
export function problems(places) {
  return [...new Set(places.map((place) => place.problem).filter(Boolean))];
}

function offer(place, token, onward) {
  const names = place.models.slice(0, 3).join(', ');
  const more = place.models.length - 3;
  const use = button(`Connect ${place.program}`, { kind: 'primary' });
  use.addEventListener('click', async () => {
    const problem = $('setup-models').querySelector('.form-error');
    use.disabled = true;
    problem.hidden = true;
    try {
      await call('POST', `/admin/models/found/${encodeURIComponent(place.id)}/use`, undefined, token);
      await listed(token);
      onward();
    } catch (failure) {
      problem.textContent = failure.message;
      problem.hidden = false;
      use.disabled = false;
    }
  });
  return h('li', {}, h('span', { dir: 'auto' }, more > 0 ? `${names} and ${more} more` : names), use);
}

// The list of models is fetched in the background: the chat shall open with it.
async function listed(token) {
  for (let tries = 0; tries < 15; tries++) {
    const models = await call('GET', '/models', undefined, token);
    if (models.data.some((model) => model.id !== 'guide')) return;
    await pause(200);
  }
}
