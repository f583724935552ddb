"""The journal and who appends to it, the engine that reads it, and what others read of what it wrote."""
