"""Which country a phone is of, where that stands beside it: `country_code: +44`, a column Country.

The phone is left as it was written, with the country behind it in square brackets: "7911 123456 [+44]". What number
that is, the one reader of phones says (sql/spelling/normalize_phone.sql, gateway/sealing/phones.py).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal

from gateway.core.field_names import alike, undressed

Means = Literal["code", "country"]

# As `alike` compares it: of the phone, and of the person, who may have brought a phone from elsewhere.
CALLED: dict[Means, str] = {
    "code": "countrycode phonecountrycode phonecountry mobilecountrycode mobilecountry phonecode mobilecode dialcode "
    "dialingcode diallingcode callingcode isd isdcode isdno isdnumber countrydialcode countrydialingcode "
    "countrydiallingcode countrycallingcode countryphonecode countryisdcode countryisd phoneisdcode phoneisd "
    "phonedialcode internationalcode internationaldialingcode internationalprefix phoneprefix mobileprefix telprefix "
    "telephoneprefix countryprefix prefixcode dialprefix contactcountrycode whatsappcountrycode telephonecountrycode "
    "telcountrycode phonenumbercountrycode phonenumbercountry phonecountryiso phonecountryiso2 phoneiso "
    "countrycodephone countryphone countrycode1 phonecc phoneregion hsphonecountrycode "
    "hscalculatedphonenumbercountrycode hscalculatedmobilenumbercountrycode hscalculatedphonenumberregioncode "
    "intlcode ddi vorwahlland ländervorwahl "
    "landesvorwahl codigopais códigopaís codigodopais códigodopaís indicatif kodenegara кодстраны رمزالدولة देशकोड",
    "country": "country countryname countryregion countryorregion countryofresidence residencecountry billingcountry "
    "shippingcountry mailingcountry othercountry homecountry businesscountry addresscountry address1country "
    "defaultaddresscountry defaultaddresscountrycode billingcountrycode shippingcountrycode mailingcountrycode "
    "countryiso countryisocode isocountry countryiso2 sendercountry sendercountryiso enqcountry nation currentcountry "
    "hscountryregioncode देश país pais pays negara страна الدولة البلد",
}
MEANS: dict[str, Means] = {alike(name): means for means, names in CALLED.items() for name in names.split()}
# The calling codes as ITU-T E.164 assigns them.
CODE = re.compile(
    r"1|7|2(?:[07]|[1-689][0-9])|3(?:[0-469]|[578][0-9])|4(?:2[0-9]|[013-9])|5(?:[1-8]|[09][0-9])"
    r"|6(?:[0-6]|[789][0-9])|8(?:[1246]|[03578][0-9])|9(?:[0-58]|[679][0-9])"
)
# +91, 0091, 91.0 of a spreadsheet, India (+91), IN +91; of North America with the area: +1-876.
WITH_CODE = re.compile(r"[^0-9+]*(?:\+|00)?\s*\(?([0-9]{1,3})(?:[ -][0-9]{3})?\)?(?:\.0+)?[^0-9+]*")
# What people write, beside what the package has.
ALSO = {
    **dict.fromkeys(("UK", "England", "Scotland", "Wales", "Northern Ireland", "Great Britain", "Britain"), "GB"),
    **dict.fromkeys(("USA", "US", "U.S.A.", "America", "United States of America", "Estados Unidos"), "US"),
    **dict.fromkeys(("UAE", "Emirates", "Dubai", "Abu Dhabi", "Sharjah", "الإمارات"), "AE"),
    **dict.fromkeys(("Bharat", "Hindustan", "भारत", "இந்தியா", "భారతదేశం", "ভারত", "ભારત", "Indien"), "IN"),
    **dict.fromkeys(("KSA", "Saudi"), "SA"),
    **dict.fromkeys(("Russia", "Россия"), "RU"),
    **dict.fromkeys(("South Korea", "Korea"), "KR"),
    **dict.fromkeys(("Deutschland", "Allemagne"), "DE"),
    **dict.fromkeys(("Holland", "The Netherlands"), "NL"),
    **dict.fromkeys(("Hong Kong SAR",), "HK"),
    **{"Brasil": "BR", "España": "ES", "México": "MX", "Turkey": "TR", "Czech Republic": "CZ", "Macau": "MO"},
    **{"Türkiye": "TR", "Ivory Coast": "CI", "Swaziland": "SZ", "Burma": "MM", "Österreich": "AT", "Schweiz": "CH"},
}
# Neither Namibia nor Norway.
NONE = ("na", "n/a", "n.a.", "n.a", "no")
LONGEST = 60


@lru_cache(maxsize=2000)
def country_called(name: str) -> Means | None:
    """What a field or a column of this name says: of which country the phone is, or the person."""
    return undressed(alike(name), MEANS)


def of_country(phone: str, said: str, means: Means, home: str = "") -> str:
    """The phone with the country that is `said` beside it; as it is where that says none, or nothing new.

    Phones are read as those of `home`, an ISO code, anyway. Of whom only the country is known, the phone need not be
    from there.
    """
    country = country_in(said)
    if country and country[0] != "+" and means == "code" and country != home:
        # Of the phone itself, so it says as much as the code does.
        country = f"+{code}" if (code := _calling_codes().get(country)) else country
    begins = phone.lstrip(" '\"=(")
    if not country or begins.startswith(country if country[0] == "+" else "+"):
        return phone
    if country in (home, f"+{_calling_codes().get(home)}") and not begins.startswith(("+", "00")):
        return phone
    return f"{phone} [{country}]"


@lru_cache(maxsize=2000)
def country_in(text: str) -> str:
    """The calling code with a plus, or else the country by its two letters, that a text names; empty for none."""
    text = text.strip()
    if not text or len(text) > LONGEST or (text.casefold() in NONE and text != "NO"):
        return ""
    if (found := WITH_CODE.fullmatch(text)) and CODE.fullmatch(found[1].lstrip("0") or "-"):
        return "+" + found[1].lstrip("0")
    return _names().get(alike(text)) or _names().get(alike(re.sub(r"\(.*\)|[^\w\s.'-]", "", text)), "")


@cache
def _names() -> dict[str, str]:
    """Countries by name and code, as `alike` compares them."""
    import pycountry

    named: dict[str, str] = {}
    for country in pycountry.countries:
        for attribute in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
            if name := getattr(country, attribute, None):
                named[alike(name)] = country.alpha_2
    return named | {alike(name): code for name, code in ALSO.items()}


@cache
def _calling_codes() -> dict[str, int]:
    """The calling code of each country by its two letters."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {region: code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for region in regions}


def load() -> None:
    """Read all that is otherwise read when it is first needed."""
    of_country("1", "India", "code", "US")
