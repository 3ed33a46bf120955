"""Octets printed in the RFCs. Each was recomputed by hand from the RFC's text before it was put here."""

SECRET = b"xyzzy5461"
_octets = bytes.fromhex

# RFC 2865 section 7.1: User Telnet to Specified Host. User nemo, password arctangent.
PAP_REQUEST = _octets(
    "01000038 0f403f9473978057bd83d5cb98f4227a 01066e656d6f 02120dbe708d93d413ce3196e43f782a0aee"
    "0406c0a80110 050600000003"
)
PAP_PASSWORD = "arctangent"
PAP_ACCEPT = _octets("02000026 86fe220e7624ba2a1005f6bf9b55e0b2 060600000001 0f0600000000 0e06c0a80103")

# RFC 2865 section 7.2: Framed User Authenticating with CHAP. User flopsy, password arctangent.
CHAP_REQUEST = _octets(
    "01010047 2aee86f08d0d55969ca5978e0d3367a2 0108666c6f707379 031316e97557c316185895f293ff6344077275"
    "0406c0a80110 050600000014 060600000002 070600000001"
)

# RFC 2865 section 7.3: User with Challenge-Response card. User mopsy, password challenge.
CARD_REQUEST = _octets(
    "01020039 f3a47a1f6a6d76710b947ab93041a039 01076d6f707379 021233657573778289b570885e15084825c5"
    "0406c0a80110 050600000007"
)
CARD_PASSWORD = "challenge"
CARD_CHALLENGE = _octets(
    "0b02004e 36f3c8764ae8c71157403c0c71ff9c45"
    "12304368616c6c656e67652033323736393433302e2020456e74657220726573706f6e73652061742070726f6d70742e"
    "180a3332373639343330"
)

# RFC 5997 section 6: Status-Server to the authentication port (6.1) and to the accounting port (6.2), with replies.
STATUS_AUTH = _octets("0cda0026 8a54f4686fb394c52866e302185d0623 50125a665e2e1e8411f3e243822097c84fa3")
STATUS_AUTH_REPLY = _octets("02da0014 ef0d552a4bf2d693ec2b6fe8b5411d66")
STATUS_ACCT = _octets("0cb30026 925f6b66dd5fed571fcb1db7ad388260 5012e8d6eabda910875cd91fdade26367858")
STATUS_ACCT_REPLY = _octets("05b30014 0f6f92145f107e2f504e860a4860669c")
