"""Turns this interpreter into another program, which then dies with its parent; run as a script, never imported.

    python -I -S become.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT ...]

`subprocess` could do this through `preexec_fn`, in a forked copy of an interpreter whose other threads hold locks; a
program of its own cannot deadlock. UID -1 keeps the user. The order matters: a change of user clears the death signal.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

parent, death, uid, gid = (int(argument) for argument in sys.argv[1:5])
if uid >= 0:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death)
if os.getppid() != parent:
    sys.exit("the parent is gone already")
for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these, and an ignored signal survives exec
    signal.signal(ignored, signal.SIG_DFL)
os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606 - no shell is the point
