"""Pure rules: kinds and their facts, the template language, the choice of channels, and both state machines."""
