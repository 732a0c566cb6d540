"""OrderBus: orders from every sales channel, on one event bus."""
