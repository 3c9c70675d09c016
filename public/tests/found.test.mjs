import assert from 'node:assert/strict';
import test from 'node:test';

import { problems } from '../js/found.js';

test('what several places lack is said once, and nothing of those that have models', () => {
  const places = ['', 'Nothing listens on port 1234.', 'The host has no address.', 'The host has no address.'].map((problem) => ({ problem }));
  assert.deepEqual(problems(places), ['Nothing listens on port 1234.', 'The host has no address.']);
});
