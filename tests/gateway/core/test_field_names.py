"""What people call the fields of a lead, in headings and in the names that programs send: one table for both."""

# A table: a row of it is better read in one line than in ten.
# ruff: noqa: E501

from __future__ import annotations

import json

import msgspec

from gateway.core.field_names import field_called
from gateway.imports.headings import known_heading
from gateway.intake.names import field_known_as
from gateway.intake.reading import read_lead

# Parted by bars. Forms' own spellings are those of Contact Form 7 (your-name), Forminator (name-1), Fluent Forms (names).
NAMES = {
    "name": (
        "आपका नाम | नाम | तुमचे नाव | आपले नाव | உங்கள் பெயர் | మీ పేరు | আপনার নাম | તમારું નામ | આપનું નામ | ನಿಮ್ಮ ಹೆಸರು",
        "നിങ്ങളുടെ പേര് | ਤੁਹਾਡਾ ਨਾਮ | ਤੁਹਾਡਾ ਨਾਂ | آپ کا نام | ଆପଣଙ୍କ ନାମ | আপোনাৰ নাম | अपना नाम दर्ज करें | नाम (अनिवार्य)",
        "your name | your-name | yourName | Full name * | Full Name (required) | Enter your name | Please enter your full name",
        "नाम / Name | Name (नाम) | Name:* | Student Name | Student's Name | Name of the Student | Applicant's Name | names | name-1",
        "Patient Name | Visitor Name | Full Name as per Aadhaar | Name (in capital letters) | Customers Name | Ihr Name (erforderlich)",
    ),
    "first_name": ("First Name * | Your first name | Student First Name | Vorname (Pflichtfeld)",),
    "last_name": ("Last name (required) | Enter your last name | Surname",),
    "phone": (
        "मोबाइल नंबर | आपका मोबाइल नंबर | व्हाट्सऐप नंबर | தொலைபேசி எண் | உங்கள் தொலைபேசி எண் | ఫోన్ నంబర్ | మీ ఫోన్ నంబర్",
        "মোবাইল নম্বর | আপনার মোবাইল নম্বর | तुमचा मोबाईल नंबर | તમારો ફોન નંબર | ನಿಮ್ಮ ಮೊಬೈಲ್ ಸಂಖ್ಯೆ | നിങ്ങളുടെ ഫോൺ നമ്പർ",
        "ਤੁਹਾਡਾ ਫ਼ੋਨ ਨੰਬਰ | فون نمبر | your-phone | your-tel | tel-640 | phone-1 | Phone (required) | Phone Number* | Phone #",
        "Mobile Number (WhatsApp) | 10 digit mobile number | Mobile No. (10 digits) | Contact Number (with country code)",
        "अपना मोबाइल नंबर लिखें | Mobile No / मोबाइल नंबर | Phone/Mobile | Enter your 10-digit mobile number | Mobile no. of student",
    ),
    "email": (
        "ईमेल | ई-मेल | आपका ईमेल | ईमेल आयडी | உங்கள் மின்னஞ்சல் | మీ ఇమెయిల్ | আপনার ইমেইল | તમારું ઈમેલ | ನಿಮ್ಮ ಇಮೇಲ್",
        "നിങ്ങളുടെ ഇമെയിൽ | ਤੁਹਾਡੀ ਈਮੇਲ | your-email | E-mail (required) | Email (optional) | Enter your email | Gmail | email-1",
    ),
    "city": (
        "आपका शहर | உங்கள் நகரம் | మీ నగరం | আপনার শহর | तुमचे शहर | તમારું શહેર | ನಿಮ್ಮ ನಗರ | നിങ്ങളുടെ നഗരം | ਤੁਹਾਡਾ ਸ਼ਹਿਰ",
        "City (required) | City/Town | शहर / City | Your City",
    ),
    "state": (
        "राज्य | आपका राज्य | உங்கள் மாநிலம் | మీ రాష్ట్రం | আপনার রাজ্য | तुमचे राज्य | તમારું રાજ્ય | ನಿಮ್ಮ ರಾಜ್ಯ",
        "നിങ്ങളുടെ സംസ്ഥാനം | ਤੁਹਾਡਾ ਰਾਜ | State (required) | State / Province",
    ),
    "company": (
        "Company | Company Name | Your company name (optional) | Name of the company | Organisation | Organization Name | कंपनी",
        "कंपनी का नाम | நிறுவனம் | కంపెనీ పేరు | কোম্পানির নাম | કંપનીનું નામ | ಕಂಪನಿ | കമ്പനി | ਕੰਪਨੀ | Firma | Empresa | Business Name",
    ),
    "job_title": (
        "Designation | Job Title | Job Role | Your designation | Job title (optional) | पद | பதவி | హోదా | পদবী | હોદ્દો",
    ),
    "country": ("Country | Your country | Country Name | देश | நாடு | దేశం | দেশ | દેશ | ದೇಶ | രാജ്യം | País",),
    "medium": ("utm_medium | Medium | UTM Medium",),
    "term": ("utm_term | Keyword | Search Term | UTM Term",),
    "product": ("Product | Product Name | Product Interested In | Interested Product | उत्पाद | Produkt | Producto",),
    "budget": (
        "Budget | Budget (INR) | Budget (in INR) | Your budget | Budget Range | Budget (Rs.) | Expected budget | बजट | பட்ஜெட்",
        "What is your budget? | బడ్జెట్ | বাজেট | બજેટ | ಬಜೆಟ್ | Presupuesto | Orçamento",
    ),
    "authority": ("Decision Maker | Decision-maker | Authority | Who decides?",),
    "timeline_months": (
        "Timeline | Timeframe | Purchase Timeline | Timeline (months) | Timeline in months | Time to buy | Buying timeframe",
    ),
    "message": ("आपका संदेश | your-message | Message (optional) | Comments *",),
}
NO_NAMES = (
    "Campaign Owner | Form Name | Agent Name | Lead Owner | Lead Status | Contact Method | Number of students",
    "No. of leads | Name of school | Visitor ID | Buyer ID | Date of Birth | type_name | field_name | Course Name | Father's Name",
    "Name (Company) | Phone (Father) | Name/Email | Country/State | () | // | (required) | here | Phone Verified | Time Zone",
)


def listed(lines: tuple[str, ...]) -> list[str]:
    return [name.strip() for line in lines for name in line.split("|")]


def test_a_name_is_understood_in_every_language_and_with_what_forms_put_around_it() -> None:
    for field, lines in NAMES.items():
        found = {name: (known_heading(name), field_known_as(name)) for name in listed(lines)}
        assert {name: both for name, both in found.items() if both != (field, field)} == {}


def test_what_is_somebody_elses_or_something_else_is_no_field() -> None:
    assert [name for name in listed(NO_NAMES) if field_called(name)] == []


def test_a_sender_may_name_its_fields_in_any_of_these() -> None:
    sent = {
        "आपका नाम *": "आशा",
        "मोबाइल नंबर (अनिवार्य)": "98123 45678",
        "ईमेल": "a@b.example",
        "शहर": "पुणे",
        "कोर्स": "बी.ए.",
    }
    lead = read_lead(json.dumps(sent).encode())
    assert (lead.name, lead.phone, lead.email, lead.city) == ("आशा", "98123 45678", "a@b.example", "पुणे")
    assert msgspec.json.decode(lead.metadata) == {"कोर्स": "बी.ए."}
