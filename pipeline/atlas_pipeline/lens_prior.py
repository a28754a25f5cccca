"""The Lens in a solve: P(right) of each candidate before anything is run, from the model's own embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from atlas_lens import weights
from atlas_lens.errors import LensError
from atlas_lens.lens import Lens
from atlas_lens.store import Store
from atlas_pipeline.asking import Asker
from atlas_pipeline.engine.api import Capabilities, Engine
from atlas_pipeline.errors import UsageError
from atlas_pipeline.events import LensJudgement, LensScored, StageSkipped
from atlas_pipeline.lens_files import lens_folder
from atlas_pipeline.lens_texts import candidate_text, task_text
from atlas_pipeline.records import Candidate, Embedded
from atlas_pipeline.settings import LensSettings

if TYPE_CHECKING:
    from atlas_lens.outcomes import Floats

STAGE = "lens"


def open_lens(settings: LensSettings, capabilities: Capabilities) -> Lens | StageSkipped:
    """Return the Lens for a model, or why there is none and what would change that."""
    try:
        if settings.weights:
            found = weights.load(Path(settings.weights).expanduser())
        else:
            kept = Store(lens_folder(), capabilities.model_hash).load()
            if kept is None:
                return StageSkipped(
                    stage=STAGE,
                    reason=f"nobody trained a Lens for {capabilities.model} ({capabilities.model_hash}); candidates get no "
                    "prior. `atlas-ls lens train` makes one from outcomes; or set lens.selection to off",
                )
            found = kept.weights
    except LensError as error:
        return StageSkipped(stage=STAGE, reason=f"{error} Candidates get no prior")
    reason = weights.unfit(
        found,
        model=capabilities.model,
        model_hash=capabilities.model_hash,
        embedding_definitions=capabilities.embedding_definitions if capabilities.embeddings else (),
    )
    if reason is not None:
        return StageSkipped(stage=STAGE, reason=reason)
    if not found.earned and not settings.weights:
        return StageSkipped(
            stage=STAGE,
            reason=f"the Lens for {capabilities.model} was not shown to be better than log-probability on held-out tasks, "
            "so it stays out of the ranking; name its file in lens.weights to use it all the same",
        )
    return Lens(found)


class Prior:
    """Scores the candidates of one solve; a text is embedded once."""

    def __init__(self, lens: Lens, engine: Engine, asker: Asker) -> None:
        self.lens = lens
        self._engine = engine
        self._asker = asker
        self._definition = weights.definition_of(lens.weights)
        self._vectors: dict[str, Floats] = {}
        self.embedded: Embedded | None = None
        """What the candidates were scored by last; None where the scorer looks at no embedding."""

    async def score(self, candidates: Sequence[Candidate]) -> LensScored | StageSkipped:
        """Return what the Lens says of each of these candidates, or why it says nothing.

        Raises:
            EngineError: the model failed.
        """
        task = task_text(self._asker.task, self._asker)
        texts = [candidate_text(each) for each in candidates]
        missing = [text for text in self.lens.texts(task, texts) if text not in self._vectors]
        try:
            if missing:
                embedded = await self._engine.embed(missing, definitions=(self._definition,))
                self._vectors.update(zip(missing, embedded, strict=True))
        except UsageError as error:
            return StageSkipped(stage=STAGE, reason=f"a candidate cannot be embedded: {error}; candidates get no prior")
        judged = self.lens.judge(task, texts, self._vectors)
        self.embedded = self._embedded(candidates, self.lens.vectors(task, texts, self._vectors))
        return LensScored(
            scorer=self.lens.weights.name,
            version=self.lens.weights.version,
            judgements=tuple(
                LensJudgement(candidate=each.index, probability=said.probability)
                for each, said in zip(candidates, judged, strict=True)
            ),
            abstained=sum(said.probability is None for said in judged),
        )

    def _embedded(self, candidates: Sequence[Candidate], of_view: Mapping[str, Floats]) -> Embedded | None:
        if not of_view:
            return None
        ((view, vectors),) = of_view.items()
        halves = (vector.astype("<f2").tobytes() for vector in vectors)
        of = {each.index: half for each, half in zip(candidates, halves, strict=True)}
        return Embedded(view=view, definition=self._definition, vectors=of)


def open_prior(
    settings: LensSettings, capabilities: Capabilities, engine: Engine, asker: Asker
) -> Prior | StageSkipped:
    """Return the prior of one solve, or why there is none."""
    lens = open_lens(settings, capabilities)
    return lens if isinstance(lens, StageSkipped) else Prior(lens, engine, asker)
