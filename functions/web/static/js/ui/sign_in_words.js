/**
 * What to say when a sign-in or a code opens nothing. The server does not tell which part was wrong, so neither can we.
 */

export const REFUSED = {
  "sign-in-refused": "That did not work. Check the name and the password, and use a code that you have not used yet.",
  "realm-missing": "Nobody can sign in here yet. Your administrators have to finish the set-up.",
};

export const ENDED = "You were signed out, because your time was over. Sign in again, or enter a new code.";
