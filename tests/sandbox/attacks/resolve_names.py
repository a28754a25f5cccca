"""Asks the name service, which is one way out where everything else is closed.

Ends: RAISED gaierror or RAISED PermissionError
"""

import socket


def attack(facts):
    return socket.getaddrinfo("example.com", 80)
