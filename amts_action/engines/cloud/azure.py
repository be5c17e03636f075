"""Azure Translator, version 3: https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/translate.

At most 1,000 texts and 50,000 characters a call, of which those outside the basic plane count twice
(https://learn.microsoft.com/azure/ai-services/translator/service-limits). HTML has to be one whole element; those of
the class `notranslate` are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from amts_action.engines.cloud.texts import TextService, codes
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, key_of_service
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import InputError

__all__ = ["Azure"]

ADDRESS = "https://api.cognitive.microsofttranslator.com"
_CODES = (
    "af am ar az bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn "
    "ko lo lt lv mk ml mr ms my ne nl pa pl ps pt ro ru si sk sl so sq sv sw ta te th tr uk ur uz vi"
)
_OTHERS = {"zh": "zh-Hans", "zh-hant": "zh-Hant", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "no": "nb", "nb": "nb",
           "pt-pt": "pt-pt", "fr-ca": "fr-ca", "sr": "sr-Cyrl", "sr-latn": "sr-Latn", "mn": "mn-Cyrl"}  # fmt: skip
_pair = codes(_CODES, _OTHERS, service="Azure Translator")


class Azure:
    """Makes the engine `azure`."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe: `region` is that of the resource; the option `category` names a custom
        model.

        Raises:
            InputError: there is no key, or a setting is unusable.
        """
        if settings.formality:
            raise InputError("Azure Translator has no formality", where="--formality", mend="leave it out")
        if settings.terminology:
            mend = "train a custom model, and name it with --engine-options category=ID"
            raise InputError("Azure Translator takes no glossary by name", where="--terminology", mend=mend)
        address = address_of(settings, ADDRESS)
        key = key_of_service(settings, address, "AZURE_TRANSLATOR_KEY", is_needed=not settings.base_url)
        headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
        if settings.region:
            headers["Ocp-Apim-Subscription-Region"] = settings.region
        client = JsonClient(address, headers, settings.timeout_seconds, settings.concurrency, key)
        category = settings.options.get("category", "")
        told = address, category
        return TextService("azure", settings, _ask(client, category), _pair, 500, 40_000, 40_000, told).engine()


def _ask(client: JsonClient, category: str) -> Any:
    def ask(texts: Sequence[str], is_html: bool, source: str, target: str) -> list[str]:
        about = {"api-version": "3.0", "from": source, "to": target, "textType": "html" if is_html else "plain"}
        if category:
            about["category"] = category
        marked = [_element(text) for text in texts] if is_html else texts
        found = client.post(f"/translate?{urlencode(about)}", [{"Text": text} for text in marked])
        try:
            given = [row["translations"][0]["text"] for row in found]
            return [_inner(text) for text in given] if is_html else given
        except (KeyError, TypeError, IndexError):
            raise Refused("the answer holds no translations", status=200, where=client.where) from None

    return ask


def _element(text: str) -> str:
    """A fragment as one element, with the mark of what is left alone that the service knows."""
    marked = text.replace(' translate="no"', ' translate="no" class="notranslate"')
    return f"<div>{marked}</div>"


def _inner(text: str) -> str:
    """What is in the element."""
    return text.strip().removeprefix("<div>").removesuffix("</div>")
