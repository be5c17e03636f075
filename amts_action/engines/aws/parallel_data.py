"""Parallel data resources of Amazon Translate: created or updated when their content changed, looked at, deleted.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data-create.html. Whether the content
changed is told by its SHA-256 in the description, since an update takes no tags. While an update runs the status stays
ACTIVE and only the latest attempt's status moves. One creation or update at a time is allowed in an account and region;
which error says so is not documented, so all candidates are waited out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from amts_action.engines.aws.clients import AwsError, aws_errors, region_of
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.regions import check_name, check_region
from amts_action.engines.aws.s3 import Folder
from amts_action.engines.service.messages import error_text
from amts_action.errors import PendingError

__all__ = ["BUSY", "Pushed", "Resource", "delete", "describe", "digest_of", "names_of", "push", "record_errors"]

BUSY: Final = frozenset({"ConflictException", "ConcurrentModificationException", "LimitExceededException"})
"""Errors that may mean that another creation or update is going on."""
_DIGEST: Final = re.compile(r"\bsha256 ([0-9a-f]{64})\b")
_MAX_ERROR_FILE: Final = 1_000_000
LOOKS: Final = 5
"""Times that a resource is looked for after the service accepted a request for it, with growing pauses; then the
request is made again."""
TRIES: Final = 3
"""Requests that are accepted and come to nothing before the push gives up."""
_SHOWN: Final = 20
"""Record errors that are shown."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A parallel data resource as Amazon Translate describes it."""

    name: str
    status: str
    """CREATING, ACTIVE, FAILED or DELETING."""
    attempt: str = ""
    """Status of the latest update: UPDATING, ACTIVE or FAILED; empty when there was none."""
    changed: str = ""
    """When it was created or an update was last tried."""
    digest: str = ""
    """SHA-256 of the file that we last gave; empty when it was made by something else."""
    source_lang: str = ""
    target_langs: tuple[str, ...] = ()
    imported: int = 0
    """Records."""
    failed: int = 0
    skipped: int = 0
    message: str = ""
    error_file: str = ""
    """Presigned address of the file that says which records failed; a secret for 30 minutes."""

    @property
    def is_busy(self) -> bool:
        """Whether something is going on."""
        return self.status in ("CREATING", "DELETING") or self.attempt == "UPDATING"

    @property
    def has_failed(self) -> bool:
        """Whether its creation or latest update failed."""
        return self.status == "FAILED" or self.attempt == "FAILED"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a push."""

    resource: Resource
    action: str
    """`created`, `updated` or `unchanged`."""
    errors: tuple[str, ...] = ()
    """Records that Amazon Translate did not take, and why; at most 20."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    out = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            out.update(block)
    return out.hexdigest()


def describe(client: Any, name: str) -> Resource | None:
    """The resource of that name; None when there is none.

    Raises:
        InputError, AwsError: the service refused.
    """
    try:
        with aws_errors(f"parallel data {name}"):
            answer = client.get_parallel_data(Name=name)
    except AwsError as error:
        if error.kind == "missing":
            return None
        raise
    return _resource(answer)


def names_of(client: Any) -> list[str]:
    """Names of all resources of the account in the region.

    Raises:
        InputError, AwsError: the service refused.
    """
    out: list[str] = []
    token: dict[str, str] = {}
    while True:
        with aws_errors("parallel data"):
            page = client.list_parallel_data(MaxResults=100, **token)
        out += [about["Name"] for about in page.get("ParallelDataPropertiesList", [])]
        if not page.get("NextToken"):
            return out
        token = {"NextToken": page["NextToken"]}


def _resource(answer: Mapping[str, Any]) -> Resource:
    about = answer["ParallelDataProperties"]
    found = _DIGEST.search(about.get("Description") or "")
    latest = answer.get("LatestUpdateAttemptAuxiliaryDataLocation") or answer.get("AuxiliaryDataLocation") or {}
    return Resource(
        about["Name"],
        about.get("Status", ""),
        about.get("LatestUpdateAttemptStatus", ""),
        str(about.get("LatestUpdateAttemptAt") or about.get("CreatedAt") or ""),
        found.group(1) if found else "",
        about.get("SourceLanguageCode", ""),
        tuple(about.get("TargetLanguageCodes", ())),
        about.get("ImportedRecordCount") or 0,
        about.get("FailedRecordCount") or 0,
        about.get("SkippedRecordCount") or 0,
        error_text(about.get("Message") or ""),
        latest.get("Location", ""),
    )


def push(
    client: Any, folder: Folder, path: Path, *, name: str, form: str, patience: Patience, kms_key: str = ""
) -> Pushed:
    """Makes the resource `name` hold the file, and waits until it does.

    The file lies in `folder` meanwhile and is removed in the end. Stopped anywhere and called again, it goes on.

    Args:
        form: `csv`, `tsv` or `tmx`.
        kms_key: for a resource that is created; an existing one keeps its key.

    Raises:
        InputError: the name or the region cannot be used.
        AwsError: the service refused, or did not take the file.
        PendingError: the time is over.
    """
    check_name(name, "--name")
    check_region(region_of(client))
    digest = digest_of(path)
    place, file = folder.within(f"parallel-data/{name}"), f"{digest[:16]}.{form}"
    config = {"S3Uri": place.uri + file, "Format": form.upper()}
    action, is_there, looks, tries = "unchanged", False, 0, 0
    while True:
        found = describe(client, name)
        if found is not None and found.is_busy:
            _wait(patience, name, "updating" if found.status == "ACTIVE" else found.status.lower())
            continue
        if found is not None and found.digest == digest and not found.has_failed:
            break
        if found is not None and found.digest == digest and action != "unchanged":
            place.clear()
            what = found.message or "no reason given"
            raise AwsError(f"Amazon Translate did not take the file: {what}", where=f"parallel data {name}")
        if action != "unchanged" and looks < LOOKS:  # accepted, but not to be seen yet
            looks += 1
            _wait(patience, name, "accepted, and not there yet")
            continue
        if tries == TRIES:
            what = "Amazon Translate accepts the file and does nothing"
            raise AwsError(what, where=f"parallel data {name}", mend="wait some minutes, and run again")
        if not is_there:
            with path.open("rb") as data:
                is_there = place.put(file, data)
        done = _started(client, found, name, digest, config, kms_key, tries)
        if done:
            action, looks, tries = done, 0, tries + 1
            patience.again()
        else:
            _wait(patience, name, "another creation or update is going on")
    place.clear()
    return Pushed(found, action, record_errors(found))


def _started(
    client: Any, found: Resource | None, name: str, digest: str, config: Mapping[str, str], kms_key: str, tries: int
) -> str:
    """`created` or `updated` when the service accepted; empty when it is busy.

    A service may answer a token that it has seen as it did then, also when the resource has been deleted since: so
    each try that came to nothing changes it.
    """
    state = sha256(f"{name} {digest} {found.changed if found else ''} {tries or ''}".strip().encode()).hexdigest()
    same = {
        "Name": name,
        "Description": f"Made by AMTS; sha256 {digest}",
        "ParallelDataConfig": config,
        "ClientToken": f"amts-{state[:48]}",  # another one after a failure, the same one after an interruption
    }
    key = {"EncryptionKey": {"Type": "KMS", "Id": kms_key}} if kms_key else {}
    try:
        with aws_errors(f"parallel data {name}"):
            if found is None:
                client.create_parallel_data(**same, **key)
                return "created"
            client.update_parallel_data(**same)
            return "updated"
    except AwsError as error:
        if error.code in BUSY:
            return ""
        raise


def _wait(patience: Patience, name: str, why: str) -> None:
    patience.tell(f"parallel data {name}: {why}")
    if not patience.pause():
        raise PendingError(f"not ready yet ({why})", where=f"parallel data {name}", mend="run again later")


def record_errors(resource: Resource) -> tuple[str, ...]:
    """The first records that were not taken, from the resource's error file; nothing when it cannot be read."""
    if not resource.failed or not resource.error_file:
        return ()
    from urllib.request import urlopen

    # The address comes from the service; http is for servers on this machine only.
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", resource.error_file):
        return ()
    try:
        with urlopen(resource.error_file, timeout=30) as answer:
            content = json.loads(answer.read(_MAX_ERROR_FILE))
        messages = [(str(m.get("content", "")), str(m.get("message", ""))) for m in content["messages"][:_SHOWN]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()  # the counts are shown all the same
    return tuple(error_text(f"{where}: {why}") for where, why in messages)


def delete(client: Any, name: str, *, patience: Patience) -> bool:
    """Deletes a resource and waits until it is gone; False when there was none.

    Raises:
        AwsError: the service refused.
        PendingError: the time is over.
    """
    check_name(name, "--name")
    asked = False
    while (found := describe(client, name)) is not None:
        if not asked and not found.is_busy:
            try:
                with aws_errors(f"parallel data {name}"):
                    client.delete_parallel_data(Name=name)
                asked = True
            except AwsError as error:
                if error.kind == "missing":
                    break
                if error.code not in BUSY:
                    raise
        _wait(patience, name, found.status.lower() if found.is_busy else "being deleted")
    return asked
