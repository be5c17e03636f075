"""Batch jobs of Amazon Translate, kept in a folder of S3 so that a later run, on any machine, finds them again.

`jobs/KEY/manifest.json` is written before anything else of a job and removed after everything else: it says what the
folder is for, holds the exact request, and later the job's id. So a run may be stopped anywhere: the next one finds a
manifest without a job and sends the same request with the same ClientToken, which starts no second job; or finds the
job, running or done, and collects it. KEY comes from the content, so that two runs at once meet in one folder; S3
decides which of them writes the manifest.

All translations of one English book keep their jobs in one folder, and a job may be for several of them. Each takes its
own language from there, whenever and wherever its run comes by, and leaves `done/BOOK`; the last one clears the folder.
https://docs.aws.amazon.com/translate/latest/APIReference/API_StartTextTranslationJob.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import uuid4

from amts_action.engines.aws.clients import AwsError, aws_errors
from amts_action.engines.aws.documents import BatchDocument, replies, written
from amts_action.engines.aws.s3 import Folder
from amts_action.engines.service.acceptance import EngineRequest
from amts_action.engines.service.messages import error_text
from amts_action.errors import AmtsError

__all__ = [
    "OVER",
    "Collected",
    "Manifest",
    "collect",
    "discard",
    "is_there",
    "leave",
    "manifests",
    "reserve",
    "start",
    "status_of",
    "sweep",
]

OVER: Final = frozenset({"COMPLETED", "COMPLETED_WITH_ERROR", "FAILED", "STOPPED"})
MANIFEST: Final = "manifest.json"
DONE: Final = "done/"
_AT_ONCE: Final = 8
"""Objects that are read or written at the same time."""
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """What a job is for."""

    key: str
    """Name of its folder."""
    kind: str
    """The same for jobs that may serve each other: source language, terminology, kind of parallel data."""
    readers: Mapping[str, str]
    """The translated books that it is for, by target language (Amazon's code)."""
    pages: tuple[BatchDocument, ...]
    request: Mapping[str, Any]
    """The request that starts it, ClientToken included."""
    created: float
    """Seconds since 1970."""
    job: str = ""
    """The job's id; empty: not known to be started."""
    is_delivered: bool = False
    """What it gave is committed: the folder is to be removed."""
    done: frozenset[str] = frozenset()
    """The books that have what they wanted."""

    def serves(self, kind: str, book: str, target: str) -> bool:
        """Whether a run of that kind and book finds its language there."""
        return self.kind == kind and self.readers.get(target) == book and book not in self.done

    @property
    def keys(self) -> frozenset[str]:
        """Keys of its segments."""
        return frozenset(key for page in self.pages for key in page.keys)

    def as_json(self) -> bytes:
        """As it is kept."""
        names = ("kind", "readers", "request", "created", "job", "is_delivered")
        value = {name: getattr(self, name) for name in names}
        value["pages"] = {page.name: list(page.keys) for page in self.pages}
        return json.dumps({"version": 1, **value}, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Collected:
    """What a job gave for one language."""

    replies: Mapping[str, str] = field(default_factory=dict)
    """By the segment's key."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why a segment has no reply."""


def manifests(folder: Folder) -> list[Manifest]:
    """The jobs in the folder of an English book, oldest first. What cannot be read is no job.

    Raises:
        InputError, AwsError: the bucket is not there, or may not be used.
    """
    jobs = folder.within("jobs")
    everything = list(jobs.names())
    names = [name for name in everything if name.endswith(f"/{MANIFEST}")]
    done: dict[str, set[str]] = {}
    for name in everything:
        key, is_done, book = name.partition(f"/{DONE}")
        if is_done:
            done.setdefault(key, set()).add(book)
    found = [_read(name.rpartition("/")[0], data) for name, data in zip(names, _mapped(jobs.get, names), strict=True)]
    marked = (replace(m, done=frozenset(done.get(m.key, ()))) for m in found if m is not None)
    return sorted(marked, key=lambda m: m.created)


def _leftovers(folder: Folder) -> list[Folder]:
    """Folders of jobs without a manifest: what a job wrote after its folder was removed.

    Raises:
        InputError, AwsError: the bucket is not there, or may not be used.
    """
    jobs = folder.within("jobs")
    names = list(jobs.names())
    known = {name.rpartition("/")[0] for name in names if name.endswith(f"/{MANIFEST}")}
    return [jobs.within(key) for key in sorted({name.partition("/")[0] for name in names} - known)]


def _read(key: str, data: bytes | None) -> Manifest | None:
    try:
        value = json.loads(data or b"")
        pages = tuple(BatchDocument(str(name), tuple(map(str, keys))) for name, keys in value["pages"].items())
        readers = {str(target): str(book) for target, book in value["readers"].items()}
        more = dict(value["request"]), value["created"], str(value["job"]), bool(value["is_delivered"])
        return Manifest(key, str(value["kind"]), readers, pages, *more) if value["version"] == 1 else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def completed(manifest: Manifest, folder: Folder) -> Manifest:
    """The manifest with the parts of the request that say where and which: a fresh job each time that one is made,
    and the same one each time that it is asked for.
    """
    nonce = uuid4().hex
    place = folder.within(f"jobs/{manifest.key}").uri
    token = sha256(f"{manifest.key} {nonce}".encode()).hexdigest()
    request = {
        **manifest.request,
        "JobName": f"amts-{manifest.key}-{nonce[:8]}",
        "ClientToken": f"amts-{token[:48]}",
        "InputDataConfig": {"S3Uri": f"{place}input/", "ContentType": "text/html"},
        "OutputDataConfig": {**manifest.request.get("OutputDataConfig", {}), "S3Uri": f"{place}output/"},
    }
    return replace(manifest, request=request)


def reserve(folder: Folder, manifest: Manifest) -> Manifest:
    """Writes a new job's manifest; gives the one that is there when another run was quicker.

    Raises:
        InputError, AwsError: the bucket is not there, or may not be used.
    """
    place = folder.within(f"jobs/{manifest.key}")
    if place.put(MANIFEST, manifest.as_json(), only_new=True):
        return manifest
    return _read(manifest.key, place.get(MANIFEST)) or manifest


def start(
    client: Any, folder: Folder, manifest: Manifest, texts: Mapping[str, EngineRequest], *, is_new: bool = False
) -> Manifest | None:
    """Starts a job that has only a manifest, or finds out that it was started; None when it cannot be done any more,
    because the text of a segment is not known here.

    Args:
        is_new: the manifest was written just now, so there can be no such job.

    Raises:
        InputError, AwsError: the service refused; then the folder is removed, unless trying again may help.
    """
    place = folder.within(f"jobs/{manifest.key}")
    try:
        job = "" if is_new else _named(client, str(manifest.request["JobName"]))
        if not job and not manifest.keys <= texts.keys():
            return None
        if not job:
            source = str(manifest.request["SourceLanguageCode"])
            _mapped(lambda page: place.put(f"input/{page.name}", written(page, texts, source)), manifest.pages)
            with aws_errors("Amazon Translate"):
                job = str(client.start_text_translation_job(**manifest.request)["JobId"])
    except AmtsError as error:
        if not isinstance(error, AwsError) or error.kind not in ("passing", "expired"):
            place.clear(last=MANIFEST)
        raise
    started = replace(manifest, job=job)
    place.put(MANIFEST, started.as_json())
    return started


def _named(client: Any, name: str) -> str:
    """Id of the job of that name, which only our own request can have; empty when there is none.

    The ClientToken alone would do, but nobody says for how long the service remembers it.
    """
    try:
        with aws_errors("Amazon Translate"):
            found = client.list_text_translation_jobs(Filter={"JobName": name}, MaxResults=10)
    except AwsError as error:
        if error.kind == "denied":  # the right is useful, not needed
            return ""
        raise
    return str(next((job["JobId"] for job in found.get("TextTranslationJobPropertiesList", [])), ""))


def status_of(client: Any, manifest: Manifest) -> tuple[str, str]:
    """Status of a job (one of `OVER` when it is over) and what the service says about it.

    Raises:
        AwsError: the service refused.
    """
    try:
        with aws_errors("Amazon Translate"):
            about = client.describe_text_translation_job(JobId=manifest.job)["TextTranslationJobProperties"]
    except AwsError as error:
        if error.kind == "missing":
            return "FAILED", "Amazon Translate does not know the job any more"
        raise
    return str(about.get("JobStatus", "")), error_text(about.get("Message") or "")


def collect(folder: Folder, manifest: Manifest, lang: str) -> Collected:
    """What a job that is over gave for a language. The objects count, not the service's numbers.

    Raises:
        AwsError: reading is not allowed.
    """
    place = folder.within(f"jobs/{manifest.key}/output")
    own = f"-TranslateText-{manifest.job}/"
    names = [name for name in place.names() if own in name]
    files = {name.rpartition("/")[2]: name for name in names if "/details/" not in name}
    errors = _errors(
        place, [name for name in names if name.endswith(f"/details/{lang}.auxiliary-translation-details.json")]
    )
    given: dict[str, str] = {}
    problems: dict[str, str] = {}
    there = [page for page in manifest.pages if f"{lang}.{page.name}" in files]
    contents = _mapped(lambda page: place.get(files[f"{lang}.{page.name}"]), there)
    for page, data in zip(there, contents, strict=True):
        given.update(replies(page, data or b""))
    for page in manifest.pages:
        why = errors.get(page.name, "")
        for key in page.keys:
            if key not in given:
                problems[key] = f"no reply: {why}" if why else "no reply"
    return Collected(given, problems)


def _errors(place: Folder, names: Sequence[str]) -> dict[str, str]:
    """What the details say went wrong, by file name."""
    out = {}
    for name in names:
        try:
            entries = json.loads(place.get(name) or b"{}").get("details", [])
            for entry in entries:
                error = (entry.get("auxiliaryData") or {}).get("error")
                if error:
                    what = error_text(str(error.get("errorMessage") or error.get("errorCode") or ""))
                    out[str(entry.get("sourceFile", "")).rpartition("/")[2]] = what
        except (ValueError, AttributeError, TypeError):
            continue  # the translated documents are there or not, whatever the details are like
    return out


def is_there(folder: Folder, manifest: Manifest, book: str) -> bool:
    """Whether nobody has begun to remove the job's folder, or has taken what is in it for the book.

    Raises:
        AwsError: reading is not allowed.
    """
    place = folder.within(f"jobs/{manifest.key}")
    found = _read(manifest.key, place.get(MANIFEST))
    is_whole = found is not None and not found.is_delivered
    return is_whole and (len(manifest.readers) == 1 or place.get(f"{DONE}{book}") is None)


def leave(folder: Folder, manifest: Manifest, book: str) -> None:
    """Says that a book has what it wanted of a job; when all its books have, the folder is removed.

    Raises:
        AwsError: writing or removing is not allowed.
    """
    place = folder.within(f"jobs/{manifest.key}")
    others = set(manifest.readers.values()) - {book}
    if others:
        place.put(f"{DONE}{book}", b"")
        others -= set(place.within(DONE).names())
    if not others:
        discard(folder, manifest)


def discard(folder: Folder, manifest: Manifest) -> None:
    """Removes a job's folder; what is stopped in between is finished by a later run, because the manifest goes last.

    Raises:
        AwsError: removing is not allowed.
    """
    place = folder.within(f"jobs/{manifest.key}")
    if not manifest.is_delivered:
        place.put(MANIFEST, replace(manifest, is_delivered=True).as_json())
    place.clear(last=MANIFEST)


def sweep(client: Any, folder: Folder, *, book: str, before: float, is_whole: bool) -> None:
    """Removes jobs that were delivered or that nobody collected.

    Args:
        before: seconds since 1970; what was made earlier is removed.
        is_whole: no other text is wanted for the book: jobs that are over are of no use to it, either. One that is only
            written down may just be starting, for another run.

    Raises:
        ServiceError: S3 or the service refused.
    """
    for job in manifests(folder):
        is_wanted = set(job.readers.values()) - job.done
        if job.is_delivered or job.created < before or not is_wanted:
            discard(folder, job)
        elif is_whole and book in is_wanted and job.job and status_of(client, job)[0] in OVER:
            leave(folder, job, book)
    for left in _leftovers(folder):
        left.clear()


def _mapped(work: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """`work` done for every item, several at a time; the results in order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, items))
