"""Connects to a TCP server on this machine.

Ends: RAISED PermissionError
"""

import socket


def attack(facts):
    connection = socket.create_connection(("127.0.0.1", facts["tcp_port"]), timeout=1)
    connection.sendall(b"attack")
    return "sent"
