"""Set-based reads and writes of the books as they are kept."""
