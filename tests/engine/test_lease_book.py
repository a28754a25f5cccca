"""When an engine may end, on a clock of the test's own."""

from __future__ import annotations

from atlas_pipeline.engine.lease_book import FIRST_LEASE_S, LeaseBook


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_ends_if_nobody_ever_comes() -> None:
    clock = Clock()
    book = LeaseBook(1.0, clock=clock)
    clock.now += FIRST_LEASE_S - 1
    assert not book.is_over()
    clock.now += 2
    assert book.is_over()


def test_waits_longer_for_the_first_lease_if_it_lingers_longer() -> None:
    clock = Clock()
    book = LeaseBook(FIRST_LEASE_S + 60, clock=clock)
    clock.now += FIRST_LEASE_S + 1
    assert not book.is_over()


def test_lingers_after_the_last_lease_for_as_long_as_that_one_asked() -> None:
    clock = Clock()
    book = LeaseBook(120.0, clock=clock)
    with book.lease(5.0):
        with book.lease(50.0):
            clock.now += 1000
            assert not book.is_over()
        clock.now += 1000
        assert not book.is_over()
    clock.now += 4
    assert not book.is_over()
    clock.now += 2
    assert book.is_over()


def test_a_useless_engine_does_not_linger() -> None:
    clock = Clock()
    book = LeaseBook(120.0, clock=clock)
    with book.lease():
        book.give_up()
        assert not book.is_over()
    assert book.is_over()


def test_an_engine_that_becomes_useless_while_it_lingers_ends_at_once() -> None:
    clock = Clock()
    book = LeaseBook(120.0, clock=clock)
    with book.lease():
        clock.now += 1
    assert not book.is_over()
    book.give_up()
    assert book.is_over()


def test_a_useless_engine_waits_for_the_client_that_started_it() -> None:
    clock = Clock()
    book = LeaseBook(0.0, clock=clock)
    book.give_up()
    clock.now += FIRST_LEASE_S - 1
    assert not book.is_over()
    with book.lease(50.0):
        book.give_up()
    assert book.is_over()
