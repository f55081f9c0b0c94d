"""A stand-in for Stripe: localstripe, and before it what that has not."""
