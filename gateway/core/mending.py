"""A text as programs send it, mended where that is safe: its encoding, and JSON that is nearly JSON.

Senders cannot be changed. A body that is not quite what it should be is better understood than refused, as long as only
one thing can be meant; every mend leaves all else as it is.
"""

from __future__ import annotations

import json
import re

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Encodings that are read in a time bound by the text's length. What is named one of the first is often Windows' own.
WESTERN = re.compile(r"iso-?8859-?1|latin-?1|(us-)?ascii|(windows|cp)-?1252|utf-?8")
KNOWN = re.compile(
    r"utf-?(16|32)([-_]?(le|be))?|iso-?8859-\d{1,2}|(windows|cp)-?\d{3,4}|koi8-[rut]|gb(k|2312|18030)|big5(-?hkscs)?"
    r"|shift[-_]jis|sjis|euc-(jp|kr)|iso-2022-(jp|kr)|tis-620|macintosh"
)

# NUL, which PostgreSQL cannot store, and what may be half a character: looked for where there are escapes.
SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_TEXT_OR_SLIP = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|\bNaN\b|-?\bInfinity\b|,(?=\s*[\]}])', re.DOTALL)
_IN_TEXT = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lost>\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})|\x00)"
    rb'|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
    rb"|(?P<odd>\\.)"
    rb"|(?P<control>[\x01-\x1f])",
    re.DOTALL,
)


def as_utf8(text: bytes, charset: str = "") -> bytes:
    """The text in UTF-8, without byte order mark. `charset` is what the sender says that it is in, and may be wrong.

    By its look it may be UTF-8, UTF-16 or UTF-32; else it is in `charset`, or in windows-1252.
    """
    looks = json.detect_encoding(text)
    if not looks.startswith("utf-8"):
        return text.decode(looks, "replace").encode()
    text = text.removeprefix(BYTE_ORDER_MARK)
    charset = charset.strip(" \"'").lower()
    if _is_utf8(text) and not (text.isascii() and charset.startswith("iso-2022")):
        return text
    if KNOWN.fullmatch(charset) and not WESTERN.fullmatch(charset):
        try:
            return text.decode(charset).encode()
        except (UnicodeDecodeError, LookupError):
            pass
    return _guessed(text).encode()


def mended_json(text: bytes) -> bytes:
    """JSON without what programs get wrong in it, and can mean but one thing by.

    Raw line feeds and tabs in texts, slashes that escape nothing, half a character, NUL, NaN, a comma after the last.
    What is worse stays as it is.
    """
    return _TEXT_OR_SLIP.sub(_mended, text)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guessed(text: bytes) -> str:
    """What is not UTF-8 as a whole: that with some broken bytes, or letters of two halves each, or windows-1252."""
    try:
        return text.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except UnicodeDecodeError:
        pass
    read = text.decode(errors="replace")
    broken = read.count("\ufffd")
    others = sum(letter > "\x7f" for letter in read) - broken
    return read if others >= broken else text.decode("cp1252", "replace")


def _mended(found: re.Match[bytes]) -> bytes:
    slip = found[0]
    if slip.startswith(b'"'):
        return _IN_TEXT.sub(_mended_in_text, slip)
    return b"" if slip == b"," else b"null"


def _mended_in_text(found: re.Match[bytes]) -> bytes:
    if found["lost"]:
        return b"\\ufffd"
    if found["control"]:
        return b"\\u%04x" % ord(found[0])
    if found["odd"]:  # \' of PHP is a quote, any other a backslash before something
        return b"'" if found[0] == rb"\'" else b"\\" + found[0]
    return found[0]
