"""Pure codecs of published list formats: bytes in, entries out, or `ListRefused` with a reason."""
