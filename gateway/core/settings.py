"""Settings, all from the environment. `SETTINGS` is the one list of them; the README and `--help` tell the same."""

import base64
import binascii
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

SETTINGS: dict[str, str] = {
    "FAIRLEAD_DATABASE_URL": "libpq URL of a PostgreSQL 15 or later; unset: an embedded PostgreSQL 18",
    "FAIRLEAD_GATEWAY_URL": "libpq URL the gateway serves with, as fairlead_gateway; unset: FAIRLEAD_DATABASE_URL",
    "FAIRLEAD_DATA_DIR": "folder of the embedded database and the generated secret key; default .fairlead",
    "FAIRLEAD_HOST": "address to listen on; default 127.0.0.1",
    "FAIRLEAD_PORT": "port to listen on; default 8000",
    "FAIRLEAD_SECRET_KEY": (
        "32 characters or more, to derive signing secrets, secret addresses and the key of access tokens from; "
        "unset: made in the data folder"
    ),
    "FAIRLEAD_ENCRYPTION_KEYS": (
        "keys to seal phones and e-mails with, 32 bytes each in base64, the newest first, with commas between; "
        "unset: they stand in the clear"
    ),
    "FAIRLEAD_TRUSTED_PROXIES": "addresses or networks of proxies that say who the client is; default 127.0.0.1",
    "FAIRLEAD_METRICS_TOKEN": "16 characters or more, to read /metrics with; unset: only this machine may",
    "FAIRLEAD_LOG_LEVEL": "debug, info, warning or error; default info",
    "FAIRLEAD_ADMIN_EMAIL": "e-mail address of the admin made at the first start; default admin@fairlead.example",
    "FAIRLEAD_ADMIN_PASSWORD": "password of that admin, 10 characters or more; unset: generated and printed once",
    "FAIRLEAD_PUBLIC_URL": (
        "address at which people open Fairlead, for the links in e-mails, such as https://leads.example.com; "
        "unset: http://, host and port as above"
    ),
    "FAIRLEAD_SMTP_URL": (
        "mail server for alerts and invitations: smtp://user:password@host:587?starttls=1 or smtps://...; unset: none"
    ),
    "FAIRLEAD_MAIL_FROM": "the address they are from; default fairlead@ and the mail server's host",
    "FAIRLEAD_ALLOW_PRIVATE_DESTINATIONS": "1: webhooks may go to http: and private addresses; for tests and intranets",
}

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what to do."""


@dataclass(frozen=True)
class MailServer:
    """Where e-mails are handed in, and whom they are from."""

    host: str
    port: int
    user: str
    password: str
    encryption: Literal["", "starttls", "tls"]
    sender: str


@dataclass(frozen=True)
class Settings:
    """What the gateway and the commands need to know.

    `database_url` is None until the embedded server has been started; see `gateway.database.embedded`. With it the
    database is migrated and administered; the gateway serves with `gateway_url`, whose login may do nothing by itself.
    """

    database_url: str | None
    data_dir: Path
    host: str
    port: int
    secret_key: bytes
    admin_email: str
    admin_password: str | None
    gateway_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    metrics_token: str | None = None
    log_level: str = "info"
    public_url: str | None = None
    mail_server: MailServer | None = None
    allow_private_destinations: bool = False
    encryption_keys: tuple[bytes, ...] = ()

    @property
    def url(self) -> str:
        """Where the gateway is found by a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `SETTINGS`; an empty variable counts as unset.

        Raises SettingsError. Makes the data folder and, when no key is given, the secret key in it.
        """

        def get(name: str, default: str | None = None) -> str | None:
            return environment.get(f"FAIRLEAD_{name}", "").strip() or default

        data_dir = Path(get("DATA_DIR", ".fairlead") or "").expanduser().resolve()
        return cls(
            database_url=get("DATABASE_URL"),
            data_dir=data_dir,
            host=get("HOST", "127.0.0.1") or "",
            port=_port(get("PORT", "8000") or ""),
            secret_key=_secret_key(get("SECRET_KEY"), data_dir),
            admin_email=get("ADMIN_EMAIL", "admin@fairlead.example") or "",
            admin_password=get("ADMIN_PASSWORD"),
            gateway_url=get("GATEWAY_URL"),
            trusted_proxies=_proxies(get("TRUSTED_PROXIES", "127.0.0.1") or ""),
            metrics_token=_metrics_token(get("METRICS_TOKEN")),
            log_level=_log_level(get("LOG_LEVEL", "info") or ""),
            public_url=_public_url(get("PUBLIC_URL")),
            mail_server=_mail_server(get("SMTP_URL"), get("MAIL_FROM")),
            allow_private_destinations=get("ALLOW_PRIVATE_DESTINATIONS", "0") == "1",
            encryption_keys=_encryption_keys(get("ENCRYPTION_KEYS")),
        )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SettingsError(f"FAIRLEAD_PORT is {text!r}: give a number from 1 to 65535")
    return int(text)


def _proxies(text: str) -> str:
    for proxy in text.split(","):
        try:
            ipaddress.ip_network(proxy.strip())
        except ValueError:
            raise SettingsError(
                f"FAIRLEAD_TRUSTED_PROXIES has {proxy.strip()!r}: give addresses or networks such as 10.0.0.0/8, "
                "with commas between them"
            ) from None
    return text


def _metrics_token(given: str | None) -> str | None:
    if given is not None and len(given) < 16:
        raise SettingsError("FAIRLEAD_METRICS_TOKEN is too short: use 16 characters or more")
    return given


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise SettingsError(f"FAIRLEAD_LOG_LEVEL is {text!r}: give one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _public_url(given: str | None) -> str | None:
    if given is None:
        return None
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in given:
        raise SettingsError("FAIRLEAD_PUBLIC_URL must be an address such as https://leads.example.com")
    return given.rstrip("/")


def _mail_server(url: str | None, sender: str | None) -> MailServer | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        usual_port = {"smtp": 587, "smtps": 465}[parts.scheme]
        port = parts.port or usual_port
    except (KeyError, ValueError):
        raise SettingsError("FAIRLEAD_SMTP_URL must begin with smtp:// or smtps://, then host and port") from None
    if not parts.hostname:
        raise SettingsError("FAIRLEAD_SMTP_URL names no host")
    starttls = parse_qs(parts.query).get("starttls") == ["1"]
    sender = sender or f"fairlead@{parts.hostname}"
    if not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", sender):
        raise SettingsError(f"FAIRLEAD_MAIL_FROM is {sender!r}: give one e-mail address")
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encryption="tls" if parts.scheme == "smtps" else "starttls" if starttls else "",
        sender=sender,
    )


def _encryption_keys(given: str | None) -> tuple[bytes, ...]:
    keys = []
    for number, text in enumerate(given.split(",") if given else (), 1):
        try:
            keys.append(base64.b64decode(text.strip(), validate=True))
        except (ValueError, binascii.Error):
            keys.append(b"")
        if len(keys[-1]) != 32:
            raise SettingsError(
                f"FAIRLEAD_ENCRYPTION_KEYS: key {number} is not 32 bytes in base64: "
                "make one with `openssl rand -base64 32`"
            )
    return tuple(keys)


def _secret_key(given: str | None, data_dir: Path) -> bytes:
    if given is not None:
        if len(given) < 32:
            raise SettingsError(
                "FAIRLEAD_SECRET_KEY is too short: use 32 characters or more, such as `openssl rand -hex 32`"
            )
        return given.encode()
    file = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            # Exclusive creation decides which of two processes starting together makes the key.
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        key = file.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"cannot use the data folder {data_dir} ({error.strerror}): set FAIRLEAD_DATA_DIR"
        ) from None
    if len(key) < 32:
        raise SettingsError(f"{file} holds no key: delete the file to have a new one made (signing secrets change)")
    return key.encode()
