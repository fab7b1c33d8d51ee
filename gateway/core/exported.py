"""The columns of our own files of leads, so that a file that comes back is known, and read as it was written."""

from __future__ import annotations

from collections.abc import Sequence

# Headings of an exported file, in their order, each with the field that it is read as; empty for what only tells what
# became of the lead.
EXPORTED = {
    "Received": "",
    "Name": "name",
    "Phone": "phone",
    "Other Phones": "phone_2",
    "Email": "email",
    "City": "city",
    "State": "state",
    "Lead Source": "lead_source",
    "Language": "language",
    "Message": "message",
    "Status": "",
    "Caller": "",
    "Assigned": "",
    "Why": "",
    "Closed": "",
    "Lead Status": "",
    "Close Reason": "",
    "Timestamp": "timestamp",
    "External ID": "external_id",
    "Source Row ID": "source_row_id",
    "Lead ID": "",
    "Metadata": "",
    "Test": "",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Company": "company",
    "Job Title": "job_title",
    "Country": "country",
    "Medium": "medium",
    "Term": "term",
    "Product": "product",
    "Budget": "budget",
    "Authority": "authority",
    "Timeline (Months)": "timeline_months",
}
# Younger than files that people may still have.
LATER = {"Other Phones", "Lead Status", "Close Reason", *[*EXPORTED][[*EXPORTED].index("Test") :]}
HEADINGS = (*EXPORTED,)
METADATA = "Metadata"
# Says yes of a lead that is a test, so that it never comes back as a real one.
TEST = "Test"
# Those that files have had from the beginning.
ALWAYS = {*HEADINGS} - LATER

# The last column of a file of refused rows, and how each of its cells begins.
WHY_REFUSED = "Reason"
REFUSED = "Refused: "


def is_export(headings: Sequence[str]) -> bool:
    """Whether a sheet with these headings is a file of leads that we made; it may have more columns by now."""
    return len(headings) >= len(ALWAYS) and {*headings} >= ALWAYS


def is_reason(heading: str, cell: str) -> bool:
    """Whether a cell says why we refused its row."""
    return heading == WHY_REFUSED and cell.startswith(REFUSED)
