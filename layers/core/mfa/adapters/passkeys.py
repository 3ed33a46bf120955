"""PasskeyCeremony on ``webauthn``. That package is loaded when the first passkey is: it costs more than 100 ms.

Attestation is neither asked for nor believed: whoever enrols holds an open session, and what counts from then on is
the key. The origin must be the portal's to the letter; its host is the relying party's id, which is part of every
passkey, so a portal that moves to another host makes all of them worthless.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from mfa.domain.push_devices import Passkey

_TIMEOUT_MS: Final = 120_000  # a person looks for a finger; the session lasts longer


class WebAuthnCeremony:
    """``origin`` is scheme, host and port of the portal, ``name`` what the browser calls it. Raises ValueError if the
    origin has no host."""

    def __init__(self, origin: str, name: str) -> None:
        host = urlsplit(origin).hostname
        if host is None:
            raise ValueError("the portal's origin must be a scheme and a host")
        self._origin = origin
        self._relying_party_id = host
        self._name = name

    @property
    def relying_party_id(self) -> str:
        return self._relying_party_id

    def creation_options(
        self, *, user_id: str, user_name: str, challenge: bytes, exclude: Sequence[bytes]
    ) -> Mapping[str, Any]:
        import webauthn  # noqa: PLC0415 -- see above
        from webauthn.helpers import structs  # noqa: PLC0415 -- see above
        from webauthn.helpers.options_to_json_dict import options_to_json_dict  # noqa: PLC0415 -- see above

        options = webauthn.generate_registration_options(
            rp_id=self._relying_party_id,
            rp_name=self._name,
            user_id=user_id.encode(),
            user_name=user_name,
            challenge=challenge,
            timeout=_TIMEOUT_MS,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                user_verification=structs.UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in exclude],
        )
        return options_to_json_dict(options)

    def verify_creation(self, credential: Mapping[str, Any], challenge: bytes) -> Passkey | None:
        import webauthn  # noqa: PLC0415 -- see above

        try:
            verified = webauthn.verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._relying_party_id,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 -- bad input is told by a dozen kinds of errors, KeyError among them
            return None
        return Passkey(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
        )

    def verify_assertion(self, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int | None:
        import webauthn  # noqa: PLC0415 -- see above

        try:
            verified = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._relying_party_id,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 -- as above
            return None
        # The package leaves it to its caller to find the key by the credential's id.
        return verified.new_sign_count if verified.credential_id == passkey.credential_id else None
