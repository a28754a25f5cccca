"""All settings, one frozen record, every field with its unit and its zero case.

The JSON schema comes from the types (`json_schema`); unknown names and wrong types are reported with their path and
the rest is kept, so a bad setting never stops the server.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from typing import Annotated, Any, Literal

import msgspec


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model and its process."""

    model: str = ""
    """Path of a GGUF file. Empty: the bundled pocket model."""
    context: int = 0
    """Context length in tokens. 0: what the model was trained with, at most 8192."""
    threads: int = 0
    """CPU threads. 0: physical cores minus one, at least one."""
    gpu_layers: int = -1
    """Layers on the GPU. -1: as many as fit, where llama-cpp-python was built with GPU support; 0: none."""
    slots: int = 0
    """Most sequences decoded at once. 0: 16 where memory allows, fewer where not."""
    kv_tokens: int = 0
    """Tokens in the KV cache, all sequences together; rounded up to a multiple of 256.
    0: one context, and 1024 more for each further slot where memory allows."""
    kv_type: Literal["auto", "f16", "q8_0"] = "auto"
    """Numbers in the KV cache. q8_0 takes half the memory. "auto": f16 where memory allows."""
    draft_model: str = ""
    """Path of a small GGUF file with the model's vocabulary, which guesses tokens for the model to check. Empty: none."""
    rollback: int = 0
    """Longest guess, in tokens, for models with a recurrent state (Qwen3.5 and the like); their own MTP layers are used
    then, where the file has them. Each sequence keeps so many further copies of its state, about 20 MB each for
    Qwen3.5-0.8B. 3 is a good number, more than 15 are of no use. 0: no guesses. Other models need no copies."""
    idle_unload_s: float = 900.0
    """Seconds without work after which the model is freed until the next request. 0: never."""
    linger_s: float = 120.0
    """Seconds the engine stays loaded after its last client has gone."""
    load_timeout_s: float = 600.0
    """Seconds to wait for a model to load; large models on cold disks take minutes."""
    llama_server: str = ""
    """llama-server program to start where llama-cpp-python cannot be imported. Empty: the one on PATH."""
    url: str = ""
    """Address of an OpenAI-compatible server to use instead of the local engine, for example
    `http://127.0.0.1:11434/v1` or `unix:/run/vllm.sock`. Empty: the local engine, and nothing leaves this machine."""
    remote_model: str = ""
    """Name of the server's model. Empty: the only one it has."""
    api_key_env: str = "ATLAS_API_KEY"
    """Environment variable with the server's API key. Where it is not set, the system keyring is asked for the
    service `atlas-ls` and the server's host name, if the package `keyring` is installed."""
    concurrency: int = 8
    """Most requests at a time to another server; the others wait their turn."""
    connect_timeout_s: float = 10.0
    """Seconds to wait for a connection to another server."""
    first_byte_timeout_s: float = 900.0
    """Seconds until another server's answer begins: it may have to load the model first. 0: no limit."""
    timeout_s: float = 120.0
    """Seconds another server may be silent in the middle of an answer. 0: no limit."""


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How untrusted code is run."""

    python: str = ""
    """Interpreter that runs the candidates, whose packages they can import. Empty: the one that runs the server.

    With a `/` in it and relative, it is taken from the workspace: `.venv/bin/python`. It is run outside the sandbox once.
    """
    node: str = ""
    """Node that runs JavaScript and TypeScript. Empty: the one on PATH."""
    readable: tuple[str, ...] = ()
    """Files and folders of the workspace that candidates may read and import, `["src"]`; `["."]` is all. Empty: none."""
    preload: tuple[str, ...] = ()
    """Modules to import once and for all candidates, for example `["numpy"]`: each then saves the time it takes."""
    cpu_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 1.0
    """CPU seconds one call may take."""
    memory_mb: Annotated[int, msgspec.Meta(ge=1, le=1_048_576)] = 512
    """Address space of one candidate in MiB."""
    dangerously_run_code_without_isolation: bool = False
    """Run model-written code as you, with all you can read, write and reach, where nothing isolates it. Never needed where
    `atlas-ls doctor` shows a set of layers that works."""


class ThinkingBudget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a thinking model may think before one answer. Models that do not think are not affected."""

    mode: Literal["off", "auto", "capped", "extended"] = "off"
    """off: the model answers at once. auto: capped where it was not measured to do harm, which it does with the bundled
    model. capped: at most `max_tokens`. extended: also at least `min_tokens`, as far as
    `max_waits` times "Wait" achieve it (s1, arXiv 2501.19393, measured there on mathematics only)."""
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = 2048
    """Most tokens of thinking; they come on top of `solve.max_tokens`."""
    min_tokens: Annotated[int, msgspec.Meta(ge=0)] = 512
    """Least tokens of thinking, for `extended`."""
    max_waits: Annotated[int, msgspec.Meta(ge=0)] = 2
    """How often thinking that ends too soon is made to go on, for `extended`. 0: never."""

    def __post_init__(self) -> None:
        """Refuse what no answer can satisfy."""
        if self.mode == "extended" and self.min_tokens > self.max_tokens:
            raise ValueError(
                f"extended thinking of at least {self.min_tokens} and at most {self.max_tokens} tokens is impossible; "
                "lower min_tokens or raise max_tokens"
            )


class StageThinking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A budget for each stage that asks the model."""

    code: ThinkingBudget = ThinkingBudget()
    plan: ThinkingBudget = ThinkingBudget()
    tests: ThinkingBudget = ThinkingBudget()
    judge: ThinkingBudget = ThinkingBudget()
    repair: ThinkingBudget = ThinkingBudget()


_AUTO = ThinkingBudget(mode="auto")


class ThinkingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Thinking budgets of the two tiers."""

    fast: StageThinking = StageThinking()
    """Off throughout: the first answer should come soon."""
    full: StageThinking = StageThinking(code=_AUTO, tests=_AUTO, judge=_AUTO, repair=_AUTO)
    """Not for plans, which are thinking aloud already. With the bundled model thinking costs 7 points (95 %: -13 to -2, on
    pocket-dev), so it does not think; with instruct models it was not measured here."""


class SolveSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How hard to try."""

    route: Literal["fast", "samples", "full", "full + repair", "auto"] = "samples"
    """How much is tried. fast: one candidate, without thinking and tests. samples: plain samples, as many as the evidence
    asks for. full: half of them from plans, and thinking where the model thinks. full + repair: and repairs of what fails.
    auto: the first candidate is shown, and from it and the task one of these is chosen; not the default: with the bundled
    model it solves as much as samples (95 %: -1.2 to +1.3 points; benchmarks/RESULTS.md)."""
    samples: Annotated[int, msgspec.Meta(ge=1)] = 20
    """Most candidates to sample; without any example `unchecked_samples`, if that is less. Sampling stops earlier as soon as
    the evidence is enough."""
    unchecked_samples: Annotated[int, msgspec.Meta(ge=1)] = 8
    """Most where there is no example, neither in the docstring nor in the project's tests. Examples tell the right one among
    many; without them more samples gain little, and agree on a mistake more often (benchmarks/RESULTS.md)."""
    first_samples: Annotated[int, msgspec.Meta(ge=1)] = 3
    """Candidates before the evidence is first looked at."""
    resamples: Annotated[int, msgspec.Meta(ge=0)] = 3
    """Fresh samples, in all, in the place of candidates with a fault that shows without running them. 0: none."""
    background_samples: Annotated[int, msgspec.Meta(ge=0)] = 20
    """Most candidates where nobody waits for the answer."""
    temperature: Annotated[float, msgspec.Meta(gt=0)] = 0.8
    """Not 0: all samples would be the same one, and their agreement would say nothing."""
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.95
    test_samples: Annotated[int, msgspec.Meta(ge=0)] = 2
    """Test-writing requests. Where something is given, they are made only once candidates pass all of it and do not agree on
    other inputs. 0: no self-written tests."""
    input_samples: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests for inputs alone, of models that know how. 0: none: inputs made from those of examples and tests serve the
    bundled model as well (benchmarks/RESULTS.md), and no other was measured."""
    property_samples: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests for properties (round trip, bounds, order), of models that know how. 0: none: with the bundled model they
    gain nothing in any of five ways to count them, and no other was measured."""
    reference_samples: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Requests for a slow reference version to compare with. 0: none, because no gain has been measured."""
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = 768
    """Most tokens of one candidate or one test request."""
    context: bool = True
    """Show the model what belongs to the function: helpers, types, siblings, in this file and in those it imports.
    Off: the imports and the enclosing class only."""
    context_tokens: Annotated[int, msgspec.Meta(ge=0)] = 1024
    """Most tokens of all that, estimated at three characters a token. 0: nothing but the function."""
    project_tests: bool = True
    """Read the workspace's tests of the function and check candidates against those with literal values."""
    run_project_tests: bool = True
    """Run the workspace's tests that name the function on the best candidate, in the sandbox, where `sandbox.readable` lets
    them see files. They report on themselves: a failure prevents VERIFIED, a pass does not make it."""
    seed: int = 0
    """Seed of every random choice of a solve."""
    tier: Literal["fast", "full"] = "fast"
    """Which of the thinking budgets hold."""
    thinking: ThinkingSettings = ThinkingSettings()
    temperature_spread: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Samples after the first are drawn in turn at `temperature`, this much below it and this much above. 0: all at it.
    The gain of a spread has not been measured."""
    perturbed_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Share of the plain samples whose prompt gets a role, an instruction or a style (DivSampling, arXiv 2502.11027).
    0: none: with plans and thinking, the bundled model solved no more (-2.3 points, 95 %: -7.7 to +2.3), and no other was
    measured."""
    perturbation_position: Literal["back", "front"] = "back"
    """Where the perturbation stands. back: after the task, whose text the engine then decodes once for all samples.
    front: before it, as in the paper."""
    planned_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Share of the samples that are written from a plan (PlanSearch, arXiv 2409.03733).
    0: none: the bundled model solved no more (-2.5 points, 95 %: -6.5 to +1.5)."""
    plan_search: Literal["small", "medium", "paper"] = "small"
    """How plans are found. small: one request for a few approaches. medium: observations, further ones derived from
    some of their combinations, a plan for each of some combinations, about ten requests. paper: all combinations."""
    mutants: Annotated[int, msgspec.Meta(ge=0)] = 12
    """Broken versions of the chosen candidate that are run to see whether the evidence notices them. 0: none."""
    repair_rounds: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    """Rounds of repairs (PR-CoT, arXiv 2601.07780) where no candidate passes all given examples: from up to four
    perspectives each, and fresh samples for as many tokens beside them. 0: none: the bundled model gained nothing by them.
    "Repair this function" has one round in any case."""
    repair_analysis: bool = False
    """After them, one more repair from an analysis of all that failed. Off, because no gain has been measured yet."""
    token_budget: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Tokens the model may write for one solve, in all its stages together, plans, tests and judgements among them. Once
    they are used up nothing more is asked, and the solve ends with the best it has. 0: no limit."""
    abandon_after: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Samples after which no more are drawn where none passes any given example. 0: never, because that also gives up
    tasks that more samples solve: after 8 of 20 recorded ones 2 % of what is solved, for 17 % fewer samples on the rest."""
    deadline_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds, from when the model is loaded, after which a solve ends with the best it has. 0: no limit."""
    s_star: bool = True
    """Where two behaviours are about equally good, let the model say which output is right for a call on which they differ
    (S*). Models without prompts for it are not asked; the bundled one says "unclear" nine times in ten."""
    s_star_gap: float = 0.15
    """How close in score another behaviour has to come. 0: never close enough."""
    s_star_rounds: Annotated[int, msgspec.Meta(ge=0)] = 1
    """Most calls asked about for each pair of behaviours, two requests each."""

    def where_tests_are_wanted(self) -> SolveSettings:
        """Return the settings with every kind of request for tests, unless there are to be none at all.

        To choose a candidate fewer do as well; where tests are written for the user or look for faults, each brings others.
        """
        if not self.test_samples:
            return self
        return msgspec.structs.replace(
            self,
            test_samples=max(3, self.test_samples),
            input_samples=max(1, self.input_samples),
            property_samples=max(1, self.property_samples),
        )

    def with_samples(self, most: int) -> SolveSettings:
        """Return the settings with at most so many candidates, whatever is given."""
        return msgspec.structs.replace(self, samples=most, unchecked_samples=most)


class CompletionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ghost text in a stub's body."""

    solve: Literal["never", "invoked", "automatic"] = "invoked"
    """When a quick solve is begun for it: never, only verified solutions that are known are shown; invoked, when you ask for
    a completion; automatic, also after half a second without a key, which keeps the model busy."""


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of finished solves, on this machine, readable by you only."""

    enabled: bool = True
    """Keep them. Off: nothing is written and nothing is read."""
    cache: bool = True
    """Answer a function that was solved before from the history, if it is verified again; no tokens are spent then."""
    max_mb: Annotated[int, msgspec.Meta(ge=0, le=1_048_576)] = 256
    """Most MiB on disk; the oldest solves go first. 0: no limit."""


class EnergySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What energy costs."""

    price_per_kwh: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Price of a kWh, in your currency: results then say what the energy cost that the machine's counters counted. 0: they
    say joules only. Without a counter that can be read they say neither."""


class LensSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the learned scorer is used for. It never counts as evidence: no level gets higher by it."""

    selection: Literal["off", "ties", "weak"] = "off"
    """ties: where the evidence for candidates is equal, the one that the Lens thinks likelier to be right goes first. weak:
    also, where there is no example and no test of the project, its P(right) is added to the score. off: for the bundled
    model nothing learned was better than log-probability, which decides between equal evidence in any case."""
    route: bool = False
    """Where nothing is given, tell the router (`solve.route` = auto) P(right) of the first candidate, in the place of the
    share of examples that it passes."""
    stop_below: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """Draw no more samples once no candidate is likelier to be right than this and none passes a given example. 0: never."""
    weights: str = ""
    """Path of a weights file to use, also one that was not measured to be better than log-probability. Empty: the newest of
    `atlas-ls lens train` for the model, else the shipped one."""

    recalibrate: bool = True
    """While the Lens is used and no command runs, adapt it to the new outcomes in the history, in a process of low priority
    that ends at once when a command begins. The version in use is replaced only where that is surely better, and
    `atlas-ls lens rollback` undoes it. A file named in lens.weights is never changed."""
    recalibrate_after: Annotated[int, msgspec.Meta(ge=1)] = 50
    """New results that you accepted, rejected or reverted, after which that is tried."""
    recalibrate_idle_s: Annotated[float, msgspec.Meta(ge=0.0)] = 30.0
    """Seconds without a command before it is tried."""

    @property
    def is_used(self) -> bool:
        """Whether anything asks for it."""
        return self.selection != "off" or self.route or self.stop_below > 0


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    engine: EngineSettings = EngineSettings()
    sandbox: SandboxSettings = SandboxSettings()
    solve: SolveSettings = SolveSettings()
    completion: CompletionSettings = CompletionSettings()
    history: HistorySettings = HistorySettings()
    energy: EnergySettings = EnergySettings()

    lens: LensSettings = LensSettings()


def changed(section: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a section that are not as by default, as plain JSON values."""
    plain, usual = msgspec.to_builtins(section), msgspec.to_builtins(type(section)())
    return {name: value for name, value in plain.items() if value != usual[name]}


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of `Settings`, with what is written under each field as its description."""
    schema = msgspec.json.schema(Settings)
    for name, definition in schema["$defs"].items():
        described = _descriptions(globals()[name])
        for field, item in definition.get("properties", {}).items():
            if field not in described:
                continue
            if "$ref" in item:  # nothing else counts beside a reference
                item["anyOf"] = [{"$ref": item.pop("$ref")}]
            item["description"] = described[field]
    return schema


def _descriptions(record: type[msgspec.Struct]) -> dict[str, str]:
    """Return the strings that stand under the fields of a record."""
    (definition,) = ast.parse(inspect.getsource(record)).body
    found: dict[str, str] = {}
    assert isinstance(definition, ast.ClassDef)
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found


def parse_settings(value: object) -> tuple[Settings, list[str]]:
    """Read settings as sent by a client; return them with one message per part that was wrong.

    A wrong field falls back to its default and leaves the others as they were sent.
    """
    problems: list[str] = []
    if value is None:
        return Settings(), problems
    if not isinstance(value, dict):
        return Settings(), [f"settings: expected an object, got {type(value).__name__}"]
    sections: dict[str, msgspec.Struct] = {}
    known = {field.name: type(field.default) for field in msgspec.structs.fields(Settings)}
    for name, sent in value.items():
        if name not in known:
            problems.append(f"{name}: unknown setting; known are {', '.join(known)}")
        elif not isinstance(sent, dict):
            problems.append(f"{name}: expected an object, got {type(sent).__name__}")
        else:
            sections[name] = _parse_section(name, known[name], sent, problems)
    return Settings(**sections), problems  # type: ignore[arg-type]


def _parse_section(path: str, kind: type[msgspec.Struct], sent: dict[str, Any], problems: list[str]) -> msgspec.Struct:
    good: dict[str, Any] = {}
    for name, item in sent.items():
        try:
            msgspec.convert({name: item}, kind)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:  # a lone surrogate is no text
            problems.append(f"{path}.{name}: {error}")
        else:
            good[name] = item
    return msgspec.convert(good, kind)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
