"""The history of the execution database: one numbered file per revision, never edited once released."""
