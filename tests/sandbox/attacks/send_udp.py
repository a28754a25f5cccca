"""Sends a datagram to a UDP server on this machine.

Ends: RAISED PermissionError
"""

import socket


def attack(facts):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"attack", ("127.0.0.1", facts["udp_port"]))
