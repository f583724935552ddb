"""Statements on the inbox, on deliveries and on announcements; set-based where many rows move."""
