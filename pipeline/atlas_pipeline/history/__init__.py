"""What was solved before, on this machine: tasks, candidates, verdicts, outcomes, in one SQLite file.

    events of a solve -> HistoryRecorder -> History (one writer thread) -> history.sqlite3 -> an answer that is judged again

`recall.solve_with_history` is `solve` with both ends of that. The file is written by several servers at once, is bounded
in size, and is never worth a failed solve: whatever is wrong with it is said once, and the solve goes on.
`docs/history.md` says what is in it.
"""

from atlas_pipeline.history.history import History, open_history
from atlas_pipeline.history.recall import Remembering, solve_with_history
from atlas_pipeline.history.records import Outcome

__all__ = ["History", "Outcome", "Remembering", "open_history", "solve_with_history"]
