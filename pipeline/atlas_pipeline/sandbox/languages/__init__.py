"""The languages that can be run. A new one is one file here, its entry below, and a test."""

from __future__ import annotations

from atlas_pipeline.errors import UsageError

from .api import BuildError, Built, FoundFunction, Language
from .javascript import JavaScript
from .python import Python
from .typescript import TypeScript

LANGUAGES: dict[str, Language] = {language.name: language for language in (Python(), JavaScript(), TypeScript())}


def language_of(file_name: str) -> Language:
    """Return the language of a file by its suffix.

    Raises:
        UsageError: there is none.
    """
    for language in LANGUAGES.values():
        if file_name.endswith(language.suffixes):
            return language
    known = ", ".join(suffix for language in LANGUAGES.values() for suffix in language.suffixes)
    raise UsageError(f"{file_name}: this kind of file cannot be run; known are {known}")


__all__ = ["LANGUAGES", "BuildError", "Built", "FoundFunction", "Language", "language_of"]
