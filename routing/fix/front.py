"""TLS before an acceptor: QuickFIX checks who signed a certificate, and cannot say whose certificate it was.

So TLS ends here. The first message of a connection says which session it wants; ``admit`` compares that with the
certificate and the address, and only then is the connection handed on, byte by byte, to the engine's socket in the
file system, which is open to nobody else. One thread, whatever the number of connections.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from routing.fix.codec import header
from routing.fix.link import Tls

log = logging.getLogger(__name__)
# A counterparty has this long for handshake and Logon, and so much room.
PATIENCE_S, LARGEST_LOGON, CHUNK = 10.0, 8_192, 65_536


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is at the other end: the address, the certificate in DER ("" bytes: none), and its subject's common name."""

    address: str
    certificate: bytes
    common_name: str


# The header of a Logon by tag, and who sent it: why it is not let in, or None.
Admit = Callable[[Mapping[str, str], Caller], str | None]


class Front:
    """Listens on ``host`` and ``port``; ``path`` is the engine's socket."""

    def __init__(self, host: str, port: int, tls: Tls, path: str, admit: Admit) -> None:
        self.address, self.path, self.admit = (host, port), path, admit
        self._context = _context(tls)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="tls", daemon=True)
        self._ready = threading.Event()
        self._failure: OSError | None = None

    def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Close the address and every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        opened = asyncio.start_server(
            self._serve, *self.address, ssl=self._context, ssl_handshake_timeout=PATIENCE_S, limit=CHUNK
        )
        try:
            server = self._loop.run_until_complete(opened)
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                first = await _first(reader)
            caller = _caller(writer)
            refusal = self.admit(header(first.decode("ascii", "replace")), caller) if first else "no Logon"
            if refusal:
                log.warning("a connection from %s is closed: %s", caller.address, refusal)
                return
            inside, outside = await asyncio.open_unix_connection(self.path)
            outside.write(first)
            await _both(_pump(reader, outside), _pump(inside, writer))
            outside.close()
        except (OSError, TimeoutError) as error:
            log.info("a connection ended: %s", error)
        except Exception:
            # One connection must not take the others with it; it is closed, and somebody reads why.
            log.exception("a connection could not be served")
        finally:
            writer.close()


async def _both(*pumps: Any) -> None:
    """Until either direction ends; then the other is of no use."""
    tasks = [asyncio.ensure_future(pump) for pump in pumps]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        target.write(data)
        await target.drain()


async def _first(reader: asyncio.StreamReader) -> bytes:
    """The first message, with whatever came with it; empty when it is no FIX message."""
    data = b""
    while b"\x0110=" not in data or not data.endswith(b"\x01"):
        more = await reader.read(LARGEST_LOGON)
        data += more
        if not more or len(data) > LARGEST_LOGON or not data.startswith(b"8=FIX"[: len(data)]):
            return b""
    return data


def _caller(writer: asyncio.StreamWriter) -> Caller:
    secure: Any = writer.get_extra_info("ssl_object")
    subject = (secure.getpeercert() or {}).get("subject", ())
    names = [value for part in subject for key, value in part if key == "commonName"]
    shown = secure.getpeercert(binary_form=True) or b""
    return Caller(str(writer.get_extra_info("peername")[0]), shown, names[0] if names else "")


def _context(tls: Tls) -> ssl.SSLContext:
    """As QuickFIX would: with authorities everybody shows a certificate that one of them signed, or that is one."""
    tls.settings("acceptor")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.authorities:
        context.load_verify_locations(tls.authorities)
        context.verify_mode = ssl.CERT_REQUIRED
        # A certificate may be trusted by itself, without the authority that signed it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
