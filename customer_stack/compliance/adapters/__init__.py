"""How clearance is put together from what a deployment has."""
