"""What people call the fields of a lead, in the headings of sheets and in the names that programs send."""

from __future__ import annotations

import re
import unicodedata

from gateway.core.field_names_abroad import IN_EXPORTS, IN_LANGUAGES

# Left out of names that are compared leniently: punctuation, spaces, symbols, and what is not seen at all.
LEFT_OUT = ("P", "Z", "S", "C")

# As `alike` compares it. A name may come in parts.
CALLED: dict[str, str] = {
    "name": "name fullname leadname customername contactname clientname studentname candidatename applicantname "
    "personname nameofthelead nameofcustomer nameofstudent yourname contactperson prospectname naam नाम",
    "first_name": "firstname givenname fname forename",
    "last_name": "lastname surname familyname lname",
    "phone": "phone phoneno phonenumber mobile mobileno mobilenumber mobilephone cell cellphone cellno contact "
    "contactno contactnumber contactphone whatsapp whatsappno whatsappnumber tel telno telephone telephoneno "
    "telephonenumber number phone1 mobile1 primaryphone primarymobile phonewithcode फोन मोबाइल",
    "email": "email emailid emailaddress mail mailid emailid1 email1 primaryemail workemail",
    "city": "city town cityname location district cityortown शहर",
    "state": "state province region statename stateprovince stateorprovince stateregion राज्य",
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
    "campaign": "campaign campaignname utmcampaign",
    "team": "team",
}
PARTS_OF_NAME = ("first_name", "last_name")
WHOSE = re.compile(
    r"(lead|sender|buyer|customer|client|student|contact|prospect|your|user|applicant|candidate|primary|person)"
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


FIELD_OF = _by_name()


def field_called(name: str) -> str | None:
    """The field that goes by this name: "Mobile No." is phone, and so is "Customer Mobile"."""
    key = alike(name)
    return FIELD_OF.get(key) or FIELD_OF.get(WHOSE.sub("", key, count=1) if WHOSE.match(key) else "")
