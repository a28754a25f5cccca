"""Uses the processor for ever inside one instruction, where no signal handler runs.

Ends: TIMEOUT
"""


def attack(facts):
    return sum(range(10**15))
