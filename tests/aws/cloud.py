"""One small cloud on loopback: moto's S3 and Amazon Translate beside each other, with a bucket."""

from __future__ import annotations

import logging
import urllib.request
from types import TracebackType
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from aws.server import KEY, TranslateServer
from aws.state import ROLE, State

BUCKET = "books"


class Cloud:
    """S3 and Translate, running. Use it as a context manager; what S3 holds is gone when it starts."""

    def __init__(self, state: State | None = None) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.translate = TranslateServer(state)
        self.s3_url = ""
        self.s3: Any = None
        """A client of S3."""

    @property
    def state(self) -> State:
        """What Amazon Translate remembers."""
        return self.translate.state

    def __enter__(self) -> Cloud:
        self._moto.start()
        self.s3_url = "http://{}:{}".format(*self._moto.get_host_and_port())
        self.s3 = boto3.client(
            "s3",
            endpoint_url=self.s3_url,
            region_name=self.state.region,
            aws_access_key_id=KEY.access_key,
            aws_secret_access_key=KEY.secret_key,
        )
        self.translate.__enter__()
        self.reset(self.state)
        return self

    def reset(self, state: State | None = None) -> None:
        """Everything is as at the start; moto's state outlives even its server."""
        request = urllib.request.Request(f"{self.s3_url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        self.translate.reset(state)
        self.state.s3 = self.s3
        where = {"LocationConstraint": self.state.region} if self.state.region != "us-east-1" else None
        self.s3.create_bucket(Bucket=BUCKET, **({"CreateBucketConfiguration": where} if where else {}))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.translate.__exit__(kind, error, where)
        self._moto.stop()

    def environ(self) -> dict[str, str]:
        """Environment variables that lead clients here, and the engine's settings."""
        return {
            **self.translate.environ(),
            "AWS_ENDPOINT_URL_S3": self.s3_url,
            "AMTS_S3_URI": f"s3://{BUCKET}/amts/",
            "AMTS_ROLE_ARN": ROLE,
        }

    def objects(self, prefix: str = "") -> list[str]:
        """What is in the bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]
