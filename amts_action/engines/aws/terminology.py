"""A terminology of Amazon Translate: imported when its content changed.

https://docs.aws.amazon.com/translate/latest/APIReference/API_ImportTerminology.html: an import overwrites, and may take
up to 10 minutes to be used.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from amts_action.engines.aws.clients import AwsError, aws_errors
from amts_action.engines.aws.deadline import Patience
from amts_action.engines.aws.parallel_data import BUSY
from amts_action.engines.aws.regions import check_name
from amts_action.errors import PendingError

__all__ = ["push_terminology"]


def push_terminology(client: Any, data: bytes, *, name: str, patience: Patience, kms_key: str = "") -> tuple[str, int]:
    """Makes the terminology `name` hold the CSV file `data`; (`imported` or `unchanged`, its number of terms).

    Raises:
        InputError: the name cannot be used.
        AwsError: the service refused.
        PendingError: another change went on until the time was over.
    """
    check_name(name, "--name")
    digest = sha256(data).hexdigest()
    where = f"terminology {name}"
    try:
        with aws_errors(where):
            about = client.get_terminology(Name=name)["TerminologyProperties"]
        if f"sha256 {digest}" in (about.get("Description") or ""):
            return "unchanged", about.get("TermCount") or 0
    except AwsError as error:
        if error.kind != "missing":
            raise
    key = {"EncryptionKey": {"Type": "KMS", "Id": kms_key}} if kms_key else {}
    while True:
        try:
            with aws_errors(where):
                answer = client.import_terminology(
                    Name=name,
                    MergeStrategy="OVERWRITE",
                    Description=f"Made by AMTS; sha256 {digest}",
                    TerminologyData={"File": data, "Format": "CSV", "Directionality": "UNI"},
                    **key,
                )
            return "imported", answer["TerminologyProperties"].get("TermCount") or 0
        except AwsError as error:
            if error.code not in BUSY:
                raise
            if not patience.pause():
                raise PendingError("another change is going on", where=where, mend="run again later") from None
