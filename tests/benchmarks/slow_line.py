"""A slow line: a PostgreSQL as if it stood far away, by a TCP proxy on loopback in a process of its own.

    .venv/bin/python -m tests.benchmarks.slow_line HOST PORT MILLISECONDS

prints its port and serves until it is stopped; HOST may be the folder of a Unix socket. What the server answers is
handed on so many milliseconds later, so each round trip takes that much longer, while many rows take no longer than
few: the line is slow, not narrow.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.workplace import ROOT

BLOCK = 1 << 16


@contextmanager
def slow_line(url: str, milliseconds: int) -> Iterator[str]:
    """The URL of the same database at the end of a slow line. Encryption is off: it would cost a round trip more."""
    place = conninfo_to_dict(url)
    host, port = str(place.get("host") or "localhost"), str(place.get("port") or 5432)
    command = [sys.executable, "-m", "tests.benchmarks.slow_line", host, port, str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as proxy:
        try:
            assert proxy.stdout is not None
            own = proxy.stdout.readline().strip()
            who = f"{place.get('user') or 'postgres'}:{place.get('password') or ''}"
            yield f"postgresql://{who}@127.0.0.1:{own}/{place.get('dbname') or 'postgres'}?sslmode=disable"
        finally:
            proxy.terminate()


async def serve(host: str, port: int, delay: float) -> None:
    server = await asyncio.start_server(partial(_joined, host, port, delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _joined(
    host: str, port: int, delay: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection: questions go through at once, answers later."""
    if host.startswith("/"):
        answers, questions = await asyncio.open_unix_connection(str(Path(host) / f".s.PGSQL.{port}"))
    else:
        answers, questions = await asyncio.open_connection(host, port)
    await asyncio.gather(_carried(reader, questions, 0), _carried(answers, writer, delay), return_exceptions=True)


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Hands on each block when its time has come; those behind it are read meanwhile and wait no longer."""
    clock = asyncio.get_running_loop().time
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        block = b"begin"
        while block:
            due, block = await under_way.get()
            if (wait := due - clock()) > 0:
                await asyncio.sleep(wait)
            writer.write(block)
            await writer.drain()
        writer.close()

    arriving = asyncio.create_task(arrive())
    block = b"begin"
    while block:
        try:
            block = await reader.read(BLOCK)
        except ConnectionError:
            block = b""
        under_way.put_nowait((clock() + delay, block))
    await arriving


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) / 1000))
