"""Run by test_boots_alone in an empty directory: imports everything there is, and tells what the process then holds.

`python -I -S` hides the working directory, the user's packages and every .pth file, by which the repository itself
would be found; the path is made by hand from the directory and the installed packages.

Arguments: the directory, the directory of installed packages, the stack, and modules if not all are to be imported.
"""

import importlib
import json
import pathlib
import sys

import_root, packages, stack, *names = sys.argv[1:]
sys.path[:0] = [import_root]
sys.path.append(packages)

if not names:
    for file in sorted(pathlib.Path(import_root).rglob("*.py")):
        parts = file.relative_to(import_root).with_suffix("").parts
        if "versions" not in parts and parts[-1] not in {"env", "__main__"}:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
for name in names:
    importlib.import_module(name)

from click import testing  # noqa: E402 -- found only on the path just made

called = testing.CliRunner().invoke(importlib.import_module(f"{stack}.cli").main, ["--help"])
ours = {"boundary", "customer_stack", "execution_stack", "deploy"}
files = {str(module.__file__) for name, module in sys.modules.items() if name.split(".")[0] in ours and module.__file__}
report = {
    "imported": names,
    "help": called.output if called.exit_code == 0 else "",
    "loaded": sorted({name.split(".")[0] for name in sys.modules}),
    "outside": sorted(file for file in files if not file.startswith(import_root)),
}
sys.stdout.write(json.dumps(report))
