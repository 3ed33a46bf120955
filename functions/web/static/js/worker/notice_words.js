/**
 * What has changed, in words, by the word that the server sends. The server's own sentences are the same (a test holds
 * them together); what is not known here, because this app is older, is told in general.
 */

const WORDS = new Map([
  ["enrollment_code_redeemed", "An enrolment code of yours was used"],
  ["factor_activated", "An authenticator was added"],
  ["factor_removed", "An authenticator was removed"],
  ["token_assigned", "A hardware token was assigned to you"],
  ["token_taken_back", "A hardware token was taken from you"],
  ["token_claimed", "A hardware token was added"],
  ["recovery_codes_made", "New recovery codes were made, the old ones are void"],
  ["recovery_code_used", "A recovery code was used"],
  ["bypass_code_made", "A bypass code was made for you"],
  ["bypass_code_used", "A bypass code of yours was used"],
  ["device_paired", "A device was paired"],
  ["device_removed", "A device was removed"],
  ["device_passkey_added", "A passkey was added to a device"],
  ["phone_confirmed", "A phone number was added"],
  ["phone_removed", "A phone number was removed"],
  ["push_unmuted", "Sign-in requests were turned on again"],
  ["subscriber_email_changed", "The e-mail address for notices was changed"],
]);

export const wordsFor = (event) => WORDS.get(event) ?? "Your ways of signing in have changed";
