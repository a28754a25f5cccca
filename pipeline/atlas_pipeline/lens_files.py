"""Where the user's trained Lenses are."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def lens_folder() -> Path:
    """Return the folder of the user's trained Lenses, one folder a model in it."""
    return platformdirs.user_data_path("atlas-ls", appauthor=False) / "lens"
