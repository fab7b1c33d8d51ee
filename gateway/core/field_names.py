"""What people call the fields of a lead, in the headings of sheets and in the names that programs send."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from gateway.core.field_names_abroad import ASKED_FOR, IN_EXPORTS, IN_LANGUAGES, YOUR

Meant = TypeVar("Meant", bound=str)

# Left out of names that are compared leniently: punctuation, spaces, symbols, and what is not seen at all.
LEFT_OUT = ("P", "Z", "S", "C")

# As `alike` compares it. A name may come in parts.
CALLED: dict[str, str] = {
    "name": "name fullname leadname customername contactname clientname studentname candidatename applicantname "
    "personname contactperson prospectname naam names nickname नाम",
    "first_name": "firstname givenname fname forename namefirst",
    "last_name": "lastname surname familyname lname namelast",
    "phone": "phone phoneno phonenumber mobile mobileno mobilenumber mobilephone cell cellphone cellno contact "
    "contactno contactnumber contactphone whatsapp whatsappno whatsappnumber tel telno telephone telephoneno "
    "telephonenumber number phone1 mobile1 primaryphone primarymobile phonewithcode phones phonenumbers mobiles "
    "mobilenumbers mobilephones contactnumbers telephones telephonenumbers otherphones othernumbers othermobiles "
    "additionalphones additionalnumbers alternatephones alternatenumbers whatsappnumbers waid "
    "channelphonenumber callernumber callerphone callfrom "
    "phoneemail phoneoremail phoneandemail emailphone emailorphone emailandphone mobileemail mobileoremail emailmobile "
    "emailormobile फोन मोबाइल",
    "email": "email emailid emailaddress mail mailid emailid1 email1 primaryemail workemail emails emailaddresses "
    "emailids mails",
    "city": "city town cityname location district cityortown addresscity mxcity शहर",
    "state": "state province region statename regionname provincename stateprovince stateorprovince stateregion "
    "addressstate addressregion mxstate राज्य",
    "lead_source": "leadsource source sourceoflead channel platform utmsource enquirysource sourcename",
    "language": "language preferredlanguage lang mothertongue languagepreference भाषा",
    "message": "message comment comments remark remarks note notes query enquiry inquiry requirement requirements "
    "description feedback question",
    "timestamp": "timestamp date datetime time createdat createdon created createdate createddate createdtime "
    "creationdate leaddate submitted submittedat submittedon submissiondate enquirydate dateadded addedon dateandtime "
    "receivedat receivedon leadcreatedat leadcreatedon",
    "external_id": "externalid prospectid customerid contactid personid clientid studentid userid",
    "source_row_id": "sourcerowid rowid id leadid leadnumber leadno leadgenid recordid enquiryid enquiryno "
    "submissionid responseid entryid",
    "company": "company companyname organization organisation organizationname organisationname businessname firm "
    "firmname nameofcompany nameofthecompany nameoforganization nameoforganisation companyorganization "
    "companyorganisation yourcompany employer employername कंपनी कम्पनी",
    "job_title": "jobtitle designation jobrole jobposition currentdesignation jobdesignation positionincompany "
    "roleincompany designationrole पद पदनाम",
    "country": "country countryname countryofresidence nation देश",
    "medium": "medium utmmedium leadmedium sourcemedium mediumname",
    "term": "term utmterm keyword keywords searchterm searchkeyword matchedkeyword",
    "product": "product productname productinterest productinterestedin interestedproduct productofinterest "
    "productrequired productenquired productenquiry productservice productorservice productcategory उत्पाद",
    "budget": "budget budgetinr budgetrs budgetinrs budgetininr budgetrange budgetamount budgetinrupees yourbudget "
    "expectedbudget estimatedbudget approxbudget approximatebudget totalbudget maxbudget maximumbudget बजट",
    "authority": "authority decisionmaker decisionmakers decisionauthority decisionmakername whodecides "
    "purchasingauthority buyingauthority",
    "timeline_months": "timelinemonths timeline timeframe buyingtimeline purchasetimeline purchasetimeframe timetobuy "
    "timetopurchase expectedtimeline projecttimeline timelineinmonths whenareyouplanningtobuy "
    "whenareyoulookingtobuy whendoyouplantobuy buyingtimeframe purchaseplan planningtobuyin समयसीमा",
    "campaign": "campaign campaignname utmcampaign",
    "team": "team",
}
PARTS_OF_NAME = ("first_name", "last_name")
# What a lead may say beside who to call, where, and how it came.
DETAILS = (
    *("company", "job_title", "country", "medium", "term"),
    *("product", "budget", "authority", "timeline_months"),
)


def alike(name: str) -> str:
    """What names have in common that are the same to people: "Mobile No." and mobile_no."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] not in LEFT_OUT) or name


def _by_name() -> dict[str, str]:
    phrases = [
        (alike(phrase), field)
        for called in (IN_EXPORTS, IN_LANGUAGES)
        for field, lines in called.items()
        for line in lines
        for phrase in line.split(",")
    ]
    return dict(phrases) | {called: field for field, names in CALLED.items() for called in names.split()}


def _one_of(phrases: Iterable[str]) -> str:
    """A pattern for any of these phrases as `alike` has them, the longest first."""
    return "|".join(sorted({re.escape(alike(phrase)) for phrase in phrases}, key=len, reverse=True))


FIELD_OF = _by_name()
PERSON = (
    *("lead", "sender", "buyer", "customer", "client", "student", "contact", "prospect", "user", "applicant", "person"),
    *("candidate", "primary", "patient", "visitor", "enquirer", "inquirer", "respondent", "registrant", "attendee"),
)
# Whose it is; and what else stands before or behind what is asked for, and says nothing of it.
WHOSE = re.compile(rf"(?:(?:{_one_of(PERSON)})s?|{_one_of([*YOUR, 'your', 'my', 'the'])})")
OF_WHOM = re.compile(rf"(.+?)of(?:the|a)?(?:(?:{_one_of(PERSON)})s?|{_one_of(YOUR)})")
# Not the number of students.
OF_A_PERSON = {
    key for key, field in FIELD_OF.items() if field in ("name", "phone", "email", "city", "state") and key != "number"
}
BEFORE = re.compile(
    r"(?:please|kindly|pls|plz)?(?:enter|fillin|provide|write|mention|tellus|whatis|whats)?"
    r"(?:a|your)?(?:10digits?|tendigits?|valid)?"
)
BEHIND = re.compile(
    r"(?:is|field)?(?:required|mandatory|compulsory|optional|ifany|ifavailable|only|here|please|10digits?|tendigits?"
    rf"|with(?:your|the)?(?:country|isd)?code|without0|asper\w+|asin\w+|in(?:english|capitals?|capitalletters|full)"
    rf"|{_one_of(ASKED_FOR)})+$"
)
# The number that a form builder gives the first of its fields, or each: name-1, tel-640.
COUNTED = re.compile(r"(?<=\D)(?:1|\d{3,})$")
BETWEEN_NAMES = re.compile(r"[/|()\[\]{}]+")
# Of several of these, each is one: Mobile 2, Email 3. A second name would be another person's.
SECOND = re.compile(r"(?<=\D)[2-5]$")
# What says that another phone is meant first: Alternate number, Office phone, Father's mobile, Phone 2.
FURTHER = re.compile(
    r"alt|other|second|additional|home|work|office|business|company|landline|residence|assistant|parent|father|guardian"
    r"|spouse|husband|wife|emergency|relative|reference|[2-9]$"
)


@lru_cache(maxsize=10_000)
def field_called(name: str) -> str | None:
    """The field that goes by this name: "Mobile No." is phone, and so are "Customer Mobile" and "Phone (required)".

    A name in two languages, or two for one thing, is that: "Name / नाम", "City/Town".
    """
    key = alike(name)
    return FIELD_OF.get(key) or _undressed(key) or _agreed(name)


@lru_cache(maxsize=10_000)
def is_further(name: str) -> bool:
    """Whether the name of a phone says that another one is meant first."""
    return FURTHER.search(alike(name)) is not None


def _undressed(key: str) -> str | None:
    """The field once what says nothing is taken away: whose it is, that it is required."""
    if (found := OF_WHOM.fullmatch(key)) and found[1] in OF_A_PERSON:
        return FIELD_OF[found[1]]
    if field := undressed(key, FIELD_OF):
        return field
    first = SECOND.sub("", key)
    field = FIELD_OF.get(first) if first != key and first != "number" else None
    return field if field in ("phone", "email") else None


def undressed(key: str, called: Mapping[str, Meant]) -> Meant | None:
    """What is called so, as `alike` compares it, once what says nothing of it is taken away."""
    for bare in (key, COUNTED.sub("", key), BEHIND.sub("", BEFORE.sub("", key, count=1))):
        theirs = WHOSE.sub("", bare, count=1) if WHOSE.match(bare) else ""
        # Whose id it is decides of what it is the id.
        if field := called.get(bare) or (called.get(theirs) if theirs != "id" else None):
            return field
    return None


def _agreed(name: str) -> str | None:
    """The field that all parts of a name between slashes or brackets name, but for those that say nothing."""
    parts = [key for part in BETWEEN_NAMES.split(name) if (key := alike(part)) and not key.isspace()]
    if len(parts) < 2:
        return None
    fields = {FIELD_OF.get(key) or _undressed(key) for key in parts if not BEHIND.fullmatch(key)}
    if fields == {"phone", "email"}:
        return "phone"  # an e-mail among phones is found there
    return fields.pop() if len(fields) == 1 else None
