"""Energy from counters: a tree like the kernel's, a module like NVML's, and nothing at all. No value is made up."""

import asyncio
import sys
import threading

import pytest
from scripted import ScriptedEngine

from atlas_pipeline import energy
from atlas_pipeline.energy import EnergyUse, LostError, open_meter
from atlas_pipeline.events import Finished
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Energy
from atlas_pipeline.settings import EnergySettings, EngineSettings, Settings, SolveSettings
from atlas_pipeline.solving import solve


def zone(folder, name, *, uj, most=262_143_328_850, kind="package-0"):
    path = folder / name
    path.mkdir(parents=True)
    (path / "name").write_text(f"{kind}\n")
    (path / "max_energy_range_uj").write_text(f"{most}\n")
    (path / "energy_uj").write_text(f"{uj}\n")
    return path / "energy_uj"


class NoNvml:
    def __call__(self):
        raise ModuleNotFoundError("No module named 'pynvml'")


class FakeNvml:
    """As much of `pynvml` as is used; `counters` are millijoules, or an error to raise."""

    class NVMLError(Exception):
        pass

    def __init__(self, *counters, broken=False):
        self.counters = list(counters)
        self.broken = broken

    def nvmlInit(self):
        if self.broken:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self):
        return len(self.counters)

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):
        if self.counters[handle] is None:
            raise self.NVMLError("Not Supported")
        return self.counters[handle]


def meter(powercap, nvml=None):
    return open_meter(powercap=powercap, load_nvml=NoNvml() if nvml is None else lambda: nvml)


def test_packages_are_counted_once(tmp_path):
    package = zone(tmp_path, "intel-rapl:0", uj=5_000_000)
    others = [
        zone(tmp_path, "intel-rapl:0:0", uj=0, kind="core"),
        zone(tmp_path, "intel-rapl:0:1", uj=0, kind="dram"),
        zone(tmp_path, "intel-rapl:1", uj=0, kind="psys"),
        zone(tmp_path, "intel-rapl-mmio:0", uj=0),
    ]
    second = zone(tmp_path, "intel-rapl:2", uj=7, kind="package-1")
    found = meter(tmp_path)
    for file in others:
        file.write_text("999999999\n")
    package.write_text("17500000\n")
    second.write_text("1000007\n")
    read = found.read()
    assert read.joules == pytest.approx(12.5 + 1.0)
    assert read.sources == ("RAPL package-0", "RAPL package-1")


def test_a_counter_that_begins_anew_goes_on(tmp_path):
    file = zone(tmp_path, "intel-rapl:0", uj=900, most=1_000)
    found = meter(tmp_path)
    assert found.read().joules == 0.0
    file.write_text("50\n")  # 100 to the end, and 50
    assert found.read().joules == pytest.approx(150e-6)
    file.write_text("40\n")  # once more: 950 and 40
    assert found.read().joules == pytest.approx(1140e-6)
    (file.parent / "max_energy_range_uj").unlink()
    file.write_text("60\n")
    assert found.read().joules == pytest.approx(1160e-6)
    file.write_text("10\n")
    with pytest.raises(LostError, match="max_energy_range_uj"):
        found.read()


@pytest.mark.parametrize("content", [None, "", "a lot\n"])
def test_what_cannot_be_read_is_not_counted(tmp_path, content):
    file = zone(tmp_path, "intel-rapl:0", uj=1)
    if content is None:
        file.unlink()
        file.mkdir()  # fails to be read for root, too, whom the mode 0400 of the kernel does not stop
    else:
        file.write_text(content)
    assert meter(tmp_path) is None
    other = zone(tmp_path, "intel-rapl:1", uj=1, kind="package-1")
    found = meter(tmp_path)
    other.write_text("2000001\n")
    assert found.read() == Energy(joules=2.0, sources=("RAPL package-1",))


def test_gpus_are_counted_where_they_count(tmp_path):
    nvml = FakeNvml(1_000, None, 5_000)
    found = meter(tmp_path / "nothing", nvml)
    nvml.counters = [3_500, None, 5_250]
    assert found.read() == Energy(joules=2.75, sources=("NVML GPU 0", "NVML GPU 2"))
    nvml.counters[2] = None
    with pytest.raises(LostError, match="Not Supported"):
        found.read()
    nvml.counters[2] = 10  # the driver was loaded anew
    with pytest.raises(LostError, match="went back"):
        found.read()


@pytest.mark.parametrize("nvml", [None, FakeNvml(), FakeNvml(1, broken=True), FakeNvml(None)])
def test_nothing_to_read_is_no_meter(tmp_path, nvml):
    assert meter(tmp_path, nvml) is None


async def test_a_counter_that_is_lost_leaves_no_figure(tmp_path):
    file = zone(tmp_path, "intel-rapl:0", uj=0)
    use = EnergyUse()
    await use.start(lambda: meter(tmp_path))
    file.write_text("3000000\n")
    await use.update()
    assert use.used.joules == 3.0
    file.unlink()
    await use.update()
    assert use.used is None
    file.write_text("4000000\n")
    await use.update()
    assert use.used is None


async def test_a_counter_that_hangs_delays_nobody(monkeypatch):
    monkeypatch.setattr(energy, "READ_S", 0.01)
    go_on = threading.Event()
    use = EnergyUse()
    await use.start(go_on.wait)
    await use.update()
    assert use.used is None
    go_on.set()
    await asyncio.sleep(0)


SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'


async def cost_of(sandbox, monkeypatch, engine=None, price=0.0, nvml=None):
    nvml = nvml or FakeNvml(1_000)

    def answer(prompt, sampling):
        nvml.counters[0] += 900_000  # three answers, 2,700 J
        return "    return 2 * x"

    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.setattr(energy.open_meter, "__kwdefaults__", {"powercap": energy.Path("/nowhere"), "load_nvml": None})
    document = Document(SOURCE)
    settings = Settings(
        solve=SolveSettings(test_samples=0, mutants=0),
        energy=EnergySettings(price_per_kwh=price),
        engine=EngineSettings(url=engine or ""),
    )
    task = make_task(document, document.named("double"))
    stream = solve(task, engine=ScriptedEngine(answer), sandbox=sandbox, settings=settings)
    events = [event async for event in stream]
    assert isinstance(events[-1], Finished)
    return events[-1].selection.cost


@pytest.mark.asyncio(loop_scope="module")
async def test_a_solve_says_what_it_used(sandbox, monkeypatch):
    cost = await cost_of(sandbox, monkeypatch)
    assert cost.energy == Energy(joules=2_700.0, sources=("NVML GPU 0",))
    assert cost.money is None
    assert (await cost_of(sandbox, monkeypatch, price=0.4)).money == pytest.approx(2_700 / 3.6e6 * 0.4)
    assert (await cost_of(sandbox, monkeypatch, engine="http://127.0.0.1:1234/v1")).energy is not None


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_figure_there_is_no_price(sandbox, monkeypatch):
    # The model is elsewhere: this machine's counters say nothing about it.
    for changes in ({"engine": "https://models.example.org/v1"}, {"nvml": FakeNvml(0, broken=True)}):
        cost = await cost_of(sandbox, monkeypatch, price=0.4, **changes)
        assert (cost.energy, cost.money) == (None, None)
