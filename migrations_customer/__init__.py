"""The history of the customer database: one numbered file per revision, never edited once released."""
