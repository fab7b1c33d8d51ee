"""Logs: readable lines on a terminal, one JSON object a line everywhere else. Libraries' logs go the same way."""

from __future__ import annotations

import logging
import sys

import structlog

from gateway.core import request_ids


def configure_logs(level: str = "info") -> None:
    """Send everything logged in this process to stderr; ours from `level` on (debug, info, warning or error)."""
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Tracebacks without the values of variables, among which there may be tokens and phone numbers.
    rendering: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    # `errors` has logged it already, under the incident number in the answer.
    logging.getLogger("uvicorn.error").addFilter(lambda record: "Exception in ASGI application" not in record.msg)
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=max(logging.INFO, ours), force=True)
    logging.getLogger("gateway").setLevel(ours)


def _add_request_id(_logger: object, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if request_id := request_ids.current():
        entry.setdefault("request_id", request_id)
    return entry
