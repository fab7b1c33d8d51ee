"""Places in a payload that any path of JSONPath (RFC 9535) leads to, in a time that is bound.

The library reads and follows the path. What it looks at is counted here, since the payload may be anybody's, and a
pattern of `match` and `search` has but so long for a text of so many characters. A path that would take longer leads
nowhere. `gateway/intake/jsonpath.py` is the quick way for the paths that are usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import regex
from iregexp_check import check
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNode, JSONPathQuery
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction
from jsonpath_rfc9535.function_extensions._pattern import map_re
from jsonpath_rfc9535.parse import Parser
from jsonpath_rfc9535.segments import JSONPathChildSegment, JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath_rfc9535.tokens import TokenStream

from gateway.intake.jsonpath import Budget, TooMuch

LONGEST_TEXT = 1000
LONGEST_PATTERN = 300
SECONDS_A_PATTERN = 0.01
# What a value and a pattern cost here, as so many values that the quick way looks at.
COST_OF_VALUE = 4
COST_OF_PATTERN = 40


class NoPath(ValueError):
    """What is no path: why not, and at which character, from 1 on."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


class _Walk(NamedTuple):
    """What a path is being followed in."""

    root: Any
    budget: Budget


_walk: ContextVar[_Walk] = ContextVar("walk")


@lru_cache(maxsize=1000)
def query_of(path: str) -> JSONPathQuery:
    """A path, read. Raises NoPath."""
    try:
        return _ENVIRONMENT.compile(path)
    except JSONPathError as error:
        at = error.token.index if error.token is not None else 0
        raise NoPath(_in_plain_words(str(error.args[0])), at + 1) from None
    except RecursionError:
        raise NoPath("it is nested too deeply", 1) from None


def locations(query: JSONPathQuery, payload: dict[str, Any], budget: Budget) -> Iterator[tuple[str | int, ...]]:
    """Names and indexes to each place in the payload that the path leads to, in order. Raises TooMuch."""
    before = _walk.set(_Walk(payload, budget))
    try:
        nodes = query.find(payload)
    except (JSONPathError, RecursionError):  # the payload is nested more deeply than the library goes
        raise TooMuch from None
    finally:
        _walk.reset(before)
    return (node.location for node in nodes)


class _Node(JSONPathNode):
    """A value that was looked at, and counted for it. The root is that of the payload, in filters of filters too."""

    __slots__ = ()

    def __init__(self, value: object, location: tuple[str | int, ...], parent: JSONPathNode | None) -> None:
        walk = _walk.get()
        walk.budget.spend(COST_OF_VALUE)
        super().__init__(value=value, location=location, parent=parent, root=walk.root)

    def new_child(self, value: object, key: str | int, parent: JSONPathNode | None) -> JSONPathNode:
        return _Node(value, (*self.location, key), parent)


def _counted(node: JSONPathNode) -> JSONPathNode:
    return node if isinstance(node, _Node) else _Node(node.value, node.location, node.parent)


class _Children(JSONPathChildSegment):
    def resolve(self, nodes: Iterable[JSONPathNode]) -> Iterable[JSONPathNode]:
        return super().resolve(map(_counted, nodes))


class _Descendants(JSONPathRecursiveDescentSegment):
    def resolve(self, nodes: Iterable[JSONPathNode]) -> Iterable[JSONPathNode]:
        return super().resolve(map(_counted, nodes))


class _CountingParser(Parser):
    def parse_query(self, stream: TokenStream, *, in_filter: bool = False) -> Iterable[JSONPathSegment]:
        for segment in super().parse_query(stream, in_filter=in_filter):
            counting = _Descendants if isinstance(segment, JSONPathRecursiveDescentSegment) else _Children
            yield counting(env=segment.env, token=segment.token, selectors=segment.selectors)


class _Pattern(FilterFunction):
    """`match` and `search`: whether a text is, or has in it, what an I-Regexp (RFC 9485) says."""

    arg_types: ClassVar[list[ExpressionType]] = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type: ClassVar[ExpressionType] = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN:
            return False
        _walk.get().budget.spend(COST_OF_PATTERN)
        if len(text) > LONGEST_TEXT or not check(pattern):
            return False
        find = regex.fullmatch if self._whole else regex.search
        try:
            return find(map_re(pattern), text, regex.VERSION0, timeout=SECONDS_A_PATTERN) is not None
        except TimeoutError:
            raise TooMuch from None
        except regex.error:
            return False


class _Environment(JSONPathEnvironment):
    parser_class = _CountingParser

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Pattern(whole=True)
        self.function_extensions["search"] = _Pattern(whole=False)


_ENVIRONMENT = _Environment()

# What the library says in words of its own making: each as it begins, and what people understand.
PLAIN_WORDS = (
    ("unbalanced brackets", "a bracket is not closed"),
    ("unexpected end of", "something is missing at the end"),
    ("bald descendant", "a name, a star or a bracket must follow .."),
    ("unclosed string", "a quote is not closed"),
    ("leading zero", "an index is written without zeros before it"),
    ("expected '.', '..'", "a dot or a bracket must follow"),
    ("unexpected trailing comma", "something is missing after the comma"),
    ("non-singular query", "what is compared must lead to one value: without *, .., slices and filters"),
    ("filter expression literals", "a filter must compare with something, as in [?@.name=='phone']"),
    ("unexpected filter selector token", "this cannot stand in a filter; compare by ==, !=, <, <=, > or >="),
    ("unexpected token in bracketed", "in brackets there is a number, a quoted name, *, a slice or a filter"),
    ("empty bracketed", "there is nothing in the brackets"),
)


def _in_plain_words(reason: str) -> str:
    return next((words for begins, words in PLAIN_WORDS if reason.startswith(begins)), reason)
