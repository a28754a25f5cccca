"""Uses the calls that administer the kernel: namespaces, mounts, keys, modules, BPF, io_uring, shared memory.

Ends: RETURNED []
"""

import ctypes
import platform

X86_64 = """
    unshare:272 setns:308 mount:165 umount2:166 pivot_root:155 chroot:161 bpf:321 perf_event_open:298
    io_uring_setup:425 userfaultfd:323 add_key:248 keyctl:250 init_module:175 open_by_handle_at:304 shmget:29
    msgget:68 semget:64 personality:135 setpriority:141 sched_setaffinity:203 fsopen:430 memfd_create:319
    seccomp:317 syslog:103 setsid:112 landlock_create_ruleset:444 mq_open:240 inotify_init1:294
    fanotify_init:300 openat2:437
"""
AARCH64 = """
    unshare:97 setns:268 mount:40 umount2:39 pivot_root:41 chroot:51 bpf:280 perf_event_open:241
    io_uring_setup:425 userfaultfd:282 add_key:217 keyctl:219 init_module:105 open_by_handle_at:265 shmget:194
    msgget:186 semget:190 personality:92 setpriority:140 sched_setaffinity:122 fsopen:430 memfd_create:279
    seccomp:277 syslog:116 setsid:157 landlock_create_ruleset:444 mq_open:180 inotify_init1:26
    fanotify_init:262 openat2:437
"""


def attack(facts):
    call = ctypes.CDLL(None, use_errno=True).syscall
    done = []
    for entry in {"x86_64": X86_64, "aarch64": AARCH64}[platform.machine()].split():
        name, number = entry.split(":")
        call(int(number), 0, 0, 0, 0, 0, 0)
        if ctypes.get_errno() != 1:
            done.append((name, ctypes.get_errno()))
        ctypes.set_errno(0)
    return done
