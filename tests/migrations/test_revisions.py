"""The migration files themselves: one numbered line of history in each tree, that never queues everybody behind it."""

import ast
import pathlib

import alembic.config
import alembic.script
import pytest

from boundary.kernel.runtime import migrating, schema_version
from tests import stacks

LOCK_TIMEOUT = "SET LOCAL lock_timeout = "
PLANS = pytest.mark.parametrize("plan", stacks.PLANS.values(), ids=stacks.PLANS)


def files(plan: migrating.Plan) -> list[pathlib.Path]:
    return sorted(plan.versions.glob("*.py"))


@PLANS
def test_history_is_one_line_with_one_head(plan: migrating.Plan) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(plan.versions.parent))
    config.set_main_option("version_locations", str(plan.versions))
    config.set_main_option("path_separator", "os")
    scripts = alembic.script.ScriptDirectory.from_config(config)
    line = [(script.revision, script.down_revision) for script in reversed(list(scripts.walk_revisions()))]
    numbers = [f"{number:04d}" for number in range(1, len(line) + 1)]
    assert line == list(zip(numbers, [None, *numbers[:-1]], strict=True))
    assert scripts.get_heads() == [schema_version.expected(plan.versions)] == numbers[-1:]
    assert [file.name[:4] for file in files(plan)] == numbers


@PLANS
def test_every_revision_rather_fails_than_makes_everybody_wait(plan: migrating.Plan) -> None:
    for file in files(plan):
        functions = {
            node.name: node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
        }
        assert LOCK_TIMEOUT in ast.unparse(functions["upgrade"].body[0]), file.name
        assert isinstance(functions["downgrade"].body[-1], ast.Raise) or LOCK_TIMEOUT in ast.unparse(
            functions["downgrade"].body[0]
        ), file.name


@PLANS
def test_the_template_of_new_revisions_says_so_too(plan: migrating.Plan) -> None:
    template = (plan.versions.parent / "script.py.mako").read_text("utf-8")
    assert template.count(LOCK_TIMEOUT) == 2


def test_both_trees_are_made_alike() -> None:
    one, other = (plan.versions.parent / "script.py.mako" for plan in stacks.PLANS.values())
    assert one.read_text("utf-8") == other.read_text("utf-8")
