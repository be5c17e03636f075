"""Answers each request at once, before it reads the next: shows that neither side waits for the other."""

from __future__ import annotations

import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "text": request["text"]}), flush=True)
