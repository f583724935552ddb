"""What the gate does: `channels` keeps them, `receiving` takes frames in, `effects` applies messages, `outbound` answers."""
