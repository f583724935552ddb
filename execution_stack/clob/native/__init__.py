"""The fast core: C++20 behind one small CPython extension, compiled when the package is installed if a compiler is there.

`core` is the module, or None where it was not built; `choosing` says which book runs then.
"""

from types import ModuleType

core: ModuleType | None
try:
    from execution_stack.clob.native import _core
except ImportError:
    core = None
else:
    core = _core
