"""An announcement: its texts, and the two states of its writing."""

import re
from collections.abc import Mapping

from boundary.kernel import states
from customer_stack.notifications import model

CHUNK = 500
TITLE_MAX = 120
TEXT_MAX = 4000
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

ANNOUNCEMENT: states.Machine[model.AnnouncementState, model.AnnouncementEvent] = states.Machine(
    name="announcement",
    initial=model.AnnouncementState.WRITING,
    transitions={
        (model.AnnouncementState.WRITING, model.AnnouncementEvent.FINISH): model.AnnouncementState.DONE,
    },
    terminal=(model.AnnouncementState.DONE,),
)

Texts = Mapping[model.Locale, tuple[str, str]]
"""Title and text by language."""


def check(texts: Texts, default: model.Locale) -> None:
    """Raise unless every reader finds words: their own language's, or the operator's default."""
    if default not in texts:
        raise model.AnnouncementText("the operator's default language is missing", locale=default.value)
    for locale, (title, text) in texts.items():
        fits = 0 < len(title.strip()) <= TITLE_MAX >= len(title) and 0 < len(text.strip()) <= TEXT_MAX >= len(text)
        if not fits or "\n" in title or _FORBIDDEN.search(title + text):
            raise model.AnnouncementText(
                f"a title has 1 to {TITLE_MAX} characters on one line, a text 1 to {TEXT_MAX}", locale=locale.value
            )


def text_for(texts: Texts, locale: model.Locale, default: model.Locale) -> tuple[model.Locale, tuple[str, str]]:
    found = locale if locale in texts else default
    return found, texts[found]
