"""A hardware token from its import to logins and back, over the API, on the fakes and on the real adapters."""

import pytest

from mfa.contract.fields import base64url
from mfa.domain.factors import HotpParameters
from mfa.domain.otp import code_at
from mfa.domain.reasons import RejectReason
from tests.integration.enrollment.conftest import Company

pytestmark = pytest.mark.integration
SEED = b"the seed of a token of hers"
IMPORT = "/v1/admin/token-imports/one"


def code(counter: int) -> str:
    return code_at(counter, SEED, HotpParameters())


def test_a_token_is_imported_claimed_used_brought_back_and_given_on(company: Company) -> None:
    api, logins = company.enrollment, company.logins
    token = {"serial": "T-1", "type": "hotp", "seed": base64url(SEED)}
    api.admin("PUT", IMPORT, {"total": 1})
    api.admin("POST", f"{IMPORT}/tokens", {"tokens": [token]})
    api.add_user("alice")
    api.add_user("bob")
    session = api.open_session("alice")
    claim = {"serial": "t-1", "codes": [code(3)]}
    assert api.ask("POST", "/v1/enrollment/tokens", claim, token=session).code == "token-refused"
    assert api.admin("POST", f"{IMPORT}/completion").json["stored"] == 1
    claimed = api.ask("POST", "/v1/enrollment/tokens", claim, token=session)
    assert claimed.status == 201

    assert logins.login(code(3)).reason is RejectReason.CODE_USED
    assert logins.login(code(4)).outcome == "accept"
    assert logins.login(code(40)).reason is RejectReason.CODE_FAR_OFF
    assert logins.login(code(41)).outcome == "accept"
    resync = {"codes": [code(90), code(91)]}
    assert api.admin("POST", "/v1/admin/tokens/T-1/resync", resync).status == 200
    assert logins.login(code(91)).reason is RejectReason.CODE_USED

    path = f"/v1/enrollment/factors/{claimed.json['factor_id']}"
    assert api.ask("DELETE", path, token=session).status == 204
    assert logins.login(code(92)).reason is RejectReason.NOT_ENROLLED
    assert api.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "bob"}).status == 200
    assert logins.login(code(91), username="bob").reason is RejectReason.CODE_USED
    assert logins.login(code(92), username="bob").outcome == "accept"
    assert api.admin("DELETE", "/v1/admin/users/bob").status == 204
    (shown,) = api.admin("GET", "/v1/admin/tokens").json["tokens"]
    assert shown["owner"] is None
    assert not api.faults
