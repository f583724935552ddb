"""Pure codecs of what venues write."""
