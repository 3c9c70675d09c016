// Copies of messages, members and chats, and which of two is to be kept. Pure.
// Sizes are in UTF-8 bytes, as the protocol counts them.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** size is the length of a text in UTF-8 bytes; null has 0. */
export function size(text) {
  return text ? encoder.encode(text).length : 0;
}

/** hold makes the copy that a room keeps of a message: with its byte counts. */
export function hold(message) {
  return { ...message, bytes: { content: size(message.content), reasoning: size(message.reasoning) } };
}

/**
 * better gives what to hold of a message after another copy of it came: the
 * one with the greater rev; of one rev (a running answer) the longer text of
 * each part, since both are beginnings of the same text. It is the held copy
 * itself where nothing changes.
 */
export function better(held, copy) {
  if (!held || copy.rev > held.rev) return hold(copy);
  if (copy.rev < held.rev || copy.status !== 'streaming') return withClientID(held, copy);
  const next = { ...held, bytes: { ...held.bytes } };
  let grew = false;
  for (const part of ['content', 'reasoning']) {
    const bytes = size(copy[part]);
    if (bytes <= held.bytes[part]) continue;
    next[part] = copy[part];
    next.bytes[part] = bytes;
    grew = true;
  }
  return grew ? next : withClientID(held, copy);
}

/**
 * betterMember gives what to hold of a member after another copy came. Names
 * and read marks take no rev: of one rev the later name counts, and a mark
 * never goes back. An address comes in some copies only.
 */
export function betterMember(held, copy) {
  if (!held) return copy;
  const newer = copy.rev >= held.rev ? copy : held;
  return { ...newer, email: copy.email ?? held.email, last_read_seq: Math.max(held.last_read_seq, copy.last_read_seq) };
}

// An ack names its client_id, what everybody is sent does not: keep it.
function withClientID(held, copy) {
  if (!copy.client_id || held.client_id) return held;
  return { ...held, client_id: copy.client_id };
}

/** What append tells about a delta and the copy it is meant for. */
export const GREW = 'grew', OLD = 'old', GAP = 'gap';

/**
 * append lets a held message grow by a delta of its run: GREW where it did,
 * OLD where it had those bytes, GAP where bytes before them are missing.
 */
export function append(message, delta) {
  const have = message.bytes[delta.part];
  if (have === undefined || have >= delta.end) return OLD;
  if (have < delta.offset) return GAP;
  const text = have === delta.offset ? delta.text : decoder.decode(encoder.encode(delta.text).subarray(have - delta.offset));
  message[delta.part] = (message[delta.part] ?? '') + text;
  message.bytes[delta.part] = delta.end;
  return GREW;
}
