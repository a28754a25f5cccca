"""`python -m atlas_bench.llama_generate`: calls `llama_cpp.Llama.generate` for the engine bench, which must not import it.

One JSON object a line on standard input, `{"prompt": [token], "k": n, "tokens": n, "seed": n}`; for each one line with
the seconds on standard output. Ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import llama_cpp.llama_cpp as api
from llama_cpp import Llama


def main() -> None:
    """Load the model as the command line says and answer until the input ends."""
    model, threads, configuration = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    llama = _load(model, threads, configuration)
    for line in sys.stdin:
        print(json.dumps(_measure(llama, **json.loads(line))), flush=True)


def _load(model: str, threads: int, configuration: dict[str, Any]) -> Llama:
    with nullcontext() if configuration["repacked"] else without_repacking():
        return Llama(
            model_path=model,
            n_gpu_layers=0,
            n_ctx=configuration["context"],
            n_batch=configuration["batch"],
            n_ubatch=configuration["micro_batch"],
            n_threads=threads,
            n_threads_batch=threads,
            flash_attn=configuration["flash_attention"],
            type_k=_kv_type(configuration["key_type"]),
            type_v=_kv_type(configuration["value_type"]),
            no_perf=True,
            verbose=False,
        )


def _kv_type(name: str) -> int:
    """Return ggml's number for a type as its log names it: "f16", "q8_0"."""
    number: int = getattr(api, f"GGML_TYPE_{name.upper()}")
    return number


@contextmanager
def without_repacking() -> Iterator[None]:
    """Make `Llama`, which has no argument for it, load the weights as they are in the file, as the engine does."""
    defaults = api.llama_model_default_params

    def changed() -> Any:
        parameters = defaults()
        parameters.use_extra_bufts = False
        return parameters

    api.llama_model_default_params = changed
    try:
        yield
    finally:
        api.llama_model_default_params = defaults


def _measure(llama: Llama, prompt: list[int], k: int, tokens: int, seed: int) -> dict[str, float]:
    """Generate k sequences one after another; the prompt's cache is reused from the second on, as `generate` does."""
    firsts: list[float] = []
    began = time.perf_counter()
    for number in range(k):
        llama.set_seed(seed + number)
        for count, _ in enumerate(
            llama.generate(prompt, temp=0.8, top_k=40, top_p=0.95, min_p=0.05, repeat_penalty=1.0), start=1
        ):
            if count == 1:
                firsts.append(time.perf_counter() - began)
            if count == tokens:
                break
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "first_token_s": min(firsts, default=0.0),
        "all_first_tokens_s": max(firsts, default=0.0),
    }


if __name__ == "__main__":
    main()
