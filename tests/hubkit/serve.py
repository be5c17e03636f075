"""Serves git repositories as a GitHub would: `python tests/hubkit/serve.py books/zh=book-zh books/en=book-en`.

Prints the variables to set, one a line, then serves until it is interrupted. The repositories given are copied;
what is pushed lands in the copies below `--root`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from hubkit.hub import Hub  # noqa: E402
from hubkit.server import Server  # noqa: E402


def main(argv: list[str]) -> int:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", metavar="OWNER/NAME=FOLDER", help="a git repository to copy from")
    parser.add_argument("--root", type=Path, help="empty folder for the copies (default: a temporary one)")
    parser.add_argument("--port", type=int, default=0, help="port on loopback (default: a free one)")
    parser.add_argument("--private", action="store_true", help="nothing is visible without the token")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(args.root or Path(folder))
        server = Server(hub, args.port)
        for text in args.repositories:
            name, _, source = text.partition("=")
            hub.repository(name, Path(source).resolve(), private=args.private)
        print(f"GITHUB_SERVER_URL={hub.url}")
        print(f"GITHUB_API_URL={hub.api_url}")
        print(f"GITHUB_TOKEN={hub.token()}", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
        for problem in hub.problems:
            print(problem, file=sys.stderr)
        return 1 if hub.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
