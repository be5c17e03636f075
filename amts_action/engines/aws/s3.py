"""A folder in S3: what is put there, read, listed and removed. Objects are never made public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from amts_action.engines.aws.clients import AwsError, aws_errors, client
from amts_action.errors import InputError

__all__ = ["Folder", "open_folder"]

_URI = re.compile(r"s3://([a-z0-9][.\-a-z0-9]{1,61}[a-z0-9])(?:/(.*))?")
_AT_ONCE = 1000
"""Keys that one call removes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A bucket and a prefix that ends with a slash; all names are relative to it."""

    client: Any = field(repr=False)
    bucket: str
    prefix: str
    kms_key: str = ""
    """A KMS key for what is written; empty: as the bucket is set up."""

    @property
    def uri(self) -> str:
        """`s3://bucket/prefix/`."""
        return f"s3://{self.bucket}/{self.prefix}"

    def within(self, name: str) -> Folder:
        """A folder inside this one."""
        return Folder(self.client, self.bucket, f"{self.prefix}{name.strip('/')}/", self.kms_key)

    def put(self, name: str, data: bytes | BinaryIO, *, only_new: bool = False) -> bool:
        """Writes an object of up to 5 GB; False when `only_new` and there is one already.

        S3 decides such a race: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html

        Raises:
            InputError, AwsError: the bucket is not there, or writing is not allowed.
        """
        more: dict[str, str] = {"IfNoneMatch": "*"} if only_new else {}
        if self.kms_key:
            more |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}
        try:
            with aws_errors(self.uri):
                self.client.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=data, **more)
        except AwsError as error:
            if only_new and error.code in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise
        return True

    def get(self, name: str) -> bytes | None:
        """An object; None when there is none.

        Raises:
            InputError, AwsError: the bucket is not there, or reading is not allowed.
        """
        try:
            with aws_errors(self.uri):
                return bytes(self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"].read())
        except AwsError as error:
            if error.kind == "missing":
                return None
            raise

    def names(self) -> Iterator[str]:
        """Names of all objects, those in folders inside included.

        Raises:
            InputError, AwsError: the bucket is not there, or listing is not allowed.
        """
        with aws_errors(self.uri):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            for page in pages:
                for item in page.get("Contents", []):
                    yield item["Key"].removeprefix(self.prefix)

    def remove(self, names: Iterable[str]) -> None:
        """Removes objects; those that are not there are no error.

        Raises:
            AwsError: removing is not allowed.
        """
        keys = [{"Key": self.prefix + name} for name in names]
        for start in range(0, len(keys), _AT_ONCE):
            with aws_errors(self.uri):
                what = {"Objects": keys[start : start + _AT_ONCE], "Quiet": True}
                failed = self.client.delete_objects(Bucket=self.bucket, Delete=what).get("Errors", [])
            if failed:
                code = str(failed[0].get("Code", ""))
                raise AwsError(f"{len(failed)} objects could not be removed ({code})", code=code, where=self.uri)

    def clear(self, *, last: str = "") -> None:
        """Removes everything, the object `last` after all others: it says what the rest is."""
        names = list(self.names())
        self.remove(name for name in names if name != last)
        self.remove(name for name in names if name == last)


def _split(uri: str, where: str) -> tuple[str, str]:
    found = _URI.fullmatch(uri.strip())
    if found is None:
        raise InputError(f"{uri[:80]!r} is no address in S3", where=where, mend="write s3://BUCKET/FOLDER/")
    path = (found.group(2) or "").strip("/")
    return found.group(1), f"{path}/" if path else ""


def open_folder(uri: str, *, region: str = "", kms_key: str = "") -> Folder:
    """The folder at an address such as `s3://my-bucket/amts/`. Nothing is asked of S3 yet.

    Raises:
        InputError: no address, the bucket's top (Amazon Translate does not read from there), or no AWS region.
    """
    if not uri.strip():
        raise InputError("not given", where="--s3-uri", mend="give a folder that the role can use: s3://BUCKET/FOLDER/")
    bucket, prefix = _split(uri, "--s3-uri")
    if not prefix:
        raise InputError("this is a bucket's top", where="--s3-uri", mend="give a folder in it: s3://BUCKET/FOLDER/")
    return Folder(client("s3", region=region), bucket, prefix, kms_key)
