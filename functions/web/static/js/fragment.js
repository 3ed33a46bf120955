/**
 * What a link brings along: #enroll=CODE, #pair=CODE or #approve=ID. Fragments are sent to no server and stand in no log.
 * They are taken out of the address at once, so that they stay in no history either.
 */

const CODE = /^[0-9A-Za-z -]{1,32}$/;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function takeFragment() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname);
  return {
    isPairing: asked.has("pair"), // also without a code: it is asked for then
    code: matching(asked.get("pair") ?? asked.get("enroll"), CODE),
    promptId: matching(asked.get("approve"), ID),
  };
}

const matching = (text, pattern) => (text !== null && pattern.test(text) ? text : "");
