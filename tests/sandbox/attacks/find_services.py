"""Talks to what listens for this user: D-Bus, agents, the engine, containers.

Ends: RETURNED []
"""

import glob
import os
import socket


def attack(facts):
    reached = []
    places = ["/run/dbus/system_bus_socket", "/run/docker.sock", "/var/run/docker.sock", "/tmp/.X11-unix/X0"]
    places += [os.environ.get(name, "") for name in ("SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")]
    for pattern in ("/run/user/*/*", "/tmp/*/*.sock", "/tmp/atlas*", "/run/user/*/atlas*/*", "/tmp/ssh-*/*"):
        places += glob.glob(pattern)
    for place in filter(None, places):
        try:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(place)
                reached.append(place)
        except OSError:
            continue
    return reached
