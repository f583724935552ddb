"""An SMS vendor's HTTP interface that keeps what it is sent and misbehaves on command."""
