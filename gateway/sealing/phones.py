"""Phones and e-mails in their one spelling, as sql/spelling/normalize_phone.sql and prepare_lead.sql give it.

What is sealed has to be spelt before it is hashed, so the gateway must do it itself then, and to the letter alike: a
test compares both. Otherwise PostgreSQL does. What a number is, phonenumbers says here and its data says there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MOST_PHONES = 6
LONGEST_READ = 500
LEAST_BESIDE_OTHERS = 10

INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
USUAL = re.compile(r"[+(]?[0-9][0-9 ()-]{5,24}")
SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[Ee]\+?([0-9]{1,2})")
NO_FRACTION = re.compile(r"(^|[;,] *)(\+?[0-9]{7,})[.,]0{1,6}(?=[;,] |\Z)")
FRACTION = re.compile(r"(^|[;,] *)\+?[0-9]{7,}[.,][0-9]{1,6}(?=[;,] |\Z)")
OF_COUNTRY = re.compile(r"(.*[0-9].*) \[(?:\+([1-9][0-9]{0,2})|([A-Z]{2}))\]", re.DOTALL)
CONTEXT = re.compile(r"(?:[^;+]*:)?([0-9][^;+]*);.*phone-context=(\+[0-9]+).*")
EXTENSION = re.compile(
    r"(^|[^A-Za-z])(?:ext|extn|extension|x|xt|xtn|#|int|anexo|durchwahl|dw)[ .:=]*[0-9]{1,7}(?![ .-]?[0-9])", re.I
)
WITHOUT_EXTENSION = r"\1;e;"
AS_DIGITS = re.compile(r"[ (]*[0-9]")
BETWEEN_NUMBERS = re.compile(r"[^0-9+ ()./-]+")
BETWEEN_DIGITS = re.compile(r"[^0-9+]+")
MARK_OF_LIST = re.compile(r"(^|[^0-9])[1-9](?:\)|\. )")
AREA_CODE = re.compile(r"^ *\(([0-9]{2,5})\) *")
APART = re.compile(r" *[();] *| +- +|\. +|  +")
DIALLED = re.compile(r"00(?=[1-9])")
OF_MEXICO = re.compile(r"\+?521[0-9]{10}")
LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+", re.ASCII)

UNSEEN = (
    {173, 847, 1564, 6158, 65279}
    | {*range(8203, 8208)}
    | {*range(8234, 8239)}
    | {*range(8288, 8304)}
    | {*range(65024, 65040)}
)
SPACES = {9, 160, 5760, 8239, 8287, 12288, *range(8192, 8203)}
DASHES = {183, 1418, 1470, 8226, 8259, 8722, 8729, 11799, 11834, 11835, 12316, 12336, 12448, 12539, 12540, 65112, 65123}
MEANT = {
    **dict.fromkeys((10, 11, 12, 13, 133, 8232, 8233), ";"),
    **dict.fromkeys(SPACES, " "),
    **dict.fromkeys(UNSEEN, ""),
    **dict.fromkeys((8314, 8330, 65122), "+"),
    **dict.fromkeys(DASHES | {*range(8208, 8214)}, "-"),
    **dict.fromkeys((8260, 8725), "/"),
}


class Read(NamedTuple):
    """The numbers in a text, at most six, in international form, and whether nothing else with digits is in it.

    The first mobile comes before the others.
    """

    numbers: list[str]
    is_whole: bool


def read_phones(text: str, region: str) -> Read:
    """What was given as a phone in a region, an ISO code of a country."""
    if USUAL.fullmatch(text) and (number := _number(_digits(text), region)):
        return Read([number], is_whole=True)
    if told := OF_COUNTRY.fullmatch(text):
        return _read_told(told[1], told[2], told[3], region)
    plain = plain_phone(text)
    found: dict[str, None] = {}
    is_whole = ";e;" not in plain and len(text) <= LONGEST_READ
    for segment in BETWEEN_NUMBERS.split(plain.replace("+", ";+")):
        if re.search("[0-9][^0-9]*[0-9]", segment):  # not the 1 of "Phone 1: 98100 00001"
            numbers, is_all = _numbers_in(segment, region)
            found.update(dict.fromkeys(numbers))
            is_whole = is_whole and is_all
    if not found:
        # 9,810,000,001: nothing in it is a number, but all of it. What was said apart is not: "12345, 12345".
        number = None if re.search("[A-Za-z?;]|, ", plain) else _number(_digits(plain), region)
        return Read([] if number is None else [number], is_whole=number is not None)
    return Read(_mobile_first([*found][:MOST_PHONES]), is_whole=is_whole and len(found) <= MOST_PHONES)


def _read_told(text: str, code: str | None, country: str | None, region: str) -> Read:
    """What was given as a phone of a calling code, or of somebody in a country, as gateway.core.phone_countries says.

    A number's own prefix wins, and a number that there is not in that country may be of the region all the same. Who
    only lives there may have a mobile of the region.
    """
    import phonenumbers

    told = phonenumbers.region_code_for_country_code(int(code)) if code else country
    read = read_phones(text, str(told)) if told in phonenumbers.SUPPORTED_REGIONS else Read([], is_whole=False)
    if code is not None:
        if not read.numbers and AS_DIGITS.match(text):
            read = read_phones(f"+{code} {text}", region)
        read = read if read.numbers else read_phones(text, region)
        is_of_code = all(number.startswith(f"+{code}") for number in read.numbers)
        return read._replace(is_whole=read.is_whole and is_of_code)
    if read.numbers and _is_mobile(read.numbers[0]):
        return read
    at_home = read_phones(text, region)
    return at_home if not read.numbers or (at_home.numbers and _is_mobile(at_home.numbers[0])) else read


def _mobile_first(numbers: list[str]) -> list[str]:
    """The numbers with the first mobile, which is the person's, before those that others may share."""
    first = next((number for number in numbers if _is_mobile(number)), None) if len(numbers) > 1 else None
    return numbers if first is None else [first, *(number for number in numbers if number != first)]


def _is_mobile(number: str) -> bool:
    """Whether a number in international form may be a mobile."""
    import phonenumbers
    from phonenumbers import PhoneNumberType

    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def plain_phone(text: str) -> str:
    """What is written as a phone, in ASCII, without what a spreadsheet added.

    ";e;" stands where an extension was, or what never was a phone.
    """
    plain = "".join(map(plain_character, text[:LONGEST_READ])).strip(" =\"'")
    if found := SCIENTIFIC.fullmatch(plain):
        digits = found[1] + (found[2] or "")
        return digits if len(digits) == int(found[3]) + 1 else ""
    plain = FRACTION.sub(WITHOUT_EXTENSION, NO_FRACTION.sub(r"\1\2", plain))
    if found := CONTEXT.fullmatch(plain):
        plain = found[2] + found[1]
    return EXTENSION.sub(WITHOUT_EXTENSION, plain)


def plain_character(character: str) -> str:
    """What a character means in a phone: itself, a digit, space, dash or plus; nothing if not seen, else "?"."""
    code = ord(character)
    if 32 <= code <= 126:
        return character
    if 65281 <= code <= 65374:  # fullwidth forms of ASCII
        return chr(code - 65248)
    if (meant := MEANT.get(code)) is not None:
        return meant
    digit = unicodedata.decimal(character, None)
    return "?" if digit is None else str(digit)


def _digits(text: str) -> str:
    return ("+" if text.lstrip(" (").startswith("+") else "") + re.sub("[^0-9]", "", text)


def _numbers_in(segment: str, region: str) -> Read:
    """A slash is within a number (030/123456) or between two of them."""
    texts = [part for part in segment.split("/") if re.search("[0-9]", part)]
    parts = [_split(part, region) for part in texts]
    is_whole = all(parts)
    if not is_whole and "/" in segment and (numbers := _split(segment, region)):
        return Read(numbers, is_whole=True)
    found = [part or _beside_others(text, region) for text, part in zip(texts, parts, strict=True)]
    return Read([number for part in found for number in part], is_whole)


def _beside_others(text: str, region: str) -> list[str]:
    """Numbers beside digits of something else: 98100 00001 (2 bhk), 1) 98100 00001 2) 98100 00002.

    Only what stands apart, or is written without a gap, and is long enough: all else could be put together wrongly.
    """
    numbers: list[str] = []
    for part in APART.split(AREA_CODE.sub(r"\1 ", MARK_OF_LIST.sub(r"\1;", text))):
        if len(re.sub("[^0-9]", "", part)) >= LEAST_BESIDE_OTHERS:
            whole = _split(part, region)
            words = () if whole else BETWEEN_DIGITS.split(part)
            alone = (_number(word, region) for word in words if len(word) >= LEAST_BESIDE_OTHERS)
            numbers += whole or filter(None, alone)
    return numbers


def _split(text: str, region: str) -> list[str]:
    """Numbers with spaces or dashes between: each as long as it can be, and nothing left over; else none."""
    parts = BETWEEN_DIGITS.sub("-", text).strip("-").split("-")
    numbers: list[str] = []
    begin = 0
    while begin < len(parts):
        for end in range(len(parts), begin, -1):
            if number := _number("".join(parts[begin:end]), region):
                numbers.append(number)
                begin = end
                break
        else:
            if begin == 0 and len(parts) > 1 and len(parts[0]) == 1 and parts[0] != "+":
                return _split("-".join(parts[1:]), region)  # the 1 of "Mobile 1 98100 00001"
            return []
    return numbers


def _number(digits: str, region: str) -> str | None:
    if not 5 <= len(digits) <= 22:
        return None
    number = read_number(digits, region)
    if number is None and DIALLED.match(digits):  # dialled as from most countries, though not from this one
        number = read_number("+" + digits[2:], region)
    if number is None and OF_MEXICO.fullmatch(digits) and (digits.startswith("+") or region == "MX"):
        number = read_number("+52" + digits[-10:], region)  # as WhatsApp writes Mexico's mobiles
    return number


def read_number(digits: str, region: str) -> str | None:
    """The number that digits, with a plus or without, are in a region, in international form; None for none.

    It is valid, or names its country by a plus and has the length of that country's landlines and mobiles.
    """
    import phonenumbers
    from phonenumbers import CountryCodeSource, PhoneNumberFormat

    try:
        number = phonenumbers.parse(digits, region, keep_raw_input=True)
    except phonenumbers.NumberParseException as error:
        # A plus before a number that has no calling code: +098100 00001.
        is_national = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return read_number(digits[1:], region) if is_national and digits.startswith("+") else None
    names_country = number.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN
    if not phonenumbers.is_valid_number(number) and not (names_country and _has_usual_length(number)):
        return None
    spelt = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return spelt if INTERNATIONAL.fullmatch(spelt) else None


def _has_usual_length(number: PhoneNumber) -> bool:
    import phonenumbers

    from gateway.database.numbering import usual_lengths

    code = number.country_code or 0
    region = phonenumbers.region_code_for_country_code(code)
    return len(phonenumbers.national_significant_number(number)) in usual_lengths(code, region)


def normalize_email(email: str) -> str | None:
    """An e-mail address in lower case, letters beyond ASCII as they are; None for what core.is_no_address() names."""
    address = email.strip(" ").translate(LOWER)
    has_both_sides = address.find("@") > 0 and not address.endswith("@") and " " not in address
    return address if has_both_sides else None


def identifies(kind: str, value: str) -> bool:
    """Whether a phone or e-mail in its one spelling tells whose it is, as routing.keys_of() says."""
    return bool((INTERNATIONAL if kind == "phone" else ADDRESS).fullmatch(value))
