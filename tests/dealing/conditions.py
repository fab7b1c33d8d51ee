"""Conditions of rules as the requirement tells them: whether a lead meets one, with nothing but texts and numbers."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.dealing.settings import Form

Value = str | int
STATES = {"GA": "Goa", "MH": "Maharashtra", "keral": "Kerala"}


@dataclass(frozen=True)
class Term:
    """One comparison."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()

    def holds(self, lead: Form) -> bool:
        """Whether it is so of a lead. One that says nothing is not anything."""
        said = says(lead, self.field)
        text = "" if said is None else bare(str(said))
        match self.operator:
            case "is" | "is_one_of":
                return any(self.equals(text, value) for value in self.values)
            case "is_not":
                return not self.equals(text, self.values[0])
            case "contains":
                return text != "" and bare(str(self.values[0])) in text
            case "begins_with":
                return text != "" and text.startswith(bare(str(self.values[0])))
            case "is_empty":
                return text == ""
            case "is_not_empty":
                return text != ""
        bounds = [ordered(bare(str(value))) for value in self.values]
        point = ordered(text)
        if point is None or any(bound is None or bound[0] != point[0] for bound in bounds):
            return False
        match self.operator:
            case "more_than":
                return bool(point > bounds[0])
            case "less_than":
                return bool(point < bounds[0])
            case "between":
                return bool(bounds[0] <= point <= bounds[1])
        raise AssertionError(self.operator)

    def equals(self, text: str, value: Value) -> bool:
        """Whether a text is this value, written in whatever way."""
        wanted = bare(STATES.get(str(value), str(value)) if self.field == "state" else str(value))
        if text == wanted:
            return True
        numbers = number(text), number(wanted)
        return self.field.startswith("metadata.") and None not in numbers and numbers[0] == numbers[1]


@dataclass(frozen=True)
class Group:
    """All or any of some comparisons, or of groups of them."""

    match: str
    terms: "tuple[Term | Group, ...]"

    def holds(self, lead: Form) -> bool:
        """Whether it is so of a lead."""
        held = [term.holds(lead) for term in self.terms]
        return all(held) if self.match == "all" else any(held)


def says(lead: Form, field: str) -> Value | None:
    """What a lead says for a field."""
    return lead.metadata.get(field[9:]) if field.startswith("metadata.") else getattr(lead, field)


def bare(text: str) -> str:
    """A text without what makes no difference."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter) and not letter.isspace()).lower()


def number(text: str) -> Decimal | None:
    """The number a text is."""
    if re.fullmatch(r"[-+]?(0|[1-9]\d*|[1-9]\d{0,2}(,\d{2,3})+)(\.\d+)?", text):
        return Decimal(text.replace(",", ""))
    return None


def ordered(text: str) -> Any:
    """A number or a date, as such to be compared."""
    if (known := number(text)) is not None:
        return ("number", known)
    return ("date", text[:10]) if re.match(r"\d{4}-\d\d-\d\d", text) else None


def condition_json(part: Term | Group) -> dict[str, Any]:
    """A condition as over the API."""
    if isinstance(part, Term):
        return {"field": part.field, "operator": part.operator, "values": list(part.values)}
    return {"match": part.match, "terms": [condition_json(term) for term in part.terms]}
