"""The warm process in the jail: confines itself, loads the interpreter's libraries, then forks one child per program.

On its control socket (sequential packets of JSON, descriptors attached) it is told `spawn` and `kill` and tells
`refused` and `exited`. It never reads anything a candidate wrote: a child's channel and its output go straight to the
trusted side.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import platform
import resource
import select
import signal
import site
import socket
import sys
from typing import Any

from . import kernel, landlock, seccomp
from .child import _FIRST_SPARE, _LAST_DESCRIPTOR, Confinement, run_child

_MESSAGE_BYTES = 4096


def main(config: dict[str, Any]) -> None:
    """Confine this process as `config` says and serve until the control socket closes."""
    # It comes with the number that it has in the trusted process, and a child closes only what is below its limit.
    control = socket.socket(fileno=os.dup(config["control"]))
    os.close(config["control"])
    assert control.fileno() < _FIRST_SPARE
    layers, confinement = (
        confine(config["readable"], config["devices"]) if config["is_isolated"] else leave_unconfined()
    )
    library_folders = len(sys.path)
    site.main()
    for folder in config["site_folders"]:
        site.addsitedir(folder)
    for name in config["preload"]:
        with contextlib.suppress(Exception):  # a candidate that needs the module will say so
            importlib.import_module(name)
    confinement.library_folders = library_folders
    gc.collect()
    gc.freeze()
    server = _Forkserver(control, confinement)
    server.tell({"layers": layers, "python": platform.python_version()})
    server.serve()


def confine(readable: list[str], devices: list[str]) -> tuple[list[str], Confinement]:
    """Give up what no candidate is to have; return the layers' names and what the children need."""
    kernel.die_with_parent()
    statm = _open_statm()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_LAST_DESCRIPTOR, _LAST_DESCRIPTOR))
    kernel.hide_memory()
    kernel.forbid_new_privileges()
    kernel.drop_capabilities()
    layers = []
    ruleset = None
    version = landlock.abi()
    if version:
        landlock.restrict_files(readable, devices)
        ruleset = landlock.inner_ruleset()
        layers.append(f"landlock {version}")
    if seccomp.is_supported():
        layers.append("seccomp")
    layers += ["rlimits", "no_new_privs"]
    prepared = seccomp.Filter(version < landlock.TRUNCATE_ABI) if seccomp.is_supported() else None
    return layers, Confinement(os.getpid(), statm, ruleset, prepared)


def leave_unconfined() -> tuple[list[str], Confinement]:
    """Keep everything, as the user demanded; only memory, processor time and the life of the children are bounded."""
    kernel.die_with_parent()
    resource.setrlimit(resource.RLIMIT_NOFILE, (_LAST_DESCRIPTOR, _LAST_DESCRIPTOR))
    return ["rlimits"], Confinement(os.getpid(), _open_statm(), None, None)


def _open_statm() -> int:
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return -1


class _Forkserver:
    """The loop; `children` is the trusted side's number for each process."""

    def __init__(self, control: socket.socket, confinement: Confinement) -> None:
        self.control = control
        self.confinement = confinement
        self.children: dict[int, int] = {}

    def serve(self) -> None:
        wake, notify = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(notify, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(wake, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if wake in ready:
                os.read(wake, _MESSAGE_BYTES)
                self.reap(os.WNOHANG)
            if self.control.fileno() in ready and not self.obey():
                break
        self.end()

    def obey(self) -> bool:
        body, attached = self.receive()
        if not body:
            return False
        message = json.loads(body)
        if message["do"] == "kill":
            for pid, run in self.children.items():
                if run == message["run"]:
                    os.kill(pid, signal.SIGKILL)
        else:
            self.spawn(message, attached)
        return True

    def spawn(self, message: dict[str, Any], attached: list[int]) -> None:
        channel, output, errors = attached
        try:
            pid = os.fork()
        except OSError as error:
            self.tell({"refused": message["run"], "reason": os.strerror(error.errno or 0)})
        else:
            if pid == 0:
                run_child(self.confinement, channel, output, errors)
            self.children[pid] = message["run"]
        for descriptor in attached:
            os.close(descriptor)

    def reap(self, options: int) -> None:
        while self.children:
            pid, status, usage = os.wait4(-1, options)
            if pid == 0:
                break
            run = self.children.pop(pid, None)
            self.tell({"exited": run, "status": status, "cpu_s": usage.ru_utime + usage.ru_stime})

    def end(self) -> None:
        """Kill and reap every child, so that none outlives this process."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        self.reap(0)
        os._exit(0)

    def receive(self) -> tuple[bytes, list[int]]:
        descriptors = array.array("i")
        body, ancillary, _, _ = self.control.recvmsg(_MESSAGE_BYTES, socket.CMSG_SPACE(3 * descriptors.itemsize))
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
        return body, list(descriptors)

    def tell(self, message: dict[str, Any]) -> None:
        try:
            self.control.send(json.dumps(message).encode())
        except OSError:  # the trusted side is gone; the next poll says so, too
            return
