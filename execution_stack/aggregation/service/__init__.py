"""What happens to an omnibus order, from the first intent in its window to the last lot."""
