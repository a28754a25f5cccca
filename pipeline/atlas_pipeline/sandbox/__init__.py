"""Runs model-written code in isolation and returns what it did, as data.

Three modes. *Calls*: a warm interpreter waits in a jail; each program gets a fork of it, which confines itself further,
loads the program as a module and evaluates one call at a time. *Main programs*: the same, with standard input. *Project
tests*: pytest, on a read-only copy of what the user allowed. Expected values never enter the jail: it returns canonical
texts and output, and the trusted side compares (only a test run reports on itself, and is marked so). All limits are
kept from outside the process they are for. `languages` says what can be run; JavaScript and TypeScript get a new node.

Layers, outermost first; `layers` of an open sandbox says which are on:
  bubblewrap    user, process, network, IPC, host-name and mount namespaces; a read-only root that holds the system's
                libraries, the interpreter and what the user allowed of the workspace, nothing else. Where it is missing
                or refused (Docker, Ubuntu's AppArmor) the layers below stand alone, and the log and `notice` say so.
  landlock      reads only beneath those same folders, no writing, no TCP, no abstract sockets, no signals to others;
                a domain of its own for every program, so that it traces neither the forkserver nor another program.
  seccomp       an allow-list of system calls: threads but no processes, no sockets, no new files, no changes to
                files, other processes or the kernel. Needed always.
  rlimits, no_new_privs, no capabilities, not dumpable, an empty environment, no inherited descriptors, no terminal.
An address-space limit would break node, and is no bound where tests start processes: these run under bubblewrap and a
seccomp filter of their own only, with the memory, number and CPU time of all processes polled, and a `/tmp` of 64 MiB.

What is covered: reading the home folder, what is not allowed of the workspace, and other processes; writing anywhere
outside such a `/tmp`; any network; leaving processes behind; exhausting memory, CPU, time, threads or output; ending,
stopping, tracing or deceiving the forkserver, the trusted side or another program; leaving anything behind for the next.

What is not covered:
  - Faults of the kernel in the system calls that are allowed, and side channels.
  - Without bubblewrap a program can see that a path or a process exists, of a file size, times and owner, and where a
    link leads, though not what is in a file.
  - It can lock a file that it may read for as long as it runs, as `fcntl` does.
  - A program can give wrong answers of its own, for example others when it notices that it is run here. In a test run
    it can say of the tests what it likes.
  - Memory is bounded per program, not over all that run at a time. Where it is polled (node, test runs) more can be
    taken for some hundredths of a second. What lies in pipes and sockets comes on top: some 15 MiB, in test runs 200.
  - In a test run by root the kernel counts no processes: thousands can be started before the next look ends them all.
  - Everything in the interpreter's own folders, in `/usr`, and in what `sandbox.readable` names can be read, a password
    that lies there, too; what is printed is shown to the user and may be shown to the model.
  - The interpreter that `sandbox.python` names, and node, are run once outside the sandbox, to ask what they are.
  - With `dangerously_run_code_without_isolation` nothing of all this holds.
In forks there is nowhere to write: a function that needs a temporary file fails there. Linux on x86_64 and aarch64 only.
"""

from __future__ import annotations

from .api import (
    Call,
    Limits,
    Outcome,
    OutcomeKind,
    Program,
    ProjectTest,
    ProjectTestReport,
    ProjectTestRunner,
    RaisedException,
    Sandbox,
)
from .canonical import ValueTooLargeError, canonical
from .isolated import IsolatedSandbox
from .open import LayerReport, open_sandbox, probe
from .printed import same_output

__all__ = [
    "Call",
    "IsolatedSandbox",
    "LayerReport",
    "Limits",
    "Outcome",
    "OutcomeKind",
    "Program",
    "ProjectTest",
    "ProjectTestReport",
    "ProjectTestRunner",
    "RaisedException",
    "Sandbox",
    "ValueTooLargeError",
    "canonical",
    "open_sandbox",
    "probe",
    "same_output",
]
