"""The language files of this package."""

from importlib import resources

from customer_stack.notifications.rules import templates
from customer_stack.notifications.service import wording


def load() -> templates.Book:
    """Every language, or `TemplateError`: a process with a broken template does not start."""
    folder = resources.files("customer_stack.notifications").joinpath("templates")
    return wording.book({entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".json")})
