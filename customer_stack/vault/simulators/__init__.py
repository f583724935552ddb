"""Stand-ins for other people's services, written from their documents. Nothing that is deployed imports them."""
