"""Traces the forkserver, reads its memory, takes its files, steps it.

Ends: RETURNED []
"""

import ctypes
import os
import platform


def attack(facts):
    # ptrace, process_vm_readv, process_vm_writev, pidfd_open, pidfd_getfd, kcmp
    numbers = {"x86_64": (101, 310, 311, 434, 438, 312), "aarch64": (117, 270, 271, 434, 438, 272)}[platform.machine()]
    call = ctypes.CDLL(None, use_errno=True).syscall
    buffer = ctypes.create_string_buffer(64)
    done = []
    for pid in (os.getppid(), facts["parent"], 1):
        for number in numbers:
            arguments = (16, pid, 0, 0) if number in (101, 117) else (pid, 0, buffer, 1, buffer, 1, 0)
            if call(number, *arguments) >= 0:
                done.append((number, pid))
        for name in ("mem", "syscall", "stack"):
            try:
                handle = os.open("/proc/%d/%s" % (pid, name), os.O_RDWR if name == "mem" else os.O_RDONLY)
                done.append((name, pid, os.read(handle, 10)))
            except OSError:
                continue
    return done
