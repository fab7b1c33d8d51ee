"""Files read by a child process (`gateway.imports.child`), and what it says of them. The file is its standard input.

Whatever a file does to the child becomes a FileProblem; the gateway holds no more of it than a batch of rows.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import IO, TypeVar

import msgspec

from gateway import ROOT
from gateway.imports.child import TOO_MUCH, Batch, Outline, Question, Table, Trouble
from gateway.imports.file_problem import FileProblem
from gateway.imports.rows import Wanted

LONGEST_LINE = 32 * 1024**2
# From one line to the next. The child's own limit is on the time it works; this one is for a child that does not.
SECONDS_OF_SILENCE = 300
MOST_CHILDREN = 2

# Neither secrets nor settings of ours.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}

Answer = TypeVar("Answer", Outline, Batch, Table)

_children = asyncio.Semaphore(MOST_CHILDREN)


async def outline_of(file: IO[bytes]) -> Outline:
    """What there is in a file. Raises FileProblem."""
    async with _lines(file, Question()) as lines:
        async for line in lines:
            return _decoded(line, Outline)
    raise FileProblem(TOO_MUCH)


async def table_of(file: IO[bytes], most: int) -> Table:
    """The first rows of the first sheet, as they are. Raises FileProblem."""
    async with _lines(file, Question(rows=most)) as lines:
        async for line in lines:
            return _decoded(line, Table)
    raise FileProblem(TOO_MUCH)


async def batches_of(file: IO[bytes], wanted: Wanted) -> AsyncIterator[Batch]:
    """The rows of a sheet, some hundred at a time. Raises FileProblem."""
    async with _lines(file, Question(wanted)) as lines:
        async for line in lines:
            yield _decoded(line, Batch)


@asynccontextmanager
async def _lines(file: IO[bytes], question: Question) -> AsyncIterator[AsyncIterator[bytes]]:
    """What the child says to the question. It is gone afterwards, whether or not all of it was heard."""
    file.seek(0)
    async with _children:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.imports.child",
            msgspec.json.encode(question).decode(),
            stdin=file,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd=ROOT,
            limit=LONGEST_LINE,
        )
        try:
            yield _said(child)
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _said(child: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    assert child.stdout is not None
    try:
        while line := await _next_line(child.stdout):
            yield line
    except (TimeoutError, ValueError) as error:
        raise FileProblem(TOO_MUCH) from error
    if await child.wait() != 0:
        raise FileProblem(TOO_MUCH)


async def _next_line(said: asyncio.StreamReader) -> bytes:
    # asyncio.wait_for() would go on if it was called off in the moment in which the line is there.
    async with asyncio.timeout(SECONDS_OF_SILENCE):
        return await said.readline()


def _decoded(line: bytes, type_: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(line, type=type_)
    except msgspec.ValidationError:
        raise FileProblem(msgspec.json.decode(line, type=Trouble).problem) from None
