"""Set-based reads and writes of windows, orders, members and manifests."""
