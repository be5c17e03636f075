"""DeepL: https://developers.deepl.com/docs/api-reference/translate.

At most 50 texts and 128 KiB a call (https://developers.deepl.com/docs/resources/usage-limits); `translate="no"` is
honoured with `tag_handling` html (https://developers.deepl.com/docs/xml-and-html-handling/html). Keys that end with
`:fx` belong to the free service.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from amts_action.engines.cloud.texts import FORMALITIES, TextService, coder
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, key_of_service
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import InputError

__all__ = ["DeepL"]

PAID, FREE = "https://api.deepl.com", "https://api-free.deepl.com"
MOST_BYTES = 120_000
"""Of the texts of one call; 128 KiB is the limit of all of it."""
_CODES = "ar bg cs da de el en es et fi fr he hu id it ja ko lt lv nb nl pl pt ro ru sk sl sv th tr uk vi zh"
_TARGETS = {"en": "EN-US", "en-gb": "EN-GB", "en-us": "EN-US", "pt": "PT-BR", "pt-br": "PT-BR", "pt-pt": "PT-PT",
            "zh": "ZH-HANS", "zh-hans": "ZH-HANS", "zh-cn": "ZH-HANS", "zh-hant": "ZH-HANT", "zh-tw": "ZH-HANT",
            "zh-hk": "ZH-HANT", "es-419": "ES-419", "no": "NB", "nn": "NB"}  # fmt: skip
FORMAL = frozenset("DE FR IT ES ES-419 NL PL PT-BR PT-PT JA RU".split())
"""Target languages with a formality."""


class DeepL:
    """Makes the engine `deepl`."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe: `terminology` is the id of a glossary.

        Raises:
            InputError: there is no key, or a setting is unusable.
        """
        key = key_of_service(settings, "https://", "DEEPL_AUTH_KEY", is_needed=not settings.base_url)
        address = address_of(settings, FREE if key.endswith(":fx") else PAID)
        key_of_service(settings, address, "DEEPL_AUTH_KEY", is_needed=False)  # not over http to another machine
        client = JsonClient(
            address,
            {"Authorization": f"DeepL-Auth-Key {key}"} if key else {},
            settings.timeout_seconds,
            settings.concurrency,
            key,
        )
        told = address, settings.terminology, settings.formality
        ask, pair = _ask(client, settings), _pair(settings)
        return TextService("deepl", settings, ask, pair, 50, MOST_BYTES, MOST_BYTES // 2, told).engine()


_source = coder(_CODES, {"no": "nb", "nn": "nb"}, service="DeepL")
_target = coder(_CODES, _TARGETS, service="DeepL")


def _pair(settings: EngineSettings) -> Callable[[str, str], tuple[str, str]]:
    if settings.formality not in FORMALITIES:
        what = f"{settings.formality!r} is no formality"
        raise InputError(what, where="--formality", mend="write formal or informal")

    def pair(source_lang: str, target_lang: str) -> tuple[str, str]:
        source = _source(source_lang, "--source-lang").upper()
        target = _target(target_lang, "--target-lang").upper()
        if source == target.split("-")[0]:
            raise InputError(f"source and target are both {source}", where="--target-lang", mend="give another")
        if settings.formality and target not in FORMAL:
            what = f"DeepL has no formality in {target}"
            raise InputError(what, where="--formality", mend=f"leave it out; it has {', '.join(sorted(FORMAL))}")
        return source, target

    return pair


def _ask(client: JsonClient, settings: EngineSettings) -> Any:
    def ask(texts: Sequence[str], is_html: bool, source: str, target: str) -> list[str]:
        body: dict[str, Any] = {"text": list(texts), "source_lang": source, "target_lang": target}
        if is_html:
            body["tag_handling"] = "html"
        if settings.formality:
            body["formality"] = "more" if settings.formality == "formal" else "less"
        if settings.terminology:
            body["glossary_id"] = settings.terminology
        found = client.post("/v2/translate", body)
        try:
            return [entry["text"] for entry in found["translations"]]
        except (KeyError, TypeError):
            raise Refused("the answer holds no translations", status=200, where=client.where) from None

    return ask
