"""The system calls a candidate may make, by number, for the two processors we know.

What is not named is refused: making processes, sockets, files and other kernel objects, changing other processes,
mounting, tracing, keys, modules; and extended attributes, which Landlock leaves readable wherever the file is.
Numbers from the kernel's `asm/unistd_64.h` and `asm-generic/unistd.h`.
"""

from __future__ import annotations

_X86_64 = """
  read:0 write:1 close:3 readv:19 writev:20 pread64:17 pwrite64:18 preadv:295 pwritev:296 preadv2:327 pwritev2:328
  lseek:8 open:2 openat:257 stat:4 fstat:5 lstat:6 newfstatat:262 statx:332 access:21 faccessat:269 faccessat2:439
  readlink:89 readlinkat:267 getcwd:79 chdir:80 fchdir:81 getdents:78 getdents64:217 statfs:137 fstatfs:138
  fadvise64:221 readahead:187
  sendfile:40 umask:95 dup:32 dup2:33 dup3:292 pipe:22 pipe2:293 fcntl:72 ioctl:16 close_range:436 poll:7 ppoll:271
  select:23 pselect6:270 epoll_create:213 epoll_create1:291 epoll_ctl:233 epoll_wait:232 epoll_pwait:281
  epoll_pwait2:441 eventfd:284 eventfd2:290 signalfd:282 signalfd4:289 timerfd_create:283 timerfd_settime:286
  timerfd_gettime:287 socketpair:53 sendto:44 recvfrom:45 sendmsg:46 recvmsg:47 shutdown:48 getsockname:51
  getpeername:52 getsockopt:55 setsockopt:54 mmap:9 munmap:11 mprotect:10 mremap:25 madvise:28 mincore:27 msync:26
  brk:12 mlock:149 munlock:150 mbind:237 get_mempolicy:239 set_mempolicy:238 membarrier:324 clone:56 clone3:435
  set_tid_address:218 set_robust_list:273 get_robust_list:274 futex:202 rseq:334 gettid:186 exit:60 exit_group:231
  wait4:61 waitid:247 sched_yield:24 sched_getaffinity:204 sched_getparam:143 sched_getscheduler:145
  sched_get_priority_max:146 sched_get_priority_min:147 sched_rr_get_interval:148 getpriority:140 getcpu:309
  rt_sigaction:13 rt_sigprocmask:14 rt_sigreturn:15 rt_sigpending:127 rt_sigsuspend:130 rt_sigtimedwait:128
  sigaltstack:131 restart_syscall:219 pause:34 kill:62 tgkill:234 alarm:37 getitimer:36 setitimer:38 timer_create:222
  timer_settime:223 timer_gettime:224 timer_getoverrun:225 timer_delete:226 nanosleep:35 clock_nanosleep:230
  clock_gettime:228 clock_getres:229 gettimeofday:96 time:201 times:100 getrusage:98 getrlimit:97 setrlimit:160
  prlimit64:302 sysinfo:99 uname:63 getrandom:318 getpid:39 getppid:110 getpgrp:111 getpgid:121 getsid:124 getuid:102
  geteuid:107 getgid:104 getegid:108 getresuid:118 getresgid:120 getgroups:115 capget:125 prctl:157 arch_prctl:158
"""

_AARCH64 = """
  read:63 write:64 close:57 readv:65 writev:66 pread64:67 pwrite64:68 preadv:69 pwritev:70 preadv2:286 pwritev2:287
  lseek:62 openat:56 fstat:80 newfstatat:79 statx:291 faccessat:48 faccessat2:439 readlinkat:78 getcwd:17 chdir:49
  fchdir:50 getdents64:61 statfs:43 fstatfs:44
  fadvise64:223 readahead:213 sendfile:71 umask:166 dup:23 dup3:24 pipe2:59 fcntl:25 ioctl:29
  close_range:436 ppoll:73 pselect6:72 epoll_create1:20 epoll_ctl:21 epoll_pwait:22 epoll_pwait2:441 eventfd2:19
  signalfd4:74 timerfd_create:85 timerfd_settime:86 timerfd_gettime:87 socketpair:199 sendto:206 recvfrom:207
  sendmsg:211 recvmsg:212 shutdown:210 getsockname:204 getpeername:205 getsockopt:209 setsockopt:208 mmap:222
  munmap:215 mprotect:226 mremap:216 madvise:233 mincore:232 msync:227 brk:214 mlock:228 munlock:229 mbind:235
  get_mempolicy:236 set_mempolicy:237 membarrier:283 clone:220 clone3:435 set_tid_address:96 set_robust_list:99
  get_robust_list:100 futex:98 rseq:293 gettid:178 exit:93 exit_group:94 wait4:260 waitid:95 sched_yield:124
  sched_getaffinity:123 sched_getparam:121 sched_getscheduler:120 sched_get_priority_max:125
  sched_get_priority_min:126 sched_rr_get_interval:127 getpriority:141 getcpu:168 rt_sigaction:134 rt_sigprocmask:135
  rt_sigreturn:139 rt_sigpending:136 rt_sigsuspend:133 rt_sigtimedwait:137 sigaltstack:132 restart_syscall:128
  kill:129 tgkill:131 getitimer:102 setitimer:103 timer_create:107 timer_settime:110 timer_gettime:108
  timer_getoverrun:109 timer_delete:111 nanosleep:101 clock_nanosleep:115 clock_gettime:113 clock_getres:114
  gettimeofday:169 times:153 getrusage:165 getrlimit:163 setrlimit:164 prlimit64:261 sysinfo:179 uname:160
  getrandom:278 getpid:172 getppid:173 getpgid:155 getsid:156 getuid:174 geteuid:175 getgid:176 getegid:177
  getresuid:148 getresgid:150 getgroups:158 capget:90 prctl:167
"""

# What programs may do besides that have a process namespace, a network namespace and a `/tmp` of their own.
_X86_64_PROCESSES = """
  fork:57 vfork:58 execve:59 tkill:200 rt_sigqueueinfo:129 setpgid:109 setsid:112 creat:85 truncate:76 ftruncate:77
  rename:82 renameat:264 renameat2:316 mkdir:83 mkdirat:258 rmdir:84 link:86 linkat:265 unlink:87 unlinkat:263
  symlink:88 symlinkat:266 chmod:90 fchmod:91 fchmodat:268 utime:132 utimes:235 utimensat:280 futimesat:261 fsync:74
  fdatasync:75 sync_file_range:277 fallocate:285 copy_file_range:326 flock:73 splice:275 tee:276
  getxattr:191 lgetxattr:192 fgetxattr:193 listxattr:194 llistxattr:195 flistxattr:196
"""
_AARCH64_PROCESSES = """
  execve:221 tkill:130 rt_sigqueueinfo:138 setpgid:154 setsid:157 truncate:45 ftruncate:46 renameat:38 renameat2:276
  mkdirat:34 linkat:37 unlinkat:35 symlinkat:36 fchmod:52 fchmodat:53 utimensat:88 fsync:82 fdatasync:83
  sync_file_range:84 fallocate:47 copy_file_range:285 flock:32 splice:76 tee:77
  getxattr:8 lgetxattr:9 fgetxattr:10 listxattr:11 llistxattr:12 flistxattr:13
"""

NEWEST_KNOWN = 450
"""Later numbers are answered with ENOSYS, so that a newer libc falls back to an older call."""


def _table(text: str) -> dict[str, int]:
    pairs = (entry.split(":") for entry in text.split())
    return {name: int(number) for name, number in pairs}


ALLOWED = {"x86_64": _table(_X86_64), "aarch64": _table(_AARCH64)}
ALLOWED_WITH_PROCESSES = {
    "x86_64": _table(_X86_64 + _X86_64_PROCESSES),
    "aarch64": _table(_AARCH64 + _AARCH64_PROCESSES),
}
