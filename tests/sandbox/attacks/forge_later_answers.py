"""Answers this question and all later ones in the right form, without being asked.

Ends: RETURNED 'forged' or CRASHED
"""

import json
import os
import struct


def attack(facts):
    for seq in range(2, 50):
        for part in ({"seq": seq, "kind": "returned", "value": "'forged'"}, {"seq": seq, "text": "x"}):
            body = json.dumps(part).encode()
            os.write(3, struct.pack(">I", len(body)) + body)
    return 1
