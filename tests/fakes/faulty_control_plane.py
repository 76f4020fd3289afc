"""faulty_control_plane.py - stands between berthd and berth-lab: writes down reports, breaks what it is told.

    plane = FaultyControlPlane(lab_port)          # listens at plane.port, in a thread of its own
    plane.break_calls("SubmitTaskStateChange", "throttle", times=3)
    plane.sent()                                  # all reports, in the order of their coming

Faults of a call: 500, throttle, skew (a refused signature and a clock an hour ahead), close (not handed
on), cut (handed on, the answer is broken off in the middle), lost (handed on, no answer), hang (accepted,
never answered), slow (answered 2 s later). The sessions can be cut; freeze, which means that they stay
open and nothing comes through any more; or be held, and what was to come comes later.
"""
import asyncio
import dataclasses
import email.utils
import json
import threading
import time

SLOW_SECONDS = 2
AHEAD_SECONDS = 3600
LIMIT = 8 << 20


@dataclasses.dataclass
class Report:
    """One SubmitTaskStateChange as it came."""
    body: dict
    taken: bool = False  # the lab answered 200, whatever became of that answer


@dataclasses.dataclass
class Rule:
    operation: str
    fault: str
    left: int


async def read_head(reader):
    """The head of a message, the names of its fields in lower case; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None, {}
    fields = dict(line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:] if line)
    return head, {name.lower(): value.strip() for name, value in fields.items()}


async def read_message(reader):
    head, fields = await read_head(reader)
    if head is None:
        return None, {}, b""
    try:
        body = await reader.readexactly(int(fields.get("content-length", 0)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None, {}, b""
    return head, fields, body


def refusal(status, code, message, ahead=0):
    body = json.dumps({"__type": code, "message": message}).encode()
    date = email.utils.formatdate(time.time() + ahead, usegmt=True)
    return (f"HTTP/1.1 {status} x\r\nContent-Type: application/x-amz-json-1.1\r\nDate: {date}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


REFUSALS = {
    "500": lambda: refusal(500, "ServerException", "planned"),
    "throttle": lambda: refusal(400, "ThrottlingException", "Rate exceeded"),
    "skew": lambda: refusal(403, "InvalidSignatureException", "Signature expired", AHEAD_SECONDS),
}


class FaultyControlPlane:
    """The lab may come and go. All of its state belongs to the loop's thread or is guarded by _lock."""

    def __init__(self, lab_port):
        self._lab_port = lab_port
        self._lock = threading.Lock()
        self._rules, self._sessions, self._tasks = [], set(), set()
        self._hung = []
        self._flows = asyncio.Event()
        self._flows.set()
        self._reports, self._counts = [], {}
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    # What tests say.

    def break_calls(self, operation, fault, times=1):
        with self._lock:
            self._rules.append(Rule(operation, fault, times))

    def counted(self, fault):
        """How often a fault was done."""
        with self._lock:
            return self._counts.get(fault, 0)

    def cut_sessions(self):
        self._do(self._cut)

    def freeze_sessions(self):
        """Those that are open; new ones work."""
        self._do(self._freeze)

    def hold_sessions(self):
        """What the lab says waits, until flow()."""
        self._do(self._flows.clear)

    def flow(self):
        self._do(self._flows.set)

    def clear(self):
        """No fault any more; calls that hang are closed."""
        with self._lock:
            self._rules.clear()
        self._do(self._let_go)

    def sent(self):
        with self._lock:
            return list(self._reports)

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, what):
        """Returns when the loop's thread has done it."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (what(), done.set()))
        done.wait()

    # The loop's thread.

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LIMIT))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))

    def _cut(self):
        for _, writers in list(self._sessions):
            for writer in writers:
                writer.transport.abort()

    def _freeze(self):
        for frozen, _ in self._sessions:
            frozen.set()

    def _let_go(self):
        for event in self._hung:
            event.set()
        self._hung.clear()
        self._flows.set()

    def _next_fault(self, operation):
        with self._lock:
            for rule in self._rules:
                if rule.operation in (operation, "*") and rule.left > 0:
                    rule.left -= 1
                    self._counts[rule.fault] = self._counts.get(rule.fault, 0) + 1
                    return rule.fault
        return ""

    def _note(self, operation, body):
        if operation != "SubmitTaskStateChange":
            return None
        report = Report(json.loads(body))
        with self._lock:
            self._reports.append(report)
        return report

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._serve_connection(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of the two went away; the other hears it by the close
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve_connection(self, reader, writer):
        while True:
            head, fields, body = await read_message(reader)
            if head is None:
                return
            if "upgrade" in fields:
                await self._serve_session(head, reader, writer)
                return
            if not await self._serve_call(head, fields, body, writer):
                return

    async def _serve_call(self, head, fields, body, writer):
        """True when the connection goes on."""
        operation = fields.get("x-amz-target", "").rpartition(".")[2]
        fault = self._next_fault(operation)
        report = self._note(operation, body)
        if fault in REFUSALS:
            writer.write(REFUSALS[fault]())
            await writer.drain()
            return True
        if fault == "close":
            return False
        if fault == "hang":
            await self._hang()
            return False
        answer, status = await self._ask_lab(head + body)
        if report:
            report.taken = status == 200
        if fault == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        if fault in ("cut", "lost"):
            writer.write(answer[:len(answer) // 2] if fault == "cut" else b"")
            await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return True

    async def _hang(self):
        event = asyncio.Event()
        self._hung.append(event)
        await event.wait()

    async def _ask_lab(self, request):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._lab_port, limit=LIMIT)
        try:
            writer.write(request)
            await writer.drain()
            head, _, body = await read_message(reader)
            if head is None:
                raise ConnectionResetError("the lab went away")
            return head + body, int(head.split()[1])
        finally:
            writer.close()

    async def _serve_session(self, head, reader, writer):
        fault = self._next_fault("session")
        if fault in REFUSALS:
            writer.write(REFUSALS[fault]())
            await writer.drain()
            return
        if fault == "hang":
            await self._hang()
            return
        lab_reader, lab_writer = await asyncio.open_connection("127.0.0.1", self._lab_port)
        frozen = asyncio.Event()
        session = (frozen, (writer, lab_writer))
        self._sessions.add(session)
        try:
            lab_writer.write(head)
            up = asyncio.create_task(pump(reader, lab_writer, frozen))
            down = asyncio.create_task(pump(lab_reader, writer, frozen, self._flows))
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            down.cancel()
        finally:
            self._sessions.discard(session)
            lab_writer.close()


async def pump(reader, writer, frozen, flows=None):
    while True:
        data = await reader.read(65536)
        if not data:
            return
        if flows:
            await flows.wait()
        if not frozen.is_set():
            writer.write(data)
            await writer.drain()
