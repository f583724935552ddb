"""Pure rules: what an application's state is, who may apply, which numbers and files are what they claim."""
