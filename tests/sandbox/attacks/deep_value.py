"""Returns a value so deeply nested that whoever walks it recursively falls off the stack.

Ends: MEMORY ValueTooLarge
"""


def attack(facts):
    value = []
    for _ in range(200_000):
        value = [value]
    return value
