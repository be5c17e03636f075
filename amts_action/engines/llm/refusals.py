"""Questions and answers that are too long for a model, as services say so: each in its own words, with its own numbers.

The words are those of OpenAI, Azure, vLLM, llama.cpp, LM Studio, Mistral, Gemini, Groq, OpenRouter, TGI, Anthropic and
Bedrock, as their errors and sources have them in November 2026.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["TOO_LONG", "fitted", "is_about_length"]

TOO_LONG: Final = "context_length_exceeded"
"""What OpenAI calls it, and we with it."""
CODES: Final = frozenset({TOO_LONG, "exceed_context_size_error", "string_above_max_length", "request_too_large"})
LEAST_TOKENS: Final = 256
"""Of an answer; where a context window leaves less, the question is too long."""
SPARE: Final = 32
"""Tokens that services count otherwise than they say."""

_N = r"(\d[\d,]{0,9})"
_ANSWER = re.compile(
    rf"at most {_N} completion tokens|> {_N}, which is the maximum allowed number of output tokens"
    rf"|exceeds the model limit of {_N}|range of max_tokens is \[\d+, ?{_N}\]"
    rf"|max(?:_completion|_output)?_tokens\W{{0,3}} (?:must|should|has to) be"
    rf" (?:less than or equal to|at most|<=) \W?{_N}",
    re.I,
)
_WINDOW = re.compile(
    rf"(?:context (?:length|window|size)|max_model_len|n_ctx)\D{{0,60}}?{_N}|{_N}(?: tokens?)? (?:maximum )?context"
    rf"|tokens allowed \({_N}\)|> {_N} maximum|context limit: \d+ \+ \d+ > {_N}|max_new_tokens\W+ must be <= {_N}",
    re.I,
)
_ASKED = re.compile(
    rf"{_N}(?: tokens)? (?:in|from|of) (?:the |your |text )?(?:messages|input|prompt)"
    rf"|{_N} \W?(?:input|prompt)s?\W? tokens|messages resulted in {_N}|request \({_N} tokens|prompt contains {_N}"
    rf"|n_prompt_tokens\D{{1,5}}{_N}|token count \({_N}\)|first {_N} tokens|too long: {_N} tokens"
    rf"|context limit: {_N} \+",
    re.I,
)
_ABOUT = re.compile(
    r"context[ _](?:length|window|size|limit)|max_model_len|too many (?:\w+ )?tokens|number of tokens|token count"
    r"|(?:prompt|input|messages?|request|string)\b.{0,40}\b(?:too (?:long|large)|exceeds?)|reduce the length",
    re.I | re.S,
)


def fitted(said: str, *, own: int, most: int) -> int | None:
    """The tokens to ask for instead of `most`; 0 when the question itself is too long, None when `said` is about
    something else.

    Args:
        own: tokens of the question as far as we know; what the service has counted wins.
    """
    if (cap := _number(_ANSWER, said)) is not None:
        return cap if 0 < cap < most else None
    window = _number(_WINDOW, said)
    if window is None:
        return 0 if _ABOUT.search(said) else None
    asked = _number(_ASKED, said)
    room = window - (own if asked is None else asked) - SPARE
    return room if LEAST_TOKENS <= room < most else 0


def is_about_length(status: int, code: str) -> bool:
    """Whether a refusal is one for length by its state and the service's own word alone."""
    return status == 413 or code in CODES


def _number(pattern: re.Pattern[str], said: str) -> int | None:
    found = pattern.search(said)
    return int(next(group for group in found.groups() if group).replace(",", "")) if found else None
