"""A translator for the tests of whole runs: `translator.py LOG [WORD ...]`.

Puts `译` before every text, and refuses the texts that hold one of the words. Every text it gets is appended to LOG,
one JSON string a line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

log, *refused = sys.argv[1:]
requests = [json.loads(line) for line in sys.stdin if line.strip()]
with Path(log).open("a", encoding="utf-8") as out:
    out.writelines(json.dumps(request["text"]) + "\n" for request in requests)
for request in requests:
    bad = any(word in request["text"] for word in refused)
    reply = {"error": "refused"} if bad else {"text": "译" + request["text"]}
    print(json.dumps({"id": request["id"], **reply}))
