"""QR codes in a terminal."""

import sys

import segno


def draw(text: str) -> None:
    """In half blocks where the terminal can print them; what is printed beside it must say the same."""
    try:
        "▀▄█".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        print("(this terminal cannot show a QR code)")
    else:
        segno.make(text, micro=False, error="l").terminal(compact=True)
