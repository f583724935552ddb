"""What others ask of risk: `judging` for orders, `setting` for limits and lists, `stopping` for the switch."""
