"""Translates a libpq URL for the gateway's driver: each parameter is used, or the gateway refuses it by name.

libpq itself reads the URL, so services, the environment and the password file count here as they do for psql. Each of
several hosts gets its own time. The host that answered last is tried first. Only a server that takes writes counts, so
a host that accepts connections and then says nothing does not block the next one.
"""

from __future__ import annotations

import random
import re
import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import asyncpg
import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn

from gateway.core.settings import SettingsError

log = structlog.get_logger(__name__)

SECONDS_FOR_ONE_HOST = 5.0
SECONDS_FOR_EACH_HOST = 2.0
USUAL_PORT = "5432"
# Where servers of this machine listen, if no host is named.
USUAL_PLACES = "/run/postgresql,/var/run/postgresql,/tmp,localhost"

READ = {"host", "hostaddr", "port", "user", "password", "dbname", "connect_timeout", "load_balance_hosts", "options"}
# The driver knows these by the same names.
PASSED = {
    *("passfile", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib"),
}
# These change nothing: our own limits end each call earlier, and the gateway names its sessions itself.
NEEDLESS = {
    *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"),
    *("application_name", "fallback_application_name", "service", "servicefile"),
}
# With these values the gateway does what is asked anyway.
DONE_ANYWAY = {
    "target_session_attrs": {"any", "read-write", "primary"},
    "channel_binding": {"disable", "prefer"},
    "gssencmode": {"disable", "prefer"},
    "gssdelegation": {"0"},
    "client_encoding": {"auto", "utf8", "utf-8", "unicode"},
    "replication": {"false", "off", "no", "0"},
    "sslcompression": {"0"},
    "sslsni": {"1"},
    "sslcertmode": {"allow"},
    "min_protocol_version": {"3.0"},
    "max_protocol_version": {"3.0", "3.2", "latest"},
}
ADVICE = {
    "target_session_attrs": "the gateway needs to write: use read-write, or leave it out",
    "channel_binding": "the gateway's driver cannot bind channels: leave it out, and use sslmode=verify-full instead",
    "gssencmode": "the gateway's driver cannot encrypt by GSSAPI: leave it out, and use sslmode=verify-full instead",
    "client_encoding": "the gateway speaks UTF-8: leave it out",
}
# The beginnings of what libpq says about a value that it cannot use, before it connects.
UNUSABLE = ("invalid ", "definition of service", "syntax error", "could not match", "weak ", "sslmode value")
FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Pooled(ConnectionError):
    """A connection pooler between the gateway and PostgreSQL does not pass our settings on."""

    def __init__(self) -> None:
        super().__init__(
            "a connection pooler (such as PgBouncer) stands between the gateway and PostgreSQL and drops its settings: "
            "name the server itself in FAIRLEAD_GATEWAY_URL; the gateway pools its own connections"
        )


class Host(NamedTuple):
    """A server to try: a name or address, or the folder of a socket."""

    name: str
    port: int


@dataclass
class Target:
    """Where to connect, as whom and how.

    Attributes:
        hosts: the servers to try, in this order, or in any if `shuffled`.
        arguments: further arguments for the driver; `settings` are more settings of the session.
        seconds: how long each host is tried.
        first: the index of the host to try first.
        generation: how often the gateway gave up a server that it was using.
        trouble: what is wrong, in words for the operator; empty if that is not known.
    """

    hosts: list[Host]
    arguments: dict[str, Any]
    settings: dict[str, str] = field(default_factory=dict)
    seconds: float = SECONDS_FOR_ONE_HOST
    shuffled: bool = False
    first: int = 0
    generation: int = 0
    trouble: str = ""

    async def connect(self, settings: dict[str, str], **more: Any) -> asyncpg.Connection[asyncpg.Record]:
        """A connection to a server that can be written to, with these settings of the session.

        Raises what the driver does, for the host tried last; Pooled.
        """
        failure: Exception | None = None
        for number in self._order():
            host = self.hosts[number]
            try:
                connection = await asyncpg.connect(
                    **self.arguments,
                    **more,
                    host=host.name,
                    port=host.port,
                    timeout=self.seconds,
                    target_session_attrs="read-write",
                    server_settings={**self.settings, **settings},
                )
                await _refuse_poolers(connection, settings)
            except FAILURES as error:
                failure = Pooled() if "unsupported startup parameter" in str(error) else error
                self.first = (number + 1) % len(self.hosts)
            except BaseException:
                self.first = (number + 1) % len(self.hosts)  # the caller gave up before this host had answered
                raise
            else:
                self.first, self.trouble = number, ""
                return connection
        assert failure is not None, "there is a host"
        self._complain(failure)
        raise failure

    def give_up(self) -> None:
        """The server in use does not answer any more: begin with the next one, and close what is open to this one."""
        self.first = (self.first + 1) % len(self.hosts)
        self.generation += 1

    def _order(self) -> list[int]:
        numbers = [*range(self.first, len(self.hosts)), *range(self.first)]
        if self.shuffled:
            random.shuffle(numbers)
        return numbers

    def _complain(self, failure: Exception) -> None:
        trouble = ""
        if isinstance(failure, Pooled):
            trouble = str(failure)
        elif isinstance(failure, asyncpg.TargetServerAttributeNotMatched):
            trouble = "the database takes no writes"
        if trouble and trouble != self.trouble:
            log.error(trouble)
        self.trouble = trouble


@cache
def target_of(url: str, setting: str = "FAIRLEAD_DATABASE_URL") -> Target:
    """The target of a URL or of a connection string (`host=... dbname=...`). All callers share one object.

    Raises SettingsError, which names the setting and the parameter.
    """
    given = _resolved(url, setting)
    for name, value in given.items():
        done_anyway = value.lower() in DONE_ANYWAY.get(name, ())
        if name not in READ | PASSED | NEEDLESS and not done_anyway:
            advice = ADVICE.get(name, "the gateway's driver does not know it: leave it out")
            raise SettingsError(f"{setting}: {name}={value} cannot be used: {advice}")
    hosts = _hosts(setting, given)
    passed = {name: value for name, value in given.items() if name in PASSED}
    arguments: dict[str, Any] = {name: given.get(name) for name in ("user", "password")}
    arguments["database"] = given.get("dbname")
    if passed.get("sslrootcert") == "system":
        # As libpq does: with all the roots that this machine trusts, the name of the server must be checked.
        if passed.pop("sslmode") != "verify-full":
            raise SettingsError(f"{setting}: sslrootcert=system needs sslmode=verify-full")
        del passed["sslrootcert"]
        arguments["ssl"] = ssl.create_default_context()
    several = len(hosts) > 1
    return Target(
        hosts,
        {**arguments, "dsn": f"postgresql://?{urlencode(passed)}"},
        settings={"options": given["options"]} if "options" in given else {},
        seconds=_seconds(setting, given, SECONDS_FOR_EACH_HOST if several else SECONDS_FOR_ONE_HOST),
        shuffled=given.get("load_balance_hosts") == "random",
    )


def for_commands(url: str) -> str:
    """The URL for commands, which connect by libpq: of several hosts, too, the first that can be written to."""
    given = _named(url, "FAIRLEAD_DATABASE_URL")
    if not any("," in str(given.get(name)) for name in ("host", "hostaddr")):
        return url
    usual = {"connect_timeout": f"{SECONDS_FOR_EACH_HOST:.0f}", "target_session_attrs": "read-write"}
    return make_conninfo(url, **{name: value for name, value in usual.items() if name not in given})


def _resolved(url: str, setting: str) -> dict[str, str]:
    """All parameters with a value, those of the environment, of a service and libpq's defaults among them."""
    named = _named(url, setting)
    asked = PGconn.connect_start(url.encode())
    try:
        problem = asked.error_message.decode(errors="replace").strip()
        if problem.startswith(UNUSABLE):
            raise SettingsError(f"{setting} cannot be used: {_without_secrets(problem)}")
        values = {option.keyword.decode(): option.val.decode() for option in asked.info if option.val}
    finally:
        asked.finish()
    # libpq shows how it read a parameter, which may lose a part: what was written counts.
    return {**values, **{name: str(value) for name, value in named.items() if value}}


def _named(url: str, setting: str) -> dict[str, Any]:
    """The parameters that the URL itself names. Raises SettingsError."""
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise SettingsError(f"{setting} cannot be read: {_without_secrets(str(error).strip())}") from None


def _without_secrets(message: str) -> str:
    """What libpq says about a URL, without the parts of the URL that may be from a password."""
    if message.startswith('missing "="') or re.match('invalid connection option ".*:', message):
        return "write it as postgresql://user:password@host/database"
    if message.startswith("invalid percent-encoded token"):
        return "write each % of a user or password as %25"
    if message.startswith("invalid integer value") and message.endswith('connection option "port"'):
        return "the port must be a number; write each / of a password as %2F, each @ as %40"
    return re.sub(r"//[^@\s]*@", "//", message)


def _hosts(setting: str, given: dict[str, str]) -> list[Host]:
    addresses = given.get("hostaddr", "").split(",")
    names = given.get("host", "" if any(addresses) else USUAL_PLACES).split(",")
    if any(addresses):
        if given.get("sslmode") == "verify-full":
            raise SettingsError(f"{setting}: hostaddr cannot be used with sslmode=verify-full: name the server in host")
        names = [address or name for address, name in zip(addresses, names, strict=len(names) > 1)]
    if any(name.startswith("@") for name in names):
        raise SettingsError(f"{setting}: host cannot be an abstract socket: give the folder of the socket")
    ports = given.get("port", USUAL_PORT).split(",")
    ports = ports * len(names) if len(ports) == 1 else ports
    return [Host(name or "localhost", int(port or USUAL_PORT)) for name, port in zip(names, ports, strict=True)]


def _seconds(setting: str, given: dict[str, str], usual: float) -> float:
    text = given.get("connect_timeout", "0")
    try:
        seconds = int(text)
    except ValueError:
        raise SettingsError(f"{setting}: connect_timeout={text} is no whole number of seconds: write one") from None
    # Requests wait no longer than this. By default libpq waits for ever, and then no request would be answered.
    return min(float(seconds), SECONDS_FOR_ONE_HOST) if seconds > 0 else usual


async def _refuse_poolers(connection: asyncpg.Connection[asyncpg.Record], settings: dict[str, str]) -> None:
    try:
        if "role" in settings and await connection.fetchval("select current_setting('role')") != settings["role"]:
            raise Pooled
    except BaseException:
        # Nobody else knows of the connection yet: not even one who is cancelled while this is asked may leave it open.
        connection.terminate()
        raise
