"""PhoneNumberReader on Google's libphonenumber. Its tables are large, so it is loaded when the first number is read."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from mfa.domain.phones import LineType, PhoneNumber

MAX_CHARACTERS: Final = 32


class LibPhoneNumber:
    def read(self, text: str) -> PhoneNumber | None:
        """Only the international form: which country a number without ``+`` is of would be a guess. Letters, and
        extensions, which no message reaches, are no part of a number."""
        written = text.strip(" ")
        if (
            not written.startswith("+")
            or len(written) > MAX_CHARACTERS
            or not set(written[1:]) <= set("0123456789 -()./")
        ):
            return None
        import phonenumbers  # noqa: PLC0415 -- see above

        try:
            number = phonenumbers.parse(written, None)
        except phonenumbers.NumberParseException:
            return None
        region = phonenumbers.region_code_for_number(number)
        if region is None or not phonenumbers.is_valid_number(number):
            return None
        return PhoneNumber(
            e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
            region=region,
            line_type=_line_types().get(phonenumbers.number_type(number), LineType.OTHER),
        )


@cache
def _line_types() -> Mapping[Any, LineType]:
    from phonenumbers import PhoneNumberType as Known  # noqa: PLC0415 -- see above

    return {
        Known.MOBILE: LineType.MOBILE,
        Known.FIXED_LINE_OR_MOBILE: LineType.FIXED_OR_MOBILE,
        Known.FIXED_LINE: LineType.FIXED,
        Known.VOIP: LineType.VOIP,
        Known.PREMIUM_RATE: LineType.PREMIUM,
        Known.SHARED_COST: LineType.SHARED_COST,
        Known.TOLL_FREE: LineType.TOLL_FREE,
    }
