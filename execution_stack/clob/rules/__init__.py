"""What the readable book is made of: sides as ladders of queues, and participants' limits. Pure."""
