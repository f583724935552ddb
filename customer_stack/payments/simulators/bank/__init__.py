"""A plain bank: takes payment files from a folder, tells of credits by webhook, and draws statements."""
