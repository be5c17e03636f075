"""Parallel data and terminologies as resources of Amazon Translate, through the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws.cloud import BUCKET, Cloud
from aws.faults import CUT_AFTER, Fault
from awskit import Time, corpus

from amts_action.cli import main
from amts_action.engines.aws.clients import AwsError, client
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.parallel_data import Pushed, delete, describe, push
from amts_action.engines.aws.s3 import open_folder
from amts_action.errors import PendingError

URI = f"s3://{BUCKET}/amts/"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of the commands and of botocore take no time."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def pushed(path: Path, *, minutes: float = 60, name: str = "shop", form: str = "tmx") -> Pushed:
    """Pushes a file with quick time."""
    time = Time()
    patience = Patience(60 * minutes, clock=time.clock, sleep=time.sleep)
    return push(client("translate"), open_folder(URI), path, name=name, form=form, patience=patience)


def test_push_creates_updates_and_leaves_alone(cloud: Cloud, tmp_path: Path) -> None:
    """The resource is created, left alone while the content is the same, and updated when it changed."""
    file = tmp_path / "data.tmx"
    corpus(file)
    assert [pushed(file).action, pushed(file).action] == ["created", "unchanged"]
    corpus(file, {"New.": "新。"})
    done = pushed(file)
    assert (done.action, done.resource.imported, done.resource.attempt) == ("updated", 1, "ACTIVE")
    assert cloud.objects() == []


def test_push_waits_for_the_update_not_for_the_status(cloud: Cloud, tmp_path: Path) -> None:
    """While an update runs the status is ACTIVE all the time; the push ends when the attempt does."""
    file = tmp_path / "data.tmx"
    corpus(file)
    pushed(file)
    corpus(file, {"New.": "新。"})
    cloud.state.create_seconds = 600
    with pytest.raises(PendingError, match="updating"):
        pushed(file, minutes=1)
    assert describe(client("translate"), "shop").status == "ACTIVE"  # type: ignore[union-attr]
    done = pushed(file)
    assert (done.action, done.resource.imported) == ("unchanged", 1)
    assert cloud.state.count("UpdateParallelData") == 1


def test_a_failed_import_is_told_and_tried_anew(cloud: Cloud, tmp_path: Path) -> None:
    """A file that the service does not take ends the push with its reason; the next push is another attempt."""
    file = tmp_path / "data.csv"
    file.write_text("en,zh\n" + "x" * 1200 + ",y\n", encoding="utf-8")
    for count in (1, 2):
        with pytest.raises(AwsError, match="no valid record"):
            pushed(file, form="csv")
        assert cloud.state.count("CreateParallelData") + cloud.state.count("UpdateParallelData") == count
    assert cloud.objects() == []
    file.write_text("en,zh\nA.,甲。\n", encoding="utf-8")
    assert pushed(file, form="csv").resource.status == "ACTIVE"


@pytest.mark.parametrize("code", ["ConflictException", "ConcurrentModificationException", "LimitExceededException"])
def test_push_waits_for_its_turn(cloud: Cloud, tmp_path: Path, code: str) -> None:
    """Whatever the service calls it: another creation going on is waited for, up to the deadline."""
    file = tmp_path / "data.tmx"
    corpus(file)
    cloud.translate.faults.add(Fault(code), operation="CreateParallelData", times=3)
    assert pushed(file).action == "created"
    corpus(file, {"B.": "乙"})
    cloud.translate.faults.add(Fault(code), operation="UpdateParallelData", times=99)
    with pytest.raises(PendingError, match="another creation"):
        pushed(file, minutes=2)


def test_another_resource_goes_first(cloud: Cloud, tmp_path: Path) -> None:
    """Two pushes of two resources both come to their end, although the account allows one at a time."""
    file = tmp_path / "data.tmx"
    corpus(file)
    with pytest.raises(PendingError):
        pushed(file, minutes=0, name="first")
    cloud.state.clock.seconds_per_poll = 0
    with pytest.raises(PendingError, match="another creation"):
        pushed(file, minutes=1, name="second")
    cloud.state.clock.seconds_per_poll = 30
    assert pushed(file, name="second").action == "created"
    assert pushed(file, name="first").action == "unchanged"


def test_lost_answers_create_once(cloud: Cloud, tmp_path: Path) -> None:
    """The connection is cut after the creation: the repetition has the same token."""
    file = tmp_path / "data.tmx"
    corpus(file)
    cloud.translate.faults.add(CUT_AFTER, operation="CreateParallelData")
    assert pushed(file).action == "created"
    assert cloud.state.count("CreateParallelData") == 2
    assert len(cloud.state.parallel_data) == 1


def test_push_after_a_deletion_creates_again(cloud: Cloud, tmp_path: Path) -> None:
    """The service answers a token that it knows as it did before the deletion: another one is needed, after a while."""
    file = tmp_path / "data.tmx"
    corpus(file)
    patience = Patience(3600, clock=(time := Time()).clock, sleep=time.sleep)
    assert pushed(file).action == "created"
    assert delete(client("translate"), "shop", patience=patience)
    assert pushed(file).action == "created"
    assert cloud.state.count("CreateParallelData") == 3 and len(cloud.state.parallel_data) == 1


def test_a_service_that_accepts_and_does_nothing_is_not_asked_for_ever(cloud: Cloud, tmp_path: Path) -> None:
    """The push keeps its deadline, and its pace, whatever the service says."""
    file = tmp_path / "data.tmx"
    corpus(file)
    cloud.translate.faults.add(Fault("ResourceNotFoundException"), operation="GetParallelData", times=10_000)
    with pytest.raises(PendingError, match="accepted, and not there yet"):
        pushed(file, minutes=0.1)
    assert cloud.state.count("CreateParallelData") == 1


def test_commands(cloud: Cloud, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`push` shows counts and the records that were not taken; `status` and `delete` do what they say."""
    file, out = tmp_path / "data.tmx", tmp_path / "out.json"
    corpus(file)
    assert main(["parallel-data", "push", str(file), "--name", "shop", "--s3-uri", URI, "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert (result["action"], result["imported"], result["target_langs"]) == ("created", 2, ["zh"])
    assert "error_file" not in result
    assert main(["parallel-data", "status"]) == 0
    assert main(["parallel-data", "status", "--name", "other"]) == 1
    assert main(["parallel-data", "delete", "--name", "shop", "--wait", "60"]) == 0
    assert describe(client("translate"), "shop") is None
    printed = capfd.readouterr()
    assert printed.out == "shop: ACTIVE, en to zh, 2 records, 0 failed, 0 skipped\n"
    assert "parallel data shop: deleted" in printed.err


def test_records_that_failed_are_shown(cloud: Cloud, tmp_path: Path) -> None:
    """Counts of failed and skipped records are read, and the error file says which failed."""
    file = tmp_path / "data.csv"
    file.write_text("en,zh\nA.,甲。\nB.,=1\nC.," + "x" * 1001 + "\nD.,丁。,x\n", encoding="utf-8")
    done = pushed(file, form="csv")
    found = done.resource
    assert (found.imported, found.failed, found.skipped) == (1, 2, 1)
    assert len(done.errors) == 2
    assert done.errors[0].startswith("Number 3 line: A field starts with")


def test_bad_files_and_names_cost_nothing(
    cloud: Cloud, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad name, a file that breaks Amazon's rules or a region without the feature: exit 2 before any upload."""
    good, bad = tmp_path / "good.tmx", tmp_path / "bad.csv"
    corpus(good)
    bad.write_text('en,zh\n"a\nb",x\n', encoding="utf-8")
    calls = [
        (good, "a__b", "us-east-1", "cannot be a name"),
        (good, "_a", "us-east-1", "cannot be a name"),
        (bad, "shop", "us-east-1", "not good for Amazon Translate"),
        (good, "shop", "eu-central-1", "no Active Custom Translation"),
    ]
    for file, name, region, message in calls:
        assert main(["parallel-data", "push", str(file), "--name", name, "--s3-uri", URI, "--region", region]) == 2
        assert message in capfd.readouterr().err
    assert cloud.objects() == []
    assert cloud.state.count("CreateParallelData") == 0
    monkeypatch.setenv("AMTS_ACT_REGIONS", "eu-central-1")
    assert main(["parallel-data", "push", str(good), "--name", "shop", "--s3-uri", URI, "--region", "us-east-1"]) == 2


def test_delete_of_what_is_being_made_waits(cloud: Cloud, tmp_path: Path) -> None:
    """A resource that is being created is deleted when it is ready."""
    file = tmp_path / "data.tmx"
    corpus(file)
    with pytest.raises(PendingError):
        pushed(file, minutes=0)
    time = Time()
    assert delete(client("translate"), "shop", patience=Patience(600, clock=time.clock, sleep=time.sleep))
    assert cloud.state.parallel_data == {}


def test_terminology_push(cloud: Cloud, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A glossary becomes a terminology, once; another content overwrites it."""
    file = tmp_path / "TERMINOLOGY.md"
    file.write_text("# Terms\n\n梯度，gradient\n损失，loss\n", encoding="utf-8")
    call = ["terminology", "push", str(file), "--name", "shop", "--target-lang", "zh"]
    cloud.translate.faults.add(Fault("ConcurrentModificationException"), operation="ImportTerminology")
    assert main(call) == 0
    assert main(call) == 0
    file.write_text("梯度，gradient\n", encoding="utf-8")
    assert main(call) == 0
    assert cloud.state.count("ImportTerminology") == 2
    assert cloud.state.terminologies["shop"]["terms"] == {"zh": {"gradient": "梯度"}}
    said = capfd.readouterr().err
    assert "imported, 2 terms" in said
    assert "unchanged, 2 terms" in said
