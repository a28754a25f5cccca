"""Runs model-written Python in isolation and returns what each call did, as data.

A warm interpreter waits in a jail; each program gets a fork of it, which confines itself further, loads the program as
a module and evaluates one call at a time. Expected values never enter the jail: it returns canonical texts, and the
trusted side compares. All limits are kept from outside the process they are for.

Layers, outermost first; `layers` of an open sandbox says which are on:
  bubblewrap    user, process, network, IPC, host-name and mount namespaces; a read-only root that holds the system's
                libraries and the interpreter, nothing else. Where it is missing or refused (Docker, Ubuntu's AppArmor)
                the layers below stand alone, and the log and `notice` say so.
  landlock      reads only beneath those same folders, no writing, no TCP, no abstract sockets, no signals to others;
                a domain of its own for every program, so that it traces neither the forkserver nor another program.
  seccomp       an allow-list of system calls: threads but no processes, no sockets, no new files, no changes to
                files, other processes or the kernel. Needed always.
  rlimits, no_new_privs, no capabilities, not dumpable, an empty environment, no inherited descriptors, no terminal.

What is covered: reading the home folder, the workspace and other processes; writing anywhere; any network; leaving
processes behind; exhausting memory, CPU, time, threads or output; ending, stopping, tracing or deceiving the
forkserver, the trusted side or another program; leaving anything behind for the next program.

What is not covered: faults of the kernel in the system calls that are allowed, and side channels. Without bubblewrap
a program can see that a path or a process exists, though not what is in it. A program can give wrong answers of its
own, for example different ones when it notices that it is run here. Memory is bounded per program, not over all that
run at a time. There is nowhere to write: a program that needs a temporary file fails here. Everything in the
interpreter's own folders and in `/usr` can be read. Linux on x86_64 and aarch64 only.
"""

from __future__ import annotations

from .api import Call, Limits, Outcome, OutcomeKind, Program, RaisedException, Sandbox
from .canonical import ValueTooLargeError, canonical
from .isolated import IsolatedSandbox
from .open import LayerReport, open_sandbox, probe

__all__ = [
    "Call",
    "IsolatedSandbox",
    "LayerReport",
    "Limits",
    "Outcome",
    "OutcomeKind",
    "Program",
    "RaisedException",
    "Sandbox",
    "ValueTooLargeError",
    "canonical",
    "open_sandbox",
    "probe",
]
