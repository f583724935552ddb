"""What follows from what, without a look at the world: lists that may be used, what a hit means, what a list changed."""
