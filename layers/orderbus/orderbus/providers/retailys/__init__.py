"""Retailys REST API: one instance's orders, listed by windows of the order date."""
