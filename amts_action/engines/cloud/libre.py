"""LibreTranslate, on your own server or another: https://docs.libretranslate.com/api/operations/translate/.

Each server has its own languages and limits; a call that is too large for it is divided. Servers call the Chinese and
Brazilian languages by BCP 47, older ones by codes of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amts_action.engines.cloud.texts import TextService, codes
from amts_action.engines.model import EngineSettings
from amts_action.engines.service.http import JsonClient, Refused, address_of, key_of_service
from amts_action.engines.service.machine import MachineEngine
from amts_action.errors import InputError

__all__ = ["Libre"]

ADDRESS = "http://localhost:5000"
_CODES = (
    "ar az bg bn ca cs da de el en eo es et eu fa fi fr ga gl he hi hu id it ja ko ky lt lv ms nb nl pl pt ro ru sk sl "
    "sq sr sv th tl tr uk ur vi zh"
)
_OTHERS = {"zh": "zh-Hans", "zh-hant": "zh-Hant", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant", "pt-br": "pt-BR", "no": "nb"}
_OLD = {"zh-Hans": "zh", "zh-Hant": "zt", "pt-BR": "pb"}
"""What servers before version 1.6 call them."""
_pair = codes(_CODES, _OTHERS, service="LibreTranslate")


class Libre:
    """Makes the engine `libretranslate`."""

    @classmethod
    def from_settings(cls, settings: EngineSettings) -> MachineEngine:
        """The engine that `settings` describe: `base_url` is the server.

        Raises:
            InputError: there is no address, or a setting is unusable.
        """
        for value, option in ((settings.formality, "--formality"), (settings.terminology, "--terminology")):
            if value:
                raise InputError("LibreTranslate has nothing like it", where=option, mend="leave it out")
        if not settings.base_url:
            mend = f"give the address of a server, such as {ADDRESS}"
            raise InputError("there is no server", where="--base-url", mend=mend)
        address = address_of(settings, ADDRESS)
        key = key_of_service(settings, address, "LIBRETRANSLATE_API_KEY", is_needed=False)
        client = JsonClient(address, {}, settings.timeout_seconds, settings.concurrency, key)
        ask = _ask(client, key)
        return TextService("libretranslate", settings, ask, _pair, 20, 20_000, told=(address,)).engine()


def _ask(client: JsonClient, key: str) -> Any:
    old: set[str] = set()  # codes of which the server knows only the old form

    def ask(texts: Sequence[str], is_html: bool, source: str, target: str) -> list[str]:
        named = [_OLD[code] if code in old else code for code in (source, target)]
        body: dict[str, Any] = {"q": list(texts), "source": named[0], "target": named[1]}
        body["format"] = "html" if is_html else "text"
        try:
            found = client.post("/translate", {**body, "api_key": key} if key else body)
        except Refused as error:
            unknown = {code for code in named if code in _OLD and f"{code} is not supported" in error.what}
            if not unknown:
                raise
            old.update(unknown)
            return ask(texts, is_html, source, target)
        try:
            return list(found["translatedText"])
        except (KeyError, TypeError):
            raise Refused("the answer holds no translations", status=200, where=client.where) from None

    return ask
