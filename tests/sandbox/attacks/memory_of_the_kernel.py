"""Keeps memory where no limit on address space sees it: in pipes and sockets, and in more of them than it may have.

Ends: RETURNED []
"""

import ctypes
import fcntl
import os
import socket
import threading

_CLOSE_RANGE, _UNSHARE, _F_SETPIPE_SZ = 436, 2, 1031


def attack(facts):
    gained = []
    library = ctypes.CDLL(None)

    def own_descriptors():
        if library.syscall(_CLOSE_RANGE, 1000, 1001, _UNSHARE) == 0:
            gained.append("a thread with descriptors of its own")

    thread = threading.Thread(target=own_descriptors)
    thread.start()
    thread.join()
    _, writing = os.pipe()
    try:
        fcntl.fcntl(writing, _F_SETPIPE_SZ, 1 << 20)
        gained.append("a large pipe")
    except OSError:
        pass
    for one in socket.socketpair():
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            try:
                one.setsockopt(socket.SOL_SOCKET, option, 1 << 22)
                gained.append("a large socket")
            except OSError:
                pass
    return gained
