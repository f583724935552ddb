"""Compiles the order book's fast core (execution_stack/clob/native) while the package is built, if the machine can.

Without a C++20 compiler, or without Python's headers, the build says so and succeeds: the readable book does the work. In
an editable installation the compiled module stands beside its sources, where every view of the environment finds it. It
carries the hash of what it was made from, so that an old one is neither kept nor mistaken for a new one.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = pathlib.PurePath("execution_stack", "clob", "native")
FLAGS = ("-std=c++20", "-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-shared")
WITHOUT = "the order book will run in Python, which is some twenty times slower"


class CompileCore(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is of no interest here
    """Hatchling's hook, named in pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        folder = pathlib.Path(self.root) / NATIVE
        wrong = compile_core(folder)
        if wrong:
            module(folder).unlink(missing_ok=True)
            self.app.display_warning(f"{wrong}: {WITHOUT}")
        elif version != "editable":
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["force_include"][str(module(folder))] = str(NATIVE / module(folder).name)


def module(folder: pathlib.Path) -> pathlib.Path:
    return folder / f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"


def source(folder: pathlib.Path) -> str:
    """The hash of every file that goes in."""
    files = sorted((*folder.glob("*.hpp"), *folder.glob("*.cpp")), key=lambda each: each.name)
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()


def compile_core(folder: pathlib.Path) -> str:
    """What kept it from being compiled, or nothing. What is there already and still fits is left alone."""
    made, hashed = module(folder), source(folder)
    if made.exists() and hashed.encode() in made.read_bytes():
        return ""
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CXX", ""), "c++", "g++", "clang++"))), None)
    if compiler is None:
        return "no C++ compiler here"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build") as partial:
        target = pathlib.Path(partial) / made.name  # renamed into its place: a running process keeps the old one
        command = [compiler, *FLAGS, f'-DCLOB_SOURCE="{hashed}"', f"-I{sysconfig.get_path('include')}"]
        command += ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
        try:
            done = subprocess.run(  # noqa: S603 -- a compiler, by its full path
                [*command, str(folder / "module.cpp"), "-o", str(target)], check=False, capture_output=True, text=True
            )
        except OSError as error:
            return f"{compiler} does not start ({error.strerror})"
        if done.returncode:
            return f"{compiler} failed ({(done.stderr.strip() or 'silently').splitlines()[0]})"
        target.rename(made)
    return ""
