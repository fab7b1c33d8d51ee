"""Files as people and programs make them: which rows are leads, what each says, and what is told of the others.

A file stands in a table: how it is made, the leads in it as "name | phone | e-mail | city | more", and of each odd row
the kind of what is told. Headings and shapes are those of the systems' own documentation and of public reports; all
people and numbers are invented.
"""

# A table: a row of it is better read in one line than in ten.
# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from gateway.imports.file_problem import FileProblem
from tests.gateway.imports.reading import read
from tests.gateway.imports.tables import as_csv, as_ods, as_xls, as_xlsx

FIELDS = ("name", "phone", "email", "city")


class Case(NamedTuple):
    """A file, its leads, and what is told of which rows. `more`: what must be in the metadata of the first lead."""

    file: bytes
    leads: list[str]
    told: dict[int, str] | None = None
    more: dict[str, Any] | None = None


def text(*lines: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    """A text file of these lines."""
    return (end.join(lines) + end).encode(encoding)


def sheet(*rows: list[Any], fill: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook; `fill` hides and merges."""
    return as_xlsx(*rows, fill=fill)


def hide_third(_: Any, made: Any) -> None:
    made.set_row(2, None, None, {"hidden": True})


def filtered(_: Any, made: Any) -> None:
    made.autofilter(0, 0, 3, 2)
    made.filter_column(2, "x == Pune")
    made.set_row(2, options={"hidden": True})
    made.set_row(3, options={"hidden": True})


HEADS = ["Name", "Phone", "City"]
ASHA = "Asha|9810000001||Pune"
RAVI = "Ravi|9810000002||Goa"
TWO = [ASHA, RAVI]
A, R = ["Asha", "9810000001", "Pune"], ["Ravi", "9810000002", "Goa"]
PLAIN = ("Name,Phone,City", "Asha,9810000001,Pune", "Ravi,9810000002,Goa")


def plain(separator: str) -> tuple[str, ...]:
    return tuple(line.replace(",", separator) for line in PLAIN)


def in_language(*heads: str) -> bytes:
    return as_csv([*heads], ["Asha", "9810000001", "a@example.com", "Pune"])


ONE = ["Asha|9810000001|a@example.com|Pune"]

CASES: dict[str, Case] = {
    # Encodings and separators
    "UTF-8": Case(text(*PLAIN), TWO),
    "UTF-8 with a mark, Windows line ends": Case(text(*PLAIN, encoding="utf-8-sig", end="\r\n"), TWO),
    "old Macintosh line ends": Case(text(*PLAIN, end="\r"), TWO),
    "UTF-16 of Facebook, tabs": Case(text(*plain("\t"), encoding="utf-16"), TWO),
    "UTF-16 without a mark": Case(text(*plain("\t"), encoding="utf-16-le"), TWO),
    "semicolons, cp1252": Case(text("Name;Phone;City", "José;9810000001;Pune", encoding="cp1252"), ["José|9810000001||Pune"]),
    "Cyrillic headings, cp1251": Case(
        text("Имя;Телефон;Город", "Ирина Пример;9810000001;Pune", encoding="cp1251"), ["Ирина Пример|9810000001||Pune"]
    ),
    "bars": Case(text(*plain("|")), TWO),
    "a line that says the separator": Case(text("sep=;", *plain(";")), TWO),
    "all in quotes": Case(text(*('"' + line.replace(",", '","') + '"' for line in PLAIN)), TWO),
    "trailing separators": Case(text(*(line + "," for line in PLAIN)), TWO),
    "empty lines and a title": Case(text("Leads of March,,", ",,", PLAIN[0], "", PLAIN[1], ",,", PLAIN[2]), TWO),
    # Quotes: csv.reader of Python makes one cell of all that follows (bugs.python.org 20491 and many others)
    "a mark that is never closed": Case(
        text(PLAIN[0], '"Asha,9810000001,Pune', PLAIN[2], "Uma,9810000003,Goa"), [*TWO, "Uma|9810000003||Goa"], {2: "quote"}
    ),
    "a mark that is never closed in the last cell": Case(
        text(PLAIN[0], PLAIN[1], 'Ravi,9810000002,"Goa', "Uma,9810000003,Goa"), [*TWO, "Uma|9810000003||Goa"], {3: "quote"}
    ),
    "two marks that would close each other": Case(
        text(PLAIN[0], '"Asha,9810000001,Pune', PLAIN[2], "Uma,9810000003,Goa", 'Dev,9810000004,"Goa"'),
        [*TWO, "Uma|9810000003||Goa", "Dev|9810000004||Goa"],
        {2: "quote"},
    ),
    "a mark that is never closed before a comma of the name": Case(
        text(PLAIN[0], PLAIN[1], '"Rao, Dev,9810000004,Goa', PLAIN[2]), TWO, {3: "quote"}
    ),
    "cells of several lines": Case(
        text("Name,Phone,City,Message", 'Asha,9810000001,Pune,"Hello,', "I want, well, a loan", 'bye"', "Ravi,9810000002,Goa,"),
        TWO,
    ),
    "inches": Case(text("Name,Phone,City,Message", 'Asha,9810000001,Pune,5" pipe', 'Ravi,9810000002,Goa,"a ""b"""'), TWO),
    # Shifted rows
    "a comma in a name": Case(text(PLAIN[0], "Rao, Asha,9810000009,Pune", *PLAIN[1:]), TWO, {2: "shifted"}),
    "a comma in a name, the last cell empty": Case(
        text("Name,Phone,City,Grade", "Rao, Asha,9810000009,Pune,", "Ravi,9810000002,Goa,"), [RAVI], {2: "shifted"}
    ),
    "rows with a separator more than the headings": Case(text(PLAIN[0], *(f"{line}," for line in PLAIN[1:])), TWO),
    # Several columns for one field
    "Phone and Mobile, each half filled": Case(
        as_csv(["Name", "Phone", "Mobile", "City"], ["Asha", "", "9810000001", "Pune"], ["Ravi", "9810000002", "", "Goa"]), TWO
    ),
    "both phones": Case(
        as_csv(["Name", "Mobile", "Office Phone", "City"], ["Asha", "9810000001", "02026100001", "Pune"]),
        ["Asha|9810000001 / 02026100001||Pune"],
    ),
    "the country code in a column of its own": Case(
        as_csv(["Name", "Country Code", "Phone", "City"], ["Asha", "+44", "7911123456", "Pune"], ["Ravi", "", "9810000002", "Goa"]),
        ["Asha|7911123456 [+44]||Pune", RAVI], more={"Country Code": "+44"},
    ),
    "the country code behind the phone, as a number": Case(
        as_csv(["Name", "Mobile", "ISD Code", "City"], ["Asha", "7911123456", "44.0", "Pune"]), ["Asha|7911123456 [+44]||Pune"],
    ),
    "the country alone": Case(
        as_csv(["Name", "Phone", "City", "Country"], ["Asha", "4155550132", "Pune", "USA"]), ["Asha|4155550132 [US]||Pune"],
    ),
    "the country, and the code of the phone": Case(
        as_csv(["Country", "Phone Country", "Phone", "Name", "City"], ["India", "UK", "7911123456", "Asha", "Pune"]),
        ["Asha|7911123456 [+44]||Pune"],
    ),
    "its own prefix beside another country code": Case(
        as_csv(["Name", "Country Code", "Phone"], ["Asha", "+44", "+919810000001"]), ["Asha|+919810000001 [+44]||"],
    ),
    "a phone cut by a spreadsheet, with a country code": Case(
        as_csv(["Name", "Country Code", "Phone"], ["Asha", "+44", "7.91E+09"]), ["Asha|7.91E+09||"],
    ),
    "a column Country of something else": Case(
        as_csv(["Name", "Phone", "City", "Country"], ["Asha", "9810000001", "Pune", "club"]), [ASHA],
    ),
    "phone and e-mail in one column": Case(
        as_csv(["Name", "Phone / Email", "City"], ["Asha", "9810000001 / a@example.com", "Pune"], ["Ravi", "r@example.com", "Goa"]),
        ["Asha|9810000001|a@example.com|Pune", "Ravi||r@example.com|Goa"],
    ),
    "the columns of phone and e-mail swapped": Case(
        as_csv(["Name", "Phone", "Email"], ["Asha", "a@example.com", "9810000001"], ["Ravi", "9810000002", "r@example.com"]),
        ["Asha|9810000001|a@example.com|", "Ravi|9810000002|r@example.com|"],
    ),
    "a test lead of Facebook": Case(
        as_csv(["full_name", "phone_number", "email"], ["<test lead: dummy data for full_name>", "p:<test lead: dummy data for phone_number>", "test@fb.com"],
               ["Asha", "p:+919810000001", "a@example.com"]),
        ["<test lead: dummy data for full_name>|p:<test lead: dummy data for phone_number>|test@fb.com|", "Asha|p:+919810000001|a@example.com|"],
        more={"is_test": True},
    ),
    "rows numbered as ids": Case(
        as_csv(["ID", "Name", "Phone", "City"], ["1", "Asha", "9810000001", "Pune"], ["2", "Ravi", "9810000002", "Goa"]), TWO, more={"ID": "1"}
    ),
    "the alternate number stands first": Case(
        as_csv(["Alternate Number", "Mobile Number", "Name", "City"], ["9810000009", "9810000001", "Asha", "Pune"]),
        ["Asha|9810000001 / 9810000009||Pune"],
    ),
    "two columns named alike": Case(
        as_csv(["Name", "Phone", "Phone", "City"], ["Asha", "", "9810000001", "Pune"], ["Ravi", "9810000002", "", "Goa"]), TWO
    ),
    "words where the number should be": Case(
        as_csv(["Name", "Phone", "Mobile", "City"], ["Asha", "call office", "9810000001", "Pune"]), [ASHA],
        more={"Phone": "call office"},
    ),
    "Contact is the person": Case(as_csv(["Contact", "Mobile", "City"], A, R), TWO),
    "the family name in Name": Case(
        as_csv(["Name", "Vorname", "Telefon", "Ort"], ["Müller", "Anna", "9810000001", "Pune"]), ["Anna Müller|9810000001||Pune"]
    ),
    # What a cell says
    "error words": Case(
        as_csv(["Name", "Phone", "Email", "City"], ["Asha", "9810000001", "#N/A", "#REF!"], ["NULL", "9810000002", "NULL", "-"],
               ["#NAME?", "#VALUE!", "r@example.com", "n/a"], ["Jennifer Null", "9810000003", "null", "\\N"]),
        ["Asha|9810000001||", "|9810000002||", "||r@example.com|", "Jennifer Null|9810000003||"],
    ),
    "German error words": Case(as_csv(HEADS, ["Asha", "9810000001", "#NV"], ["Ravi", "9810000002", "#BEZUG!"]),
                               ["Asha|9810000001||", "Ravi|9810000002||"]),
    "decorated addresses": Case(
        as_csv(["Name", "Email"], ["Asha", "Asha Rao <a@example.com>"], ["Ravi", "mailto:r@example.com"], ["Uma", "<u@example.com>;"],
               ["Dev", "d@example.com, dev@example.com"]),
        ["Asha||a@example.com|", "Ravi||r@example.com|", "Uma||u@example.com|", "Dev||d@example.com|"],
    ),
    "phones as formulas of text": Case(as_csv(HEADS, ["Asha", '="9810000001"', "Pune"]), [ASHA]),
    "a number in scientific notation with all digits": Case(as_csv(HEADS, ["Asha", "9.810000001E+09", "Pune"]), [ASHA]),
    "a number in scientific notation without its last digits": Case(
        as_csv(HEADS, ["Ravi", "9.81E+09", "Goa"], A), ["Ravi|9.81E+09||Goa", ASHA]
    ),
    "the same, and nothing else to know them by": Case(as_csv(["Phone", "City"], ["9.81E+09", "Goa"], A[1:]), ["|9810000001||Pune"]),
    "the same, beside a number": Case(
        as_csv(["Name", "Phone", "Mobile", "City"], ["Asha", "9.8123E+09", "9810000001", "Pune"]), [ASHA], more={"Phone": "9.8123E+09"}
    ),
    "the same, saved as a workbook": Case(
        sheet(HEADS, ["Ravi", 9.19e11, "Goa"], A), ["Ravi|9.19E+11||Goa", ASHA]
    ),
    "a number with a fraction": Case(sheet(HEADS, ["Asha", 986680002.6, "Pune"]), ["Asha|||Pune"], more={"phone_given": "986680002.6"}),
    "guarded against formulas": Case(as_csv(HEADS, ["'-Asha", "9810000001", "Pune"], ["'=Ravi", "9810000002", "Goa"]),
                                     ["-Asha|9810000001||Pune", "=Ravi|9810000002||Goa"]),
    "what nobody may call": Case(
        as_csv([*HEADS, "Do Not Call"], [*A, ""], ["Uma", "9810000003", "Goa", "Yes"], [*R, "no"], ["Dev", "9810000004", "Goa", "1"]),
        TWO, {3: "do_not_call", 5: "do_not_call"},
    ),
    # Rows that are no leads
    "totals": Case(as_csv(HEADS, A, R, ["Total", "2", ""], ["Grand total: 2 leads", "", ""]), TWO, {4: "total", 5: "total"}),
    "subtotals of Excel": Case(as_csv(HEADS, A, ["Pune Count", "1", ""], R, ["Grand Count", "2", ""]), TWO, {3: "total", 5: "total"}),
    "a sum of phones": Case(sheet(HEADS, ["Asha", 9810000001, "Pune"], ["Total", 9810000001, ""]), [ASHA], {3: "total"}),
    "somebody named Total Gas": Case(as_csv(HEADS, ["Total Gas Ltd", "9810000001", "Pune"]), ["Total Gas Ltd|9810000001||Pune"]),
    "headings once more": Case(as_csv(HEADS, A, HEADS, R), TWO, {3: "heading"}),
    # Workbooks
    "a workbook": Case(sheet(HEADS, ["Asha", 9810000001, "Pune"], ["Ravi", 9810000002.0, "Goa"]), TWO),
    "an old workbook": Case(as_xls(HEADS, A, R), TWO),
    "an open document": Case(as_ods(HEADS, A, R), TWO),
    "a hidden row": Case(sheet(HEADS, A, ["Gone", "9810000009", "Goa"], R, fill=hide_third), TWO, {3: "hidden"}),
    "a filter": Case(sheet(HEADS, A, ["X", "9810000008", "Goa"], ["Y", "9810000009", "Goa"], R, fill=filtered), TWO,
                     {3: "hidden", 4: "hidden"}),
    "a hidden column": Case(
        sheet([*HEADS, "Margin"], [*A, "12"], fill=lambda _, made: made.set_column(3, 3, None, None, {"hidden": True})), [ASHA]
    ),
    "a city merged over rows": Case(
        sheet(HEADS, ["Asha", "9810000001", ""], ["Ravi", "9810000002", ""], fill=lambda _, made: made.merge_range("C2:C3", "Goa")),
        ["Asha|9810000001||Goa", RAVI], {3: "merged"},
    ),
    "titles between the rows": Case(
        sheet(HEADS, A, ["", "", ""], R, fill=lambda _, made: made.merge_range("A3:C3", "North zone")), TWO, {3: "heading"}
    ),
    # Exports of other systems, by their documented headings
    "Google Contacts": Case(
        as_csv(["First Name", "Middle Name", "Last Name", "Organization Name", "Notes", "Labels", "E-mail 1 - Label", "E-mail 1 - Value",
                "Phone 1 - Label", "Phone 1 - Value", "Phone 2 - Label", "Phone 2 - Value", "Address 1 - City", "Address 1 - Region"],
               ["Asha", "", "Rao", "", "", "* myContacts", "Work", "a@example.com", "Mobile", "9810000001", "Home", "9810000002", "Pune", "MH"]),
        ["Asha Rao|9810000001 / 9810000002|a@example.com|Pune"],
    ),
    "Google Contacts of before": Case(
        as_csv(["Name", "Given Name", "Family Name", "E-mail 1 - Type", "E-mail 1 - Value", "Phone 1 - Type", "Phone 1 - Value"],
               ["Asha Rao", "Asha", "Rao", "*", "a@example.com", "Mobile", "9810000001"]),
        ["Asha Rao|9810000001|a@example.com|"],
    ),
    "Outlook": Case(
        as_csv(["First Name", "Last Name", "Company", "Business City", "Business State", "Business Phone", "Business Phone 2", "Home Phone",
                "Mobile Phone", "Other Phone", "Primary Phone", "E-mail Address", "E-mail 2 Address"],
               ["Asha", "Rao", "", "Pune", "", "", "", "", "9810000001", "", "", "a@example.com", ""]),
        ["Asha Rao|9810000001|a@example.com|Pune"],
    ),
    "Salesforce": Case(
        as_csv(["Lead ID", "First Name", "Last Name", "Company / Account", "Email", "Phone", "Mobile", "City", "State/Province", "Lead Source",
                "Create Date", "Do Not Call"],
               ["00Q5g00000A", "Asha", "Rao", "Acme", "a@example.com", "", "9810000001", "Pune", "", "Web", "31/01/2024", "0"]),
        ["Asha Rao|9810000001|a@example.com|Pune"], more={"Company / Account": "Acme"},
    ),
    "Zoho CRM": Case(
        as_csv(["Record Id", "Lead Owner", "First Name", "Last Name", "Email", "Phone", "Mobile", "Secondary Email", "City", "Created Time"],
               ["zcrm_1", "Owner", "Asha", "Rao", "a@example.com", "9810000001", "9810000002", "", "Pune", "2024-01-31 18:30:00"]),
        ["Asha Rao|9810000001 / 9810000002|a@example.com|Pune"],
    ),
    "HubSpot": Case(
        as_csv(["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Mobile Phone Number", "City", "State/Region", "Create Date"],
               ["101", "Asha", "Rao", "a@example.com", "", "9810000001", "Pune", "", "2024-01-31 18:30"]),
        ["Asha Rao|9810000001|a@example.com|Pune"],
    ),
    "Facebook": Case(
        text("id\tcreated_time\tad_id\tcampaign_name\tis_organic\tplatform\tfull_name\tphone_number\temail\tcity",
             "l:1\t2024-01-31T18:30:00+05:30\tag:1\tSpring\tfalse\tfb\tAsha\tp:+919810000001\ta@example.com\tPune", encoding="utf-16"),
        ["Asha|p:+919810000001|a@example.com|Pune"], more={"campaign_name": "Spring"},
    ),
    "IndiaMART": Case(
        as_csv(["UNIQUE_QUERY_ID", "QUERY_TYPE", "QUERY_TIME", "SENDER_NAME", "SENDER_MOBILE", "SENDER_EMAIL", "SENDER_COMPANY", "SENDER_CITY",
                "SENDER_STATE", "SENDER_MOBILE_ALT", "RECEIVER_MOBILE", "QUERY_MESSAGE"],
               ["2012487827", "W", "2024-01-31 18:30:00", "Asha", "+91-9810000001", "a@example.com", "", "Pune", "Maharashtra", "",
                "9810000099", "Rates?"]),
        ["Asha|+91-9810000001|a@example.com|Pune"], more={"RECEIVER_MOBILE": "9810000099"},
    ),
    "JustDial": Case(
        as_csv(["leadid", "leadtype", "prefix", "name", "mobile", "phone", "email", "date", "category", "city", "area", "dncmobile"],
               ["A1", "category", "Ms", "Asha", "9810000001", "", "a@example.com", "2024-01-31", "Schools", "Pune", "Aundh", "0"]),
        ONE,
    ),
    "LinkedIn": Case(
        as_csv(["Lead ID", "First Name", "Last Name", "Email Address", "Phone Number", "City", "Created At", "Campaign Name"],
               ["ln-1", "Asha", "Rao", "a@example.com", "9810000001", "Pune", "2024-01-31", "Spring"]),
        ["Asha Rao|9810000001|a@example.com|Pune"],
    ),
    "Google Forms": Case(
        as_csv(["Timestamp", "Email Address", "Your Full Name", "WhatsApp Number (with country code)", "City"],
               ["31/01/2024 18:30:00", "a@example.com", "Asha", "9810000001", "Pune"]),
        ONE,
    ),
    "Shopify": Case(
        as_csv(["First Name", "Last Name", "Email", "Accepts Email Marketing", "Default Address City", "Default Address Phone", "Phone"],
               ["Asha", "Rao", "a@example.com", "yes", "Pune", "", "'9810000001"]),
        ["Asha Rao|'9810000001|a@example.com|Pune"],
    ),
    # What others have reported of their imports, by repository and number
    "a byte order mark before a quoted heading": Case(  # johnkerl/miller#161, Clever/csvlint#37
        text('"Name","Phone","City"', '"Asha","9810000001","Pune"', encoding="utf-8-sig"), [ASHA]
    ),
    "a byte order mark before a quoted comma": Case(  # thephpleague/csv#586
        text('"Name","Phone","City"', '"Rao, Asha","9810000001","Pune"', encoding="utf-8-sig"), ["Rao, Asha|9810000001||Pune"]
    ),
    "spaces before quotation marks": Case(  # adaltas/node-csv-parse#139
        text("Name, Phone, City", '"Rao, Asha", "9810000001", "Pune"'), ["Rao, Asha|9810000001||Pune"]
    ),
    "quoted quotes before a comma are no such spaces": Case(
        text("Name,Phone,Message,City", 'Asha,9810000001,"say ""x"", ""y""",Pune', 'Ravi,9810000002,,  Goa'), TWO
    ),
    "quotation marks in the middle of a quoted cell": Case(  # mholt/PapaParse#605
        text("Name,Phone,City,Note", 'Asha,9810000001,Pune,"so "big" it is"', "Ravi,9810000002,Goa,"), TWO
    ),
    "each line in quotation marks as a whole": Case(
        text('"Name,Phone,City"', '"Asha,9810000001,Pune"', '"""Rao, Ravi"",9810000002,Goa"'), [ASHA, "Rao, Ravi|9810000002||Goa"]
    ),
    "carets": Case(text(*plain("^")), TWO),
    "tildes": Case(text(*plain("~")), TWO),
    "phones shown as 4.41E+11": Case(  # Automattic/camptix#40
        as_csv(HEADS, ["Asha", "9810000001", "Pune"], ["Ravi", "4.41E+11", "Goa"]), [ASHA, "Ravi|4.41E+11||Goa"]
    ),
    "phones shown as 5.35E+09": Case(  # SpartnerNL/Laravel-Excel#1789
        as_csv(HEADS, ["Asha", "5.35E+09", "Pune"]), ["Asha|5.35E+09||Pune"]
    ),
    "a phone without its zero, as Excel keeps it": Case(  # mautic/mautic#890, softmonkeyjapan/opencart-excel-export#4
        sheet(["Name", "Phone", "City"], ["Asha", 9810000001, "Pune"], ["Ravi", "09810000002", "Goa"]), [ASHA, "Ravi|09810000002||Goa"]
    ),
    "blank rows of deleted leads": Case(text(PLAIN[0], ",,", PLAIN[1], '"","",""', PLAIN[2]), TWO),  # mautic/mautic#890
    "headings of two rows": Case(
        text("Personal,,Contact", "Name,City,Phone", "Asha,Pune,9810000001"), [ASHA]
    ),
    "a date of birth is no time of the lead": Case(
        as_csv(["Student Name", "DOB", "Mobile", "Current Location", "Next Follow-up"], ["Asha", "03/02/2001", "9810000001", "Pune", "05/11/2026"]),
        [ASHA], more={"DOB": "03/02/2001", "Next Follow-up": "05/11/2026"},
    ),
    "column headings over two lines": Case(as_csv(["Full\nName", "Mobile\n(10 digits)", "City"], A), [ASHA]),
    # Headings in other languages
    "Hindi": Case(in_language("नाम", "मोबाइल नंबर", "ईमेल", "शहर"), ONE),
    "Marathi": Case(in_language("संपूर्ण नाव", "भ्रमणध्वनी क्रमांक", "ई-मेल", "शहर"), ONE),
    "Tamil": Case(in_language("பெயர்", "கைபேசி எண்", "மின்னஞ்சல்", "நகரம்"), ONE),
    "Telugu": Case(in_language("పేరు", "మొబైల్ నంబర్", "ఇమెయిల్", "నగరం"), ONE),
    "Kannada": Case(in_language("ಹೆಸರು", "ಮೊಬೈಲ್ ಸಂಖ್ಯೆ", "ಇ-ಮೇಲ್", "ನಗರ"), ONE),
    "Bengali": Case(in_language("নাম", "মোবাইল নম্বর", "ই-মেইল", "শহর"), ONE),
    "Gujarati": Case(in_language("નામ", "મોબાઇલ નંબર", "ઇમેઇલ", "શહેર"), ONE),
    "Malayalam": Case(in_language("പേര്", "മൊബൈൽ നമ്പർ", "ഇമെയിൽ", "നഗരം"), ONE),
    "Punjabi": Case(in_language("ਨਾਮ", "ਫ਼ੋਨ ਨੰਬਰ", "ਈਮੇਲ", "ਸ਼ਹਿਰ"), ONE),
    "Urdu": Case(in_language("نام", "موبائل نمبر", "ای میل", "شہر"), ONE),
    "German": Case(in_language("Vollständiger Name", "Handy-Nr.", "E-Mail-Adresse", "Wohnort"), ONE),
    "Portuguese": Case(in_language("Nome completo", "Celular", "E-mail", "Cidade"), ONE),
    "Indonesian": Case(in_language("Nama Lengkap", "No. HP", "Surel", "Kota"), ONE),
    "Arabic": Case(in_language("الاسم الكامل", "رقم الجوال", "البريد الإلكتروني", "المدينة"), ONE),
    # Headings of schools and agencies, as their CRMs' import pages and public sheets have them
    "Student Name beside Parent Name": Case(
        as_csv(["Enquiry Date", "Parent Name", "Student Name", "Mobile No.", "Email ID", "City", "Course", "Lead Source"],
               ["31/01/2024", "Uma Rao", "Asha", "9810000001", "a@example.com", "Pune", "B.Sc.", "Walk-in"]),
        ONE, more={"Parent Name": "Uma Rao", "Course": "B.Sc."},
    ),
    "only the parent is named": Case(as_csv(["Parent Name", "Phone", "City"], A, R), TWO),
    "Candidate": Case(as_csv(["Candidate", "Contact No.", "City"], A, R), TWO),
    "Student's Name, Mobile (10 digits)": Case(as_csv(["Student's Name", "Mobile (10 digits)", "City"], A, R), TWO),
    "Lead is a yes, not a name": Case(as_csv(["Lead", "Phone", "City"], ["Yes", "9810000001", "Pune"]), ["|9810000001||Pune"]),
    "headings in two languages": Case(
        as_csv(["नाम / Name", "Mobile No. (मोबाइल नंबर)", "Email | ईमेल", "City/Town"], ["Asha", "9810000001", "a@example.com", "Pune"]), ONE
    ),
    "headings of a form": Case(
        as_csv(["Full Name *", "Phone (required)", "Your Email (optional)", "Your City"], ["Asha", "9810000001", "a@example.com", "Pune"]),
        ONE,
    ),
    "a language that nobody here reads": Case(
        as_csv(["Ime i prezime", "Broj", "Pošta", "Town"], ["Asha", "9810000001", "a@example.com", "Pune"],
               ["Ravi", "9810000002", "r@example.com", "Goa"]),
        ["|9810000001|a@example.com|Pune", "|9810000002|r@example.com|Goa"], more={"Ime i prezime": "Asha"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_it_was_meant(name: str) -> None:
    case = CASES[name]
    found = read(case.file)
    leads = found.leads()
    assert ["|".join(lead.get(field, "") for field in FIELDS) for lead in leads] == case.leads, found.fields
    told = {row.row: kind for row in found.rows for kind in row.notes}
    assert told == (case.told or {})
    for row in found.rows:
        assert row.lead or row.reason, "what is no lead is told why"
    for key, value in (case.more or {}).items():
        assert leads[0]["metadata"][key] == value


def test_there_are_sixty_files() -> None:
    assert len(CASES) >= 60


def test_what_is_left_out_is_read_once_it_is_accepted() -> None:
    def hide(_: Any, made: Any) -> None:
        made.set_row(3, options={"hidden": True})
        made.set_column("D:D", None, None, {"hidden": True})

    table = [*A[:2], "yes", "12"], ["Total", "9810000009", "", ""], [*R[:2], "", "3"]
    file = sheet(["Name", "Phone", "DND", "Margin"], *table, fill=hide)
    assert read(file).leads() == []
    leads = read(file, "hidden", "total", "do_not_call").leads()
    assert [lead["name"] for lead in leads] == ["Asha", "Total", "Ravi"]
    assert [lead.get("metadata") for lead in leads] == [{"DND": "yes", "Margin": "12"}, None, {"Margin": "3"}]


def test_a_mark_that_is_never_closed_is_told_by_its_line() -> None:
    content = text("Name,Phone,Message", 'Asha,9810000001,"two', 'lines"', '"Rao, Ravi,9810000002,x', "Uma,9810000003,")
    found = read(content)
    assert [(row.row, row.reason) for row in found.rows if row.reason] == [
        (
            3,
            "A quotation mark in line 4 is never closed, so it is unclear where the cells end. Close it, or remove it.",
        )
    ]
    assert [lead["name"] for lead in found.leads()] == ["Asha", "Uma"]


OTHER_FILES = [
    (b'[{"name": "Asha", "phone": "9810000001"}]', "This is JSON"),
    (b'\xef\xbb\xbf{"name": "Asha"}\n', "This is JSON"),
    (b"BEGIN:VCARD\r\nFN:Asha\r\nEND:VCARD\r\n", "a file of contacts (vCard)"),
    (b"9810000001\n9810000002\n", "No headings were found"),
]


@pytest.mark.parametrize(("content", "problem"), OTHER_FILES)
def test_a_file_that_is_no_table_is_told_as_what_it_is(content: bytes, problem: str) -> None:
    with pytest.raises(FileProblem, match=re.escape(problem)):
        read(content)


MEMORY = [
    # What was chosen before is proposed again, in whichever order the columns stand.
    ({"Who": "name", "Reach": "phone"}, ["Reach", "Who"], {"Reach": "phone", "Who": "name"}),
    # Turned down once: not proposed while there is another way to call.
    ({"Mobile": ""}, ["Name", "Phone", "Mobile"], {"Name": "name", "Phone": "phone", "Mobile": None}),
    # The only one by which people can be reached is proposed whatever was turned down (bug 07, 52).
    ({"Mobile": ""}, ["Name", "Mobile"], {"Name": "name", "Mobile": "phone"}),
    ({"Phone": "", "Name": "name"}, ["Name", "Phone"], {"Name": "name", "Phone": "phone"}),
    ({"Mobile": "phone_2"}, ["Name", "Mobile"], {"Name": "name", "Mobile": "phone"}),
    # The order that was chosen is kept.
    ({"Phone": "phone_2", "Mobile": "phone"}, ["Phone", "Mobile"], {"Phone": "phone_2", "Mobile": "phone"}),
]


@pytest.mark.parametrize(("remembered", "headings", "fields"), MEMORY)
def test_memory_proposes_what_was_chosen_and_never_hides_the_only_phone(
    remembered: dict[str, str], headings: list[str], fields: dict[str, str | None]
) -> None:
    row = ["Asha" if heading in ("Name", "Who") else f"98100000{n:02}" for n, heading in enumerate(headings)]
    assert read(as_csv(headings, row), remembered=remembered).fields == fields


@pytest.mark.parametrize(
    ("values", "is_id"),
    [
        (["1", "2", "3"], False),
        (["0", "1", "2"], False),
        (["1.0", "2.0", "3.0"], False),
        (["01", "02", "03", "04"], False),
        (["1.", "2.", "3."], False),
        (["1)", "2)"], False),
        (["#1", "#2"], False),
        (["1"], False),
        ([str(number) for number in range(1, 60)], False),
        (["41", "42", "43"], True),
        (["1", "3", "4"], True),
        (["L1", "L2"], True),
        (["3", "2", "1"], True),
        (["10293", "10294"], True),
    ],
)
def test_a_column_that_counts_the_rows_is_no_id(values: list[str], is_id: bool) -> None:
    for heading in ("ID", "Lead ID", "Enquiry No"):
        table = as_csv(
            [heading, "Name", "Phone"], *([value, "Asha", f"98100{nr:05}"] for nr, value in enumerate(values))
        )
        assert read(table).fields[heading] == ("source_row_id" if is_id else None)
        # Unless a person chooses it.
        chosen = read(table, remembered={heading: "source_row_id"})
        assert chosen.leads()[0]["source_row_id"] == values[0]
