"""The packed forms: commands and events as fixed records, snapshots, and scenario files. Pure codecs."""
