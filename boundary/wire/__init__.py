"""The only vocabulary that crosses the wall, and the frame that carries it. No text, no map, no optional bag."""
