"""The web app's files: read once, compressed once, each with its ETag.

Names carry no hash, because nothing builds them. Instead all files together have one: ``/v/HASH/js/main.js`` is
answered as immutable, and the few files with addresses of their own (``FIXED``) name HASH where they say
``/v/VERSION/``. So a new version is noticed by asking for the page alone, and no page mixes modules of two versions.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FIXED: Final[Mapping[str, str]] = {
    "/": "index.html",
    "/404.html": "404.html",
    "/sw.js": "sw.js",  # its folder is its scope
    "/manifest.webmanifest": "manifest.webmanifest",
    "/apple-touch-icon.png": "icons/apple-touch-icon.png",  # where iOS looks of its own accord
    "/favicon.ico": "icons/icon-192.png",  # where browsers do; the content type tells what it is
}
_PLACEHOLDER: Final = b"/v/VERSION/"
_HASH_DIGITS: Final = 16  # 64 bits: told apart, not authenticated
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSED_ALREADY: Final = frozenset({".png"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """``compressed`` is None where that would save nothing. The two bodies are two representations, with an ETag each
    (RFC 9110 section 8.8.3.3)."""

    body: bytes
    compressed: bytes | None
    content_type: str
    etag: str

    @property
    def compressed_etag(self) -> str:
        return f'{self.etag[:-1]}-gzip"'


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """``fixed`` by path, ``versioned`` by the path behind ``/v/HASH/``."""

    version: str
    fixed: Mapping[str, StaticFile]
    versioned: Mapping[str, StaticFile]


def static_file(body: bytes, suffix: str) -> StaticFile:
    compressed = None if suffix in _COMPRESSED_ALREADY else gzip.compress(body, 9, mtime=0)
    return StaticFile(body, compressed, _TYPES[suffix], f'"{_hash(body)}"')


def read_static_files(folder: Path) -> StaticFiles:
    """All files below the folder. Raises KeyError for one of an unknown kind: it would be answered as another."""
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
    version = _hash(b"".join(name.encode() + b"\0" + _hash(body).encode() for name, body in contents.items()))
    made = {
        name: static_file(body.replace(_PLACEHOLDER, f"/v/{version}/".encode()), Path(name).suffix)
        for name, body in contents.items()
    }
    return StaticFiles(version, {path: made[name] for path, name in FIXED.items()}, made)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_HASH_DIGITS]
