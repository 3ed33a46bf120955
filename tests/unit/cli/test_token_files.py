"""Files of hardware tokens: the documents of RFC 6030, what makers write, and what strangers might."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given
from hypothesis import strategies as st

from gatehouse import token_files
from gatehouse.errors import CommandError
from gatehouse.pskc import read_pskc
from gatehouse.pskc_encryption import Secrets
from gatehouse.safe_xml import MAX_DEPTH, XmlError, read_xml
from gatehouse.token_files import read_key, read_passphrase, read_tokens
from gatehouse.token_rows import TokenRow, base32_octets, hex_octets

RFC = Path(__file__).parents[2] / "vectors" / "rfc6030"
SEED = b"12345678901234567890"
HEX = SEED.hex()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Secrets()
KEY = bytes.fromhex("12345678901234567890123456789012")  # RFC 6030 section 6.1


def rfc(figure: int) -> bytes:
    return (RFC / f"figure{figure}.xml").read_bytes()


def pskc(octets: bytes, secrets: Secrets = NONE, now: datetime = NOW) -> tuple[list[TokenRow], list[str]]:
    rows, findings = read_pskc(octets, secrets, now=now, accepts_short=False)
    return list(rows), [f"{one.line}: {one.text}" for one in findings]


def only(octets: bytes, secrets: Secrets = NONE) -> TokenRow:
    (row,), findings = pskc(octets, secrets)
    assert findings == []
    return row


def refusal(octets: bytes, secrets: Secrets = NONE) -> str:
    rows, (finding,) = pskc(octets, secrets)
    assert rows == []
    return finding


EIGHT: dict[str, Any] = {"serial": "987654321", "type": "hotp", "digits": 8, "counter": 0, "seed": SEED}


def test_rfc_6030_figure_2_has_a_seed_of_32_bits() -> None:
    assert refusal(rfc(2)) == "6: the seed has 32 bits; it must have 80 to 512"
    longer = rfc(2).replace(b"MTIzNA==", base64.b64encode(SEED))
    assert only(longer) == TokenRow(line=6, serial="12345678", type="hotp", seed=SEED)


def test_rfc_6030_figure_3() -> None:
    assert only(rfc(3)) == TokenRow(line=14, **EIGHT)


def test_rfc_6030_figure_4_has_no_seed() -> None:
    assert "the key has no seed" in refusal(rfc(4))


def test_rfc_6030_figure_5_has_a_pin_that_could_not_be_kept() -> None:
    _, findings = pskc(rfc(5))
    assert findings == [
        "13: the key's policy has a rule that cannot be kept: PINPolicy",
        "44: the key is for another algorithm than HOTP or TOTP",
    ]


def test_rfc_6030_figure_6_with_its_pre_shared_key() -> None:
    assert only(rfc(6), Secrets(key=KEY)) == TokenRow(line=28, **EIGHT)


def test_rfc_6030_figure_7_with_its_passphrase() -> None:
    assert only(rfc(7), Secrets(passphrase="qwerty")) == TokenRow(line=46, **EIGHT)


def test_rfc_6030_figure_8_is_encrypted_for_a_certificate() -> None:
    assert "for a certificate" in refusal(rfc(8), Secrets(key=KEY))


def test_rfc_6030_figure_9_is_signed() -> None:
    row = only(rfc(9))
    assert (row.serial, row.digits, row.seed) == ("0755225266", 6, SEED)


def test_rfc_6030_figure_10_is_a_bulk_with_dates_and_one_serial_number_twice(tmp_path: Path) -> None:
    rows, findings = pskc(rfc(10))
    assert rows == []
    assert len(findings) == 4
    assert all("has expired" in finding for finding in findings)
    rows, findings = pskc(rfc(10), now=datetime(2006, 5, 2, tzinfo=UTC))
    assert [row.serial for row in rows] == ["654321", "123456"]
    file = tmp_path / "bulk.xml"
    undated = b"\n".join(line for line in rfc(10).splitlines() if b"Date>" not in line)
    file.write_bytes(undated)
    with pytest.raises(CommandError) as caught:
        read_tokens(file, NONE, now=NOW, accepts_short=False)
    (finding,) = caught.value.findings
    assert "the same serial number stands in line" in finding.text


@pytest.mark.parametrize(
    ("figure", "secrets", "text"),
    [
        (6, NONE, "give it with --psk-file"),
        (7, NONE, "give it with --passphrase-file"),
        (6, Secrets(key=KEY[:-1] + b"\0"), "a"),  # the MAC's own key does not decrypt, or to another one
        (6, Secrets(key=KEY + KEY[:8]), "takes 16"),
        (7, Secrets(passphrase="Qwerty"), ""),
    ],
)
def test_without_the_right_secret_nothing_is_read(figure: int, secrets: Secrets, text: str) -> None:
    assert text in refusal(rfc(figure), secrets)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Su+NvtQf", b"Tu+NvtQf"),
        (b"AAECAwQFBgcICQoLDA0OD", b"BAECAwQFBgcICQoLDA0OD"),
        (b"IUqGv\n", b"IUqGw\n"),
    ],
    ids=["the MAC", "the vector, which turns bits of the seed", "the last block"],
)
def test_a_changed_value_is_refused_by_its_mac(before: bytes, after: bytes) -> None:
    changed = rfc(6).replace(before, after)
    assert changed != rfc(6)
    assert "the MAC is wrong" in refusal(changed, Secrets(key=KEY))


def test_a_value_without_a_mac_is_refused() -> None:
    start, end = rfc(6).index(b"<ValueMAC>"), rfc(6).index(b"</ValueMAC>") + len(b"</ValueMAC>")
    assert "no ValueMAC" in refusal(rfc(6)[:start] + rfc(6)[end:], Secrets(key=KEY))


def encrypted(seed: bytes, key: bytes, mac_key: bytes | None = None, *, mac: str = "sha1") -> bytes:
    """A container as a maker would write it, with a vector that is no secret."""
    bits = len(key) * 8

    def sealed(octets: bytes) -> bytes:
        count = 16 - len(octets) % 16
        encryptor = Cipher(AES(key), CBC(bytes(range(16)))).encryptor()
        return bytes(range(16)) + encryptor.update(octets + bytes(count - 1) + bytes([count])) + encryptor.finalize()

    def value(octets: bytes) -> str:
        method = f'<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes{bits}-cbc"/>'
        return f"{method}<CipherData><CipherValue>{base64.b64encode(octets).decode()}</CipherValue></CipherData>"

    uri = {"sha1": "2000/09/xmldsig#hmac-sha1", "sha256": "2001/04/xmldsig-more#hmac-sha256"}[mac]
    own = "" if mac_key is None else f"<MACKey>{value(sealed(mac_key))}</MACKey>"
    cipher = sealed(seed)
    digest = base64.b64encode(hmac.digest(mac_key or key, cipher, mac)).decode()
    return f"""<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
<EncryptionKey><KeyName>k</KeyName></EncryptionKey>
<MACMethod Algorithm="http://www.w3.org/{uri}">{own}</MACMethod>
<KeyPackage><DeviceInfo><SerialNo>S-1</SerialNo></DeviceInfo>
<Key Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
<AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/><Suite>HMAC-SHA256</Suite></AlgorithmParameters>
<Data><Secret><EncryptedValue>{value(cipher)}</EncryptedValue><ValueMAC>{digest}</ValueMAC></Secret>
<TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data></Key></KeyPackage></KeyContainer>""".encode()


@given(
    st.binary(min_size=14, max_size=64),
    st.sampled_from([16, 24, 32]),
    st.none() | st.binary(min_size=20, max_size=64),
    st.sampled_from(["sha1", "sha256"]),
)
def test_what_is_encrypted_comes_out_again(seed: bytes, octets: int, mac_key: bytes | None, mac: str) -> None:
    key = hashlib.sha256(b"key").digest()[:octets]
    row = only(encrypted(seed, key, mac_key, mac=mac), Secrets(key=key))
    assert (row.seed, row.serial, row.type, row.algorithm, row.digits, row.period) == (
        seed,
        "S-1",
        "totp",
        "SHA256",
        8,
        60,
    )


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_octet_of_a_ciphertext_changes_a_seed(place: int, difference: int) -> None:
    document = encrypted(SEED, KEY)
    start = document.rindex(b"<CipherValue>") + len(b"<CipherValue>")
    end = document.rindex(b"</CipherValue>")
    cipher = bytearray(base64.b64decode(document[start:end]))
    cipher[place % len(cipher)] ^= difference
    changed = document[:start] + base64.b64encode(cipher) + document[end:]
    assert "the MAC is wrong" in refusal(changed, Secrets(key=KEY))


@pytest.mark.parametrize("iterations", [b"0", b"99999999", b"-1", b"1e3", b"9" * 5000])
def test_a_file_cannot_keep_somebody_busy_with_its_passphrase(iterations: bytes) -> None:
    hostile = rfc(7).replace(b">1000<", b">" + iterations + b"<")
    assert refusal(hostile, Secrets(passphrase="qwerty")).startswith("1: ")


BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<KeyContainer>&lol2;</KeyContainer>"""
EXTERNAL = b"""<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><KeyContainer>&xxe;</KeyContainer>"""


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (BILLION_LAUGHS, "2: a document type"),
        (EXTERNAL, "1: a document type"),
        (b'<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><KeyContainer/>', "1: a document type"),
        (b"<KeyContainer>&nbsp;</KeyContainer>", "1: this is not XML: undefined entity"),
        (b"<KeyContainer><a></KeyContainer>", "1: this is not XML"),
        (b"<" + b"a" * 100_000, "1: this is not XML"),
        (b"<a>" * 100_000, f"1: elements are nested deeper than {MAX_DEPTH}"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "1: this is"),
        (b"<a/>", "1: this is XML, but no KeyContainer"),
        (b'<KeyContainer Version="2.0"/>', "1: this is PSKC of another version"),
        (b"<KeyContainer>\xff</KeyContainer>", "1: this is not XML"),
    ],
)
def test_hostile_and_broken_xml_is_refused_with_its_line(document: bytes, text: str) -> None:
    assert refusal(document).startswith(text)


def test_xml_that_is_deep_but_not_too_deep_is_read() -> None:
    root = read_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)
    assert root.child(*["a"] * (MAX_DEPTH - 1)) is not None


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"<a>{text}</a>".encode("utf-8", "replace")))
def test_no_octets_make_the_xml_reader_fail(octets: bytes) -> None:
    try:
        read_xml(octets)
    except XmlError:
        return


@given(st.integers(0, 3000), st.binary(max_size=5))
def test_no_change_of_a_container_makes_its_reader_fail(place: int, inserted: bytes) -> None:
    whole = rfc(6)
    place %= len(whole)
    read_pskc(whole[:place] + inserted + whole[place + len(inserted) :], Secrets(key=KEY), now=NOW, accepts_short=False)


def csv(tmp_path: Path, text: str | bytes, *, accepts_short: bool = False) -> list[TokenRow]:
    file = tmp_path / "tokens.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_tokens(file, NONE, now=NOW, accepts_short=accepts_short))


def findings(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(CommandError) as caught:
        csv(tmp_path, text)
    assert HEX not in str(caught.value.findings)
    return [f"{one.line}: {one.text}" for one in caught.value.findings]


def test_a_csv_file_of_both_kinds(tmp_path: Path) -> None:
    text = (
        "Serial;Type;Seed_Hex;Algorithm;Digits;Period;Counter;Username\r\n"
        f"A-1;hotp;{HEX};;6;;17;alice\r\n\r\n"
        f'"A 2";TOTP;{HEX};HMAC-SHA-256;8;60;;\r\n'
        f"A-3;;{HEX};;;;;\r\n"
    )
    assert csv(tmp_path, b"\xef\xbb\xbf" + text.encode()) == [
        TokenRow(line=2, serial="A-1", type="hotp", counter=17, seed=SEED, username="alice"),
        TokenRow(line=4, serial="A 2", type="totp", algorithm="SHA256", digits=8, period=60, seed=SEED),
        TokenRow(line=5, serial="A-3", type="totp", period=30, seed=SEED),
    ]


def test_the_columns_of_microsoft_entra_id(tmp_path: Path) -> None:
    text = (
        "upn,serial number,secret key,time interval,manufacturer,model\n"
        "helga@corp.example.test,1234567,2234567abcdef2234567abcdef223456,60,Contoso,HardwareKey\n"
    )
    (row,) = csv(tmp_path, text)
    seed = base64.b32decode("2234567ABCDEF2234567ABCDEF223456")
    assert row == TokenRow(
        line=2, serial="1234567", type="totp", period=60, seed=seed, username="helga@corp.example.test"
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("S,hotp,zz", "2: seed_hex is not hexadecimal"),
        ("S,hotp,313", "2: seed_hex is not hexadecimal"),
        ("S,hotp,", "2: seed_hex is empty"),
        ("S,hotp,3132", "2: the seed has 16 bits; it must have 80 to 512"),
        (f"S,hotp,{HEX * 7}", "2: the seed has 1120 bits; it must have 80 to 512"),
        (f"S,hotp,{HEX[:20]}", "2: the seed has 80 bits, and at least 112 are asked for"),
        (f",hotp,{HEX}", "2: serial is empty"),
        (f"S,ocra,{HEX}", "2: type must be hotp or totp"),
        (f"S,hotp,{HEX},x", "2: 4 columns instead of 3"),
        (f"S,hotp,{HEX}\ns,hotp,{HEX}", "3: the same serial number stands in line 2"),
        ("", "1: the file has 0 tokens"),
    ],
)
def test_a_wrong_line_is_told_without_its_seed(tmp_path: Path, line: str, text: str) -> None:
    (finding,) = findings(tmp_path, f"serial,type,seed_hex\n{line}\n")
    assert finding.startswith(text)


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("digits", "7", "digits must be 6 or 8"),
        ("digits", "six", "digits must be a whole number"),
        ("period", "45", "period must be 30 or 60"),
        ("counter", "5", "counter must be"),
        ("algorithm", "MD5", "algorithm must be SHA1"),
    ],
)
def test_wrong_parameters_are_told(tmp_path: Path, column: str, value: str, text: str) -> None:
    (finding,) = findings(tmp_path, f"serial,type,seed_hex,{column}\nS,totp,{HEX},{value}\n")
    assert text in finding


@pytest.mark.parametrize(
    "heading",
    [
        "",
        "serial",
        "seed_hex",
        "serial,seed_hex,seed_base32",
        "serial,seed_hex,colour",
        "serial,serial number,seed_hex",
    ],
)
def test_columns_that_cannot_be_read_are_told(tmp_path: Path, heading: str) -> None:
    assert findings(tmp_path, f"{heading}\nS,{HEX}\n")[0].startswith("1: ")


@pytest.mark.parametrize(
    "octets", [b"\x00\x01\x02", b"serial,seed_hex\n\xff\n", b'serial,seed_hex\n"' + b"x" * 200_000]
)
def test_what_is_no_csv_is_refused(tmp_path: Path, octets: bytes) -> None:
    assert findings(tmp_path, octets)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_files, "MAX_FILE_OCTETS", 1000)
    with pytest.raises(CommandError, match="more than 1000 octets"):
        csv(tmp_path, b"x" * 1001)
    monkeypatch.setattr(token_files, "MAX_TOKENS", 1)
    assert "2 tokens; it must have 1 to 1" in findings(tmp_path, f"serial,seed_hex\nA,{HEX}\nB,{HEX}\n")[0]


def test_short_seeds_are_taken_when_that_is_said(tmp_path: Path) -> None:
    (row,) = csv(tmp_path, f"serial,seed_hex\nS,{HEX[:20]}\n", accepts_short=True)
    assert row.is_short
    assert row.seed == SEED[:10]


def test_a_seed_is_in_no_repr() -> None:
    row = TokenRow(line=1, serial="S", type="hotp", seed=SEED)
    assert "1234567890" not in repr(row)
    assert "1234567890" not in repr(Secrets(key=SEED[:16], passphrase="1234567890"))
    assert "PlainValue" not in repr(read_xml(rfc(3)))


@given(st.binary(min_size=1, max_size=128))
def test_a_seed_reads_back_in_every_spelling(seed: bytes) -> None:
    spelled = base64.b32encode(seed).decode()
    for text in (spelled, spelled.rstrip("="), spelled.lower(), " ".join(spelled)):
        assert base32_octets("seed", text) == seed
    assert hex_octets("seed", seed.hex(" ").upper()) == seed


@pytest.mark.parametrize("octets", [KEY, KEY.hex().encode(), KEY.hex().encode() + b"\r\n"])
def test_a_pre_shared_key_is_read_as_it_is_or_in_hexadecimal(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(octets)
    assert read_key(file) == KEY


@pytest.mark.parametrize("octets", [b"", b"short", b"zz" * 16 + b"\n"])
def test_what_is_no_key_is_refused(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(octets)
    with pytest.raises(CommandError) as caught:
        read_key(file)
    assert "zz" not in caught.value.text


@pytest.mark.parametrize("octets", [b"qwerty", b"qwerty\n", b"\xef\xbb\xbfqwerty\r\nsecond line"])
def test_a_passphrase_is_the_first_line(tmp_path: Path, octets: bytes) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(octets)
    assert read_passphrase(file) == "qwerty"
