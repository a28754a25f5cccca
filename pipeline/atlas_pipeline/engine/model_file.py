"""The setting `engine.model` as a path: the user's file, or the pocket model that comes with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from atlas_pipeline.errors import ModelFileError

BUNDLED_PACKAGE = "atlas_pocket"
BUNDLED_FILE = ("weights", "pocket.gguf")


def model_path(setting: str) -> Path:
    """Return the absolute path of the model that `setting` names; empty names the bundled pocket model.

    Raises:
        ModelFileError: the bundled model is not part of this installation. The user's own path is not looked at here.
    """
    if setting:
        return Path(setting).expanduser().absolute()
    try:
        path = Path(str(resources.files(BUNDLED_PACKAGE).joinpath(*BUNDLED_FILE)))
    except ModuleNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise ModelFileError(
            "The bundled pocket model is missing from this installation. "
            "Set `engine.model` to a GGUF file, or reinstall atlas-ls."
        )
    return path
