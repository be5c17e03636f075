"""The server that stands for Amazon Translate keeps to the service's protocol and rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aws.faults import CUT, CUT_AFTER, INTERNAL, THROTTLED_400, Fault
from aws.server import KEY, TranslateServer
from aws.sigv4 import Key
from botocore.exceptions import ClientError

from amts_action.engines.aws.clients import AwsError, aws_errors, client, region_of
from amts_action.engines.service.messages import error_text
from amts_action.errors import InputError

FRENCH = {"SourceLanguageCode": "en", "TargetLanguageCode": "fr"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TranslateServer]:
    """A running server to which all clients of AWS are led; it must not have done anything wrong itself."""
    with TranslateServer() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        yield running
        assert running.problems == []


def refused(call: Any) -> str:
    """The error code of a call."""
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_text_is_marked_and_spans_stay(server: TranslateServer) -> None:
    """What is marked translate="no" comes back as it was; the rest carries the mark of the language."""
    text = 'A <span translate="no" id="x0">cat &amp; dog</span> sat.'
    done = client("translate").translate_text(Text=text, **FRENCH)
    assert done["TranslatedText"] == '⟦fr⟧A <span translate="no" id="x0">cat &amp; dog</span> sat.'
    assert (done["SourceLanguageCode"], done["TargetLanguageCode"]) == ("en", "fr")


def test_terminology_is_used(server: TranslateServer) -> None:
    """An imported term is replaced in texts of its language and reported; a deleted terminology is gone."""
    aws = client("translate")
    file = b"en,fr\ncat,chat\n"
    about = aws.import_terminology(
        Name="pets", MergeStrategy="OVERWRITE", TerminologyData={"File": file, "Format": "CSV"}
    )
    assert about["TerminologyProperties"]["TermCount"] == 1
    done = aws.translate_text(Text="The cat, not concatenated.", TerminologyNames=["pets"], **FRENCH)
    assert done["TranslatedText"] == "⟦fr⟧The chat, not concatenated."
    assert done["AppliedTerminologies"] == [{"Name": "pets", "Terms": [{"SourceText": "cat", "TargetText": "chat"}]}]
    assert [p["Name"] for p in aws.list_terminologies()["TerminologyPropertiesList"]] == ["pets"]
    aws.delete_terminology(Name="pets")
    assert refused(lambda: aws.get_terminology(Name="pets")) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Text": "é" * 5001}, "TextSizeLimitExceededException"),
        ({"Text": "x" * 10001}, "ValidationException"),
        ({"TargetLanguageCode": "pt-BR"}, "UnsupportedLanguagePairException"),
        ({"TargetLanguageCode": "zh-Hans"}, "ValidationException"),
        ({"TargetLanguageCode": "en"}, "InvalidRequestException"),
        ({"TerminologyNames": ["no such"]}, "ValidationException"),
        ({"TerminologyNames": ["none"]}, "ResourceNotFoundException"),
        ({"Settings": {"Formality": "RUDE"}}, "ValidationException"),
    ],
)
def test_requests_are_validated(server: TranslateServer, change: dict[str, Any], code: str) -> None:
    """Sizes, patterns and enumerations are checked as the model says, and languages as the documentation says."""
    call = {"Text": "Hello", **FRENCH, **change}
    assert refused(lambda: client("translate").translate_text(**call)) == code


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (Key("AKIDUNKNOWN", KEY.secret_key), "UnrecognizedClientException"),
        (Key(KEY.access_key, "wrong"), "InvalidSignatureException"),
        (Key(KEY.access_key, KEY.secret_key, token="other"), "UnrecognizedClientException"),
    ],
)
def test_signatures_are_checked(server: TranslateServer, monkeypatch: pytest.MonkeyPatch, key: Key, code: str) -> None:
    """An unknown key, a wrong secret or a wrong session token is not let in, and the message shows no key."""
    for name, value in server.environ(key).items():
        monkeypatch.setenv(name, value)
    aws = client("translate")
    assert refused(lambda: aws.translate_text(Text="Hello", **FRENCH)) == code
    with pytest.raises(InputError) as caught, aws_errors("Amazon Translate"):
        aws.translate_text(Text="Hello", **FRENCH)
    assert code in str(caught.value)
    assert key.access_key not in str(caught.value)


def test_rights_are_named(server: TranslateServer) -> None:
    """A caller who lacks a right is told which one."""
    server.keys[KEY.access_key] = Key(KEY.access_key, KEY.secret_key, denied=frozenset({"TranslateText"}))
    with pytest.raises(AwsError, match="translate:TranslateText is not allowed") as caught, aws_errors("Amazon"):
        client("translate").translate_text(Text="Hello", **FRENCH)
    assert (caught.value.kind, caught.value.exit_code) == ("denied", 3)


def test_faults_are_scripted_and_retried(server: TranslateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Throttling with status 400, a 500 and a cut connection are tried again by the client that we build."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    for fault in (THROTTLED_400, INTERNAL, CUT, CUT_AFTER):
        server.faults.add(fault, operation="TranslateText")
    done = client("translate").translate_text(Text="Hello", **FRENCH)
    assert done["TranslatedText"] == "⟦fr⟧Hello"
    answers = [c.answer for c in server.state.calls]
    assert answers == ["TooManyRequestsException", "InternalServerException", "cut", "cut", "ok"]
    assert server.state.count("TranslateText") == 2


def test_documents_are_html(server: TranslateServer) -> None:
    """Of an HTML document only what is inside `html` is translated, block by block."""
    page = "<!DOCTYPE html>before<html><body><p id=a>One <b>two</b></p><p>3</p></body></html>after"
    done = client("translate").translate_document(
        Document={"Content": page.encode(), "ContentType": "text/html"}, **FRENCH
    )
    text = done["TranslatedDocument"]["Content"].decode()
    assert text == page.replace("One", "⟦fr⟧One")


def test_what_the_user_has_to_set_is_told(server: TranslateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No region and no credentials are bad input, a service that cannot be reached is a failure; one line each."""
    with pytest.raises(InputError, match="no AWS credentials are found"), aws_errors("Amazon Translate"):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        client("translate").translate_text(Text="Hello", **FRENCH)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY.access_key)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(InputError, match="no AWS region is known"):
        client("translate")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert region_of(client("translate")) == "us-east-1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_TRANSLATE", "http://127.0.0.1:9")
    with pytest.raises(AwsError, match="no answer from the service") as caught, aws_errors("Amazon Translate"):
        client("translate", attempts=1).translate_text(Text="Hello", **FRENCH)
    assert (caught.value.kind, caught.value.exit_code) == ("passing", 3)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ("InvalidSignatureException", "Signature expired: 20261128T000000Z is now earlier than 20261128T120000Z"),
        (
            "InvalidSignatureException",
            "Signature not yet current: 20261128T230000Z is still later than now",
        ),
    ],
)
def test_a_wrong_clock_is_named(server: TranslateServer, code: str, message: str) -> None:
    """It looks like wrong credentials, and is none."""
    server.faults.add(Fault(code, 403, message=message), times=99)
    with pytest.raises(InputError, match="the clock of this machine is not that of AWS"), aws_errors("translate"):
        client("translate").translate_text(Text="a", SourceLanguageCode="en", TargetLanguageCode="zh")


def test_messages_hold_no_secrets() -> None:
    """Keys, signatures and control characters of a service's message are not shown."""
    shown = error_text("no\n\x1b[31m AKIAIOSFODNN7EXAMPLE at https://x/?X-Amz-Signature=abc123&X-Amz-Credential=AKIA/2")
    assert shown == "no [31m *** at https://x/?X-Amz-Signature=***&X-Amz-Credential=***"
    assert len(error_text("x" * 5000)) == 200


def test_only_signed_requests_are_answered(server: TranslateServer) -> None:
    """A request without a signature, with another body than was signed, or to another path is refused."""
    import http.client

    for path, headers, status in (
        ("/", {"X-Amz-Target": "AWSShineFrontendService_20170701.TranslateText"}, 400),
        ("/", {"X-Amz-Target": "AWSShineFrontendService_20170701.Nothing"}, 404),
        ("/x", {}, 404),
    ):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("POST", path, b"{}", {"Content-Type": "application/x-amz-json-1.1", **headers})
        answer = connection.getresponse()
        assert answer.status == status
        assert b"__type" in answer.read()
        connection.close()
