"""Phones on pages are grouped as the package phonenumbers groups them, or left as they came."""

from __future__ import annotations

import json
import random
import subprocess

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from gateway import ROOT

WORDS = ROOT / "ui" / "kit" / "words.js"
SHOWN = {
    "+919845000001": "+91 98450 00001",
    "+912240001111": "+91 22 4000 1111",
    "+917923456789": "+91 79 2345 6789",
    "+918040001111": "+91 80 4000 1111",
    "+917940001111": "+91 79 4000 1111",
    "+917973456789": "+91 79734 56789",
    "+911204567890": "+91 120 456 7890",
    "+916122345678": "+91 612 234 5678",
    "+917552345678": "+91 755 234 5678",
    "+911412345678": "+91 141 234 5678",
    "+914842345678": "+91 484 234 5678",
    "+911892234567": "+91 189 223 4567",
    "+14155552671": "+1 415 555 2671",
    "+447911123456": "+447911123456",
    "+9118001234567": "+9118001234567",
    "sealed:12": "sealed:12",
}


def test_phones_are_grouped_as_phonenumbers_does() -> None:
    seed = random.Random(14)
    drawn = [PhoneNumber(91, seed.randrange(1_000_000_000, 6_000_000_000)) for _ in range(3000)]
    drawn += [PhoneNumber(91, seed.randrange(9_000_000_000, 9_999_999_999)) for _ in range(500)]
    valid = [number for number in drawn if phonenumbers.is_valid_number(number)]
    spelt = {
        phonenumbers.format_number(number, PhoneNumberFormat.E164): phonenumbers.format_number(
            number, PhoneNumberFormat.INTERNATIONAL
        )
        for number in valid
    }
    assert len(spelt) > 1000
    script = f"import {{ phone }} from {json.dumps(WORDS.as_uri())};" + (
        "let given = ''; for await (const piece of process.stdin) given += piece;"
        "console.log(JSON.stringify(JSON.parse(given).map(phone)));"
    )
    command = ["node", "--input-type=module", "--eval", script]
    asked = [*SHOWN, *spelt]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True)
    shown = dict(zip(asked, json.loads(done.stdout), strict=True))
    assert {number: shown[number] for number in SHOWN} == SHOWN
    wrong = {number: shown[number] for number, text in spelt.items() if shown[number] != text.replace("-", " ")}
    # A few of India's 10-digit numbers of services are written otherwise.
    assert len(wrong) < len(spelt) / 200, wrong
