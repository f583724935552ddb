"""Whether a palette can be read: the contrast ratio of WCAG 2.2, which wants 4.5 : 1 for text of ordinary size."""

from collections.abc import Iterator

from customer_stack.branding import model

CONTRAST_MIN = 4.5

# (what is read, what it is read on)
READ_ON = (
    ("text", "surface"),
    ("text", "surface_raised"),
    ("text_muted", "surface"),
    ("text_muted", "surface_raised"),
    ("primary", "surface"),
    ("primary", "surface_raised"),
    ("on_primary", "primary"),
)


def contrast(one: str, other: str) -> float:
    """From 1 (the same colour) to 21 (black on white)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def problems(colours: model.Colours) -> Iterator[model.Problem]:
    for theme in ("light", "dark"):
        palette = getattr(colours, theme)
        for ink, ground in READ_ON:
            ratio = contrast(getattr(palette, ink), getattr(palette, ground))
            if ratio < CONTRAST_MIN:
                # cut, not rounded: 4.499 must not be reported as 4.50
                shown = f"{int(ratio * 100) / 100:.2f}"
                yield model.Problem(
                    f"/brand/colours/{theme}/{ink}",
                    f"has a contrast of {shown}:1 with {ground}; text needs at least {CONTRAST_MIN}:1",
                )


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
