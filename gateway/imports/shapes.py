"""What /api/imports answers: the shapes of its JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta
from msgspec import field as msgspec_field

from gateway.core.date_words import Order
from gateway.http.shapes import Budget, Count, Shape, Time

Outcome = Literal["ready", "duplicate", "refused", "left_out", "imported"]
Kind = Literal[
    "nothing_to_call",
    "phone_not_understood",
    "email_not_understood",
    "timestamp_not_understood",
    "hidden",
    "total",
    "heading",
    "do_not_call",
    "merged",
    "quote",
    "shifted",
]


class SheetFound(Shape):
    """A sheet of a file: how many rows with values are below its headings.

    `hidden_rows`: how many of them are hidden, by a filter or by hand; `hidden_columns`: the numbers of such columns;
    `merged_cells`: how many cells stand once for several rows.
    """

    number: int
    name: str
    rows: Count
    columns: Count
    is_hidden: bool
    hidden_rows: Count = 0
    hidden_columns: list[int] = msgspec_field(default_factory=list)
    merged_cells: Count = 0


class CampaignNamed(Shape):
    """A campaign, by number and name."""

    id: int
    name: str


class RowCounts(Shape):
    """What the check found. Empty rows are passed over, and count for nothing else.

    `left_out`: hidden rows, totals, titles, and people who are not to be called, unless they are accepted.
    """

    ready: Count
    duplicates_in_file: Count
    duplicates_stored: Count
    refused: Count
    left_out: Count
    empty: Count


class Notice(Shape):
    """Something the check has to tell, the number of rows that it is about, and the first of them.

    `nothing_to_call`: neither phone nor e-mail reaches the person. `..._not_understood`: the value is kept as the
    lead's metadata. `heading`: headings once more, or a title. `merged`: a value of a cell that stands once for several
    rows. `quote`: a quotation mark is never closed. `shifted`: there are more cells than columns.
    """

    kind: Kind
    rows: Count
    examples: list[int]


class Import(Shape):
    """A file on its way to be leads.

    `rows` is what there is to do, `checked_rows` and `done_rows` how far the check and the import are. At the end
    `rows` is `imported` and `skipped` and `refused` together, and what was left out. `kind` is `api` for leads in
    bulk, which had no file.
    """

    id: UUID
    file_name: str | None
    kind: Literal["xlsx", "xls", "ods", "csv", "api"]
    size: Count
    status: Literal["uploading", "uploaded", "checking", "checked", "running", "done", "cancelled", "failed"]
    problem: str | None
    sheets: list[SheetFound]
    encoding: str | None
    delimiter: str | None
    sheet: int | None
    heading_row: int | None
    mapping: dict[str, int]
    keep_unmapped: bool
    duplicates: Literal["skip", "keep"]
    date_order: Order | None
    campaign: CampaignNamed | None
    rows: Count
    checked_rows: Count
    counts: RowCounts
    accept: list[Literal["hidden", "do_not_call", "total"]]
    notices: list[Notice]
    done_rows: Count
    imported: Count
    assigned: Count
    queued: Count
    skipped: Count
    refused: Count
    created_at: Time
    created_by: str
    started_at: Time | None
    ended_at: Time | None


class FieldNamed(Shape):
    """A field of a lead, and what people call it."""

    field: str
    label: str


class DateReading(Shape):
    """A date as it stands in the column, and the days that it may be: null where it is none in that order."""

    text: str
    day_first: str | None
    month_first: str | None
    year_first: str | None


class DateMisfit(Shape):
    """The first row with a date that is none in this order."""

    order: Order
    row: Count
    text: str


class DateOrder(Shape):
    """What comes first in a column's dates of three numbers, of which there are `values`.

    `is_certain`: no other order fits them all. Otherwise it is proposed by the workspace's country, and to be chosen:
    `choices` are the orders that all fit, or those that some fit. `examples` show what it is about, `misfits` the rows
    that speak against an order.
    """

    order: Order
    is_certain: bool
    values: Count
    choices: list[Order]
    examples: list[DateReading]
    misfits: list[DateMisfit]


class ColumnFound(Shape):
    """A column, from 1 on, with some of its values and the field it seems to be.

    `from`: how that was found: it was mapped so before (memory), by its heading, or by its values; a
    column that only counts the rows is no id of them, and of no field (count). `dates`: what comes
    first in its dates, if it has some of three numbers. `is_hidden`: in the file.
    """

    column: int
    heading: str
    samples: list[str]
    field: str | None
    found_by: Literal["memory", "heading", "values", "count"] | None = msgspec_field(name="from")
    dates: DateOrder | None = None
    is_hidden: bool = False


class SheetView(Shape):
    """How a sheet begins, and what its columns may be."""

    number: int
    name: str
    rows: Count
    heading_row: int
    columns: list[ColumnFound]
    preview: list[list[str]]
    fields: list[FieldNamed]


class RowLead(Shape):
    """What a row says as a lead, as it is stored, or would be."""

    name: str | None
    phone: str | None
    other_phones: list[str]
    email: str | None
    city: str | None
    state: str | None
    state_given: str | None
    lead_source: str | None
    language: str | None
    message: str | None
    timestamp: Time | None
    external_id: str | None
    source_row_id: str | None
    first_name: str | None
    last_name: str | None
    company: str | None
    job_title: str | None
    country: str | None
    medium: str | None
    term: str | None
    product: str | None
    budget: Budget | None
    authority: str | None
    timeline_months: int | None
    metadata: dict[str, Any]


class ImportRow(Shape):
    """A row, by the number the spreadsheet shows, and what became of it.

    `status` is where its lead went at first: a test to nobody.
    """

    row: int
    outcome: Outcome
    reason: str | None
    notes: list[Kind]
    lead: RowLead | None
    lead_id: UUID | None
    caller_id: UUID | None
    caller_name: str | None
    status: Literal["assigned", "queued", "test"] | None


class RefusedRow(Shape):
    """A row that is no lead, and why."""

    row: int
    reason: str


class LeadAssignment(Shape):
    """A lead and the caller it went to."""

    lead_id: UUID
    assignee_id: UUID
    assignee_name: str


class Distribution(Shape):
    """How evenly the leads went: `leads_per_caller` is rounded up, `most` and `fewest` of those who got any."""

    total_leads: Count
    total_callers: Count
    leads_per_caller: Count
    most: Count
    fewest: Count
    queued: Count


class CallerShare(Shape):
    """How many of the leads a caller got."""

    caller_id: UUID
    name: str
    leads: Count


class ExcludedCaller(Shape):
    """A caller who was chosen and got none, and why: paused, away, off hours, at cap, at max load, archived ..."""

    caller_id: UUID
    name: str
    why: str


class ImportSummary(Shape):
    """What came of an import. `success`: done, no row refused. Of errors and assignments the first 100."""

    success: bool
    status: str
    inserted_count: Count
    error_count: Count
    errors: list[RefusedRow]
    skipped_count: Count
    left_out_count: Count
    notices: list[Notice]
    assignees_added: Count
    assignee_ids: list[UUID]
    lead_assignments: Annotated[list[LeadAssignment], Meta(max_length=100)]
    distribution_summary: Distribution
    callers: list[CallerShare]
    excluded: list[ExcludedCaller]


class BulkAnswer(ImportSummary):
    """What came of leads in bulk; with `import_id` the rest can be read at /api/imports."""

    import_id: UUID
