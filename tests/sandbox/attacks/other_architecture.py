"""Calls the kernel the way a 32-bit program does, where the numbers mean other calls.

Ends: CRASHED
"""

import ctypes
import mmap
import platform


def attack(facts):
    # x86_64: mov eax, 20 (getpid for i386); int 0x80; ret.   aarch64 has no such way; an undefined instruction ends it.
    code = {"x86_64": b"\xb8\x14\x00\x00\x00\xcd\x80\xc3", "aarch64": b"\x00\x00\x00\x00"}[platform.machine()]
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
