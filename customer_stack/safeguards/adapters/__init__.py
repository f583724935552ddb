"""How safeguards reach people."""
