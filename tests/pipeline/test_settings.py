"""The schema of the settings, as it is kept beside the documentation."""

import json
from pathlib import Path

from atlas_pipeline.settings import json_schema

DOCS = Path(__file__).parents[2] / "docs"


def test_the_schema_in_the_documentation_is_this_one():
    """Run `python -m atlas_pipeline.settings > docs/settings.schema.json` after a change."""
    assert json.loads((DOCS / "settings.schema.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(json_schema())
    )


def test_fields_have_their_descriptions():
    definitions = json_schema()["$defs"]
    samples = definitions["SolveSettings"]["properties"]["samples"]
    assert samples == {
        "type": "integer",
        "minimum": 1,
        "default": 20,
        "description": "Most candidates to sample; without any example `unchecked_samples`, if that is less. "
        "Sampling stops earlier as soon as\nthe evidence is enough.",
    }
    python = definitions["SandboxSettings"]["properties"]["python"]["description"]
    assert python.startswith("Interpreter that runs the candidates")
    assert python.endswith("It is run outside the sandbox once.")
    fast = definitions["ThinkingSettings"]["properties"]["fast"]
    assert fast["anyOf"] == [{"$ref": "#/$defs/StageThinking"}]
    assert fast["description"].startswith("Off throughout")
