"""Training, export and parity with llama.cpp. Needs torch, so it runs in an environment of its own (`make test-train`)."""

import json
import signal
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

try:
    import torch
except ImportError:
    pytest.skip("torch is not installed: `make test-train` runs this", allow_module_level=True)

import gguf
from llama_cpp import Llama
from pocket_in_torch import torch_of
from reference_llama import reference_llama
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from unquantised import write_unquantised

from atlas_pipeline import prompts
from atlas_pocket import tokenizer as tokenizers_
from atlas_pocket import train as training
from atlas_pocket.corpus import samples
from atlas_pocket.export import export
from atlas_pocket.growth import grown
from atlas_pocket.network import Network, Shape
from atlas_pocket.quantisation import compare
from atlas_pocket.roles import MAKERS
from atlas_pocket.tokenizer import QWEN2_SPLIT, SPECIAL_TOKENS

WEIGHTS = str(files("atlas_pocket") / "weights" / "pocket.gguf")


def llama_logits(path: str, tokens: list[int]) -> np.ndarray:
    llama = reference_llama(path, n_ctx=512, n_threads=1, logits_all=True)
    llama.eval(tokens)
    return np.array(llama.scores[: len(tokens)])


def assert_parity(path: str, tokens: list[int], *, tolerance: float = 0.03) -> None:
    with torch.inference_mode():
        ours = torch_of(path)(torch.tensor([tokens]))[0].numpy()
    theirs = llama_logits(path, tokens)
    spread = float(ours.std())
    assert np.abs(ours - theirs).max() < tolerance * spread, (np.abs(ours - theirs).max(), spread)
    clear = np.sort(ours, axis=1)[:, -1] - np.sort(ours, axis=1)[:, -2] > 0.05 * spread
    assert (ours.argmax(1) == theirs.argmax(1))[clear].all()


def test_the_shipped_weights_give_the_same_logits_in_torch_and_in_llama_cpp(tmp_path):
    torch.set_num_threads(1)
    prompt, answer = next(samples(9)).text()
    llama = Llama(WEIGHTS, vocab_only=True, verbose=False)
    tokens = llama.tokenize((prompt + answer).encode(), add_bos=False, special=True)
    assert len(tokens) > 50
    assert_parity(str(write_unquantised(Path(WEIGHTS), tmp_path / "f16.gguf")), tokens)
    assert_parity(WEIGHTS, tokens, tolerance=0.2)  # with Q8_0 weights llama.cpp quantises the activations, too


def test_both_tokenizers_agree():
    reader = gguf.GGUFReader(WEIGHTS)
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    llama = Llama(WEIGHTS, vocab_only=True, verbose=False)
    stream = samples(4)
    for text in ["".join(next(stream).text()) for _ in range(300)] + ["x\t= 'é漢😀' # it's 1234\r\n\n  y"]:
        assert llama.tokenize(text.encode(), add_bos=False, special=True) == tokenizer.encode(text).ids, text


def small_tokenizer(seed):
    stream = samples(seed)
    return tokenizers_.fit(("".join(next(stream).text()) for _ in range(200)), SMALL.vocabulary)


SMALL = Shape(
    vocabulary=384,
    layers=2,
    width=64,
    heads=4,
    kv_heads=2,
    head_dim=16,
    feed_forward=128,
    context=1024,
    initial_std=0.1,
)
RECIPE = replace(
    training.POCKET,
    shape=SMALL,
    tokenizer=small_tokenizer,
    held_texts=lambda: {"code": [next(samples(1)).text()], "tests": [next(samples(2)).text()]},
)


def arguments(out, *more, tokens=24_000):
    fixed = ["--batch-tokens", "2048", "--warm-up", "4000", "--seed", "3", "--threads", "1", "--cpu"]
    return training.parser().parse_args(["--out", str(out), "--tokens", str(tokens), *fixed, *more])


def checkpoint(folder):
    return torch.load(folder / "checkpoint.pt", weights_only=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return training.train(arguments(tmp_path_factory.mktemp("run"), "--learning-rate", "4e-3"), RECIPE)


def loss(folder):
    saved = checkpoint(folder)
    network = Network(Shape(**saved["shape"]))
    network.load_state_dict(saved["model"])
    tokenizer = tokenizers_.load(folder / "tokenizer.json")
    _, batch = next(training.batches(tokenizer, seed=50, batch_tokens=2048, recipe=RECIPE))
    with torch.inference_mode():
        return float(training.loss_of(network, *batch)[0])


def test_training_and_inference_attend_alike():
    torch.manual_seed(3)
    network = Network(Shape(vocabulary=50, layers=2, width=64, heads=6, kv_heads=2, head_dim=16, feed_forward=96))
    tokens = torch.randint(50, (3, 17))
    with torch.inference_mode():
        expected = network(tokens)
    assert torch.allclose(network(tokens), expected, atol=1e-5)


def test_training_lowers_the_loss(trained):
    assert checkpoint(trained)["shape"]["vocabulary"] == 384
    assert loss(trained) < 0.85 * np.log(384)


def test_a_training_goes_on_where_it_was(trained, tmp_path, capsys):
    before = checkpoint(trained)
    again = training.train(
        arguments(tmp_path / "again", "--resume", str(trained), "--learning-rate", "0", tokens=3_000), RECIPE
    )
    assert (again / "tokenizer.json").read_bytes() == (trained / "tokenizer.json").read_bytes()
    printed = capsys.readouterr().out
    for part in ("parameters", "3,000 tokens", "FLOPs", "tokens/s", "hours"):
        assert part in printed
    after = checkpoint(again)
    assert loss(again) == loss(trained)  # at rate 0 the weights stay
    assert after["position"]["tokens"] > before["position"]["tokens"]
    assert after["position"]["chunk"] > before["position"]["chunk"]  # no sample is seen twice
    steps = [state["step"] for saved in (before, after) for state in saved["optimisers"][0]["state"].values()]
    assert max(steps) == after["position"]["step"]  # the optimisers went on, too


def test_a_training_that_takes_too_long_is_refused(tmp_path):
    with pytest.raises(training.PlanRefusedError, match=r"allowed are 1e-09 \(--most-hours\). Train at most 0 tokens"):
        training.train(arguments(tmp_path, "--most-hours", "1e-9"), RECIPE)
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_training_that_is_told_to_stop_saves_what_it_has(tmp_path):
    def stopping(seed):
        if not str(seed).endswith("/-1"):  # the chunk that is measured before the training
            signal.raise_signal(signal.SIGTERM)
        return training.pocket_texts(seed)

    training.train(arguments(tmp_path, tokens=10_000_000), replace(RECIPE, texts=stopping))
    assert checkpoint(tmp_path)["position"]["tokens"] == 0
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_muon_trains_as_well(tmp_path):
    out = training.train(arguments(tmp_path, "--optimiser", "muon", "--learning-rate", "1e-2"), RECIPE)
    assert loss(out) < 0.85 * np.log(384)
    assert len(checkpoint(out)["optimisers"]) == 2


def test_a_larger_network_begins_as_the_smaller_one(trained):
    tokenizer = tokenizers_.load(trained / "tokenizer.json")
    old = Network(SMALL)
    old.load_state_dict(checkpoint(trained)["model"])
    larger = replace(SMALL, layers=5, width=96, heads=6, kv_heads=3, feed_forward=160, initial_std=0.0)
    new = grown(old, larger, tokenizer, tokenizer)
    tokens = torch.tensor([tokenizer.encode("def f(x):\n    return x + 1").ids])
    with torch.inference_mode():
        torch.testing.assert_close(new(tokens), old(tokens), atol=2e-3, rtol=1e-3)
    with pytest.raises(ValueError, match="cannot begin with the weights"):
        grown(old, replace(SMALL, width=32), tokenizer, tokenizer)


def test_new_tokens_begin_as_the_old_ones_they_were_spelt_with(trained):
    tokenizer = tokenizers_.load(trained / "tokenizer.json")
    old = Network(SMALL)
    finer = tokenizers_.fit(iter(["def zebra zebra zebra"] * 5), 300)
    assert "zebra" in {token.strip("\u0120") for token in finer.get_vocab()}
    new = grown(old, replace(SMALL, vocabulary=finer.get_vocab_size()), tokenizer, finer)
    known, weights = old.embedding.weight, new.embedding.weight
    for token, number in finer.get_vocab().items():
        pieces = tokenizer.encode(finer.decoder.decode([token])).ids
        if token not in tokenizer.get_vocab():
            torch.testing.assert_close(weights[number], known[pieces].mean(0))


@pytest.mark.parametrize("kind", ["f16", "q8_0"])
def test_export_keeps_the_logits(trained, tmp_path, kind):
    path = tmp_path / "m.gguf"
    export(trained, path, kind=kind)
    fields = gguf.GGUFReader(str(path)).fields
    assert fields["atlas.prompt_profile"].contents() == "pocket"
    assert fields["atlas.roles"].contents().split() == list(MAKERS)
    assert fields["atlas.prompts"].contents() == prompts.digest("pocket", tuple(MAKERS))
    # With Q8_0 weights llama.cpp quantises the activations, too.
    assert_parity(str(path), list(range(5, 69)), tolerance=0.2 if kind == "q8_0" else 0.03)


def test_what_a_number_format_costs(trained):
    found = compare(trained, RECIPE.held_texts())
    assert set(found) == {"f32", "f16", "q8_0"}
    assert set(found["f32"]) == {"all", "code", "tests"}
    assert found["f32"]["code"] == pytest.approx(logged(trained)[-1]["held_loss"]["code"], abs=0.02)  # in bf16 there
    assert abs(found["f16"]["all"] - found["f32"]["all"]) < abs(found["q8_0"]["all"] - found["f32"]["all"]) < 0.02


def test_learning_rate_by_hand():
    fixed = {"peak": 1.0, "decay": 0.2, "warm_up": 100.0}
    assert training.learning_rate(0.0, 1000.0, **fixed) == 0.0
    assert training.learning_rate(50.0, 1000.0, **fixed) == pytest.approx(0.5)
    assert training.learning_rate(800.0, 1000.0, **fixed) == pytest.approx(1.0)
    assert training.learning_rate(900.0, 1000.0, **fixed) == pytest.approx(0.5)
    assert training.learning_rate(1000.0, 1000.0, **fixed) == pytest.approx(0.02)
    assert training.learning_rate(1000.0, 1000.0, peak=1.0, decay=0.0, warm_up=0.0) == 1.0


def logged(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_the_log_is_json_lines(trained):
    entries = logged(trained)
    assert all(entry["tokens"] > 0 for entry in entries)
    assert set(entries[-1]["held_loss"]) == {"code", "tests"}
