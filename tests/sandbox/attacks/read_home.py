"""Reads the user's home folder: keys, shell history, the folder's listing.

Ends: RAISED PermissionError or RAISED FileNotFoundError
"""

import os


def attack(facts):
    for path in (".ssh/id_rsa", ".ssh/id_ed25519", ".bash_history", ".bashrc", ".profile"):
        try:
            return open(os.path.join(facts["home"], path)).read()
        except (PermissionError, FileNotFoundError):
            continue
    return os.listdir(facts["home"])
