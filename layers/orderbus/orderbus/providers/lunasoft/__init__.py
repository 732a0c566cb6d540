"""LunaSoft site API: one shop's shopping cart, listed by ascending id."""
