"""Writes answers of its own to every descriptor, before it returns.

Ends: RETURNED 'forged' or CRASHED
"""

import json
import os
import struct


def attack(facts):
    body = json.dumps({"seq": 99, "kind": "returned", "value": "'the answer'"}).encode()
    for descriptor in range(1, 64):
        try:
            os.write(descriptor, struct.pack(">I", len(body)) + body)
        except OSError:
            continue
    return "forged"
