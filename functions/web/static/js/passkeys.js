/**
 * Passkeys (WebAuthn), as JSON on our side. Written by hand because Safari before 18.4 has neither
 * parseCreationOptionsFromJSON nor toJSON, and iOS 16.4 can do all else that is needed.
 */

import { fromBase64url, sha256, toBase64url } from "./octets.js";

export async function canHavePasskey() {
  const offered = globalThis.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable;
  return offered ? offered.call(PublicKeyCredential) : false;
}

async function createPasskey(options) {
  const publicKey = {
    ...options,
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map(withOctets),
  };
  const credential = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = credential.response;
  const transports = credential.response.getTransports?.() ?? [];
  return described(credential, { ...texts({ clientDataJSON, attestationObject }), transports });
}

/** For a device of that account. What the server asks for is bound to the session, so both are asked at once. */
export async function addPasskey(account, deviceId) {
  await account.addPasskey(deviceId, await createPasskey(await account.passkeyOptions(deviceId)));
}

/** The passkey's signature over the same octets that the device signs: the challenge is their digest. */
export async function confirmByPasskey({ rp_id, credential_id, user_verification }, octets) {
  const publicKey = {
    challenge: await sha256(octets),
    rpId: rp_id,
    allowCredentials: [withOctets({ type: "public-key", id: credential_id })],
    userVerification: user_verification,
  };
  const credential = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return described(credential, texts({ clientDataJSON, authenticatorData, signature, ...(userHandle && { userHandle }) }));
}

const withOctets = (descriptor) => ({ ...descriptor, id: fromBase64url(descriptor.id) });

const texts = (buffers) =>
  Object.fromEntries(Object.entries(buffers).map(([name, octets]) => [name, toBase64url(octets)]));

const described = (credential, response) => ({
  id: credential.id,
  rawId: toBase64url(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  clientExtensionResults: credential.getClientExtensionResults(),
  response,
});
