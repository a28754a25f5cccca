"""Asks the kernel for routes and interfaces by netlink, packet and other rare sockets.

Ends: RETURNED []
"""

import socket


def attack(facts):
    made = []
    for family in range(46):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                made.append(socket.socket(family, kind).family)
            except OSError:
                continue
    return made
