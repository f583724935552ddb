"""How frames are exchanged so that nothing is forged, replayed or reflected. Ports only; the gates bring the I/O."""
