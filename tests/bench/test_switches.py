"""The comparison of stages, on two functions: real engine, real sandbox, and the command line in a process of its own."""

from atlas_bench.switches import COMMAND_LINE, measure


async def test_variants_and_the_command_line():
    report = await measure(
        seeds=1, only=["defaults", "3 samples", COMMAND_LINE], functions=["top_square", "digit_total"]
    )
    rows = {row["variant"]: row for row in report["variants"]}
    assert list(rows) == ["defaults", "3 samples", COMMAND_LINE]
    assert rows["3 samples"]["changed"] == {"samples": 3}
    assert rows["3 samples"]["mean_candidates"] <= 3
    for row in rows.values():
        assert row["solves"] == 2
        assert row["verified_and_right"] <= min(row["verified"], row["right"])
        assert (row["verified"], row["verified_and_right"]) == (1, 1)  # without an example nothing is verified
        assert row["median_tokens"]["code"] > 0
