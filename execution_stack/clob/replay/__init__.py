"""Books at work outside the house: recorded scenarios run through either book, and the measure of both."""
