/**
 * Times as people say them, in the language of the interface (English) and the hours of the person.
 */

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** `seconds` since 1970, as the server gives them. */
export const timeOf = (seconds) => clockTime.format(seconds * 1000);
export const dayOf = (seconds) => day.format(seconds * 1000);
export const dayAndTimeOf = (seconds) => dayAndTime.format(seconds * 1000);

export function agoOf(seconds, nowMs) {
  const ago = Math.max(0, Math.round(nowMs / 1000 - seconds));
  return ago < 10 ? "just now" : ago < 60 ? `${ago} seconds ago` : `${Math.floor(ago / 60)} min ago`;
}
