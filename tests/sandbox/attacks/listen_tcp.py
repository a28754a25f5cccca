"""Offers a server of its own.

Ends: RAISED PermissionError
"""

import socket


def attack(facts):
    return socket.create_server(("127.0.0.1", 0)).getsockname()
