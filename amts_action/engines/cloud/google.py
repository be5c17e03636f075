"""Google Cloud Translation, version 3: https://cloud.google.com/translate/docs/reference/rest/v3/projects.locations/translateText.

At most 1,024 texts a call, and less than 30,000 code points are asked for; 5,000 are recommended
(https://cloud.google.com/translate/quotas). A glossary lies in a location of its own and never in `global`. The
key is an access token (`gcloud auth print-access-token`, or the output of google-github-actions/auth). `notranslate`
elements are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amts_action.engines.cloud.texts import TextService, codes
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, key_of_service
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import InputError

__all__ = ["Google"]

ADDRESS = "https://translation.googleapis.com"
MOST_BYTES = 15_000
"""Of the texts of one call: about 5,000 code points of Chinese, and half of what may be sent in Latin letters."""
_CODES = (
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn "
    "ko lo lt lv mk ml mn mr ms my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
_OTHERS = {"zh": "zh-CN", "zh-hans": "zh-CN", "zh-hant": "zh-TW", "zh-tw": "zh-TW", "zh-hk": "zh-TW", "nb": "no",
           "pt-pt": "pt-PT", "fr-ca": "fr-CA", "fil": "tl"}  # fmt: skip
_pair = codes(_CODES, _OTHERS, service="Google Cloud Translation")


class Google:
    """Makes the engine `google`."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe: of the options `project` and `location` (global); `terminology` is the
        name of a glossary there, which needs a location of its own.

        Raises:
            InputError: there is no project or token, or a setting is unusable.
        """
        project, location = settings.options.get("project", ""), settings.options.get("location", "global")
        if not project or "/" in project or "/" in location:
            mend = "give --engine-options project=NAME"
            raise InputError("no project is given", where="--engine-options", mend=mend)
        if settings.terminology and location == "global":
            mend = "give --engine-options location=PLACE, such as us-central1"
            raise InputError("a glossary does not lie in the location global", where="--terminology", mend=mend)
        if settings.formality:
            raise InputError("Google Cloud Translation has no formality", where="--formality", mend="leave it out")
        address = address_of(settings, ADDRESS)
        token = key_of_service(settings, address, "GOOGLE_ACCESS_TOKEN", is_needed=not settings.base_url)
        headers = {"Authorization": f"Bearer {token}", "x-goog-user-project": project} if token else {}
        client = JsonClient(address, headers, settings.timeout_seconds, settings.concurrency, token)
        place = f"projects/{project}/locations/{location}"
        ask = _ask(client, place, settings.terminology)
        told = address, place, settings.terminology
        return TextService("google", settings, ask, _pair, 200, MOST_BYTES, MOST_BYTES, told).engine()


def _ask(client: JsonClient, place: str, glossary: str) -> Any:
    def ask(texts: Sequence[str], is_html: bool, source: str, target: str) -> list[str]:
        body: dict[str, Any] = {
            "contents": [text.replace(' translate="no"', ' translate="no" class="notranslate"') for text in texts],
            "mimeType": "text/html" if is_html else "text/plain",
            "sourceLanguageCode": source,
            "targetLanguageCode": target,
        }
        if glossary:
            body["glossaryConfig"] = {"glossary": f"{place}/glossaries/{glossary}"}
        found = client.post(f"/v3/{place}:translateText", body)
        try:
            rows = found.get("glossaryTranslations") or found["translations"]
            return [row["translatedText"] for row in rows]
        except (KeyError, TypeError, AttributeError):
            raise Refused("the answer holds no translations", status=200, where=client.where) from None

    return ask
