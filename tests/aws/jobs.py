"""Batch translation jobs that read from and write to S3 as Amazon's do; the input is read when the job is done.

https://docs.aws.amazon.com/translate/latest/dg/async.html and async-results.html. What is to happen to the next jobs is
scripted in `State.job_script`, one mapping a job: `status` and `message` (FAILED), `errors` (file → message, giving
COMPLETED_WITH_ERROR), `lost` (files whose output never comes, of all languages or of one), `seconds` (how long
it takes).
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from aws.parallel_data import examples
from aws.state import ACCOUNT, Refusal, State, check_languages
from aws.texts import page, way_of
from aws.translate import Way, document, plain

MAX_BYTES = 20 * 1024 * 1024
MAX_CHARACTERS = 1_000_000
KINDS = {"text/html": document, "text/plain": plain}
OVER = ("COMPLETED", "COMPLETED_WITH_ERROR", "FAILED", "STOPPED")


def start(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_StartTextTranslationJob.html"""
    return state.once("StartTextTranslationJob", request, lambda: _start(state, request))


def _start(state: State, request: dict[str, Any]) -> dict[str, Any]:
    settle(state)
    source, targets = request["SourceLanguageCode"], request["TargetLanguageCodes"]
    if len(targets) > 10 or len(request.get("ParallelDataNames", [])) > 1:
        raise Refusal("InvalidParameterValueException", "At most 10 target languages and one parallel data.")
    check_languages(source, targets)
    if request["InputDataConfig"]["ContentType"] not in KINDS:
        raise Refusal("InvalidParameterValueException", "Unsupported content type.")
    if request["DataAccessRoleArn"] not in state.roles:
        raise Refusal("InvalidRequestException", "The role cannot be assumed or has no access to the S3 locations.")
    ways = {target: way_of(state, request, target) for target in targets}
    for name in request.get("ParallelDataNames", []):
        found = examples(state, name, source, targets)
        ways = {t: Way(t, way.terms, found[t], True, state.manners) for t, way in ways.items()}
    if not _files(state, request["InputDataConfig"]["S3Uri"]):
        raise Refusal("InvalidRequestException", "The input folder holds no document.")
    script = state.job_script.pop(0) if state.job_script else {}
    token = f"{request['ClientToken']}{len(state.jobs)}"
    job_id = hashlib.md5(token.encode(), usedforsecurity=False).hexdigest()
    out = request["OutputDataConfig"]["S3Uri"].rstrip("/") + f"/{ACCOUNT}-TranslateText-{job_id}/"
    _write(state, out + ".write_access_check_file.temp", b"")
    now = state.clock.now()
    same = ("JobName", "SourceLanguageCode", "TargetLanguageCodes", "TerminologyNames", "ParallelDataNames")
    properties = {
        name: request[name] for name in (*same, "InputDataConfig", "DataAccessRoleArn", "Settings") if name in request
    }
    properties |= {"JobId": job_id, "JobStatus": "SUBMITTED", "SubmittedTime": now}
    properties["OutputDataConfig"] = {**request["OutputDataConfig"], "S3Uri": out}
    ready = now + timedelta(seconds=script.get("seconds", state.job_seconds))
    state.jobs[job_id] = {"properties": properties, "ways": ways, "script": script, "ready": ready}
    return {"JobId": job_id, "JobStatus": "SUBMITTED"}


def _files(state: State, uri: str) -> list[tuple[str, str, str]]:
    """Bucket, key and name of every document of an input folder."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not prefix or not prefix.endswith("/"):
        raise Refusal("InvalidRequestException", "The input must be a folder, with a slash at its end.")
    try:
        pages = state.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for found in pages for item in found.get("Contents", [])]
    except ClientError as error:
        raise Refusal("InvalidRequestException", f"S3: {error.response['Error']['Code']}") from None
    if any("details" in key.removeprefix(prefix).split("/")[:-1] for key in keys):
        raise Refusal("InvalidRequestException", "The input folder may not hold a folder named details.")
    return [(bucket, key, key.removeprefix(prefix)) for key in keys if not key.endswith("/")]


def _write(state: State, uri: str, data: bytes) -> None:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        state.s3.put_object(Bucket=bucket, Key=key, Body=data)
    except ClientError as error:
        raise Refusal("InvalidRequestException", f"S3: {error.response['Error']['Code']}") from None


def settle(state: State) -> None:
    """Finishes the jobs that are due."""
    for job in state.jobs.values():
        properties = job["properties"]
        if properties["JobStatus"] in OVER:
            continue
        if properties["JobStatus"] == "STOP_REQUESTED":
            _finish(state, job, stopped=True)
        elif job["ready"] <= state.clock.now():
            _finish(state, job)
        elif properties["SubmittedTime"] < state.clock.now():
            properties["JobStatus"] = "IN_PROGRESS"


def _finish(state: State, job: dict[str, Any], *, stopped: bool = False) -> None:
    properties, script = job["properties"], job["script"]
    properties["EndTime"] = state.clock.now()
    if script.get("status") == "FAILED":
        properties.update(JobStatus="FAILED", Message=script.get("message", "The job failed."))
        return
    try:
        files = _files(state, properties["InputDataConfig"]["S3Uri"])
    except Refusal as refusal:
        properties.update(JobStatus="FAILED", Message=str(refusal))
        return
    files = files[: len(files) // 2] if stopped else files
    failed = 0
    for target, way in job["ways"].items():
        failed = max(failed, _translated(state, job, way, target, files))
    properties["JobDetails"] = {
        "TranslatedDocumentsCount": len(files) - failed,
        "DocumentsWithErrorsCount": failed,
        "InputDocumentsCount": len(files),
    }
    properties["JobStatus"] = "STOPPED" if stopped else "COMPLETED_WITH_ERROR" if failed else "COMPLETED"


def _translated(state: State, job: dict[str, Any], way: Way, target: str, files: list[tuple[str, str, str]]) -> int:
    """Writes the output of one language; how many documents had errors."""
    properties, script = job["properties"], job["script"]
    out = properties["OutputDataConfig"]["S3Uri"]
    details, failed, characters = [], 0, 0
    for bucket, key, name in files:
        entry: dict[str, Any] = {"sourceFile": name, "targetFile": f"{target}.{name}", "auxiliaryData": {}}
        details.append(entry)
        data = bytes(state.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        fault = script.get("errors", {}).get(name) or _fault(data)
        if fault:
            failed += 1
            entry["auxiliaryData"] = {"error": {"errorCode": "InvalidRequestException", "errorMessage": fault}}
            continue
        done = KINDS[properties["InputDataConfig"]["ContentType"]](data.decode(), way)
        characters += done.characters
        if done.terms:
            terms = [{"sourceText": a, "targetText": b} for a, b in done.terms.items()]
            names = properties["TerminologyNames"]
            entry["auxiliaryData"] = {"appliedTerminologies": [{"name": names[0], "terms": terms}]}
        if not {name, f"{target}.{name}"} & set(script.get("lost", ())):
            _write(state, f"{out}{target}.{name}", done.text.encode())
    about = {
        "sourceLanguageCode": properties["SourceLanguageCode"],
        "targetLanguageCode": target,
        "charactersTranslated": str(characters),
        "documentCountWithCustomerError": str(failed),
        "documentCountWithServerError": "0",
        "inputDataPrefix": properties["InputDataConfig"]["S3Uri"],
        "outputDataPrefix": out,
        "details": details,
    }
    _write(state, f"{out}details/{target}.auxiliary-translation-details.json", json.dumps(about).encode())
    job["characters"] = job.get("characters", 0) + characters
    return failed


def _fault(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        return "The document is larger than 20 MB."
    try:
        return "The document has too many characters." if len(data.decode()) > MAX_CHARACTERS else ""
    except UnicodeDecodeError:
        return "The document is not UTF-8."


def _found(state: State, request: dict[str, Any]) -> dict[str, Any]:
    job: dict[str, Any] | None = state.jobs.get(request["JobId"])
    if job is None:
        raise Refusal("ResourceNotFoundException", f"Job {request['JobId']} not found")
    return job


def describe(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_DescribeTextTranslationJob.html"""
    job = _found(state, request)
    if job["properties"]["JobStatus"] not in OVER:
        state.clock.poll()
    settle(state)
    return {"TextTranslationJobProperties": job["properties"]}


def stop(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_StopTextTranslationJob.html"""
    settle(state)
    properties = _found(state, request)["properties"]
    if properties["JobStatus"] not in OVER:
        properties["JobStatus"] = "STOP_REQUESTED"
    return {"JobId": properties["JobId"], "JobStatus": properties["JobStatus"]}


def list_all(state: State, request: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/translate/latest/APIReference/API_ListTextTranslationJobs.html"""
    settle(state)
    wanted = request.get("Filter", {})
    if len(wanted) > 1:
        raise Refusal("InvalidFilterException", "Only one filter is allowed.")
    found = [job["properties"] for job in reversed(state.jobs.values())]
    for name in ("JobName", "JobStatus"):
        found = [p for p in found if p.get(name) == wanted[name]] if name in wanted else found
    if "SubmittedBeforeTime" in wanted:
        found = [p for p in found if p["SubmittedTime"] < wanted["SubmittedBeforeTime"]]
    if "SubmittedAfterTime" in wanted:
        found = [p for p in found if p["SubmittedTime"] > wanted["SubmittedAfterTime"]]
    return page("TextTranslationJobPropertiesList", found, request)
