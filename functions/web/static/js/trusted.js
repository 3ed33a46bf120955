/**
 * The one address of a script that the page gives to the browser as text. Trusted Types admit it by this policy and
 * nothing else: there is no policy for HTML, because nothing here writes HTML.
 */

const WORKER = "/sw.js";

export const workerAddress = globalThis.trustedTypes
  ? trustedTypes.createPolicy("gatehouse", { createScriptURL: () => WORKER }).createScriptURL("")
  : WORKER;
