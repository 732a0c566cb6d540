"""The provider kit: what every provider must hold, as one suite that each passes by declaring its profile."""
