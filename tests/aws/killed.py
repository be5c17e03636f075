"""Runs `amts` and kills itself with SIGKILL at one of its requests to AWS: `killed.py N before|after ARGUMENTS…`.

N counts requests from 1 (0: never); `before` the request is sent, or `after` its answer has come. The file that
`REQUESTS_FILE` names gets a line for each request.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from botocore.httpsession import URLLib3Session

from amts_action.cli import main

send = URLLib3Session.send
lines: list[str] = []


def counted(self: Any, request: Any) -> Any:
    """Sends a request, unless it is the one."""
    target = request.headers.get("X-Amz-Target", b"")
    name = target.decode() if isinstance(target, bytes) else target
    lines.append(f"{request.method} {name.rpartition('.')[2] or request.url}")
    here = len(lines) == int(sys.argv[1])
    if here and sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = send(self, request)
    if here:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer


URLLib3Session.send = counted
code = main(sys.argv[3:])
if "REQUESTS_FILE" in os.environ:
    Path(os.environ["REQUESTS_FILE"]).write_text("\n".join(lines))
raise SystemExit(code)
