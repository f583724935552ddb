"""Where the configuration and the packs lie."""
