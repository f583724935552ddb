"""The files of monitoring: rule packs, and the XML that authorities take."""
