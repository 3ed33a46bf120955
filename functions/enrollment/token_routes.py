"""The routes of hardware tokens: the administrator's import and inventory, and the user's way to claim one.

Files are read by the command; here tokens come as JSON, a few at a time. A seed goes in and never comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.admin_routes import verified_actor
from enrollment.sessions import with_session
from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Route
from mfa.contract import ContractError, fields
from mfa.domain.factors import CodeParameters, HotpParameters, TotpAlgorithm, TotpParameters
from mfa.domain.tokens import MAX_COUNTER, MAX_SEED_OCTETS, MAX_SERIAL_CHARACTERS, NewToken, TokenImport
from mfa.domain.user_names import MAX_NAME_OCTETS
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.token_claims import TokenClaims
from mfa.services.token_import import TokenImports, TokenResult
from mfa.services.token_inventory import MAX_PAGE, ShownToken, TokenInventory

MAX_TOKENS: Final = 25  # at once: some reads and a transaction each, well within the life of a request
MAX_TOTAL: Final = 100_000
IMPORT_ID_OCTETS: Final = 64
_ALGORITHMS: Final[tuple[TotpAlgorithm, ...]] = ("SHA1", "SHA256", "SHA512")
_TOKENS: Final = frozenset({"tokens", "accept_short_seeds"})
_TOKEN: Final = frozenset({"serial", "type", "algorithm", "digits", "period", "counter", "seed"})
_TOTAL: Final = frozenset({"total"})
_OWNER: Final = frozenset({"username", "realm"})
_CODES: Final = frozenset({"codes"})
_CLAIM: Final = frozenset({"serial", "codes"})


@dataclass(frozen=True, slots=True)
class TokenRoutes:
    imports: TokenImports
    inventory: TokenInventory
    sessions: EnrollmentSessions
    claims: TokenClaims

    def table(self) -> tuple[Route, ...]:
        imports, tokens = "/v1/admin/token-imports", "/v1/admin/tokens"
        return (
            Route("POST", "/v1/admin/token-checks", self.check),
            Route("GET", imports, self.unfinished),
            Route("PUT", f"{imports}/{{import_id}}", self.start),
            Route("DELETE", f"{imports}/{{import_id}}", self.abandon),
            Route("POST", f"{imports}/{{import_id}}/tokens", self.add),
            Route("POST", f"{imports}/{{import_id}}/completion", self.complete),
            Route("GET", tokens, self.page),
            Route("GET", f"{tokens}/{{serial}}", self.show),
            Route("PUT", f"{tokens}/{{serial}}/owner", self.assign),
            Route("DELETE", f"{tokens}/{{serial}}/owner", self.take_back),
            Route("POST", f"{tokens}/{{serial}}/resync", self.resynchronise),
            Route("POST", "/v1/enrollment/tokens", with_session(self.sessions, self.claim)),
        )

    def check(self, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_TOKENS)
        return answer(200, _results(self.imports.check(_tokens(message), accepts_short=_accepts_short(message))))

    def unfinished(self, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, {"imports": [_import(one) for one in self.imports.unfinished()]})

    def start(self, request: Request, path: Mapping[str, str]) -> Response:
        total = fields.integer(request.json(_TOTAL), "total", lowest=1, highest=MAX_TOTAL)
        return answer(200, _import(self.imports.start(_import_id(path), total, verified_actor(request))))

    def abandon(self, request: Request, path: Mapping[str, str]) -> Response:
        self.imports.abandon(_import_id(path), verified_actor(request))
        return no_content()

    def add(self, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_TOKENS)
        added = self.imports.add(_import_id(path), _tokens(message), accepts_short=_accepts_short(message))
        return answer(200, _results(added))

    def complete(self, request: Request, path: Mapping[str, str]) -> Response:
        return answer(200, _import(self.imports.complete(_import_id(path), verified_actor(request))))

    def page(self, request: Request, _: Mapping[str, str]) -> Response:
        shown = self.inventory.page(request.query.get("after"), MAX_PAGE)
        after = shown[-1].token.serial if len(shown) == MAX_PAGE else None
        return answer(200, {"tokens": [_token(one) for one in shown], "next": after})

    def show(self, _: Request, path: Mapping[str, str]) -> Response:
        return answer(200, _token(self.inventory.show(path["serial"])))

    def assign(self, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_OWNER)
        shown = self.inventory.assign(
            path["serial"],
            fields.text(message, "username", max_octets=MAX_NAME_OCTETS),
            fields.optional_text(message, "realm", max_octets=MAX_LABEL_OCTETS),
            verified_actor(request),
        )
        return answer(200, _token(shown))

    def take_back(self, request: Request, path: Mapping[str, str]) -> Response:
        return answer(200, _token(self.inventory.take_back(path["serial"], verified_actor(request))))

    def resynchronise(self, request: Request, path: Mapping[str, str]) -> Response:
        codes = _codes(request.json(_CODES))
        if len(codes) != 2:
            raise ContractError("codes must be two: one press after the other, in that order")
        shown = self.inventory.resynchronise(path["serial"], (codes[0], codes[1]), verified_actor(request))
        return answer(200, _token(shown))

    def claim(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_CLAIM)
        serial = fields.text(message, "serial", max_octets=MAX_SERIAL_CHARACTERS)
        return answer(201, messages.factor(self.claims.claim(claimant, serial, _codes(message))))


def _import_id(path: Mapping[str, str]) -> str:
    import_id = path["import_id"]
    if not 1 <= len(import_id.encode()) <= IMPORT_ID_OCTETS:
        raise refused(404, "not-found", "there is no import of that id")
    return import_id


def _accepts_short(message: fields.JsonObject) -> bool:
    return fields.truth(message, "accept_short_seeds") if "accept_short_seeds" in message else False


def _tokens(message: fields.JsonObject) -> Sequence[NewToken]:
    tokens = [_new_token(value) for value in fields.items(message, "tokens", most=MAX_TOKENS)]
    if not tokens:
        raise ContractError("tokens must have at least one")
    return tokens


def _new_token(value: object) -> NewToken:
    message = fields.object_of(value, "tokens")
    fields.refuse_unknown(message, _TOKEN)
    return NewToken(
        serial=fields.text(message, "serial", max_octets=MAX_SERIAL_CHARACTERS),
        parameters=_parameters(message),
        seed=fields.octets(message, "seed", lowest=1, highest=2 * MAX_SEED_OCTETS),
        counter=fields.optional_integer(message, "counter", lowest=0, highest=MAX_COUNTER) or 0,
    )


def _parameters(message: fields.JsonObject) -> CodeParameters:
    kind = message.get("type")
    digits = _one_of(message, "digits", (6, 8), 6)
    if kind == "hotp":
        if _algorithm(message) != "SHA1" or message.get("period") is not None:
            raise ContractError("a token of type hotp has algorithm SHA1 and no period")
        return HotpParameters(digits)
    if kind != "totp":
        raise ContractError("type must be hotp or totp")
    if fields.optional_integer(message, "counter", lowest=0, highest=MAX_COUNTER):
        raise ContractError("a token of type totp has no counter")
    return TotpParameters(_algorithm(message), digits, _one_of(message, "period", (30, 60), 30))


def _algorithm(message: fields.JsonObject) -> TotpAlgorithm:
    wanted = fields.optional_text(message, "algorithm", max_octets=16) or "SHA1"
    for algorithm in _ALGORITHMS:
        if algorithm == wanted:
            return algorithm
    raise ContractError(f"algorithm must be one of {', '.join(_ALGORITHMS)}")


def _one_of(message: fields.JsonObject, name: str, allowed: tuple[int, ...], default: int) -> int:
    wanted = fields.optional_integer(message, name, lowest=min(allowed), highest=max(allowed))
    if wanted is None:
        return default
    if wanted not in allowed:
        raise ContractError(f"{name} must be {' or '.join(map(str, allowed))}")
    return wanted


def _codes(message: fields.JsonObject) -> tuple[str, ...]:
    codes = fields.items(message, "codes", most=2)
    if not codes:
        raise ContractError("codes must be one code, or two in a row")
    return tuple(fields.text({"codes": code}, "codes", max_octets=16).strip(" ") for code in codes)


def _results(results: Sequence[TokenResult]) -> fields.JsonObject:
    shown = [{"serial": one.serial, "result": one.fate.value, "reason": one.reason} for one in results]
    return {"results": shown}


def _import(one: TokenImport) -> fields.JsonObject:
    return {
        "import_id": one.import_id,
        "state": one.state.value,
        "total": one.total,
        "stored": one.stored,
        "started_at": one.started_at,
    }


def _token(shown: ShownToken) -> fields.JsonObject:
    token, name = shown.token, None if shown.owner is None else shown.owner.aliases[0]
    owner = None
    if token.owner is not None:
        owner = {
            "user_id": token.owner.user_id,
            "username": None if name is None else name.name,
            "realm": None if name is None else name.realm,
            "factor_id": token.owner.factor_id,
            "since": token.owner.since,
            "last_used_at": None if shown.factor is None else shown.factor.last_used_at,
        }
    return {
        "serial": token.serial,
        **messages.parameters(token.parameters),
        "imported_at": token.imported_at,
        "owner": owner,
    }
