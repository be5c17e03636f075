"""Amazon Translate over HTTP, as botocore's service model defines it, on loopback and port 0.

    with TranslateServer() as server:
        client = boto3.client("translate", endpoint_url=server.url, …)

JSON 1.1 with `X-Amz-Target`; every request is validated against the model, its signature is checked, every answer is
validated too. Whatever the server itself does wrong is noted in `server.problems`, which tests look at in the end.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aws import jobs, model, parallel_data, texts
from aws.faults import Fault, Faults
from aws.sigv4 import Key, Refused, signer
from aws.state import Call, Refusal, State

PREFIX = "AWSShineFrontendService_20170701."
KEY = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
OPERATIONS: dict[str, Callable[[State, dict[str, Any]], dict[str, Any]]] = {
    "TranslateText": texts.translate_text,
    "TranslateDocument": texts.translate_document,
    "ImportTerminology": texts.import_terminology,
    "GetTerminology": texts.get_terminology,
    "ListTerminologies": texts.list_terminologies,
    "DeleteTerminology": texts.delete_terminology,
    "CreateParallelData": parallel_data.create,
    "UpdateParallelData": parallel_data.update,
    "GetParallelData": parallel_data.get,
    "ListParallelData": parallel_data.list_all,
    "DeleteParallelData": parallel_data.delete,
    "StartTextTranslationJob": jobs.start,
    "DescribeTextTranslationJob": jobs.describe,
    "ListTextTranslationJobs": jobs.list_all,
    "StopTextTranslationJob": jobs.stop,
}


class TranslateServer:
    """The service. Its `state` may be looked at and changed; hold `state.lock` while requests may come in."""

    def __init__(self, state: State | None = None, *, keys: tuple[Key, ...] = (KEY,), faults: Faults | None = None):
        self.url = ""
        self.reset(state, keys=keys, faults=faults)
        handler = type("Handler", (_Handler,), {"service": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.state.address = self.url

    def reset(
        self, state: State | None = None, *, keys: tuple[Key, ...] = (KEY,), faults: Faults | None = None
    ) -> None:
        """Everything is as at the start."""
        self.state = state or State()
        self.state.address = self.url
        self.faults = faults or Faults()
        self.keys = {key.access_key: key for key in keys}
        self.problems: list[str] = []
        self.running = self.most_at_once = 0
        """Requests that are being answered, and the greatest number of them so far."""

    def __enter__(self) -> TranslateServer:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def environ(self, key: Key = KEY) -> dict[str, str]:
        """Environment variables that lead a client of AWS here."""
        out = {
            "AWS_ENDPOINT_URL_TRANSLATE": self.url,
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
            "AWS_DEFAULT_REGION": self.state.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        return {**out, "AWS_SESSION_TOKEN": key.token} if key.token else out

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer to a request.

        Raises:
            ConnectionAbortedError: the connection is to be cut.
        """
        operation, request, effect = "", {}, False
        began = time.monotonic()
        try:
            operation, request = self._request(method, path, headers, body)
            fault = self.faults.next(operation) or Fault(status=200)
            if fault.seconds:
                time.sleep(max(0.0, began + fault.seconds - time.monotonic()))
            if fault.when == "before":
                _strike(fault)
            with self.state.lock:
                answer = OPERATIONS[operation](self.state, request)
            effect = True
            if fault.when == "after":
                _strike(fault)
            payload = model.dumped(answer)
            model.parsed(model.service().operation_model(operation).output_shape, payload, "answer")
            self._note(operation, request, "ok", effect)
            return 200, payload
        except ConnectionAbortedError:
            self._note(operation, request, "cut", effect)
            raise
        except (Refused, Refusal) as error:
            self._note(operation, request, error.code, effect)
            return getattr(error, "status", 400), {"__type": error.code, "Message": str(error)}
        except Exception:  # noqa: BLE001
            self.problems.append(traceback.format_exc())
            return 500, {"__type": "InternalServerException", "Message": "see server.problems"}

    def told(self) -> bytes:
        """What happened so far, for those who are another process."""
        calls = [{"operation": c.operation, "answer": c.answer, "took_effect": c.took_effect} for c in self.state.calls]
        jobs = [
            {"id": k, **{n: j["properties"][n] for n in ("JobStatus", "TargetLanguageCodes")}}
            for k, j in self.state.jobs.items()
        ]
        return json.dumps({"calls": calls, "jobs": jobs, "problems": self.problems}).encode()

    def _note(self, operation: str, request: dict[str, Any], answer: str, effect: bool) -> None:
        with self.state.lock:
            self.state.calls.append(Call(operation, request, answer, effect))

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation and its checked request."""
        low = {name.lower(): value for name, value in headers.items()}
        target = low.get("x-amz-target", "")
        operation = target.removeprefix(PREFIX)
        if method != "POST" or path != "/" or not target.startswith(PREFIX) or operation not in OPERATIONS:
            raise Refusal("UnknownOperationException", f"{target[:80]} is not known here", 404)
        if low.get("content-type") != "application/x-amz-json-1.1":
            raise Refusal("UnknownOperationException", "This server speaks JSON 1.1 only", 404)
        key, region = signer(method, path, headers, body, self.keys)
        if region != self.state.region:
            raise Refused("InvalidSignatureException", "Credential should be scoped to a valid region.")
        if operation in key.denied:
            who = f"arn:aws:sts::123456789012:assumed-role/ci/{key.access_key[:4]}"
            what = f"User: {who} is not authorized to perform: translate:{operation}"
            raise Refused("AccessDeniedException", f"{what} because no identity-based policy allows it")
        try:
            shape = model.service().operation_model(operation).input_shape
            return operation, model.parsed(shape, json.loads(body or b"{}"))
        except model.Invalid as error:
            raise Refusal("ValidationException", f"1 validation error detected: {error}") from None
        except ValueError:
            raise Refusal("SerializationException", "The request is not JSON") from None


def _strike(fault: Fault) -> None:
    if fault.cut:
        raise ConnectionAbortedError
    if fault.code:
        raise Refusal(fault.code, fault.message, fault.status)


class _Handler(BaseHTTPRequestHandler):
    service: TranslateServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with self.service.state.lock:
            self.service.running += 1
            self.service.most_at_once = max(self.service.most_at_once, self.service.running)
        try:
            status, answer = self.service.answer("POST", self.path, dict(self.headers.items()), body)
        except ConnectionAbortedError:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        finally:
            with self.service.state.lock:
                self.service.running -= 1
        self._send(status, json.dumps(answer).encode(), "application/x-amz-json-1.1")

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with self.service.state.lock:
            data = self.service.told() if path == "/admin/state" else self.service.state.files.get(path)
        self._send(200 if data is not None else 403, data or b"<Error><Code>AccessDenied</Code></Error>", "text/plain")

    def _send(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        with suppress(BrokenPipeError, ConnectionResetError):  # a client that was killed
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
