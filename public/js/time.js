// Times as people read them, in their own language and zone.

const language = navigator.languages ? [...navigator.languages] : undefined;
const clock = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

/** daysAgo counts midnights between then and now. */
export function daysAgo(iso) {
  return Math.round((midnight(new Date()) - midnight(new Date(iso))) / 86_400_000);
}

/** short is the hour of today, else the day. */
export function short(iso) {
  const date = new Date(iso);
  return daysAgo(iso) === 0 ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

export function exact(iso) {
  return full.format(new Date(iso));
}

/** ago says how long since, roughly. */
export function ago(iso) {
  const seconds = (new Date(iso) - Date.now()) / 1000;
  for (const [unit, length] of [['day', 86_400], ['hour', 3600], ['minute', 60]]) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return 'just now';
}

/** period names the part of the list of chats that a time belongs to. */
export function period(iso) {
  const days = daysAgo(iso);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days <= 7) return 'Last 7 days';
  if (days <= 30) return 'Last 30 days';
  return 'Older';
}
