"""Connects to Unix sockets of this machine, one with a path and one without, and sends them datagrams.

Ends: RETURNED []
"""

import os
import socket


def attack(facts):
    sent = []
    for address in (facts["unix_stream"], facts["unix_datagram"], "\0" + facts["unix_abstract"]):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try:
                with socket.socket(socket.AF_UNIX, kind) as sender:
                    sender.connect(address)
                    sent.append(sender.send(b"attack"))
            except OSError:
                pass
            try:
                # One of a pair needs no call to `socket`, and a datagram needs none to `connect`.
                for sender in socket.socketpair(socket.AF_UNIX, kind):
                    sent.append(sender.sendto(b"attack", address))
            except OSError:
                pass
            for descriptor in range(3, 10):
                try:
                    sent.append(socket.socket(fileno=os.dup(descriptor)).sendto(b"", address))
                except OSError:
                    pass
    return sent
