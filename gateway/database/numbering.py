"""Reference data about telephone numbers: how those of each region are written, and which there are.

Both come from the package phonenumbers (libphonenumber's metadata) and are loaded when it or this loader changed since
the last time. `core.read_number()` reads numbers by them as the package itself does. Which numbers there are, the
package says in patterns, some of thousands of characters; in the database they are ranges, found by an index.
"""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import TupleRow

LOADER_VERSION = 2
NON_GEOGRAPHIC = "001"
TOKEN = re.compile(r"\\d|\[[^]]*\]|\d|\((?:\?:)?|[)|?]|\{\d+(?:,\d+)?\}")
DIGITS = "0123456789"

Range = tuple[int, int]


class Plan(NamedTuple):
    """A row of crm.phone_plans."""

    region: str
    calling_code: str
    is_main: bool
    abroad: str | None
    prefix: str | None
    prefix_rule: str | None
    shape: str
    lengths: list[int]
    local_lengths: list[int]
    usual_lengths: list[int]
    usual: str | None


class Numbering(NamedTuple):
    """All reference data about numbers.

    `ranges`: calling code, length, first and last national number, and whether they may be mobiles.
    """

    plans: list[Plan]
    ranges: list[tuple[str, int, int, int, bool]]


def are_loaded(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether the reference tables are up to date."""
    found = connection.execute("select version from crm.reference_data where name = 'numbering'").fetchone()
    return found == (_version(),)


def read() -> Numbering:
    """Read all of it from the package. Takes a second or two."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    codes = COUNTRY_CODE_TO_REGION_CODE.items()
    plans = [_plan(code, region, region == regions[0]) for code, regions in codes for region in regions]
    return Numbering(plans, [(str(code), *found) for code, regions in codes for found in _ranges(code, regions)])


def load(connection: psycopg.Connection[TupleRow], numbering: Numbering) -> None:
    """Fill the reference tables in the open transaction."""
    with connection.cursor() as cursor:
        for table, columns, rows in (
            ("phone_plans", ", ".join(Plan._fields), numbering.plans),
            ("phone_ranges", "calling_code, digits, first, last, is_mobile", numbering.ranges),
        ):
            cursor.execute(f"delete from crm.{table}".encode())
            with cursor.copy(f"copy crm.{table} ({columns}) from stdin".encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.execute("analyze crm.phone_plans, crm.phone_ranges")
        cursor.execute(
            """insert into crm.reference_data (name, version, loaded_at) values ('numbering', %s, now())
               on conflict (name) do update set version = excluded.version, loaded_at = excluded.loaded_at""",
            [_version()],
        )


def _version() -> str:
    return f"loader {LOADER_VERSION} phonenumbers {version('phonenumbers')}"


def _metadata(code: int, region: str) -> Any:
    from phonenumbers import PhoneMetadata

    if region == NON_GEOGRAPHIC:
        return PhoneMetadata.metadata_for_nongeo_region(code)
    return PhoneMetadata.metadata_for_region(region)


def _plan(code: int, region: str, is_main: bool) -> Plan:
    known = _metadata(code, region)
    general = known.general_desc
    lengths = usual_lengths(code, region)
    return Plan(
        f"+{code}" if region == NON_GEOGRAPHIC else region,
        str(code),
        is_main,
        known.international_prefix and f"^(?:{known.international_prefix})",
        known.national_prefix_for_parsing and f"^({known.national_prefix_for_parsing})",
        known.national_prefix_transform_rule,
        f"^(?:{general.national_number_pattern})$",
        sorted(general.possible_length),
        sorted(general.possible_length_local_only),
        lengths,
        _usual(code, known.national_prefix_for_parsing, lengths) if is_main else None,
    )


def usual_lengths(code: int, region: str) -> list[int]:
    """Numbers of digits of landlines and mobiles; of all numbers where there are none of these."""
    known = _metadata(code, region)
    people = [kind for kind in (known.fixed_line, known.mobile) if kind is not None]
    lengths = {length for kind in people for length in kind.possible_length if length > 0}
    return sorted(lengths or set(known.general_desc.possible_length))


def _usual(code: int, prefix: str | None, lengths: list[int]) -> str:
    """Numbers in international form of which the rest of the plan could only say that they are right."""
    prefixes = Numbers((prefix or "").replace("$", ""))
    begins = "".join(digit for digit in DIGITS if not prefixes.may_begin_with(digit))
    rests = "|".join(rf"\d{{{length - 1}}}" for length in lengths if 7 <= len(str(code)) + length <= 15)
    return rf"^\+{code}[{begins}](?:{rests})$"


def _ranges(code: int, regions: Iterable[str]) -> Iterator[tuple[int, int, int, bool]]:
    """Length, first and last of each run of valid national numbers, as is_valid_number() has them.

    Also whether number_type() calls them mobile, or either fixed or mobile. Of regions with one code a number is of
    the first that it has the leading digits or, without such, the pattern of.
    """
    known = [_metadata(code, region) for region in regions]
    kinds = [[p for p in map(_pattern, _kinds(one)) if p] for one in known]
    mobiles = [_pattern(one.mobile) for one in known]
    others = [[p for p in map(_pattern, _kinds(one, "")) if p] for one in known]
    shapes = [Numbers(one.general_desc.national_number_pattern) for one in known]
    heads = [Numbers(rf"(?:{one.leading_digits})\d{{0,16}}") if one.leading_digits else None for one in known]
    for length in sorted({length for one in known for length in one.general_desc.possible_length}):
        valid: list[Range] = []
        mobile: list[Range] = []
        taken: list[Range] = []
        for place, (one, patterns, shape, head) in enumerate(zip(known, kinds, shapes, heads, strict=True)):
            if length not in one.general_desc.possible_length:
                own: list[Range] = []
            else:
                own = _both(_fitting(patterns, length), shape.ranges(length))
            if head is not None and len(known) > 1:
                own = _both(own, head.ranges(length))
            own = _without(own, taken)
            if (called := mobiles[place]) is not None:
                theirs = _without(_both(own, _fitting([called], length)), _fitting(others[place], length))
                mobile += _without(theirs, _joined(valid))
            valid += own
            if head is not None and len(known) > 1:
                taken = _joined([*taken, *head.ranges(length)])
        mobile = _joined(mobile)
        for ranges, is_mobile in ((mobile, True), (_without(_joined(valid), mobile), False)):
            yield from ((length, first, last, is_mobile) for first, last in ranges)


def _fitting(patterns: "Iterable[tuple[tuple[int, ...], Numbers]]", length: int) -> list[Range]:
    """The numbers of so many digits that fit one of the patterns."""
    fitting = [numbers.ranges(length) for lengths, numbers in patterns if not lengths or length in lengths]
    return _joined(found for part in fitting for found in part)


def _kinds(known: Any, peoples: str = "fixed_line mobile") -> Iterable[Any]:
    """The kinds of numbers of a region, in the order in which number_type() asks for them."""
    names = f"premium_rate toll_free shared_cost voip personal_number pager uan voicemail {peoples}"
    return (getattr(known, name) for name in names.split())


def _pattern(kind: Any) -> "tuple[tuple[int, ...], Numbers] | None":
    if kind is None or not kind.national_number_pattern:
        return None
    return kind.possible_length, Numbers(kind.national_number_pattern)


def _joined(ranges: Iterable[Range]) -> list[Range]:
    """These ranges in order, with what touches or overlaps made one."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _both(some: list[Range], others: list[Range]) -> list[Range]:
    """What is in both; each is in order."""
    found = []
    for first, last in some:
        for begin, end in others[max(bisect(others, (first,)) - 1, 0) :]:
            if begin > last:
                break
            if end >= first:
                found.append((max(first, begin), min(last, end)))
    return found


def _without(some: list[Range], others: list[Range]) -> list[Range]:
    """What is in the first alone; each is in order."""
    left = []
    for first, last in some:
        for begin, end in others:
            if end >= first and begin <= last:
                if begin > first:
                    left.append((first, begin - 1))
                first = end + 1
        if first <= last:
            left.append((first, last))
    return left


def _append(ranges: list[Range], first: int, last: int) -> None:
    """Add one that comes after them, to the last of them where it touches."""
    if ranges and first == ranges[-1][1] + 1:
        ranges[-1] = (ranges[-1][0], last)
    else:
        ranges.append((first, last))


class Numbers:
    """The numbers that a pattern of libphonenumber fits, as a finite automaton of digits.

    Its patterns are made of digits, `\\d`, sets, groups, `|`, `?`, `{n}` and `{n,m}`; ValueError for anything else.
    """

    def __init__(self, pattern: str) -> None:
        self._tokens = TOKEN.findall(pattern)
        if "".join(self._tokens) != pattern:
            raise ValueError(f"the pattern {pattern} has something else than digits, sets and groups")
        self._at = 0
        self._free: list[list[int]] = []
        self._by_digit: list[list[tuple[str, int]]] = []
        begin = self._state()
        self._end = self._alternatives(begin)
        self._moves: dict[frozenset[int], list[tuple[int, int, frozenset[int]]]] = {}
        self._known: dict[tuple[frozenset[int], int], list[Range]] = {}
        self._begin = self._closed([begin])

    def ranges(self, length: int) -> list[Range]:
        """The numbers of so many digits, in order."""
        return self._from(self._begin, length)

    def may_begin_with(self, digit: str) -> bool:
        """Whether any of the numbers does."""
        return any(first <= int(digit) <= last for first, last, _ in self._after(self._begin))

    def _from(self, states: frozenset[int], length: int) -> list[Range]:
        if length == 0:
            return [(0, 0)] if self._end in states else []
        found = self._known.get((states, length))
        if found is None:
            found = self._known[states, length] = []
            place = 10 ** (length - 1)
            for first, last, after in self._after(states):
                below = self._from(after, length - 1)
                if below == [(0, place - 1)]:
                    _append(found, first * place, last * place + place - 1)
                else:
                    for digit in range(first, last + 1):
                        for begin, end in below:
                            _append(found, begin + place * digit, end + place * digit)
        return found

    def _after(self, states: frozenset[int]) -> list[tuple[int, int, frozenset[int]]]:
        """First and last of each run of digits, in order, and the states that each of them leads to."""
        found = self._moves.get(states)
        if found is None:
            found = self._moves[states] = []
            reached: dict[str, list[int]] = {}
            for one in states:
                for digits, state in self._by_digit[one]:
                    for digit in digits:
                        reached.setdefault(digit, []).append(state)
            closed: dict[tuple[int, ...], frozenset[int]] = {}
            for digit in sorted(reached):
                key = tuple(reached[digit])
                after = closed.get(key)
                if after is None:
                    after = closed[key] = self._closed(key)
                number = int(digit)
                if found and found[-1][1] == number - 1 and found[-1][2] == after:
                    found[-1] = (found[-1][0], number, after)
                else:
                    found.append((number, number, after))
        return found

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        reached = set(states)
        left = list(reached)
        while left:
            for state in self._free[left.pop()]:
                if state not in reached:
                    reached.add(state)
                    left.append(state)
        return frozenset(reached)

    def _state(self) -> int:
        self._free.append([])
        self._by_digit.append([])
        return len(self._free) - 1

    def _token(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _alternatives(self, begin: int) -> int:
        end = self._state()
        while True:
            state = begin
            while self._token() not in ("", "|", ")"):
                state = self._repeated(state)
            self._free[state].append(end)
            if self._token() != "|":
                return end
            self._at += 1

    def _repeated(self, begin: int) -> int:
        start = self._at
        state = self._one(begin)
        least, most = self._counts()
        after = self._at
        end = self._state()
        if least == 0:
            self._free[begin].append(end)
        for count in range(1, most + 1):
            if count > 1:
                self._at = start
                state = self._one(state)
            if count >= least:
                self._free[state].append(end)
        self._at = after
        return end

    def _counts(self) -> tuple[int, int]:
        token = self._token()
        if token != "?" and not token.startswith("{"):
            return 1, 1
        self._at += 1
        least, _, most = token.strip("{}").partition(",")
        return (0, 1) if token == "?" else (int(least), int(most or least))

    def _one(self, begin: int) -> int:
        token = self._token()
        self._at += 1
        if token.startswith("("):
            end = self._alternatives(begin)
            if self._token() != ")":
                raise ValueError("a group is not closed")
            self._at += 1
            return end
        end = self._state()
        self._by_digit[begin].append((_digits(token), end))
        return end


def _digits(token: str) -> str:
    if token == r"\d":
        return DIGITS
    return re.sub(r"(\d)-(\d)", lambda span: DIGITS[int(span[1]) : int(span[2]) + 1], token.strip("[]"))
