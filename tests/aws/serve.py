"""Runs S3 and Amazon Translate as one process until it is ended: `python tests/aws/serve.py`.

The first line of its output is a JSON object: the environment variables that lead the AWS tools and `amts` here. With
`--shell` it is lines for `eval`. `GET /admin/state` at the Translate address tells what happened so far.
"""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aws.cloud import Cloud
from aws.state import State


def main() -> None:
    """Serves until the process gets a signal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shell", action="store_true", help="print the variables as shell commands")
    parser.add_argument("--region", default="us-east-1", help="the region that it stands for (us-east-1)")
    parser.add_argument("--job-seconds", type=float, default=60.0, help="how long a job takes, by the server's clock")
    options = parser.parse_args()
    state = State(region=options.region, job_seconds=options.job_seconds)
    with Cloud(state) as cloud:
        variables = cloud.environ()
        if options.shell:
            print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()), flush=True)
        else:
            print(json.dumps(variables), flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
