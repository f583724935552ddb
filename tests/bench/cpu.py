"""CPU time of processes: what a thing costs, whoever else uses the machine while it is measured."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Of a process, of its living children, and of those that ended: for PostgreSQL, the whole cluster."""
    family = [_fields(int(entry.name)) for entry in pathlib.Path("/proc").glob("[0-9]*")]
    own = sum(sum(map(int, fields[11:13])) for fields in family if fields and int(fields[1]) == pid)
    return (own + sum(map(int, _fields(pid)[11:15]))) / TICKS


def _fields(pid: int) -> list[str]:
    """`/proc/PID/stat` after the command's name: the parent is field 1, times are fields 11 to 14."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return []
