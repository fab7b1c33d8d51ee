"""Phones as pages show them are grouped as phonenumbers groups them, or not at all."""

import json
import subprocess

import phonenumbers

from gateway import ROOT

WORDS = ROOT / "ui" / "kit" / "words.js"
NUMBERS = {
    **{f"+91{area}23456789": True for area in ("11", "20", "22", "33", "40", "44")},
    **dict.fromkeys(("+919801000001", "+917012345678", "+916001234567", "+12025550123"), True),
    **dict.fromkeys(("+914842345678", "+912532345678"), True),
    **dict.fromkeys(("+442079460018", "+97141234567", "call me", ""), False),
}


def test_a_number_is_shown_as_the_library_groups_it_or_as_it_came() -> None:
    program = (
        f"import {{ phone }} from {json.dumps(str(WORDS))};"
        f"console.log(JSON.stringify({json.dumps(list(NUMBERS))}.map(phone)))"
    )
    run = subprocess.run(
        ["node", "--input-type=module", "--no-warnings", "-e", program], capture_output=True, text=True, check=True
    )
    shown = dict(zip(NUMBERS, json.loads(run.stdout), strict=True))
    assert shown == {number: _grouped(number) if is_grouped else number for number, is_grouped in NUMBERS.items()}


def _grouped(number: str) -> str:
    read = phonenumbers.parse(number)
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace("-", " ")
