"""What monitoring decides without asking anybody: expressions, packs, machines, deadlines, risk, completeness."""
