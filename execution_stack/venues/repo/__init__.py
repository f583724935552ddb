"""Set-based reads and writes of what is known of venues, one module for each thing that is kept."""
