"""Language models on loopback: a server that speaks chat completions, and one that speaks Bedrock's Converse.

The model behind both is a function from the parsed question to the texts of the answer, so that tests can make it
honest, clumsy or hostile.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from aws import model as checks
from botocore.loaders import Loader
from botocore.model import ServiceModel

Model = Callable[[dict[str, Any]], Any]
"""From the user's message to the answer: an object that becomes JSON, or a text that is sent as it is."""

_WORD = re.compile(r"(<[^>]*>|⟦/?\d+⟧|&\w+;)|[A-Za-z]+")


def chinese(text: str) -> str:
    """A translation that keeps all marks and what is inside of protected spans: every word becomes 词."""
    parts = re.split(r'(<span translate="no"[^>]*>.*?</span>)', text, flags=re.S)
    return "".join(p if n % 2 else _WORD.sub(lambda m: m.group(1) or "词", p) for n, p in enumerate(parts))


def honest(question: dict[str, Any]) -> dict[str, Any]:
    """Translates every item."""
    return {"translations": [{"id": item["id"], "text": chinese(item["text"])} for item in question["items"]]}


@dataclass
class Fault:
    """What happens to a request in place of an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    cut: bool = False
    stalls: bool = False
    """Nothing comes as long as the server is there."""
    reason: str = ""
    """The reason for which the model stops; the answer is cut in the middle."""


class ModelServer:
    """Serves one model; subclasses know the protocol. `asked` holds the parsed questions that were answered."""

    def __init__(self, model: Model = honest) -> None:
        self.model = model
        self.faults: list[Fault | None] = []
        """For the next requests, in order; None for none."""
        self.asked: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.problems: list[str] = []
        self._lock, self._over = threading.Lock(), threading.Event()
        handler = type("Handler", (_Handler,), {"service": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> ModelServer:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *about: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def items(self) -> list[dict[str, Any]]:
        """All items of all questions."""
        return [item for question in self.asked for item in question["items"]]

    def answer(self, path: str, headers: dict[str, str], raw: bytes) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body; None for a cut connection."""
        with self._lock:
            fault = self.faults.pop(0) if self.faults else None
            self.headers.append(headers)
        if fault is not None and fault.stalls:
            self._over.wait()
        if fault is not None and (fault.cut or fault.stalls):
            return None
        if fault is not None and fault.status:
            return fault.status, fault.headers, fault.body.encode()
        body = json.loads(raw)
        wrong = self.wrong(path, headers, body)
        if wrong:
            self.problems.append(wrong)
            return 400, {}, json.dumps({"message": wrong}).encode()
        question = json.loads(self.question(body))
        said = self.model(question)
        with self._lock:
            self.bodies.append(body)
            self.asked.append(question)
        return 200, {}, json.dumps(self.reply(body, said, fault.reason if fault else "")).encode()

    def wrong(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> str:
        """What is wrong with a request; empty when nothing is."""
        raise NotImplementedError

    def question(self, body: dict[str, Any]) -> str:
        """The user's message."""
        raise NotImplementedError

    def reply(self, body: dict[str, Any], said: Any, reason: str) -> dict[str, Any]:
        """The answer as the protocol has it."""
        raise NotImplementedError


class ChatServer(ModelServer):
    """https://platform.openai.com/docs/api-reference/chat"""

    key = "sk-test-0123456789"

    def wrong(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> str:
        if path != "/v1/chat/completions" or headers.get("authorization", "") not in ("", f"Bearer {self.key}"):
            return f"path {path}, authorization {headers.get('authorization')}"
        roles = [message["role"] for message in body["messages"]]
        form = body.get("response_format", {}).get("type")
        known = {"model", "messages", "response_format", "max_tokens", "max_completion_tokens", "temperature"}
        if roles != ["system", "user"] or form not in (None, "json_schema", "json_object") or set(body) - known:
            return f"request {roles} {form} {sorted(body)}"
        return ""

    def question(self, body: dict[str, Any]) -> str:
        return str(body["messages"][1]["content"])

    def reply(self, body: dict[str, Any], said: Any, reason: str) -> dict[str, Any]:
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        text = text[: len(text) // 2] if reason == "length" else text
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}}
        return {
            "id": "c",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": reason or "stop"}],
            "usage": usage,
        }


class ConverseServer(ModelServer):
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, checked against botocore's
    model of it, both ways."""

    def __init__(self, model: Model = honest) -> None:
        super().__init__(model)
        described = Loader().load_service_model("bedrock-runtime", "service-2")
        self._operation = ServiceModel(described, "bedrock-runtime").operation_model("Converse")

    def wrong(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> str:
        found = re.fullmatch(r"/model/([^/]+)/converse", path)
        allowed = headers.get("authorization", "")
        signed = re.match(r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/us-east-1/bedrock/aws4_request,", allowed)
        if found is None or not signed:
            return f"path {path}, authorization {allowed}"
        try:
            given = {"modelId": unquote(found.group(1)), **_without_documents(body)}
            checks.parsed(self._operation.input_shape, given)
        except checks.Invalid as error:
            return str(error)
        return ""

    def question(self, body: dict[str, Any]) -> str:
        return str(body["messages"][0]["content"][0]["text"])

    def reply(self, body: dict[str, Any], said: Any, reason: str) -> dict[str, Any]:
        tool = body["toolConfig"]["tools"][0]["toolSpec"]["name"] if "toolConfig" in body else ""
        value = said if isinstance(said, dict) else {"translations": str(said)}
        use = {"toolUse": {"toolUseId": "t1", "name": tool, "input": value}}
        content: list[dict[str, Any]] = [{"text": str(said)}] if isinstance(said, str) else [use]
        answer = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reason or "tool_use",
            "usage": {
                "inputTokens": 40,
                "outputTokens": 10,
                "totalTokens": 110,
                "cacheReadInputTokens": 60,
                "cacheWriteInputTokens": 0,
            },
            "metrics": {"latencyMs": 5},
        }
        try:
            checks.parsed(self._operation.output_shape, _without_documents(answer))
        except checks.Invalid as error:
            self.problems.append(f"own answer: {error}")
        return answer


def _without_documents(value: Any) -> Any:
    """A copy without JSON documents (`json`, `input`), which the model describes as structures without members."""
    if isinstance(value, dict):
        return {k: {} if k in ("json", "input") else _without_documents(v) for k, v in value.items()}
    return [_without_documents(v) for v in value] if isinstance(value, list) else value


class _Handler(BaseHTTPRequestHandler):
    service: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        done = self.service.answer(self.path, {k.lower(): v for k, v in self.headers.items()}, raw)
        if done is None:
            self.close_connection = True
            self.connection.close()
            return
        status, headers, body = done
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "Content-Length" in headers  # a body that is shorter than it was said to be

    def log_message(self, *about: object) -> None:
        """Says nothing."""
