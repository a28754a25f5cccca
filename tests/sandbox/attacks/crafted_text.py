"""Returns and raises text that is meant for whoever shows it: control sequences, lone surrogates, protocol headers.

Ends: RAISED Evil
"""

NASTY = "\x1b]0;attack\x07\x1b[2J\ud800\x00Content-Length: 2\r\n\r\n{}"


class Evil(Exception):
    def __str__(self):
        return NASTY * 1000


def attack(facts):
    print(NASTY.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    raise Evil(NASTY)
