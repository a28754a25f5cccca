"""Every record is frozen: what was observed cannot be changed later."""

import dataclasses
import inspect

import pytest

from atlas_pipeline import events, records, selection, settings
from atlas_pipeline.engine import api as engine_api
from atlas_pipeline.history import records as history_records
from atlas_pipeline.sandbox import api as sandbox_api

RECORDS = [
    item
    for module in (records, events, selection, engine_api, sandbox_api, history_records)
    for _, item in inspect.getmembers(module, dataclasses.is_dataclass)
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_frozen(record):
    assert record.__dataclass_params__.frozen, record
    assert hasattr(record, "__slots__")


def test_settings_are_frozen_and_have_a_schema():
    with pytest.raises(AttributeError):
        settings.Settings().solve = None
    schema = settings.json_schema()
    assert schema["$defs"]["SolveSettings"]["properties"]["samples"]["type"] == "integer"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"engine": {"threads": "x"}}, "engine.threads"),
        ({"engine": {"thread": 1}}, "engine.thread"),
        ({"colour": 1}, "colour"),
        ({"solve": 3}, "solve"),
        ([1], "settings"),
    ],
)
def test_wrong_settings_are_named_and_the_rest_is_kept(sent, problem):
    if isinstance(sent, dict):
        sent = {"sandbox": {"cpu_s": 2.5}, **sent}
    parsed, problems = settings.parse_settings(sent)
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    if isinstance(sent, dict):
        assert parsed.sandbox.cpu_s == 2.5
    assert parsed.solve == settings.SolveSettings()


def test_no_settings():
    assert settings.parse_settings(None) == (settings.Settings(), [])
