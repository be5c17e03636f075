"""Batch jobs with parallel data, against the server that stands for Amazon Translate and moto's S3."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from aws.cloud import Cloud
from aws.faults import CUT_AFTER, EXPIRED, INTERNAL, THROTTLED_400, Fault
from awskit import Time, batch, corpus, segments

from amts_action.engines.aws.batch import AmazonBatch, BatchEngine
from amts_action.errors import AmtsError, EngineError, InputError, PendingError
from amts_action.runs.engine_setup import characters_of

TEXTS = ("A known sentence.", "Set `x` to $y$ in the *oven*, see [the page](a.md).", "Bread & butter < cake.")
LANGS = {"source_lang": "en", "target_lang": "zh"}
ACT = [
    "⟦zh·act⟧一个已知的句子。",
    "⟦zh·act⟧Set `x` to $y$ in the *oven*, see [the page](a.md).",
    "⟦zh·act⟧Bread & butter < cake.",
]


def texts(given: Any) -> list[str | None]:
    """The texts of translations."""
    return [t.text for t in given]


@pytest.mark.whole
def test_one_run_makes_data_and_uses_them(cloud: Cloud) -> None:
    """Parallel data are made, the job uses them, and when the work is delivered nothing is left in S3."""
    engine = batch()
    given = engine.translate(segments(*TEXTS), **LANGS)
    assert texts(given) == ACT
    assert {t.origin for t in given} == {"machine"}
    assert cloud.state.parallel_data["shop-en-zh"]["properties"]["ImportedRecordCount"] == 2
    assert [k for k in cloud.objects() if "manifest" in k], "kept until it is delivered"
    engine.delivered()
    assert cloud.objects() == []


def test_unchanged_data_are_not_sent_again(cloud: Cloud) -> None:
    """A second run with the same book updates nothing; one with another book updates once and translates with it."""
    for pairs, updates in (({"A b.": "甲"}, 0), ({"A b.": "甲"}, 0), ({"A b.": "乙"}, 1)):
        engine = batch(corpus=lambda path, pairs=pairs: corpus(path, pairs))
        given = engine.translate(segments("A b."), **LANGS)
        engine.delivered()
        assert texts(given) == [f"⟦zh·act⟧{pairs['A b.']}"]
        assert cloud.state.count("UpdateParallelData") == updates
    assert cloud.state.count("CreateParallelData") == 1
    assert cloud.state.count("StartTextTranslationJob") == 3, "after delivery the same text is a new job"
    assert cloud.objects() == []


def test_a_job_outlives_its_run(cloud: Cloud) -> None:
    """A run whose time is over ends as pending; the next one collects the job and accounts for it."""
    cloud.state.job_script.append({"seconds": 3600})
    with pytest.raises(PendingError, match="pending: it goes on") as caught:
        batch(wait_minutes=1).translate(segments(*TEXTS), **LANGS)
    assert caught.value.exit_code == 1
    cloud.state.clock.advance(3600)
    later = batch(wait_minutes=0)
    given = later.translate(segments(*TEXTS), **LANGS)
    assert texts(given) == ACT
    assert sum(t.characters for t in given) == characters_of(segments(*TEXTS))
    assert later.usage.cost and later.usage.billed_characters
    assert cloud.state.count("StartTextTranslationJob") == 1
    later.delivered()
    assert cloud.objects() == []


def test_only_what_is_in_no_job_is_sent(cloud: Cloud) -> None:
    """When the English moves on while a job is pending, the next run sends what is new and collects the rest."""
    cloud.state.job_script.append({"seconds": 3600})
    with pytest.raises(PendingError):
        batch(wait_minutes=2).translate(segments("One.", "Two."), **LANGS)
    cloud.state.clock.advance(3600)
    engine = batch()
    given = engine.translate(segments("Two.", "Three."), **LANGS)
    assert texts(given) == ["⟦zh·act⟧Two.", "⟦zh·act⟧Three."]
    assert [t.characters for t in given] == [4, 6]
    assert cloud.state.count("StartTextTranslationJob") == 2
    engine.delivered()
    assert cloud.objects() == []


def test_partial_errors_deliver_the_rest(cloud: Cloud) -> None:
    """Of a job with errors what came is used, and the rest says why it did not come."""
    cloud.state.job_script.append({"errors": {"d00002.html": "Too many <tags>"}, "lost": ["d00003.html"]})
    asked = segments("One.") + segments("Two.", path="b.md") + segments("Three.", path="c.md")
    given = batch().translate(asked, **LANGS)
    assert texts(given) == ["⟦zh·act⟧One.", None, None]
    assert [t.flags for t in given] == [(), ("no reply: Too many <tags>",), ("no reply",)]


def test_a_failed_job_is_told_and_forgotten(cloud: Cloud) -> None:
    """A job that failed ends the run with the service's reason, and the next run starts another one."""
    cloud.state.job_script.append({"status": "FAILED", "message": "Access denied to s3://books"})
    with pytest.raises(EngineError, match="the job failed: Access denied") as caught:
        batch().translate(segments("One."), **LANGS)
    assert caught.value.exit_code == 3
    assert cloud.objects() == []
    assert texts(batch().translate(segments("One."), **LANGS)) == ["⟦zh·act⟧One."]


@pytest.mark.parametrize("end", [{"status": "FAILED", "message": "no"}, {"errors": {"d00001.html": "no"}}])
def test_a_job_that_failed_costs_another_nothing(cloud: Cloud, end: dict[str, Any]) -> None:
    """Of two jobs one is good and one is not: the run ends, but what the good one has stays, and is paid for once."""
    cloud.state.job_script += [{"seconds": 3600}, {"seconds": 3600, **end}]
    for text in ("One.", "Two."):
        with pytest.raises(PendingError):
            batch(wait_minutes=2).translate(segments(text), **LANGS)
    cloud.state.clock.advance(7200)
    engine = batch()
    with pytest.raises(EngineError):
        engine.translate(segments("One.", "Two."), **LANGS)
    engine.delivered(is_whole=True)
    later = batch()
    assert texts(later.translate(segments("One."), **LANGS)) == ["⟦zh·act⟧One."]
    assert cloud.state.count("StartTextTranslationJob") == 2
    later.delivered(is_whole=True)
    assert cloud.objects() == []


def test_a_stopped_job_delivers_what_it_did(cloud: Cloud) -> None:
    """Somebody stops the job: the documents that were done are used, the others are flagged."""
    cloud.state.job_script.append({"seconds": 3600})
    asked = segments("One.") + segments("Two.", path="b.md")
    with pytest.raises(PendingError):
        batch(wait_minutes=2).translate(asked, **LANGS)
    (job,) = cloud.state.jobs
    cloud.state.jobs[job]["properties"]["JobStatus"] = "STOP_REQUESTED"
    given = batch().translate(asked, **LANGS)
    assert texts(given) == ["⟦zh·act⟧One.", None]
    assert given[1].flags == ("no reply: the job was stopped",)


def test_a_lost_answer_starts_no_second_job(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is cut after the job was started: the same request is sent again and starts nothing."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    cloud.translate.faults.add(CUT_AFTER, operation="StartTextTranslationJob")
    assert texts(batch().translate(segments(*TEXTS), **LANGS)) == ACT
    assert len(cloud.state.jobs) == 1


def test_a_rough_day_gives_the_same(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenth of the calls throttled, some failing and one cut, the output is that of a calm day."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    faults = cloud.translate.faults
    faults.rate(0.10, THROTTLED_400)
    faults.rate(0.02, INTERNAL)
    faults.add(CUT_AFTER, operation="CreateParallelData")
    faults.add(Fault("ConflictException"), operation="CreateParallelData", after=1)
    faults.add(INTERNAL, operation="DescribeTextTranslationJob", times=8)
    engine = batch()
    assert texts(engine.translate(segments(*TEXTS), **LANGS)) == ACT
    engine.delivered()
    assert len(cloud.state.jobs) == 1
    assert len(faults.struck) >= 10
    assert cloud.objects() == []


@pytest.mark.whole
def test_expired_credentials_leave_the_job(cloud: Cloud) -> None:
    """Credentials that expire while the job runs make the run pending; before it starts they end it."""
    cloud.translate.faults.add(EXPIRED, operation="DescribeTextTranslationJob")
    with pytest.raises(PendingError, match="expired"):
        batch().translate(segments("One."), **LANGS)
    assert texts(batch().translate(segments("One."), **LANGS)) == ["⟦zh·act⟧One."]
    assert len(cloud.state.jobs) == 1
    cloud.translate.faults.add(EXPIRED, operation="GetParallelData")
    with pytest.raises(AmtsError, match="credentials have expired") as caught:
        batch().translate(segments("Two."), **LANGS)
    assert caught.value.exit_code == 3


_CLIENTS: dict[str, Any] = {}


def shared(lang: str, **more: Any) -> BatchEngine:
    """The engine of one of several translations of a book, which knows nothing of the others."""
    engine = batch(parallel_data="none", book=f"shop-en-{lang}", shelf="shop-en", **more)
    assert isinstance(engine.backend, AmazonBatch)
    engine.backend._clients = _CLIENTS  # to make them is what takes long
    return engine


def begin(wishes: Mapping[str, Sequence[str]], **more: Any) -> None:
    """Begins a job for the texts that all of the languages want and no job has."""
    engines = {lang: shared(lang, **more) for lang in wishes}
    unsent = {
        lang: engine.unsent(segments(*wishes[lang]), source_lang="en", target_lang=lang)
        for lang, engine in engines.items()
    }
    first, *others = unsent.values()
    both = {key: text for key, text in first.items() if all(key in other for other in others)}
    if both:
        books = {lang: engine.settings.book for lang, engine in engines.items()}
        next(iter(engines.values())).start(both, source_lang="en", books=books)


def one(engine: BatchEngine, lang: str, *words: str) -> list[str | None]:
    return texts(engine.translate(segments(*words), source_lang="en", target_lang=lang))


def sent(cloud: Cloud) -> Counter[str]:
    """How often each text was paid for in each language, by all jobs."""
    out: Counter[str] = Counter()
    for key in [k for k in cloud.objects() if k.endswith("/manifest.json")]:
        found = json.loads(cloud.s3.get_object(Bucket="books", Key=key)["Body"].read())
        out.update(f"{lang} {k}" for lang in found["readers"] for page in found["pages"].values() for k in page)
    return out


def test_several_languages_share_a_job(cloud: Cloud) -> None:
    """Each takes its own text from one job, and the last one that is delivered clears it away."""
    begin({"zh": ["One `x`."], "pt-BR": ["One `x`."]})
    zh, pt = shared("zh"), shared("pt-BR")
    assert one(zh, "zh", "One `x`.") == ["⟦zh⟧One `x`."]
    zh.delivered()
    assert cloud.objects() != [], "the other has not had its part"
    assert one(pt, "pt-BR", "One `x`.") == ["⟦pt⟧One `x`."]
    assert pt.usage.billed_characters and pt.usage.cost, "a job that is collected is accounted for"
    pt.delivered()
    assert cloud.state.count("StartTextTranslationJob") == 1 and cloud.objects() == []


@pytest.mark.parametrize(
    "runs",
    [
        ["zh ja ko", "ko", "ko zh", "ja"],
        ["zh", "zh ja", "ja ko", "ko ja zh"],
        ["zh ja", "ko zh", "ja zh"],
    ],
)
def test_no_subset_of_languages_pays_twice(cloud: Cloud, runs: list[str]) -> None:
    """While jobs are pending, runs for these, fewer, more or other languages find what is there, on any machine."""
    cloud.state.job_script += [{"seconds": 3600}] * 20
    asked = "One.", "Two."
    for run in runs:
        langs = run.split()
        if len(langs) > 1:
            begin(dict.fromkeys(langs, asked))
        for lang in langs:
            with pytest.raises(PendingError):
                one(shared(lang, wait_minutes=0), lang, *asked)
        assert set(sent(cloud).values()) == {1}
    jobs = cloud.state.count("StartTextTranslationJob")
    cloud.state.clock.advance(4000)
    for lang in {lang for run in runs for lang in run.split()}:
        engine = shared(lang)
        assert one(engine, lang, *asked) == [f"⟦{lang}⟧One.", f"⟦{lang}⟧Two."]
        engine.delivered(is_whole=True)
    assert cloud.state.count("StartTextTranslationJob") == jobs and cloud.objects() == []


def test_an_interrupted_start_is_made_up_for_by_one_language(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that died before its job was started: the next run, of one language, starts that very job."""
    from amts_action.engines.aws import shelf

    plain = shelf.start

    def dies(*about: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(shelf, "start", dies)
    with pytest.raises(KeyboardInterrupt):
        begin({"zh": ["One."], "ja": ["One."]})
    monkeypatch.setattr(shelf, "start", plain)
    assert cloud.state.count("StartTextTranslationJob") == 0
    shared("zh").delivered(is_whole=True)  # of a run beside, to which it might be a job that just starts
    assert one(shared("ja"), "ja", "One.") == ["⟦ja⟧One."]
    assert one(shared("zh"), "zh", "One.") == ["⟦zh⟧One."]
    assert cloud.state.count("StartTextTranslationJob") == 1


def test_what_is_over_and_unwanted_goes_for_one_language_alone(cloud: Cloud) -> None:
    """A whole run that wants nothing of a shared job leaves it to the others."""
    begin({"zh": ["One."], "ja": ["One."]})
    cloud.state.clock.advance(4000)
    shared("zh").delivered(is_whole=True)
    assert one(shared("ja"), "ja", "One.") == ["⟦ja⟧One."]
    assert cloud.state.count("StartTextTranslationJob") == 1
    shared("ja").delivered(is_whole=True)
    assert cloud.objects() == []


def test_another_translation_of_the_same_language_is_another_book(cloud: Cloud) -> None:
    """It neither takes the results of the one that paid nor clears them away."""
    begin({"zh": ["One."], "ja": ["One."]})
    fork = batch(parallel_data="none", book="fork-en-zh", shelf="shop-en")
    assert one(fork, "zh", "One.") == ["⟦zh⟧One."]
    fork.delivered(is_whole=True)
    assert one(shared("zh"), "zh", "One.") == ["⟦zh⟧One."]
    assert cloud.state.count("StartTextTranslationJob") == 2


@pytest.mark.parametrize("lost", ["zh", "pt"])
def test_a_language_that_fails_costs_the_others_nothing(cloud: Cloud, lost: str) -> None:
    """A shared job gave nothing in one language: the others have theirs, and only that one is sent again."""
    cloud.state.job_script.append({"lost": [f"{lost}.d00001.html"]})
    begin({"zh": ["One."], "pt-BR": ["One."]})
    for lang, text in {"zh": "⟦zh⟧One.", "pt-BR": "⟦pt⟧One."}.items():
        own = shared(lang)
        assert one(own, lang, "One.") == [text]
        own.delivered()
    assert [job["properties"]["TargetLanguageCodes"] for job in cloud.state.jobs.values()] == [["zh", "pt"], [lost]]
    assert cloud.objects() == []


def test_a_shared_job_that_failed_is_told_to_all(cloud: Cloud) -> None:
    """Each language hears of it once, and asks again the next time."""
    cloud.state.job_script.append({"status": "FAILED", "message": "no access"})
    begin({"zh": ["One."], "ja": ["One."]})
    for lang in ("zh", "ja"):
        with pytest.raises(EngineError, match="the job failed: no access"):
            one(shared(lang), lang, "One.")
    assert cloud.objects() == []
    assert one(shared("ja"), "ja", "One.") == ["⟦ja⟧One."]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"s3_uri": ""}, "--s3-uri: not given"),
        ({"s3_uri": "s3://books"}, "this is a bucket's top"),
        ({"s3_uri": "https://books/x"}, "is no address in S3"),
        ({"s3_uri": "s3://nobody/x/"}, "there is no such bucket"),
        ({"role_arn": ""}, "--role-arn: not given"),
        ({"role_arn": "translate"}, "no role's ARN"),
        ({"parallel_data": "no such"}, "cannot be a name"),
        ({"parallel_data": "missing"}, "there is no such resource"),
        ({"region": "eu-central-1"}, "eu-central-1 has no Active Custom Translation"),
        ({"formality": "formal"}, "formality"),
    ],
)
def test_bad_settings_cost_nothing(cloud: Cloud, more: dict[str, Any], message: str) -> None:
    """What is set up wrongly is told in one line before anything is uploaded or started."""
    with pytest.raises(InputError, match=message):
        batch(**more).translate(segments("One."), **LANGS)
    assert cloud.objects() == []
    assert cloud.state.count("CreateParallelData") + cloud.state.count("StartTextTranslationJob") == 0


def test_a_wrong_role_can_be_corrected(cloud: Cloud) -> None:
    """A role that the service cannot use ends the run; with the right one the next run works."""
    wrong = "arn:aws:iam::123456789012:role/other"
    with pytest.raises(AmtsError, match="role cannot be assumed"):
        batch(role_arn=wrong, parallel_data="none").translate(segments("One."), **LANGS)
    assert cloud.objects() == []
    assert texts(batch(parallel_data="none").translate(segments("One."), **LANGS)) == ["⟦zh⟧One."]


@pytest.mark.parametrize("manners", ["drop", "double", "alter", "garble"])
def test_spans_are_never_lost(cloud: Cloud, manners: str) -> None:
    """A service that harms protected spans gets a second job in another form; what is written is whole or flagged."""
    cloud.state.manners = manners
    given = batch().translate(segments("Set `x` to $y$.", "Plain."), **LANGS)
    assert given[1].text == "⟦zh·act⟧Plain."
    if given[0].text is not None:
        assert given[0].text.count("`x`") == given[0].text.count("$y$") == 1
    assert len(cloud.state.jobs) <= 2


def test_progress_is_reported(cloud: Cloud) -> None:
    """Each change is told in a line; pauses grow and stay within the deadline."""
    lines: list[str] = []
    time = Time()
    cloud.state.job_script.append({"seconds": 600})
    batch(time, report=lines.append).translate(segments("One."), **LANGS)
    assert len(lines) == len(set(lines)), "nothing is said twice"
    assert any("1 texts in 1 documents" in line for line in lines)
    assert any(line.endswith("IN_PROGRESS") for line in lines)
    assert any("parallel data shop-en-zh: created, 2 records" in line for line in lines)
    assert time.pauses == sorted(time.pauses) or min(time.pauses) == 1.0


@pytest.mark.whole
def test_old_and_unwanted_jobs_are_swept(cloud: Cloud) -> None:
    """A finished job that nobody asks for goes when a whole run is delivered, and any after two weeks."""
    batch().translate(segments("Old."), **LANGS)
    engine = batch()
    engine.translate(segments("New."), **LANGS)
    engine.delivered()
    assert [k for k in cloud.objects() if k.endswith("manifest.json")], "another run may still want it"
    engine.delivered(is_whole=True)
    assert cloud.objects() == []


def test_nothing_is_public(cloud: Cloud) -> None:
    """No object that is written can be read by strangers."""
    batch().translate(segments("One."), **LANGS)
    for key in cloud.objects():
        grants = cloud.s3.get_object_acl(Bucket="books", Key=key)["Grants"]
        assert all("URI" not in grant["Grantee"] for grant in grants)


def test_costs_are_told_without_asking() -> None:
    """What a run would cost is known without settings, region or credentials, and parallel data cost four times."""
    asked = segments("A" * 1000)
    plain = batch(s3_uri="", role_arn="", parallel_data="none").estimate(asked, **LANGS)
    act = batch(s3_uri="", role_arn="").estimate(asked, **LANGS)
    assert (plain.characters, plain.calls) == (1000, 1)
    assert plain.cost is not None
    assert act.cost == 4 * plain.cost


def test_a_book_without_pairs_is_translated_without(cloud: Cloud) -> None:
    """A new translation has nothing to learn from: the job runs without parallel data, and says so."""
    lines: list[str] = []
    given = batch(corpus=lambda path: 0, report=lines.append).translate(segments("One."), **LANGS)
    assert texts(given) == ["⟦zh⟧One."]
    assert any(line.startswith("no parallel data") for line in lines)


def test_two_runs_at_once_share_a_job(cloud: Cloud) -> None:
    """Two runs that want the same meet in one folder; the one that comes too late says so and pays nothing."""
    cloud.state.job_script.append({"seconds": 3600})
    first, second = batch(wait_minutes=2), batch(wait_minutes=2)
    for engine in (first, second):
        with pytest.raises(PendingError):
            engine.translate(segments("One."), **LANGS)
    assert len(cloud.state.jobs) == 1
    cloud.state.clock.advance(3600)
    assert texts(batch().translate(segments("One."), **LANGS)) == ["⟦zh·act⟧One."]


def test_a_job_that_was_collected_by_another_is_not_half_used(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run removes the job's folder while this one reads it: no text is taken for missing."""
    from amts_action.engines.aws import shelf

    plain = shelf.collect

    def meanwhile(folder: Any, job: Any, lang: str) -> Any:
        shelf.discard(folder, job)
        return plain(folder, job, lang)

    monkeypatch.setattr(shelf, "collect", meanwhile)
    with pytest.raises(EngineError, match="another run has just collected it"):
        batch().translate(segments("One."), **LANGS)


def test_a_key_of_ones_own_encrypts_all(cloud: Cloud) -> None:
    """What the service writes, and the parallel data that it keeps."""
    key = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-1111-2222-333344445555"
    assert texts(batch(kms_key=key).translate(segments(*TEXTS), **LANGS)) == ACT
    asked = {call.operation: call.request for call in cloud.state.calls}
    wanted = {"Type": "KMS", "Id": key}
    assert asked["StartTextTranslationJob"]["OutputDataConfig"]["EncryptionKey"] == wanted
    assert asked["CreateParallelData"]["EncryptionKey"] == wanted
