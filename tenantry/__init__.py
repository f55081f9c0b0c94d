"""Tenantry: the admin center for software that is sold by the seat."""
